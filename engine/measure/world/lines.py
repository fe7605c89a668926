"""Which lines of the program ran, in functions and outside of them."""

from __future__ import annotations

import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any

from .callbacks import own
from .counting import counts

#: File, and whether in a function → lines.
ran: dict[tuple[str, bool], set[int]] = {}


def seen() -> int:
    """How many lines ran so far."""
    return sum(map(len, ran.values()))


def is_left(function: Any) -> bool:
    """Whether there is something in a function of the program that did not run so far."""
    code = getattr(own(function), "__code__", None)
    if code is None:
        return True
    return not _lines_of(code) <= ran.get((os.path.relpath(code.co_filename, counts.project), True), set())


def _lines_of(code: CodeType) -> set[int]:
    """Of a function and those inside of it, but for those where they are written down."""
    found = {line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno}
    return found.union(*(_lines_of(each) for each in code.co_consts if isinstance(each, CodeType)))


def install() -> None:
    """Trace from now on; only code of the program itself pays for it."""
    names: dict[str, str | None] = {}

    def local(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            code = frame.f_code
            key = names[code.co_filename] or "", code.co_name != "<module>"
            ran.setdefault(key, set()).add(frame.f_lineno)
        return local

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if file not in names:
            full = os.path.abspath(file)
            own = counts.is_own(full) and os.path.exists(full)
            names[file] = os.path.relpath(full, counts.project) if own else None
        return local if names[file] else None

    sys.settrace(called)
    threading.settrace(called)
