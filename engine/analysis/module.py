"""One parsed file, shared by all codemods, with facts computed when asked.

Analysis runs on `ast`, whose positions are exact and which parses ten times faster than LibCST; `Module` adds what a
codemod asks of a tree: parents, scopes, what a name resolves to, whether code runs in a coroutine, and the span of a
node in the text.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar, overload

from ..sources.config import Settings
from ..sources.discover import SUFFIXES
from ..sources.project_files import ProjectFiles
from ..sources.source import SourceError, SourceFile
from .positions import Positions
from .scope import BUILTINS, Binding, FunctionNode, Names, Scope

A = TypeVar("A", bound=ast.AST)
B = TypeVar("B", bound=ast.AST)
C = TypeVar("C", bound=ast.AST)
F = TypeVar("F")

#: Star imports from these bring names that hide builtins (`open`) or other well-known functions.
_HIDES_BUILTINS = {"os", "io", "codecs", "gzip", "bz2", "lzma", "aiofiles", "tokenize", "builtins", "six.moves"}


class ParseError(Exception):
    """The text is not Python that the running interpreter can read."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Module(Positions):
    """A parsed module.

    Raises:
        ParseError: the text has a syntax error, needs a newer Python, or nests deeper than the parser can follow.
    """

    def __init__(self, source: SourceFile, project: Project) -> None:
        self.source = source
        self.project = project
        self.text = source.text
        self.path = source.path
        self._being_resolved: set[ast.AST] = set()  # `event = event.chat` would resolve in circles
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes in users' strings are theirs
                self.tree = ast.parse(self.text)
        except SyntaxError as error:
            raise ParseError(error.msg or "invalid syntax", error.lineno) from None
        except ValueError as error:
            raise ParseError(str(error)) from None
        except (RecursionError, MemoryError):
            raise ParseError("nests too deeply for Python's parser") from None

    @cached_property
    def names(self) -> Names:
        """Parents, scopes and the index by node type (one walk)."""
        return Names(self.tree)

    # Walking

    @overload
    def all(self, first: type[A], /) -> Iterator[A]: ...
    @overload
    def all(self, first: type[A], second: type[B], /) -> Iterator[A | B]: ...
    @overload
    def all(self, first: type[A], second: type[B], third: type[C], /) -> Iterator[A | B | C]: ...
    @overload
    def all(self, *types: type[Any]) -> Iterator[Any]: ...
    def all(self, *types: type[Any]) -> Iterator[Any]:
        """Every node of the given types, type by type, in source order."""
        for kind in types:
            yield from self.names.by_type.get(kind, ())

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that `node` is a child of; None for the module."""
        return self.names.parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around `node`, innermost first, the module last."""
        parents = self.names.parents
        current = parents.get(node)
        while current is not None:
            yield current
            current = parents.get(current)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that `node` is or belongs to."""
        if isinstance(node, ast.stmt):
            return node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, ast.stmt):
                return ancestor
        raise ValueError("the module itself is no statement")

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which `node` is evaluated."""
        return self.names.scopes[node]

    def function(self, node: ast.AST) -> FunctionNode | None:
        """The function whose code `node` belongs to. Decorators, defaults and annotations belong to the function
        around.
        """
        scope: Scope | None = self.names.scopes[node]
        while scope:
            if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return scope.node
            scope = scope.parent
        return None

    def in_coroutine(self, node: ast.AST) -> bool:
        """Whether some `async def` stands around the code of `node`, directly or further out."""
        scope: Scope | None = self.names.scopes[node]
        while scope:
            if isinstance(scope.node, ast.AsyncFunctionDef):
                return True
            scope = scope.parent
        return False

    def in_fstring(self, node: ast.AST) -> bool:
        """Whether `node` stands inside an f-string, where positions are not exact before Python 3.12."""
        return any(isinstance(ancestor, ast.JoinedStr) for ancestor in self.ancestors(node))

    def loops(self, node: ast.AST) -> Iterator[ast.For | ast.AsyncFor | ast.While]:
        """The loops whose *body* runs `node`, innermost first, within its own function."""
        child = node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                return
            if isinstance(ancestor, (ast.For, ast.AsyncFor, ast.While)) and child in ancestor.body:
                yield ancestor
            child = ancestor

    @cached_property
    def indent_unit(self) -> str:
        """One level of indentation as this file writes it."""
        for node in self.all(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.With, ast.Try):
            body = node.body[0]
            inner, outer = self.indent(body), self.indent(node)
            if body.lineno > node.lineno and inner.startswith(outer) and len(inner) > len(outer):
                return inner[len(outer) :]
        return "    "

    # Names

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


class Project(ProjectFiles):
    """All Python files that belong together, parsed when asked, as they are on disk or as earlier changes of this run left
    them.

    `requested` are the files the run was asked for; only these are searched and changed. The others are looked at
    where a rewrite must know who else uses a name.
    """

    def __init__(
        self, settings: Settings, requested: Iterable[Path], sources: Mapping[Path, SourceFile] | None = None
    ) -> None:
        super().__init__(settings, requested, sources)
        self._modules: dict[Path, Module | ParseError] = {}
        self._facts: dict[Callable[[Project], Any], Any] = {}

    @property
    def analysed(self) -> Container[Path]:
        """The files that can be parsed, for `in`."""
        return _Analysed(self)

    def fact(self, find_out: Callable[[Project], F]) -> F:
        """What a function or class finds out about the project, found out once for each state of its texts."""
        if find_out not in self._facts:
            self._facts[find_out] = find_out(self)
        found: F = self._facts[find_out]
        return found

    def with_modules(self, changed: Mapping[Path, Module]) -> Project:
        """The same project with other texts in some files; what was parsed of the others is kept."""
        other = Project(self.settings, self.requested)
        other._words, other.mentions = self._words, self.mentions
        other._sources = {**self._sources, **{path: module.source for path, module in changed.items()}}
        if "files" in self.__dict__:
            other.__dict__["files"] = tuple(sorted({*self.files, *changed}))
            if len(other.files) == len(self.files):
                other._reached = self._reached
        other._modules = {**self._modules, **changed}
        for module in other._modules.values():
            if isinstance(module, Module):
                module.project = other
        return other

    def with_sources(self, changed: Mapping[Path, SourceFile | None]) -> Project:
        """The same project with other texts in some files, not parsed yet; None is for a file that is gone."""
        other = self.with_modules({})
        other._sources.update(changed)
        other._modules = {path: module for path, module in other._modules.items() if path not in changed}
        if "files" in other.__dict__:
            gone = {path for path, source in changed.items() if source is None}
            added = {path for path in changed if path.suffix in SUFFIXES}
            other.__dict__["files"] = tuple(sorted({*other.files, *added} - gone))
            if other.files != self.files:
                other._reached = {}
        return other

    def module(self, path: Path) -> Module:
        """The parsed file.

        Raises:
            ParseError: it has a syntax error or needs a newer Python.
            SourceError: it cannot be read or decoded.
        """
        if path not in self._modules:
            source = self.source(path)
            if source is None:
                raise SourceError(f"{path} does not exist")
            try:
                self._modules[path] = Module(source, self)
            except ParseError as error:
                self._modules[path] = error
        module = self._modules[path]
        if isinstance(module, ParseError):
            raise module
        return module


class _Analysed(Container[Path]):
    def __init__(self, project: Project) -> None:
        self._project = project

    def __contains__(self, path: object) -> bool:
        if path not in self._project.known_files or not isinstance(path, Path):
            return False
        try:
            self._project.module(path)
        except (ParseError, SourceError):
            return False
        return True
