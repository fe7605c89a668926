"""What plain functions do outside of the program, each looked at once whoever calls it."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ....engine.analysis.files import Access, accesses_by
from ....engine.analysis.module import Module
from ....engine.analysis.processes import waits_for
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import FunctionNode
from ....engine.analysis.shared_connections import shared_in
from ....engine.analysis.sqlite import executes


@dataclass(frozen=True, slots=True)
class Work:
    """What the code of one function does, without that of the functions that it calls."""

    #: The calls that wait for a program.
    waiting: tuple[ast.Call, ...]
    #: The files it touches.
    accesses: tuple[Access, ...]
    #: Whether it opens or uses a connection of sqlite3.
    on_sqlite: bool
    #: Whether it ends the program, or puts another one in its place.
    ends_program: bool


class Works:
    """The work of the functions that were asked for."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[FunctionNode, Work] = {}

    def of(self, module: Module, function: FunctionNode) -> Work:
        """What a function does."""
        if function not in self._known:
            self._known[function] = _work(self._resolver, module, function)
        return self._known[function]


def _work(resolver: Resolver, module: Module, function: FunctionNode) -> Work:
    calls = module.within(function, ast.Call)
    plain = isinstance(function, ast.FunctionDef)
    names = [module.resolve(call.func) or "" for call in calls]
    return Work(
        tuple(call for call in calls if waits_for(module, call, module.candidates(call.func))),
        tuple(access for call in calls for access in accesses_by(module, call)),
        plain and any(works_on_database(resolver, module, function, call) for call in calls),
        any(name.startswith(("os.exec", "os._exit")) for name in names),
    )


def works_on_database(resolver: Resolver, module: Module, function: FunctionNode, call: ast.Call) -> bool:
    """Whether a call in a function opens or uses a connection of sqlite3."""
    if module.resolve(call.func) == "sqlite3.connect":
        return True
    return executes(call) and shared_in(resolver, module, function) is not None
