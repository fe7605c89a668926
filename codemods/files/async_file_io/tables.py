"""What is written piece by piece, `csv.writer(f)` above all: the pieces are put together in memory and written as one text."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module
from ....engine.model import Edit
from ....engine.rewriting import awaits
from ..batched_writes.sites import list_written

WRITERS = frozenset({"csv.writer", "csv.DictWriter"})
#: What cannot write to a file of aiofiles in any other way.
PLAIN = WRITERS | {"traceback.print_exc", "traceback.print_exception", "pprint.pprint"}
#: Functions that write to the open file they are given as this argument, and do nothing else with it.
_SINKS = {
    "builtins.print": "file", "traceback.print_exc": "file", "traceback.print_exception": "file", "pprint.pprint": "stream",
    "json.dump": "fp", "yaml.dump": "stream", "yaml.safe_dump": "stream",
}  # fmt: skip
_ROWS = frozenset("writerow writerows writeheader".split())
_FACTS = frozenset("fieldnames dialect".split())
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)
_LOOPS = (ast.For, ast.While, ast.AsyncFor)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def written_to(module: Module, use: ast.expr) -> ast.Call | None:
    """The call that writes text to the open file `use`, or makes a writer of rows for it."""
    parent = module.parent(use)
    call = module.parent(parent) if parent else None
    match parent, call:
        case ast.Attribute(attr="write" | "writelines" | "flush"), ast.Call(func=func) if func is parent:
            return call
        case ast.keyword(arg=name), ast.Call(func=func) if _SINKS.get(module.resolve(func) or "") == name:
            return call
        case ast.Call(func=func, args=arguments), _:
            function = module.resolve(func) or ""
            if function in WRITERS and arguments[0] is use:
                return parent
            if function in _SINKS and function != "builtins.print" and arguments[1:2] == [use]:
                return parent
    return None


def in_loop(module: Module, block: ast.stmt, call: ast.Call) -> bool:
    """Whether a loop that never waits runs `call` again and again within the block."""
    return any(
        isinstance(loop, ast.For)
        and block in module.ancestors(loop)
        and not any(isinstance(n, _WAITS) for n in ast.walk(loop))
        for loop in module.loops(call)
    )


def buffered(
    module: Module,
    block: ast.stmt,
    writing: dict[ast.expr, ast.Call],
    uses: list[ast.expr],
    file: str,
    io: str,
    moved: str,
) -> list[Edit]:
    """Edits that let a block write to a text in memory, and that text to `file` where the block ends.

    `writing` are the uses of the open file that write, each with its call, `uses` are all of them, `io` is the module's name here,
    and `moved` the indentation that the block gets besides.

    Raises:
        ValueError: that would not be the same; the message is the reason, a clause.
    """
    if not isinstance(block, ast.With):
        raise ValueError("no with opens the file that is written to")
    first = min(writing.values(), key=module.start)
    begin = next(s for s in block.body if s is module.statement(first) or s in module.ancestors(first))
    rest = block.body[block.body.index(begin) :]
    writers = [use for call in writing.values() for use in _rows(module, call, block)]
    for other in uses:
        if other in writing or _is_fact(module, other):
            continue
        if module.start(other) > module.start(first) or any(
            block in module.ancestors(loop) for loop in module.loops(other)
        ):
            raise ValueError(f"what was written is looked at in line {other.lineno}")
    leaves = isinstance(rest[-1], ast.Return) and len(rest) > 1
    for statement in rest[: len(rest) - leaves]:
        if waits := next((n for n in ast.walk(statement) if isinstance(n, _WAITS)), None):
            raise ValueError(
                f"its rows come one by one while the block waits (line {_line(waits)}), and would be in memory, not on the disk, "
                "until the last one is there"
            )
        if left := next(_leaving(statement, True), None):
            raise ValueError(f"the block may be left in line {_line(left)}, before its last row is written")
    if leaves:
        returned = set(ast.walk(rest[-1]))
        if any(u in returned for u in writing) or any(u in returned and not _names_fact(module, u) for u in writers):
            raise ValueError(f"the block may be left in line {rest[-1].lineno}, before its last row is written")
    if module.line_span(begin)[0] + len(module.indent(begin)) != module.start(begin):
        raise ValueError("several statements stand on one line")
    if not all(awaits.has_exact_span(module, use) for use in writing):
        raise ValueError("it stands in an f-string in which its place cannot be told")
    name = _free(module, begin)
    indent = module.indent(begin) + moved
    start, end = module.start(begin), module.line_span(rest[-1 - leaves])[1]
    while module.text[end - 1] in "\r\n":
        end -= 1
    return [
        Edit(start, start, f"{name} = {io}.StringIO()\n{indent}"),
        *(Edit(*module.span(use), name) for use in writing),
        Edit(end, end, f"\n{indent}await {file}.write({name}.getvalue())"),
    ]


def _rows(module: Module, call: ast.Call, block: ast.With) -> Iterator[ast.expr]:
    """The places that use the writer of rows that a call makes.

    Raises:
        ValueError: there are some of which is not known what they do.
    """
    what = module.segment(call.func)
    if module.resolve(call.func) not in WRITERS:
        return
    made = module.statement(call)
    if made not in block.body:
        raise ValueError(f"{what}() is made in the middle of the block that opens the file")
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


def _line(node: ast.AST) -> int:
    return int(getattr(node, "lineno", 0))


def _leaving(node: ast.AST, own: bool) -> Iterator[ast.AST]:
    """What may leave the statements around `node` but at their end."""
    if isinstance(node, _DEFINITIONS):
        return
    if isinstance(node, (ast.Return, ast.Yield, ast.YieldFrom)) or (
        own and isinstance(node, (ast.Break, ast.Continue))
    ):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _leaving(child, own and not isinstance(node, _LOOPS))


def _free(module: Module, at: ast.stmt) -> str:
    function = module.function(at) or module.tree
    taken = {n.id for n in ast.walk(function) if isinstance(n, ast.Name)}
    taken |= {n.arg for n in ast.walk(function) if isinstance(n, ast.arg)}
    return next(name for name in ("buffer", "written", "text_buffer", "csv_buffer", "out_buffer") if name not in taken)


def emptied(module: Module, block: ast.stmt, uses: list[ast.expr]) -> str | None:
    """The list that a block writes and that is emptied there or right behind it, if it does."""
    names = {name for use in uses if (call := written_to(module, use)) and (name := list_written(call))}
    if not names:
        return None
    parent = module.parent(block)
    if isinstance(parent, ast.Try) and block in parent.finalbody:
        return min(names)
    if isinstance(parent, ast.If) and isinstance(outer := module.parent(parent), ast.Try) and parent in outer.finalbody:
        return min(names)
    around = next(
        (b for f in ("body", "orelse", "finalbody") if isinstance(b := getattr(parent, f, None), list) and block in b),
        [block],
    )
    for statement in around[around.index(block) :]:
        for node in ast.walk(statement):
            match node:
                case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="clear")) if name in names:
                    return name
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.List(elts=[])) if name in names:
                    return name
                case ast.Assign(targets=[ast.Tuple(elts=targets)], value=ast.Tuple(elts=values)):
                    taken = {t.id for t in targets if isinstance(t, ast.Name)}
                    if taken & names and any(isinstance(v, ast.List) and not v.elts for v in values):
                        return min(taken & names)
    return None
