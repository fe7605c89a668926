"""Which lines a person has touched, as git tells: since a revision, or in what is staged for the next commit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..model import Finding
from .git import Git, UsageError

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

    def touches(self, finding: Finding, line_of: Callable[[Path, int], int]) -> bool:
        """Whether a finding, or what its change would edit, stands on a touched line or around a deleted one.

        `line_of` gives the 1-based line of an offset in a file.
        """
        if self._touch(finding.path, finding.line, finding.end_line):
            return True
        for part in finding.change.files if finding.change else ():
            if part.edits and self.holds(part.path):
                for edit in part.edits:
                    if self._touch(part.path, line_of(part.path, edit.start), line_of(part.path, edit.end)):
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
