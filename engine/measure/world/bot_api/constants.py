"""The constants in a filter: what it compares with."""

from __future__ import annotations

import enum
import functools
import re
import types
from collections.abc import Iterator
from typing import Any

from ..patterns import said_in, texts_for

#: How deep filters stand in one another, and how much of a collection is looked at.
_DEPTH, _ITEMS = 8, 50
_IGNORED = frozenset({"_name", "_data_filter", "name", "__weakref__", "__dict__", "__signature__"})


def constants(filters: Any, library: tuple[type, ...]) -> tuple[list[str], list[int]]:
    """The texts and numbers in filters, which are objects of these classes of a library or functions."""
    words: list[str] = []
    numbers: list[int] = []
    for found in _atoms(filters, library, 0, set()):
        if isinstance(found, re.Pattern):
            words += texts_for(found)
        elif isinstance(found, str):
            words.append(str(found.value) if isinstance(found, enum.Enum) else found)
        else:
            numbers.append(found)
    return words, numbers


def _atoms(value: Any, library: tuple[type, ...], depth: int, seen: set[int]) -> Iterator[Any]:
    """The constants in a filter: texts, numbers, patterns."""
    if id(value) in seen or depth > _DEPTH:
        return
    seen.add(id(value))
    inner: list[Any] = []
    if isinstance(value, re.Pattern) or (isinstance(value, (str, int)) and not isinstance(value, bool)):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset, dict)):
        inner = list(value.values() if isinstance(value, dict) else value)[:_ITEMS]
    elif isinstance(value, (types.FunctionType, functools.partial)):
        yield from said_in(value)
    elif isinstance(value, types.BuiltinMethodType):  # ``re.compile(…).match``
        inner = [value.__self__] if isinstance(value.__self__, re.Pattern) else []
    elif isinstance(value, library):
        slots = [getattr(kind, "__slots__", ()) for kind in type(value).__mro__]
        names = {*getattr(value, "__dict__", {})}.union(*([s] if isinstance(s, str) else s for s in slots))
        inner = [getattr(value, name, None) for name in sorted(names - _IGNORED)]
        inner += _compared(value)
    for each in inner:
        yield from _atoms(each, library, depth + 1, seen)


def _compared(value: Any) -> list[Any]:
    """What the code of a filter of the program's own has in it."""
    ours = [
        kind
        for kind in type(value).__mro__
        if not kind.__module__.startswith(("telegram.", "aiogram.", "magic_filter."))
    ]
    codes = [getattr(vars(kind).get(name), "__code__", None) for kind in ours for name in ("filter", "__call__")]
    return [c for code in codes if code for c in code.co_consts if isinstance(c, (str, int, tuple))]
