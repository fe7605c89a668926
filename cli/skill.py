"""The skill for coding agents that `tgfix init --skill` puts into a project."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from importlib.abc import Traversable

NAME = "telegram-bot-performance"


def skill_files(project: Path) -> dict[Path, str]:
    """The texts of the skill by where they go: beside the project's other skills, or where most agents look for them."""
    folders = [project / name for name in (".agents", ".claude")]
    home = next((folder for folder in folders if folder.is_dir()), folders[0]) / "skills" / NAME
    source = files(__package__.partition(".")[0]).joinpath("skills").joinpath(NAME)
    return {home / name: text for name, text in _texts(source, "")}


def _texts(folder: Traversable, inside: str) -> Iterator[tuple[str, str]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{inside}{entry.name}"
        if entry.is_dir():
            yield from _texts(entry, f"{name}/")
        elif entry.name.endswith(".md"):
            yield name, entry.read_text(encoding="utf-8")
