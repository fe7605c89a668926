"""Which files of a project stand beside its program: tests, documentation, and old copies under names that no program can import."""

from __future__ import annotations

import re
from pathlib import Path

#: Folders in which old copies are kept.
_FOLDERS = frozenset("backup backups bak old archive archived temp tmp".split())
#: How systems and people name the copy of a file: ``bot (1).py``, ``bot - Copy.py``, ``bot copy 2.py``, ``bot 2.py``.
_COPY = re.compile(r"(.+?)(?: ?\(\d+\)|(?: -)? copy(?: \d+)?| \d+)", re.IGNORECASE)


def parts_below(root: Path, path: Path) -> tuple[str, ...] | None:
    """The parts of a path below a root, None where it lies elsewhere: many times as fast as `Path.relative_to`."""
    count = len(root.parts)
    return path.parts[count:] if path.parts[:count] == root.parts else None


def is_old_copy(path: Path, root: Path) -> bool:
    """Whether a file was put aside under a name that no ``import`` can have: ``backup/2026-06-15/bot.py``, and ``bot (1).py`` beside
    ``bot.py``.
    """
    parts = parts_below(root, path)
    if not parts:
        return False
    parts = (*parts[:-1], path.stem)
    kept = next((place for place, part in enumerate(parts[:-1]) if part.lower() in _FOLDERS), None)
    if kept is not None and not all(map(str.isidentifier, parts[kept:])):
        return True
    copied = _COPY.fullmatch(parts[-1])
    return copied is not None and path.with_name(f"{copied[1]}{path.suffix}").is_file()


def is_aside(path: Path, root: Path) -> bool:
    """Whether a file stands beside a program without being part of it: tests, ``setup.py``, documentation, old copies."""
    parts = parts_below(root, path)
    if parts is None:
        return False
    return (
        path.name in ("setup.py", "conftest.py")
        or path.name.startswith("test_")
        or bool({"tests", "docs"} & set(parts[:-1]))
        or is_old_copy(path, root)
    )
