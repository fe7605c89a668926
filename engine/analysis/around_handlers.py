"""What of a project may run around every handler: what names the libraries' own calls of handlers, or a middleware."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

from .module import Project

#: What calls handlers in the libraries: who names it may put something around every handler, or call them on terms of their own.
_DISPATCH = b"handle_update process_update _dispatch_update feed_update feed_webhook_update handler_worker propagate_event".split()


class Around(TypedDict):
    """The fields of a start that are otherwise where something runs around handlers."""

    unknown: str
    unknown_at: tuple[Path, int] | None
    is_supposed: bool


def around_handlers(project: Project) -> Around | None:
    """What a project has around every handler; None where it has nothing."""
    if word := next(filter(project.contains, _DISPATCH), None):
        what, pattern = f"a call of `{word.decode()}()`", rb"\b%b\s*\(" % word
    elif project.contains(b"iddleware") and any(map(project.contains, (b"aiogram", b"telebot"))):
        word = pattern = b"iddleware"
        what = "a middleware around every handler"
    else:
        return None
    seen = _first_line(project, word, rb"(?m)^(?!\s*(?:from|import)\b)[^#\n]*" + pattern)
    return Around(unknown=what, unknown_at=seen, is_supposed=seen is None)


def _first_line(project: Project, word: bytes, pattern: bytes) -> tuple[Path, int] | None:
    """The first line of the project's files that matches a pattern with a word in it."""
    for path in sorted(project.files):
        data = project.data(path)
        if project.texts.holds(data, word) and (found := re.search(pattern, data)):
            return path, data.count(b"\n", 0, found.end()) + 1
    return None
