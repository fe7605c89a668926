"""Which files a way of deployment takes: plain data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..ignore import Patterns


@dataclass(frozen=True, slots=True)
class Taken:
    """The files that a package or an image is built from."""

    #: The file that says so.
    path: Path
    #: Files that are named one by one.
    files: frozenset[Path] = frozenset()
    #: Directories of which the files are taken, but not what is in directories below.
    folders: frozenset[Path] = frozenset()
    #: Directories that are taken with everything below.
    trees: frozenset[Path] = frozenset()
    #: Files that are taken although nothing names them, as patterns of `Path.match` with the directory they start from.
    patterns: tuple[tuple[Path, str], ...] = ()
    #: Whether a part is computed or not understood, so that more may be taken.
    open: bool = False

    #: What is left out again, by paths from the folder of `path`.
    without: Patterns | None = None

    def takes(self, path: Path) -> bool | None:
        """Whether a file, existing or not, is taken; None where that is not known."""
        if self.without is not None and path.is_relative_to(self.path.parent):
            if self.without.match(path.relative_to(self.path.parent).as_posix()):
                return False
        if path in self.files or path.parent in self.folders or any(path.is_relative_to(tree) for tree in self.trees):
            return True
        if any(path.parent == folder and path.match(pattern) for folder, pattern in self.patterns):
            return True
        return None if self.open else False
