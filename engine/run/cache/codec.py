"""Outcomes as plain data for JSON and back. Nothing else comes out of it than the classes named here."""

from __future__ import annotations

from dataclasses import fields
from enum import Enum
from operator import attrgetter
from pathlib import Path
from typing import Any

from ...model import (
    Assumption,
    Change,
    Cost,
    Edit,
    FileChange,
    Finding,
    Hazard,
    Helper,
    Import,
    Proof,
    Several,
    Time,
)
from ...problem import Problem
from ..outcome import Admitted, Outcome

_CLASSES: tuple[type[Any], ...] = (
    Outcome, Admitted, Problem, Finding, Change, FileChange, Edit, Import, Helper, Proof, Assumption, Time, Several
)  # fmt: skip
_NUMBERS = {cls: number for number, cls in enumerate(_CLASSES)}
_VALUES = [attrgetter(*(field.name for field in fields(cls))) for cls in _CLASSES]
_ENUMS: tuple[type[Enum], ...] = (Hazard, Cost)
_TUPLE, _SET, _PATH, _ENUM = -1, -2, -3, -4


def encoded(values: tuple[Any, ...]) -> list[Any]:
    """Rows, each a number that says what it is and then its parts; a part is plain, or the number of an earlier row in a list."""
    rows: list[Any] = []
    known: dict[Any, int] = {}

    def number_of(value: Any) -> Any:
        if value is None or type(value) in (str, int, bool):
            return value
        key = (type(value), value)
        if key not in known:
            rows.append(_row(value, number_of))
            known[key] = len(rows) - 1
        return [known[key]]

    number_of(values)
    return rows


def _row(value: Any, number_of: Any) -> list[Any]:
    match value:
        case tuple():
            return [_TUPLE, *map(number_of, value)]
        case frozenset():
            return [_SET, *sorted(item.value for item in value)]
        case Path():
            return [_PATH, str(value)]
        case Enum():
            return [_ENUM, _ENUMS.index(type(value)), value.name]
        case _:
            number = _NUMBERS[type(value)]
            return [number, *map(number_of, _VALUES[number](value))]


def decoded(rows: list[Any]) -> Any:
    """What was encoded.

    Raises:
        ValueError, TypeError, KeyError, IndexError: the rows are damaged.
    """
    made: list[Any] = []
    for kind, *parts in rows:
        match kind:
            case -3:
                made.append(Path(parts[0]))
            case -4:
                made.append(_ENUMS[parts[0]][parts[1]])
            case -2:
                made.append(frozenset(map(Hazard, parts)))
            case _:
                values = [made[part[0]] if type(part) is list else part for part in parts]
                made.append(tuple(values) if kind == _TUPLE else _CLASSES[kind](*values))
    return made[-1]
