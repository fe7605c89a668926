"""Which coroutine methods of the installed Telegram libraries give control to the event loop whenever they return.

A method does so if each of its paths to a return awaits a request to Telegram, directly or through another method that
surely does. Its source is read with `ast`: both branches of an `if`, every clause of a `try`; a loop may not run at all,
so what stands in one does not count. A name counts where every definition of it in the library is such a method.
"""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

Key = tuple[str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


class Paths:
    """Whether each path of a coroutine that returns has awaited something that surely yields."""

    def __init__(self, sure: Collection[str], requests: Collection[str], known: Mapping[str, Collection[str]]) -> None:
        #: Names of methods known to yield so far, and the callables whose call is a request ("self", "request.post").
        self.sure, self.requests = sure, requests
        #: The methods that yield on expressions whose class is known.
        self.known = known
        self.missed = False

    def all_yield(self, function: Function) -> bool:
        """Whether no path returns without a yield."""
        self.missed = False
        return self._block(function.body, False) is not False and not self.missed

    def _block(self, body: list[ast.stmt], yielded: bool) -> bool | None:
        """Whether what comes behind the statements is reached with a yield behind it; None: it is not reached."""
        state: bool | None = yielded
        for statement in body:
            if state is None:
                return None
            state = self._statement(statement, state)
        return state

    def _statement(self, statement: ast.stmt, yielded: bool) -> bool | None:
        match statement:
            case ast.Return(value=value):
                self.missed |= not (yielded or (value is not None and self._evaluates(value)))
                return None
            case ast.Raise() | ast.Break() | ast.Continue():
                return None
            case ast.If(test=test, body=body, orelse=orelse):
                yielded = yielded or self._evaluates(test)
                return _join(self._block(body, yielded), self._block(orelse, yielded))
            case (
                ast.For(body=body, orelse=orelse)
                | ast.AsyncFor(body=body, orelse=orelse)
                | ast.While(body=body, orelse=orelse)
            ):
                self._block(body, yielded)
                return self._block(orelse, yielded)
            case ast.Try():
                return self._try(statement, yielded)
            case ast.With(body=body) | ast.AsyncWith(body=body):
                return self._block(body, yielded)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return yielded
        return yielded or any(self._evaluates(child) for child in ast.iter_child_nodes(statement))

    def _try(self, statement: ast.Try, yielded: bool) -> bool | None:
        after = self._block(statement.body, yielded)
        after = None if after is None else self._block(statement.orelse, after)
        for handler in statement.handlers:
            after = _join(after, self._block(handler.body, yielded))
        return None if after is None else self._block(statement.finalbody, after)

    def _evaluates(self, node: ast.AST) -> bool:
        """Whether evaluating an expression to its end surely awaits something that yields."""
        match node:
            case ast.Await(value=ast.Call() as call) if self._sends(call):
                return True
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._evaluates(test) or (self._evaluates(body) and self._evaluates(orelse))
            case ast.BoolOp(values=[first, *_]):
                return self._evaluates(first)
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                return False
        return any(self._evaluates(child) for child in ast.iter_child_nodes(node))

    def _sends(self, call: ast.Call) -> bool:
        if ast.unparse(call.func) in self.requests:
            # A list of requests may be empty.
            return not (call.args and isinstance(call.args[0], (ast.ListComp, ast.List)))
        match call.func:
            case ast.Attribute(value=receiver, attr=name):
                return name in self.known.get(ast.unparse(receiver), self.sure)
        return False


def _join(one: bool | None, other: bool | None) -> bool | None:
    if one is None or other is None:
        return other if one is None else one
    return one and other


def methods(directory: Path, spelled: Callable[[str], str] = str) -> dict[Key, Function]:
    """The methods of a package: (class, method) → its definition. `spelled` gives the name to a class goes by."""
    found: dict[Key, Function] = {}
    for path in sorted(directory.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                own = {m.name: m for m in node.body if isinstance(m, Function)}
                for statement in node.body:
                    match statement:
                        case ast.Assign(targets=[ast.Name(id=alias)], value=ast.Name(id=name)) if name in own:
                            own[alias] = own[name]
                found.update({(spelled(node.name), name): method for name, method in own.items()})
    return found


def sure_methods(definitions: dict[Key, Function], requests: Collection[str], receivers: Mapping[str, str]) -> set[Key]:
    """Those of a library's coroutine methods that surely yield.

    The largest set is right: a call that returns has a last call in it that awaits no other of the set. `receivers` are
    expressions whose class is known ("self.client").
    """
    sure = {key for key, function in definitions.items() if isinstance(function, ast.AsyncFunctionDef)}
    named = defaultdict(set)
    for owner, name in definitions:
        named[name].add((owner, name))
    while True:
        names = {name for name, keys in named.items() if keys <= sure}
        fewer = set()
        for owner, name in sure:
            known = {"self": owner, **receivers}
            paths = Paths(names, requests, {k: {n for o, n in sure if o == v} for k, v in known.items()})
            if not paths.all_yield(definitions[owner, name]):
                fewer.add((owner, name))
        if not fewer:
            return sure
        sure -= fewer


def package(module: Any) -> Path:
    """The directory of an imported package."""
    return Path(inspect.getfile(module)).parent
