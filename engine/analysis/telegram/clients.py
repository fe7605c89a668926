"""The clients of the Telegram libraries that a project builds."""

from __future__ import annotations

import ast

from ..asked_once import asked_once
from ..calls.graph import CallGraph
from ..module import Module
from ..programs import is_tried_out
from .calls import Calls
from .kind_names import external_kind
from .kinds import Kinds


def clients_of(calls: Calls, kind: str) -> list[ast.Call]:
    """The calls that build a client, or one of a class of the project's own that derives from it, where the program may come to them."""
    return _clients_of(calls.module, calls.kinds, kind)


@asked_once
def _clients_of(module: Module, kinds: Kinds, kind: str) -> list[ast.Call]:
    built = (call for call in module.all(ast.Call) if _builds(module, kinds, call, kind))
    return [call for call in built if not is_tried_out(module, call)]


def _builds(module: Module, kinds: Kinds, call: ast.Call, kind: str) -> bool:
    name = module.resolve(call.func)
    if external_kind(name or "") == kind:
        return True
    if name is None and not isinstance(call.func, ast.Name):
        return False  # a method of an object is no class
    meant = module.project.fact(CallGraph).definition(module, call.func)
    if meant is None or not isinstance(meant[1], ast.ClassDef):
        return False
    return kinds.of(call) == kind and not any(map(_is_init, meant[1].body))


def _is_init(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__")
