"""The tables of `bot_methods.json`, which `scripts/bot_methods.py` writes: coroutines and exception classes of aiogram, Pyrogram with
its forks, and pyTelegramBotAPI.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

#: Modules with the classes of Pyrogram under a name of their own.
_FORKS = ("hydrogram",)


def family(name: str) -> str:
    """The name of a kind or class as the tables have it: a fork's under Pyrogram's."""
    package, dot, rest = name.partition(".")
    return f"pyrogram.{rest}" if dot and package in _FORKS else name


@functools.cache
def table() -> Mapping[str, Any]:
    """The tables: "coroutines" and "iterators" by kind, "errors" by module."""
    found: dict[str, Any] = json.loads(Path(__file__).with_name("bot_methods.json").read_text(encoding="utf-8"))
    for key in ("coroutines", "iterators"):
        found[key] = {kind: frozenset(names.split()) for kind, names in found[key].items()}
    return found


@functools.cache
def classes_of(module: str) -> Mapping[str, str] | None:
    """Class → its base, of a module of errors."""
    known = table()["errors"].get(family(module))
    return {name: base for base, names in known["below"].items() for name in names.split()} if known else None


def bases_of(name: str) -> list[str] | None:
    """The direct bases of an exception class of these libraries, None if it is none."""
    module, _, last = name.rpartition(".")
    known = classes_of(module)
    if known is None or last not in known:
        return None
    base = known[last]
    return [f"{module}.{base}" if base in known else f"builtins.{base}"]


def attributes_of(name: str) -> frozenset[str]:
    """The attributes that an exception class of these libraries adds to its base's."""
    module, _, last = name.rpartition(".")
    known = table()["errors"].get(family(module), {"attributes": {}})
    return frozenset(known["attributes"].get(last, "").split())


def spelled(name: str) -> str:
    """The name that programs import a class of errors by: "pyrogram.errors.exceptions.flood_420.FloodWait" is defined deeper."""
    package, _, rest = name.partition(".errors.")
    return f"{package}.errors.{rest.rpartition('.')[2]}" if rest and family(f"{package}.") == "pyrogram." else name
