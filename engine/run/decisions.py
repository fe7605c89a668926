"""What people have decided about changes, in a file that a team can commit.

A decision is found again by the fingerprint of its finding: codemod, file, enclosing name and normalised text, so it holds until
that code changes. Equal places in one function are told apart by their number; as accepting one of them makes it disappear, a
decision also says how many there were.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ..model import Change, Finding
from ..rewriting.edited import Hunk
from .atomic import WriteError, write_file
from .team_file import entries, load

#: Where decisions are kept, below the project's root.
NAME = ".tgfix/decisions.json"

ACCEPTED, REFUSED = "accepted", "refused"

_VERSION = 1


@dataclass(frozen=True, slots=True)
class Decision:
    """One answer about one change. What stands behind `of` is there for people, and `title` and `style` to find the form."""

    fingerprint: str
    #: ACCEPTED or REFUSED.
    answer: str
    #: How many equal places there were, this one included; 0 where nobody has counted.
    of: int
    code: str
    name: str
    #: Relative to the project's root, with forward slashes.
    path: str
    scope: str
    #: Where the place was when it was decided about.
    line: int
    #: Of the form that was decided about.
    title: str
    safety: str
    style: str | None = None
    #: Accepted at once with the one before, so that both are made together.
    together: bool = False
    #: For a change that was accepted in a form edited by hand: that form.
    edited: tuple[Hunk, ...] = ()

    @classmethod
    def about(
        cls,
        finding: Finding,
        change: Change,
        answer: str,
        *,
        of: int,
        root: Path,
        together: bool = False,
        edited: tuple[Hunk, ...] = (),
    ) -> Decision:
        """The decision about a change of a finding."""
        path = Path(os.path.relpath(finding.path, root)).as_posix()
        place = (finding.code, finding.name, path, finding.scope, finding.line)
        form = (change.title, change.safety.value, change.style)
        return cls(finding.fingerprint, answer, of, *place, *form, together, edited)

    def form(self, finding: Finding) -> Change | None:
        """The form of the finding's change that was decided about, if it still is among those offered."""
        forms = [
            c for c in (finding.change, *finding.alternatives) if c and (c.title, c.style) == (self.title, self.style)
        ]
        # what is granted or proved since does not make another form of it
        form = next((form for form in forms if form.safety.value == self.safety), forms[0] if forms else None)
        if form is None and finding.fingerprint != self.fingerprint:
            return finding.change  # one codemod's part of it
        return form


class Decisions:
    """Decisions by fingerprint, in the order in which they were made.

    The order counts: a change may stand in lines that another one has made.
    """

    def __init__(self, decisions: Iterable[Decision] = ()) -> None:
        self._by_print = {decision.fingerprint: decision for decision in decisions}

    def __iter__(self) -> Iterator[Decision]:
        return iter(tuple(self._by_print.values()))

    def __len__(self) -> int:
        return len(self._by_print)

    def get(self, fingerprint: str) -> Decision | None:
        """The decision about a change, or about one that several codemods make of which it is a part."""
        of_more = (d for key, d in self._by_print.items() if fingerprint in key and fingerprint in rows(key))
        return self._by_print.get(fingerprint) or next(of_more, None)

    def refuses(self, fingerprint: str) -> bool:
        """Whether the change of a finding is refused."""
        decision = self.get(fingerprint)
        return decision is not None and decision.answer == REFUSED

    def accepts(self, fingerprint: str) -> Decision | None:
        """The decision, if it is to accept."""
        decision = self.get(fingerprint)
        return decision if decision is not None and decision.answer == ACCEPTED else None

    def missing(self, chosen: Iterable[Finding]) -> list[Decision]:
        """What is accepted and not among these findings, nor a part of it."""
        there = {row.fingerprint for finding in chosen for row in finding.each}
        return [d for d in self if d.answer == ACCEPTED and there.isdisjoint(rows(d.fingerprint))]

    def refuses_any(self, group: str) -> bool:
        """Whether one of several equal places is refused."""
        return any(decision.answer == REFUSED for decision in self._group(group))

    def dealt_with(self, group: str, size: int) -> set[int] | None:
        """Which of several equal places are rewritten already, where `size` of them stand now; None if that cannot be told."""
        known = [decision for decision in self._group(group) if decision.of]
        if not known or any(decision.of == size for decision in known):
            return set()
        accepted = {dict(map(split, rows(d.fingerprint)))[group] for d in known if d.answer == ACCEPTED}
        return accepted if all(decision.of - len(accepted) == size for decision in known) else None

    def _group(self, group: str) -> list[Decision]:
        return [d for key, d in self._by_print.items() if group in key and group in dict(map(split, rows(key)))]

    # Changing

    def record(self, decision: Decision) -> list[Decision]:
        """Add a decision; returns those that it replaces.

        These are an earlier one about the same change, and those about equal places when there was another number of them.
        """
        groups = {split(row)[0] for row in rows(decision.fingerprint)}
        about = dict.fromkeys(d for group in groups for d in self._group(group))
        replaced = [d for d in about if d.fingerprint == decision.fingerprint or d.of != decision.of]
        for old in replaced:
            del self._by_print[old.fingerprint]
        self._by_print[decision.fingerprint] = decision
        return replaced

    def restore(self, decisions: Iterable[Decision]) -> None:
        """Put decisions back that `record` has replaced."""
        self._by_print |= {decision.fingerprint: decision for decision in decisions}

    def forget(self, fingerprint: str) -> Decision | None:
        """Take a decision away and give it back, if there was one."""
        return self._by_print.pop(fingerprint, None)

    def with_refused(self, findings: Iterable[Finding]) -> Decisions:
        """These decisions, and refusals of all of `findings`."""
        more = [Decision(f.fingerprint, REFUSED, 0, f.code, f.name, "", f.scope, f.line, "", "") for f in findings]
        return Decisions([*self._by_print.values(), *more])

    # Files

    @classmethod
    def load(cls, path: Path, *, missing_is_empty: bool = False) -> Decisions:
        """The decisions in a file.

        Raises:
            UsageError: it cannot be read or is none.
        """
        made_by = None if missing_is_empty else "`tgfix apply -i` and `tgfix report --html` make some"
        try:
            return load(path, cls.parse, made_by, "holds no decisions of tgfix")
        except FileNotFoundError:
            return cls()

    @classmethod
    def parse(cls, data: bytes) -> Decisions:
        """The decisions in the bytes of a file.

        Raises:
            ValueError: they are something else.
        """
        return cls(map(_decision, entries(data, "decisions", _VERSION)))

    def dump(self) -> bytes:
        """The content of a file."""
        written = [{k: v for k, v in asdict(d).items() if v not in (None, (), False)} for d in self]
        return json.dumps({"version": _VERSION, "decisions": written}, indent=1).encode() + b"\n"

    def save(self, path: Path) -> None:
        """Write the file, in one step that happens or does not.

        Raises:
            WriteError: it cannot be written.
        """
        try:
            write_file(path, path.read_bytes() if path.exists() else None, self.dump())
        except OSError as error:
            raise WriteError(f"cannot be written: {error.strerror or error}") from error


def rows(fingerprint: str) -> list[str]:
    """The fingerprints of what each codemod has found, where a change is of several."""
    return fingerprint.split("+")


def split(fingerprint: str) -> tuple[str, int]:
    """A fingerprint as the key that equal places share, and the place's number among them."""
    group, _, number = fingerprint.rpartition("-")
    return group, int(number)


_TYPES: dict[str, tuple[type, ...]] = {"of": (int,), "line": (int,), "style": (str, type(None)), "together": (bool,)}


def _decision(entry: Any) -> Decision:
    if not isinstance(entry, dict):
        raise ValueError("a decision is no object")
    values = {field.name: entry[field.name] for field in fields(Decision) if field.name in entry}
    values["edited"] = tuple(Hunk(**hunk) for hunk in values.get("edited", ()))
    for name, value in values.items():
        if name != "edited" and not isinstance(value, _TYPES.get(name, (str,))):
            raise ValueError(f"{name} is {value!r}")
    try:
        decision = Decision(**values)
        list(map(split, rows(decision.fingerprint)))
    except (TypeError, ValueError):
        raise ValueError(f"a decision is incomplete: {json.dumps(entry)[:80]}") from None
    if decision.answer not in (ACCEPTED, REFUSED):
        raise ValueError(f"an answer is {decision.answer!r}, neither {ACCEPTED} nor {REFUSED}")
    return decision
