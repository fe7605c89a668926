"""Support modules that the next commit would lack: the commit has the import, and git does not have the module, or not all of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..sources.config import Settings
from ..sources.git import Git


@dataclass(frozen=True, slots=True)
class Unstaged:
    """A support module that has to be staged, and a file that imports it."""

    path: Path
    importer: Path


def unstaged(settings: Settings, files: Iterable[Path]) -> list[Unstaged]:
    """The support modules that some files import and of which git's index lacks something, in order of path.

    git is asked only where a file imports one.

    Raises:
        UsageError: there is no repository, or git cannot be run.
    """
    imported: dict[Path, tuple[Path, set[str]]] = {}
    for path in files:
        for target, names in _imports(settings, path):
            imported.setdefault(target, (path, set()))[1].update(names)
    if not imported:
        return []
    git = Git(settings.root, "--hook")
    return [Unstaged(path, user) for path, (user, names) in sorted(imported.items()) if _lacks(git, path, names)]


def _imports(settings: Settings, path: Path) -> Iterator[tuple[Path, set[str]]]:
    """The support modules that a file imports, existing or not, each with the names that it takes from there."""
    stem = settings.support_module
    try:
        data = path.read_bytes()
        tree = ast.parse(data) if stem.encode() in data else None
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, ast.ImportFrom) and (node.module or "").rpartition(".")[2] == stem:
            parts = (node.module or "").split(".")
            bases = [path.parents[node.level - 1]] if node.level else [*path.parents]
            targets = [base.joinpath(*parts).with_suffix(".py") for base in bases if _within(base, settings.root)]
            found = next((target for target in targets if target.exists()), None)
            if found is not None or targets:
                yield found or targets[0], {alias.name for alias in node.names}


def _within(base: Path, root: Path) -> bool:
    return base == root or base.is_relative_to(root)


def _lacks(git: Git, path: Path, names: set[str]) -> bool:
    """Whether the index has not the module, or has it without one of the names."""
    staged = git.run("show", f":{path.relative_to(git.top).as_posix()}") if path.is_relative_to(git.top) else b""
    if staged is None:
        return True
    return any(re.search(rb"(?m)^(?:async def|def|class)?[ \t]*%b\b" % name.encode(), staged) is None for name in names)
