"""What runs have written, so that `tgfix undo` can take it back.

Each run has a directory ``.tgfix/journal/<UTC time>-<n>/`` with the bytes that its files had before, named by their
SHA-256, and a ``manifest.json``. The entry is on disk before the file is replaced; whether the replacement then
happened is never recorded but seen by the file's content, so a crash at any moment leaves nothing that could mislead.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from itertools import count
from pathlib import Path
from typing import Any

from ..problem import Problem
from ..rewriting.compose import FileResult
from .atomic import WriteError, check_directory, sync_directory, write_file
from .restoring import Entry, Restoring, digest_of

KEPT_RUNS = 50

_VERSION = 1
_RUN_ID = re.compile(r"(\d{8}T\d{6}Z)-(\d+)")
#: Decisions of a review are worth a commit, old versions of files are not.
_GITIGNORE = "*\n!decisions.json\n"


class JournalError(WriteError):
    """The journal cannot be written or read. The message is a sentence without its subject, "the journal"."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run that has written files."""

    id: str
    #: In UTC.
    time: datetime
    #: Absolute, in order of path.
    files: tuple[Path, ...]
    undone: bool
    #: The command line.
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What became of an undo. Files that already were as before the run are in none of the lists."""

    #: None: there is no run left to undo.
    run: Run | None
    #: Files that hold their old bytes again, and created ones that are gone again.
    restored: tuple[Path, ...] = ()
    #: Files that somebody has changed or deleted since the run; they are left alone.
    changed_since: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass
class _Manifest:
    id: str
    time: str
    command: list[str]
    undone: bool = False
    files: list[Entry] = field(default_factory=list)
    version: int = _VERSION


class Journal:
    """The journal of the project at `root`; an instance records at most one run, with the command line `command`."""

    def __init__(self, root: Path, command: Sequence[str] = (), *, keep: int = KEPT_RUNS) -> None:
        self.root = _absolute(root)
        self.directory = self.root / ".tgfix" / "journal"
        self._command = list(command)
        self._keep = keep
        self._current: _Manifest | None = None

    # Recording

    def record(self, files: Iterable[FileResult]) -> None:
        """Note what files are before they become what they will be; when this returns it is safe to write them.

        The first call starts the run, so that a run which writes nothing leaves nothing. A file may be recorded again
        when a run writes it again.

        Raises:
            JournalError: the journal cannot be written; then nothing should be.
        """
        files = list(files)
        if not files:
            return
        with _explained_errors():
            manifest = self._current or self._start()
        try:
            self._add(manifest, files)
        except BaseException:
            if self._current is None:
                shutil.rmtree(self._run_directory(manifest.id), ignore_errors=True)
            raise
        self._current = manifest

    def _add(self, manifest: _Manifest, files: Iterable[FileResult]) -> None:
        with _explained_errors():
            known = {entry.path: entry for entry in manifest.files}
            for file in files:
                before, after = digest_of(file.before), digest_of(file.after)
                assert after is not None
                entry = known.get(self._name(file.path))
                if entry is not None and before in (entry.before, *entry.after):
                    entry.after.append(after)
                    continue
                if file.before is not None and before is not None:
                    _keep_bytes(self._run_directory(manifest.id) / before, file.before)
                if entry is None:
                    manifest.files.append(Entry(self._name(file.path), before, [after]))
                else:  # edited by somebody between two writes of this run: their version is the one to go back to
                    entry.before, entry.after = before, [after]
            self._save(manifest)

    def discard(self, paths: Iterable[Path]) -> None:
        """Forget files that were recorded in this run and then not written; without files the run is forgotten, too.

        Raises:
            JournalError: the journal cannot be written.
        """
        manifest = self._current
        names = {self._name(path) for path in paths}
        if manifest is None or not names:
            return
        for entry in manifest.files:
            if entry.path in names:
                entry.after.pop()  # what it was to become; an earlier write of the same run still counts
        manifest.files = [entry for entry in manifest.files if entry.after]
        with _explained_errors():
            if manifest.files:
                self._save(manifest)
            else:
                self._current = None
                shutil.rmtree(self._run_directory(manifest.id))

    def _start(self) -> _Manifest:
        prepare_state_directory(self.root)
        if not self.directory.is_dir():
            check_directory(self.directory.parent)
            self.directory.mkdir(exist_ok=True)
        check_directory(self.directory)
        now = datetime.now(timezone.utc).replace(microsecond=0)
        # never before the newest run, even if the clock was set back: undo goes by this order
        stamp, first = max([(f"{now:%Y%m%dT%H%M%SZ}", 1), *((time, number + 1) for time, number, _ in self._ids()[:1])])
        for number in count(first):
            identity = f"{stamp}-{number}"
            with contextlib.suppress(FileExistsError):
                self._run_directory(identity).mkdir()
                break
        sync_directory(self.directory)
        for _, _, old in self._ids()[self._keep :]:
            shutil.rmtree(self._run_directory(old), ignore_errors=True)
        return _Manifest(identity, now.isoformat(), self._command)

    def _save(self, manifest: _Manifest) -> None:
        path = self._run_directory(manifest.id) / "manifest.json"
        text = json.dumps(asdict(manifest), indent=1)  # ASCII, so that file names which are not UTF-8 survive
        write_file(path, path.read_bytes() if path.exists() else None, text.encode() + b"\n")

    # Reading

    def runs(self) -> list[Run]:
        """All runs, newest first.

        Raises:
            JournalError: a manifest is damaged.
        """
        return [self._public(manifest) for manifest in self._manifests()]

    def _manifests(self) -> list[_Manifest]:
        # a directory without a manifest is a run that ended before it wrote anything
        runs = [run for _, _, run in self._ids()]
        return [self._load(run) for run in runs if os.path.lexists(self._run_directory(run) / "manifest.json")]

    def _ids(self) -> list[tuple[str, int, str]]:
        """Time, number and name of every run's directory, newest first."""
        try:
            names = [_RUN_ID.fullmatch(path.name) for path in self.directory.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise JournalError(f"cannot be read: {error.strerror or error}") from error
        return sorted(((match[1], int(match[2]), match[0]) for match in names if match), reverse=True)

    def _load(self, run: str) -> _Manifest:
        path = self._run_directory(run) / "manifest.json"
        try:
            data: dict[str, Any] = json.loads(path.read_bytes())
            if data["version"] != _VERSION:
                raise JournalError(f"holds a run of another version of tgfix; use that one, or delete {path.parent}")
            files = [Entry(str(entry["path"]), entry["before"], list(entry["after"])) for entry in data["files"]]
            datetime.fromisoformat(data["time"])
            return _Manifest(run, data["time"], [str(word) for word in data["command"]], bool(data["undone"]), files)
        except OSError as error:
            raise JournalError(f"cannot be read: {path}: {error.strerror or error}") from error
        except (ValueError, KeyError, TypeError, RecursionError):
            message = f"is damaged: {path} is no manifest; delete {path.parent} to go on without that run"
            raise JournalError(message) from None

    def _public(self, manifest: _Manifest) -> Run:
        files = tuple(sorted(self.root / entry.path for entry in manifest.files))
        return Run(manifest.id, datetime.fromisoformat(manifest.time), files, manifest.undone, tuple(manifest.command))

    def _run_directory(self, run: str) -> Path:
        return self.directory / run

    def _name(self, path: Path) -> str:
        path = _absolute(path)
        return (path.relative_to(self.root) if path.is_relative_to(self.root) else path).as_posix()

    # Undoing

    def undo(self, run_id: str | None = None) -> UndoReport:
        """Give the files of a run their old bytes back: of the newest run that is not undone, or of the one named.

        Only files that still hold what the run wrote are restored. A file that the run created stays as long as one
        that is left alone names it. A run of which something was restored, or of which nothing is left to restore,
        counts as undone; when restoring failed it does not, so that undo can be tried again.

        Raises:
            JournalError: there is no such run, or a manifest is damaged.
        """
        manifests = self._manifests()
        wanted = [m for m in manifests if (not m.undone if run_id is None else m.id == run_id)]
        if not wanted:
            if run_id is None:
                return UndoReport(None)
            known = ", ".join(m.id for m in manifests) or "none"
            raise JournalError(f"holds no run {run_id} (runs, newest first: {known})")
        manifest = wanted[0]
        undo = Restoring(self.root, self._run_directory(manifest.id), manifest.files)
        undo.run()
        if not any(problem.fatal for problem in undo.problems) and (undo.restored or not undo.changed_since):
            manifest.undone = True
            with _explained_errors():
                self._save(manifest)
        problems = tuple(sorted(undo.problems, key=lambda problem: problem.path))
        changed_since = tuple(sorted(undo.changed_since))
        return UndoReport(self._public(manifest), tuple(sorted(undo.restored)), changed_since, problems)


def prepare_state_directory(root: Path) -> Path:
    """`root/.tgfix`, made if need be, with a .gitignore that hides everything but decisions from git, itself too.

    Raises:
        WriteError: it cannot be made.
        OSError: likewise.
    """
    directory = root / ".tgfix"
    if not Path(os.path.realpath(directory)).is_relative_to(os.path.realpath(root)):
        raise WriteError("cannot be written: its directory .tgfix is a symbolic link that leads out of the project")
    if not directory.is_dir():
        check_directory(root)
        directory.mkdir(exist_ok=True)
    ignore = directory / ".gitignore"
    if not ignore.exists():  # somebody may want other rules
        write_file(ignore, None, _GITIGNORE.encode())
    return directory


@contextlib.contextmanager
def _explained_errors() -> Iterator[None]:
    try:
        yield
    except JournalError:
        raise
    except WriteError as error:
        raise JournalError(str(error)) from error
    except OSError as error:
        raise JournalError(f"cannot be written: {error.filename}: {error.strerror or error}") from error


def _keep_bytes(path: Path, data: bytes) -> None:
    """Store bytes for good, readable by the owner only: the file they come from may be."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with contextlib.suppress(FileExistsError), os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _absolute(path: Path) -> Path:
    return Path(os.path.abspath(path))
