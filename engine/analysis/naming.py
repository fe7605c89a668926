"""What the names of a parsed file stand for, as far as the file itself shows."""

from __future__ import annotations

import ast
from functools import cached_property

from .scope import BUILTINS, Binding, FunctionNode, Scope
from .tree import Tree

#: Star imports from these bring names that hide builtins (`open`) or other well-known functions.
_HIDES_BUILTINS = {"os", "io", "codecs", "gzip", "bz2", "lzma", "aiofiles", "tokenize", "builtins", "six.moves"}


class Naming(Tree):
    """Bindings and the dotted names behind them."""

    #: What is being resolved: `event = event.chat` would resolve in circles.
    _being_resolved: set[ast.AST]

    def bindings(self, name: str, at: ast.AST) -> list[Binding]:
        """What binds `name` as seen from the code at `at`; empty for a builtin or an unknown name."""
        scope = self.scope(at).find(name)
        return scope.bindings[name] if scope else []

    def candidates(self, expression: ast.AST) -> frozenset[str]:
        """Every dotted name that a name or attribute chain may stand for, "" among them for something that is no
        import.

        `time.sleep` after ``import time as t`` is asked by its node ``t.sleep``; builtins are ``builtins.open``;
        relative imports keep their leading dots; the project's own functions and classes are unknown here (see
        `definition`).
        """
        match expression:
            case ast.Attribute(value=value, attr=attr):
                return frozenset(base and f"{base}.{attr}" for base in self.candidates(value))
            case ast.Name(id=name):
                return self._name_candidates(name, expression)
        return frozenset()

    def _name_candidates(self, name: str, at: ast.AST) -> frozenset[str]:
        scope = self.scope(at).find(name)
        if scope is None:
            stars = {b.qualified for b in self.names.root.bindings.get("*", ())}
            known = name in BUILTINS and not stars & _HIDES_BUILTINS
            return frozenset({f"builtins.{name}"}) if known else frozenset()
        found: set[str] = set()
        for binding in scope.bindings[name]:
            if binding.qualified is not None:
                found.add(binding.qualified)
            elif binding.kind == "assign" and (alias := self._alias_target(binding)):
                found.add(alias)
            elif not self._is_import_fallback(binding):
                found.add("")
        return frozenset(found)

    def _alias_target(self, binding: Binding) -> str | None:
        """`sleep = time.sleep` binds what its right side resolves to; chains are followed, cycles are not."""
        parent = self.parent(binding.node)
        if not (isinstance(parent, ast.Assign) and parent.targets == [binding.node]):
            return None
        if not isinstance(parent.value, ast.Attribute) or parent.value in self._being_resolved:
            return None
        self._being_resolved.add(parent.value)
        try:
            return self.resolve(parent.value)
        finally:
            self._being_resolved.discard(parent.value)

    def _is_import_fallback(self, binding: Binding) -> bool:
        """`except ImportError: aiohttp = None` does not make `aiohttp` another thing where it is used."""
        parent = self.parent(binding.node)
        is_none = (
            isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Constant) and parent.value.value is None
        )
        return is_none and any(isinstance(a, ast.ExceptHandler) for a in self.ancestors(binding.node))

    def resolve(self, expression: ast.AST) -> str | None:
        """The one dotted name that an expression stands for, or None when it is unknown or may be several."""
        names = self.candidates(expression)
        if len(names) != 1:
            return None
        return next(iter(names)) or None

    def definition(self, expression: ast.AST) -> FunctionNode | ast.ClassDef | None:
        """The function or class of this module that a plain name stands for, if exactly one `def` binds it."""
        if not isinstance(expression, ast.Name):
            return None
        bound = self.bindings(expression.id, expression)
        if len(bound) == 1 and isinstance(bound[0].node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return bound[0].node
        return None

    def uses(self, name: str, scope: Scope) -> list[ast.Name]:
        """The places that read `name` as bound in `scope`."""
        return [node for node in self._loads.get(name, ()) if self.scope(node).find(name) is scope]

    @cached_property
    def _loads(self) -> dict[str, list[ast.Name]]:
        loads: dict[str, list[ast.Name]] = {}
        for node in self.all(ast.Name):
            if isinstance(node.ctx, ast.Load):
                loads.setdefault(node.id, []).append(node)
        return loads

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Names that are read and that nothing visible in this file defines."""
        missing = set()
        for name, nodes in self._loads.items():
            if name not in BUILTINS and any(self.scope(node).find(name) is None for node in nodes):
                missing.add(name)
        return frozenset(missing)
