"""A line that became too long, broken at its brackets as black breaks it."""

from __future__ import annotations

import contextlib
import io
import tokenize
from collections.abc import Iterator
from itertools import pairwise

from .layout import widest

_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
#: How the parts of a comprehension begin.
_LOOPS = ("for ", "async for ", "if ")
#: Tokens of f-strings, whose brackets are no places to break at (Python 3.12 and newer tell them apart).
_TEXT_BEGINS, _TEXT_ENDS = ("FSTRING_START", "TSTRING_START"), ("FSTRING_END", "TSTRING_END")


def broken(line: str, at: int, indent: str, unit: str, most: int) -> str:
    """`line`, which begins at `indent`, on several lines of at most `most` columns: broken at the brackets around the offset `at`.

    It is returned as it is where that does not help, or where it cannot be read by itself.
    """
    pairs = [(a, b) for a, b in _pairs(line) if a <= at < b and line[a + 1 : b].strip()]
    for start, end in sorted(pairs):
        if widest(indent) + start + 1 <= most:
            return _split(line, start, end, indent, unit, most)
    if pairs:  # what stands before the first bracket is too long already: behind it lines are shorter all the same
        divided = _split(line, *min(pairs), indent, unit, most)
        return divided if widest(divided) < widest(indent) + len(line) else line
    return line


def _split(line: str, start: int, end: int, indent: str, unit: str, most: int) -> str:
    """`line` with what stands between two brackets on lines of its own."""
    deeper, body = indent + unit, line[start + 1 : end].strip()
    parts = _parts(body)
    if widest(deeper) + len(body.rstrip(", ")) <= most:
        lines = [body.rstrip(", ") if len(parts) > 1 else body]
    else:
        comma = "," if len(parts) > 1 and not any(part.startswith(_LOOPS) for part in parts[1:]) else ""
        lines = [_shortened(part + comma, deeper, unit, most) for part in (parts if len(parts) > 1 else [body])]
    return "\n".join([line[: start + 1], *(deeper + one for one in lines), f"{indent}{line[end:]}"])


def _shortened(line: str, indent: str, unit: str, most: int) -> str:
    """A line that is broken at its last brackets if it is too long."""
    outer = [(a, b) for a, b in _outermost(line) if line[a + 1 : b].strip()]
    if widest(indent) + len(line) <= most or not outer:
        return line
    return _split(line, *outer[-1], indent, unit, most)


def _parts(body: str) -> list[str]:
    """What commas divide, or the parts of a comprehension."""
    inside, cuts, loops, parameters = _outermost(body), list[int](), list[int](), 0
    for token in _tokens(body):
        place = token.start[1]
        if any(a <= place <= b for a, b in inside):
            continue
        parameters += (token.string == "lambda") - (token.string == ":" and parameters > 0)
        if token.string == "," and not parameters:
            cuts.append(place)
        elif token.string in ("for", "async", "if") and (token.string != "if" or loops):
            loops.append(place)
    if loops:
        loops = [place for place in loops if not body[:place].endswith("async ")]
        return [body[a:b].strip() for a, b in zip([0, *loops], [*loops, len(body)], strict=True)]
    edges = [-1, *cuts, len(body)]
    return [part for a, b in pairwise(edges) if (part := body[a + 1 : b].strip())]


def _outermost(line: str) -> list[tuple[int, int]]:
    found = sorted(_pairs(line))
    return [(a, b) for a, b in found if not any(c < a and b < d for c, d in found)]


def _pairs(line: str) -> Iterator[tuple[int, int]]:
    """The brackets of a line that belong together."""
    open_: list[int] = []
    for token in _tokens(line):
        if token.string in _OPENING:
            open_.append(token.start[1])
        elif token.string in _CLOSING and open_:
            yield open_.pop(), token.start[1]


def _tokens(line: str) -> Iterator[tokenize.TokenInfo]:
    """The tokens of a line that are no part of a text."""
    inside = 0
    with contextlib.suppress(tokenize.TokenError, SyntaxError):  # brackets that other lines close
        for token in tokenize.generate_tokens(io.StringIO(line).readline):
            name = tokenize.tok_name[token.type]
            inside += (name in _TEXT_BEGINS) - (name in _TEXT_ENDS)
            if not inside and token.type in (tokenize.OP, tokenize.NAME):
                yield token
