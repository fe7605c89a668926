"""How a project gets to where it runs, and whether a file gets there too: packages that are built, images, or as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import ClassVar
from weakref import WeakKeyDictionary

from ..ignore import Patterns
from ..project_files import ProjectFiles
from ..requirements.interpreters import is_container
from ..source import SourceError
from .builds import build_of
from .images import ignored_by, image_of, sent_by
from .taken import Taken

__all__ = ["Deployments", "Taken"]

#: What copies files by itself: scripts, workflows, compose files.
_SCRIPT = re.compile(
    r"(?i).*\.sh|makefile|justfile|.*\.mk|(?:docker-)?compose[\w.-]*\.ya?ml|\.gitlab-ci\.ya?ml|[\w-]+\.ya?ml"
)
#: Files with patterns as git's, of git and of hosts.
_IGNORING = (".gitignore", ".slugignore", ".gcloudignore", ".railwayignore", ".vercelignore", ".flyignore")
_ELSEWHERE = ((".github", "workflows"), ("docker",), (".docker",), ("scripts",), ("deploy",))


class Deployments:
    """The ways in which one state of a project is deployed."""

    _known: ClassVar[WeakKeyDictionary[ProjectFiles, Deployments]] = WeakKeyDictionary()

    def __init__(self, files: ProjectFiles) -> None:
        self._source = files.source
        self._names = files.names_in
        self._files = files.files
        self._root = files.settings.root
        self._folders = frozenset(parent for path in self._files for parent in path.parents)
        self._patterns: dict[Path, Patterns] = {}

    @classmethod
    def of(cls, files: ProjectFiles) -> Deployments:
        """The deployments of a project."""
        if files not in cls._known:
            cls._known[files] = cls(files)
        return cls._known[files]

    @cached_property
    def ways(self) -> tuple[Taken, ...]:
        """What each way of deployment takes; none where the project runs from its own folder."""
        folders = {self._root} | {folder for folder in self._folders if folder.is_relative_to(self._root)}
        found: list[Taken] = []
        for folder in sorted(folders | {self._root.joinpath(*name) for name in _ELSEWHERE}):
            names = self._names(folder)
            if names & {"pyproject.toml", "setup.cfg", "setup.py"}:
                build = build_of(folder, self._text, self._files)
                found += [build] if build else []
            for name in sorted(filter(is_container, names)):
                found += self._read(image_of, folder / name)
            for name in sorted(filter(_SCRIPT.fullmatch, names)):
                found += self._read(sent_by, folder / name)
        return tuple(found)

    def _read(self, read: Callable[[Path, str, Callable[[Path], bool], Path], Taken | None], path: Path) -> list[Taken]:
        taken = read(path, self._text(path) or "", self._exists, self._root)
        return [taken] if taken else []

    def ignoring(self, path: Path) -> Path | None:
        """The ``.gitignore``, ``.dockerignore`` or the like that keeps a file out of what is deployed."""
        for folder in (p for p in path.parents if p.is_relative_to(self._root)):
            elsewhere = [self._root.joinpath(*name) for name in _ELSEWHERE] if folder == self._root else []
            for ignoring in (place / name for place in (folder, *elsewhere) for name in sorted(self._names(place))):
                is_dockers = ignoring.name.endswith(".dockerignore")  # Dockerfile.dockerignore, too
                if is_dockers or (ignoring.name in _IGNORING and ignoring.parent == folder):
                    if ignoring not in self._patterns:
                        read = ignored_by if is_dockers else _git_ignored
                        self._patterns[ignoring] = read(self._text(ignoring) or "")
                    if self._patterns[ignoring].match(path.relative_to(folder).as_posix()):
                        return ignoring
        return None

    def _text(self, path: Path) -> str | None:
        try:
            source = self._source(path)
        except SourceError:
            return None
        return source.text if source is not None else None

    def _exists(self, path: Path) -> bool:
        return path in self._folders or path.name in self._names(path.parent)


def _git_ignored(text: str) -> Patterns:
    return Patterns(text.splitlines())
