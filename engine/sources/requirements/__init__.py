"""What a project declares about where it runs: the packages it needs at run time, and the versions of Python.

The files are parsed, never searched for words: pyproject.toml (PEP 621, Poetry, PDM, uv, Flit), setup.cfg, setup.py as far
as it is literal, requirement files with what they include, Pipfile, conda's environment.yml; for Python also containers,
version managers and workflows. A project may be installed in several ways, a requirement file and a pyproject.toml, say:
each is a `Route`, and what is to be certain has to be true of all of them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar
from weakref import WeakKeyDictionary

from ..project_files import ProjectFiles
from ..source import SourceError
from . import interpreters, lists, metadata, setuptools_files
from .contents import Contents, PythonRange, Requirement, normal
from .versions import includes, is_always, lower_bound

__all__ = [
    "Contents",
    "Declarations",
    "Environment",
    "PythonRange",
    "Requirement",
    "Route",
    "lower_bound",
    "normal",
    "read",
]

_METADATA = {
    "pyproject.toml": metadata.read_pyproject, "Pipfile": metadata.read_pipfile,
    "setup.cfg": setuptools_files.read_setup_cfg, "setup.py": setuptools_files.read_setup_py,
}  # fmt: skip
_CONDA = re.compile(r"environment[\w.-]*\.ya?ml")
#: Versions of Python on which a program may run that asks for none in particular.
_PYTHONS = range(7, 16)


@lru_cache(maxsize=512)
def read(path: Path, text: str) -> Contents:
    """What a file says; kept by content, as most files stay as they are from round to round."""
    if path.name in _METADATA:
        return _METADATA[path.name](path, text)
    if _CONDA.fullmatch(path.name):
        return lists.read_conda(path, text)
    if path.suffix in (".txt", ".in") and interpreters.reader_of(path.name) is None:
        return lists.read_list(path, text)
    return interpreters.read_interpreter(path, text)


@dataclass(frozen=True, slots=True)
class Route:
    """One way in which a project is installed, with all that it brings."""

    folder: Path
    #: The files in which a person would add a requirement, the best one first.
    files: tuple[Path, ...]
    requirements: tuple[Requirement, ...]
    #: Requirements that hold only for releases that something else asks for.
    constraints: tuple[Requirement, ...] = ()
    #: Whether a part of it is computed or comes from elsewhere, so that more may be asked for than is seen.
    computed: bool = False
    #: Files of it that a program writes from others, and that have to be written anew.
    generated: tuple[Path, ...] = ()

    def named(self, name: str) -> list[Requirement]:
        """All that asks for a distribution."""
        return [requirement for requirement in self.requirements if requirement.name == normal(name)]


class Declarations:
    """The declarations of one state of a project, each read when it is first asked for."""

    _known: ClassVar[WeakKeyDictionary[ProjectFiles, Declarations]] = WeakKeyDictionary()

    def __init__(self, files: ProjectFiles) -> None:
        self._source = files.source
        self._names: Callable[[Path], frozenset[str]] = files.names_in
        self.root = files.settings.root
        self._environments: dict[Path, Environment] = {}

    @classmethod
    def of(cls, files: ProjectFiles) -> Declarations:
        """The declarations of a project."""
        if files not in cls._known:
            cls._known[files] = cls(files)
        return cls._known[files]

    def at(self, path: Path) -> Environment:
        """What holds for a file, or for all in a folder: what is declared beside it and in the folders above, up to the root."""
        folder = path if path == self.root else path.parent
        if folder not in self._environments:
            inside = folder.is_relative_to(self.root)
            folders = [folder, *(p for p in folder.parents if p.is_relative_to(self.root))] if inside else [folder]
            self._environments[folder] = Environment(self, tuple(folders))
        return self._environments[folder]

    def contents(self, path: Path) -> Contents | None:
        """What a file says; None where there is none, or it cannot be read."""
        try:
            source = self._source(path)
        except SourceError:
            return _undecoded(path)
        return read(path, source.text) if source is not None else None

    def names(self, folder: Path) -> list[str]:
        """The names of the files in a folder, in order."""
        return sorted(self._names(folder))


def _undecoded(path: Path) -> Contents | None:
    """A file that is no UTF-8: ``pip freeze > requirements.txt`` writes UTF-16 in PowerShell, and pip reads it."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    found = read(path, data.decode(encoding, errors="replace"))
    return Contents(found.requirements, found.pythons, found.includes, found.constraints, found.itself, generated=True)


class Environment:
    """What some folders declare, the nearest first."""

    def __init__(self, declarations: Declarations, folders: tuple[Path, ...]) -> None:
        self._declarations = declarations
        self.folders = folders

    @cached_property
    def routes(self) -> tuple[Route, ...]:
        """The ways in which the program is installed; a file that asks for nothing is none."""
        return tuple(route for folder in self.folders for route in self._routes_in(folder))

    @cached_property
    def pythons(self) -> tuple[PythonRange, ...]:
        """Everything that asks for a Python, the nearest first."""
        found: list[PythonRange] = []
        for folder in self.folders:
            for path in self._python_files(folder):
                contents = self._declarations.contents(path)
                found += contents.pythons if contents else ()
        return tuple(found)

    def allows(self, minor: int) -> PythonRange | None:
        """What lets the program be started by a Python 3.`minor`: a range that binds, else what it is tested or checked
        with; None where nothing does.
        """
        binding = [python for python in self.pythons if python.binding]
        return next((python for python in binding or self.pythons if includes(python.specifier, minor)), None)

    def is_hard(self, requirement: Requirement) -> bool:
        """Whether the program is never installed without a requirement: no extra, no group, and true wherever it may run."""
        if requirement.only_for:
            return False
        if not requirement.marker:
            return True
        binding = [p for p in self.pythons if p.binding]
        minors = [m for m in _PYTHONS if not binding or any(includes(p.specifier, m) for p in binding)]
        return is_always(requirement.marker, tuple(minors))

    def aside(self, name: str) -> Requirement | None:
        """What asks for a distribution, but not wherever the program runs: an extra, a group, a list for tests."""
        for route in self.routes:
            if found := next((r for r in route.named(name) if not self.is_hard(r)), None):
                return found
        for path in (path for folder in self.folders for path in self._lists_in(folder) if lists.only_for(path)):
            contents = self._declarations.contents(path)
            for requirement in contents.requirements if contents else ():
                if requirement.name == normal(name):
                    return replace(requirement, only_for=lists.only_for(path))
        return None

    def oldest(self, name: str) -> str | None:
        """The oldest release of a distribution ("1.36") that may be installed; None where that is open.

        Where several ways lead to an installation, the one that allows the oldest counts.
        """
        bounds: list[tuple[int, ...]] = []
        for route in self.routes:
            wanted = [r for r in route.named(name) if self.is_hard(r)]
            if wanted:
                restricted = [*wanted, *(c for c in route.constraints if c.name == normal(name))]
                bounds.append(max((bound for r in restricted if (bound := lower_bound(r.specifier))), default=()))
        return ".".join(map(str, min(bounds))) if bounds and all(bounds) else None

    # Ways to install

    def _routes_in(self, folder: Path) -> Iterator[Route]:
        names = self._declarations.names(folder)
        described = [folder / name for name in ("pyproject.toml", "setup.cfg", "setup.py") if name in names]
        main = self._route(folder, described)
        if main is not None:
            yield main
        for name in names:
            if name == "Pipfile" or _CONDA.fullmatch(name):
                if route := self._route(folder, [folder / name]):
                    yield route
        listed = self._lists_in(folder)
        wanted = [path for path in listed if not lists.only_for(path)]
        included = {target for path in listed for target in self._included(path)}
        for path in wanted:
            if path in included or (path.suffix == ".in" and path.with_suffix(".txt") in wanted):
                continue
            if route := self._route(folder, [path], main):
                yield route

    def _lists_in(self, folder: Path) -> list[Path]:
        inside = folder / "requirements"
        paths = [where / name for where in (folder, inside) for name in self._declarations.names(where)]
        return [path for path in paths if lists.is_list(path)]

    def _route(self, folder: Path, paths: Iterable[Path], itself: Route | None = None) -> Route | None:
        requirements: list[Requirement] = []
        constraints: list[Requirement] = []
        computed, generated, files = False, [], []
        pending, seen = list(paths), set[Path]()
        while pending:
            path = pending.pop(0)
            contents = self._declarations.contents(path) if path not in seen else None
            seen.add(path)
            if contents is None:
                continue
            if contents.generated:
                generated.append(path)
                if self._declarations.contents(path.with_suffix(".in")):
                    files.append(path.with_suffix(".in"))
            elif contents.requirements:
                files.append(path)
            requirements += contents.requirements
            computed |= contents.computed
            pending += [_target(path, name) for name in contents.includes]
            for name in contents.constraints:
                restricting = self._declarations.contents(_target(path, name))
                constraints += restricting.requirements if restricting else ()
            if contents.itself and itself is not None:
                requirements += itself.requirements
                files = [*itself.files, *files]
        if not any(not r.only_for for r in requirements) and not computed:
            return None
        sizes = Counter(r.path for r in requirements if not r.only_for)
        files = sorted(dict.fromkeys(files), key=lambda path: -sizes[path])
        return Route(folder, tuple(files), tuple(requirements), tuple(constraints), computed, tuple(generated))

    def _included(self, path: Path) -> Iterator[Path]:
        contents = self._declarations.contents(path)
        for name in (*contents.includes, *contents.constraints) if contents else ():
            yield _target(path, name)

    def _python_files(self, folder: Path) -> Iterator[Path]:
        for name in self._declarations.names(folder):
            if name in _METADATA or _CONDA.fullmatch(name) or interpreters.reader_of(name) is not None:
                yield folder / name
        workflows = folder / ".github" / "workflows"
        yield from (workflows / n for n in self._declarations.names(workflows) if n.endswith((".yml", ".yaml")))


def _target(path: Path, name: str) -> Path:
    return Path(os.path.normpath(path.parent / name))
