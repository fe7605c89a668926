"""Connections of sqlite3 that outlive the function that uses them: of a module, or of an object."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from .module import Module, Project
from .resolver import Resolver, class_around
from .scope import FunctionNode
from .sqlite import opens


@dataclass(frozen=True)
class Shared:
    """A connection, or a cursor of one, that does not belong to a single call."""

    #: As the source names it.
    name: str
    #: Where it is opened.
    line: int
    #: Whether it was opened with ``check_same_thread=False``.
    unchecked: bool


def cannot_move(shared: Shared) -> str:
    """Why what uses a shared connection cannot move to a thread, as a clause that begins with its name."""
    if shared.unchecked:
        return (
            f"{shared.name} is a connection that all handlers share (opened in line {shared.line} with check_same_thread=False): while "
            "one waited, another could write and commit in the middle of its transaction"
        )
    return (
        f"{shared.name} is a connection that belongs to the thread that opened it (line {shared.line}): in another one it raises "
        "sqlite3.ProgrammingError"
    )


def shared_in(resolver: Resolver, module: Module, function: FunctionNode) -> Shared | None:
    """The connection or cursor of the module or of an object that a function uses."""
    return resolver.project.fact(_GlobalNames).shared_in(resolver, module, function)


class _GlobalNames:
    """What the global names of a project's modules stand for: a name that stands in many places is asked about once."""

    def __init__(self, _: Project) -> None:
        self._known: dict[tuple[Module, str], Shared | None] = {}
        self._functions: dict[FunctionNode, Shared | None] = {}
        self._modules: dict[Module, bool] = {}

    def shared_in(self, resolver: Resolver, module: Module, function: FunctionNode) -> Shared | None:
        """See the function of this name."""
        if not self._are_used(resolver, module):
            return None
        if function not in self._functions:
            parts = (*function.body, *function.args.defaults, *(d for d in function.args.kw_defaults if d))
            nodes = (node for part in parts for node in ast.walk(part) if isinstance(node, (ast.Name, ast.Attribute)))
            self._functions[function] = self._first(resolver, module, nodes)
        return self._functions[function]

    def _are_used(self, resolver: Resolver, module: Module) -> bool:
        """Whether a name or attribute of a file stands for such a connection: few files have one."""
        if module not in self._modules:
            there = bool(resolver.mentioning(["sqlite3"]))
            nodes = module.all(ast.Name, ast.Attribute) if there else ()
            self._modules[module] = self._first(resolver, module, nodes) is not None
        return self._modules[module]

    def _first(self, resolver: Resolver, module: Module, nodes: Iterable[ast.Name | ast.Attribute]) -> Shared | None:
        shared = (self.shared_by(resolver, module, node) for node in nodes if isinstance(node.ctx, ast.Load))
        return next(filter(None, shared), None)

    def shared_by(self, resolver: Resolver, module: Module, node: ast.Name | ast.Attribute) -> Shared | None:
        """See the function of this name."""
        if not isinstance(node, ast.Name):
            return shared_by(resolver, module, node)
        if module.scope(node).find(node.id) not in (None, module.names.root):
            return None
        key = module, node.id
        if key not in self._known:
            self._known[key] = shared_by(resolver, module, node)
        return self._known[key]


def shared_by(resolver: Resolver, module: Module, node: ast.Name | ast.Attribute, depth: int = 0) -> Shared | None:
    """The connection that outlives its function and that a name or attribute stands for."""
    where, value = module, None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
        value = _stored(module, node)
    elif isinstance(node, ast.Name) or module.resolve(node):
        if isinstance(node, ast.Name) and module.scope(node).find(node.id) not in (None, module.names.root):
            return None
        found = resolver.symbol(module, node)
        bindings = found[0].names.root.bindings.get(found[1], []) if found else []
        parent = found[0].parent(bindings[0].node) if found and bindings else None
        if found and isinstance(parent, ast.Assign):
            where, value = found[0], parent.value
    if not isinstance(value, ast.Call) or depth > 3:
        return None
    if opens(resolver, where, value):
        unchecked = any(
            k.arg == "check_same_thread" and isinstance(k.value, ast.Constant) and not k.value.value
            for k in value.keywords
        )
        return Shared(module.segment(node), value.lineno, unchecked)
    func = value.func
    if not (isinstance(func, ast.Attribute) and func.attr == "cursor"):
        return None
    if opens(resolver, where, func.value):
        return Shared(module.segment(node), value.lineno, False)
    inner = (
        shared_by(resolver, where, func.value, depth + 1) if isinstance(func.value, (ast.Name, ast.Attribute)) else None
    )
    return Shared(module.segment(node), inner.line, inner.unchecked) if inner else None


def _stored(module: Module, node: ast.Attribute) -> ast.expr | None:
    """What the class around `node` assigns to the attribute."""
    around = class_around(module, node)
    for other in module.stored(around, node.attr) if around is not None else ():
        parent = module.parent(other)
        if isinstance(parent, ast.Assign) and not isinstance(parent.value, ast.Constant):
            return parent.value
    return None
