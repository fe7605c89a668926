"""Values of the program as texts, that are equal for what is."""

from __future__ import annotations

import collections
import datetime
import decimal
import enum
import fractions
import functools
import os
import pathlib
import re
import sys
import time
import types
import uuid
from collections.abc import Iterable
from typing import Any

from .counting import counts
from .known import DRAWN
from .settings import jobs

#: So many values are written for one name, and so long is the text of one.
_OF_NAME, _LONG = 400, 1000
_DEEPEST = 6
#: A moment or a number at the end of a text that was cut.
_BROKEN = re.compile(r"(?:datetime\.(?:date)?time\([^()]*(?:\([^()]*)?|[\d:.T +-]+)$")
#: Seconds that lie between a reading of the clock that counts from the machine's start and now.
_NEAR = 3600.0
#: Text of what is nobody's but a library's: whether it is there is compared, not what it is.
OTHERS = "<object>"
_PLAIN = (
    str, int, float, complex, bytes, bool, type(None), range, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
    decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, enum.Enum,
)  # fmt: skip
_MAPPINGS = (dict, types.MappingProxyType)
_SETS = (set, frozenset)
_SEQUENCES = (list, tuple, collections.deque)
#: What describes data in a library: keyboards, messages, people.
_DATA = {
    ("telegram", "TelegramObject"),
    ("aiogram", "TelegramObject"),
    ("telethon", "TLObject"),
    ("pyrogram", "Object"),
}


def is_own(module: str) -> bool:
    """Whether a module is the program's."""
    return _is_own_file(getattr(sys.modules.get(module), "__file__", None) or "", counts.project)


@functools.cache
def _is_own_file(file: str, _: str) -> bool:
    """Of one project; it is asked of every module that there is, after every update."""
    return counts.is_own(os.path.abspath(file)) and "site-packages" not in file


def attributes(value: Any) -> dict[str, Any]:
    """What an object of the program holds, by name."""
    found = {}
    for kind in reversed(type(value).__mro__):
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found | getattr(value, "__dict__", {})


def of_class(kind: type) -> dict[str, Any]:
    """Its attributes but for descriptors: these are how it reaches those of its objects."""
    return {name: value for name, value in vars(kind).items() if not hasattr(type(value), "__get__")}


class Texts:
    """Writes values; `left` is how many more it looks at. `data`: a library's as well, whose numbers depend on all before."""

    def __init__(self, *, data: bool = False) -> None:
        self.left = self._rest = 0
        self._own: dict[type, bool] = {}
        self._writes_data = data

    def text(self, value: Any, most: int = _OF_NAME) -> str:
        """A text of a value, of which at most so many parts are written."""
        self._rest = most
        return self._text(value, 0)

    def has_attributes(self, value: Any) -> bool:
        """Whether it is an object or a class that the program has written, and no plain value or container."""
        kind = value if issubclass(type(value), type) else type(value)
        if kind not in self._own:
            plain = issubclass(kind, (*_PLAIN, *_MAPPINGS, *_SETS, *_SEQUENCES, BaseException))
            self._own[kind] = not plain and is_own(kind.__module__)
        return self._own[kind]

    def _text(self, value: Any, depth: int) -> str:
        kind = type(value)
        self.left -= 1
        self._rest -= 1
        if kind is float and not value.is_integer() and _is_clock(value):
            return "<clock>"
        if issubclass(kind, _PLAIN):
            return cut(repr(value))
        if depth > _DEEPEST or self._rest < 0:
            return "..."
        if issubclass(kind, _MAPPINGS):
            items = [
                f"{self._text(key, depth + 1)}: {self._text(each, depth + 1)}" for key, each in _some(value.items())
            ]
            return cut(f"{{{', '.join(items)}}}")
        if issubclass(kind, _SETS):
            return cut(f"{{{', '.join(sorted(self._text(each, depth + 1) for each in _some(value)))}}}")
        if issubclass(kind, _SEQUENCES):
            return cut(f"[{', '.join(self._text(each, depth + 1) for each in _some(value))}]")
        is_data = self._writes_data and _is_data(kind)
        if issubclass(kind, type) or not (is_data or self.has_attributes(value)):
            planned = jobs(value)
            return OTHERS if planned is None else f"jobs {self._text(planned, depth + 1)}"
        held = attributes(value)
        known = [(name, held[name]) for name in sorted(held) if is_named(name)]  # which came first is chance
        if is_data:
            known = [(name, each) for name, each in known if each is not None and name[0] != "_"]
        return cut(f"{kind.__qualname__}({', '.join(f'{name}={self._text(each, depth + 1)}' for name, each in known)})")


def _is_clock(value: float) -> bool:
    """Whether it is a reading of the clock that counts from the machine's start, which may have been a moment ago."""
    now = time.monotonic()
    return abs(value - now) < min(_NEAR, now / 2)


def cut(text: str, most: int = _LONG) -> str:
    """The begin of a long text: it ends at the same place however many digits its numbers have, and in none of them.

    What is drawn or an address counts as one word: how many of its digits are letters is nobody's doing.
    """
    for pattern, word in DRAWN:
        text = pattern.sub(word, text)
    found = re.match(rf"\d*(?:\D\d*){{,{most}}}", text)
    assert found is not None
    return text if found.end() == len(text) else _BROKEN.sub("", found[0])


def _is_data(kind: type) -> bool:
    return any((base.__module__.partition(".")[0], base.__name__) in _DATA for base in kind.__mro__)


def _some(items: Iterable[Any]) -> list[Any]:
    return list(items)[:_OF_NAME]


def is_named(name: str) -> bool:
    """Whether an attribute has a name that is not Python's, nor of what SQLAlchemy keeps beside a record."""
    return not name.startswith(("__", "_sa_"))
