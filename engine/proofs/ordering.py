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
from ..analysis.touch import CHAT, Touch, worst
from ..model import Assumption, Hazard, Proof, Verdict
from .interleaving import Inside, changes, is_alone
from .waited import awaited_before, named, says_most

_TIMES_OUT = b"conversation_timeout"


def prove(module: Module, node: ast.expr, inside: Inside = Inside.NOTHING, *, shown: ast.expr | None = None) -> Verdict:
    """Whether what updates cause keeps its order when a coroutine waits at `node`."""
    found = _within(module, node, inside, shown or node)
    if isinstance(found, Proof):
        return found
    starts = module.project.fact(Stretches).activations.starts(module, node)
    if starts and all(start.kind == "handler" and not start.unknown for start in starts):
        if concurrency(module.project, module.path).one_by_one:
            if not module.project.contains(_TIMES_OUT):
                return Proof(Hazard.ORDERING, "the bot handles one update after the other")
            sentence = "it does not matter that a conversation may time out while it waits"
            return Assumption(Hazard.ORDERING, sentence, module.path, node.lineno, is_slight=True)
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
    here = Touch(module.path, node.lineno, f"`{module.shown(shown)}`")
    if module.project.contains(_TIMES_OUT):  # which handles the end of a conversation beside the updates of its chat
        return _assumption(module, node, here)
    if inside is Inside.WRITES:
        relied = awaited_before(module, node)
        return _waited(module, node, relied) if relied else _assumption(module, node, here)
    until_end = stretches.behind(module, node, to_end=True).worst()
    behind = stretches.behind(module, node)
    found = worst([behind.worst(), until_end if until_end and until_end.writes else None])
    if found and found.place != CHAT:  # which of two answers a chat gets first is nobody's but theirs who wait for them
        if relied := awaited_before(module, node):
            return _waited(module, node, relied)
        return _assumption(module, node, says_most(found, behind))
    return Proof(Hazard.ORDERING, "nothing that others see comes behind it")


def _waited(module: Module, node: ast.expr, relied: list[Touch]) -> Assumption:
    """That the order was open already: where there are several ways, what is awaited on two of them is named."""
    sentence = f"{named(module, relied)} has waited, so that a later {_what_comes(module, node)} could overtake this one already"
    return Assumption(Hazard.ORDERING, sentence, relied[0].path, relied[0].line, is_slight=True)


def _assumption(module: Module, node: ast.expr, touch: Touch) -> Assumption:
    sentence = f"a later {_what_comes(module, node)} may overtake this one before {touch.phrase}"
    return Assumption(Hazard.ORDERING, sentence, touch.path, touch.line, is_slight=not changes(touch))


def _what_comes(module: Module, node: ast.expr) -> str:
    """What the coroutine around `node` is run for, in a word."""
    starts = module.project.fact(Stretches).activations.starts(module, node)
    if starts and all(start.kind == "job" for start in starts):
        return "run of the job"
    return "update" if stopped(module) == "bot" else "request"
