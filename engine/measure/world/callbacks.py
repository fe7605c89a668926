"""What a callback is called, and where it stands."""

from __future__ import annotations

import functools
from typing import Any

from .counting import counts


def name_of(callback: Any) -> str:
    """``name``, of a method with its class."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    return str(getattr(callback, "__qualname__", type(callback).__qualname__)).replace("<locals>.", "")


def place_of(callback: Any) -> str:
    """``file:line``; empty for what is not the program's own."""
    while isinstance(callback, functools.partial) or hasattr(callback, "__wrapped__"):
        callback = getattr(callback, "__wrapped__", None) or callback.func
    code = getattr(callback, "__code__", None)
    if code is None or not code.co_filename.startswith(counts.project):
        return ""
    return f"{code.co_filename[len(counts.project) + 1 :]}:{code.co_firstlineno}"


def exercised(callbacks: list[tuple[Any, bool]]) -> list[dict[str, Any]]:
    """Every callback that is registered, and whether it ran."""
    found: dict[str, dict[str, Any]] = {}
    for callback, ran in callbacks:
        name, place = name_of(callback), place_of(callback)
        entry = found.setdefault(f"{name} {place}", {"name": name, "place": place, "ran": False})
        entry["ran"] = entry["ran"] or ran
    return list(found.values())
