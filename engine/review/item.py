"""One change of a review, and what has become of it."""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Change, Finding

if TYPE_CHECKING:
    from ..run.find import Finder


class State(enum.Enum):
    """What has become of a change."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    #: Put off with its file: not asked again in this review, not remembered.
    SKIPPED = "skipped"
    #: Its place is no more, since another change was accepted.
    GONE = "gone"
    #: It would not leave a program that works.
    WITHHELD = "withheld"


#: Changes that can be decided about: the undecided ones, and those that nothing was written for.
DECIDABLE = (State.OPEN, State.REFUSED, State.SKIPPED)


@dataclass(eq=False)
class Item:
    """A change to decide about, in one of its forms."""

    finding: Finding
    #: What can be chosen from, strongest first.
    forms: tuple[Change, ...]
    form: int = 0
    state: State = State.OPEN
    #: Whether the place looks different since another change was accepted.
    afresh: bool = False

    @property
    def change(self) -> Change:
        """The form that is chosen."""
        return self.forms[self.form]

    @property
    def key(self) -> str:
        """The finding's fingerprint, which stays while the file around it changes."""
        return self.finding.fingerprint


class Items:
    """The changes of a review in order of path and position. `unsafe` is whether to begin with the strongest form."""

    def __init__(self, unsafe: bool) -> None:
        self.items: list[Item] = []
        self._unsafe = unsafe
        self._by_key: dict[str, Item] = {}

    def sync(self, finder: Finder, touched: Collection[Path]) -> None:
        """Bring the items in line with what is found now; new ones go where they stand in the files."""
        previous: Item | None = None
        found = set()
        for finding in finder.findings:
            item = self._by_key.get(finding.fingerprint)
            if finding.change is None or (item is None and finder.is_refused(finding)):
                continue
            found.add(finding.fingerprint)
            forms = (finding.change, *finding.alternatives)
            if item is None:
                preferred = finding.choose(unsafe=self._unsafe) or finding.change
                item = Item(finding, forms, forms.index(preferred), afresh=bool(touched))
                self._add(item, previous)
            elif item.state is not State.ACCEPTED:
                if item.state is State.GONE:
                    item.state = State.OPEN
                if finding.path in touched:
                    item.afresh = len(forms) != len(item.forms) or any(map(differs, forms, item.forms))
                item.finding, item.forms, item.form = finding, forms, min(item.form, len(forms) - 1)
            previous = item
        for item in self.items:
            if item.state is State.OPEN and item.key not in found:
                item.state = State.GONE

    def _add(self, item: Item, previous: Item | None) -> None:
        self._by_key[item.key] = item
        if previous is None:
            self.items.insert(0, item)
        elif previous is self.items[-1]:
            self.items.append(item)
        else:
            self.items.insert(self.items.index(previous) + 1, item)


def differs(one: Change, other: Change) -> bool:
    """Whether two forms differ in what they write, and not only in where."""

    def written(change: Change) -> list[tuple[Path, list[str]]]:
        return [(part.path, [edit.text for edit in part.edits]) for part in change.files]

    return one.safety is not other.safety or written(one) != written(other)
