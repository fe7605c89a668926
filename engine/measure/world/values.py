"""What functions of the program return, and what they leave in their variables: a step that decides nothing now shows there."""

from __future__ import annotations

import collections
import contextlib
import dis
import os
import sys
import threading
from types import FrameType
from typing import Any

from .counting import counts
from .texts import Texts

#: Values of one function that are written for one update, parts of one, and characters.
_MOST, _PARTS, _LONG = 20, 60, 300
#: What a function returns goes by this name among its variables.
RETURNED = ""
_RETURNS = ("RETURN_VALUE", "RETURN_CONST")

#: Update → function → variable → texts, each once; 0 is for what belongs to no update.
left: dict[int, dict[str, dict[str, list[str]]]] = collections.defaultdict(dict)
_calls: collections.Counter[tuple[int, str]] = collections.Counter()
_texts = Texts(data=True)


def _name_of(frame: FrameType) -> str:
    name = getattr(frame.f_code, "co_qualname", frame.f_code.co_name)
    return f"{frame.f_globals.get('__name__')}.{name}".replace("<locals>.", "")


def note(frame: FrameType, returned: Any) -> None:
    """Write down what a function leaves: nothing where it fails or only waits."""
    code = frame.f_code
    if dis.opname[code.co_code[frame.f_lasti]] not in _RETURNS:
        return
    name, number = _name_of(frame), counts.update or 0
    _calls[number, name] += 1
    if "<" in name or _calls[number, name] > _MOST:
        return
    own = {*code.co_varnames, *code.co_cellvars} - {"self", "cls"}
    found = {variable: value for variable, value in frame.f_locals.items() if variable in own}
    kept = left[number].setdefault(name, {})
    for variable, value in (found | {RETURNED: returned}).items():
        with contextlib.suppress(Exception):  # what the program's own `__repr__` raises
            text = _texts.text(value, _PARTS)[:_LONG]
            texts = kept.setdefault(variable, [])
            if text not in texts:
                texts.append(text)


def install() -> None:
    """Write it down from now on."""
    is_own: dict[str, bool] = {}

    def leaving(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "return":
            note(frame, argument)
        return leaving

    def called(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if file not in is_own:
            full = os.path.abspath(file)
            is_own[file] = counts.is_own(full) and os.path.exists(full)
        if not is_own[file]:
            return None
        frame.f_trace_lines = False
        return leaving

    sys.settrace(called)
    threading.settrace(called)
