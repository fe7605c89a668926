"""What runs of a project: which files are started, and what a file finds loaded whenever its code runs.

Positive: only plain ``import`` statements at the top level of a module count, above the place where a program starts to run.
One in a function, under an ``if`` or in a ``try`` may never happen.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from ..sources.discover import SUFFIXES
from ..sources.for_texts import kept
from ..sources.imports import at_import_lines
from ..sources.old_copies import is_aside
from .asked_once import asked_once
from .loading import BY_PATH, DEEP, LISTING, LOADING_BY_PATH, LOADS, LOADS_BY_NAME, OF_MODULES, runs_files
from .module import Module, Project

_STARTS = ("run_polling", "run_webhook", "start_polling", "run_until_disconnected", "run_until_complete", "idle", "run")
#: What stands in every file that is one of them; most files of a project need not be parsed to see that they are none.
_MAY_START = re.compile(rb"(?:\bif|\.)(?:[\s\\(]|#[^\r\n]*[\r\n])*(?:__name__|%b)\b" % "|".join(_STARTS).encode())
_WORD = re.compile(rb"\w+")
_IMPORT = re.compile(rb"[ \t]*(?:from|import)\b(?:[^\n(]*\([^)]*\)|[^\n]*)")


def is_started(module: Module) -> bool:
    """Whether a file is a program: it asks for ``__main__``, or runs a bot at its top level."""
    return module.path.name == "__main__.py" or module.fact(_starts)


@asked_once
def stands_alone(module: Module) -> bool:
    """Whether a file is a program of its own: it loads nothing of the project, and nothing imports it."""
    project = module.project
    if project.importers(module.path) or LOADS_BY_NAME.search(module.source.data) or b"plugins" in module.source.data:
        return False
    for node in module.all(ast.Import, ast.ImportFrom):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        if getattr(node, "level", 0) or any(project.has_module(name.partition(".")[0]) for name in names):
            return False
    return True


def is_tried_out(module: Module, node: ast.AST) -> bool:
    """Whether a place runs only when its file is tried out: its own ``__main__`` block comes to it, and the program is another one.

    That is a program in a folder above, which imports the file; and nothing but Python code has the name of the file.
    """
    project, path = module.project, module.path
    if not _in_start(module, node):
        return False
    programs = (p for p in Programs.of(project).coming_to(path) if p.parent in path.parent.parents)
    return any(programs) and project.mention(path.stem, project.analysed) is None


def _in_start(module: Module, node: ast.AST, depth: int = 3) -> bool:
    function = module.function(node)
    if function is None:
        return any(isinstance(around, ast.If) and _is_start(around) for around in module.ancestors(node))
    if module.parent(function) is not module.tree or function.decorator_list or not depth:
        return False
    uses = [use for use in module.uses(function.name, module.scope(function)) if isinstance(use.ctx, ast.Load)]
    taken = (_takes(module.project.parsed(path), function.name) for path in module.project.importers(module.path))
    return bool(uses) and all(_in_start(module, use, depth - 1) for use in uses) and not any(taken)


def _takes(module: Module | None, name: str) -> bool:
    """Whether a file may take a name out of another one."""
    if module is None or any(True for _ in module.attributes(name)):
        return True
    return any(alias.name in (name, "*") for node in module.all(ast.ImportFrom) for alias in node.names)


def _starts(module: Module) -> bool:
    return any(map(_is_start, module.tree.body))


def _is_start(statement: ast.stmt) -> bool:
    match statement:
        case ast.If(test=ast.Compare(left=ast.Name(id="__name__"))):
            return True
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=attr))) if attr in _STARTS:
            return True
        case ast.With(body=body):  # ``with client:``
            return any(map(_is_start, body))
    return False


@dataclass(frozen=True)
class Loaded:
    """What is loaded together with a file."""

    #: The project's own files.
    files: set[Path] = field(default_factory=set)
    #: Top-level name of a module from elsewhere → an import statement that loads it: (file, line).
    packages: dict[str, tuple[Path, int]] = field(default_factory=dict)


class Programs:
    """The programs of one state of a project."""

    def __init__(self, project: Project) -> None:
        self._parsed, self._tell = project.parsed, project.told
        self._resolve = project.imported_files
        self._sources = list(project.others(Path()))
        self._data, self._mentioning = project.data, project.mentioning
        self._is_program: dict[Path, bool] = {}
        self._users: dict[tuple[Path, bool], frozenset[Path]] = {}
        self._root = project.settings.root
        self._is_dynamic = project.contains(b"importlib") or project.contains(b"__import__")
        self._loaded: dict[Path, Loaded] = {}
        self._imported: dict[Path, tuple[Path, ...]] = {}

    @classmethod
    def of(cls, project: Project) -> Programs:
        """The programs of `project`."""
        return project.fact(cls)

    def loaded_with(self, path: Path) -> Loaded:
        """What is surely loaded when code of a file runs: what it loads itself, and what every program loads that may
        come to it.
        """
        if path not in self._loaded:
            own = self._loads(path)
            started = [] if self._is_dynamic else [self._loads(p) for p in self.coming_to(path)]
            if started:
                for name in set.intersection(*(set(loaded.packages) for loaded in started)):
                    own.packages.setdefault(name, started[0].packages[name])
                own.files.update(set.intersection(*(loaded.files for loaded in started)))
            self._loaded[path] = own
        return self._loaded[path]

    def coming_to(self, path: Path) -> list[Path]:
        """The programs whose imports may lead to a file, the file itself among them."""
        return sorted(user for user in self.users(path) if self.is_program(user))

    @cached_property
    def loads_by_path(self) -> bool:
        """Whether the project runs or loads a file by its path: such a file has no package around it."""
        datas = map(self._data, self._mentioning(LOADING_BY_PATH))
        return any(BY_PATH.search(data) or runs_files(data) for data in datas)

    @cached_property
    def _loaders(self) -> list[tuple[Path, frozenset[bytes], bool]]:
        """The files that load whatever modules a folder holds: their words, and whether they go through folders below."""
        return [
            (path, frozenset(_WORD.findall(data)), DEEP.search(data) is not None)
            for path, data in self._listing
            if LOADS.search(data) and not is_aside(path, self._root)
            if path.name == "__init__.py" or LOADS_BY_NAME.search(data)
        ]

    def loader_of(self, folder: Path) -> Path | None:
        """A file that may load whatever modules a folder holds: it stands in it, or names it, or goes through all below."""
        for path, words, deep in self._loaders:
            above = [p for p in folder.parents if p.is_relative_to(self._root) and p != self._root] if deep else []
            if any(path.parent == place or place.name.encode() in words for place in (folder, *above)):
                return path
        return None

    def lister_of(self, folder: Path) -> Path | None:
        """A file that may go through the modules of a folder, whatever it does with their names: it names it, or finds it from its own."""
        for path, words, from_own in self._listers:
            if folder.name.encode() in words or (from_own and path.parent == folder):
                return path
        return None

    @cached_property
    def _listers(self) -> list[tuple[Path, frozenset[bytes], bool]]:
        """The files that list some folder of modules: their words, and whether they know where they stand."""
        return [
            (path, frozenset(_WORD.findall(data)), b"__file__" in data or b"__path__" in data)
            for path, data in self._listing
            if path.suffix in SUFFIXES and OF_MODULES.search(data)
        ]

    @property
    def _listing(self) -> Iterator[tuple[Path, bytes]]:
        return ((path, self._data(path)) for path in self._mentioning(LISTING))

    def imported(self, module: Module) -> tuple[Path, ...]:
        """The project's files that the imports of a module, wherever they stand in it, may lead to, in their order."""
        if module.path not in self._imported:
            statements = module.all(ast.Import, ast.ImportFrom)
            named = dict.fromkeys(dotted for statement in statements for dotted, _ in imports_of(statement))
            found = dict.fromkeys(path for dotted in named for path in self._resolve(module.path, dotted))
            self._imported[module.path] = tuple(found)
        return self._imported[module.path]

    def _loads(self, path: Path) -> Loaded:
        """What running the top level of a file loads."""
        loaded = Loaded()
        pending = [path]
        while pending:
            current = pending.pop()
            module = None if current in loaded.files else self._parsed(current)
            if module is None:
                continue
            loaded.files.add(current)
            for dotted, line in _imported(module):
                if found := self._resolve(current, dotted):
                    pending.append(found[0])
                elif not dotted.startswith("."):
                    loaded.packages.setdefault(dotted.partition(".")[0], (current, line))
        return loaded

    def is_program(self, path: Path) -> bool:
        """Whether a file is started by itself."""
        if path not in self._is_program:
            starts = path.name == "__main__.py" and self._parsed(path) is not None
            may = path.suffix not in SUFFIXES or (path in self._naming and _MAY_START.search(self._data(path)))
            starts = starts or bool(may and self._tell(path, _starts))
            self._is_program[path] = starts and not is_aside(path, self._root)
        return self._is_program[path]

    @cached_property
    def _naming(self) -> frozenset[Path]:
        return frozenset(self._mentioning((*_STARTS, "__name__")))

    def users(self, path: Path, *, resolved: bool = False) -> frozenset[Path]:
        """The file and all that may import it, directly or not: judged by names, so never too few.

        `resolved`: without those whose imports of such a name all lead to another file.
        """
        if (path, resolved) not in self._users:
            found, pending = {path}, [path]
            while pending:
                current = pending.pop()
                for user in self._importers.get(_word_of(current).encode(), set()) - found:
                    if not resolved or self.imports(user, current):
                        found.add(user)
                        pending.append(user)
            self._users[path, resolved] = frozenset(found)
        return self._users[path, resolved]

    def imports(self, user: Path, path: Path) -> bool:
        """Whether a file may import another: not where all its imports of that name surely lead to files of the project beside it."""
        module, word = self._parsed(user), _word_of(path)
        if module is None or word != path.stem:
            return True
        asked = module.fact(_imported_as).get(word, ())
        return any(path in leads or not leads for dotted in asked for leads in [self._leads(user, dotted)])

    def _leads(self, user: Path, dotted: str) -> list[Path]:
        """The project's files that an import may lead to, also where its last part is something that the file defines."""
        found = self._resolve(user, dotted)
        if not found and "." in dotted.strip("."):
            return [path for path in self._resolve(user, dotted.rpartition(".")[0]) if path.name != "__init__.py"]
        return found

    @cached_property
    def _importers(self) -> Mapping[bytes, set[Path]]:
        """Word → the files in whose import statements it stands."""
        found: dict[bytes, set[Path]] = {}
        for source in self._sources:
            for statement in at_import_lines(_IMPORT, source.data):
                for word in _WORD.findall(statement[0]):
                    found.setdefault(word, set()).add(source.path)
        return found


def _imported_as(module: Module) -> dict[str, list[str]]:
    """The last word of what a file imports → the dotted names with it."""
    found: dict[str, list[str]] = {}
    for statement in module.all(ast.Import, ast.ImportFrom):
        for dotted, _ in imports_of(statement):
            found.setdefault(_last(dotted), []).append(dotted)
    return found


@kept
def _word_of(path: Path) -> str:
    """The word that stands in an import of a file."""
    return path.parent.name if path.stem in ("__init__", "__main__") else path.stem


def _last(dotted: str) -> str:
    return dotted.rpartition(".")[2]


def _imported(module: Module) -> Iterator[tuple[str, int]]:
    """The dotted names that a module imports when it is loaded, each with its line."""
    for statement in module.tree.body:
        if _is_start(statement):
            return
        yield from imports_of(statement)


def imports_of(statement: ast.stmt) -> Iterator[tuple[str, int]]:
    """The dotted names that an import statement loads, each with its line."""
    match statement:
        case ast.Import(names=names):
            yield from ((alias.name, statement.lineno) for alias in names)
        case ast.ImportFrom(module=name, names=names, level=level):
            base = "." * level + (name or "")
            yield base, statement.lineno
            dot = "" if base.endswith(".") else "."
            yield from ((f"{base}{dot}{alias.name}", statement.lineno) for alias in names if alias.name != "*")
