"""The chains of calls on python-telegram-bot's builder, and the pool of connections that they give the bot."""

from __future__ import annotations

import ast

from ....engine.analysis.module import Module

_BUILDERS = {f"telegram.ext.{name}" for name in ("Application.builder", "ApplicationBuilder")}
REQUESTS = {"telegram.request.HTTPXRequest", "telegram.request._httpxrequest.HTTPXRequest"}
#: `ApplicationBuilder` in PTB 20.0 to 22.8 (`_build_request`), and `HTTPXRequest` itself since 22.0.
DEFAULT = 256


def links(module: Module, call: ast.Call) -> dict[str, ast.Call]:
    """Method name → call, for the chain whose outermost call is given; empty if it does not begin with PTB's builder."""
    found: dict[str, ast.Call] = {}
    for link in _chain(module, call)[:-1]:
        if isinstance(link.func, ast.Attribute):
            found.setdefault(link.func.attr, link)
    return found


def builder(module: Module, call: ast.Call) -> ast.Call | None:
    """The call that begins the chain."""
    return next(reversed(_chain(module, call)), None)


def _chain(module: Module, call: ast.Call) -> list[ast.Call]:
    """The calls of a chain, from the outermost to the one that makes PTB's builder; empty if it does not begin with that."""
    found: list[ast.Call] = []
    expression: ast.expr = call
    while isinstance(expression, ast.Call):
        found.append(expression)
        if module.resolve(expression.func) in _BUILDERS:
            return found
        if not isinstance(expression.func, ast.Attribute):
            return []
        expression = expression.func.value
    return []


def pool_size(module: Module, chain: dict[str, ast.Call]) -> int | None:
    """The connections that the requests of the bot have; None where the source does not show it."""
    if "bot" in chain:
        return None
    sizes = [chain["connection_pool_size"].args[0]] if "connection_pool_size" in chain else []
    if "request" in chain:
        request = _made(module, chain["request"])
        if request is None:
            return None
        sizes = [*request.args[:1], *(k.value for k in request.keywords if k.arg == "connection_pool_size")]
        if not sizes or any(k.arg is None for k in request.keywords):
            return None  # one connection before release 22, and 256 since
    match sizes:
        case []:
            return DEFAULT
        case [ast.Constant(value=int(size))]:
            return size
    return None


def _made(module: Module, link: ast.Call) -> ast.Call | None:
    """The request object that is given to the builder, where it is one of PTB's own."""
    given = link.args[0] if link.args else next((k.value for k in link.keywords), None)
    if isinstance(given, ast.Name):
        bound = module.bindings(given.id, given)
        assignment = module.parent(bound[0].node) if len(bound) == 1 else None
        given = assignment.value if isinstance(assignment, ast.Assign) else None
    return given if isinstance(given, ast.Call) and module.resolve(given.func) in REQUESTS else None
