"""From the paths of a call to the Python files below them.

In a git repository git says what is tracked, or untracked and not ignored. Elsewhere, and where git is missing or
refuses, the directories are walked by the rules of the ``.gitignore`` files in them.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..problem import Problem
from .config import Settings, did_you_mean
from .git import GIT_BINDING, UsageError, git_toplevel
from .ignore import ALWAYS_EXCLUDED, DEFAULT_EXCLUDES, Patterns, absolute, lies_in

if TYPE_CHECKING:
    from subprocess import CompletedProcess

SUFFIXES = (".py", ".pyw")
#: Looked into where it is named.
NOTEBOOK = ".ipynb"

#: A tracked file in the output of ``git ls-files --stage``; untracked ones have no such beginning.
_STAGED = re.compile(rb"([0-7]{6}) [0-9a-f]{40,64} [0-3]\t")
_SUBMODULE = b"160000"


@dataclass(frozen=True, slots=True)
class Discovery:
    """What the paths of a call came to."""

    #: Absolute, in order of path, each real file once.
    files: tuple[Path, ...]
    #: Directories that were not searched although they might have been meant.
    problems: tuple[Problem, ...] = ()


def discover(paths: Sequence[Path], settings: Settings) -> Discovery:
    """The Python files that `paths` stand for.

    A file that is named is taken whatever its suffix, unless the configured exclusions leave it out. A directory is
    searched for ``*.py`` and ``*.pyw``; directories below it that are excluded by default or configuration, that hold
    a virtual environment, or that are reached by a symbolic link are not entered. Two paths to one file count once,
    under its own.

    Raises:
        UsageError: A path does not exist or is neither a file nor a directory.
    """
    search = _Search(settings)
    for path in paths:
        search.add(path)
    return Discovery(search.files(), tuple(search.problems))


class _Search:
    def __init__(self, settings: Settings) -> None:
        self.root = str(settings.root)
        self.settings = settings
        self.excluded = ALWAYS_EXCLUDED | (DEFAULT_EXCLUDES if settings.exclude is None else frozenset())
        self.problems: list[Problem] = []
        self.notebooks: list[str] = []
        #: Real path → the best path to it so far: (reached by a link, path).
        self.found: dict[str, tuple[bool, str]] = {}
        self.real_directory = lru_cache(maxsize=None)(os.path.realpath)

    def add(self, given: Path) -> None:
        path = absolute(given)
        try:
            mode = os.stat(path).st_mode
        except (FileNotFoundError, NotADirectoryError):
            raise UsageError(f"{given} does not exist{_nearest(path)}") from None
        except OSError as error:
            raise UsageError(f"{given} cannot be read: {error.strerror or error}") from None
        if path.startswith(os.path.join(self.root, "")) and not lies_in(path, self.root):
            self.leads_out(path)
        elif stat.S_ISDIR(mode):
            self.search(path)
        elif not stat.S_ISREG(mode):
            raise UsageError(f"{given} is neither a file nor a directory")
        elif not self.settings.excludes(path):
            head, name = os.path.split(path)
            self.keep(path, os.path.join(self.real_directory(head), name), os.path.islink(path))

    def keep(self, path: str, real: str, is_link: bool) -> None:
        """Take a file; `real` is its real path, but for the file itself where it is a link."""
        if is_link:
            real = os.path.realpath(real)
            if not real.startswith(os.path.join(self.real_directory(self.root), "")):
                return self.leads_out(path)
        ranked = (is_link or path != real, path)
        if real not in self.found or ranked < self.found[real]:
            self.found[real] = ranked

    def leads_out(self, path: str) -> None:
        message = "is a symbolic link that leads out of the project, so it is neither read nor changed"
        self.problems.append(Problem(Path(path), message))

    def files(self) -> tuple[Path, ...]:
        # the order of `Path`, at a fraction of what comparing paths costs
        paths = sorted((path for _, path in self.found.values()), key=lambda path: os.path.normcase(path).split(os.sep))
        return tuple(map(Path, paths))

    def search(self, base: str) -> None:
        self.search_below(base)
        if self.notebooks:
            several = f"there are {len(self.notebooks)} notebooks" if len(self.notebooks) > 1 else "there is a notebook"
            example = os.path.relpath(self.notebooks[0], base)
            message = f"{several} in it, which a search leaves out; name what is to be looked into ({example})"
            self.problems.append(Problem(Path(base), message, remark=True))
            self.notebooks = []

    def search_below(self, base: str) -> None:
        real = self.real_directory(base)
        top = git_toplevel(Path(real))
        listed = _git_listing(base) if top else None
        if listed is None:
            rules = _rules_above(real, str(top or os.path.realpath(self.root)))
            self.walk(base, real, rules, in_repository=top is not None)
        elif not self.take(base, real, listed) and real != str(top) and _git_ignores(real):
            self.walk(base, real, (), in_repository=True)  # named although git ignores it, so it is meant

    def enters(self, base: str, name: str, known: dict[str, bool]) -> bool:
        """Whether the directory `name` below `base`, and all between them, may be searched."""
        if name not in known:
            above, _, last = name.rpartition("/")
            path = os.path.join(base, name)
            # git goes on listing what it tracked in a directory that a link has replaced since
            known[name] = self.enters(base, above, known) and self.may_enter(path, last) and not os.path.islink(path)
        return known[name]

    def may_enter(self, path: str, name: str) -> bool:
        # a pyvenv.cfg makes a virtual environment, whatever its directory is called
        return name not in self.excluded and not os.path.exists(os.path.join(path, "pyvenv.cfg"))

    def not_searched(self, path: str) -> None:
        if os.path.lexists(os.path.join(path, ".git")) and not self.settings.excludes(path + os.sep):
            message = "is a git repository of its own and was not searched; name it to include it"
            self.problems.append(Problem(Path(path), message))

    def notebook(self, path: str) -> None:
        if not self.settings.excludes(path):
            self.notebooks.append(path)

    # With git

    def take(self, base: str, real: str, listed: list[bytes]) -> bool:
        """Take what the search wants from git's list, relative to `base`; whether there is any Python in it."""
        entered = {"": True}
        python = False
        for entry in listed:
            staged = _STAGED.match(entry)
            name = os.fsdecode(entry[staged.end() :] if staged else entry)
            path = os.path.join(base, name)
            if name.endswith("/") or (staged and staged[1] == _SUBMODULE):
                if self.enters(base, name.rstrip("/"), entered):
                    self.not_searched(path.rstrip("/"))
                continue
            if not name.endswith(SUFFIXES):
                if name.endswith(NOTEBOOK) and self.enters(base, name.rpartition("/")[0], entered):
                    self.notebook(path)
                continue
            try:
                mode = os.lstat(path).st_mode
                if is_link := stat.S_ISLNK(mode):
                    mode = os.stat(path).st_mode
            except OSError:
                continue  # tracked and deleted, or a link to nowhere
            if not stat.S_ISREG(mode):
                continue
            python = True
            if self.enters(base, name.rpartition("/")[0], entered) and not self.settings.excludes(path):
                self.keep(path, os.path.join(real, name), is_link)
        return python

    # Without git

    def walk(self, base: str, real: str, rules: tuple[_Rules, ...], *, in_repository: bool) -> None:
        """Take what the directories at and below `base` hold and no rule ignores."""
        pending = [(base, real, rules)]
        while pending:
            directory, real, rules = pending.pop()
            try:
                with os.scandir(directory) as scan:
                    entries = list(scan)
            except OSError as error:
                message = f"cannot be read, so it was not searched: {error.strerror or error}"
                self.problems.append(Problem(Path(directory), message))
                continue
            if any(entry.name == ".gitignore" for entry in entries):
                rules = (*rules, _Rules.of(real))
            for entry in entries:
                path, real_path = entry.path, os.path.join(real, entry.name)
                if entry.is_dir(follow_symlinks=False):
                    if not self.may_enter(path, entry.name) or _ignored(rules, real_path + os.sep):
                        continue
                    if in_repository and os.path.lexists(os.path.join(path, ".git")):
                        self.not_searched(path)
                    elif not self.settings.excludes(path + os.sep):
                        pending.append((path, real_path, rules))
                elif entry.name.endswith(NOTEBOOK):
                    if not _ignored(rules, real_path):
                        self.notebook(path)
                elif entry.name.endswith(SUFFIXES) and os.path.isfile(path):
                    if not _ignored(rules, real_path) and not self.settings.excludes(path):
                        self.keep(path, real_path, entry.is_symlink())


@dataclass(frozen=True, slots=True)
class _Rules:
    """One ignore file."""

    #: What the paths that it speaks of begin with.
    prefix: str
    patterns: Patterns

    @classmethod
    def of(cls, directory: str, *name: str) -> _Rules:
        """Those of a directory's ``.gitignore``, or of the file `name` in it; none where there is no such file."""
        file = os.path.join(directory, *(name or (".gitignore",)))
        try:
            with open(file, "rb") as stream:
                data = stream.read().removeprefix(b"\xef\xbb\xbf")
        except OSError:
            data = b""
        lines = os.fsdecode(data).split("\n")
        return cls(os.path.join(directory, ""), Patterns(line.rstrip("\r") for line in lines))


def _ignored(rules: Sequence[_Rules], path: str) -> bool:
    """Whether a path (a directory's ends in a slash) is ignored. The nearest ignore file that speaks of it decides."""
    for rule in reversed(rules):
        verdict = rule.patterns.check(path[len(rule.prefix) :].replace(os.sep, "/"))
        if verdict is not None:
            return verdict
    return False


def _rules_above(real: str, top: str) -> tuple[_Rules, ...]:
    """What the ignore files above a searched directory say; nothing if they ignore all of it, since it was named."""
    if not os.path.join(real, "").startswith(os.path.join(top, "")):
        return ()
    rules = [_Rules.of(top, ".git", "info", "exclude")]
    directory = top
    for step in filter(None, real[len(top) :].split(os.sep)):
        rules.append(_Rules.of(directory))
        directory = os.path.join(directory, step)
        if _ignored(rules, os.path.join(directory, "")):
            return ()
    return tuple(rules)


def _git(directory: str, *arguments: str) -> CompletedProcess[bytes] | None:
    """Run git in a directory; None where there is no git."""
    import subprocess

    environment = {name: value for name, value in os.environ.items() if name not in GIT_BINDING}
    # a repository's own configuration may name a program to ask for changes; nobody asked to run that
    command = ["git", "-C", directory, "-c", "core.fsmonitor=false", *arguments]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env=environment, check=False)
    except OSError:
        return None


def _git_listing(directory: str) -> list[bytes] | None:
    """What git tracks below a directory, and what it neither tracks nor ignores; None where git cannot say."""
    done = _git(directory, "ls-files", "-z", "--stage", "--cached", "--others", "--exclude-standard")
    if done is None or done.returncode != 0:
        return None
    return done.stdout.split(b"\0")[:-1]


def _git_ignores(directory: str) -> bool:
    above, name = os.path.split(directory)
    done = _git(above, "check-ignore", "--quiet", "--", f"./{name}")
    return done is not None and done.returncode == 0


def _nearest(path: str) -> str:
    head, name = os.path.split(path)
    try:
        return did_you_mean(name, os.listdir(head))
    except OSError:
        return ""
