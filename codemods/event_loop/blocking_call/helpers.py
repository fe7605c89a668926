"""Plain functions that block, and the calls in coroutines from which they can move to a thread."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ....engine.analysis import sqlite as _sqlite
from ....engine.analysis.calls.graph import CallGraph, Use
from ....engine.analysis.handlers import starts_the_bot
from ....engine.analysis.module import Module, Project
from ....engine.analysis.processes import waits_for
from ....engine.analysis.refuse import runs_in_thread
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import FunctionNode
from ....engine.rewriting import awaits
from ....engine.sources.source import SourceError

_DEPTH = 6


@dataclass(frozen=True, eq=False)
class Blocking:
    """A plain function that blocks while coroutines wait for it, itself or through another one."""

    module: Module
    function: ast.FunctionDef
    #: The call that blocks, and the module it stands in.
    call: ast.Call
    owner: Module
    #: The function that is waited for, as the source names it; None: a database.
    process: str | None

    @property
    def name(self) -> str:
        """Its name as a call."""
        return f"{self.function.name}()"


@dataclass(frozen=True, eq=False)
class Site:
    """A call of a blocking function in a coroutine."""

    module: Module
    call: ast.Call
    coroutine: ast.AsyncFunctionDef
    helper: Blocking


class Helpers:
    """The blocking plain functions of a project, with all plain functions that call them."""

    def __init__(self, project: Project, holds: Callable[[bytes], bool]) -> None:
        self.project = project
        self.resolver = project.fact(CallGraph)
        self.found: dict[FunctionNode, Blocking] = {}
        self.sites: list[Site] = []
        self._reached: dict[FunctionNode, list[tuple[Module, FunctionNode]]] = {}
        for path in project.files:
            try:
                source = project.source(path)
            except SourceError:
                continue
            module = self.resolver.module(path) if source and holds(source.data) else None
            for blocking in _blocking(self.resolver, module) if module else ():
                self.found.setdefault(blocking.function, blocking)
        self._follow()

    def _follow(self) -> None:
        fresh = list(self.found.values())
        for _ in range(_DEPTH):
            following: list[Blocking] = []
            uses = self.resolver.uses([(b.module, b.function) for b in fresh])
            for blocking in fresh:
                for use in uses[blocking.function]:
                    following += self._caller(blocking, use)
            fresh = following

    def _caller(self, blocking: Blocking, use: Use) -> Iterator[Blocking]:
        if use.obstacle or use.call is None or use.caller is None or runs_in_thread(use.module, use.call):
            return
        if isinstance(use.caller, ast.AsyncFunctionDef):
            if not starts_the_bot(use.caller) and not isinstance(use.module.parent(use.call), ast.Await):
                self.sites.append(Site(use.module, use.call, use.caller, blocking))
        elif use.caller not in self.found and not use.module.in_coroutine(use.call):
            caller = Blocking(use.module, use.caller, blocking.call, blocking.owner, blocking.process)
            self.found[use.caller] = caller
            yield caller

    @cached_property
    def wanted(self) -> list[Site]:
        """The sites in files that the run was asked for, each call once, in order."""
        once = {site.call: site for site in self.sites if site.module.path in self.project.requested}
        return sorted(once.values(), key=lambda site: (site.module.path, site.call.lineno, site.call.col_offset))

    def refusal(self, site: Site) -> str | None:
        """Why a call cannot move to a thread, as a clause."""
        helper = site.helper
        if any(keyword.arg == "preexec_fn" for keyword in helper.call.keywords):
            return f"{helper.name} uses preexec_fn, which may hang in a program that has threads"
        if shared := self._shared_connection(helper):
            return f"in {helper.name} {_sqlite.cannot_move(shared)}"
        if helper.module.within(helper.function, ast.Yield, ast.YieldFrom):
            return f"{helper.name} is a generator, of which nothing would run in the thread"
        return awaits.refusal(site.module, site.call)

    def _shared_connection(self, helper: Blocking) -> _sqlite.Shared | None:
        """The connection of all that a function, or one that it calls, uses."""
        for module, function in self.reached(helper):
            if found := _sqlite.shared_in(self.resolver, module, function):
                return found
        return None

    def reached(self, helper: Blocking) -> list[tuple[Module, FunctionNode]]:
        """A function and the plain functions that it calls."""
        if helper.function not in self._reached:
            self._reached[helper.function] = list(_reached(self.resolver, helper.module, helper.function, set()))
        return self._reached[helper.function]


def _blocking(resolver: Resolver, module: Module) -> Iterator[Blocking]:
    for call in module.all(ast.Call):
        function = module.function(call)
        if not isinstance(function, ast.FunctionDef) or module.in_coroutine(call) or runs_in_thread(module, call):
            continue
        process = waits_for(module, call, module.candidates(call.func))
        if process is not None and len(module.candidates(call.func)) <= 1:
            yield Blocking(module, function, call, module, process)
        elif process is None and _works_on_database(resolver, module, function, call):
            yield Blocking(module, function, call, module, None)


def _works_on_database(resolver: Resolver, module: Module, function: ast.FunctionDef, call: ast.Call) -> bool:
    if module.resolve(call.func) == "sqlite3.connect":
        return True
    executes = isinstance(call.func, ast.Attribute) and call.func.attr in ("execute", "executemany", "executescript")
    return executes and _sqlite.shared_in(resolver, module, function) is not None


def _reached(
    resolver: Resolver, module: Module, function: FunctionNode, seen: set[ast.AST]
) -> Iterator[tuple[Module, FunctionNode]]:
    """A function and the plain functions that it calls."""
    seen.add(function)
    yield module, function
    for call in module.within(function, ast.Call):
        if len(seen) < 60:
            meant = resolver.definition(module, call.func)
            if meant and isinstance(meant[1], ast.FunctionDef) and meant[1] not in seen:
                yield from _reached(resolver, meant[0], meant[1], seen)
