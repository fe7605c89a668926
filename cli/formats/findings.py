"""Findings as a person reads them: a line each, or one for those that are alike in a file."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.model import Hazard
from .. import assumptions, worth
from ..report import Report, count
from .entries import Entry

if TYPE_CHECKING:
    from ...engine.model import Finding

#: (style, text). Styles: "" plain, "path", "code", "safe", "unsafe", "report", "why", "heading", "diff".
Piece = tuple[str, str]

#: So many places of one kind in a file have a line each; more are one line.
ALIKE = 2
#: Of one kind in a file so many lines are named.
MANY = 12
#: Where our own text goes on in another line; code and paths stay whole.
WIDTH = 120
_WHOLE: Any = {"break_long_words": False, "break_on_hyphens": False}


def by_file(findings: Iterable[Finding]) -> list[list[Finding]]:
    """The findings of each file."""
    files: dict[Path, list[Finding]] = {}
    for finding in findings:
        files.setdefault(finding.path, []).append(finding)
    return list(files.values())


def places(findings: Sequence[Finding]) -> str:
    """``103 places, lines 12, 40, 44 …``."""
    return f"{count(len(findings), 'place')}, {assumptions.lines_of(findings, MANY)}"


def wrapped(text: str) -> Iterator[Piece]:
    """What is said below a line."""
    for part in textwrap.wrap(text, WIDTH, initial_indent="    ", subsequent_indent="      ", **_WHOLE):
        yield "why", f"{part}\n"


def head(report: Report, finding: Finding, safety: str, text: str) -> Iterator[Piece]:
    """The line of a finding, which goes on below where it is long."""
    place, code = report.place(finding), f" {finding.kind}"
    start = f"{place}{code} [{safety}]"
    yield "path", place
    yield "code", code
    yield safety, f" [{safety}]"
    filled = textwrap.fill(f"{'x' * len(start)} {text}", WIDTH, subsequent_indent="    ", **_WHOLE)
    yield "", f"{filled[len(start) :]}\n"


def unchanged(report: Report, left: Sequence[Finding], most: int) -> Iterator[Piece]:
    """What is left alone, each reason once for all places of a codemod, with `most` lines and files at the most; one by one if
    everything is asked for.
    """
    reasons: dict[tuple[str, str], list[Finding]] = {}
    for finding in left:
        reasons.setdefault((finding.code, finding.reason or ""), []).append(finding)
    for (_, reason), found in sorted(reasons.items(), key=lambda item: (-len(item[1]), item[0][0])):
        if report.verbose or len(found) <= ALIKE:
            for finding in found:
                yield from head(report, finding, "report", f"{finding.message}; left alone: {reason}")
            continue
        about = {finding.message for finding in found}
        said = f"{found[0].message}; " if len(about) == 1 else ""
        yield from head(report, found[0], "report", f"{said}left alone, {len(found):,} places: {reason}")
        where = [f"{report.label(each[0].path)} {assumptions.lines_of(each, most)}" for each in by_file(found)]
        more = f"; {count(len(where) - most, 'more file')}" if len(where) > most else ""
        yield from wrapped("; ".join(where[:most]) + more)


def alike(report: Report, changes: Iterable[Entry]) -> list[list[Entry]]:
    """The changes of a codemod in a file, for which the same may be claimed; what is worth most comes first."""
    kinds: dict[tuple[Path, str, str], list[Entry]] = {}
    for entry in changes:
        kinds.setdefault((entry.finding.path, entry.finding.code, entry.safety), []).append(entry)
    groups: list[list[Entry]] = []
    for entries_ in kinds.values():
        groups += [entries_] if len(entries_) > ALIKE and not report.verbose else [[entry] for entry in entries_]
    return sorted(groups, key=lambda group: -sum(worth.of(report, entry.finding)[1] for entry in group))


def together(report: Report, group: Sequence[Entry]) -> Iterator[Piece]:
    """Changes that are alike, with what they gain and assume."""
    findings = [entry.finding for entry in group]
    finding, changes = findings[0], [entry.proposal.change for entry in group if entry.proposal]
    gains = sorted({worth.of(report, each) for each in findings}, key=lambda gain: gain[1])
    least, most = gains[0][0], gains[-1][0]
    number, _, unit = least.partition(" ")
    same = most.endswith((unit, f"{unit}s"))  # ``1 to 2 seconds``
    gain = most if least in ("", most) else f"{number if same else least} to {most}"
    hazards = [h for h in Hazard if any(h in assumptions.hazards_of(change) for change in changes)]
    assumed = f"assumes {assumptions.listed(hazards)}" if hazards and not report.verbose else ""
    brief = f" ({'; '.join(filter(None, (gain, assumed)))})" if gain or assumed else ""
    if len(group) == 1:
        yield from head(report, finding, group[0].safety, f"{finding.message}{brief}")
        for assumed in assumptions.lines(changes[0], report.label, finding) if report.verbose else ():
            yield from wrapped(assumed)
        return
    titles = {change.title for change in changes}
    title = titles.pop() if len(titles) == 1 else report.title(finding.code, finding.name)
    yield from head(report, finding, group[0].safety, f"{title}: {places(findings)}{brief}")
