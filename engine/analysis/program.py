"""The files that run in one process, parsed as far as a question needs it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from ..sources.for_texts import kept
from ..sources.reach import Loads, is_test
from ..sources.source import SourceError, SourceFile
from .follow import file_of, places
from .module import Module, ParseError, Project
from .resolver import class_around
from .scope import FunctionNode

_PROPERTY = re.compile(rb"@(?:\w+\.)*(?:cached_)?property\b[^\n]*\s+def[ \t]+(\w+)")
#: Patterns that begin with letters are searched for ten times as fast as those that begin with \b.
_FUNCTION = re.compile(rb"def(?<=\bdef)[ \t]+(\w+)")
_CLASS = re.compile(rb"class(?<=\bclass)[ \t]+(\w+)")
_ASYNC = re.compile(rb"\basync[ \t]+\Z")

#: Where a function stands: its file and the line of its ``def``.
FunctionPlace = tuple[Path, int]


def program_files(project: Project, path: Path | None = None) -> tuple[Path, ...]:
    """The files that may be loaded in the same process as `path`; without one, all of the project but its tests."""
    if path is not None:
        return project.fact(Loads).connected(path)
    return tuple(file for file in project.files if not is_test(project.settings.root, file))


class Program:
    """Files of a project that may be loaded in one process."""

    def __init__(self, project: Project, files: tuple[Path, ...]) -> None:
        self.project = project
        self.files = files
        #: Files that nobody could read or parse, each with the line of the error.
        self.unread: dict[Path, int] = {}
        self._own: dict[tuple[Path, str], bool] = {}
        self._mentioned: dict[bytes, bool] = {}

    @cached_property
    def sources(self) -> tuple[SourceFile, ...]:
        """The readable files."""
        found = []
        for file in self.files:
            try:
                if (source := self.project.source(file)) is not None:
                    found.append(source)
            except SourceError:
                self.unread[file] = 1
        return tuple(found)

    def modules(self, *needles: bytes) -> Iterator[Module]:
        """The parsed files that hold one of the needles; all of them without any."""
        for source in self.sources:
            if not needles or self.project.texts.holds(source.data, *needles):
                try:
                    yield self.project.module(source.path)
                except ParseError as error:
                    self.unread[source.path] = error.line or 1
                except SourceError:
                    self.unread[source.path] = 1

    def mentions(self, *needles: bytes) -> bool:
        """Whether a file holds one of the needles."""
        for needle in needles:
            if needle not in self._mentioned:
                self._mentioned[needle] = any(self.project.texts.holds(source.data, needle) for source in self.sources)
            if self._mentioned[needle]:
                return True
        return False

    @cached_property
    def functions(self) -> frozenset[str]:
        """The names of all functions and methods that the program defines, properties left out."""
        return frozenset().union(*(_defined(source.data)[0] for source in self.sources))

    @cached_property
    def coroutines(self) -> frozenset[str]:
        """The names of those that are coroutine functions."""
        return frozenset().union(*(_defined(source.data)[1] for source in self.sources))

    @cached_property
    def classes(self) -> frozenset[str]:
        """The names of its classes."""
        return frozenset().union(*(_defined(source.data)[2] for source in self.sources))

    def is_own(self, module: Module, dotted: str) -> bool:
        """Whether a name that `module` resolves lies in one of the project's own files."""
        if not dotted or dotted.startswith("."):
            return bool(dotted)
        key = module.path.parent, dotted
        if key not in self._own:
            parts = dotted.split(".")
            self._own[key] = any(file_of(module, ".".join(parts[:end])) for end in range(1, len(parts) + 1))
        return self._own[key]

    def place(self, module: Module, expression: ast.AST) -> FunctionPlace | None:
        """The function that an expression stands for or makes a call of; None where that is not known."""
        match expression:
            case ast.Lambda(lineno=line):
                return module.path, line
            case ast.Call(func=function, args=[first, *_]) if module.resolve(function) == "functools.partial":
                return self.place(module, first)
            case ast.Call(func=function):
                return self.place(module, function)
            case ast.Name(id=name):
                found = {_defined_at(p.module, p.binding.node) for p in places(module, name, expression)}
                return found.pop() if len(found) == 1 else None
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name):
                owner = class_around(module, expression)
                for node in owner.body if owner else ():
                    if isinstance(node, FunctionNode) and node.name == name:
                        return module.path, node.lineno
        return None


def _defined_at(module: Module, node: ast.AST) -> FunctionPlace | None:
    return (module.path, node.lineno) if isinstance(node, FunctionNode) else None


@kept
def _defined(data: bytes) -> tuple[frozenset[str], frozenset[str], frozenset[str]]:
    """The functions, coroutine functions and classes that a file defines, by their names."""
    found: tuple[set[str], set[str], set[str]] = set(), set(), set()
    properties = frozenset(_PROPERTY.findall(data))
    for function in _FUNCTION.finditer(data):
        if function[1] not in properties:
            found[0].add(function[1].decode())
            if _ASYNC.search(data, max(0, function.start() - 40), function.start()):
                found[1].add(function[1].decode())
    found[2].update(name.decode() for name in _CLASS.findall(data) if name not in properties)
    return frozenset(found[0]), frozenset(found[1]), frozenset(found[2])
