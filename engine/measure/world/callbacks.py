"""What a callback is called, and where it stands."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Mapping
from typing import Any

from .counting import counts


def name_of(callback: Any) -> str:
    """``name``, of a method with its class."""
    while isinstance(callback, functools.partial):
        callback = callback.func
    return str(getattr(callback, "__qualname__", type(callback).__qualname__)).replace("<locals>.", "")


def own(callback: Any) -> Any:
    """The function that the program has written, under its decorators: these mostly hold it in a variable."""
    for _ in range(9):
        if isinstance(callback, functools.partial) or hasattr(callback, "__wrapped__"):
            callback = getattr(callback, "__wrapped__", None) or callback.func
            continue
        cells = getattr(callback, "__closure__", None) or ()
        held = [cell.cell_contents for cell in cells if _is_filled(cell)]
        inner = [each for each in held if inspect.iscoroutinefunction(each)]
        if len(inner) != 1 or inner[0] is callback or _is_neighbour(inner[0], callback):
            break
        callback = inner[0]
    return callback


def _is_neighbour(held: Any, function: Any) -> bool:
    """Whether a function that another holds stands beside it, so that it is one that it calls."""
    scopes = {str(getattr(each, "__qualname__", "")).rpartition(".")[0] for each in (held, function)}
    return len(scopes) == 1 and held.__code__ is not function.__code__


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not None
    except ValueError:
        return False


def place_of(callback: Any) -> str:
    """``file:line``; empty for what is not the program's own."""
    code = getattr(own(callback), "__code__", None)
    if code is None or not code.co_filename.startswith(counts.project):
        return ""
    return f"{code.co_filename[len(counts.project) + 1 :]}:{code.co_firstlineno}"


def alike(callback: Any) -> tuple[str, str]:
    """What is equal for callbacks that are the same function registered again."""
    return name_of(own(callback)), place_of(callback)


def told_by(callback: Any) -> str:
    """Its name and place."""
    return f"{name_of(callback)} {place_of(callback)}".rstrip()


def exercised(callbacks: list[tuple[Any, bool]], reasons: Mapping[str, str]) -> list[dict[str, Any]]:
    """Every callback that is registered, whether it ran, and else why not."""
    found: dict[str, dict[str, Any]] = {}
    for callback, ran in callbacks:
        name, place = name_of(callback), place_of(callback)
        entry = found.setdefault(told_by(callback), {"name": name, "place": place, "ran": False})
        entry["ran"] = entry["ran"] or ran
    for told, entry in found.items():
        if not entry["ran"]:
            entry["why"] = reasons.get(told, "")
    return list(found.values())
