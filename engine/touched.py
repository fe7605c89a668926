"""Which lines a person has touched, as git tells: since a revision, or in what is staged for the next commit."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .config import UsageError, git_toplevel
from .discover import GIT_BINDING

if TYPE_CHECKING:
    from .model import Finding
    from .project import Project

_HUNK = re.compile(rb"@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@")
_ALL = range(1, 1 << 62)


@dataclass(frozen=True)
class Touched:
    """The touched lines of the work tree, by the real path of the file: ranges of 1-based lines.

    Where lines were only deleted, the range is empty and begins at the line behind the gap.
    """

    lines: Mapping[Path, tuple[range, ...]]

    def holds(self, path: Path) -> bool:
        """Whether anything in a file was touched."""
        return path in self.lines or path.resolve() in self.lines

    def touches(self, finding: Finding, project: Project) -> bool:
        """Whether a finding, or what its change would edit, stands on a touched line or around a deleted one."""
        if self._touch(finding.path, finding.line, finding.end_line):
            return True
        for part in finding.change.files if finding.change else ():
            if part.edits and self.holds(part.path):
                module = project.module(part.path)
                for edit in part.edits:
                    if self._touch(part.path, module.position(edit.start)[0], module.position(edit.end)[0]):
                        return True
        return False

    def _touch(self, path: Path, first: int, last: int) -> bool:
        ranges = self.lines.get(path) or self.lines.get(path.resolve()) or ()
        return any(r.start <= last and first < r.stop if r else first < r.start <= last for r in ranges)


def touched_since(directory: Path, revision: str) -> Touched:
    """What differs in the work tree from where its branch left `revision`, and the files that git does not track yet.

    Raises:
        UsageError: there is no git repository, no git, or no such revision.
    """
    git = Git(directory, "--since")
    if git.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}") is None:
        raise UsageError(f"--since {revision}: git knows no such revision; give a branch, a tag or a commit")
    base = git.run("merge-base", revision, "HEAD")
    start = base.decode().strip() if base else revision
    lines = git.changed(start)
    for name in git.names("ls-files", "-z", "--others", "--exclude-standard", "--full-name", ":/"):
        lines[git.path(name)] = (_ALL,)
    return Touched(lines)


def touched_in_index(directory: Path) -> Touched:
    """What is staged for the next commit, at the lines where it stands in the work tree.

    Lines that were changed again after they were staged do not count: they are not part of the commit.

    Raises:
        UsageError: there is no git repository, or no git.
    """
    git = Git(directory, "--staged")
    head = git.run("rev-parse", "--verify", "--quiet", "HEAD")
    last = head.decode().strip() if head else git.need("hash-object", "-t", "tree", "--stdin").decode().strip()
    staged = {git.path(name) for name in git.names("diff", "--cached", "--name-only", "--no-renames", "-z", last)}
    later = git.changed()
    lines = {}
    for path, ranges in git.changed(last).items():
        if path in staged:
            lines[path] = tuple(_without(ranges, later.get(path, ())))
    return Touched(lines)


def _without(ranges: Iterable[range], others: Iterable[range]) -> Iterator[range]:
    """The ranges less the lines of the others."""
    for whole in ranges:
        if not whole:
            if whole not in others:
                yield whole
            continue
        start = whole.start
        for other in sorted((o for o in others if o), key=lambda o: o.start):
            if other.start < whole.stop and other.stop > start:
                if other.start > start:
                    yield range(start, other.start)
                start = other.stop
        if start < whole.stop:
            yield range(start, whole.stop)


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
