"""Nothing outside of the copy is written, by Python at least: not the project itself, nor what the system keeps elsewhere."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from typing import Any

from .hooks import listen

#: Paths that the program wanted to write, and may not.
refused: dict[str, None] = {}
#: SQLite databases whose folders there are not.
homeless: dict[str, None] = {}

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
#: Event of an audit hook → which of its arguments are paths that it changes.
_CHANGES = {
    "os.remove": (0,), "os.rename": (0, 1), "os.mkdir": (0,), "os.rmdir": (0,), "os.truncate": (0,), "os.chmod": (0,),
    "os.chown": (0,), "os.link": (1,), "os.symlink": (1,), "os.utime": (0,), "sqlite3.connect": (0,),
}  # fmt: skip
#: What is no file of anybody's.
_DEVICES = ("/dev", "/proc")


def _changed(event: str, arguments: tuple[Any, ...]) -> Iterable[Any]:
    if event == "open":
        return arguments[:1] if isinstance(arguments[2], int) and arguments[2] & _WRITES else ()
    return [arguments[at] for at in _CHANGES.get(event, ())]


def files(project: str) -> set[str]:
    """The files of the copy but for code, and for what databases have beside them now and then."""
    found = (
        os.path.relpath(os.path.join(folder, name), project) for folder, _, names in os.walk(project) for name in names
    )
    return {each for each in found if not each.endswith((".py", ".pyc", "-journal", "-wal", "-shm"))}


def install(inside: Iterable[str], project: str) -> None:
    """Refuse from now on to write outside of the folders `inside` and that for temporary files, and below `project`.

    Nor is anything written where the packages of this Python are, wherever that is.

    An event that is refused raises PermissionError where the program asks for it.
    """
    allowed = [*map(os.path.realpath, inside), *_DEVICES]
    kept = [os.path.realpath(each) for each in (project, sys.prefix) if each]
    temporary = os.path.realpath(tempfile.gettempdir())

    def is_allowed(path: str) -> bool:
        def below(folder: str) -> bool:
            return path == folder or path.startswith(folder + os.sep)

        return any(map(below, allowed)) or (below(temporary) and not any(map(below, kept)))

    def audit(event: str, arguments: tuple[Any, ...]) -> None:
        for path in _changed(event, arguments):
            if isinstance(path, (str, bytes, os.PathLike)) and (named := os.fsdecode(path)) not in ("", ":memory:"):
                if event == "sqlite3.connect" and not os.path.isdir(os.path.dirname(os.path.abspath(named))):
                    homeless.setdefault(os.path.realpath(named))
                if not named.startswith("file:") and not is_allowed(os.path.realpath(named)):
                    refused.setdefault(named)
                    raise PermissionError(13, "outside of the copy nothing is written while measuring", named)

    listen(audit, "open", *_CHANGES)
