"""`ordering`: what different updates cause may come in another order.

Telethon, and python-telegram-bot with concurrent updates, start a task for each update in the order of the updates. Until
its first wait each task runs without a break, so what it does until then comes in that order. A pause there lets later
updates overtake it. A task that has surely waited before has no such order to lose.
"""

from __future__ import annotations

import ast

from ..analysis.concurrency import concurrency
from ..analysis.module import Module
from ..analysis.stopped import stopped
from ..analysis.stretch import Stretches
from ..analysis.touch import CHAT, Touch
from ..model import Assumption, Hazard, Proof, Verdict
from .interleaving import Inside, changes, is_alone
from .waited import awaited_before, named, says_most

_TIMES_OUT = b"conversation_timeout"


def prove(module: Module, node: ast.expr, inside: Inside = Inside.NOTHING, *, shown: ast.expr | None = None) -> Verdict:
    """Whether what updates cause keeps its order when a coroutine waits at `node`."""
    stretches = module.project.fact(Stretches)
    before = stretches.before(module, node)
    if not before.is_open:
        return Proof(Hazard.ORDERING, "it has surely waited before, so that its order was open already")
    starts = stretches.activations.starts(module, node)
    if starts and all(start.kind in ("main", "loop", "job") and not start.unknown for start in starts):
        if before.worst() is None:
            return Proof(Hazard.ORDERING, "it begins at a time of its own, before it touches anything")
    times_out = module.project.contains(_TIMES_OUT)  # the end of a conversation comes beside the updates of its chat
    if starts and all(start.kind == "handler" and not start.unknown for start in starts):
        if concurrency(module.project, module.path).one_by_one:
            if not times_out:
                return Proof(Hazard.ORDERING, "the bot handles one update after the other")
            sentence = "it does not matter that a conversation may time out while it waits"
            return Assumption(Hazard.ORDERING, sentence, module.path, node.lineno, is_slight=True)
    if is_alone(module, node):
        return Proof(Hazard.ORDERING, "nothing else of the bot runs while it waits")
    return _assumption(module, node, inside, shown or node, times_out=times_out)


def _assumption(module: Module, node: ast.expr, inside: Inside, shown: ast.expr, *, times_out: bool) -> Assumption:
    """What a later update may overtake, or what is awaited before, so that it could do so already."""
    stretches, what_comes = module.project.fact(Stretches), _what_comes(module, node)
    if not times_out and (relied := awaited_before(module, node)):
        sentence = f"{named(module, relied)} has waited, so that {what_comes} could overtake this one already"
        return Assumption(Hazard.ORDERING, sentence, relied[0].path, relied[0].line, is_slight=True)
    touch: Touch | None = Touch(module.path, node.lineno, f"`{module.shown(shown)}`")
    if inside is not Inside.WRITES and not times_out:
        behind = stretches.behind(module, node)
        touch = behind.worst()
        touch = says_most(touch, behind) if touch and touch.place != CHAT else None
    if touch is None:
        # which of two answers a chat gets first is nobody's but theirs who wait for them
        sentence = f"{what_comes} may overtake this one"
        return Assumption(Hazard.ORDERING, sentence, module.path, node.lineno, is_slight=True)
    sentence = f"{what_comes} may overtake this one before {touch.phrase}"
    return Assumption(Hazard.ORDERING, sentence, touch.path, touch.line, is_slight=not changes(touch))


def _what_comes(module: Module, node: ast.expr) -> str:
    """What may come behind the run of the coroutine around `node`."""
    kinds = {start.kind for start in module.project.fact(Stretches).activations.starts(module, node)}
    if kinds == {"job"}:
        return "a later run of the job"
    if kinds and kinds <= {"main", "loop"}:
        return "what begins later"
    return "a later update" if stopped(module) == "bot" else "a later request"
