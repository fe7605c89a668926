"""`ordering`: what different updates cause may come in another order.

Telethon, and python-telegram-bot with concurrent updates, start a task for each update in the order of the updates. Until
its first wait each task runs without a break, so what it does until then comes in that order. A pause there lets later
updates overtake it. A task that has surely waited before has no such order to lose.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..analysis.concurrency import concurrency
from ..analysis.met import worst
from ..analysis.module import Module
from ..analysis.stretch import Stretches
from ..analysis.touch import Touch
from ..model import Assumption, Hazard, Proof, Verdict
from .environment.names import at
from .interleaving import Inside, is_alone


def prove(module: Module, node: ast.expr, inside: Inside = Inside.NOTHING, *, shown: ast.expr | None = None) -> Verdict:
    """Whether what updates cause keeps its order when a coroutine waits at `node`."""
    found = _within(module, node, inside, shown or node)
    if isinstance(found, Proof):
        return found
    starts = module.project.fact(Stretches).activations.starts(module, node)
    if starts and all(start.kind == "handler" and not start.unknown for start in starts):
        if concurrency(module.project, module.path).one_by_one:
            return Proof(Hazard.ORDERING, "the bot handles one update after the other")
    if is_alone(module, node):
        return Proof(Hazard.ORDERING, "nothing else of the bot runs while it waits")
    return found


def _within(module: Module, node: ast.expr, inside: Inside, shown: ast.expr) -> Verdict:
    """Whether the order was open already, or nobody sees it."""
    stretches = module.project.fact(Stretches)
    before = stretches.before(module, node)
    if not before.starts:
        return Proof(Hazard.ORDERING, "it has surely waited before, so that its order was open already")
    if all(start.kind in ("main", "loop", "job") for start in before.starts) and before.worst() is None:
        return Proof(Hazard.ORDERING, "it begins at a time of its own, before it touches anything")
    if inside is Inside.WRITES:
        relied = _awaited_before(stretches, module, node)
        return (
            _waited(module, relied)
            if relied
            else _assumption(Touch(module.path, node.lineno, f"`{module.shown(shown)}`"))
        )
    until_end = stretches.behind(module, node, to_end=True).worst()
    if seen := worst(stretches.behind(module, node).worst(), until_end if until_end and until_end.writes else None):
        if relied := _awaited_before(stretches, module, node):
            return _waited(module, relied)
        return _assumption(seen)
    return Proof(Hazard.ORDERING, "nothing that others see comes behind it")


def _awaited_before(stretches: Stretches, module: Module, node: ast.expr) -> list[Touch]:
    """What is awaited on all ways to a place, and lets others run or does nothing; empty where a way has nothing of the kind.

    Telethon's `Message.edit` returns at once where the message is not the bot's own, always the same for one message.
    """
    before = stretches.before(module, node, relying=True)
    return [] if before.starts else nearest(module, before.relied)


def nearest(module: Module, touches: Iterable[Touch]) -> list[Touch]:
    """Those of the module's own first, the last of each file first, always in the same order."""
    return sorted(touches, key=lambda touch: (touch.path != module.path, -touch.line, touch.path, touch.phrase))


def _waited(module: Module, relied: list[Touch]) -> Assumption:
    """That the order was open already."""
    touch = relied[0]
    where = f" (line {touch.line})" if touch.path == module.path else f" ({at(module.project, touch.path, touch.line)})"
    sentence = f"{touch.phrase}{where} has waited, so that a later update could overtake this one already"
    return Assumption(Hazard.ORDERING, sentence, touch.path, touch.line)


def _assumption(touch: Touch) -> Assumption:
    return Assumption(
        Hazard.ORDERING, f"a later update may overtake this one before {touch.phrase}", touch.path, touch.line
    )
