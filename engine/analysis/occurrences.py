"""Where the names of a parsed file are bound, read and called."""

from __future__ import annotations

import ast
from functools import cached_property

from .scope import BUILTINS, Binding, Scope
from .tree import Tree


class Occurrences(Tree):
    """What binds names, and the places that read or call them."""

    def bindings(self, name: str, at: ast.AST) -> list[Binding]:
        """What binds `name` as seen from the code at `at`; empty for a builtin or an unknown name."""
        scope = self.scope(at).find(name)
        return scope.bindings[name] if scope else []

    def calls_of(self, name: str) -> list[ast.Call]:
        """The calls of what may have `name` as the last part of its dotted name, in source order, and a few more."""
        found = [self._calls.get(word, []) for word in (f".{name}", name, *self.aliases.get(name, ()))]
        found += [self._calls.get(word, []) for word in self._assigned_aliases.get(name, ())]
        if "*" in self.names.root.bindings:  # which may bring it by any name
            found = [self._calls.get(f".{name}", []), *(c for word, c in self._calls.items() if word[0] != ".")]
        return [call for _, call in sorted(dict(one for calls in found for one in calls).items())]

    @cached_property
    def _calls(self) -> dict[str, list[tuple[int, ast.Call]]]:
        """The calls, numbered, by the name or ``.attribute`` that is called."""
        found: dict[str, list[tuple[int, ast.Call]]] = {}
        for number, call in enumerate(self.all(ast.Call)):
            match call.func:
                case ast.Name(id=name):
                    found.setdefault(name, []).append((number, call))
                case ast.Attribute(attr=attribute):
                    found.setdefault(f".{attribute}", []).append((number, call))
        return found

    @cached_property
    def _assigned_aliases(self) -> dict[str, set[str]]:
        """The names that are given to attributes (``sleep = time.sleep``), by what these are called."""
        found: dict[str, set[str]] = {}
        for node in self.all(ast.Assign):
            if isinstance(node.value, ast.Attribute) and isinstance(target := node.targets[0], ast.Name):
                found.setdefault(node.value.attr, set()).add(target.id)
        return found

    @cached_property
    def aliases(self) -> dict[str, set[str]]:
        """The names that the module gives to what it imports, by the last part of what it is called there."""
        found: dict[str, set[str]] = {}
        for scope in self.names.opened.values():
            for binding in (b for bound in scope.bindings.values() for b in bound if b.qualified):
                found.setdefault((binding.qualified or "").rpartition(".")[2], set()).add(binding.name)
        return found

    def uses(self, name: str, scope: Scope) -> list[ast.Name]:
        """The places that read `name` as bound in `scope`."""
        if name not in self._uses:
            known = self._uses[name] = {}
            for node in self.loads(name):
                known.setdefault(self.scope(node).find(name), []).append(node)
        return self._uses[name].get(scope, [])

    @cached_property
    def _uses(self) -> dict[str, dict[Scope | None, list[ast.Name]]]:
        return {}

    @cached_property
    def imported(self) -> list[tuple[str, list[Binding]]]:
        """The names at the top level that imports alone bind, at least one of which surely runs."""
        return [
            (name, bindings)
            for name, bindings in self.names.root.bindings.items()
            if all(b.kind == "import" for b in bindings) and any(self.parent(b.node) is self.tree for b in bindings)
        ]

    def loads(self, name: str) -> list[ast.Name]:
        """The places that read something called `name`, in source order."""
        return self._loads.get(name, [])

    @cached_property
    def _loads(self) -> dict[str, list[ast.Name]]:
        loads = {name: [n for n in nodes if isinstance(n.ctx, ast.Load)] for name, nodes in self._by_name.items()}
        return {name: nodes for name, nodes in loads.items() if nodes}

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Names that are read and that nothing visible in this file defines."""
        missing = set()
        for name, nodes in self._loads.items():
            if name not in BUILTINS and any(self.scope(node).find(name) is None for node in nodes):
                missing.add(name)
        return frozenset(missing)
