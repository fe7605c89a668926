"""`tgfix clean`: forget what is remembered of a project."""

from __future__ import annotations

from pathlib import Path

from ..engine.run.cache.store import NAME, clean
from ..engine.sources.config_file import find_root
from ..engine.sources.git import UsageError
from .errors import DONE, note
from .report import label


def clean_command(project: str | None) -> int:
    """Remove the cache of the project.

    Raises:
        UsageError: there is no such directory.
    """
    start = Path(project or ".")
    if not start.is_dir():
        raise UsageError(f"--project {project} is no directory")
    root = find_root(start)
    where = label(root / NAME, Path.cwd())
    note(f"{where} is removed" if clean(root) else f"{where} is not there, so there is nothing to remove")
    return DONE
