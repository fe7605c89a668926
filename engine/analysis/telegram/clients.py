"""The clients of the Telegram libraries that a project builds."""

from __future__ import annotations

import ast

from ..calls.graph import CallGraph
from ..module import Module, Project
from ..programs import is_tried_out
from .calls import Calls
from .kind_names import external_kind


def clients_of(calls: Calls, kind: str) -> list[ast.Call]:
    """The calls that build a client, or one of a class of the project's own that derives from it, where the program may come to them."""
    module = calls.module
    known = module.project.fact(_known_clients)
    if (module, kind) not in known:
        built = (call for call in module.all(ast.Call) if _builds(calls, call, kind))
        known[module, kind] = [call for call in built if not is_tried_out(module, call)]
    return known[module, kind]


def _known_clients(_: Project) -> dict[tuple[Module, str], list[ast.Call]]:
    """Those of the files that were asked for: each file of a program asks for those of all."""
    return {}


def _builds(calls: Calls, call: ast.Call, kind: str) -> bool:
    name = calls.module.resolve(call.func)
    if external_kind(name or "") == kind:
        return True
    if name is None and not isinstance(call.func, ast.Name):
        return False  # a method of an object is no class
    meant = calls.module.project.fact(CallGraph).definition(calls.module, call.func)
    if meant is None or not isinstance(meant[1], ast.ClassDef):
        return False
    return calls.kinds.of(call) == kind and not any(map(_is_init, meant[1].body))


def _is_init(node: ast.AST) -> bool:
    return isinstance(node, ast.FunctionDef) and node.name in ("__init__", "__new__")
