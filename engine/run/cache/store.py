"""The folder `.tgfix_cache` of a project: entries by key, each whole or not there, never more than a bound.

Whatever goes wrong with it (another run at the same time, a disk that is full or read-only, damaged files, a folder that is a
link) costs what is remembered and nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

NAME = ".tgfix_cache"
#: Entries that are kept, and how large all may be together.
MOST_ENTRIES, MOST_BYTES = 40, 60_000_000
_LARGEST_ENTRY = 30_000_000
_FILES = {
    ".gitignore": "# tgfix remembers here what it has found out; `tgfix clean` takes it away.\n*\n",
    "CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n# This folder is a cache, made by tgfix.\n"
    "# See https://bford.info/cachedir/\n",
}


class Store:
    """The folder below `root`; it comes into being with the first entry."""

    def __init__(self, root: Path) -> None:
        self.directory = root / NAME
        #: Why nothing could be written, once something could not.
        self.failure = ""

    def read(self, name: str) -> Any:
        """An entry; None where there is none, or a damaged one."""
        path = self.directory / name
        try:
            if not self._is_own() or path.stat().st_size > _LARGEST_ENTRY:
                return None
            digest, _, data = path.read_bytes().partition(b"\n")
            if digest.decode("ascii") != _digest(data):
                return None
            with suppress(OSError):
                os.utime(path)  # what is used is kept longest
            return json.loads(data)
        except (OSError, ValueError, RecursionError, MemoryError):
            return None

    def write(self, name: str, content: Any) -> None:
        """Put an entry in the place of the one before, if there is one; the oldest give way."""
        data = json.dumps(content, separators=(",", ":"), ensure_ascii=True).encode("ascii")
        if len(data) > _LARGEST_ENTRY or self.failure:
            return
        try:
            self._prepare()
            temporary = self.directory / f".{secrets.token_hex(8)}.tmp"
            try:
                temporary.write_bytes(_digest(data).encode("ascii") + b"\n" + data)
                temporary.replace(self.directory / name)
            finally:
                temporary.unlink(missing_ok=True)
            self._shrink()
        except OSError as error:
            self.failure = error.strerror or str(error)

    def _is_own(self) -> bool:
        """Whether the folder is one, and no link to somewhere else."""
        try:
            return stat.S_ISDIR(os.lstat(self.directory).st_mode)
        except OSError:
            return False

    def _prepare(self) -> None:
        with suppress(FileExistsError):
            self.directory.mkdir()
        if not self._is_own():
            raise NotADirectoryError(0, "it is no folder, or a symbolic link")
        for name, text in _FILES.items():
            path = self.directory / name
            if not os.path.lexists(path):
                path.write_text(text, encoding="ascii")

    def _shrink(self) -> None:
        """Remove the entries that were not used for longest, and what interrupted runs have left."""
        entries = []
        with os.scandir(self.directory) as scan:
            for entry in scan:
                with suppress(OSError):  # another run has removed it
                    if entry.name.endswith((".json", ".tmp")):
                        status = entry.stat(follow_symlinks=False)
                        entries.append((status.st_mtime_ns, status.st_size, entry.path))
        size = 0
        for number, (_, length, path) in enumerate(sorted(entries, reverse=True)):
            size += length
            if number >= MOST_ENTRIES or size > MOST_BYTES:
                with suppress(OSError):
                    os.unlink(path)


def clean(root: Path) -> bool:
    """Remove what is remembered of a project; whether there was anything.

    Raises:
        OSError: it cannot be removed.
    """
    directory = root / NAME
    if directory.is_symlink():
        directory.unlink()
    elif directory.is_dir():
        shutil.rmtree(directory)
    else:
        return False
    return True


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
