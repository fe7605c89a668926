"""Suppression comments as they are written into sources: added for findings, and taken away where nothing needs them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ..model import Finding
from ..sources.ignore import fits
from ..sources.source import LINE
from ..sources.suppress import Pragma, Suppressions


class NotWritable(Exception):
    """Comments that cannot be put into a text; the message says why."""


@dataclass(frozen=True, slots=True)
class Unused:
    """A comment of which nothing, or not everything, silences something."""

    pragma: Pragma
    #: The selectors that silence nothing.
    selectors: tuple[str, ...]

    @property
    def message(self) -> str:
        """What is wrong, as a clause."""
        names = ", ".join(self.selectors)
        return f"the tgfix comment ignore{'' if self.pragma.blanket else f'[{names}]'} silences nothing any more"


def unused(text: str, silenced: Iterable[Finding], ran: Callable[[str], bool]) -> list[Unused]:
    """The comments of a text that silence none of the findings; `ran` tells whether all that a selector means was run."""
    findings = list(silenced)
    found = []
    for pragma in Suppressions.of(text).pragmas:
        about = [f for f in findings if {f.line, f.end_line} & set(range(pragma.first, pragma.last + 1))]
        idle = tuple(s for s in pragma.selectors if ran(s) and all(fits([s], f.code, f.name) < 0 for f in about))
        if idle:
            found.append(Unused(pragma, idle))
    return found


def without(text: str, comments: Iterable[Unused]) -> str:
    """A text without what is unused in its comments."""
    lines = LINE.findall(text)
    for comment in sorted(comments, key=lambda c: (c.pragma.row, c.pragma.start), reverse=True):
        pragma = comment.pragma
        line = lines[pragma.row - 1]
        kept = [selector for selector in pragma.selectors if selector not in comment.selectors]
        if kept:
            body = line[pragma.start : pragma.end]
            lines[pragma.row - 1] = line[: pragma.start] + _listing(body, kept) + line[pragma.end :]
        else:
            rest = line[pragma.until :]
            before = line[: pragma.start]
            lines[pragma.row - 1] = before + rest if rest.startswith("#") else before.rstrip() + rest
    return _checked(text, "".join(lines))


def with_ignores(text: str, findings: Iterable[Finding], reason: str = "") -> str:
    """A text with a comment on the line of each finding, or added to the one that is there.

    Raises:
        NotWritable: it cannot be read.
    """
    rows: dict[int, list[str]] = {}
    ends = list(_ends(text))
    for finding in (place for each in findings for place in each.places):
        row = next((row for row, last in ends if row >= finding.line and (last or row == finding.line)), finding.line)
        rows.setdefault(row, []).append(finding.code)
    there = {pragma.row: pragma for pragma in Suppressions.of(text).pragmas}
    lines = LINE.findall(text)
    for row, codes in rows.items():
        line, pragma = lines[row - 1], there.get(row)
        codes = sorted(dict.fromkeys(codes))
        if pragma is None:
            code = line.rstrip("\r\n")
            comment = f"# tgfix: ignore[{', '.join(codes)}]{reason and ' '}{reason}"
            lines[row - 1] = f"{code.rstrip()}  {comment}{line[len(code) :]}"
        elif not pragma.blanket:
            body = _listing(line[pragma.start : pragma.end], [*pragma.selectors, *codes])
            lines[row - 1] = line[: pragma.start] + body + line[pragma.end :]
    return _checked(text, "".join(lines))


def _listing(pragma: str, selectors: Iterable[str]) -> str:
    return re.sub(r"\[[^\]]*\]?$", lambda _: f"[{', '.join(dict.fromkeys(selectors))}]", pragma)


def _ends(text: str) -> Iterator[tuple[int, bool]]:
    """The lines behind which a comment may stand, and whether a statement or its head ends there."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            if token.type in (tokenize.NEWLINE, tokenize.NL):
                yield token.start[0], token.type == tokenize.NEWLINE
    except (tokenize.TokenError, SyntaxError):
        return  # what was found does not parse either, and `_checked` says so


def _checked(before: str, after: str) -> str:
    """The text, if it differs in comments alone."""
    try:
        same = ast.dump(ast.parse(before)) == ast.dump(ast.parse(after))
    except (SyntaxError, ValueError) as error:
        raise NotWritable(f"its comments cannot be changed: {error}") from None
    if not same:
        raise NotWritable("its comments cannot be changed without changing the code")
    return after
