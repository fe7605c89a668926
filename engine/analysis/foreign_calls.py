"""Calls of libraries of which nobody here knows how long they take: they may stop the event loop for longer than what is moved."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ...knowledge.blocking import PERSON
from ...knowledge.purity import TELLING_METHODS
from ...knowledge.quick import returns_soon
from .assignments import values_of
from .blocking import Blocks
from .facts import Facts
from .files import accesses_by
from .module import Module, Project
from .module_names import STANDARD
from .processes import waits_for
from .refuse import runs_in_thread
from .replacing import last_of
from .scope import FunctionNode

_DEPTH = 6
_OPENED = "sqlite3.connect"
_LOOPS = (ast.For, ast.AsyncFor, ast.While)
#: What is given coroutines to run.
_RUN = frozenset(
    "create_task ensure_future gather wait wait_for shield run_coroutine_threadsafe run_until_complete".split()
)


@dataclass(frozen=True, slots=True)
class ForeignCall:
    """A call that runs a library's code in place."""

    module: Module
    call: ast.Call
    #: What is called, from the library on: "jikanpy.Jikan().search".
    name: str


class ForeignCalls:
    """The calls of a project's functions into libraries, but for those that are awaited. Ask `Project.fact(ForeignCalls)`."""

    def __init__(self, project: Project) -> None:
        self._facts = project.fact(Facts)
        self._blocks = project.fact(Blocks)
        self._within: dict[FunctionNode, list[ForeignCall]] = {}
        self._behind: dict[FunctionNode, list[tuple[ForeignCall, ast.Call]]] = {}

    def within(self, module: Module, function: FunctionNode) -> list[ForeignCall]:
        """Those of a function's own code, in source order."""
        if function not in self._within:
            self._within[function] = list(self._find(module, function))
        return self._within[function]

    def behind(self, module: Module, coroutine: FunctionNode) -> list[tuple[ForeignCall, ast.Call]]:
        """Those of which nobody knows how long they take in the project's functions that a coroutine calls, each with the call there."""
        if coroutine not in self._behind:
            self._behind[coroutine] = list(self._find_behind(module, coroutine))
        return self._behind[coroutine]

    def _find_behind(self, module: Module, coroutine: FunctionNode) -> Iterator[tuple[ForeignCall, ast.Call]]:
        for call in module.within(coroutine, ast.Call):
            meant = None if runs_in_thread(module, call) else self._facts.graph.definition(module, call.func)
            if meant is None:
                continue
            where, function = meant
            if isinstance(function, ast.ClassDef):
                continue
            if isinstance(function, ast.FunctionDef) and (
                self._is_awaited(module, call) or self._blocks_itself(where, function)
            ):
                continue  # it only makes what is awaited, or moves as a whole
            if found := next(filter(self.is_unknown, self.within(where, function)), None):
                yield found, call

    def _blocks_itself(self, module: Module, function: FunctionNode) -> bool:
        """Whether something in a function's own code is known to block, or works on files: that is a finding of its own."""
        for call in module.within(function, ast.Call):
            if module.resolve(call.func) == _OPENED or next(iter(accesses_by(module, call)), None) is not None:
                return True
            if waits_for(module, call, module.candidates(call.func)) is not None:
                return True
        return bool(self._blocks.within(module, function))

    def is_unknown(self, found: ForeignCall) -> bool:
        """Whether nothing tells how long a call takes."""
        if (block := self._blocks.of(found.module, found.call)) is not None:
            return self._blocks.drives_browser(found.module, block)  # the others are findings of their own
        return not (found.name.rpartition(".")[2] in TELLING_METHODS or returns_soon(found.name))

    def _find(self, module: Module, function: FunctionNode) -> Iterator[ForeignCall]:
        for call in module.within(function, ast.Call):
            if self._is_awaited(module, call) or _is_put_off(module, call) or runs_in_thread(module, call):
                continue
            block = self._blocks.of(module, call)
            name = block.name if block is not None and block.is_of_browser else self._origin(module, call.func, _DEPTH)
            if name:
                yield ForeignCall(module, call, name)

    def _is_awaited(self, module: Module, call: ast.Call) -> bool:
        parent = module.parent(call)
        if isinstance(parent, ast.withitem):
            return isinstance(module.parent(parent), ast.AsyncWith)
        if isinstance(parent, ast.Call) and last_of(parent.func) in _RUN:
            return True
        return isinstance(parent, (ast.Await, ast.AsyncFor))

    def _origin(self, module: Module, node: ast.expr, depth: int) -> str:
        """What an expression is, from the library that gave it on; "" where none is seen to have."""
        if depth < 0 or self._facts.kind(module, node):
            return ""  # which of the methods of a known kind block is known
        if name := self._facts.name_of(module, node):
            is_data = name.rpartition(".")[2].isupper()
            is_own = name.partition(".")[0] in STANDARD or self._facts.graph.may_be_own(name)
            return "" if is_data or is_own else name
        match node:
            case ast.Attribute(value=value, attr=attr):
                return f"{inner}.{attr}" if (inner := self._origin(module, value, depth - 1)) else ""
            case ast.Call(func=called):
                if self._blocks.of(module, node):
                    return ""  # it has answered, and what it gave is data
                return f"{inner}()" if (inner := self._origin(module, called, depth - 1)) else ""
            case ast.Subscript(value=value):
                return f"{inner}[]" if (inner := self._origin(module, value, depth - 1)) else ""
            case ast.Name():
                where, assigned = self._facts.graph.assigned(module, node)
                values = [(where, assigned)] if assigned is not None else [(module, v) for v in values_of(module, node)]
                found = (self._origin(*one, depth - 1) for one in values if one[1] is not node)
                return next(filter(None, found), "")
        return ""


def _is_put_off(module: Module, call: ast.Call) -> bool:
    """Whether a call waits in a ``lambda`` for somebody to call that."""
    around = (a for a in module.ancestors(call) if isinstance(a, (ast.Lambda, ast.AsyncFunctionDef)))
    return isinstance(next(around, None), ast.Lambda)


def longer_beside(module: Module, line: int) -> str | None:
    """Why it is not shown that others are served any sooner when a call at a line of a coroutine no longer blocks, as a clause: beside it
    stays a call of which nobody here knows how long it blocks, or a question to whoever sits in front of the program.
    """
    coroutine = _coroutine_at(module, line)
    if coroutine is None:
        return None
    turn = next((loop for loop in reversed(module.within(coroutine, *_LOOPS)) if _holds(loop, line)), None)
    for block in module.project.fact(Blocks).within(module, coroutine) if turn is not None else ():
        if block.kind == PERSON and _holds(turn, block.call.lineno) and not is_instead(module, block.call, line):
            asks = f"`{module.shown(block.call.func)}()` (line {block.call.lineno})"
            return f"{asks} stops everything at each turn until somebody has typed a line"
    calls = module.project.fact(ForeignCalls)
    beside = (c for c in calls.within(module, coroutine) if calls.is_unknown(c))
    unknown = next((c for c in beside if not is_instead(module, c.call, line)), None)
    if unknown is None:
        return None
    return (
        f"`{module.shown(unknown.call.func)}()` (line {unknown.call.lineno}) stays on the event loop and may take longer, which is not "
        "known: put both into a plain function, and await `asyncio.to_thread()` with it"
    )


def longer_behind(module: Module, line: int) -> str | None:
    """That such a call stays in a function of the project's own that is called beside a line of a coroutine, as a clause."""
    coroutine = _coroutine_at(module, line)
    behind = module.project.fact(ForeignCalls).behind(module, coroutine) if coroutine is not None else ()
    for unknown, call in behind:
        if not _holds(call, line) and not is_instead(module, call, line):
            name, inside = unknown.module.shown(unknown.call.func), module.shown(call.func)
            return f"`{name}()` in `{inside}()` (line {call.lineno}) stays on the event loop, and how long it takes is not known"
    return None


def _coroutine_at(module: Module, line: int) -> ast.AsyncFunctionDef | None:
    return next((f for f in reversed(module.functions_at(line)) if isinstance(f, ast.AsyncFunctionDef)), None)


def _holds(node: ast.AST | None, line: int) -> bool:
    return getattr(node, "lineno", line + 1) <= line <= (getattr(node, "end_lineno", None) or 0)


def is_instead(module: Module, node: ast.AST, line: int) -> bool:
    """Whether something runs only where a line does not: in another branch of an ``if``, or where something has failed."""
    inner: ast.AST = node
    for outer in module.ancestors(node):
        if isinstance(outer, ast.If) and inner is not outer.test:
            other = outer.orelse if inner in outer.body else outer.body
            if other and other[0].lineno <= line <= (other[-1].end_lineno or 0):
                return True
        if isinstance(outer, ast.ExceptHandler) and not outer.lineno <= line <= (outer.end_lineno or 0):
            return True
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef)):
            break
        inner = outer
    return False
