"""How the world takes the place of functions of libraries."""

from __future__ import annotations

from typing import Any


def replace(owner: Any, **functions: Any) -> None:
    """Put functions in the place of those of these names."""
    for name, function in functions.items():
        setattr(owner, name, function)
