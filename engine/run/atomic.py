"""Writing and removing one file: atomic, with mode kept, refused where it changed meanwhile."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from ..sources.ignore import absolute, lies_in


class WriteError(Exception):
    """A file that is left as it was. The message is a sentence without its subject: "is read-only"."""


def write_file(path: Path, before: bytes | None, after: bytes) -> None:
    """Replace the content of a file, or create it (`before` is None), in one step that happens or does not.

    The new bytes go to a temporary file beside the target, reach the disk, and take the target's place by a rename, so
    a reader sees the old file or the new one. Permissions are kept, and the owner where the system lets us. A symbolic
    link stays, and its target is written. A hard link is broken: the other names keep the old content, because writing
    through them could not be atomic. A file whose bytes need not change is not touched.

    Raises:
        WriteError: the file is no longer as it was when it was read, it or its directory is read-only (the permission
            bits count for root too), or the system refuses. Nothing has changed then, and nothing is left behind.
    """
    if before == after:
        return
    target, status = check(path, before)
    temporary = target.with_name(f".tgfix-{secrets.token_hex(8)}.tmp")
    try:
        _write_through(temporary, after, status)
        if before is None:
            _rename_to_new(temporary, target)
        else:
            check(path, before)  # again, as late as can be
            temporary.replace(target)
        sync_directory(target.parent)
    except OSError as error:
        raise WriteError(f"cannot be written: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def remove_file(path: Path, content: bytes) -> None:
    """Delete a file that holds exactly `content`.

    Raises:
        WriteError: as for `write_file`.
    """
    check(path, content)
    try:
        path.unlink()
        sync_directory(path.parent)
    except OSError as error:
        raise WriteError(f"cannot be deleted: {error.strerror or error}") from error


def check(path: Path, before: bytes | None) -> tuple[Path, os.stat_result | None]:
    """The file behind `path` (links followed) and its status (None: it will be new), if it may be written.

    Raises:
        WriteError: as for `write_file`, of which this is everything but the writing.
    """
    target = Path(os.path.realpath(path))
    status = None
    try:
        if before is None:
            if os.path.lexists(path):
                raise WriteError("has come into being since the files were read, so it is not overwritten")
        else:
            status = target.stat()
            if not stat.S_ISREG(status.st_mode):
                raise WriteError("is not a regular file any more")
            if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
                raise WriteError("is read-only")
            if target.read_bytes() != before:
                raise WriteError("has changed on disk since it was read, so it is not overwritten")
    except FileNotFoundError:
        raise WriteError("has been removed since it was read") from None
    except OSError as error:
        raise WriteError(f"cannot be read: {error.strerror or error}") from error
    check_directory(target.parent)
    return target, status


def stay_inside(path: Path, root: Path) -> None:
    """Whether a file of a project may be written: not where a link leads out of the project.

    Raises:
        WriteError: it may not.
    """
    if Path(absolute(path)).is_relative_to(root) and not lies_in(path, root):
        raise WriteError("is reached by a symbolic link that leads out of the project")


def check_directory(directory: Path) -> None:
    """Whether files can be put into a directory.

    Raises:
        WriteError: it does not exist or is read-only.
    """
    if not directory.is_dir():
        raise WriteError(f"cannot be written: there is no directory {directory}")
    # on Windows the read-only mark of a directory means something else
    marked = os.name == "posix" and not directory.stat().st_mode & 0o222
    if marked or not os.access(directory, os.W_OK | os.X_OK):
        raise WriteError(f"cannot be written: its directory {directory} is read-only")


def sync_directory(directory: Path) -> None:
    """Make renames in a directory survive a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows cannot open directories, some file systems cannot sync them
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _write_through(temporary: Path, data: bytes, like: os.stat_result | None) -> None:
    """A file with `data`, on disk for sure, with the owner and permissions of `like` or those of any new file."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(temporary, flags, 0o666 if like is None else 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    if like is None:
        return
    mine = temporary.stat()
    if hasattr(os, "chown") and (mine.st_uid, mine.st_gid) != (like.st_uid, like.st_gid):
        with contextlib.suppress(OSError):  # only root may give files away
            os.chown(temporary, like.st_uid, like.st_gid)
    temporary.chmod(stat.S_IMODE(like.st_mode))  # behind chown, which clears some bits


def _rename_to_new(temporary: Path, target: Path) -> None:
    """Give a file its name unless another has it: a link refuses to overwrite, a rename does not."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        check(target, None)
        raise
    except OSError:  # a file system without links; the caller has just looked that the name is free
        check(target, None)
        temporary.rename(target)
