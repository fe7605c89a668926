"""Taking a run back, file by file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..problem import Problem
from .atomic import WriteError, remove_file, stay_inside, write_file


@dataclass
class Entry:
    """A file that a run has written, as the journal keeps it."""

    #: Relative to the root, with slashes, if the file is below it.
    path: str
    #: SHA-256 of the content before the run; None if there was no file.
    before: str | None
    #: SHA-256 of every content that the run has given it, in order.
    after: list[str]


class Restoring:
    """Puts files back as they were before a run; what somebody has changed since is left alone."""

    def __init__(self, root: Path, stored: Path, entries: Iterable[Entry]) -> None:
        self.root = root
        self.stored = stored
        # files that existed before come first: what they no longer need can go afterwards
        self.entries = sorted(entries, key=lambda entry: entry.before is None)
        self.restored: list[Path] = []
        self.changed_since: list[Path] = []
        self.problems: list[Problem] = []
        self.left: list[tuple[Path, bytes]] = []

    def run(self) -> None:
        """Restore what can be restored."""
        for entry in self.entries:
            path = self.root / entry.path
            try:
                self._restore(path, entry)
            except WriteError as error:
                self.problems.append(Problem(path, str(error), fatal=True))
            except OSError as error:
                self.problems.append(Problem(path, f"cannot be read: {error.strerror or error}", fatal=True))

    def _restore(self, path: Path, entry: Entry) -> None:
        stay_inside(path, self.root)
        try:
            current = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            if entry.before is not None:
                self.changed_since.append(path)
            return
        digest = digest_of(current)
        if digest == entry.before:
            return
        if digest not in entry.after:
            self.changed_since.append(path)
            self.left.append((path, current))
            return
        if entry.before is None:
            users = [user.name for user, content in self.left if path.stem.encode() in content]
            if users:
                reason = f"is kept, because {' and '.join(users)} may need it and was left alone"
                self.problems.append(Problem(path, reason))
                return
            remove_file(path, current)
        else:
            self.left.append((path, current))  # as long as the next lines have not succeeded
            write_file(path, current, self._old_bytes(entry.before))
            self.left.pop()
        self.restored.append(path)

    def _old_bytes(self, digest: str) -> bytes:
        try:
            data = (self.stored / digest).read_bytes()
        except OSError:
            data = b""
        if digest_of(data) != digest:
            raise WriteError(f"cannot be restored: its old bytes in {self.stored} are missing or damaged")
        return data


def digest_of(data: bytes | None) -> str | None:
    """The SHA-256 of a content, None for no file."""
    return None if data is None else hashlib.sha256(data).hexdigest()
