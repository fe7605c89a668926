"""What functions of the program return, and what they leave in their variables: a step that decides nothing now shows there."""

from __future__ import annotations

import builtins
import collections
import contextlib
import dis
import functools
import inspect
import os
import sys
import threading
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from .counting import counts
from .known import NOT_SET
from .texts import Texts, cut, is_own

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
            _keep(kept, variable, cut(_texts.text(value, _PARTS), _LONG))
    known = frame.f_globals.keys() | vars(builtins).keys()
    for variable in (own - found.keys()) | (_global_names(code) - known):
        _keep(kept, variable, NOT_SET)


def _keep(kept: dict[str, list[str]], variable: str, text: str) -> None:
    texts = kept.setdefault(variable, [])
    if text not in texts:
        texts.append(text)


@functools.cache
def _global_names(code: CodeType) -> frozenset[str]:
    """What a function and those inside of it read and no function sets: a variable that is set no more is one."""
    found = {each.argval for each in dis.get_instructions(code) if each.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return frozenset(found.union(*(_global_names(each) for each in code.co_consts if isinstance(each, CodeType))))


def idle() -> list[str]:
    """The functions of the program's modules and of their classes that did not return so far, by the names they have here."""
    found = {f"{each.__module__}.{each.__qualname__}" for each in _functions() if inspect.isfunction(each)}
    return sorted(found - {name for _, name in _calls})


def _functions() -> Iterator[Any]:
    for module in filter(is_own, list(sys.modules)):
        for value in list(vars(sys.modules[module]).values()):
            for each in list(vars(value).values()) if isinstance(value, type) else [value]:
                function = getattr(each, "__func__", each) if isinstance(each, (staticmethod, classmethod)) else each
                if inspect.isfunction(function):
                    yield inspect.unwrap(function)


@contextlib.contextmanager
def unwatched() -> Iterator[None]:
    """For what is done beside the program: to follow every call of it as well takes many times as long as to do it."""
    tracing = sys.gettrace()
    sys.settrace(None)
    try:
        yield
    finally:
        sys.settrace(tracing)


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
