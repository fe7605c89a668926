"""State that a coroutine shares with others through the functions it calls: one looks at it, another one changes it later."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .module import Module
from .resolver import Resolver, class_around
from .scope import FunctionNode
from .shared_state import is_written, shared_key

#: Where state lives, and what it is called.
Place = tuple[object, str]
_DEPTH = 4
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith)


class SharedCalls:
    """What the functions of a project do to state that outlives a call."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._touched: dict[FunctionNode, tuple[dict[Place, str], dict[Place, str]]] = {}
        self._waits: dict[FunctionNode, bool] = {}

    def across(self, module: Module, node: ast.expr) -> str | None:
        """State that is read before `node` and changed behind it, where a called function does one of them; as a clause."""
        function = module.function(node)
        if function is None:
            return None
        point = module.start(node)
        read: dict[Place, str] = {}
        changed: dict[Place, str] = {}
        for place, is_changed, candidate in self._own(module, function):
            at = module.start(candidate)
            if is_changed and at > point:
                changed.setdefault(place, "")
            elif not is_changed and at < point:
                read.setdefault(place, "")
        for call, reads, writes in self._calls(module, function):
            name = f"{ast.unparse(call.func)[:30]}()"
            if call is node or module.end(call) <= point:
                for place in reads:
                    read.setdefault(place, name)
            if call is node or module.end(call) > point:
                for place in writes:
                    changed.setdefault(place, name)
        for place, by in read.items():
            other = changed.get(place)
            if other is None or (not by and not other) or (by == other and self._is_only(module, function, node, by)):
                continue
            before, behind = by or function.name, other or function.name
            return f"{before} reads {place[1]} before it and {behind} changes it later; meanwhile another handler may change it"
        return None

    def waits(self, module: Module, function: FunctionNode) -> bool:
        """Whether an ``async def`` waits for anything but functions of the project that never do: else it runs in one go."""
        if function not in self._waits:
            self._waits[function] = False
            self._waits[function] = any(
                self._may_wait(module, inner) for inner in _own_nodes(function) if isinstance(inner, _WAITS)
            )
        return self._waits[function]

    def _may_wait(self, module: Module, node: ast.AST) -> bool:
        if not (isinstance(node, ast.Await) and isinstance(node.value, ast.Call)):
            return True
        meant = self._resolver.definition(module, node.value.func)
        return not (meant and isinstance(meant[1], ast.AsyncFunctionDef)) or bool(
            meant[1].decorator_list or self.waits(meant[0], meant[1])
        )

    def _is_only(self, module: Module, function: FunctionNode, node: ast.expr, name: str) -> bool:
        """Whether `node` alone is the call of that name, so that it changes what it has read itself."""
        calls = [call for call, _, _ in self._calls(module, function) if f"{ast.unparse(call.func)[:30]}()" == name]
        return calls == [node]

    def _own(self, module: Module, function: FunctionNode) -> Iterator[tuple[Place, bool, ast.expr]]:
        """The places of a function that read or change shared state themselves."""
        for node in _own_nodes(function):
            if isinstance(node, (ast.Name, ast.Attribute)) and (place := self._place(module, node, function)):
                yield place, is_written(module, node), node

    def _place(self, module: Module, node: ast.Name | ast.Attribute, function: FunctionNode) -> Place | None:
        key = shared_key(module, node, function)
        if key is None:
            return None
        if isinstance(node, ast.Attribute):
            return (class_around(module, node), key) if key.startswith(("self.", "cls.")) else None
        if module.scope(node).find(node.id) is not module.names.root:
            return None
        found = self._resolver.symbol(module, node)
        return (found[0].path, found[1]) if found else (module.path, node.id)

    def _calls(
        self, module: Module, function: FunctionNode, depth: int = 0
    ) -> Iterator[tuple[ast.Call, dict[Place, str], dict[Place, str]]]:
        for call in _own_nodes(function):
            if not isinstance(call, ast.Call) or depth > _DEPTH:
                continue
            meant = self._resolver.definition(module, call.func)
            if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            yield (call, *self._done(meant[0], meant[1], depth + 1))

    def _done(self, module: Module, function: FunctionNode, depth: int) -> tuple[dict[Place, str], dict[Place, str]]:
        if function not in self._touched:
            reads: dict[Place, str] = {}
            writes: dict[Place, str] = {}
            self._touched[function] = reads, writes
            for place, is_changed, _ in self._own(module, function):
                (writes if is_changed else reads)[place] = ""
            for _, inner_reads, inner_writes in self._calls(module, function, depth):
                reads |= inner_reads
                writes |= inner_writes
        return self._touched[function]


def _own_nodes(function: FunctionNode) -> Iterator[ast.AST]:
    """The nodes that run when a function does, those of functions defined in it left out."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
