"""git, asked about the repository that a directory belongs to."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

#: Variables that tie git to one repository, as git sets them for its hooks: the directory decides here.
GIT_BINDING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX")
_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")


class UsageError(Exception):
    """The call or the configuration is wrong; nothing was done. The message says what is wrong and what to do."""


def git_toplevel(directory: Path) -> Path | None:
    """The nearest directory upward that holds a ``.git`` (which is a file in worktrees and submodules)."""
    return next((d for d in (directory, *directory.parents) if (d / ".git").exists()), None)


class Git:
    """git in the repository that a directory belongs to.

    Raises:
        UsageError: there is none; the message begins with `option`.
    """

    def __init__(self, directory: Path, option: str) -> None:
        self.option = option
        #: What git said when it last failed.
        self.error = ""
        top = git_toplevel(directory.resolve())
        if top is None:
            raise UsageError(f"{option}: {directory} is in no git repository")
        self.top = top
        self.environment = {name: value for name, value in os.environ.items() if name not in GIT_BINDING}
        # while `git commit FILE` runs its hooks, what it will commit is in an index of its own
        index = os.environ.get("GIT_INDEX_FILE")
        if index is not None and (own := self.run("rev-parse", "--absolute-git-dir")):
            path = Path(os.path.realpath(index))
            if path.is_relative_to(os.path.realpath(os.fsdecode(own.strip()))):
                self.environment["GIT_INDEX_FILE"] = str(path)

    def run(self, *arguments: str, stdin: bytes = b"") -> bytes | None:
        """What git prints; None where it fails."""
        import subprocess  # most runs ask git nothing

        command = ["git", "-C", str(self.top), "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", *arguments]
        try:
            done = subprocess.run(command, input=stdin, capture_output=True, env=self.environment, check=False)
        except OSError as error:
            raise UsageError(f"{self.option}: git cannot be run: {error.strerror or error}") from None
        if done.returncode != 0:
            self.error = done.stderr.decode(errors="replace").strip()
            return None
        return done.stdout

    def need(self, *arguments: str) -> bytes:
        """What git prints.

        Raises:
            UsageError: it fails.
        """
        printed = self.run(*arguments)
        if printed is None:
            raise UsageError(f"{self.option}: `git {' '.join(arguments)}` fails in {self.top}")
        return printed

    def names(self, *arguments: str) -> list[bytes]:
        """The names that git prints, separated by NUL."""
        return self.need(*arguments).split(b"\0")[:-1]

    def path(self, name: bytes) -> Path:
        """The path of a file that git names from the top of its repository."""
        return self.top / os.fsdecode(name)

    def changed(self, *revision: str) -> dict[Path, tuple[range, ...]]:
        """The lines of the work tree that differ from a revision, or from the index, by file.

        Deleted files are left out.
        """
        # what a user has configured for reading diffs is switched off
        options = (
            "--no-renames",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--submodule=short",
            "--diff-filter=d",
        )
        names = self.names("diff", "--name-only", "-z", *options, *revision)
        command = ("diff", "-U0", "--inter-hunk-context=0", "--text", *options, *revision)
        # names in a patch may be quoted or hold a tab, so they are asked for apart; the order is the same
        patches = self.need(*command).split(b"\ndiff --git ") if names else []
        if len(patches) != len(names):  # files in a conflict have patches of another form
            patches = [self.need(*command, "--", f":(top,literal){os.fsdecode(name)}") for name in names]
        return {self.path(name): tuple(_ranges(patch)) for name, patch in zip(names, patches, strict=True)}


def _ranges(patch: bytes) -> Iterator[range]:
    for line in patch.split(b"\n"):
        if match := _HUNK.match(line):
            start = int(match[1])
            length = 1 if match[2] is None else int(match[2])
            yield range(start, start + length) if length else range(start + 1, start + 1)
