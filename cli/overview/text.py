"""A report for a terminal, and as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .words import Words

_INDENT = {"text": "", "item": "  ", "sub": "      "}
_MARKDOWN = {"title": "# ", "heading": "## ", "text": "", "item": "- ", "sub": "   - "}


def pieces(words: Words) -> Iterator[tuple[str, str]]:
    """Styled pieces of text for a terminal."""
    for kind, text in words.lines():
        if kind in ("title", "heading"):
            yield "", "" if kind == "title" else "\n"
            yield "heading", text
            yield "", "\n\n"
        else:
            yield "prose", f"{_INDENT[kind]}{text}\n"


def markdown(words: Words) -> Iterator[str]:
    """The same as Markdown."""
    before = ""
    for kind, text in words.lines():
        listed = kind in ("item", "sub")
        if before and not (listed and before in ("item", "sub")):
            yield "\n"
        numbered = re.match(r"\d+\. ", text) if kind == "item" else None
        yield f"{'' if numbered else _MARKDOWN[kind]}{_escaped(text)}\n"
        before = kind


def _escaped(text: str) -> str:
    """Prose that Markdown shows as it is; what stands in backquotes stays code."""
    pieces = re.split(r"(`[^`]+`)", text)
    return "".join(p if n % 2 else re.sub(r"([\\*_\[\]<>|])", r"\\\1", p) for n, p in enumerate(pieces))
