"""How the files of a project are named to a person."""

from __future__ import annotations

from pathlib import Path

from ...analysis.module import Project


def at(project: Project, path: Path, line: int) -> str:
    """A place in a file: "bot.py:12"."""
    return f"{name_of(project, path, quoted=False)}:{line}"


def name_of(project: Project, path: Path, *, quoted: bool = True) -> str:
    """A file by its path below the root of the project, in backticks if `quoted`."""
    root = project.settings.root
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
    return f"`{name}`" if quoted else name
