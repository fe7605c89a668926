"""Code of coroutines that may run while no event loop does.

A coroutine that still waits when its loop is closed, or that nobody holds any more, is closed by Python: `GeneratorExit` is raised where it
waits (https://docs.python.org/3/reference/datamodel.html#coroutine.close). What cleans up then runs, and what that calls; behind a clause
that catches it the rest of this coroutine runs, too, but not what awaits it, which is closed likewise.

Functions are told apart by their names alone, so more may be found than is there.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .module import Module, Project
from .replacing import last_of
from .resolver import Resolver
from .scope import FunctionNode

#: Methods that Python or `contextlib` calls to clean up.
_ENDS = frozenset("__aexit__ __exit__ __del__ aclose".split())
_STACKED = frozenset("push push_async_callback push_async_exit callback".split())
_CATCHING = ("builtins.BaseException", "builtins.GeneratorExit")
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield)
_TRIES: tuple[type[Any], ...] = tuple({ast.Try, getattr(ast, "TryStar", ast.Try)})
_LEAVES = (ast.Return, ast.Break, ast.Continue)


@dataclass(eq=False)
class _Function:
    module: Module
    node: FunctionNode
    #: What it names.
    mentions: list[tuple[str, ast.expr]] = field(default_factory=list)
    #: Behind these it may go on although it is being closed.
    survives: list[ast.stmt] = field(default_factory=list)
    #: Whether there is a ``try`` in it.
    is_guarded: bool = False


class Closing:
    """What of a project may run without a running loop. Ask `Project.fact(Closing)`."""

    def __init__(self, project: Project) -> None:
        self._functions: dict[ast.AST, _Function] = {}
        self._meant: defaultdict[str, set[str]] = defaultdict(set)
        resolver = project.fact(Resolver)
        modules = [module for path in resolver.mentioning(["def"]) if (module := resolver.module(path))]
        for module in modules:
            self._read(module)
        leading = self._leading()
        for module in modules:
            self._mention(module, leading)
        #: Names of functions that may be called without a loop, and a place that may do it.
        self._called: dict[str, tuple[Path, int]] = {}
        self._callees()

    def without_loop(self, module: Module, node: ast.expr) -> tuple[Path, int] | None:
        """The place because of which `node`, in a coroutine, may run while no loop does."""
        function = self._functions.get(module.function(node) or node)
        return self._reached(function, node) if function else None

    def _read(self, module: Module) -> None:
        for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef):
            self._functions[function] = _Function(module, function)
        for node in module.all(ast.Assign):
            if name := last_of(node.value):
                for target in node.targets:
                    self._meant[last_of(target)].add(name)
        for statement in module.all(ast.ImportFrom):
            for alias in statement.names:
                if alias.asname:
                    self._meant[alias.asname].add(alias.name)
        for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef):
            found = self._functions[function]
            found.is_guarded = bool(module.within(function, *_TRIES))
            found.survives += _survived(module, function)

    def _leading(self) -> set[str]:
        """The names of functions, and those of what they may be assigned to."""
        given_to: defaultdict[str, set[str]] = defaultdict(set)
        for name, meant in self._meant.items():
            for other in meant:
                given_to[other].add(name)
        return _closure({function.node.name for function in self._functions.values()}, given_to)

    def _mention(self, module: Module, leading: set[str]) -> None:
        """Note which functions name what may lead to a function."""
        for node in module.all(ast.Name, ast.Attribute):
            name = node.id if isinstance(node, ast.Name) else node.attr
            if name in leading and isinstance(node.ctx, ast.Load):
                if (found := self._functions.get(module.function(node) or node)) is not None:
                    found.mentions.append((name, node))

    def _names(self, name: str) -> set[str]:
        """A name and those of what may be assigned to it."""
        return _closure({name}, self._meant)

    def _callees(self) -> None:
        for function in self._functions.values():
            for name, node in function.mentions:
                if name not in self._called and (place := self._reached(function, node)):
                    self._called |= dict.fromkeys(self._names(name) - self._called.keys(), place)
        before = -1
        while before < len(self._called):  # what is called by the names found: where its parts stand does not change
            before = len(self._called)
            for function in self._functions.values():
                if place := self._called.get(function.node.name):
                    for name, _ in function.mentions:
                        if name not in self._called:
                            self._called |= dict.fromkeys(self._names(name) - self._called.keys(), place)
        for function in self._functions.values():  # of a large project they are as large as its trees
            function.mentions.clear()
        self._meant.clear()

    def _reached(self, function: _Function, node: ast.expr) -> tuple[Path, int] | None:
        module = function.module
        if function.node.name in _ENDS:
            return module.path, function.node.lineno
        if called := self._called.get(function.node.name):
            return called
        if line := _stacked(module, node) or (_cleans_up(module, function.node, node) if function.is_guarded else None):
            return module.path, line
        around = set(module.ancestors(node)) if function.survives else set()
        for point in function.survives:
            if (point.end_lineno or 0) < node.lineno or around & set(module.loops(point)):
                return module.path, point.lineno
        return None


def _closure(names: set[str], leads: Mapping[str, set[str]]) -> set[str]:
    found, waiting = set(names), [*names]
    while waiting:
        new = leads.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _stacked(module: Module, node: ast.expr) -> int | None:
    """The line of what hands `node` to a stack of functions to clean up with."""
    parent = module.parent(node)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and node in parent.args:
        if parent.func.attr in _STACKED:
            return parent.lineno
    return None


def _cleans_up(module: Module, function: FunctionNode, node: ast.expr) -> int | None:
    """The line of what makes `node` run while its function is being closed."""
    child: ast.AST = node
    for ancestor in module.ancestors(node):
        if ancestor is function:
            break
        finalbody: list[ast.stmt] = getattr(ancestor, "finalbody", [])
        if child in finalbody:
            return finalbody[0].lineno
        if isinstance(ancestor, ast.ExceptHandler) and child is not ancestor.type and _may_catch(module, ancestor.type):
            return ancestor.lineno
        child = ancestor
    return None


def _survived(module: Module, function: FunctionNode) -> Iterator[ast.stmt]:
    """The statements of a coroutine that may catch its being closed and go on."""
    if not isinstance(function, ast.AsyncFunctionDef):
        return
    blocks = [
        (sum(1 for _ in module.ancestors(block)), block.lineno, block.col_offset, block)
        for block in module.within(function, *_TRIES, ast.With)
    ]
    for *_, node in sorted(blocks, key=lambda block: block[:3]):  # those further out first
        if _goes_on(module, node) and any(isinstance(inner, _WAITS) for inner in ast.walk(node)):
            yield node


def _goes_on(module: Module, statement: ast.stmt) -> bool:
    handlers: list[ast.ExceptHandler] = getattr(statement, "handlers", [])
    if any(_may_catch(module, handler.type) and not _raises(handler) for handler in handlers):
        return True
    if isinstance(statement, ast.With):
        calls = [item.context_expr for item in statement.items if isinstance(item.context_expr, ast.Call)]
        suppressing = [call for call in calls if "contextlib.suppress" in module.candidates(call.func)]
        return any(_may_catch(module, argument) for call in suppressing for argument in call.args)
    finalbody: list[ast.stmt] = getattr(statement, "finalbody", [])
    return any(isinstance(node, _LEAVES) for last in finalbody for node in ast.walk(last))


def _raises(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise) and not any(isinstance(node, _LEAVES) for node in ast.walk(handler))


def _may_catch(module: Module, expression: ast.expr | None) -> bool:
    """Whether an ``except`` with this type may catch `GeneratorExit`."""
    if expression is None:
        return True
    if isinstance(expression, ast.Tuple):
        return any(_may_catch(module, element) for element in expression.elts)
    if isinstance(module.definition(expression), ast.ClassDef):
        return False  # a class of the project's own is no base of it
    names = module.candidates(expression)
    return not names or any(name in _CATCHING or not name or name.rpartition(".")[2].isupper() for name in names)
