"""`ordering`: what different updates cause may come in another order.

Telethon, and python-telegram-bot with concurrent updates, start a task for each update in the order of the updates. Until
its first wait each task runs without a break, so what it does until then comes in that order. A pause there lets later
updates overtake it. A task that has surely waited before has no such order to lose.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..analysis.concurrency import concurrency
from ..analysis.module import Module
from ..analysis.stretch import Stretches
from ..analysis.touch import Touch, worst
from ..model import Assumption, Hazard, Proof, Verdict
from .environment.names import at
from .interleaving import Inside, is_alone

_TIMES_OUT = b"conversation_timeout"
#: What may be left out, or gone through more than once, by the way that is taken.
_BRANCHES = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler, ast.IfExp, ast.BoolOp, ast.comprehension, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Match,
)  # fmt: skip


def prove(module: Module, node: ast.expr, inside: Inside = Inside.NOTHING, *, shown: ast.expr | None = None) -> Verdict:
    """Whether what updates cause keeps its order when a coroutine waits at `node`."""
    found = _within(module, node, inside, shown or node)
    if isinstance(found, Proof):
        return found
    starts = module.project.fact(Stretches).activations.starts(module, node)
    if starts and all(start.kind == "handler" and not start.unknown for start in starts):
        if concurrency(module.project, module.path).one_by_one and not module.project.contains(_TIMES_OUT):
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
    if module.project.contains(_TIMES_OUT):  # which handles the end of a conversation beside the updates of its chat
        return _assumption(Touch(module.path, node.lineno, f"`{module.shown(shown)}`"))
    if inside is Inside.WRITES:
        relied = _awaited_before(stretches, module, node)
        return (
            _waited(module, relied)
            if relied
            else _assumption(Touch(module.path, node.lineno, f"`{module.shown(shown)}`"))
        )
    until_end = stretches.behind(module, node, to_end=True).worst()
    if seen := worst([stretches.behind(module, node).worst(), until_end if until_end and until_end.writes else None]):
        if relied := _awaited_before(stretches, module, node):
            return _waited(module, relied)
        return _assumption(seen)
    return Proof(Hazard.ORDERING, "nothing that others see comes behind it")


def _awaited_before(stretches: Stretches, module: Module, node: ast.expr) -> list[Touch]:
    """What is awaited on all ways to a place, and lets others run or does nothing; empty where a way has nothing of the kind.

    Telethon's `Message.edit` returns at once where the message is not the bot's own, always the same for one message.
    """
    before = stretches.before(module, node, relying=True)
    if before.starts:
        return []
    passed = [touch for touch in before.relied if _is_passed(module, touch, node)]
    return nearest(module, passed)[:1] or nearest(module, before.relied)


def _is_passed(module: Module, touch: Touch, node: ast.expr) -> bool:
    """Whether all ways to `node` in its function come by what is awaited: it stands in no branch or loop that `node` is not in."""
    function = module.function(node)
    if touch.path != module.path or function is None:
        return False
    around = {node, *module.ancestors(node)}
    for wait in module.within(function, ast.Await):
        if wait.lineno == touch.line < node.lineno:
            return not any(isinstance(block, _BRANCHES) and block not in around for block in module.ancestors(wait))
    return False


def nearest(module: Module, touches: Iterable[Touch]) -> list[Touch]:
    """Those of the module's own first, the last of each file first, always in the same order."""
    return sorted(touches, key=lambda touch: (touch.path != module.path, -touch.line, touch.path, touch.phrase))


def _waited(module: Module, relied: list[Touch]) -> Assumption:
    """That the order was open already: where there are several ways, what is awaited on two of them is named."""
    named = [f"{touch.what}{_where(module, touch)}" for touch in relied[:2]]
    if len(relied) > len(named):
        named.append("another call before it")
    awaited = " or ".join(filter(None, (", ".join(named[:-1]), named[-1])))
    sentence = f"{awaited} has waited, so that a later update could overtake this one already"
    return Assumption(Hazard.ORDERING, sentence, relied[0].path, relied[0].line)


def _where(module: Module, touch: Touch) -> str:
    same = touch.path == module.path
    return f" (line {touch.line})" if same else f" ({at(module.project, touch.path, touch.line)})"


def _assumption(touch: Touch) -> Assumption:
    return Assumption(
        Hazard.ORDERING, f"a later update may overtake this one before {touch.phrase}", touch.path, touch.line
    )
