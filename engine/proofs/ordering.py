"""`ordering`: what different updates cause may come in another order.

Telethon, and python-telegram-bot with concurrent updates, start a task for each update in the order of the updates. Until
its first wait each task runs without a break, so what it does until then comes in that order. A pause there lets later
updates overtake it. A task that has surely waited before has no such order to lose.
"""

from __future__ import annotations

import ast

from ..analysis.call_touches import Touch
from ..analysis.concurrency import Beside, concurrency
from ..analysis.met import worst
from ..analysis.module import Module
from ..analysis.stretch import Stretches
from ..model import Assumption, Hazard, Proof, Verdict
from .interleaving import Inside, is_alone


def prove(module: Module, node: ast.expr, inside: Inside = Inside.NOTHING) -> Verdict:
    """Whether what updates cause keeps its order when a coroutine waits at `node`."""
    found = _within(module, node, inside)
    if isinstance(found, Proof):
        return found
    starts = module.project.fact(Stretches).activations.starts(module, node)
    if starts and all(start.kind == "handler" and not start.unknown for start in starts):
        facts = concurrency(module.project, module.path)
        if facts.sequential and not any(beside.kind is Beside.UNBLOCKED for beside in facts.beside):
            return Proof(Hazard.ORDERING, "the bot handles one update after the other")
    if is_alone(module, node):
        return Proof(Hazard.ORDERING, "nothing else of the bot runs while it waits")
    return found


def _within(module: Module, node: ast.expr, inside: Inside) -> Verdict:
    """Whether the order was open already, or nobody sees it."""
    stretches = module.project.fact(Stretches)
    before = stretches.before(module, node)
    if not before.starts:
        return Proof(Hazard.ORDERING, "it has surely waited before, so that its order was open already")
    if all(start.kind in ("main", "loop", "job") for start in before.starts) and before.worst() is None:
        return Proof(Hazard.ORDERING, "it begins at a time of its own, before it touches anything")
    if inside is Inside.WRITES:
        return _assumption(Touch(module.path, node.lineno, f"`{module.shown(node)}`"))
    until_end = stretches.behind(module, node, to_end=True).worst()
    if seen := worst(stretches.behind(module, node).worst(), until_end if until_end and until_end.writes else None):
        return _assumption(seen)
    return Proof(Hazard.ORDERING, "nothing that others see comes behind it")


def _assumption(touch: Touch) -> Assumption:
    return Assumption(
        Hazard.ORDERING, f"a later update may overtake this one before {touch.phrase}", touch.path, touch.line
    )
