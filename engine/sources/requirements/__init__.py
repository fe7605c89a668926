"""What a project declares about where it runs: the packages it needs at run time, and the versions of Python.

The files are parsed, never searched for words: pyproject.toml (PEP 621, Poetry, PDM, uv, Flit), setup.cfg, setup.py as far
as it is literal, requirement files with what they include, Pipfile, conda's environment.yml, what containers install, scripts
with a block of their own; for Python also version managers and hosts. Whatever else a text of the project names or installs can
only hold a release below another, never prove one. A project may be installed in several ways, a requirement file and a
pyproject.toml, say: each is a `Route`, and what is to be certain has to be true of all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import ClassVar
from weakref import WeakKeyDictionary

from ..mentions import Text
from ..project_files import ProjectFiles
from ..source import SourceError
from . import interpreters, lists, metadata, setuptools_files
from .contents import Contents, PythonRange, Requirement, normal
from .environment import CONDA, Environment, Route
from .versions import lower_bound

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
    "read_file",
]

_READERS = {
    "pyproject.toml": metadata.read_pyproject, "Pipfile": metadata.read_pipfile,
    "setup.cfg": setuptools_files.read_setup_cfg, "setup.py": setuptools_files.read_setup_py,
}  # fmt: skip


@lru_cache(maxsize=512)
def read(path: Path, text: str) -> Contents:
    """What a file says; kept by content, as most files stay as they are from round to round."""
    if path.name in _READERS:
        return _READERS[path.name](path, text)
    if path.name in lists.LOCKS:
        return lists.read_lock(path, text)
    if CONDA.fullmatch(path.name):
        return lists.read_conda(path, text)
    if path.suffix in (".txt", ".in") and interpreters.reader_of(path.name) is None:
        return lists.read_list(path, text)
    return interpreters.read_interpreter(path, text)


class Declarations:
    """The declarations of one state of a project, each read when it is first asked for."""

    _known: ClassVar[WeakKeyDictionary[ProjectFiles, Declarations]] = WeakKeyDictionary()

    def __init__(self, files: ProjectFiles) -> None:
        self._source = files.source
        self._is_own = files.is_own
        self._names: Callable[[Path], frozenset[str]] = files.names_in
        self.root = files.settings.root
        self._others: Callable[[], Iterable[Text]] = lambda: files.mentions.others(files.known_files)
        self._environments: dict[tuple[Path, tuple[Contents, ...]], Environment] = {}

    @classmethod
    def of(cls, files: ProjectFiles) -> Declarations:
        """The declarations of a project."""
        if files not in cls._known:
            cls._known[files] = cls(files)
        return cls._known[files]

    def at(self, path: Path, programs: Iterable[Path] = ()) -> Environment:
        """What holds for a file, or for all in a folder: what is declared beside it and in the folders above, up to the root,
        and in the programs that come to it.
        """
        folder = path if path == self.root else path.parent
        scripts = tuple(contents for program in programs if (contents := self._script(program)))
        if (folder, scripts) not in self._environments:
            inside = folder.is_relative_to(self.root)
            folders = [folder, *(p for p in folder.parents if p.is_relative_to(self.root))] if inside else [folder]
            self._environments[folder, scripts] = Environment(
                tuple(folders), self.contents, self.names, scripts, lambda: self._installed
            )
        return self._environments[folder, scripts]

    @cached_property
    def _installed(self) -> tuple[Requirement, ...]:
        """What commands install with pip, in whatever text: a README, a script for a host, a workflow."""
        return tuple(
            requirement
            for text in self._others() if b"pip" in text.data and b"install" in text.data
            for requirement in lists.read_installed(text.path, text.data.decode(errors="replace")).requirements
        )  # fmt: skip

    def _script(self, path: Path) -> Contents | None:
        try:
            source = self._source(path)
        except SourceError:
            return None
        return (
            metadata.read_script(path, source.text) if source is not None and b"# /// script" in source.data else None
        )

    def contents(self, path: Path) -> Contents | None:
        """What a file says; None where there is none, or it cannot be read."""
        try:
            source = self._source(path)
        except SourceError:
            return _undecoded(path) if self._is_own(path) else None
        return read(path, source.text) if source is not None else None

    def names(self, folder: Path) -> list[str]:
        """The names of the files in a folder, in order."""
        return sorted(self._names(folder))


def read_file(path: Path) -> Contents | None:
    """What a file says, also where it is no UTF-8: ``pip freeze > requirements.txt`` writes UTF-16 in PowerShell, and pip reads it."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return read(path, data.decode(encoding, errors="replace"))


def _undecoded(path: Path) -> Contents | None:
    found = read_file(path)
    if found is None:
        return None
    return Contents(found.requirements, found.pythons, found.includes, found.constraints, found.itself, generated=True)
