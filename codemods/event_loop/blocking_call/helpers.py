"""Plain functions that block, and the calls in coroutines from which they can move to a thread."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from ....engine.analysis import shared_connections as _shared
from ....engine.analysis import sqlite as _sqlite
from ....engine.analysis.blocking import Blocks
from ....engine.analysis.calls.callees import Callees
from ....engine.analysis.calls.graph import CallGraph, Use
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.failing import fails
from ....engine.analysis.handlers import starts_the_bot
from ....engine.analysis.module import Module, Project
from ....engine.analysis.paths import pattern_of
from ....engine.analysis.processes import gone_over, waits_for
from ....engine.analysis.refuse import runs_in_thread
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import FunctionNode
from ....engine.rewriting import awaits
from ....knowledge.blocking import COPIES, PERSON, PROCESS
from . import sqlite_statements
from .reasons import OF_A_PERSON, ONE_BY_ONE, RARE, READS_ONLY, UNSEEN, of_hook, of_no_thread, of_one_thread, per_thread
from .work import Works, works_on_database

_DEPTH = 6
#: What works on one file, of which `async-file-io` says whether that takes long.
_ONE_FILE = COPIES - {"shutil.copytree"}
#: Instead of a key of `knowledge.blocking.UNTIL`: a database of sqlite3.
SQLITE = "sqlite3"


@dataclass(frozen=True, eq=False)
class Blocking:
    """A plain function that blocks while coroutines wait for it, itself or through another one."""

    module: Module
    function: ast.FunctionDef
    #: The call that blocks, and the module it stands in.
    call: ast.Call
    owner: Module
    #: The function that is waited for, as the source names it.
    what: str
    #: What is waited for: a key of `knowledge.blocking.UNTIL`, or `SQLITE`.
    kind: str
    #: Whether it blocks only where something else has failed.
    rare: bool = False

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

    def __init__(self, project: Project, needles: Sequence[bytes]) -> None:
        self.project = project
        self.resolver = project.fact(CallGraph)
        self.blocks = project.fact(Blocks)
        self.works = Works(self.resolver)
        self.found: dict[FunctionNode, Blocking] = {}
        self.sites: list[Site] = []
        self._reached: dict[FunctionNode, list[tuple[Module, FunctionNode]]] = {}
        self._callees = project.fact(Callees)
        #: Those that block only in their ``except``.
        self._rare: list[Blocking] = []
        often: list[Blocking] = []
        for module in self._callees.modules(needles):
            for blocking in self._blocking(module):
                (self._rare if _is_fallback(module, blocking.call) else often).append(blocking)
        self._follow(often)
        self._follow([replace(blocking, rare=True) for blocking in self._rare])

    def _blocking(self, module: Module) -> Iterator[Blocking]:
        for loop in module.all(ast.For, ast.comprehension):
            function = module.function(loop.iter)
            if not isinstance(function, ast.FunctionDef) or function not in self._callees:
                continue
            if (started := gone_over(module, loop.iter)) is not None:
                yield Blocking(module, function, started, module, module.shown(loop.iter), PROCESS)
        for call in module.all(ast.Call):
            function = module.function(call)
            if not isinstance(function, ast.FunctionDef) or function not in self._callees:
                continue
            if module.in_coroutine(call) or runs_in_thread(module, call):
                continue
            names = module.candidates(call.func)
            if (process := waits_for(module, call, names)) is not None:
                if len(names) <= 1:
                    yield Blocking(module, function, call, module, process, PROCESS)
            elif works_on_database(self.resolver, module, function, call):
                yield Blocking(module, function, call, module, "", SQLITE)
            elif (block := self.blocks.of(module, call)) is not None and block.name not in _ONE_FILE:
                if block.is_of_browser and not block.owner:
                    continue  # who only starts a browser gives it to others to drive
                yield Blocking(module, function, call, module, f"{module.shown(call.func)}()", block.kind)

    def _follow(self, first: list[Blocking]) -> None:
        fresh = [blocking for blocking in first if self.found.setdefault(blocking.function, blocking) is blocking]
        for _ in range(_DEPTH):
            following: list[Blocking] = []
            uses = self._callees.uses((b.module, b.function) for b in fresh)
            for blocking in fresh:
                for use in uses[blocking.function]:
                    following += self._caller(blocking, use)
            fresh = following

    def _caller(self, blocking: Blocking, use: Use) -> Iterator[Blocking]:
        if use.is_doubtful or use.call is None or use.caller is None or runs_in_thread(use.module, use.call):
            return
        if isinstance(use.caller, ast.AsyncFunctionDef):
            if not starts_the_bot(use.caller) and not isinstance(use.module.parent(use.call), ast.Await):
                self.sites.append(Site(use.module, use.call, use.caller, blocking))
        elif use.caller not in self.found and not use.module.in_coroutine(use.call):
            caller = replace(blocking, module=use.module, function=use.caller)
            if not blocking.rare and _is_fallback(use.module, use.call):
                self._rare.append(caller)
            else:
                self.found[use.caller] = caller
                yield caller

    @cached_property
    def wanted(self) -> list[Site]:
        """The sites in files that the run was asked for, each call once, in order."""
        asked = (site for site in reversed(self.sites) if site.module.path in self.project.requested)
        once = {site.call: site for site in asked}  # what blocks each time comes first
        return sorted(once.values(), key=lambda site: (site.module.path, site.call.lineno, site.call.col_offset))

    def of_coroutine(self, coroutine: ast.AsyncFunctionDef) -> list[Site]:
        """The sites in a coroutine."""
        return self._by_coroutine.get(coroutine, [])

    @cached_property
    def _by_coroutine(self) -> dict[ast.AsyncFunctionDef, list[Site]]:
        found: dict[ast.AsyncFunctionDef, dict[ast.Call, Site]] = {}
        for site in self.sites:
            found.setdefault(site.coroutine, {}).setdefault(site.call, site)
        return {coroutine: list(sites.values()) for coroutine, sites in found.items()}

    def refusal(self, site: Site) -> str | None:
        """Why a call cannot move to a thread, as a clause."""
        helper = site.helper
        if any(keyword.arg == "preexec_fn" for keyword in helper.call.keywords):
            return f"{helper.name} uses preexec_fn, which may hang in a program that has threads"
        if helper.kind == PERSON:
            return OF_A_PERSON
        if helper.rare:
            return RARE
        if any(self.works.of(*place).ends_program for place in self.reached(helper)):
            return f"{helper.name} ends the program, or puts another one in its place"
        inner = helper.owner, helper.call
        if failing := fails(self.resolver, (site.module, site.call), helper.function, inner):
            return failing
        if (file := self._replaced_database(helper)) is not None:
            return f"{helper.name} writes `{file}` anew and opens it as a database: others would come to half of it while it runs"
        if (maker := self._blocking_maker(site)) is not None:
            return f"{maker} blocks, too, before a thread begins: put both into a plain function, and await asyncio.to_thread() with it"
        if shared := self._shared_connection(helper):
            return f"in {helper.name} {shared}"
        if any(helper.module.resolve(d) == "contextlib.contextmanager" for d in helper.function.decorator_list):
            return f"{helper.name} is entered by a `with`: put that into a plain function, and await asyncio.to_thread() with it"
        if helper.module.within(helper.function, ast.Yield, ast.YieldFrom):
            return f"{helper.name} is a generator, of which nothing would run in the thread"
        return awaits.refusal(site.module, site.call)

    def _blocking_maker(self, site: Site) -> str | None:
        """The call that makes the object whose method is called, where it blocks: ``Database().users()``."""
        for call in ast.walk(site.call.func):
            if isinstance(call, ast.Call) and (meant := self.resolver.definition(site.module, call.func)) is not None:
                where, maker = meant
                made = self.resolver.method(where, maker, "__init__") if isinstance(maker, ast.ClassDef) else meant
                if made is not None and made[1] in self.found:
                    return f"{site.module.shown(call.func)}()"
        return None

    def _replaced_database(self, helper: Blocking) -> str | None:
        """The file that a function writes as a whole and that is a database."""
        for module, function in self.reached(helper):
            work = self.works.of(module, function)
            calls = module.within(function, ast.Call) if work.on_sqlite else []
            opened = [c.args[0] for c in calls if module.resolve(c.func) == "sqlite3.connect" and c.args]
            databases = {pattern_of(module, path) for path in opened}
            written = (pattern_of(module, a.path) for a in work.accesses if a.kind not in ("read", "probe", "append"))
            if (found := next((name for name in written if name in databases and "*" not in name), None)) is not None:
                return found
        return None

    def too_short(self, site: Site) -> str | None:
        """Why a thread gains nothing for what works on sqlite3, as a clause."""
        if site.helper.kind != SQLITE:
            return None
        if concurrency(site.module.project, site.module.path).sequential:
            return ONE_BY_ONE
        if self._is_seen_to_write(site.helper):
            return None
        executed = ((module, call) for module, call in self._calls(site.helper) if _sqlite.executes(call))
        return READS_ONLY if all(sqlite_statements.only_reads(*place) for place in executed) else UNSEEN

    def writes(self, helper: Blocking) -> bool:
        """Whether a function may change a database of sqlite3, itself or through functions that it calls."""
        return self._is_seen_to_write(helper) or any(
            sqlite_statements.writes(self.resolver, *place) for place in self.reached(helper)
        )

    def _calls(self, helper: Blocking) -> Iterator[tuple[Module, ast.Call]]:
        for module, function in self.reached(helper):
            yield from ((module, call) for call in module.within(function, ast.Call))

    def _is_seen_to_write(self, helper: Blocking) -> bool:
        return any(sqlite_statements.is_seen_to_write(*place) for place in self._calls(helper))

    def _shared_connection(self, helper: Blocking) -> str | None:
        """Why what a function, or one that it calls, uses of all cannot move, as a clause that begins with its name."""
        for module, function in self.reached(helper):
            if found := _shared.shared_in(self.resolver, module, function):
                return _shared.cannot_move(found)
            if crashes := of_no_thread(module, function):
                return crashes
            if helper.kind == SQLITE and (kept := per_thread(self.resolver, module, function)):
                return kept
            for block in self.blocks.within(module, function):
                if reason := of_one_thread(module, block) or of_hook(module, block):
                    return reason
        return None

    def reached(self, helper: Blocking) -> list[tuple[Module, FunctionNode]]:
        """A function and the plain functions that it calls."""
        if helper.function not in self._reached:
            self._reached[helper.function] = list(_reached(self.resolver, helper.module, helper.function, set()))
        return self._reached[helper.function]


def _is_fallback(module: Module, call: ast.Call) -> bool:
    """Whether a call stands in an ``except`` clause of its function."""
    return any(isinstance(block, ast.ExceptHandler) for block, _ in module.around(call))


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
