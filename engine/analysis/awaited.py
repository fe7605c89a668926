"""What the steps of coroutines await."""

from __future__ import annotations

import ast
from typing import TypeAlias

from .evaluation import Point
from .facts import Facts
from .module import Module
from .scope import FunctionNode
from .touch import Touch
from .waits import Wait, awaited_in

OfStep: TypeAlias = Wait | Touch | tuple[Module, FunctionNode] | None


class Awaited:
    """What steps await, found out once for each: all walks that come by ask."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._waits: dict[Point, OfStep] = {}

    def by(self, module: Module, point: Point) -> OfStep:
        """What a step awaits: a library's coroutine, one of the project's, something unknown; None where it awaits nothing."""
        if not point.waits:
            return None
        if point not in self._waits:
            self._waits[point] = self._wait(module, point)
        return self._waits[point]

    def _wait(self, module: Module, point: Point) -> OfStep:
        awaited = awaited_in(module, point)
        if awaited is None:
            return None
        if isinstance(awaited, ast.Call):
            if point.role == "eval" and (meant := self._facts.definition(module, awaited.func)) is not None:
                if isinstance(meant[1], ast.AsyncFunctionDef) and self._facts.is_plain(meant[0], meant[1]):
                    return meant[0], meant[1]
            elif (known := self._facts.library_call(module, awaited)) is not None:
                return known if point.role != "exit" else Wait(False, is_seen=known.is_seen)
        if point.role in ("enter", "exit"):
            return None  # the step says it
        return Touch(module.path, awaited.lineno, f"`{module.shown(awaited)}`")
