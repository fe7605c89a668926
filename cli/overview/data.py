"""A report as plain data, version 1: keys are added but never renamed or dropped within a version."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from ...engine.model import Finding
from ...engine.report.model import Bottleneck, Overview, Place
from ...knowledge.advice import USELESS

VERSION = 1


def data(overview: Overview, label: Callable[[Path], str]) -> dict[str, Any]:
    """The whole report; places are objects with `path` and `line`."""
    useless = [{"what": what, "why": why} for what, why in USELESS]
    return {"version": VERSION, **_plain(overview, label), "does_not_help": useless}


def _plain(value: Any, label: Callable[[Path], str]) -> Any:
    match value:
        case Place(path=path, line=line):
            return {"path": label(path), "line": line}
        case Path():
            return label(value)
        case Finding():
            return {"code": value.code, "safety": value.safety.value, "fingerprint": value.fingerprint}
        case enum.Enum():
            return value.value
        case tuple() | list():
            return [_plain(item, label) for item in value]
    if not is_dataclass(value):
        return value
    found = {f.name: _plain(getattr(value, f.name), label) for f in fields(value)}
    if isinstance(value, Bottleneck):
        found |= {"risk": value.risk, "effort": value.effort, "priority": value.priority}
    return found
