"""Writing: all or nothing for each file, and for all files that a change holds together."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .model import FileResult, Plan, Problem

if TYPE_CHECKING:
    from .journal import Journal


class WriteError(Exception):
    """A file that is left as it was. The message is a sentence without its subject: "is read-only"."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a plan."""

    #: Files that now hold their new bytes, in order of path.
    written: tuple[Path, ...]
    #: Files that do not, each with the reason.
    problems: tuple[Problem, ...]


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


# Plans


def execute(plan: Plan, journal: Journal) -> WriteReport:
    """Write every file of a plan that changes; a file that cannot be written does not stop the others.

    Files that one change spans are written all or none, so that no file imports what was never created: first all of
    them are looked at, and if one still fails, those already written get their old bytes back. The journal holds every
    file's old bytes before the first is replaced. An interrupt keeps the groups that are complete and takes back the
    one that is not.
    """
    problems: list[Problem] = []
    ready: list[list[FileResult]] = []
    for group in _groups(plan):
        refused = _refused(group)
        if refused:
            problems += _explained(group, refused)
        else:
            ready.append(group)
    if not ready:
        return WriteReport((), tuple(problems))
    try:
        journal.record(result for group in ready for result in group)
    except WriteError as error:
        message = f"nothing is written, because the journal that undo needs {error}"
        return WriteReport((), (*problems, Problem(journal.directory, message, fatal=True)))
    written: set[Path] = set()
    try:
        for group in ready:
            failures = _write_group(group)
            problems += failures
            if not failures:
                written |= {result.path for result in group}
    finally:
        rest = (result for group in ready for result in group if result.path not in written)
        with contextlib.suppress(WriteError):  # an entry too many does no harm: undo goes by content
            journal.discard(result.path for result in rest if not holds(result.path, result.after))
    return WriteReport(tuple(sorted(written)), tuple(sorted(problems, key=lambda problem: problem.path)))


def _groups(plan: Plan) -> list[list[FileResult]]:
    """The files that change, those together that a change spans or that are one file under two names.

    Within a group new files come first, as the others may import them.
    """
    results = [result for result in plan.files if result.before != result.after]
    leader = {result.path: result.path for result in results}

    def find(path: Path) -> Path:
        while leader[path] != path:
            path = leader[path]
        return path

    together = [[part.path for part in proposal.change.files if part.path in leader] for proposal in plan.chosen]
    names: dict[str, list[Path]] = {}
    for path in leader:
        names.setdefault(os.path.realpath(path), []).append(path)
    for paths in (*together, *names.values()):
        for path in paths[1:]:
            leader[find(path)] = find(paths[0])
    groups: dict[Path, list[FileResult]] = {}
    for result in results:
        groups.setdefault(find(result.path), []).append(result)
    return [sorted(group, key=lambda result: (result.before is not None, result.path)) for group in groups.values()]


def _refused(group: Iterable[FileResult]) -> dict[Path, str]:
    refused = {}
    for result in group:
        try:
            check(result.path, result.before)
        except WriteError as error:
            refused[result.path] = str(error)
    return refused


def _explained(group: Iterable[FileResult], refused: dict[Path, str]) -> list[Problem]:
    """A problem for every file of a group that is not written, for those too that only share the fate of another."""
    culprit, reason = next(iter(refused.items()))
    shared = f"is not written, because one of its changes also needs {culprit.name}, and that file {reason}"
    return [Problem(result.path, refused.get(result.path, shared), fatal=True) for result in group]


def _write_group(group: Iterable[FileResult]) -> list[Problem]:
    """Write all of a group's files, or none and say why."""
    started: list[FileResult] = []
    targets: dict[str, bytes] = {}
    try:
        for result in group:
            target = os.path.realpath(result.path)
            if targets.get(target) != result.after:  # else done already, through another name
                started.append(result)
                write_file(result.path, result.before, result.after)
                targets[target] = result.after
    except WriteError as error:
        failed = started.pop()
        return _explained(group, {failed.path: str(error)} | take_back(started))
    except BaseException:  # an interrupt: nothing may stay half done
        take_back(started)
        raise
    return []


def take_back(started: Iterable[FileResult]) -> dict[Path, str]:
    """Give files their old bytes back; for each where that fails, why."""
    stuck = {}
    for result in started:
        if not holds(result.path, result.after):
            continue  # the interrupted one, or one that somebody else has written since
        try:
            if result.before is None:
                remove_file(result.path, result.after)
            else:
                write_file(result.path, result.after, result.before)
        except WriteError as error:
            stuck[result.path] = f"is written although others of its change are not, and {error}"
    return stuck


def holds(path: Path, content: bytes) -> bool:
    """Whether a file has exactly this content."""
    try:
        return path.read_bytes() == content
    except OSError:
        return False
