"""What is left out: paths by patterns as git has them, codemods by selectors as ruff has them.

A pattern (https://git-scm.com/docs/gitignore) without a slash matches at every depth, one with a slash from the
directory it belongs to; a directory that matches takes everything below it along.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cached_property
from typing import Any

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

    They are compiled when first asked (`pathspec` costs 15 ms to import), and again after pickling.

    Args:
        lines: The patterns.
        strict: Raise for a pattern that git would disregard; otherwise such a pattern is left out.

    Raises:
        ValueError: With `strict`, naming the pattern that means nothing.
    """

    def __init__(self, lines: Iterable[str], *, strict: bool = False) -> None:
        self.lines = tuple(lines)
        self._directories: dict[str, bool] = {"": False}
        if strict:
            for line in self.lines:
                if not _compiled(line):
                    raise ValueError(f"{line!r} is no pattern that could match anything")

    def __reduce__(self) -> tuple[Any, ...]:
        return Patterns, (self.lines,)

    def check(self, path: str) -> bool | None:
        """Whether a path is left out (True), kept by a ``!`` pattern (False) or not spoken of (None).

        Only the path itself is looked at, not the directories it is in: who walks has asked about them before.

        Args:
            path: Relative to the directory of the patterns, with forward slashes, one at the end of a directory.
        """
        for regex, include in self._compiled:
            found = regex.match(path)
            # `pathspec` also matches what lies below a matching directory, and marks the slash behind that directory
            if found and (_MARK not in regex.groupindex or found.start(_MARK) in (-1, len(path) - 1)):
                return include
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
    def _compiled(self) -> list[tuple[re.Pattern[str], bool]]:
        """Regular expression and whether it leaves out, the last first."""
        return [pattern for line in reversed(self.lines) for pattern in _compiled(line)]


#: How `pathspec` calls the group that matches the slash behind a directory.
_MARK = "ps_d"


def _compiled(line: str) -> list[tuple[re.Pattern[str], bool]]:
    """The pattern of a line; none for a blank line, a comment and what git could not read either."""
    if not line.strip():
        return []
    from pathspec import GitIgnoreSpec

    if line.startswith("./"):
        line = line[1:]  # no path begins so; meant is "from here"
    try:
        patterns = GitIgnoreSpec.from_lines([line]).patterns
    except (ValueError, re.error):
        return []
    return [(p.regex, p.include) for p in patterns if p.regex is not None and p.include is not None]


def absolute(path: str | os.PathLike[str]) -> str:
    """The absolute path without ``.`` and ``..``; symbolic links stay."""
    return os.path.abspath(path)  # `Path.resolve` would follow links


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
