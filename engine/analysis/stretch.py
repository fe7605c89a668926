"""The stretch around a place: what a coroutine touches since it last surely let others run, and until it surely does so again.

Before a rewrite nobody else can run in such a stretch. It may begin in a caller, where the coroutine was awaited without a
wait in between, and end in one. An activation is the run of a handler, a task or a main coroutine.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import TypeVar

from .activations import Activations, Start
from .awaited import Awaited
from .evaluation import Point
from .fates import Whose
from .following import ERROR_HANDLERS, after_handler, before_start
from .met import Met, Side, Walk
from .module import Module, Project
from .scope import FunctionNode
from .touch import Touch
from .touches import Steps, touch_of_wait
from .unreached import NOTHING, ByCall, by_call
from .waits import Wait, awaited_in

K = TypeVar("K")


class Stretches:
    """The stretches of a project. Ask `Project.fact(Stretches)`."""

    activations_from: type[Activations] = Activations

    def __init__(self, project: Project) -> None:
        self.activations = project.fact(self.activations_from)
        self._effects = self.activations.effects
        self._facts = self._effects.facts
        self.awaited = Awaited(self._facts)
        self._steps: dict[FunctionNode, Steps] = {}
        self._heads: dict[tuple[FunctionNode, ByCall], Walk] = {}
        self._tails: dict[tuple[FunctionNode, bool, ByCall], Walk] = {}
        #: Walks from outside any other walk: most places of a bot share the way to its callers.
        self._walks: dict[tuple[FunctionNode, tuple[Point, ...], bool, bool, bool], Walk] = {}
        #: By place, direction and end: several provers ask for the sides of one place.
        self._sides: dict[tuple[ast.AST, bool, bool], Side] = {}
        self._reached: dict[ast.AST, frozenset[ast.Call]] = {}
        self._busy: set[FunctionNode] = set()
        self._given: dict[Point, Point] = {}  # what the calls that steps await are given, as steps
        self._by_call: dict[tuple[ast.AST | None, FunctionNode], ByCall] = {}

    def before(self, module: Module, node: ast.AST, *, relying: bool = False) -> Side:
        """What is touched on the ways to `node` since others surely ran, or may have run, `relying` on what is awaited."""
        return self._side(module, node, backwards=True, to_end=relying)

    def behind(self, module: Module, node: ast.AST, *, to_end: bool = False) -> Side:
        """What is touched on the ways from `node` until others surely run, or `to_end` of the activation."""
        return self._side(module, node, backwards=False, to_end=to_end)

    def reached(self, module: Module, node: ast.AST) -> frozenset[ast.Call]:
        """The calls in the coroutine around `node` on the ways from there until others surely run."""
        if node not in self._reached:
            function = module.function(node)
            points = self._facts.flow(module, function).around(node) if function else []
            walk = self._walk(module, function, points, backwards=False, to_end=False) if function else Walk()
            walk.all_met()
            nodes = (met.node for met in walk.found if isinstance(met, Point))
            self._reached[node] = frozenset(n for n in nodes if isinstance(n, ast.Call))
        return self._reached[node]

    def _side(self, module: Module, node: ast.AST, *, backwards: bool, to_end: bool) -> Side:
        key = node, backwards, to_end
        if key not in self._sides or self._sides[key].has_failed:
            self._sides[key] = Side().goes(self._met_from(module, node, backwards=backwards, to_end=to_end))
        return self._sides[key]

    def _met_from(
        self, module: Module, node: ast.AST, *, backwards: bool, to_end: bool
    ) -> Iterator[Touch | Met | Start]:
        function = module.function(node)
        assert function is not None
        if not (points := self._facts.flow(module, function).around(node)):
            side_of = "before" if backwards else "then"
            yield Touch(module.path, function.lineno, f"what `{function.name}()` does {side_of}")
        is_pause = isinstance(node, ast.Call) and self._facts.name_of(module, node.func) == "time.sleep"
        fails = not backwards and not is_pause
        yield from self._outwards(module, function, points, set(), backwards=backwards, to_end=to_end, fails=fails)
        yield from self._iterated(module, node)

    def _iterated(self, module: Module, node: ast.AST) -> Iterator[Met]:
        """What outlives the activation and is iterated over by a loop around `node`, here or in a caller: others may change it."""
        for where, place in self.activations.ways_to(module, node):
            function = where.function(place)
            for loop in where.loops(place):
                if isinstance(loop, ast.For) and function is not None:
                    yield Met([Point(loop, "next")], self.steps(where, function))

    # Walks

    def steps(self, module: Module, function: FunctionNode) -> Steps:
        """The touches of the steps of a coroutine."""
        if function not in self._steps:
            given = partial(self.activations.given, module, function)
            self._steps[function] = self._effects.steps(module, function, Whose.SHARED, given)
        return self._steps[function]

    def _outwards(
        self, module: Module, function: FunctionNode, points: list[Point], seen: set[ast.AST], *,
        backwards: bool, to_end: bool, fails: bool,
    ) -> Iterator[Touch | Met | Start]:  # fmt: skip
        """Walk through a function from some of its points, which may raise where one `fails`, and on in its callers where it is left."""
        yield (walk := self._walk(module, function, points, backwards, to_end, fails))
        walk.all_met()
        if not (walk.through or walk.raises) or function in seen:
            return
        seen.add(function)
        for caller in self.activations.callers(module, function):
            if isinstance(caller, Start):
                yield caller
                if caller.unknown:
                    yield Touch(*caller.place, caller.unknown, place="callers")
                if backwards and walk.through:
                    yield from before_start(module, function, caller)
                elif walk.through and caller.kind == "handler":
                    yield from after_handler(module, function)
                if not backwards and walk.raises and any(map(module.project.contains, ERROR_HANDLERS)):
                    yield Touch(module.path, function.lineno, "the handler of errors", writes=False)
                continue
            around = self._facts.flow(caller.module, caller.function).around(caller.call)
            yield from self._outwards(
                caller.module, caller.function, around, seen,
                backwards=backwards, to_end=to_end, fails=not backwards and walk.raises,
            )  # fmt: skip

    def _walk(
        self, module: Module, function: FunctionNode, points: list[Point], backwards: bool, to_end: bool, fails: bool = False
    ) -> Walk:  # fmt: skip
        key = function, tuple(points), backwards, to_end, fails
        if key not in self._walks:
            if backwards:
                self._walks[key] = self._back(module, function, points, relied=set() if to_end else None)
            else:
                self._walks[key] = self._on(module, function, points, to_end=to_end, fails=fails)
        return self._walks[key]

    def _back(
        self, module: Module, function: FunctionNode, points: Iterable[Point], known: ByCall = NOTHING,
        *, relied: set[Touch] | None = None,
    ) -> Walk:  # fmt: skip
        steps, flow = self.steps(module, function), self._facts.flow(module, function)
        walk = Walk(steps=steps, relied=relied)
        waiting: deque[tuple[Point, bool]] = deque()
        seen: set[tuple[Point, bool]] = set()

        def follow(point: Point) -> None:
            if point is flow.entry:
                walk.through = True
            for raised, several in ((False, point.before), (True, point.failed)):
                for previous in several:
                    if (step := (previous, raised)) not in seen and previous.node not in known.unreached:
                        seen.add(step)
                        waiting.append(step)

        for point in points:
            follow(point)
        while waiting:
            point, raised = waiting.popleft()
            if point.waits and not self._passes_back(module, point, raised, walk):
                continue
            if point.role != "mark" and point.node not in known.constants:
                walk.found.append(point)
            follow(point)
        return walk

    def _passes_back(self, module: Module, point: Point, raised: bool, walk: Walk) -> bool:
        """Whether a step may be passed without that others ran; what it touched after they did is added to the walk."""
        wait = self.awaited.by(module, point)
        if wait is None:
            return True
        if isinstance(wait, tuple):
            tail = self._tail(*wait, raised, self._known(module, point, *wait), walk.relied is not None)
            walk.found.append(tail)
            if walk.relied is not None and walk.steps and tail.relied:
                ended = not tail.through and not raised  # on whatever way through it: the call as a whole has waited
                walk.relied |= {touch_of_wait(walk.steps, point, Wait(False))} if ended else tail.relied
            return tail.through
        if walk.relied is not None and not raised and walk.steps and not getattr(wait, "sure", False):
            walk.relied.add(wait if isinstance(wait, Touch) else touch_of_wait(walk.steps, point, wait))
            return False
        if isinstance(wait, Touch):
            walk.found.append(wait)
            return True
        # An error may come before anything was sent: of a chat that the library does not know (Pyrogram's `resolve_peer`), of a flood
        # that still lasts (Telethon's `UserMethods._call`), of an argument (aiogram's models, the address of a request).
        return not wait.sure or (raised and not wait.pauses)

    def _on(
        self, module: Module, function: FunctionNode, points: Iterable[Point], known: ByCall = NOTHING,
        *, to_end: bool = False, fails: bool = False,
    ) -> Walk:  # fmt: skip
        walk = Walk(steps=self.steps(module, function))
        first = [target for point in points for target in (*point.after, *(point.failing if fails else ()))]
        walk.more = self._steps_on(module, function, first, known, walk, to_end=to_end)
        return walk

    def _steps_on(
        self, module: Module, function: FunctionNode, first: list[Point], known: ByCall, walk: Walk, *, to_end: bool
    ) -> Iterator[Point]:  # fmt: skip
        """Go on step by step from the `first` ones, and add what is met to the walk."""
        steps, flow = self.steps(module, function), self._facts.flow(module, function)
        waiting: deque[Point] = deque()
        seen: set[Point] = set()

        def follow(targets: list[Point]) -> None:
            for target in targets:
                if target not in seen and target.node not in known.unreached:
                    seen.add(target)
                    waiting.append(target)

        follow(first)
        while waiting:
            point = waiting.popleft()
            goes_on = fails = True
            if point.waits:
                goes_on, fails = self._passes_on(module, steps, point, walk, to_end=to_end)
            if point.role != "mark" and point.node not in known.constants:
                walk.found.append(point)
            if goes_on:
                follow(point.after)
            if fails:
                follow(point.failing)
            yield point
        walk.through, walk.raises = flow.end in seen, flow.raised in seen
        walk.sent = list({id(touch): touch for touch in walk.sent}.values())

    def _passes_on(self, module: Module, steps: Steps, point: Point, walk: Walk, *, to_end: bool) -> tuple[bool, bool]:
        """Whether the ways behind a step, without and with an exception, belong to the stretch."""
        wait = self.awaited.by(module, point)
        if wait is None:
            return True, True
        if isinstance(wait, tuple):
            head = self._head(*wait, self._known(module, point, *wait), to_end=to_end)
            walk.found.append(head)
            walk.sent += head.sent
            return head.through or to_end, head.raises or to_end
        if isinstance(wait, Touch):
            walk.found.append(wait)
            return True, True
        touch = touch_of_wait(steps, point, wait)
        if wait.is_seen:
            walk.sent.append(touch)
        if wait.answers:
            walk.found.append(self._given.setdefault(point, Point(point.node, "given")))
        if not wait.pauses:
            walk.found.append(touch)
        passes = to_end or not wait.sure
        return passes, passes

    def _known(self, module: Module, point: Point, owner: Module, called: FunctionNode) -> ByCall:
        """What the call that a step awaits says of the coroutine that it runs: many ways come by the same step."""
        key = awaited_in(module, point), called
        if key not in self._by_call:
            self._by_call[key] = by_call(key[0], owner, called)
        return self._by_call[key]

    def _head(self, module: Module, function: FunctionNode, known: ByCall, *, to_end: bool = False) -> Walk:
        """What a coroutine of the project touches before others surely run."""
        cached, flow = {} if to_end else self._heads, self._facts.flow(module, function)
        walk = partial(self._on, module, function, [flow.entry], known, to_end=to_end)
        return self._inside(module, function, cached, (function, known), walk)

    def _tail(self, module: Module, function: FunctionNode, raised: bool, known: ByCall, relying: bool) -> Walk:
        """What a coroutine of the project touches after others surely ran, until it returns or raises."""

        def walk() -> Walk:
            flow, relied = self._facts.flow(module, function), set[Touch]() if relying else None
            return self._back(module, function, [flow.raised if raised else flow.end], known, relied=relied)

        cached = {} if relying else self._tails
        return self._inside(module, function, cached, (function, raised, known), walk)

    def _inside(
        self, module: Module, function: FunctionNode, known: dict[K, Walk], key: K, walk: Callable[[], Walk]
    ) -> Walk:
        if function in self._busy or len(self._busy) > 20:
            return Walk([Touch(module.path, function.lineno, f"`{function.name}()`")], through=True, raises=True)
        if key not in known:
            self._busy.add(function)
            try:
                (inner := walk()).all_met()
                known[key] = replace(inner, by=f"`{function.name}()`")
            finally:
                self._busy.discard(function)
        return known[key]
