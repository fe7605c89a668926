"""Answers that a block writes to the file which it has just opened: the request comes before the block."""

from __future__ import annotations

import ast

from ....engine.analysis.files import opening
from ....engine.analysis.module import Module
from ....engine.model import Assumption, Edit, Hazard
from ....engine.rewriting import awaits
from ....engine.rewriting.fresh_names import fresh_name

_NAMES = ("response", "answer", "fetched")
_PARTS = ("content", "text")


def block_of(module: Module, call: ast.Call) -> ast.With | None:
    """The block ``with open(path, "wb") as file: file.write(requests.get(url).content)`` around a request, which does nothing else."""
    part = module.parent(call)
    write = module.parent(part) if part is not None else None
    statement = module.parent(write) if write is not None else None
    block = module.parent(statement) if statement is not None else None
    match block:
        case ast.With(
            items=[ast.withitem(context_expr=ast.Call() as opened, optional_vars=ast.Name(id=handle))], body=[_]
        ):
            pass
        case _:
            return None
    match write:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=used), attr="write"), args=[argument], keywords=[]) if (
            used == handle and argument is part and isinstance(statement, ast.Expr)
        ):
            pass
        case _:
            return None
    found = opening(module, opened)
    if not (isinstance(part, ast.Attribute) and part.attr in _PARTS) or found is None or found.mode is None:
        return None
    if call.keywords and not awaits.has_to_thread(module):
        return None  # the executor of a loop hands on no names
    named = any(isinstance(node, ast.Name) and node.id == handle for node in ast.walk(call))
    if named or not call.args or not _stands_alone(module, block) or module.has_comment(*module.span(call)):
        return None
    return block


def _stands_alone(module: Module, block: ast.With) -> bool:
    """Whether a line begins with the block, so that a statement can be put before it."""
    return not module.text[module.line_span(block)[0] : module.start(block)].strip()


def edits(module: Module, block: ast.With, call: ast.Call, asyncio: str) -> list[Edit]:
    """The edits that wait for the answer before the file is opened; where an older Python runs the bot by the loop's executor."""
    name = fresh_name(module, _NAMES, block)
    start, end = module.span(call)
    arguments = module.text[module.end(call.func) : end].lstrip()[1:]
    by = "to_thread(" if awaits.has_to_thread(module) else "get_running_loop().run_in_executor(None, "
    waiting = f"{name} = await {asyncio}.{by}{module.segment(call.func)}, {arguments.lstrip()}"
    waiting = waiting.replace("\r\n", "\n").replace("\r", "\n")
    place = module.start(block)
    return [Edit(place, place, f"{waiting}\n{module.indent(block)}"), Edit(start, end, name)]


def left_as_it_was(module: Module, block: ast.With) -> Assumption:
    """What is otherwise where the request fails: the file is not there, or holds what it held."""
    (item,) = block.items
    path = module.shown(item.context_expr)
    sentence = f"nobody needs the file of `{path}` emptied where the request fails: it is opened behind the answer"
    return Assumption(Hazard.OUTSIDE, sentence, module.path, block.lineno)
