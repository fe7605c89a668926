"""A request that is saved, and what becomes of its answer."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ....engine.analysis.lengthy import pauses_or_goes_on
from ....engine.analysis.module import Module
from ....engine.model import Edit, Verdict


@dataclass(frozen=True, slots=True)
class Saved:
    """How a request is saved."""

    edits: tuple[Edit, ...]
    why: str
    verdicts: tuple[Verdict, ...]


def attribute(module: Module, asked: ast.Await) -> ast.Attribute | None:
    """The attribute that is taken of an answer on the spot."""
    parent = module.parent(asked)
    return parent if isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load) else None


def variable(module: Module, asked: ast.Await) -> ast.Name | None:
    """The local variable that an answer goes to, where it has no other value, or nothing reads it."""
    match module.parent(asked):
        case ast.Assign(targets=[ast.Name() as name]) | ast.AnnAssign(target=ast.Name() as name):
            scope = module.scope(name).find(name.id)
            function = module.function(asked)
            if scope is None or scope.node is not function:
                return None
            read = any(isinstance(use.ctx, ast.Load) for use in module.uses(name.id, scope))
            return None if read and len(scope.bindings[name.id]) != 1 else name
    return None


def uses(module: Module, asked: ast.Await) -> list[ast.Attribute] | None:
    """The attributes that are read of an answer; None where something else is done with it."""
    if (inline := attribute(module, asked)) is not None:
        return [inline]
    name = variable(module, asked)
    if name is None:
        return None
    found: list[ast.Attribute] = []
    for use in module.uses(name.id, module.scope(name)):
        if use is name or not isinstance(use.ctx, ast.Load):
            continue
        parent = module.parent(use)
        if not (isinstance(parent, ast.Attribute) and isinstance(parent.ctx, ast.Load)):
            return None
        found.append(parent)
    return found


def is_kept(module: Module, asked: ast.Await) -> bool:
    """Whether it is only asked where the answer of an earlier time is missing, and kept there: ``if "name" not in context.bot_data:``,
    or behind ``if NAME is not None: return NAME``.
    """
    function = module.function(asked)
    child: ast.AST = module.statement(asked)
    for block in module.ancestors(child):
        statements = getattr(block, "body", ())
        if child in statements:
            before = statements[: statements.index(child)]
            left = [s.test for s in before if isinstance(s, ast.If) and isinstance(s.body[-1], ast.Return)]
            missing = {name for test in left for name, is_there in _asked_for(module, test) if is_there}
            if isinstance(block, ast.If):
                missing |= {name for name, is_there in _asked_for(module, block.test) if not is_there}
            if missing and not missing.isdisjoint(_assigned(statements)):
                return True
        if block is function:
            return False
        child = block
    return False


def _assigned(statements: Sequence[ast.stmt]) -> list[str]:
    assigned = [n for s in statements for n in ast.walk(s) if isinstance(n, ast.Assign)]
    return [ast.unparse(target) for assignment in assigned for target in assignment.targets]


def _asked_for(module: Module, test: ast.expr) -> Iterator[tuple[str, bool]]:
    """What outlives the function and a condition asks for, as an assignment would name it, and whether it holds where that is there."""
    match test:
        case ast.Compare(left=key, ops=[ast.In() | ast.NotIn() as asks], comparators=[container]):
            yield f"{ast.unparse(container)}[{ast.unparse(key)}]", isinstance(asks, ast.In)
            return
        case ast.Compare(left=kept, ops=[ast.Is() | ast.IsNot() as asks], comparators=[ast.Constant(value=None)]):
            is_there = isinstance(asks, ast.IsNot)
        case ast.UnaryOp(op=ast.Not(), operand=kept):
            is_there = False
        case kept:
            is_there = True
    is_global = not isinstance(kept, ast.Name) or module.scope(kept).find(kept.id) is module.names.root
    if is_global and isinstance(kept, (ast.Name, ast.Attribute, ast.Subscript)):
        yield ast.unparse(kept), is_there


def takes_long(module: Module, asked: ast.Await) -> str | None:
    """Why a request of 40 to 100 ms is no matter where it stands, as a clause: once before or after what takes seconds."""
    function = module.function(asked)
    if next(module.loops(asked), None) is not None or function is None:
        return None
    return pauses_or_goes_on(module, function, asked)
