"""How many calls of Telegram's methods one run of a function makes, at least and at most."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from ..analysis.module import Module
from ..analysis.scope import FunctionNode
from .model import Place, Span
from .reaches import Reaches


@dataclass(frozen=True, slots=True)
class _Way:
    """What code does until it is left: `low` at its end, `out` where it is left earlier; None where that never happens."""

    low: int | None = 0
    out: int | None = None
    high: int = 0
    loops: frozenset[Place] = frozenset()

    def then(self, other: _Way) -> _Way:
        if self.low is None:
            return self
        low = None if other.low is None else self.low + other.low
        later = None if other.out is None else self.low + other.out
        return _Way(low, _least(self.out, later), self.high + other.high, self.loops | other.loops)

    def or_else(self, other: _Way) -> _Way:
        lows, outs = _least(self.low, other.low), _least(self.out, other.out)
        return _Way(lows, outs, max(self.high, other.high), self.loops | other.loops)


_NOTHING = _Way()


def _least(*numbers: int | None) -> int | None:
    return min((n for n in numbers if n is not None), default=None)


class Counts:
    """The counts of a project's functions."""

    def __init__(self, reaches: Reaches) -> None:
        self._reaches = reaches
        self._known: dict[FunctionNode, _Way] = {}

    def of(self, module: Module, function: FunctionNode) -> Span:
        """The count of a run, functions that it calls included."""
        way = self._function(module, function)
        return Span(_least(way.low, way.out) or 0, way.high, tuple(sorted(way.loops)))

    def _function(self, module: Module, function: FunctionNode) -> _Way:
        if function not in self._known:
            self._known[function] = _NOTHING  # where it calls itself
            way = self._all(module, function.body)
            for wrapper in self._reaches.wrappers(module, function):
                around = self._function(*wrapper)  # it may call the function, or not
                way = _Way(0, None, way.high + around.high, way.loops | around.loops)
            self._known[function] = way
        return self._known[function]

    def _all(self, module: Module, nodes: Iterable[ast.AST]) -> _Way:
        way = _NOTHING
        for node in nodes:
            way = way.then(self._way(module, node))
        return way

    def _way(self, module: Module, node: ast.AST) -> _Way:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef() | ast.Lambda():
                return _NOTHING
            case ast.If(test=test, body=body, orelse=orelse):
                return self._way(module, test).then(self._all(module, body).or_else(self._all(module, orelse)))
            case ast.IfExp(test=test, body=one, orelse=other):
                return self._way(module, test).then(self._way(module, one).or_else(self._way(module, other)))
            case ast.BoolOp(values=[first, *rest]):
                return self._way(module, first).then(self._all(module, rest).or_else(_NOTHING))
            case ast.For(iter=first, body=body) | ast.AsyncFor(iter=first, body=body):
                inside = self._loop(module, node, self._all(module, body))
                return self._way(module, first).then(inside).then(self._all(module, node.orelse))
            case ast.While(test=test, body=body):
                return self._loop(module, node, self._all(module, [test, *body])).then(self._all(module, node.orelse))
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                outer, *others = node.generators
                made = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
                parts = [*outer.ifs, *(part for one in others for part in (one.iter, *one.ifs)), *made]
                return self._way(module, outer.iter).then(self._loop(module, node, self._all(module, parts)))
            case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
                return self._try(module, body, handlers, orelse).then(self._all(module, final))
            case ast.Match(subject=subject, cases=cases):
                way = _NOTHING
                for case in cases:
                    way = way.or_else(self._all(module, case.body))
                return self._way(module, subject).then(way)
            case ast.Return() | ast.Raise():
                way = self._all(module, ast.iter_child_nodes(node))
                return _Way(None, _least(way.low, way.out), way.high, way.loops)
            case ast.Call():
                return self._all(module, ast.iter_child_nodes(node)).then(self._call(module, node))
        return self._all(module, ast.iter_child_nodes(node))

    def _loop(self, module: Module, node: ast.AST, body: _Way) -> _Way:
        place = {Place(module.path, getattr(node, "lineno", 1))} if body.high else set()
        return _Way(0, None if body.out is None else 0, 0, body.loops | place)

    def _try(
        self, module: Module, body: list[ast.stmt], handlers: list[ast.ExceptHandler], orelse: list[ast.stmt]
    ) -> _Way:
        """Any part of the body may have run before a clause does."""
        tried = self._all(module, body)
        way = tried.then(self._all(module, orelse))
        for handler in handlers:
            caught = self._all(module, handler.body)
            way = way.or_else(_Way(caught.low, caught.out, tried.high + caught.high, tried.loops | caught.loops))
        return way

    def _call(self, module: Module, call: ast.Call) -> _Way:
        if self._reaches.telegram(module, call):
            return _Way(1, None, 1)
        if (meant := self._reaches.callee(module, call)) is None:
            return _NOTHING
        inner = self._function(*meant)
        way = _Way(_least(inner.low, inner.out) or 0, None, inner.high, inner.loops)
        for handed in self._reaches.handed(module, call):
            way = way.then(_Way(0, None, (more := self._function(*handed)).high, more.loops))
        return way
