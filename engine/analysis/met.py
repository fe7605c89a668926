"""What walks through functions met, and the worst of it, looked for without asking what every step touches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .activations import Start
from .evaluation import Point
from .touch import Touch
from .touches import Steps


@dataclass(slots=True, eq=False)
class Met:
    """What is met on a way, in this order: touches, steps of a function that may touch something, other ways."""

    found: list[Touch | Point | Met] = field(default_factory=list)
    #: The steps of the function, if points are among it.
    steps: Steps | None = None
    _line: int | None = None
    _worst: dict[bool, Touch | None] = field(default_factory=dict)

    def touches(self) -> Iterator[Touch]:
        """All touches."""
        yield from self._each(set())

    def _each(self, seen: set[Met]) -> Iterator[Touch]:
        seen.add(self)
        for one in self.found:
            if isinstance(one, Met):
                yield from one._each(seen) if one not in seen else ()
            elif (touch := self._touch(one)) is not None:
                yield touch

    def worst(self, *, at_waits: bool = True) -> Touch | None:
        """The touch to name: a change rather than a look, one that is seen rather than one that may be, one of
        what others have rather than a line of a log, the first of those.

        With `at_waits` false, what awaited calls do before they let others run is left out.
        """
        if at_waits not in self._worst:
            self._worst[at_waits] = self._find(at_waits)
        return self._worst[at_waits]

    def _find(self, at_waits: bool) -> Touch | None:
        """A touch stands no higher than its step, so that steps below the worst that is known need not be asked."""
        worst: Touch | None = None
        rank: tuple[bool, bool, bool, int, int] | None = None
        for line, position in sorted((self._highest(one), i) for i, one in enumerate(self.found)):
            if rank is not None and rank[:4] < (False, False, False, line):
                break
            one = self.found[position]
            touch = one.worst(at_waits=at_waits) if isinstance(one, Met) else self._touch(one)
            if touch is None or (touch.at_wait and not at_waits):
                continue
            new = *_rank(touch), position
            if rank is None or new < rank:
                worst, rank = touch, new
        return worst

    def _highest(self, one: Touch | Point | Met) -> int:
        """The line above which nothing that is met there stands."""
        if isinstance(one, Touch):
            return one.line
        if isinstance(one, Met):
            return one.highest
        return self.steps.highest(one) if self.steps is not None else 0

    @property
    def highest(self) -> int:
        """The line above which nothing that is met stands."""
        if self._line is None:
            self._line = min(map(self._highest, self.found), default=0)
        return self._line

    def _touch(self, one: Touch | Point) -> Touch | None:
        if isinstance(one, Touch):
            return one
        return self.steps.touch(one) if self.steps is not None else None


@dataclass(slots=True, eq=False)
class Side(Met):
    """What is met on one side of a place."""

    #: Where an activation begins (ends) without a sure wait on the way.
    starts: list[Start] = field(default_factory=list)
    #: What the next waits do that others see: a request may be on its way before the coroutine that sends it first waits.
    sent: list[Touch] = field(default_factory=list)
    #: See `Walk`.
    relied: set[Touch] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Walk(Met):
    """What a walk through one function met."""

    sent: list[Touch] = field(default_factory=list)
    #: Whether it came to the function's beginning or end, and whether it left by an exception.
    through: bool = False
    raises: bool = False
    #: What is awaited and was taken for a wait, without that it surely is one; None where nothing is.
    relied: set[Touch] | None = None


def _rank(touch: Touch) -> tuple[bool, bool, bool, int]:
    return not touch.writes, touch.place == "callers", touch.is_aside, touch.line


def worst(*touches: Touch | None) -> Touch | None:
    """The one to name of several, as `Met.worst` does."""
    return min((touch for touch in touches if touch is not None), key=_rank, default=None)
