"""One parsed file, shared by all codemods, with facts computed when asked.

Analysis runs on `ast`, whose positions are exact and which parses ten times faster than LibCST; `Module` adds what a
codemod asks of a tree: parents, scopes, what a name resolves to, whether code runs in a coroutine, and the span of a
node in the text.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Container, Iterable, Mapping
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

from ..counters import PARSED, work
from ..sources.config import Settings
from ..sources.discover import NOTEBOOK, SUFFIXES
from ..sources.project_files import ProjectFiles
from ..sources.source import SourceError, SourceFile
from .naming import Naming

F = TypeVar("F")

#: Longer files are data or made by programs; the trees of such a one take gigabytes.
MOST_LINES = 50_000


class ParseError(Exception):
    """The text is not Python that the running interpreter can read."""

    def __init__(self, message: str, line: int | None = None, *, limit: bool = False) -> None:
        super().__init__(message)
        self.line = line
        #: Whether the text may be Python and is too much of it.
        self.limit = limit


class Module(Naming):
    """A parsed module.

    Raises:
        ParseError: the text has a syntax error, needs a newer Python, or nests deeper than the parser can follow.
    """

    project: Project

    def __init__(self, source: SourceFile, project: Project) -> None:
        self.source = source
        self.project = project
        self.text = source.text
        self.path = source.path
        self.folder = source.path.parent
        self._being_resolved = set()
        self._facts: dict[Callable[[Module], Any], Any] = {}
        if (lines := self.text.count("\n")) > MOST_LINES:
            message = f"is too long: {lines:,} lines, and files of more than {MOST_LINES:,} are not looked into"
            raise ParseError(message, limit=True)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes in users' strings are theirs
                self.tree = ast.parse(self.text)
                work.text(PARSED, self.text)
        except SyntaxError as error:
            raise ParseError(error.msg or "invalid syntax", error.lineno) from None
        except ValueError as error:
            raise ParseError(str(error)) from None
        except (RecursionError, MemoryError):
            raise ParseError("nests too deeply for Python's parser", limit=True) from None

    def fact(self, find_out: Callable[[Module], F]) -> F:
        """What a function finds out about this text alone, whatever the rest of the project is, found out once."""
        if find_out not in self._facts:
            self._facts[find_out] = find_out(self)
        found: F = self._facts[find_out]
        return found


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

    def told(self, path: Path, find_out: Callable[[Module], F | None]) -> F | None:
        """What a function finds out about the text of a file alone (names, yes or no), without parsing it where an earlier run
        has seen the same text; None where the text does not tell by itself, or cannot be parsed.
        """
        if isinstance(self._modules.get(path), ParseError):
            return None
        kind = path.suffix if path.suffix == NOTEBOOK else ""
        question = f"{find_out.__module__}.{find_out.__name__}{kind}"
        try:
            if (source := self.source(path)) is None:
                return None
            found: F | None = self.texts.of(source.data, question, lambda: find_out(self.module(path)))
        except (ParseError, SourceError):
            return None
        return found

    def with_modules(self, changed: Mapping[Path, Module]) -> Project:
        """The same project with other texts in some files; what was parsed of the others is kept."""
        other = Project(self.settings, self.requested)
        other._words, other.mentions, other.texts = self._words, self.mentions, self.texts
        other._held = self._held
        other._sources = {**self._sources, **{path: module.source for path, module in changed.items()}}
        if "files" in self.__dict__:
            if changed.keys() <= self.known_files:
                other.__dict__["files"], other._reached = self.files, self._reached
            else:
                other.__dict__["files"] = tuple(sorted({*self.files, *changed}))
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

    def give_back(self, before: Project) -> None:
        """Leave what is shared with the project that this one was made of to that one; nothing can be asked here any more."""
        for module in before._modules.values():
            if isinstance(module, Module):
                module.project = before
        self.__dict__.clear()

    def release(self, kept: Container[Path]) -> None:
        """Forget everything but the texts of some files: what is asked later is read and parsed again."""
        # else they hold each other in circles until a search for cycles, and that takes longer than to parse all again
        for holder in chain(self._modules.values(), self._facts.values()):
            held = holder if isinstance(holder, dict) else getattr(holder, "__dict__", {})
            for inner in [held, *(value for value in held.values() if isinstance(value, dict))]:
                inner.clear()
        left = Project(self.settings, self.requested)
        left._held = {path: source.data for path, source in self._sources.items() if source and path in kept}
        if "files" in self.__dict__:
            left.__dict__["files"] = self.files
        self.__dict__.clear()
        self.__dict__.update(left.__dict__)

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

    def is_parsed(self, path: Path) -> bool:
        """Whether a file has been parsed already."""
        return path in self._modules

    def parsed(self, path: Path) -> Module | None:
        """The parsed file, or None where it cannot be read."""
        try:
            return self.module(path)
        except (ParseError, SourceError):
            return None


class _Analysed(Container[Path]):
    def __init__(self, project: Project) -> None:
        self._project = project

    def __contains__(self, path: object) -> bool:
        if path not in self._project.known_files or not isinstance(path, Path):
            return False
        return self._project.parsed(path) is not None
