"""Suppression comments: ``# tgfix: ignore``, ``# tgfix: ignore[TGF201, async-sleep]`` and ``# tgfix: skip-file``.

Only real comments count, not the inside of strings. Other pragmas may stand before and prose behind.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from .config import did_you_mean
from .ignore import fits, split_selectors

_PRAGMA = re.compile(r"#\s*tgfix:\s*(?P<verb>[\w-]*)(?:\s*(?P<bracket>\[)(?P<selectors>[^\]#]*)(?P<closed>\])?)?")
#: Without its own ``#`` it is prose, unless it says what only a pragma says.
_WITHOUT_HASH = re.compile(r"(?<![\w-])tgfix:\s*(?:ignore|skip-file)\b")
_SELECTOR = re.compile(r"[A-Za-z]+[0-9]*|[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_VERBS = ("ignore", "skip-file")
_ALL = ("ALL",)


@dataclass(frozen=True, slots=True)
class PragmaWarning:
    """A comment that means to suppress something and does not."""

    #: 1-based.
    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Pragma:
    """A comment that silences something, and where it stands."""

    #: The lines that it silences, 1-based and inclusive.
    first: int
    last: int
    #: Its own line, 1-based.
    row: int
    #: In its line, 0-based: from its ``#`` to the end of its brackets, and with the prose behind it to the next ``#``.
    start: int
    end: int
    until: int
    selectors: tuple[str, ...]
    #: Without brackets: it silences all.
    blanket: bool


@dataclass(frozen=True, slots=True)
class Suppressions:
    """What the comments of one file suppress."""

    skip_file: bool = False
    warnings: tuple[PragmaWarning, ...] = ()
    pragmas: tuple[Pragma, ...] = ()
    #: Line → selectors of the codemods that it silences.
    _lines: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> Suppressions:
        """The suppressions of a source text with newlines of any style. What is no Python suppresses nothing."""
        if "tgfix:" not in text:
            return _NOTHING
        skip_file = False
        warnings: list[PragmaWarning] = []
        lines: dict[int, tuple[str, ...]] = {}
        found: list[Pragma] = []
        for comment in _comments(text):
            pragmas = list(_PRAGMA.finditer(comment.text))
            if not pragmas and _WITHOUT_HASH.search(comment.text):
                warnings.append(PragmaWarning(comment.last, "has no effect, because tgfix: does not follow a #"))
            for pragma in pragmas:
                verb = pragma["verb"]
                problem = _problem(pragma)
                if problem is None and verb == "ignore" and comment.alone:
                    problem = "has no effect on a line of its own; put it at the end of the line it is meant for"
                if problem is not None:
                    warnings.append(PragmaWarning(comment.last, problem))
                if verb == "skip-file":
                    skip_file = True
                elif verb == "ignore":
                    blanket = pragma["bracket"] is None
                    silenced = _ALL if blanket else tuple(_readable(pragma["selectors"]))
                    if problem is None:
                        found.append(comment.pragma(pragma, silenced, blanket))
                    for line in range(comment.first, comment.last + 1):
                        lines[line] = (*lines.get(line, ()), *silenced)
        return cls(skip_file, tuple(warnings), tuple(found), lines)

    def silences(self, line: int, end_line: int, code: str, name: str) -> bool:
        """Whether a finding from `line` to `end_line` (1-based, inclusive) is silenced.

        That is by a comment on its first or its last line, or at the end of the statement that one of these belongs to.
        """
        return any(fits(self._lines.get(at, ()), code, name) >= 0 for at in {line, end_line})


_NOTHING = Suppressions()


@dataclass(frozen=True, slots=True)
class _Comment:
    text: str
    #: The lines it is about: its own, and when a statement ends there those of the statement.
    first: int
    last: int
    #: Nothing else stands on the line.
    alone: bool
    #: Where it begins in the line.
    column: int

    def pragma(self, found: re.Match[str], selectors: tuple[str, ...], blanket: bool) -> Pragma:
        """One of the pragmas in it."""
        end = found.end() if found["bracket"] else found.end("verb")
        until = self.text.find("#", end)
        until = len(self.text) if until < 0 else until
        at = self.column
        return Pragma(self.first, self.last, self.last, at + found.start(), at + end, at + until, selectors, blanket)


def _comments(text: str) -> Iterator[_Comment]:
    """The comments with "tgfix:" in them."""
    first: int | None = None  # line where the statement began
    code = 0  # last line with anything but a comment
    pending: tuple[str, int] | None = None  # text and column
    # lines are counted as `ast` does once newlines are universal
    reader = io.StringIO(text, newline=None).readline
    try:
        for token in tokenize.generate_tokens(reader):
            row = token.start[0]
            if token.type == tokenize.COMMENT:
                pending = (token.string, token.start[1]) if "tgfix:" in token.string else None
            elif token.type in (tokenize.NEWLINE, tokenize.NL):
                if pending is not None:
                    alone = code != row
                    ends = token.type == tokenize.NEWLINE and first is not None
                    yield _Comment(pending[0], first if ends and first is not None else row, row, alone, pending[1])
                    pending = None
                if token.type == tokenize.NEWLINE:
                    first = None
            elif token.type not in (tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER):
                first = row if first is None else first
                code = token.end[0]
    except (tokenize.TokenError, SyntaxError):
        return  # the parser says what is wrong with it


def _problem(pragma: re.Match[str]) -> str | None:
    """What is wrong with a pragma; what can be read of it counts all the same."""
    verb = pragma["verb"]
    if verb not in _VERBS:
        hint = did_you_mean(verb, _VERBS) or "; there are " + " and ".join(_VERBS)
        return f"tgfix: {verb or 'nothing'} is not understood{hint}"
    if pragma["bracket"] is None:
        return None
    if verb == "skip-file":
        return "skip-file takes no codemods; it skips the file for all of them"
    if not pragma["closed"]:
        return "ignore[ has no closing bracket"
    wrong = [s for s in split_selectors([pragma["selectors"]]) if not _SELECTOR.fullmatch(s)]
    if wrong:
        return f"ignore[{wrong[0]}] is no code, code prefix or name of a codemod"
    return None if pragma["selectors"].strip(" ,") else "ignore[] silences nothing; without brackets it silences all"


def _readable(selectors: str) -> Iterator[str]:
    return (s for s in split_selectors([selectors]) if _SELECTOR.fullmatch(s))
