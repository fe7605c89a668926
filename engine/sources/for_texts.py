"""What is found out of texts and names alone, and kept as long as a run works on their project."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar, cast

Find = TypeVar("Find", bound=Callable[..., Any])

_FORGET: list[Callable[[], None]] = []


def kept(find: Find) -> Find:
    """Keep the answers of a function, and with them what it was asked about, until `forget`."""
    keeping = lru_cache(maxsize=8192)(find)
    _FORGET.append(keeping.cache_clear)
    return cast(Find, keeping)


def forget() -> None:
    """Let go of all that is kept: the next project has other texts."""
    for clear in _FORGET:
        clear()
