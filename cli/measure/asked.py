"""What a call of `tgfix measure` asks for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ...engine.sources.git import UsageError


@dataclass(frozen=True)
class Asked:
    """The options as they are given."""

    path: str = "."
    before: str | None = None
    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] | None = None
    unsafe_fixes: bool | None = None
    assume: tuple[str, ...] | None = None
    api_latency: str = "30ms"
    http_latency: str = "20ms"
    users: str = "0"
    faults: bool = False
    python: str | None = None
    yes: bool = False
    format: str = "text"
    output: str | None = None
    config: str | None = None
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Asked:
        """From the parameters of the command, of which some are not for it."""
        names = {field.name for field in fields(cls)}
        values: dict[str, Any] = {name: value for name, value in given.items() if name in names}
        values.update({name: tuple(value) for name, value in values.items() if isinstance(value, list)})
        return cls(**values)


def seconds(text: str, option: str) -> float:
    """``30ms`` or ``0.5s`` in seconds.

    Raises:
        UsageError: it is neither.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s)", text.strip())
    if match is None:
        raise UsageError(f"{option}: {text!r} is no time; write 30ms or 0.5s")
    return float(match[1]) / (1000 if match[2] == "ms" else 1)


def number(text: str, option: str) -> int:
    """A whole number.

    Raises:
        UsageError: it is none.
    """
    if not text.isdigit():
        raise UsageError(f"{option}: {text!r} is no number")
    return int(text)
