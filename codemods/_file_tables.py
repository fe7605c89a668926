"""`csv.writer(f)` and `csv.DictWriter(f)`: the rows are made in memory and written as one text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..engine.model import Edit
from ..engine.module import Module

WRITERS = frozenset({"csv.writer", "csv.DictWriter"})
_ROWS = frozenset("writerow writerows writeheader".split())
_FACTS = frozenset("fieldnames dialect".split())
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def buffered(
    module: Module,
    block: ast.stmt,
    use: ast.expr,
    call: ast.Call,
    others: list[ast.expr],
    file: str,
    io: str,
    moved: str,
) -> list[Edit]:
    """Edits that let a writer of rows write to a text in memory, and that text to `file` at the end of the block that opens it.

    `use` is the open file in the `call` that makes the writer, `others` are its other uses, `io` is the module's name here, and
    `moved` the indentation that the block gets besides.

    Raises:
        ValueError: that would not be the same; the message is the reason, a clause.
    """
    what = module.segment(call.func)
    made = module.statement(call)
    if not isinstance(block, ast.With):
        raise ValueError(f"{what}() writes to a file that no with opens")
    if made not in block.body or not isinstance(made, (ast.Assign, ast.Expr)):
        raise ValueError(f"{what}() is made in the middle of the block that opens the file")
    rest = block.body[block.body.index(made) :]
    written = list(_written(module, made, call, what, block))
    for other in others:
        if other is not use and isinstance(module.parent(other), (ast.Attribute, ast.Call, ast.keyword)):
            if module.start(other) > module.start(call) and not _is_fact(module, other):
                raise ValueError(f"the file is used besides {what}() in line {other.lineno}")
    leaves = isinstance(rest[-1], ast.Return) and len(rest) > 1
    for statement in rest[: len(rest) - leaves]:
        if waits := next((n for n in ast.walk(statement) if isinstance(n, _WAITS)), None):
            raise ValueError(
                f"its rows come one by one while the block waits (line {waits.lineno}), and would be in memory, not on the disk, "
                "until the last one is there"
            )
        if left := next(_leaving(statement, True), None):
            raise ValueError(f"the block may be left in line {left.lineno}, before its last row is written")
    last = rest[-1 - leaves]
    for statement in (made, last):
        if module.line_span(statement)[0] + len(module.indent(statement)) != module.start(made) and statement is made:
            raise ValueError("several statements stand on one line")
    if leaves and any(node in written and not _names_fact(module, node) for node in ast.walk(rest[-1])):
        raise ValueError(f"the block may be left in line {rest[-1].lineno}, before its last row is written")
    name = _free(module, made)
    indent = module.indent(made) + moved
    start = module.start(made)
    end = module.line_span(last)[1]
    while module.text[end - 1] in "\r\n":
        end -= 1
    edits = [
        Edit(*module.span(use), name),
        Edit(end, end, f"\n{indent}await {file}.write({name}.getvalue())"),
    ]
    return [Edit(start, start, f"{name} = {io}.StringIO()\n{indent}"), *edits]


def _written(module: Module, made: ast.stmt, call: ast.Call, what: str, block: ast.With) -> Iterator[ast.expr]:
    """The places that use the writer.

    Raises:
        ValueError: there are some of which is not known what they do.
    """
    match made:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=value, attr=attr))) if value is call and attr in _ROWS:
            return
        case ast.Assign(targets=[ast.Name() as name], value=value) if value is call:
            if len(module.bindings(name.id, name)) != 1 or module.scope(name).find(name.id) is module.names.root:
                raise ValueError(f"{name.id} is bound several times")
            for use in module.uses(name.id, module.scope(name)):
                parent = module.parent(use)
                outer = module.parent(parent) if parent else None
                known = isinstance(parent, ast.Attribute) and (
                    _names_fact(module, use)
                    or (parent.attr in _ROWS and isinstance(outer, ast.Call) and outer.func is parent)
                )
                if not known or module.function(use) is not module.function(name):
                    raise ValueError(f"what is done with {name.id} in line {use.lineno} is not known")
                if block not in module.ancestors(use):
                    raise ValueError(f"{name.id} is used outside of the block that opens the file (line {use.lineno})")
                yield use
            return
    raise ValueError(f"what is done with {what}() is not known")


def _names_fact(module: Module, use: ast.AST) -> bool:
    parent = module.parent(use)
    return isinstance(parent, ast.Attribute) and parent.attr in _FACTS


def _is_fact(module: Module, use: ast.expr) -> bool:
    parent = module.parent(use)
    return isinstance(parent, ast.Attribute) and parent.attr in ("name", "mode", "encoding", "closed")


def _leaving(node: ast.AST, own: bool) -> Iterator[ast.stmt]:
    """What may leave the statements around `node` but at their end."""
    if isinstance(node, _DEFINITIONS):
        return
    if isinstance(node, ast.Return) or (own and isinstance(node, (ast.Break, ast.Continue))):
        yield node
    if isinstance(node, (ast.Yield, ast.YieldFrom)):
        yield ast.Pass(lineno=node.lineno, col_offset=node.col_offset)
    for child in ast.iter_child_nodes(node):
        yield from _leaving(child, own and not isinstance(node, _LOOPS))


def _free(module: Module, at: ast.stmt) -> str:
    function = module.function(at)
    taken = {n.id for n in ast.walk(function or module.tree) if isinstance(n, ast.Name)}
    taken |= {n.arg for n in ast.walk(function or module.tree) if isinstance(n, ast.arg)}
    return next(name for name in ("buffer", "table", "rows_buffer", "csv_buffer", "csv_table") if name not in taken)
