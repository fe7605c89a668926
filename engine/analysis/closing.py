"""Code of coroutines that may run while no event loop does.

A coroutine that still waits when its loop is closed, or that nobody holds any more, is closed by Python: `GeneratorExit` is raised where it
waits (https://docs.python.org/3/reference/datamodel.html#coroutine.close). What cleans up then runs, and what that calls; behind a clause
that catches it the rest of this coroutine runs, too, but not what awaits it, which is closed likewise.

Functions are told apart by their names alone, so more may be found than is there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
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
_Place = tuple[Path, int]


class Closing:
    """What of a project may run without a running loop. Ask `Project.fact(Closing)`.

    Asked from the function back to what may lead to it, so that only the files are read that name something on the way.
    """

    def __init__(self, project: Project) -> None:
        self._resolver = project.fact(Resolver)
        #: Name of functions → a place that may lead to them without a loop.
        self._known: dict[str, _Place | None] = {}
        #: Behind these a coroutine may go on although it is being closed.
        self._survived: dict[FunctionNode, list[ast.stmt]] = {}

    def without_loop(self, module: Module, node: ast.expr) -> _Place | None:
        """The place because of which `node`, in a coroutine, may run while no loop does."""
        function = module.function(node)
        if function is None:
            return None
        if function.name in _ENDS:
            return module.path, function.lineno
        return self._called(function.name) or self._cleaning(module, function, node)

    def _called(self, name: str) -> _Place | None:
        """The nearest place, counted in functions between, that may lead to a function of a name without a loop."""
        level, seen, found = [name], {name}, list[_Place]()
        while level and not found and name not in self._known:
            callers: list[str] = []
            for word in level:  # which grows by what else they may be called
                for module in self._naming(word):
                    others, functions = self._mentions(module, word, found)
                    level += sorted(others - seen)
                    callers += sorted(functions - others - seen)
                    seen |= others | functions
            level = callers
        if found:
            self._known[name] = min(found)
        elif name not in self._known:  # then nothing leads to any of what leads to it
            self._known |= dict.fromkeys(seen)
        return self._known[name]

    def _naming(self, word: str) -> Iterator[Module]:
        if self._known.get(word, True):
            yield from filter(None, map(self._resolver.module, self._resolver.mentioning([word])))

    def _mentions(self, module: Module, word: str, found: list[_Place]) -> tuple[set[str], set[str]]:
        """What else a name is called in a file, and the functions that name it; places where no loop may run are `found`."""
        others, functions = set(module.aliases.get(word, ())), set[str]()
        for node in module.mentions(word):
            if not isinstance(node.ctx, ast.Load):
                continue
            parent, function = module.parent(node), module.function(node)
            if isinstance(parent, ast.Assign):
                others.update(filter(None, map(last_of, parent.targets)))
            if function is not None:
                functions.add(function.name)
                place = (module.path, function.lineno) if function.name in _ENDS else None
                if place := place or self._cleaning(module, function, node):
                    found.append(place)
        return others, functions

    def _cleaning(self, module: Module, function: FunctionNode, node: ast.expr) -> _Place | None:
        """The place in a function that makes `node` run while it is being closed."""
        if line := _stacked(module, node) or _cleans_up(module, function, node):
            return module.path, line
        if function not in self._survived:
            self._survived[function] = list(_survived(module, function))
        around = set(module.ancestors(node)) if self._survived[function] else set()
        for point in self._survived[function]:
            if (point.end_lineno or 0) < node.lineno or around & set(module.loops(point)):
                return module.path, point.lineno
        return None


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
