"""The comments of a program."""

from __future__ import annotations

import io
import re
import sys
import tokenize
from collections.abc import Sequence

#: Before 3.12 `tokenize` takes nine times as long as the expression below, and no string holds another one that ends like it.
_FAST_TOKENIZE = sys.version_info >= (3, 12)
#: Strings and comments. Whatever a string begins with, a backslash in it takes the next character along.
_STRING_OR_COMMENT = re.compile(
    r"""\"{3}(?:[^\\]|\\.)*?\"{3} | '{3}(?:[^\\]|\\.)*?'{3} | "(?:[^"\\]|\\.)*" | '(?:[^'\\]|\\.)*' | \#[^\r\n]*""",
    re.DOTALL | re.VERBOSE,
)


def comments_of(text: str, line_starts: Sequence[int]) -> tuple[tuple[int, str], ...]:
    """Offset and text of every comment of a program that parses."""
    if not _FAST_TOKENIZE:
        return tuple((m.start(), m[0]) for m in _STRING_OR_COMMENT.finditer(text) if m[0].startswith("#"))
    # tokenize counts lines as `ast` does once newlines are universal; columns are characters, so offsets stay exact
    reader = io.StringIO(text, newline=None).readline
    found = []
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                found.append((line_starts[row - 1] + column, token.string))
    except (tokenize.TokenError, IndentationError):
        pass  # `tokenize` is stricter than the parser about the last lines; what came before is known
    return tuple(found)
