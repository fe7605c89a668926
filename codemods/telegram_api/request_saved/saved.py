"""A request that is saved, and what becomes of its answer."""

from __future__ import annotations

import ast
from dataclasses import dataclass

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
    """The local variable that an answer goes to, where it has no other value."""
    match module.parent(asked):
        case ast.Assign(targets=[ast.Name() as name], value=value) if value is asked:
            scope = module.scope(name).find(name.id)
            function = module.function(asked)
            if scope is None or scope.node is not function or len(scope.bindings[name.id]) != 1:
                return None
            return name
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
