"""The names that ``from module import *`` brings, by module: `exports.json`, which `scripts/exported_names.py` writes.

`name=other.name` is a name that the module itself has from elsewhere. The names of several releases are put together.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path


@cache
def exported(module: str) -> dict[str, str] | None:
    """What a star import of a module brings, by name, with its dotted name; None for a module that is not known."""
    if (lines := _tables().get(module)) is None:
        return None
    pairs = (name.partition("=") for line in lines for name in line.split())
    return {name: other or f"{module}.{name}" for name, _, other in pairs}


@cache
def _tables() -> dict[str, list[str]]:
    tables: dict[str, list[str]] = json.loads(Path(__file__).with_name("exports.json").read_text(encoding="utf-8"))
    return tables
