"""The tree of a parsed text: parents, scopes, and walking."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import Any, TypeVar, overload

from ..counters import WALKED, work
from .positions import Positions
from .scope import FunctionNode, Names, Scope

A = TypeVar("A", bound=ast.AST)
B = TypeVar("B", bound=ast.AST)
C = TypeVar("C", bound=ast.AST)


class Tree(Positions):
    """Parents, scopes and nodes of `tree`."""

    @cached_property
    def names(self) -> Names:
        """Parents, scopes and the index by node type (one walk)."""
        work.text(WALKED, self.text)
        return Names(self.tree)

    @overload
    def all(self, first: type[A], /) -> Iterator[A]: ...
    @overload
    def all(self, first: type[A], second: type[B], /) -> Iterator[A | B]: ...
    @overload
    def all(self, first: type[A], second: type[B], third: type[C], /) -> Iterator[A | B | C]: ...
    @overload
    def all(self, *types: type[Any]) -> Iterator[Any]: ...
    def all(self, *types: type[Any]) -> Iterator[Any]:
        """Every node of the given types, type by type, in source order."""
        for kind in types:
            yield from self.names.by_type.get(kind, ())

    @overload
    def within(self, function: ast.AST | None, first: type[A], /) -> list[A]: ...
    @overload
    def within(self, function: ast.AST | None, first: type[A], second: type[B], /) -> list[A | B]: ...
    @overload
    def within(
        self, function: ast.AST | None, first: type[A], second: type[B], third: type[C], /
    ) -> list[A | B | C]: ...
    @overload
    def within(self, function: ast.AST | None, *types: type[Any]) -> list[Any]: ...
    def within(self, function: ast.AST | None, *types: type[Any]) -> list[Any]:
        """Those nodes of the given types whose code belongs to a function (None: to none), type by type, in source order."""
        found: list[Any] = []
        for kind in types:
            if kind not in self._by_function:
                inside = self._by_function[kind] = {}
                for node in self.all(kind):
                    inside.setdefault(self.function(node), []).append(node)
            found += self._by_function[kind].get(function, ())
        return found

    @cached_property
    def _by_function(self) -> dict[type[Any], dict[ast.AST | None, list[Any]]]:
        return {}

    def attributes(self, name: str) -> list[ast.Attribute]:
        """Every attribute of this name, in source order."""
        return self._by_attribute.get(name, [])

    def stored(self, cls: ast.ClassDef, name: str) -> Iterator[ast.Attribute]:
        """The places in a class that give an attribute of this name a value, in source order."""
        for attribute in self.attributes(name):
            if isinstance(attribute.ctx, ast.Store) and cls in self.ancestors(attribute):
                yield attribute

    @cached_property
    def _by_attribute(self) -> dict[str, list[ast.Attribute]]:
        found: dict[str, list[ast.Attribute]] = {}
        for node in self.all(ast.Attribute):
            found.setdefault(node.attr, []).append(node)
        return found

    @cached_property
    def texts(self) -> list[ast.Constant]:
        """Every text that is no docstring, in source order."""
        constants = self.names.by_type.get(ast.Constant, ())
        texts = (node for node in constants if isinstance(node, ast.Constant) and isinstance(node.value, str))
        return [node for node in texts if not isinstance(self.parent(node), ast.Expr)]

    def called(self, name: str) -> list[ast.Name]:
        """Every plain name that reads or binds `name`, in source order."""
        return self._by_name.get(name, [])

    def mentions(self, *names: str) -> Iterator[ast.Name | ast.Attribute]:
        """Every plain name and every attribute of these names, in their order."""
        for name in names:
            yield from self.called(name)
            yield from self.attributes(name)

    @cached_property
    def _by_name(self) -> dict[str, list[ast.Name]]:
        found: dict[str, list[ast.Name]] = {}
        for node in self.all(ast.Name):
            found.setdefault(node.id, []).append(node)
        return found

    @cached_property
    def names_used(self) -> set[str]:
        """The names and attributes that the text reads or binds."""
        return self._by_name.keys() | self._by_attribute.keys()

    def parent(self, node: ast.AST) -> ast.AST | None:
        """The node that `node` is a child of; None for the module."""
        return self.names.parents.get(node)

    def ancestors(self, node: ast.AST) -> Iterator[ast.AST]:
        """The nodes around `node`, innermost first, the module last."""
        parents = self.names.parents
        current = parents.get(node)
        while current is not None:
            yield current
            current = parents.get(current)

    def statement(self, node: ast.AST) -> ast.stmt:
        """The innermost statement that `node` is or belongs to."""
        if isinstance(node, ast.stmt):
            return node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, ast.stmt):
                return ancestor
        raise ValueError("the module itself is no statement")

    def statement_at(self, line: int, *kinds: type[ast.stmt]) -> ast.stmt | None:
        """The innermost statement of these kinds that stands at a line (1-based)."""
        if kinds not in self._by_line:
            at = self._by_line[kinds] = {}
            for statement in sorted(self.all(*kinds), key=lambda one: one.lineno, reverse=True):  # inner ones first
                for number in range(statement.lineno, (statement.end_lineno or 0) + 1):
                    at.setdefault(number, statement)
        return self._by_line[kinds].get(line)

    @cached_property
    def _by_line(self) -> dict[tuple[type[ast.stmt], ...], dict[int, ast.stmt]]:
        return {}

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which `node` is evaluated."""
        return self.names.scope(node)

    def function(self, node: ast.AST) -> FunctionNode | None:
        """The function whose code `node` belongs to. Decorators, defaults and annotations belong to the function
        around.
        """
        return self.names.scope(node).function

    def functions_at(self, line: int) -> list[FunctionNode]:
        """The functions around a line (1-based), the outermost first."""
        around = bisect_right(self._outermost, line, key=lambda group: group[0].lineno) - 1
        group = self._outermost[around] if around >= 0 else []
        return [function for function in group if function.lineno <= line <= (function.end_lineno or 0)]

    @cached_property
    def _outermost(self) -> list[list[FunctionNode]]:
        """Each function that is in no other, followed by those in it, in source order."""
        found: list[list[FunctionNode]] = []
        for function in sorted(self.all(ast.FunctionDef, ast.AsyncFunctionDef), key=lambda f: f.lineno):
            if found and function.lineno <= (found[-1][0].end_lineno or 0):
                found[-1].append(function)
            else:
                found.append([function])
        return found

    def in_coroutine(self, node: ast.AST) -> bool:
        """Whether some `async def` stands around the code of `node`, directly or further out."""
        return self.names.scope(node).in_coroutine

    def in_fstring(self, node: ast.AST) -> bool:
        """Whether `node` stands inside an f-string, where positions are not exact before Python 3.12."""
        return any(isinstance(ancestor, ast.JoinedStr) for ancestor in self.ancestors(node))

    def block_of(self, statement: ast.AST) -> list[ast.stmt]:
        """The statements among which one stands, itself among them; empty where it stands in no such list."""
        around = self.parent(statement)
        blocks = (getattr(around, name, None) for name in ("body", "orelse", "finalbody"))
        return next((block for block in blocks if isinstance(block, list) and statement in block), [])

    def beside(self, statement: ast.AST) -> tuple[list[ast.stmt], list[ast.stmt]]:
        """The statements of its block that stand above a statement, and those below it."""
        block = self.block_of(statement)
        place = next((place for place, each in enumerate(block) if each is statement), 0)
        return block[:place], block[place + 1 :]

    def around(self, node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
        """What stands around `node` in its function, innermost first, each with the part of it that `node` belongs to."""
        function, child = self.function(node), node
        for ancestor in self.ancestors(node):
            if ancestor is function:
                return
            yield ancestor, child
            child = ancestor

    def loops(self, node: ast.AST) -> Iterator[ast.For | ast.AsyncFor | ast.While]:
        """The loops whose *body* runs `node`, innermost first, within its own function."""
        child = node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                return
            if isinstance(ancestor, (ast.For, ast.AsyncFor, ast.While)) and child in ancestor.body:
                yield ancestor
            child = ancestor

    @cached_property
    def indent_unit(self) -> str:
        """One level of indentation as this file writes it."""
        for node in self.all(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.With, ast.Try):
            body = node.body[0]
            inner, outer = self.indent(body), self.indent(node)
            if body.lineno > node.lineno and inner.startswith(outer) and len(inner) > len(outer):
                return inner[len(outer) :]
        return "    "

    def unit_behind(self, indent: str) -> str:
        """One level more behind an indentation: of the same kind, where a file has both."""
        if indent and ("\t" in indent) is not ("\t" in self.indent_unit):
            return "\t" if "\t" in indent else "    "
        return self.indent_unit


def entered(block: ast.With | ast.AsyncWith, child: ast.AST) -> list[ast.withitem]:
    """What a ``with`` has entered where a part of it runs: all for its body, for one of the items those before it."""
    return block.items[: block.items.index(child)] if isinstance(child, ast.withitem) else block.items


#: What may let others run.
WAITING = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom, ast.comprehension)


def lets_others_run(node: ast.AST) -> bool:
    """Whether a node is a place at which a coroutine or generator may be left for others: of comprehensions those with ``async for``."""
    return bool(node.is_async) if isinstance(node, ast.comprehension) else isinstance(node, WAITING)
