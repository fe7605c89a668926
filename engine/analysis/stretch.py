"""The stretch around a place: what a coroutine touches since it last surely let others run, and until it surely does so again.

It is looked at as its reader sees it, within the coroutine: what a coroutine of the project that it awaits touches is said by
the call, and where the stretch goes on in a caller, or in the library, it is open there.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial

from .activations import Activations
from .awaited import Awaited, OfStep
from .evaluation import Point
from .fates import Whose
from .flow import Flow
from .module import Module, Project
from .scope import FunctionNode
from .touch import Touch
from .touches import Steps, touch_of_wait
from .waits import Wait


@dataclass(slots=True, eq=False)
class Side:
    """One side of a place in its coroutine, until others surely run."""

    steps: Steps
    #: What is met, the nearest first: steps that may touch something, and touches.
    met: list[Touch | Point] = field(default_factory=list)
    #: Whether a way leads out of the coroutine, to those that run it.
    is_open: bool = False
    #: What the next waits do that others see: a request may be on its way before the coroutine that sends it first waits.
    sent: list[Touch] = field(default_factory=list)
    #: What is awaited and may have let others run.
    relied: list[Touch] = field(default_factory=list)
    _told: tuple[Touch | None, Touch | None] | None = None

    def worst(self) -> Touch | None:
        """The touch to name: a change of what others have (not `Touch.is_minor`), the nearest; else by `Touch.rank`."""
        return self._to_tell()[0]

    def shared(self) -> Touch | None:
        """The one to name of those that are not minor."""
        return self._to_tell()[1]

    def _to_tell(self) -> tuple[Touch | None, Touch | None]:
        if self._told is None:
            first: Touch | None = None
            shared: Touch | None = None
            for touch in self._touches():
                if first is None or touch.rank < first.rank:
                    first = touch
                if not touch.is_minor and (shared is None or touch.rank < shared.rank):
                    shared = touch
                if shared is not None and shared.writes:
                    break  # none further on says more
            self._told = first, shared
        return self._told

    def _touches(self) -> Iterator[Touch]:
        """What is met one after the other; most steps touch nothing."""
        for one in self.met:
            touch = one if isinstance(one, Touch) else self.steps.touch(one)
            if touch is not None:
                yield touch


class Stretches:
    """The stretches of a project. Ask `Project.fact(Stretches)`."""

    activations_from: type[Activations] = Activations

    def __init__(self, project: Project) -> None:
        self.activations = project.fact(self.activations_from)
        self._effects = self.activations.effects
        self._facts = self._effects.facts
        self.awaited = Awaited(self._facts)
        self._steps: dict[FunctionNode, Steps] = {}
        #: By place, direction and whether it relies on awaits: several provers ask for the sides of one place.
        self._sides: dict[tuple[ast.AST, bool, bool], Side] = {}
        #: The coroutines of the project that were asked whether they let others run.
        self._surely: dict[FunctionNode, bool] = {}

    def before(self, module: Module, node: ast.AST, *, relying: bool = False) -> Side:
        """What is touched on the ways to `node` since others surely ran, or may have run, `relying` on what is awaited."""
        return self._side(module, node, backwards=True, relying=relying)

    def behind(self, module: Module, node: ast.AST) -> Side:
        """What is touched on the ways from `node` until others surely run."""
        return self._side(module, node, backwards=False)

    def leads(self, module: Module, one: ast.AST, other: ast.AST) -> bool:
        """Whether a way leads from one place of a coroutine to another one on which others do not surely run."""
        return any(isinstance(met, Point) and met.node is other for met in self.behind(module, one).met)

    def steps(self, module: Module, function: FunctionNode) -> Steps:
        """The touches of the steps of a coroutine."""
        if function not in self._steps:
            given = partial(self.activations.given, module, function)
            self._steps[function] = self._effects.steps(module, function, Whose.SHARED, given)
        return self._steps[function]

    def _side(self, module: Module, node: ast.AST, *, backwards: bool, relying: bool = False) -> Side:
        key = node, backwards, relying
        if key not in self._sides:
            function = module.function(node)
            assert function is not None
            side, flow = Side(self.steps(module, function)), self._facts.flow(module, function)
            if not (points := flow.around(node)):
                then = "before" if backwards else "then"
                side.met.append(Touch(module.path, function.lineno, f"what `{function.name}()` does {then}"))
                side.is_open = True
            elif backwards:
                self._back(module, flow, points, side, relying=relying)
            else:
                # A pause raises nothing.
                pauses = isinstance(node, ast.Call) and self._facts.name_of(module, node.func) == "time.sleep"
                self._on(module, flow, points, side, fails=not pauses)
            # What a loop goes over others may change, where it outlives the coroutine.
            side.met += (Point(loop, "next") for loop in module.loops(node) if isinstance(loop, ast.For))
            self._sides[key] = side
        return self._sides[key]

    def _back(self, module: Module, flow: Flow, points: Iterable[Point], side: Side, *, relying: bool) -> None:
        def before(point: Point, raised: bool) -> Iterable[tuple[Point, bool]]:
            if point is flow.entry:
                side.is_open = True
            yield from ((previous, False) for previous in point.before)
            yield from ((previous, True) for previous in flow.failed.get(point, ()))

        waiting = deque(step for point in points for step in before(point, False))
        seen = set(waiting)
        while waiting:
            point, raised = waiting.popleft()
            wait = self.awaited.by(module, point)
            if wait is not None:
                if self._is_sure(wait, raised=raised):
                    continue
                if relying and not raised:
                    side.relied.append(_touch_of(side.steps, point, wait))
                    continue
                if not isinstance(wait, Wait):
                    side.met.append(_touch_of(side.steps, point, wait))
            if point.role != "mark":
                side.met.append(point)
            for step in before(point, raised):
                if step not in seen:
                    seen.add(step)
                    waiting.append(step)

    def _on(self, module: Module, flow: Flow, points: Iterable[Point], side: Side, *, fails: bool) -> None:
        def behind(point: Point) -> Iterable[Point]:
            wait = self.awaited.by(module, point)
            if isinstance(wait, Wait):
                if wait.is_seen:
                    side.sent.append(touch_of_wait(side.steps, point, wait))
                if wait.answers:
                    side.met.append(Point(point.node, "given"))
            if wait is not None and not (isinstance(wait, Wait) and wait.pauses):
                side.met.append(_touch_of(side.steps, point, wait))
            if point.role != "mark":
                side.met.append(point)
            return () if self._is_sure(wait) else (*point.after, *point.failing)

        first = (target for point in points for target in (*point.after, *(point.failing if fails else ())))
        seen = _reached(first, behind)
        side.is_open = flow.end in seen or flow.raised in seen

    def _is_sure(self, wait: OfStep, *, raised: bool = False) -> bool:
        """Whether others surely run in a step that awaits this, where it returned or `raised` an exception.

        An error may come before anything was sent: of a chat that the library does not know (Pyrogram's `resolve_peer`), of a
        flood that still lasts (Telethon's `UserMethods._call`), of an argument (aiogram's models, the address of a request).
        """
        if isinstance(wait, tuple):
            return not raised and self._surely_waits(*wait)
        return isinstance(wait, Wait) and wait.sure and (wait.pauses or not raised)

    def _surely_waits(self, module: Module, function: FunctionNode) -> bool:
        """Whether others surely run before a coroutine of the project returns, by what it awaits of libraries itself."""
        if function not in self._surely:
            flow = self._facts.flow(module, function)

            def behind(point: Point) -> Iterable[Point]:
                wait = self.awaited.by(module, point)
                is_sure = isinstance(wait, Wait) and wait.sure
                return point.failing if is_sure else (*point.after, *point.failing)

            self._surely[function] = flow.end not in _reached([flow.entry], behind)
        return self._surely[function]


def _reached(first: Iterable[Point], behind: Callable[[Point], Iterable[Point]]) -> set[Point]:
    """All points that ways lead to, each looked at once, the nearest first."""
    waiting = deque(dict.fromkeys(first))
    seen = set(waiting)
    while waiting:
        for target in behind(waiting.popleft()):
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    return seen


def _touch_of(steps: Steps, point: Point, wait: Wait | Touch | tuple[Module, FunctionNode]) -> Touch:
    """What an await does to others; what a coroutine of the project does is not looked into."""
    if isinstance(wait, Touch):
        return wait
    if isinstance(wait, Wait):
        return touch_of_wait(steps, point, wait)
    return replace(touch_of_wait(steps, point, Wait(False)), is_slight=True)
