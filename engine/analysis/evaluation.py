"""The points of a control flow graph, and the order in which expressions are evaluated."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable


class Point:
    """One step of a function."""

    __slots__ = ("after", "before", "failing", "node", "role", "waits")

    def __init__(self, node: ast.AST, role: str = "eval") -> None:
        self.node = node
        #: "eval"; "next": a loop's or comprehension's next item; "enter", "exit": the ends of a ``with`` item; "given":
        #: what an awaited call is given; "mark": a place without a step of its own.
        self.role = role
        self.after: Route = ()
        #: Where an exception that is raised here goes.
        self.failing: Route = ()
        self.before: Route = ()
        #: Whether others may run in the step.
        self.waits = isinstance(node, ast.Await) if role == "eval" else role != "mark"


Route = tuple[Point, ...]


class Evaluation:
    """Builds the part of a graph that one expression after the other makes. `fails` tells whether a node may raise at all."""

    def __init__(self, start: Point, leaves: Point, fails: Callable[[ast.AST], bool]) -> None:
        self.points: dict[ast.AST, list[Point]] = {}
        #: The points whose exceptions come to a point.
        self.failed: dict[Point, list[Point]] = {}
        self._fails = fails
        self._current: list[Point] = [start]
        #: Where any exception goes, and where those of a library's awaited calls go besides.
        self._raising: tuple[Route, Route] = ((leaves,), ())
        #: Where a loop goes on that has no more items.
        self._exits: list[Point] = []

    def _add(self, node: ast.AST, role: str = "eval") -> Point:
        point = Point(node, role)
        self.points.setdefault(node, []).append(point)
        self._go(point)
        self._current = [point]
        if role != "eval" or self._fails(node):
            general, special = self._raising
            waits = role != "eval" or isinstance(node, (ast.Await, ast.Call))
            point.failing = (*general, *special) if waits and special else general
            for target in point.failing:
                self.failed.setdefault(target, []).append(point)
        return point

    def _go(self, target: Point) -> None:
        link(self._current, target)
        self._current = []

    def _each(self, expressions: Iterable[ast.expr]) -> None:
        for expression in expressions:
            self._expression(expression)

    def _expression(self, node: ast.expr) -> None:
        match node:
            case ast.Constant():
                return
            case ast.Name():
                pass
            case ast.Attribute(value=value):
                self._expression(value)
            case ast.Call(func=function, args=arguments, keywords=keywords):
                self._each([function, *arguments, *(keyword.value for keyword in keywords)])
            case ast.BoolOp(values=values):
                ends: list[Point] = []
                for value in values:
                    self._expression(value)
                    ends += self._current
                self._current = list(dict.fromkeys(ends))
                return
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self._expression(test)
                start = self._current
                self._expression(body)
                ends, self._current = self._current, start
                self._expression(orelse)
                self._current = [*ends, *self._current]
                return
            case ast.NamedExpr(target=target, value=value):
                self._each([value, target])
                return
            case ast.Compare(left=left, comparators=comparators):
                self._each([left, comparators[0]])
                ends = []
                for comparator in comparators[1:]:
                    ends += self._current
                    self._expression(comparator)
                self._current = [*ends, *self._current]
            case ast.Lambda(args=args):
                self._each([*args.defaults, *filter(None, args.kw_defaults)])
            case (
                ast.ListComp(generators=generators)
                | ast.SetComp(generators=generators)
                | ast.GeneratorExp(generators=generators)
            ):
                self._comprehension(generators, [node.elt])
            case ast.DictComp(key=key, value=value, generators=generators):
                self._comprehension(generators, [key, value])
            case ast.Dict(keys=keys, values=values):
                for name, value in zip(keys, values, strict=True):
                    self._each([*([name] if name else []), value])
            case _:
                self._each(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr))
        self._add(node)

    def _comprehension(self, generators: list[ast.comprehension], results: list[ast.expr]) -> None:
        generator = generators[0]
        self._expression(generator.iter)
        head = Point(generator, "mark")
        self._go(head)
        self._current = [head]
        self._next(generator, generator.target)
        exits, skipped = self._exits, []
        for condition in generator.ifs:
            self._expression(condition)
            skipped += self._current
        if generators[1:]:
            self._comprehension(generators[1:], results)
        else:
            self._each(results)
        self._current += skipped
        self._go(head)
        self._current = exits

    def _next(self, node: ast.AST, target: ast.expr) -> None:
        """The next item of what `node` iterates over; where there is none, `_exits` go on."""
        self._exits = [self._add(node, "next")]
        self._expression(target)


def link(sources: Iterable[Point], target: Point) -> None:
    """Let `target` follow on each of the sources."""
    for source in sources:
        if target not in source.after:
            source.after += (target,)
            target.before += (source,)
