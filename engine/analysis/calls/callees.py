"""What the coroutines of the files that a run was asked for may call: of a plain function that nothing there calls, nothing is told."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

from ..module import Module, Project
from ..scope import FunctionNode
from .graph import CallGraph, Use


class Callees:
    """The plain functions that coroutines of the requested files call, themselves or through plain functions and classes whose
    objects they make. Ask `Project.fact(Callees)`.

    Where most files are requested it holds every function: then each is looked at once, and nobody need ask who calls it.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._graph = project.fact(CallGraph)
        self._all = len(project.requested) * 2 > len(project.files)

    def __contains__(self, function: object) -> bool:
        return self._all or function in self._functions

    def modules(self, needles: Sequence[bytes]) -> Iterator[Module]:
        """The files in which they stand, as far as they hold one of the needles, in order of path."""
        for source in self._project.others(Path()):
            if (self._all or source.path in self._paths) and self._project.texts.holds(source.data, *needles):
                if (module := self._graph.module(source.path)) is not None:
                    yield module

    def uses(self, targets: Iterable[tuple[Module, FunctionNode]]) -> dict[FunctionNode, list[Use]]:
        """The uses of functions, without those elsewhere and those that only may be uses."""
        given = list(targets)
        if self._all:
            return self._graph.uses(given)
        found: dict[FunctionNode, list[Use]] = {node: [] for _, node in given}
        naming = self._project.mentioning({node.name for _, node in given})
        modules = (
            self._graph.module(path) for path in naming if path in self._paths or path in self._project.requested
        )
        for use, node in self._graph.uses_in(filter(None, modules), given):
            found[node].append(use)
        return found

    @cached_property
    def _paths(self) -> frozenset[Path]:
        return frozenset(module.path for module in self._functions.values())

    @cached_property
    def _functions(self) -> dict[FunctionNode, Module]:
        found: dict[FunctionNode, Module] = {}
        waiting: list[tuple[Module, FunctionNode]] = []
        for path in sorted(self._project.requested):
            if (module := self._graph.module(path)) is not None:
                waiting += ((module, function) for function in module.all(ast.AsyncFunctionDef))
        while waiting:
            where, caller = waiting.pop()
            for call in where.within(caller, ast.Call):
                meant = self._graph.definition(where, call.func)
                if meant is not None and isinstance(meant[1], ast.ClassDef):
                    meant = self._graph.method(meant[0], meant[1], "__init__")
                if meant is not None and isinstance(meant[1], ast.FunctionDef) and meant[1] not in found:
                    found[meant[1]] = meant[0]
                    waiting.append((meant[0], meant[1]))
        return found
