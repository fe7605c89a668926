"""What the files of a project are at one time, as far as a run can tell them apart: names, kinds and contents.

The contents of files that are as they were, by size, times and number, are taken from `stamps` and not read again. A file
that was written within the last moments may be written again without a trace in these, so it is read each time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from ...sources.ignore import ALWAYS_EXCLUDED, lies_in
from ...sources.mentions import folders, largest

#: A file's size, times and number, and the digest of its content.
Stamp = list[int | str]

#: Nanoseconds that the times of a file system may be off.
_MOMENT = 2_000_000_000


class State:
    """The state of the project at `root`, in which `files` are Python files, some of them perhaps in folders that are otherwise
    not looked into. `known` are the stamps of earlier states.
    """

    def __init__(self, root: Path, files: Iterable[Path], known: Mapping[str, Stamp]) -> None:
        self._root = root
        self._known = known
        #: The stamps of this state.
        self.stamps: dict[str, Stamp] = {}
        #: Path of each file whose content counts → its digest.
        self.digests: dict[str, str] = {}
        self.folders: set[str] = set()
        self._lines: list[str] = []
        #: Whether there was too much to look at.
        self.too_much = False
        for found in folders(root):
            if found is None:
                self.too_much = True
                return
            self._folder(*found)
        for path in map(str, files):
            self.also(path)
            folder = os.path.dirname(path)
            while folder not in self.folders and len(folder) >= len(str(root)):
                self.also(folder)
                folder = os.path.dirname(folder)

    @property
    def digest(self) -> str:
        """Differs where anything that counts does."""
        return hashlib.sha256("\n".join(self._lines).encode("utf-8", "surrogatepass")).hexdigest()

    def also(self, path: str) -> None:
        """Count a file or a folder that may lie where nothing else is looked at."""
        if path in self.digests or path in self.folders:
            return
        try:
            if stat.S_ISDIR(os.stat(path).st_mode):
                with os.scandir(path) as scan:
                    self._folder(path, sorted(scan, key=lambda entry: entry.name), contents=False)
                return
        except OSError:
            pass
        self.digests[path] = self._content(path)
        self._lines.append(f"{path}\0{self.digests[path]}")

    def _folder(self, directory: str, entries: list[os.DirEntry[str]], *, contents: bool = True) -> None:
        self.folders.add(directory)
        self._lines.append(directory)
        for entry in entries:
            if entry.name in ALWAYS_EXCLUDED:
                continue
            line = entry.name
            if entry.is_symlink():
                line += f"\0{os.path.realpath(entry.path)}"
                if not lies_in(entry.path, self._root):  # which is not read
                    self._lines.append(line)
                    continue
            if entry.is_dir(follow_symlinks=False):
                line += "/"
            elif contents and (most := largest(entry.name)):
                self.digests[entry.path] = digest = self._content(entry.path, entry, most)
                line += f"\0{digest}"
            self._lines.append(line)

    def _content(self, path: str, entry: os.DirEntry[str] | None = None, most: int = 1 << 62) -> str:
        """The digest of a file's content; what it is instead where that does not count."""
        try:
            status = entry.stat() if entry else os.stat(path)
            if not stat.S_ISREG(status.st_mode):
                return "no file"
            if status.st_size > most:
                return f"{status.st_size} bytes"
            told = [status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino]
            stamp = self._known.get(path)
            if stamp is None or stamp[:4] != told:
                now = time.time_ns()
                stamp = [*told, digest_of(Path(path).read_bytes())]
                if max(status.st_mtime_ns, status.st_ctime_ns) + _MOMENT > now:
                    return str(stamp[4])
            self.stamps[path] = stamp
            return str(stamp[4])
        except OSError as error:
            return f"unreadable: {error.errno}"


def digest_of(data: bytes) -> str:
    """The digest of a file's content."""
    return hashlib.blake2b(data, digest_size=16).hexdigest()
