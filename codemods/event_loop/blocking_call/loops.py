"""Loops in coroutines of which each step waits for a program or a server."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.assignments import values_of
from ....engine.analysis.blocking import Blocks, streams
from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.processes import gone_over
from ....engine.codemod import Codemod
from ....engine.model import Edit, Finding, Import, Time
from ....engine.proofs import awaiting
from ....engine.rewriting.imports import name_for
from .texts import stops

#: What gives the parts of an answer as they come.
_PARTS = frozenset("iter_content iter_lines iter_bytes iter_text iter_raw".split())

REASON = (
    "each turn waits, and a thread for each would cost more than it gains: put the loop into a plain function, and await "
    "asyncio.to_thread() with it"
)
#: What a loop costs that asks until something else has come about.
_ASKING = Time("as long as it asks", 1000)


def waiting(module: Module) -> Iterator[tuple[ast.expr, str]]:
    """What the loops of a module's coroutines go over that lets them wait, with what it is."""
    for loop in module.all(ast.For, ast.comprehension):
        iterated = loop.iter
        if not module.in_coroutine(iterated) or refuse.runs_in_thread(module, iterated):
            continue
        if gone_over(module, iterated) is not None:
            yield iterated, "the program has written something"
        elif isinstance(iterated, ast.Call) and _is_of_an_answer(module, iterated):
            yield iterated, "the server has sent something"


def spinning(module: Module) -> Iterator[ast.While]:
    """The loops of a module's coroutines that do nothing but ask until something else has come about."""
    for loop in module.all(ast.While):
        match loop:
            case ast.While(test=ast.UnaryOp(op=ast.Not(), operand=asked), body=[ast.Pass()], orelse=[]):
                calm = not any(isinstance(node, (ast.Await, ast.NamedExpr, ast.Yield)) for node in ast.walk(asked))
                if calm and not isinstance(asked, ast.Constant) and module.in_coroutine(loop.test):
                    if not refuse.runs_in_thread(module, loop):
                        yield loop


def of_spinning(codemod: Codemod, module: Module, loop: ast.While) -> Finding:
    """The finding for a loop that does nothing but ask."""
    message = f"the loop asks `{module.shown(loop.test)}` all the time, and nobody else is served until it ends"
    if reason := refuse.cannot_await(module, loop) or refuse.foreign_event_loop(module):
        return codemod.finding(module, loop.test, message, reason=reason)
    asyncio, imports = name_for(module, Import("asyncio"), loop.test)
    edits = [Edit(*module.span(loop.body[0]), f"await {asyncio}.sleep(0.1)")]
    why = f"{stops(module, 'The loop')} and keeps a processor busy until it ends; now everything else goes on between two looks."
    change = codemod.change(
        module, edits, why, title="Pause between two looks", verdicts=awaiting(module, loop.test), imports=imports
    )
    return codemod.finding(module, loop.test, message, change=change, cost=_ASKING)


def _is_of_an_answer(module: Module, call: ast.Call) -> bool:
    """Whether a call gives the parts of an answer that is still on its way."""
    if not (isinstance(call.func, ast.Attribute) and call.func.attr in _PARTS):
        return False
    answer = call.func.value
    made = [answer] if isinstance(answer, ast.Call) else []
    for value in values_of(module, answer) if isinstance(answer, ast.Name) else ():
        value = value.value if isinstance(value, ast.Await) else value
        made += [value] if isinstance(value, ast.Call) else []
    return bool(made) and all(_comes_later(module, value) for value in made)


def _comes_later(module: Module, call: ast.Call) -> bool:
    """Whether the answer that a call gives is still on its way: it asks for a stream, or a function of the project does."""
    blocks = module.project.fact(Blocks)
    if streams(module, call):
        in_thread = module.resolve(call.func) == "asyncio.to_thread"
        return in_thread or blocks.of(module, call) is not None
    meant = module.project.fact(Facts).definition(module, call.func)
    where, function = meant or (module, None)
    if not isinstance(function, ast.FunctionDef):
        return False
    return any(
        streams(where, block.call) and isinstance(where.parent(block.call), ast.Return)
        for block in blocks.within(where, function)
    )
