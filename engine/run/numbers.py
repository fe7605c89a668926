"""Telling equal places apart: each keeps its number while the file around it changes and others of them disappear."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import count
from pathlib import Path

from ..model import Finding
from ..rewriting.diff import grouped_opcodes
from .decisions import Decisions, split


class Numbers:
    """The numbers of equal places, by the groups of `engine.find`. `decisions` say which were dealt with before."""

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        #: How many equal places there were when the first of them was seen, those already dealt with included.
        self.sizes: dict[str, int] = {}
        #: Groups of which earlier decisions fit no state.
        self.unsure: set[str] = set()
        self._done: dict[str, set[int]] = {}
        #: Group → number → (line, column), in the text that was seen last.
        self._places: dict[str, dict[int, tuple[int, int]]] = {}
        self._texts: dict[Path, str] = {}

    def done(self, findings: Iterable[Finding]) -> None:
        """The changes of these findings have been made, so their numbers are not given again."""
        for row in (row for finding in findings for row in finding.each):
            group, number = split(row.fingerprint)
            self._done.setdefault(group, set()).add(number)

    def copy(self) -> Numbers:
        """The numbers as they are now, to go back to."""
        other = Numbers(self._decisions)
        other.sizes, other.unsure, other._texts = dict(self.sizes), set(self.unsure), dict(self._texts)
        other._done = {group: set(done) for group, done in self._done.items()}
        other._places = dict(self._places)  # its values are replaced, never changed
        return other

    def assign(self, path: Path, text: str, places: dict[str, list[tuple[int, int]]]) -> dict[str, list[int]]:
        """Numbers for all places in a file, by group, each in order of position."""
        moved: dict[int, int] | None = None
        if any(len(self._places.get(group, ())) > 1 for group in places) and path in self._texts:
            moved = _moved(*(t.encode("utf-8", "surrogatepass").split(b"\n") for t in (self._texts[path], text)))
        self._texts[path] = text
        return {group: self._numbers(group, found, moved) for group, found in places.items()}

    def _numbers(self, group: str, found: Sequence[tuple[int, int]], moved: dict[int, int] | None) -> list[int]:
        if group not in self.sizes:
            done = self._decisions.dealt_with(group, len(found))
            if done is None:
                self.unsure.add(group)
            self._done[group] = {*self._done.get(group, ()), *(done or ())}
            self.sizes[group] = len(found) + len(self._done[group])
        done = self._done[group]
        before = {number: place for number, place in self._places.get(group, {}).items() if number not in done}
        known = {}
        if moved is not None:
            known = {(moved[line], column): number for number, (line, column) in before.items() if line in moved}
        kept = {known[place] for place in found if place in known}
        # those whose line was edited come before those that had disappeared
        free = _distinct(sorted(before.keys() - kept), kept | done)
        numbers = [known[place] if place in known else next(free) for place in found]
        self._places[group] = dict(zip(numbers, found, strict=True))
        return numbers


def _distinct(first: Iterable[int], taken: Collection[int]) -> Iterator[int]:
    """The numbers of `first`, then all others that are not taken."""
    first = list(first)
    yield from first
    yield from (number for number in count(1) if number not in taken and number not in first)


def _moved(old: Sequence[bytes], new: Sequence[bytes]) -> dict[int, int]:
    """Where unchanged lines have gone: line before → line after, 1-based."""
    if old == new:
        return {line: line for line in range(1, len(old) + 1)}
    moved: dict[int, int] = {}
    for group in grouped_opcodes(old, new, len(old) + len(new)):
        for tag, i1, i2, j1, _ in group:
            if tag == "equal":
                moved |= {i + 1: j1 + 1 + i - i1 for i in range(i1, i2)}
    return moved
