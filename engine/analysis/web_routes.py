"""Functions that FastAPI calls for requests: those that are no coroutines it runs in threads by itself."""

from __future__ import annotations

import ast

from .module import Module
from .resolver import Resolver
from .tree import WAITING, lets_others_run

_MADE_BY = frozenset({"fastapi.FastAPI", "fastapi.APIRouter"})
_ROUTES = frozenset("get post put patch delete head options trace api_route".split())


def better_no_coroutine(module: Module, line: int) -> str | None:
    """Why code at a line is left as it is, as a clause: it stands in a coroutine that awaits nothing, of which FastAPI makes a thread
    as soon as it is a plain function (https://fastapi.tiangolo.com/async/#path-operation-functions).
    """
    function = next(reversed(module.functions_at(line)), None)
    if not isinstance(function, ast.AsyncFunctionDef) or b"fastapi" not in module.source.data:
        return None
    if not any(_is_route(module, decorator) for decorator in function.decorator_list):
        return None
    if any(map(lets_others_run, module.within(function, *WAITING))):
        return None
    return f"nothing in {function.name}() awaits: without `async` FastAPI runs all of it in a thread"


def _is_route(module: Module, decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(value=owner, attr=attribute)) if attribute in _ROUTES:
            where, made = module.project.fact(Resolver).assigned(module, owner)
            return isinstance(made, ast.Call) and where.resolve(made.func) in _MADE_BY
    return False
