"""The control flow of one function: what it evaluates, in which order, and where an exception goes.

A graph of points, one for each expression that is evaluated and each step that a statement takes by itself (the next
item of a loop, the two ends of a ``with``). Edges follow the language reference: evaluation order, short circuits,
branches, loops, jumps through `finally`, and exceptions. `finally` bodies stand twice in the graph, once for each way
to come there, so that a body that ends normally does not seem to return.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from .evaluation import Evaluation, Point, link
from .scope import FunctionNode


@dataclass(slots=True, eq=False)
class _Final:
    """A `finally`, or the exit of a ``with``, that a jump has to pass."""

    pad: Point
    targets: list[Point] = field(default_factory=list)


@dataclass(slots=True)
class _Loop:
    head: Point
    end: Point
    finals: int


class Flow(Evaluation):
    """The graph of a function. `narrow` tells the except clauses that only a library's awaited calls can reach.

    `suppresses` tells the ``with`` items that may swallow an exception, `fails` whether a node may raise at all.
    """

    def __init__(
        self,
        function: FunctionNode | ast.Lambda,
        *,
        narrow: Callable[[ast.ExceptHandler], bool],
        catches_all: Callable[[ast.ExceptHandler], bool],
        suppresses: Callable[[ast.withitem], bool],
        fails: Callable[[ast.AST], bool],
    ) -> None:
        self.entry, self.end, self.raised = (Point(function, "mark") for _ in range(3))
        super().__init__(self.entry, self.raised, fails)
        self._narrow, self._catches_all, self._suppresses = narrow, catches_all, suppresses
        self._finals: list[_Final] = []
        self._loops: list[_Loop] = []
        if isinstance(function, ast.Lambda):
            self._expression(function.body)
        else:
            self._body(function.body)
        self._go(self.end)

    def around(self, node: ast.AST) -> list[Point]:
        """The points at which `node` is evaluated."""
        return [point for point in self.points.get(node, ()) if point.role == "eval"]

    # Jumps

    def _jump(self, target: Point, finals: int = 0) -> None:
        """Leave for `target`, through every `finally` but the first ones."""
        passed = self._finals[finals:]
        way = [final.pad for final in reversed(passed)] + [target]
        for final, following in zip(reversed(passed), way[1:], strict=True):
            final.targets.append(following)
        self._go(way[0])

    # Statements

    def _body(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            if self._current:  # what cannot be reached is no part of the flow
                self._statement(statement)

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Expr(value=value):
                self._expression(value)
            case ast.Assign(targets=targets, value=value):
                self._each([value, *targets])
            case ast.AnnAssign(target=target, value=value):
                self._each([value, target] if value else [])
            case ast.AugAssign(target=target, value=value):
                self._each([*_owners(target), value])
                self._add(statement)
            case ast.Return(value=value):
                self._each([value] if value else [])
                self._jump(self.end)
            case ast.Raise(exc=raised, cause=cause):
                self._each([part for part in (raised, cause) if part])
                self._add(statement)
                self._leave()
            case ast.If():
                self._if(statement)
            case ast.For() | ast.AsyncFor():
                self._expression(statement.iter)
                self._loop(statement, lambda: self._next(statement, statement.target), endless=False)
            case ast.While(test=test):
                endless = isinstance(test, ast.Constant) and bool(test.value)
                self._loop(statement, lambda: self._expression(test), endless=endless)
            case ast.Break() | ast.Continue() if self._loops:
                loop = self._loops[-1]
                self._jump(loop.end if isinstance(statement, ast.Break) else loop.head, loop.finals)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                self._with(items, statement.body)
            case ast.Try():
                self._try(statement)
            case ast.Match(subject=subject, cases=cases):
                self._match(subject, cases)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._each(
                    [*statement.decorator_list, *statement.args.defaults, *filter(None, statement.args.kw_defaults)]
                )
                self._add(statement)
            case ast.ClassDef(bases=bases, keywords=keywords, body=body):
                self._each([*statement.decorator_list, *bases, *(k.value for k in keywords)])
                self._body(body)
                self._add(statement)
            case ast.Assert(test=test, msg=message):
                self._each([test, *([message] if message else [])])
                self._add(statement)
            case ast.Delete(targets=targets):
                self._each(targets)
            case _ if type(statement).__name__ == "TryStar":
                self._try(statement)  # type: ignore[arg-type]
            case ast.Import() | ast.ImportFrom():
                self._add(statement)

    def _leave(self) -> None:
        """Raise."""
        start = self._current
        for target in dict.fromkeys((*self._raising[0], *self._raising[1])):
            link(start, target)
        self._current = []

    def _if(self, statement: ast.If) -> None:
        ends: list[Point] = []
        while True:  # a chain of elifs may be longer than Python's stack
            self._expression(statement.test)
            start = self._current
            self._body(statement.body)
            ends += self._current
            self._current = start
            if len(statement.orelse) != 1 or not isinstance(statement.orelse[0], ast.If):
                break
            statement = statement.orelse[0]
        self._body(statement.orelse)
        self._current = [*ends, *self._current]

    def _loop(
        self, statement: ast.For | ast.AsyncFor | ast.While, test: Callable[[], object], *, endless: bool
    ) -> None:
        loop = _Loop(Point(statement, "mark"), Point(statement, "mark"), len(self._finals))
        self._go(loop.head)
        self._current = [loop.head]
        test()
        start = self._current if isinstance(statement, ast.While) else self._exits
        self._loops.append(loop)
        self._body(statement.body)
        self._go(loop.head)
        self._loops.pop()
        self._current = [] if endless else start
        self._body(statement.orelse)
        self._go(loop.end)
        self._current = [loop.end] if loop.end.before else []

    def _with(self, items: list[ast.withitem], body: list[ast.stmt]) -> None:
        if not items:
            self._body(body)
            return
        item = items[0]
        self._expression(item.context_expr)
        self._add(item, "enter")
        outer, final = self._raising, _Final(Point(item, "mark"))
        self._finals.append(final)
        self._raising = (final.pad,), ()
        if item.optional_vars:
            self._expression(item.optional_vars)
        self._with(items[1:], body)
        self._finals.pop()
        self._raising = outer
        if self._current:
            self._add(item, "exit")
        ends = self._current
        self._abrupt(final, lambda: self._add(item, "exit"))
        if self._suppresses(item):
            ends = [*ends, *self._current]
        self._current = ends

    def _abrupt(self, final: _Final, run: Callable[[], object]) -> None:
        """The second copy of what runs at the end: for jumps and exceptions, which go on behind it."""
        self._current = [final.pad]
        run()
        for target in dict.fromkeys((*final.targets, *self._raising[0], *self._raising[1])):
            link(self._current, target)

    def _try(self, statement: ast.Try) -> None:
        outer = self._raising
        final = _Final(Point(statement, "mark")) if statement.finalbody else None
        if final:
            self._finals.append(final)
            self._raising = (final.pad,), ()
        around = self._raising
        pads = [Point(handler, "mark") for handler in statement.handlers]
        general = [pad for pad, h in zip(pads, statement.handlers, strict=True) if not self._narrow(h)]
        special = [pad for pad in pads if pad not in general]
        if not any(map(self._catches_all, statement.handlers)):
            general, special = [*general, *around[0]], [*special, *around[1]]
        self._raising = tuple(general), tuple(special)
        self._body(statement.body)
        self._raising = around
        self._body(statement.orelse)
        ends = self._current
        for handler, pad in zip(statement.handlers, pads, strict=True):
            self._current = [pad]
            self._each([handler.type] if handler.type else [])
            self._body(handler.body)
            ends = [*ends, *self._current]
        self._current = ends
        if final:
            self._finals.pop()
            self._raising = outer
            self._body(statement.finalbody)
            ends = self._current
            self._abrupt(final, lambda: self._body(statement.finalbody))
            self._current = ends

    def _match(self, subject: ast.expr, cases: list[ast.match_case]) -> None:
        self._expression(subject)
        ends: list[Point] = []
        for case in cases:
            self._add(case)
            missed = self._current
            if case.guard:
                self._expression(case.guard)
                missed = [*missed, *self._current]
            self._body(case.body)
            ends += self._current
            self._current = missed
        self._current += ends


def _owners(target: ast.expr) -> list[ast.expr]:
    """What is evaluated of the target of an augmented assignment before its value."""
    match target:
        case ast.Attribute(value=value):
            return [value]
        case ast.Subscript(value=value, slice=index):
            return [value, index]
    return []
