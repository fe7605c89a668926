"""Databases of sqlite3 that a coroutine opens, uses and closes itself: these lines as a function of their own, in a thread."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....engine.analysis import refuse
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.sqlite import executes, is_own
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Cost, Finding, Hazard, Verdict
from ....engine.proofs import Inside, interruption, ordering, thread
from ....engine.proofs.interleaving import prove
from . import sqlite_statements, tables, texts
from .reasons import ONE_BY_ONE, READS_ONLY, UNSEEN
from .steps import BOUND_NAMES, as_function, caught_around, stand_alone

#: What a function inside of the coroutine could not do for it, or not in the same way.
_BOUND = (
    ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom, ast.Return, ast.Break, ast.Continue, ast.NamedExpr,
    ast.Global, ast.Nonlocal, ast.Delete, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom,
    ast.Match,
)  # fmt: skip
_STAYS = (
    "the connection belongs to the thread that opened it, so that its calls cannot move to threads one by one, and {}"
)
_LAST = "once a plain function opens, uses and closes it, the call of that function can move, or use aiosqlite"


def of_connection(codemod: Codemod, module: Module, call: ast.Call, cost: Cost) -> Finding:
    """The finding for a connection that a coroutine, or a function inside of it, opens."""
    found: Lines | str = texts.of_connection(module, call) or lines_of(module, call)
    if isinstance(found, Lines) and (reason := too_short(found, always=codemod.option(module, "sqlite") == "always")):
        found = reason
    if isinstance(found, str):
        return codemod.finding(module, call, texts.CONNECTION, reason=found, cost=cost)
    edits, imports = as_function(module, found.statements, "work_on_database", found.results())
    stopping = texts.stops(module, "The lines that use the database", "stop")
    why = (
        f"{stopping} while they work or wait for a lock; in a thread they stop only this coroutine. "
        f"{texts.of_commits(module)}"
    )
    title = "Work on the database in a thread"
    change = codemod.change(module, edits, why, title=title, verdicts=asked(found), imports=imports)
    return codemod.finding(module, call, texts.CONNECTION, change=change, cost=cost)


class Lines:
    """The statements of a coroutine that open, use and close a connection, and what the others need of them."""

    def __init__(self, module: Module, function: ast.AsyncFunctionDef, statements: Sequence[ast.stmt]) -> None:
        self.module = module
        self.function = function
        self.statements = statements
        inside = [node for statement in statements for node in ast.walk(statement)]
        self.calls = sorted((n for n in inside if isinstance(n, ast.Call)), key=lambda call: module.end(call))
        self.start, self.end = module.start(statements[0]), module.end(statements[-1])
        scope = module.names.opened[function]
        self.names = [n for n in inside if isinstance(n, ast.Name) and module.scope(n).find(n.id) is scope]
        self._inside = dict.fromkeys(inside)  # no set: what is said must be the same in each run

    def reason(self) -> str | None:
        """Why they cannot be a function, as a clause."""
        names: frozenset[str | None] = BOUND_NAMES | caught_around(self.module, self.statements[0])
        for node in self._inside:
            if isinstance(node, _BOUND) or (isinstance(node, ast.Name) and node.id in names):
                return f"in line {getattr(node, 'lineno', 0)} they wait, end early, define something or read what was caught"
        scope = self.module.names.opened[self.function]
        for node in (n for n in self._inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)):
            home = self.module.scope(node).find(node.id)
            if home is not scope and home is scope.find(node.id):
                return f"`{node.id}` belongs to more than this function"
        sure = dict(reversed(list(_surely_bound(self.module, self.statements))))  # where each is bound first
        for name in dict.fromkeys(node.id for node in self.names if isinstance(node.ctx, ast.Store)):
            reads = [node for node in self.names if node.id == name and isinstance(node.ctx, ast.Load)]
            bound = min(self.module.start(node) for node in self.names if node.id == name and node not in reads)
            if any(self.module.start(node) < bound for node in reads) or self._is_added_to(name):
                return f"`{name}` has a value before them that they use or change"
            if name not in sure and (self._is_bound_elsewhere(name) or name in self.results()):
                return f"`{name}` is set only on some ways through them"
            if any(self.module.start(node) < sure.get(name, 0) for node in reads) and self._is_bound_elsewhere(name):
                return f"`{name}` has a value before them that they use or change"
        return None

    def results(self) -> list[str]:
        """The variables that are set here and read elsewhere in the coroutine, in order."""
        scope = self.module.names.opened[self.function]
        stored = dict.fromkeys(node.id for node in self.names if isinstance(node.ctx, ast.Store))
        return [n for n in stored if any(use not in self._inside for use in self.module.uses(n, scope))]

    def _is_bound_elsewhere(self, name: str) -> bool:
        return any(b.node not in self._inside for b in self.module.bindings(name, self.statements[0]))

    def _is_added_to(self, name: str) -> bool:
        """Whether ``name += …`` stands before the name is set."""
        added = [n.target for n in self._inside if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)]
        first = min(self.module.start(node) for node in self.names if node.id == name)
        return any(target.id == name and self.module.start(target) == first for target in added)


def _surely_bound(module: Module, statements: Sequence[ast.stmt]) -> Iterator[tuple[str, int]]:
    """The names that statements bind on all ways through them, and from where on."""
    for statement in statements:
        match statement:
            case ast.Assign(targets=[target]) | ast.AnnAssign(target=target, value=ast.expr()):
                for node in ast.walk(target):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        yield node.id, module.end(statement)
            case ast.With(items=items, body=body) if all(
                is_own(module.project.fact(Resolver), module, item.context_expr) for item in items
            ):  # others may keep exceptions to themselves
                for item in items:
                    if isinstance(item.optional_vars, ast.Name):
                        yield item.optional_vars.id, module.end(item.optional_vars)
                yield from _surely_bound(module, body)
            case ast.Try(body=body, handlers=[], finalbody=last):
                yield from _surely_bound(module, [*body, *last])


def lines_of(module: Module, call: ast.Call) -> Lines | str:
    """The lines in which a connection is opened, used and closed, or why they are none."""
    function, resolver = module.function(call), module.project.fact(Resolver)
    statement = module.statement(call)
    block = module.block_of(statement)
    if not isinstance(function, ast.AsyncFunctionDef) or not block:
        return _STAYS.format(_LAST)
    following = block[block.index(statement) :]
    last = 0
    for place, other in enumerate(following):
        if place and any(_opens(module, node) for node in ast.walk(other)):
            break
        if any(isinstance(node, ast.Name) and is_own(resolver, module, node) for node in ast.walk(other)):
            last = place
    found = Lines(module, function, following[: last + 1])
    own = {n.id for n in found.names if is_own(resolver, module, n)}
    if own & {*found.results()}:
        return _STAYS.format("it is used in other lines as well: " + _LAST)
    reason = found.reason() or refuse.cannot_await(module, call) or refuse.foreign_event_loop(module)
    if reason := reason or refuse.holds_thread_lock(module, call):
        return _STAYS.format(f"{reason}: {_LAST}")
    return found if stand_alone(module, found.statements) else _STAYS.format(_LAST)


def too_short(found: Lines, *, always: bool) -> str | None:
    """Why a thread gains nothing for them, as a clause."""
    module = found.module
    if always:
        return None
    if concurrency(module.project, module.path).sequential:
        return ONE_BY_ONE
    if any(sqlite_statements.is_seen_to_write(module, call) for call in found.calls):
        return None
    reads = (sqlite_statements.only_reads(module, call) for call in found.calls if executes(call))
    return READS_ONLY if all(reads) else UNSEEN


def asked(found: Lines) -> list[Verdict]:
    """What is asked of the provers."""
    module, first, last = found.module, found.calls[0], found.calls[-1]
    on = tables.Tables()
    for call in found.calls:
        on |= tables.of_call(module, call)
    sentence = f"nobody else works on {on.shown or 'the database'} meanwhile, nor another call of these lines"
    return [
        _of_lines(
            found,
            prove(module, first, Inside.WRITES, until=last),
            "nothing that the bot does meanwhile matters to these lines",
        ),
        ordering.prove(module, first, Inside.WRITES),
        _of_lines(
            found, interruption.in_thread(module, last, ends_soon=False), "nobody cancels it while the database works"
        ),
        Assumption(Hazard.OUTSIDE, sentence, module.path, found.statements[0].lineno),
        thread.lines(module, found.function, found.statements),
        thread.free(module),
    ]


def _of_lines(found: Lines, verdict: Verdict, sentence: str) -> Verdict:
    """What is asked of the lines as a whole, where the answer for one of them names what moves with it."""
    first, last = found.statements[0].lineno, found.statements[-1].end_lineno or 0
    if isinstance(verdict, Assumption) and verdict.path == found.module.path and first <= (verdict.line or 0) <= last:
        return Assumption(verdict.hazard, sentence, verdict.path, first)
    return verdict


def _opens(module: Module, node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and module.resolve(node.func) == "sqlite3.connect"
