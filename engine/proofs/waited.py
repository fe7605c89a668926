"""What is awaited before a place, on all ways there, and nearly always lets others run: that it does is not shown."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ..analysis.module import Module
from ..analysis.stretch import Side, Stretches
from ..analysis.touch import Touch, worst
from .environment.names import at

#: What may be left out, or gone through more than once, by the way that is taken.
_BRANCHES = (
    ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler, ast.IfExp, ast.BoolOp, ast.comprehension, ast.ListComp,
    ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Match,
)  # fmt: skip


def awaited_before(module: Module, node: ast.expr) -> list[Touch]:
    """What is awaited on all ways to a place, and lets others run or does nothing; empty where a way has nothing of the kind.

    Telethon's `Message.edit` returns at once where the message is not the bot's own, always the same for one message.
    """
    before = module.project.fact(Stretches).before(module, node, relying=True)
    if before.is_open:
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


def named(module: Module, relied: list[Touch]) -> str:
    """What is awaited, as a sentence names it: on two ways at the most."""
    found = [f"{touch.what}{_where(module, touch)}" for touch in relied[:2]]
    if len(relied) > len(found):
        found.append("another call before it")
    return " or ".join(filter(None, (", ".join(found[:-1]), found[-1])))


def _where(module: Module, touch: Touch) -> str:
    same = touch.path == module.path
    return f" (line {touch.line})" if same else f" ({at(module.project, touch.path, touch.line)})"


def says_most(found: Touch, side: Side) -> Touch:
    """What a sentence names: what is changed and shared, or else what is sent at the next wait, which says more than a look on the way."""
    if (shared := side.shared()) is not None and shared.writes:
        return shared
    return found if found.writes else worst(side.sent) or found
