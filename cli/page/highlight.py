"""Python in colours, as classes of HTML elements: tokens of a whole file, asked for line by line."""

from __future__ import annotations

import builtins
import html
import io
import keyword
import tokenize
from collections.abc import Iterable

from ..diffrows import Spans

_NAMES = frozenset(dir(builtins))
#: Kinds of tokens by their names, which differ between versions of Python (f-strings have tokens of their own since 3.12).
_STRINGS = {
    "STRING",
    "FSTRING_START",
    "FSTRING_MIDDLE",
    "FSTRING_END",
    "TSTRING_START",
    "TSTRING_MIDDLE",
    "TSTRING_END",
}

Piece = tuple[int, int, str]


def pieces_by_line(text: str) -> dict[int, list[Piece]]:
    """The coloured pieces of a program: line → (start, end, class). What is no Python has none."""
    found: dict[int, list[Piece]] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            kind = _class(token)
            if not kind:
                continue
            (first, start), (last, end) = token.start, token.end
            for line in range(first, last + 1):
                piece = (start if line == first else 0, end if line == last else 1 << 30, kind)
                found.setdefault(line, []).append(piece)
    except (tokenize.TokenError, SyntaxError):
        pass  # what came before is known
    return found


def _class(token: tokenize.TokenInfo) -> str:
    name = tokenize.tok_name[token.type]
    if name in _STRINGS:
        return "s"
    if name == "COMMENT":
        return "c"
    if name == "NUMBER":
        return "m"
    if name == "NAME":
        if keyword.iskeyword(token.string):
            return "k"
        return "b" if token.string in _NAMES else ""
    return ""


def line_html(text: str, pieces: Iterable[Piece], marks: Spans = ()) -> str:
    """A line with its coloured pieces, and `marks` in <mark>."""
    classes = [""] * len(text)
    for start, end, kind in pieces:
        for place in range(start, min(end, len(text))):
            classes[place] = kind
    marked = [False] * len(text)
    for start, end in marks:
        marked[start:end] = [True] * (end - start)
    out: list[str] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place < len(text) and (classes[place], marked[place]) == (classes[start], marked[start]):
            continue
        piece = html.escape(text[start:place], quote=False)
        if classes[start]:
            piece = f'<span class="{classes[start]}">{piece}</span>'
        out.append(f"<mark>{piece}</mark>" if marked[start] else piece)
        start = place
    return "".join(out)
