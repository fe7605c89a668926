"""Which change is looked at: the order, the filter and the search of a review."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from ...engine.review.item import Item, State
from ...engine.review.session import Review
from ..assumptions import hazards_of


class Moves:
    """The position in a review. `label` gives the path of a finding as a person writes it."""

    def __init__(self, review: Review, label: Callable[[Item], str]) -> None:
        self.review = review
        self.label = label
        self.filter: tuple[str, ...] = ()
        self.current: Item | None = None
        self.forward()

    def shown(self) -> list[Item]:
        """All changes but those that are gone, in order: what "3 of 17" counts."""
        return [item for item in self.review.items if item.state not in (State.GONE, State.WITHHELD)]

    def number(self, item: Item) -> str:
        """``3 of 17``."""
        shown = self.shown()
        return f"{shown.index(item) + 1} of {len(shown)}"

    def open(self) -> list[Item]:
        """What is undecided and fits the filter."""
        return [item for item in self.review.open() if self.fits(item)]

    def fits(self, item: Item) -> bool:
        """Whether a change fits every word of the filter."""
        return all(_fits(word, item, self.label(item)) for word in self.filter)

    def assuming_no_more(self, item: Item) -> list[Item]:
        """A change and the undecided ones that assume nothing that it does not assume."""
        granted = set(hazards_of(item.change))
        return [other for other in self.open() if other is item or granted.issuperset(hazards_of(other.change))]

    def forward(self, *, wrap: bool = True) -> bool:
        """Go to the next undecided change; with `wrap` from the end to the beginning. Whether there is one.

        With `wrap` and nothing undecided, nothing is current any more.
        """
        return self._go(self._behind(self.current), wrap)

    def back(self) -> bool:
        """Go to the undecided change before; whether there is one."""
        return self._go([*reversed(self._before(self.current))], wrap=False)

    def go_to(self, item: Item) -> None:
        """Look at a change."""
        self.current = item

    def search(self, pattern: str, text_of: Callable[[Item], str]) -> bool:
        """Go to the next undecided change whose text matches; whether there is one.

        Raises:
            re.error: `pattern` is no regular expression.
        """
        wanted = re.compile(pattern, re.IGNORECASE)
        rest = [*self._behind(self.current), *self._before(self.current)]
        return self._go([item for item in rest if wanted.search(text_of(item))], wrap=False)

    def rest_of_file(self, item: Item) -> list[Item]:
        """A change and the undecided ones behind it in its file."""
        behind = (other for other in self._behind(item) if other.finding.path == item.finding.path)
        return [item, *behind]

    def of_codemod(self, item: Item) -> list[Item]:
        """A change and all undecided ones of its codemod, or codemods."""
        codes = set(item.finding.codes)
        return [item, *(other for other in self.open() if other is not item and codes.issuperset(other.finding.codes))]

    def _go(self, candidates: Iterable[Item], wrap: bool) -> bool:
        target = next(iter(candidates), None)
        if target is None and wrap:
            target = next(iter(self.open()), None)
            self.current = target
        elif target is not None:
            self.current = target
        return target is not None

    def _behind(self, item: Item | None) -> list[Item]:
        items = self.review.items
        start = items.index(item) + 1 if item is not None else 0
        return [other for other in items[start:] if other.state is State.OPEN and self.fits(other)]

    def _before(self, item: Item | None) -> list[Item]:
        items = self.review.items
        end = items.index(item) if item is not None else 0
        return [other for other in items[:end] if other.state is State.OPEN and self.fits(other)]


def _fits(word: str, item: Item, path: str) -> bool:
    word, finding = word.lower(), item.finding
    return (
        word == item.change.safety.value
        or word in {hazard.value for hazard in hazards_of(item.change)}
        or any(row.code.lower().startswith(word) or word == row.name for row in finding.each)
        or word in path.lower()
        or fnmatchcase(path.lower(), word)
    )
