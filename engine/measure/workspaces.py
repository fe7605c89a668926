"""Projects of several parts, each with a description of its own, that are installed side by side."""

from __future__ import annotations

from pathlib import Path

from ..sources.requirements.metadata import strings, table, toml_of


def described(folder: Path) -> dict[str, object]:
    """What `pyproject.toml` says there; nothing where there is none."""
    try:
        return toml_of((folder / "pyproject.toml").read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def members(root: Path) -> list[Path]:
    """The parts of a workspace of uv."""
    given = table(described(root), "tool", "uv", "workspace")
    left_out = {path for pattern in strings(given.get("exclude")) for path in root.glob(pattern)}
    found = [path for pattern in strings(given.get("members")) for path in sorted(root.glob(pattern))]
    return [path for path in dict.fromkeys(found) if path not in left_out and (path / "pyproject.toml").is_file()]


def on_the_path(root: Path) -> list[Path]:
    """Folders below a project from which its modules are imported once it is installed."""
    places = [root / "src", *(each for part in members(root) for each in (part / "src", part))]
    return [place for place in places if place.is_dir()]
