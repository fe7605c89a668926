"""How the world takes the place of functions of libraries, and hears what Python does."""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable
from typing import Any

#: Event of an audit hook → who is told of it.
_listening: dict[str, list[Callable[[str, tuple[Any, ...]], None]]] = collections.defaultdict(list)


def replace(owner: Any, **functions: Any) -> None:
    """Put functions in the place of those of these names."""
    for name, function in functions.items():
        setattr(owner, name, function)


def listen(function: Callable[[str, tuple[Any, ...]], None], *events: str) -> None:
    """Tell a function of events; where it raises, what the program asked for fails.

    One hook does for all: Python calls each of them for every function that is traced.
    """
    if not _listening:
        sys.addaudithook(_heard)
    for event in events:
        _listening[event].append(function)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _listening:
        for function in _listening[event]:
            function(event, arguments)
