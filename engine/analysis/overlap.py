"""What a whole activation of a handler touches: whether two of them, of different chats, may run side by side.

Updates of one chat or user are taken to come one after the other, so that `user_data` and `chat_data` belong to one
activation at a time. What is left is what all chats share. An activation whose touches all lie between two waits next to each
other is as good as one that runs at a single moment; where a wait lies between two of them, others may come in between.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...knowledge.kinds import CONTEXT
from .activations import Activations
from .effects import Effects
from .evaluation import Point
from .facts import Facts
from .fates import Whose
from .module import Module, Project
from .scope import FunctionNode
from .stretch import Stretches
from .touch import Touch
from .touches import Steps, touch_of_wait
from .waits import Wait

_DATA = frozenset({"user_data", "chat_data"})
#: Methods of dictionaries that put something into them.
_PUTTING = frozenset({"setdefault", "update"})
_DEPTH = 12


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a coroutine touches from its beginning to its end."""

    #: Of what all chats share, and what is sent to Telegram or printed.
    touches: tuple[Touch, ...] = ()
    #: Two touches of what all chats share with a wait between them, if there are such.
    apart: tuple[Touch, Touch] | None = None
    #: Whether it waits for anything else than that an answer to its update is sent.
    lingers: bool = False

    @property
    def shared(self) -> tuple[Touch, ...]:
        """The touches that another activation may get in the way of.

        Lines of output are none, and messages are none, unless it asks Telegram for something and acts elsewhere upon it.
        """
        return _shared(self.touches)


class _Facts(Facts):
    data_of_chats = _DATA


class _Effects(Effects):
    facts_from = _Facts


class _Activations(Activations):
    effects_from = _Effects


class _Stretches(Stretches):
    activations_from = _Activations


class Overlaps:
    """The activations of a project. Ask `Project.fact(Overlaps)`."""

    def __init__(self, project: Project) -> None:
        keyed = not _puts_shared_things(project)
        self._stretches: Stretches = project.fact(_Stretches) if keyed else project.fact(Stretches)
        self._facts = self._stretches.activations.effects.facts
        self._known: dict[FunctionNode, Overlap] = {}
        self._busy: set[FunctionNode] = set()

    def of(self, module: Module, function: FunctionNode) -> Overlap:
        """What a coroutine of the project touches."""
        if function in self._known:
            return self._known[function]
        if function in self._busy or len(self._busy) > _DEPTH or not self._facts.is_plain(module, function):
            touch = Touch(module.path, function.lineno, f"`{function.name}()`")
            return Overlap((touch,), (touch, touch), lingers=True)
        self._busy.add(function)
        try:
            found = self._of(module, function)
        finally:
            self._busy.discard(function)
        self._known[function] = found
        return found

    def _of(self, module: Module, function: FunctionNode) -> Overlap:
        flow = self._facts.flow(module, function)
        reached = list(_reached([flow.entry]))
        steps = self._stretches.steps(module, function)
        at = {point: self._at(module, steps, point) for point in reached}
        touches = tuple(dict.fromkeys(touch for found, _ in at.values() for touch in found.touches))
        lingers = any(found.lingers for found, _ in at.values())
        for found, _ in at.values():
            if found.apart:
                return Overlap(touches, found.apart, lingers)
        shared = set(_shared(touches))
        waits = {point for point, (_, may_wait) in at.items() if may_wait}
        for point in reached if shared else ():
            first = next((touch for touch in at[point][0].touches if touch in shared), None)
            for other in _behind_a_wait(point, waits) if first else ():
                last = next((touch for touch in at[other][0].touches if touch in shared), None)
                if first and last:
                    return Overlap(touches, (first, last), lingers)
        return Overlap(touches, lingers=lingers)

    def _at(self, module: Module, steps: Steps, point: Point) -> tuple[Overlap, bool]:
        """What a step touches, and whether others may run in it."""
        own = steps.touch(point)
        touches = (own,) if own else ()
        wait = self._stretches.awaited.by(module, point)
        if wait is None:
            enters = isinstance(module.parent(point.node), ast.AsyncWith)
            return Overlap(touches, lingers=enters), enters
        if isinstance(wait, tuple):
            inner = self.of(*wait)
            return Overlap((*touches, *inner.touches), inner.apart, inner.lingers), True
        if isinstance(wait, Touch):
            return Overlap((*touches, wait), (wait, wait), lingers=True), True
        if wait.answers:
            handed = steps.arguments(point.node)
            return Overlap((*touches, handed) if handed else touches), True
        return Overlap((*touches, *_of_wait(steps, point, wait)), lingers=True), True


def _of_wait(steps: Steps, point: Point, wait: Wait) -> Iterator[Touch]:
    """What awaiting a library's coroutine does to others, and what of theirs it is given."""
    if wait.pauses:
        return
    yield touch_of_wait(steps, point, wait)
    if handed := steps.arguments(point.node):
        yield handed


def _reached(points: list[Point]) -> Iterator[Point]:
    """The points that can be reached from some, these among them."""
    seen, waiting = set(points), list(points)
    while waiting:
        point = waiting.pop()
        yield point
        for following in (*point.after, *point.failing):
            if following not in seen:
                seen.add(following)
                waiting.append(following)


def _behind_a_wait(start: Point, waits: set[Point]) -> Iterator[Point]:
    """The points that can be reached from `start` by a way on which others may run, before or in them.

    What a wait itself touches comes before or after others run, whichever is worse.
    """
    first = list(_reached([start]))
    passed = [point for point in first if point in waits]
    if start not in waits:
        yield from passed
    yield from _reached([following for point in passed for following in (*point.after, *point.failing)])


def _shared(touches: tuple[Touch, ...]) -> tuple[Touch, ...]:
    sent = {touch.writes for touch in touches if touch.place == "telegram"}
    apart = ("output",) if len(sent) == 2 else ("output", "telegram")
    return tuple(touch for touch in touches if touch.place not in apart)


def _puts_shared_things(project: Project) -> bool:
    """Whether what many chats share may be in the `user_data` or `chat_data` of one."""
    effects = project.fact(_Effects)
    for path in project.mentioning(sorted(_DATA)):
        module = effects.facts.graph.module(path)
        for node in module.all(ast.Attribute) if module else ():
            if module and node.attr in _DATA and not _keeps_apart(effects, module, node):
                return True
    return False


def _keeps_apart(effects: Effects, module: Module, node: ast.Attribute) -> bool:
    """Whether a use of the data of a chat or user is of its own activation, which reads it or puts something of its own into it."""
    if effects.facts.kind(module, node.value) != CONTEXT:
        return effects.facts.graph.class_of(module, node.value) is not None
    frame = effects.frame(module, module.function(node), Whose.SHARED)
    match module.parent(node):
        case ast.Subscript(value=value, ctx=ctx) as item if value is node:
            outer = module.parent(item)
            if isinstance(ctx, (ast.Load, ast.Del)):
                return True
            return (
                isinstance(outer, (ast.Assign, ast.AugAssign))
                and outer.value is not item
                and frame.of(outer.value) <= Whose.OWN
            )
        case ast.Attribute(attr=method) as used:
            call = module.parent(used)
            if not (isinstance(call, ast.Call) and call.func is used):
                return False
            given = (*call.args, *(keyword.value for keyword in call.keywords))
            return method not in _PUTTING or all(frame.of(value) <= Whose.OWN for value in given)
        case ast.FormattedValue() | ast.Compare() | ast.BoolOp() | ast.UnaryOp() | ast.If() | ast.IfExp() | ast.Expr():
            return True
    return False
