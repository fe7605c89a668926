"""Decorators of the project: which parameter the decorated function comes in by, where that is all there is to them."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .module import Module
from .resolver import Resolver

#: A parameter: its module, the function, its name.
Parameter = tuple[Module, ast.FunctionDef, str]


def decorated_parameter(resolver: Resolver, module: Module, decorator: ast.expr) -> Parameter | None:
    """The parameter of a decorator of the project that is the decorated function.

    None where it is no decorator of the project, or gives something else than that function or a coroutine inside of it.
    """
    meant = resolver.definition(module, decorator.func if isinstance(decorator, ast.Call) else decorator)
    if meant is None or not isinstance(meant[1], ast.FunctionDef):
        return None
    where, outer = meant[0], meant[1]
    if isinstance(decorator, ast.Call):  # it makes the decorator
        made = [statement for statement in outer.body if isinstance(statement, ast.FunctionDef)]
        if len(made) != 1 or any(not _is_named(r.value, {made[0].name}) for r in where.within(outer, ast.Return)):
            return None
        outer = made[0]
    if len(outer.args.args) != 1:
        return None
    name = outer.args.args[0].arg
    given_back = {name} | where.fact(_coroutines_in).get(outer, set())
    if any(r.value is not None and not _is_named(r.value, given_back) for r in where.within(outer, ast.Return)):
        return None
    return where, outer, name


def _coroutines_in(module: Module) -> dict[ast.AST, set[str]]:
    """The names of the coroutines that are defined inside of each function."""
    found: dict[ast.AST, set[str]] = {}
    for coroutine in module.all(ast.AsyncFunctionDef):
        for around in module.ancestors(coroutine):
            found.setdefault(around, set()).add(coroutine.name)
    return found


def uses_of(parameter: Parameter) -> Iterator[tuple[Module, ast.Name]]:
    """The places that name what a parameter is given."""
    module, function, name = parameter
    for use in module.uses(name, module.names.opened[function]):
        yield module, use


def _is_named(value: ast.expr | None, names: set[str]) -> bool:
    return isinstance(value, ast.Name) and value.id in names
