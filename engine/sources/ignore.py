"""What is left out: paths by patterns as git has them, codemods by selectors as ruff has them.

A pattern (https://git-scm.com/docs/gitignore) without a slash matches at every depth, one with a slash from the
directory it belongs to; a directory that matches takes everything below it along.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

#: Never searched, whatever is configured: what version control and tgfix itself keep.
ALWAYS_EXCLUDED = frozenset({".git", ".hg", ".svn", ".bzr", ".tgfix", ".tgfix_cache"})
#: Not searched unless `exclude` is configured: other people's code, and what tools generate.
DEFAULT_EXCLUDES = frozenset(
    {
        ".cache", ".direnv", ".eggs", ".git-rewrite", ".idea", ".ipynb_checkpoints", ".mypy_cache", ".nox", ".pants.d",
        ".pyenv", ".pytest_cache", ".pytype", ".ruff_cache", ".tox", ".venv", ".vscode", "__pycache__",
        "__pypackages__", "buck-out", "build", "dist", "node_modules", "site-packages", "venv",
    }
)  # fmt: skip

#: A path outside the root is matched by its file name alone, below a directory whose name no pattern can spell.
_OUTSIDE = "\0/"


class Patterns:
    """Patterns that belong together, such as the lines of one ``.gitignore``; the last that matches decides.

    Args:
        lines: The patterns.
        strict: Raise for a pattern that git would disregard (otherwise so is done here).

    Raises:
        ValueError: With `strict`; it names the pattern.
    """

    def __init__(self, lines: Iterable[str], *, strict: bool = False) -> None:
        self.lines = tuple(lines)
        self._directories = {"": False}
        if strict:
            for line in self.lines:
                if _compiled(line) is None:
                    raise ValueError(f"{line!r} is no pattern that could match anything")

    def check(self, path: str) -> bool | None:
        """Whether a path is left out (True), kept by a ``!`` pattern (False) or not spoken of (None).

        Only the path itself is looked at, not the directories it is in: who walks has asked about them before.

        Args:
            path: Relative to the directory of the patterns, with forward slashes, one at the end of a directory.
        """
        is_directory = path.endswith("/")
        name = path[:-1] if is_directory else path
        for pattern in self._compiled:
            if (is_directory or not pattern.only_directories) and pattern.regex.fullmatch(name):
                return pattern.include
        return None

    def match(self, path: str) -> bool:
        """Whether a path is left out, itself or by a directory that it is in; `path` as for `check`."""
        if not self.lines:
            return False
        return self._below(path.rstrip("/").rpartition("/")[0]) or self.check(path) is True

    def _below(self, directory: str) -> bool:
        if directory not in self._directories:
            above = self._below(directory.rpartition("/")[0])
            self._directories[directory] = above or self.check(directory + "/") is True
        return self._directories[directory]

    @cached_property
    def _compiled(self) -> list[_Pattern]:
        """What they say, the last first."""
        return [pattern for line in reversed(self.lines) if (pattern := _compiled(line)) is not None]


class _Pattern(NamedTuple):
    regex: re.Pattern[str]
    #: False for one that begins with an exclamation mark.
    include: bool
    only_directories: bool


def _compiled(line: str) -> _Pattern | None:
    """What a line says; None for one that git disregards or that can match nothing."""
    pattern = re.sub(r"(?<!\\) +$", "", line)
    include = not pattern.startswith("!")
    pattern = pattern if include else pattern[1:]
    only_directories = pattern.endswith("/")
    pattern = pattern[:-1] if only_directories else pattern
    anchored = "/" in pattern
    pattern = pattern.removeprefix("./").removeprefix("/") if anchored else pattern
    regex = _regex(pattern) if pattern and not line.startswith("#") else None
    if regex is None:
        return None
    return _Pattern(re.compile(("" if anchored else "(?:.*/)?") + regex, re.DOTALL), include, only_directories)


#: The parts of a pattern, as git's wildmatch reads them.
_PARTS = re.compile(
    r"""(?P<above>(?:^|(?<=/))\*\*+/)        # any directories, or none
      | (?P<below>(?<=/)\*\*+$)             # everything in a directory
      | (?P<star>\*+) | (?P<one>\?)
      | \[(?P<negated>[!^]?)(?P<set>\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]
      | \\(?P<escaped>.) | (?P<literal>[^\\[])""",
    re.VERBOSE | re.DOTALL,
)
_MEMBERS = re.compile(r"\[:(?P<kind>\w+):\]|(?P<low>\\.|.)(?:-(?P<high>\\.|.))?", re.DOTALL)
_KINDS = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "digit": "0-9", "lower": "a-z", "space": "\\s",
    "upper": "A-Z", "xdigit": "0-9a-fA-F", "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}  # fmt: skip


def _regex(pattern: str) -> str | None:
    parts = []
    position = 0
    while position < len(pattern):
        found = _PARTS.match(pattern, position)
        if found is None:  # an unclosed bracket, or a backslash at the end
            return None
        position = found.end()
        match found.lastgroup:
            case "above":
                parts.append("(?:.*/)?")
            case "below":
                parts.append(".+")
            case "star":
                parts.append("[^/]*")
            case "one":
                parts.append("[^/]")
            case "set":
                parts.append(_set(found["set"], bool(found["negated"])))
            case kind:
                parts.append(re.escape(found[kind or 0]))
    return "".join(parts)


def _set(members: str, negated: bool) -> str:
    allowed = ""
    for member in _MEMBERS.finditer(members):
        low, high = (part and part[-1] for part in member.group("low", "high"))
        if member["kind"]:
            allowed += _KINDS.get(member["kind"], "")
        elif high is None:
            allowed += re.escape(low)
        elif low <= high:
            allowed += f"{re.escape(low)}-{re.escape(high)}"
    return f"(?!/)[{'^' if negated else ''}{allowed}]" if allowed else "[^/]" if negated else "(?!)"


def absolute(path: str | os.PathLike[str]) -> str:
    """The absolute path without ``.`` and ``..``; symbolic links stay."""
    return os.path.abspath(path)  # `Path.resolve` would follow links


class Named:
    """Files, for `in`, by whatever name."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = frozenset(name for path in files for name in (path, path.resolve()))

    def __contains__(self, path: object) -> bool:
        return isinstance(path, Path) and (path in self._files or path.resolve() in self._files)


def lies_in(path: str | os.PathLike[str], root: str | os.PathLike[str]) -> bool:
    """Whether a path leads to something in a folder, itself included, with all symbolic links followed."""
    top, real = os.path.realpath(root), os.path.realpath(path)
    return real == top or real.startswith(os.path.join(top, ""))


def relative(path: str, root: str) -> str:
    """A path as patterns of `root` see it: relative, with forward slashes."""
    prefix = root if root.endswith(os.sep) else root + os.sep
    inside = path[len(prefix) :] if path.startswith(prefix) else _OUTSIDE + path[path.rindex(os.sep) + 1 :]
    return inside.replace(os.sep, "/") if os.sep != "/" else inside


def fits(selectors: Iterable[str], code: str, name: str) -> int:
    """How closely the best fitting selector fits a codemod: the more the closer, -1 if none fits. Case does not matter.

    A selector is a code (TGF501), the beginning of one that holds all its letters (TGF5), a name (async-sleep) or ALL.
    """
    return max((_fit(selector.casefold(), code.casefold(), name.casefold()) for selector in selectors), default=-1)


def _fit(selector: str, code: str, name: str) -> int:
    if selector == "all":
        return 0
    if selector == name:
        return len(code)
    letters = len(code.rstrip("0123456789"))
    return len(selector) if len(selector) >= letters and code.startswith(selector) else -1


def split_selectors(values: Iterable[str]) -> tuple[str, ...]:
    """The selectors in values that may each hold several, separated by commas."""
    return tuple(part for value in values for part in map(str.strip, value.split(",")) if part)
