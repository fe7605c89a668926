"""What walks through functions met, the nearest first, and what to name of it, found without asking every step what it touches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TypeVar

from .activations import Start
from .evaluation import Point
from .touch import FIRST_RANK, Touch
from .touches import Steps

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class Met:
    """What is met on a way, in this order: touches, steps of a function that may touch something, other ways."""

    found: list[Touch | Point | Met] = field(default_factory=list)
    #: The steps of the function, if points are among it.
    steps: Steps | None = None
    #: The call of a coroutine of the project in which it is met: "`find_user()`"; "" where it is met here or in a caller.
    by: str = ""
    _worst: list[Touch | None] = field(default_factory=list)  # and what is shared of it
    #: Adds what is met further on, step by step: most of it is never asked for.
    more: Iterator[object] | None = None
    _failed: BaseException | None = None

    def all_met(self) -> None:
        """Go all the ways to their ends."""
        while self._goes_on():
            pass

    def _goes_on(self) -> bool:
        """Make one more step; false where there is none."""
        if self._failed is not None:
            raise self._failed
        try:
            if self.more is None or next(self.more, None) is None:
                self.more = None
        except BaseException as error:  # what was met so far is not all, whoever asks next
            self._failed = error
            raise
        return self.more is not None

    @property
    def has_failed(self) -> bool:
        """Whether a step of the way failed, so that what was met is not all."""
        return self._failed is not None

    def _each(self) -> Iterator[Touch | Point | Met]:
        found, number = self.found, 0
        while number < len(found) or self._goes_on():
            if number < len(found):
                yield found[number]
                number += 1

    def worst(self) -> Touch | None:
        """The touch to name (`Touch.rank`), of those that say as much the nearest."""
        return self._looked_at()[0]

    def shared(self) -> Touch | None:
        """The one to name of those that are not minor (`Touch.is_minor`)."""
        return self._looked_at()[1]

    def _looked_at(self) -> list[Touch | None]:
        if not self._worst:
            first: Touch | None = None
            shared: Touch | None = None
            for touch in chain.from_iterable(self._each_touches(Met._looked_at)):
                if touch is None:
                    continue
                rank = touch.rank
                if first is None or rank < first.rank:
                    first = touch
                if (shared is None or rank < shared.rank) and not touch.is_minor:
                    shared = touch
                if rank == FIRST_RANK or self._is_told(shared):
                    break
            self._worst += (replace(one, by=self.by) if one is not None and self.by else one for one in (first, shared))
        return self._worst

    def _is_told(self, _: Touch | None) -> bool:
        """Whether what was met so far is what to name, whatever comes further on."""
        return False

    def _each_touches(self, inside: Callable[[Met], Iterable[T]]) -> Iterator[Iterable[T | Touch]]:
        """What is met one after the other: touches, and what is to be known of other ways. Most steps touch nothing."""
        touch_of = self.steps.touch if self.steps is not None else None
        for one in self._each():
            if isinstance(one, Met):
                yield inside(one)
            elif isinstance(one, Touch):
                yield (one,)
            elif touch_of is not None and (touch := touch_of(one)) is not None:
                yield (touch,)


@dataclass(slots=True, eq=False)
class Walk(Met):
    """What a walk through one function met."""

    sent: list[Touch] = field(default_factory=list)
    #: Whether it came to the function's beginning or end, and whether it left by an exception.
    through: bool = False
    raises: bool = False
    #: What is awaited and was taken for a wait, without that it surely is one; None where nothing is.
    relied: set[Touch] | None = None


@dataclass(slots=True, eq=False)
class Side(Met):
    """What is met on one side of a place."""

    _starts: list[Start] = field(default_factory=list)

    def _is_told(self, shared: Touch | None) -> bool:
        """A change of what is shared, in the function itself: an owner looks there first, and most callers need not be looked for."""
        return shared is not None and shared.writes and not shared.place

    def goes(self, met: Iterable[Touch | Met | Start]) -> Side:
        """The same, with what is to be met in this order."""
        self.more = self._adding(met)
        return self

    def _adding(self, met: Iterable[Touch | Met | Start]) -> Iterator[object]:
        for one in met:
            if isinstance(one, Start):
                self._starts.append(one)
            else:
                self.found.append(one)
            yield one

    @property
    def starts(self) -> list[Start]:
        """Where an activation begins (ends) without a sure wait on the way."""
        self.all_met()
        return self._starts

    @property
    def sent(self) -> list[Touch]:
        """What the next waits do that others see: a request may be on its way before the coroutine that sends it first waits."""
        self.all_met()
        return [touch for walk in self.found if isinstance(walk, Walk) for touch in walk.sent]

    @property
    def relied(self) -> set[Touch]:
        """See `Walk`."""
        self.all_met()
        return {touch for walk in self.found if isinstance(walk, Walk) for touch in walk.relied or ()}
