"""Any value or exception as plain data that crosses a process boundary and compares the same in two runs."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_FRAMES = re.compile(r"(Traceback \(most recent call last\):\n)(?:[ \t]+.*\n)+")
_VOLATILE = (
    (re.compile(r"\bfd=\d+"), "fd=…"),
    (re.compile(r"\bTask-\d+"), "Task-…"),
    (re.compile(r"(\.py)(:|\", line )\d+"), r"\1\2…"),
    (re.compile(r"(\b[lr]addr=\([^()]*?, )\d+"), r"\1…"),
)
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}\b")
_TIME = re.compile(r"\b(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(?:[.,]\d+)?(?:\+00:00|Z)?")
_ABOUT_NOW = datetime.timedelta(hours=27)  # in any time zone


def normalise(text: str, directory: str = "") -> str:
    """Output without what differs between any two runs: scratch `directory`, addresses, line numbers, frames, clocks.

    A traceback keeps its first line and the exception; its frames are left out, since a rewrite moves code. Only times
    of about now are taken for readings of a clock.
    """
    text = _FRAMES.sub(r"\1", placeless(text, directory))
    for pattern, replacement in _VOLATILE:
        text = pattern.sub(replacement, text)
    return _TIME.sub(_without_now, text)


def placeless(text: str, directory: str) -> str:
    """`text` without the scratch `directory` and addresses of objects: all that a value may differ in unnoticed."""
    return _ADDRESS.sub("0x…", text.replace(directory, "<scratch>") if directory else text)


def _without_now(found: re.Match[str]) -> str:
    try:
        when = datetime.datetime.fromisoformat(found[1].replace(" ", "T"))
    except ValueError:
        return found[0]
    return "<time>" if abs(when - datetime.datetime.now()) < _ABOUT_NOW else found[0]


def plain(value: object, *, depth: int = 12) -> Any:
    """`value` as picklable data that two runs can be compared by: containers stay, other objects become their content.

    Objects of Telegram libraries and httpx-like responses are described by `to_dict()`, dataclasses by their fields,
    exceptions as `Raised`; what has only the default `repr` by its class and attributes; anything else by its `repr`.
    """
    if value is None or (
        isinstance(value, (bool, int, float, complex, str, bytes)) and type(value).__module__ == "builtins"
    ):
        return value
    if depth == 0:
        return "…"
    inner = depth - 1
    if isinstance(value, BaseException):
        return Raised.of(value)
    if isinstance(value, Raised):
        return value
    if type(value) in (list, tuple):
        items = [plain(item, depth=inner) for item in value]  # type: ignore[attr-defined]
        return items if type(value) is list else tuple(items)
    if isinstance(value, (set, frozenset)):
        return (type(value).__name__, sorted((plain(item, depth=inner) for item in value), key=repr))
    if isinstance(value, Mapping):
        entries = {_key(key): plain(item, depth=inner) for key, item in value.items()}
        return entries if type(value) is dict else (type(value).__name__, entries)
    name = type(value).__qualname__
    if callable(to_dict := getattr(value, "to_dict", None)) and not isinstance(value, type):
        return (name, plain(to_dict(), depth=inner))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return (name, {item.name: plain(getattr(value, item.name), depth=inner) for item in dataclasses.fields(value)})
    if isinstance(value, (list, tuple)):
        return (name, [plain(item, depth=inner) for item in value])
    if type(value).__repr__ is object.__repr__:
        return (name, plain(dict(getattr(value, "__dict__", {})), depth=inner))
    return normalise(repr(value))


def _key(key: object) -> Any:
    return key if isinstance(key, (str, int, bytes)) else normalise(repr(key))


@dataclass(frozen=True)
class Raised:
    """An exception as plain data: class, arguments, text, own attributes, notes, and the exceptions behind it."""

    type: str
    args: Any
    text: str
    attributes: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    cause: Raised | None = None
    context: Raised | None = None

    @classmethod
    def of(cls, error: BaseException, directory: str = "", _seen: frozenset[int] = frozenset()) -> Raised:
        """Describe `error`, following `__cause__` and (unless suppressed) `__context__`."""
        seen = _seen | {id(error)}

        def follow(other: BaseException | None) -> Raised | None:
            return None if other is None or id(other) in seen else cls.of(other, directory, seen)

        attributes = {key: plain(item) for key, item in vars(error).items() if key not in ("__notes__", "request")}
        for key in ("errno", "filename", "filename2", "exceptions"):  # OSError and groups keep these elsewhere
            if getattr(error, key, None) is not None:
                attributes[key] = plain(getattr(error, key))
        return cls(
            type=f"{type(error).__module__}.{type(error).__qualname__}",
            args=each_text(plain(error.args), directory),
            text=placeless(str(error), directory),
            attributes=each_text(attributes, directory),
            notes=tuple(getattr(error, "__notes__", ())),
            cause=follow(error.__cause__),
            context=None if error.__suppress_context__ else follow(error.__context__),
        )

    @property
    def name(self) -> str:
        """The class name without its module."""
        return self.type.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.type}: {self.text}" if self.text else self.type


def each_text(value: Any, directory: str) -> Any:
    """`value`, which is `plain`, with `placeless` applied to every text in it."""
    if isinstance(value, str):
        return placeless(value, directory)
    if isinstance(value, (list, tuple)):
        return type(value)(each_text(item, directory) for item in value)
    if isinstance(value, dict):
        return {key: each_text(item, directory) for key, item in value.items()}
    return value
