"""Where the body of an answer is read that comes piece by piece: ``requests.get(url, stream=True)``."""

from __future__ import annotations

import ast

from ....engine.analysis.blocking import streams
from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module

#: What reads a body piece by piece.
_READS = frozenset({"iter_content", "iter_lines", "raw"})
_DEPTH = 3


def is_streamed(module: Module, call: ast.Call) -> bool:
    """Whether a request gives an answer of which only the headers are there: with ``stream=True``."""
    return any(keyword.arg == "stream" for keyword in call.keywords) and streams(module, call)


def read_at(module: Module, call: ast.Call) -> ast.expr | None:
    """The place of the event loop at which the body is read of what such a request gives."""
    parent = module.parent(call)
    match parent:
        case ast.Attribute(attr=part):
            return parent if part in _READS else None
        case ast.Assign(targets=[ast.Name() as name]) | ast.withitem(optional_vars=ast.Name() as name):
            return _read(module, name, 0)
    return None


def _read(module: Module, name: ast.Name | ast.arg, depth: int) -> ast.expr | None:
    """The first place that reads the body of the answer that a variable holds, in its function or in one that is given it."""
    named = name.id if isinstance(name, ast.Name) else name.arg
    around = module.parent(module.parent(name) or name)
    opened = module.names.opened.get(around) if isinstance(name, ast.arg) and around is not None else None
    scope = opened or module.scope(name).find(named)
    for use in module.uses(named, scope) if scope is not None else ():
        outer = module.parent(use)
        match outer:
            case ast.Attribute(attr=part) if part in _READS:
                return outer
            case ast.Call(func=called, args=arguments) if use in arguments and depth < _DEPTH:
                meant = module.project.fact(Facts).definition(module, called)
                if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
                    continue
                parameters, place = meant[1].args.args, arguments.index(use)
                if place < len(parameters) and _read(meant[0], parameters[place], depth + 1) is not None:
                    return outer
    return None
