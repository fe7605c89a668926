"""What only the owner comes to: commands of a userbot, and functions that first turn away everybody else."""

from __future__ import annotations

import ast
import re

from .activations import Activations, Start
from .module import Module
from .resolver import Resolver
from .scope import FunctionNode

#: What lets a handler see nothing but what the account that it runs on sends itself.
_OWN = re.compile(r"\boutgoing[\"']?\]?\s*=\s*True\b|\bfilters?\.me\b")
#: What asks for the owner, in the words of those who do.
_OWNER = re.compile(r"owner|\bself_id\b", re.IGNORECASE)
#: Behind how many statements a function no longer turns anybody away first.
_FIRST = 3


def is_for_the_owner(module: Module, function: FunctionNode) -> bool:
    """Whether a function handles only what its owner sends, by its decorators, those of the project included, or its first lines."""
    return any(_is_own(module, decorator) for decorator in function.decorator_list) or any(
        isinstance(statement, ast.If) and _turns_away(statement) for statement in function.body[:_FIRST]
    )


def only_the_owner_comes(module: Module, node: ast.expr) -> bool:
    """Whether all that leads to a place are such functions."""
    activations = module.project.fact(Activations)
    ways = [(where, where.function(place)) for where, place in activations.ways_to(module, node)]
    started = [
        (where, function)
        for where, function in ways
        if function is not None and any(isinstance(one, Start) for one in activations.callers(where, function))
    ]
    return bool(started) and all(is_for_the_owner(where, function) for where, function in started)


def _is_own(module: Module, decorator: ast.expr) -> bool:
    if "incoming" in module.segment(decorator):
        return False
    if _OWN.search(module.segment(decorator)):
        return True
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    meant = module.project.fact(Resolver).definition(module, called)
    return meant is not None and isinstance(meant[1], ast.FunctionDef) and bool(_OWN.search(meant[0].segment(meant[1])))


def _turns_away(statement: ast.If) -> bool:
    """Whether a statement returns for whoever is not the owner."""
    leaves = not statement.orelse and isinstance(statement.body[-1], (ast.Return, ast.Raise))
    if not leaves or not _OWNER.search(ast.unparse(statement.test)):
        return False
    match statement.test:
        case ast.UnaryOp(op=ast.Not()) | ast.Compare(ops=[ast.NotEq() | ast.NotIn()]):
            return True
    return False
