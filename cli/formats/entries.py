"""What the formats for machines share: every finding once, and its change as replacements of whole lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ...engine.rewriting.compose import ComposeError
from ...engine.rewriting.diff import grouped_opcodes
from ...engine.sources.source import LINE
from .. import assumptions
from ..report import Report

if TYPE_CHECKING:
    from ...engine.model import Finding
    from ...engine.run.plan import Proposal


@dataclass(frozen=True)
class Entry:
    """A finding, with its change if there is one."""

    finding: Finding
    proposal: Proposal | None
    #: Why it counts as suppressed; empty where it does not.
    suppressed: str = ""
    #: Of a suppression: by a comment in the source, not by a decision outside of it.
    in_source: bool = False

    @property
    def safety(self) -> str:
        """What the change may claim: safe, unsafe, or report where there is none."""
        return self.proposal.change.safety.value if self.proposal else "report"

    def text(self, label: Callable[[Path], str]) -> str:
        """All that is to be said of it, in one paragraph."""
        if self.proposal is None:
            return (
                f"{self.finding.message}. Left alone: {self.finding.reason}"
                if self.finding.reason
                else self.finding.message
            )
        change = self.proposal.change
        assumed = assumptions.paragraph(change, label)
        return f"{self.finding.message}. {change.title} [{change.safety.value}]: {change.why}{assumed and ' '}{assumed}"


def entries(report: Report, *, suppressed: bool = False, in_file: bool = True) -> list[Entry]:
    """All findings in order of path and position; with `suppressed` those too that a comment or a decision silences.

    `in_file` gives findings in notebooks the lines of the file, which tools go by; people go by cells.
    """
    plan = report.plan
    found = [Entry(p.finding, p) for p in (*plan.chosen, *plan.hidden, *plan.undecided)]
    found += [Entry(finding, None) for finding in plan.left]
    if suppressed:
        found += [Entry(p.finding, p, "refused in a review") for p in plan.refused]
        found += [Entry(finding, None, "a comment in the source", in_source=True) for finding in plan.silenced]
    if in_file:
        found = [replace(entry, finding=report.in_file(entry.finding)) for entry in found]
    return sorted(found, key=lambda e: (e.finding.path, e.finding.line, e.finding.column, e.finding.code))


@dataclass(frozen=True, slots=True)
class Replacement:
    """Lines `first` to `last` (1-based, `last` exclusive) become `text`; where both are equal it goes before that line."""

    first: int
    last: int
    text: str
    #: The text that is replaced.
    old: str


def replacements(report: Report, proposal: Proposal) -> dict[Path, list[Replacement]]:
    """What a change makes of each file it touches, taken from the finished result.

    Empty if it cannot be made alone, or if it stands on what other changes make: then it fits no file that there is.
    """
    try:
        parts = proposal.alone
    except ComposeError:
        return {}
    there = {result.path: result.before for result in report.plan.files}
    if any(there.get(path, before) != before for path, (before, _) in parts.items()):
        return {}
    found = {}
    for path, (before, after) in sorted(parts.items()):
        source = proposal.project.source(path)
        encoding = source.encoding if source else "utf-8"
        old, new = (data.decode(encoding, "replace").removeprefix("\ufeff") for data in (before or b"", after))
        found[path] = list(line_replacements(LINE.findall(old), LINE.findall(new)))
    return found


def line_replacements(old: list[str], new: list[str]) -> Iterator[Replacement]:
    """What makes some lines of others; each has its end."""
    encoded = [[line.encode("utf-8", "surrogatepass") for line in lines] for lines in (old, new)]
    for group in grouped_opcodes(encoded[0], encoded[1], 0):
        for tag, i1, i2, j1, j2 in group:
            if tag != "equal":
                yield Replacement(i1 + 1, i2 + 1, "".join(new[j1:j2]), "".join(old[i1:i2]))
