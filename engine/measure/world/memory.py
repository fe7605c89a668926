"""What the program holds in memory: values of its modules and of its own objects, and what the library keeps for it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import datetime
import decimal
import enum
import fractions
import os
import pathlib
import sys
import time
import types
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .callbacks import name_of, own
from .counting import counts
from .known import LOCAL

#: So many values are looked at after one update, so many of one name, and so long is the text of one.
_MOST, _OF_NAME, _LONG = 20_000, 400, 1000
_DEEPEST = 6
#: Seconds that lie between a reading of the clock that counts from the machine's start and now.
_NEAR = 3600.0
#: Text of what is nobody's but a library's: whether it is there is compared, not what it is.
_OTHERS = "<object>"
_PLAIN = (
    str, int, float, complex, bytes, bool, type(None), range, datetime.date, datetime.time, datetime.timedelta, datetime.tzinfo,
    decimal.Decimal, fractions.Fraction, uuid.UUID, pathlib.PurePath, enum.Enum,
)  # fmt: skip
_MAPPINGS = (dict, types.MappingProxyType)
_SETS = (set, frozenset)
_SEQUENCES = (list, tuple, collections.deque)
#: What a name leads to that is code.
_CODE = (
    types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, property, staticmethod, classmethod,
)  # fmt: skip


def _is_own(module: str) -> bool:
    """Whether a module is the program's."""
    file = getattr(sys.modules.get(module), "__file__", None) or ""
    return counts.is_own(os.path.abspath(file)) and "site-packages" not in file


def _attributes(value: Any) -> dict[str, Any]:
    found = {}
    for kind in reversed(type(value).__mro__):
        slots = kind.__dict__.get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            if name not in ("__dict__", "__weakref__") and hasattr(value, name):
                found[name] = getattr(value, name)
    return found | getattr(value, "__dict__", {})


def _of_class(kind: type) -> dict[str, Any]:
    """Its attributes but for descriptors: these are how it reaches those of its objects."""
    return {name: value for name, value in vars(kind).items() if not hasattr(type(value), "__get__")}


class Memory:
    """Looks at it again and again; `held` gives what the library keeps for the program, by name."""

    def __init__(self, held: Callable[[], Mapping[str, Any]], callbacks: Callable[[], Iterable[Any]]) -> None:
        self._held, self._callbacks = held, callbacks
        self._known: dict[str, str] = {}
        self._own: dict[type, bool] = {}
        self._left = self._of_name = 0
        self._seen: set[int] = set()

    def changed(self) -> dict[str, str | None]:
        """What was not there or not so at the last call; None for what is gone."""
        now: dict[str, str] = {}
        self._left, self._seen = _MOST, set()
        waiting = collections.deque(self._roots())
        while waiting and self._left > 0:
            name, value = waiting.popleft()
            if issubclass(type(value), _CODE):
                continue
            self._left -= 1
            self._of_name = _OF_NAME
            if self._has_attributes(value):
                is_class = issubclass(type(value), type)
                if not is_class:  # whether a class has a name is nobody's state
                    now[name] = f"<{type(value).__qualname__}>"
                if id(value) not in self._seen:
                    self._seen.add(id(value))
                    inner = _of_class(value) if is_class else _attributes(value)
                    waiting += [(f"{name}.{key}", each) for key, each in inner.items() if _is_named(key)]
            elif not issubclass(type(value), type):
                with contextlib.suppress(Exception):  # what the program's own `__repr__` raises
                    now[name] = self._text(value, 0)
        found: dict[str, str | None] = {key: text for key, text in now.items() if self._known.get(key) != text}
        found |= dict.fromkeys(self._known.keys() - now.keys())
        self._known = now
        return found

    def _roots(self) -> Iterator[tuple[str, Any]]:
        yield from self._held().items()
        for module in sorted(filter(_is_own, list(sys.modules))):
            known = list(vars(sys.modules[module]).items())
            yield from ((f"{module}.{name}", value) for name, value in known if not name.startswith("__"))
        frames = [frame for frame in _frames() if counts.is_own(frame.f_code.co_filename)]
        for frame in (each for each in frames if each.f_code.co_name != "<module>"):
            yield from ((f"{frame.f_code.co_name}{LOCAL}{name}", value) for name, value in frame.f_locals.items())
        for callback in self._callbacks():
            inner = own(callback)
            owner = getattr(inner, "__self__", None)
            yield type(owner).__qualname__, owner
            names = getattr(getattr(inner, "__code__", None), "co_freevars", ())
            for name, cell in zip(names, getattr(inner, "__closure__", None) or (), strict=False):
                with contextlib.suppress(ValueError):  # nothing in it yet
                    yield f"{name_of(inner)}.{name}", cell.cell_contents

    def _has_attributes(self, value: Any) -> bool:
        """Whether it is an object or a class that the program has written, and no plain value or container."""
        kind = value if issubclass(type(value), type) else type(value)
        if kind not in self._own:
            plain = issubclass(kind, (*_PLAIN, *_MAPPINGS, *_SETS, *_SEQUENCES, BaseException))
            self._own[kind] = not plain and _is_own(kind.__module__)
        return self._own[kind]

    def _text(self, value: Any, depth: int) -> str:
        kind = type(value)
        self._left -= 1
        self._of_name -= 1
        if kind is float and not value.is_integer() and abs(value - time.monotonic()) < _NEAR:
            return "<clock>"
        if issubclass(kind, _PLAIN):
            return repr(value)[:_LONG]
        if depth > _DEEPEST or self._of_name < 0:
            return "..."
        if issubclass(kind, _MAPPINGS):
            items = [
                f"{self._text(key, depth + 1)}: {self._text(each, depth + 1)}" for key, each in _some(value.items())
            ]
            return f"{{{', '.join(items)}}}"[:_LONG]
        if issubclass(kind, _SETS):
            return f"{{{', '.join(sorted(self._text(each, depth + 1) for each in _some(value)))}}}"[:_LONG]
        if issubclass(kind, _SEQUENCES):
            return f"[{', '.join(self._text(each, depth + 1) for each in _some(value))}]"[:_LONG]
        if issubclass(kind, type) or not self._has_attributes(value):
            return _OTHERS
        known = [(name, each) for name, each in _attributes(value).items() if _is_named(name)]
        return f"{kind.__qualname__}({', '.join(f'{name}={self._text(each, depth + 1)}' for name, each in known)})"[
            :_LONG
        ]


def _frames() -> Iterator[types.FrameType]:
    """What runs now, and coroutines that wait."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
    with contextlib.suppress(RuntimeError):  # no loop runs any more
        for task in sorted(asyncio.all_tasks(), key=lambda task: task.get_name()):
            yield from task.get_stack()


def _some(items: Iterable[Any]) -> list[Any]:
    return list(items)[:_OF_NAME]


def _is_named(name: str) -> bool:
    """Whether an attribute has a name that is not Python's, nor of what SQLAlchemy keeps beside a record."""
    return not name.startswith(("__", "_sa_"))
