"""Which of the places that were rewritten have run, and why the others have not."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


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
    loaded = {path for path, _ in lines}
    return [_seen(place, lines, loaded, copy) for place in places]


def _seen(place: Place, lines: Mapping[tuple[str, bool], set[int]], loaded: set[str], copy: Path) -> Seen:
    if place.path not in loaded:
        return Seen(place, "the program does not load the file")
    function = _function_at(copy / place.path, place.line)
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


def _function_at(path: Path, line: int) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The innermost function in whose body a line stands."""
    found: ast.FunctionDef | ast.AsyncFunctionDef | None = None
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if node.body[0].lineno <= line <= (node.end_lineno or 0):
                if found is None or node.lineno > found.lineno:
                    found = node
    return found
