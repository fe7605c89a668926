"""What the names of a parsed file stand for, as far as the file itself shows."""

from __future__ import annotations

import ast
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from ...knowledge.exports import exported
from ..counters import NAMES, work
from ..sources.imports import leads_to, module_file
from .occurrences import Occurrences
from .scope import BUILTINS, Binding, FunctionNode, Scope

#: Star imports from these bring names that hide builtins (`open`) or other well-known functions.
_HIDES_BUILTINS = {"os", "io", "codecs", "gzip", "bz2", "lzma", "aiofiles", "tokenize", "builtins", "six.moves"}
_NONE: frozenset[str] = frozenset()
_UNKNOWN = (_NONE, frozenset({""}))


@lru_cache(maxsize=65536)
def _attribute_of(names: frozenset[str], parts: str) -> frozenset[str]:
    """What an attribute (".sleep") of something with these dotted names may be called."""
    return frozenset(base and base + parts for base in names)


class Naming(Occurrences):
    """The dotted names behind bindings."""

    #: What is being resolved: `event = event.chat` would resolve in circles.
    _being_resolved: set[ast.AST]
    path: Path
    #: The `Project` that the file belongs to.
    project: Any

    @cached_property
    def _candidates(self) -> dict[tuple[Scope, str], frozenset[str]]:
        return {}

    @cached_property
    def _chains(self) -> dict[ast.AST, frozenset[str]]:
        """What names and attribute chains may stand for, where the file alone says it."""
        return {}

    def candidates(self, expression: ast.AST) -> frozenset[str]:
        """Every dotted name that a name or attribute chain may stand for, "" among them for something that is no
        import.

        `time.sleep` after ``import time as t`` is asked by its node ``t.sleep``; builtins are ``builtins.open``;
        relative imports keep their leading dots; the project's own functions and classes are unknown here (see
        `definition`).
        """
        chains = self._chains if self.is_self_contained else self.project.fact(Stars).chains
        known = chains.get(expression)
        if known is not None:
            return known
        parts, root = "", expression
        while isinstance(root, ast.Attribute):
            parts = f".{root.attr}{parts}"
            root = root.value
        if not isinstance(root, ast.Name):
            return _NONE
        found = self._name_candidates(root.id, root)
        found = found if not parts or found in _UNKNOWN else _attribute_of(found, parts)
        if not self._being_resolved:
            work.calls[NAMES] += 1
            chains[expression] = found
        return found

    def standing_for(self, dotted: str) -> list[ast.Name | ast.Attribute]:
        """The names, then the attributes, that may stand for what has this dotted name."""
        last = dotted.rpartition(".")[2]
        ids = {last, *self.aliases.get(last, ()), *self._assigned_aliases.get(last, ())}
        names = self.called(last) if len(ids) == 1 else [node for node in self.all(ast.Name) if node.id in ids]
        named: list[ast.Name | ast.Attribute] = [*names, *self.attributes(last)]
        return [node for node in named if dotted in self.candidates(node)]

    def _name_candidates(self, name: str, at: ast.AST) -> frozenset[str]:
        # what star imports bring is known as long as the files are that bring it
        known_names = self._candidates if self.is_self_contained else self.project.fact(Stars).candidates
        key = self.names.scope(at), name
        if key in known_names:
            return known_names[key]
        scope = key[0].find(name)
        if scope is None:
            if not self.is_self_contained and (starred := self.project.fact(Stars).of(self, name)):
                return starred  # type: ignore[no-any-return]
            known = name in BUILTINS and not self._hides_builtins
            names = frozenset({f"builtins.{name}"}) if known else _NONE
        else:
            names = self._bound_names(scope.bindings[name])
            if scope is self.names.root:
                names |= self.starred_later(name)
        if not self._being_resolved:  # else it may lack what is being resolved
            known_names[key] = names
        return names

    @cached_property
    def is_self_contained(self) -> bool:
        """Whether the file alone shows what its names stand for."""
        return "*" not in self.names.root.bindings

    def starred_later(self, name: str) -> frozenset[str]:
        """What a star import may put in the place of a name that is bound above it.

        A library that is not listed is not taken to bring a module's name as anything but the module.
        """
        bindings = self.names.root.bindings
        first = min(binding.line for binding in bindings[name])
        if not any(star.line > first for star in bindings.get("*", ())):
            return _NONE
        brought = self.project.fact(Stars).of(self, name, first)
        if brought is None:
            return _NONE
        of_modules = all(isinstance(binding.node, ast.Import) for binding in bindings[name])
        return brought or (_NONE if of_modules else frozenset({""}))

    @cached_property
    def _hides_builtins(self) -> bool:
        return not _HIDES_BUILTINS.isdisjoint(b.qualified for b in self.names.root.bindings.get("*", ()))

    def _bound_names(self, bindings: list[Binding]) -> frozenset[str]:
        """Every dotted name that bindings stand for, "" for something that is no import."""
        found: set[str] = set()
        for binding in bindings:
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
        names = self._chains.get(expression)  # of a file with star imports it holds nothing
        if names is None:
            names = self.candidates(expression)
        if len(names) != 1:
            return None
        (name,) = names
        return name or None

    def definition(self, expression: ast.AST) -> FunctionNode | ast.ClassDef | None:
        """The function or class of this module that a plain name stands for, if exactly one `def` binds it."""
        if not isinstance(expression, ast.Name):
            return None
        bound = self.bindings(expression.id, expression)
        if len(bound) == 1 and isinstance(bound[0].node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return bound[0].node
        return None


class Stars:
    """What names are that only star imports bring. Ask `Project.fact(Stars)`.

    Libraries bring what `knowledge.exports` says, files of the project what they bind. What may bring another thing as well adds "" to
    that: a library that is not listed, a star import under a condition, a file that fills its namespace in other ways.
    """

    def __init__(self, project: Any) -> None:
        self._project = project
        self._known: dict[tuple[Path, str, int], frozenset[str] | None] = {}
        #: What names stand for in the files that have star imports, and chains of attributes.
        self.candidates: dict[tuple[Scope, str], frozenset[str]] = {}
        self.chains: dict[ast.AST, frozenset[str]] = {}

    def of(self, module: Naming, name: str, below: int = 0) -> frozenset[str] | None:
        """The dotted names that `name` may stand for by star imports `below` a line of a module: empty if it is unknown, None if none
        brings it.
        """
        key = module.path, name, below
        if key not in self._known:
            self._known[key] = frozenset()  # while it is worked out: files may star each other
            self._known[key] = self._find(module, name, below)
        return self._known[key]

    def _find(self, module: Naming, name: str, below: int) -> frozenset[str] | None:
        stars = [star for star in module.names.root.bindings.get("*", ()) if star.line > below]
        maybe: list[frozenset[str]] = []
        for star in reversed(stars):  # the last one hides the others
            if (found := self._brought(module, star.qualified or "", name)) is not None:
                maybe.append(found)
                if found and module.parent(star.node) is module.tree:
                    return found.union(*maybe, [""] if len(maybe) > 1 else [])
        known = frozenset().union(*maybe)
        return (known | {""} if known else known) if maybe else None

    def _brought(self, module: Naming, dotted: str, name: str) -> frozenset[str] | None:
        if name.startswith("_"):
            return None
        known = self._project.files_by_name
        path = next(leads_to(module.path, dotted, known, self._project.settings.root), None)
        if path is None:
            names = exported(dotted)
            if names is None:
                return frozenset()
            return frozenset({names[name]}) if name in names else None
        if path not in self._project.analysed:
            return frozenset()
        other: Naming = self._project.module(path)
        bound = other.names.root.bindings
        words = self._project.words
        if words.holds(path, b"globals") or (
            path.name == "__init__.py" and module_file(path.parent.as_posix(), [name], known)
        ):
            return frozenset()
        if "__all__" in bound:
            return frozenset() if words.holds(path, name.encode()) else None
        if name in bound:
            names_here = other._bound_names(bound[name])
            return frozenset("" if found.startswith(".") else found for found in names_here)
        return self.of(other, name)
