"""Commits that hold exactly what a rewrite has changed, whatever else is going on in the work tree."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from ..rewriting.compose import FileResult
from ..sources.git import Git, UsageError

OPTION = "--commit-per-codemod"

#: Where `git blame` is told which commits to look through, by the name that GitHub and git's manual use.
IGNORE_REVS = ".git-blame-ignore-revs"


class CommitError(Exception):
    """Something cannot be committed; the index is as it was. The message is a sentence."""


class Commits:
    """The repository that `directory` is in.

    Raises:
        UsageError: there is none, it has no commit yet, something is staged, or a merge or the like is going on.
    """

    def __init__(self, directory: Path) -> None:
        self.git = Git(directory, OPTION)
        self.top = self.git.top
        if self.git.run("rev-parse", "--verify", "--quiet", "HEAD") is None:
            raise UsageError(f"{OPTION}: {self.top} has no commit yet; commit what there is first")
        if self.git.run("diff", "--cached", "--quiet", "--no-ext-diff") is None:
            raise UsageError(f"{OPTION}: changes are staged in {self.top}; commit or unstage them first (`git reset`)")
        directory = Path(os.fsdecode(self.git.need("rev-parse", "--absolute-git-dir").strip()))
        for name in ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply"):
            if (directory / name).exists():
                raise UsageError(f"{OPTION}: a merge, rebase or the like is going on in {self.top}; finish it first")

    def untracked(self, paths: Iterable[Path]) -> list[Path]:
        """Those of the existing files that git does not track: a rewrite of them cannot be committed by itself."""
        return [path for path in paths if path.exists() and self._entry(path) is None]

    def commit(self, results: Iterable[FileResult], message: str) -> str:
        """Commit what became of some files, and nothing else; returns the hash.

        Raises:
            CommitError: a file is edited around the same lines, or git or one of its hooks refuses.
        """
        results = [result for result in results if result.before != result.after]
        try:
            for result in results:
                self._stage(result)
            if self.git.run("commit", "--quiet", "--file=-", stdin=message.encode()) is None:
                said = " ".join(self.git.error.split()) or "it gives no reason"
                raise CommitError(f"git does not commit: {said}")
        except CommitError:
            self.git.run("reset", "--quiet", "--", *(self._name(result.path) for result in results))
            raise
        return self.git.need("rev-parse", "HEAD").decode().strip()

    def _stage(self, result: FileResult) -> None:
        """Put a file's new content into the index or, where it has other edits too, the difference alone."""
        name = self._name(result.path)
        entry = self._entry(result.path)
        new = self._hash(result.after, f"--path={name}")
        mode = "100644"
        if entry is not None and result.before is not None:
            mode, staged = entry
            old = self._hash(result.before, f"--path={name}")
            if old != staged:
                new = self._merged(name, staged, old, new)
        elif result.before is not None:
            raise CommitError(f"{name} is not tracked by git; commit it first")
        if self.git.run("update-index", "--add", "--cacheinfo", f"{mode},{new},{name}") is None:
            raise CommitError(f"{name} cannot be staged: {self.git.error}")

    def _merged(self, name: str, staged: str, old: str, new: str) -> str:
        """What becomes of the staged object when the step from `old` to `new` is made in it."""
        with tempfile.TemporaryDirectory(prefix="tgfix-") as directory:
            files = []
            for identity in (staged, old, new):
                files.append(Path(directory, identity))
                files[-1].write_bytes(self.git.need("cat-file", "blob", identity))
            merged = self.git.run("merge-file", "--stdout", *map(str, files))
        if merged is None:
            raise CommitError(f"{name} is edited around the same lines and not committed; commit or stash that first")
        return self._hash(merged, "--no-filters")

    def _hash(self, content: bytes, option: str) -> str:
        """The object that git makes of a content; with ``--path`` newlines are converted as is configured for that file."""
        printed = self.git.run("hash-object", "-w", option, "--stdin", stdin=content)
        if printed is None:
            raise CommitError(f"git cannot keep a file's content: {self.git.error}")
        return printed.decode().strip()

    def _entry(self, path: Path) -> tuple[str, str] | None:
        """Mode and object of a file in the index."""
        printed = self.git.run("ls-files", "--stage", "-z", "--", f":(top,literal){self._name(path)}")
        if not printed:
            return None
        mode, identity, _ = printed.split(b"\t")[0].decode().split()
        return mode, identity

    def _name(self, path: Path) -> str:
        return Path(os.path.relpath(os.path.realpath(path), self.top)).as_posix()
