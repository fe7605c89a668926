"""What the program holds in memory: values of its modules and of its own objects, and what the library keeps for it."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import signal
import sys
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from .callbacks import name_of, own
from .counting import counts
from .known import LOCAL
from .texts import Texts, attributes, is_named, is_own, of_class

#: So many values are looked at after one update.
_MOST = 20_000
#: What a name leads to that is code.
_CODE = (
    types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType, property, staticmethod, classmethod,
)  # fmt: skip


class Memory:
    """Looks at it again and again; `held` gives what the library keeps for the program, by name."""

    def __init__(self, held: Callable[[], Mapping[str, Any]], callbacks: Callable[[], Iterable[Any]]) -> None:
        self._held, self._callbacks = held, callbacks
        self._known: dict[str, str] = {}
        self._texts = Texts()
        self._seen: set[int] = set()

    def changed(self) -> dict[str, str | None]:
        """What was not there or not so at the last call; None for what is gone."""
        now: dict[str, str] = {}
        self._texts.left, self._seen = _MOST, set()
        waiting = collections.deque(self._roots())
        while waiting and self._texts.left > 0:
            name, value = waiting.popleft()
            if issubclass(type(value), _CODE):
                continue
            self._texts.left -= 1
            if self._texts.has_attributes(value):
                is_class = issubclass(type(value), type)
                if not is_class:  # whether a class has a name is nobody's state
                    now[name] = f"<{type(value).__qualname__}>"
                if id(value) not in self._seen:
                    self._seen.add(id(value))
                    inner = of_class(value) if is_class else attributes(value)
                    waiting += [(f"{name}.{key}", each) for key, each in inner.items() if is_named(key)]
            elif not issubclass(type(value), type):
                with contextlib.suppress(Exception):  # what the program's own `__repr__` raises
                    now[name] = self._texts.text(value)
        found: dict[str, str | None] = {key: text for key, text in now.items() if self._known.get(key) != text}
        found |= dict.fromkeys(self._known.keys() - now.keys())
        self._known = now
        return found

    def _roots(self) -> Iterator[tuple[str, Any]]:
        yield from self._held().items()
        yield from _signals()
        for module in sorted(filter(is_own, list(sys.modules))):
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


def _signals() -> Iterator[tuple[str, str]]:
    """What the program itself does at a signal."""
    handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
    with contextlib.suppress(RuntimeError):  # no loop runs any more
        waiting = getattr(asyncio.get_running_loop(), "_signal_handlers", {})
        handlers |= {number: getattr(handle, "_callback", None) for number, handle in waiting.items()}
    for number, handler in sorted(handlers.items()):
        if callable(handler) and is_own(str(getattr(handler, "__module__", ""))):
            yield f"signal {signal.Signals(number).name}", name_of(handler)


def _frames() -> Iterator[types.FrameType]:
    """What runs now, and coroutines that wait."""
    frame: types.FrameType | None = sys._getframe(1)
    while frame is not None:
        yield frame
        frame = frame.f_back
    with contextlib.suppress(RuntimeError):  # no loop runs any more
        for task in sorted(asyncio.all_tasks(), key=lambda task: task.get_name()):
            yield from task.get_stack()
