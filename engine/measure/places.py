"""Which of the places that were rewritten have run, and why the others have not."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import Path

from ..analysis.scope import FunctionNode
from .entries import entries, files_of


@dataclass(frozen=True)
class Place:
    """A place that a change rewrites: lines of the text before it."""

    path: str
    line: int
    end_line: int
    code: str


@dataclass(frozen=True)
class Seen:
    """A place, and why it did not run; empty where it did."""

    place: Place
    reason: str = ""


def seen(places: Sequence[Place], lines: Mapping[tuple[str, bool], set[int]], copy: Path) -> list[Seen]:
    """What the lines that ran (by file, and whether in a function) tell of places."""
    loaded = {path for path, _ in lines} & {place.path for place in places}
    functions = {path: _functions(copy / path) for path in loaded}
    others = _others(copy, {place.path for place in places} - loaded)
    return [_seen(place, lines, functions, others) for place in places]


def _others(copy: Path, paths: Set[str]) -> dict[str, str]:
    """The programs of a project that load files which another one does not: each can be measured by its name."""
    found: dict[str, str] = {}
    for entry in entries(copy) if paths else ():
        for path in paths & set(files_of(copy, entry)):
            found.setdefault(path, str(entry))
    return found


def _seen(
    place: Place,
    lines: Mapping[tuple[str, bool], set[int]],
    functions: Mapping[str, Sequence[FunctionNode]],
    others: Mapping[str, str],
) -> Seen:
    if place.path not in functions:
        other = f", `{others[place.path]}` does" if place.path in others else ""
        return Seen(place, f"the program does not load the file{other}")
    around = [f for f in functions[place.path] if f.body[0].lineno <= place.line <= (f.end_lineno or 0)]
    function = max(around, key=lambda f: f.lineno, default=None)
    wanted = set(range(place.line, place.end_line + 1))
    ran = lines.get((place.path, function is not None), set())
    if wanted & ran:
        return Seen(place)
    if function is None:
        return Seen(place, "these lines do not run when the file is loaded")
    body = set(range(function.body[0].lineno, (function.end_lineno or function.lineno) + 1))
    if body & ran:
        return Seen(place, f"`{function.name}` ran, but not this branch of it")
    return Seen(place, f"no update led to `{function.name}`")


def _functions(path: Path) -> list[FunctionNode]:
    """The functions of a file."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return []
    return [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
