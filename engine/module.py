"""One parsed file, shared by all codemods, with facts computed when asked.

Analysis runs on `ast`, whose positions are exact and which parses ten times faster than LibCST; `Module` adds what a
codemod asks of a tree: parents, scopes, what a name resolves to, whether code runs in a coroutine, and the span of a
node in the text.
"""

from __future__ import annotations

import ast
import re
import warnings
from bisect import bisect_right
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar, overload

from .model import Change, Finding
from .scope import BUILTINS, Binding, FunctionNode, Names, Scope

if TYPE_CHECKING:
    from .codemod import Codemod
    from .project import Project
    from .source import SourceFile

A = TypeVar("A", bound=ast.AST)
B = TypeVar("B", bound=ast.AST)
C = TypeVar("C", bound=ast.AST)

_LINE_END = re.compile(r"\r\n|\r|\n")
#: Star imports from these bring names that hide builtins (`open`) or other well-known functions.
_HIDES_BUILTINS = {"os", "io", "codecs", "gzip", "bz2", "lzma", "aiofiles", "tokenize", "builtins", "six.moves"}


class ParseError(Exception):
    """The text is not Python that the running interpreter can read."""

    def __init__(self, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.line = line


class Module:
    """A parsed module.

    Raises:
        ParseError: the text has a syntax error, needs a newer Python, or nests deeper than the parser can follow.
    """

    def __init__(self, source: SourceFile, project: Project) -> None:
        self.source = source
        self.project = project
        self.text = source.text
        self.path = source.path
        self._being_resolved: set[ast.AST] = set()  # `event = event.chat` would resolve in circles
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # invalid escapes in users' strings are theirs
                self.tree = ast.parse(self.text)
        except SyntaxError as error:
            raise ParseError(error.msg or "invalid syntax", error.lineno) from None
        except ValueError as error:
            raise ParseError(str(error)) from None
        except (RecursionError, MemoryError):
            raise ParseError("nests too deeply for Python's parser") from None

    @cached_property
    def names(self) -> Names:
        """Parents, scopes and the index by node type (one walk)."""
        return Names(self.tree)

    # Positions

    @cached_property
    def line_starts(self) -> list[int]:
        """Offset of the first character of each line, lines as Python's tokenizer counts them."""
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    @cached_property
    def _is_ascii(self) -> bool:
        return self.text.isascii()

    def offset(self, line: int, byte_column: int) -> int:
        """Character offset of an `ast` position (1-based line, column in UTF-8 bytes)."""
        start = self.line_starts[line - 1]
        if self._is_ascii:
            return start + byte_column
        end = self.line_starts[line] if line < len(self.line_starts) else len(self.text)
        prefix = self.text[start:end].encode("utf-8")[:byte_column]
        return start + len(prefix.decode("utf-8"))

    def start(self, node: ast.AST) -> int:
        """Offset of the first character of `node` (of its first decorator, for a decorated definition)."""
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            first = self.start(decorators[0])
            return self.text.rindex("@", 0, first)
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Offset behind the last character of `node`."""
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Character offsets of `node`. Not to be trusted inside an f-string before Python 3.12: see `in_fstring`."""
        return self.start(node), self.end(node)

    def segment(self, node: ast.AST) -> str:
        """The source text of `node`."""
        return self.text[self.start(node) : self.end(node)]

    def position(self, offset: int) -> tuple[int, int]:
        """1-based line and 0-based column, in characters, of an offset."""
        line = bisect_right(self.line_starts, offset)
        return line, offset - self.line_starts[line - 1]

    def line_span(self, node: ast.AST) -> tuple[int, int]:
        """Offsets of the whole lines that `node` stands on, the last newline included."""
        first = bisect_right(self.line_starts, self.start(node)) - 1
        last = bisect_right(self.line_starts, self.end(node)) - 1
        end = self.line_starts[last + 1] if last + 1 < len(self.line_starts) else len(self.text)
        return self.line_starts[first], end

    def indent(self, node: ast.AST) -> str:
        """The white space that the line of `node` begins with."""
        start = self.line_span(node)[0]
        match = re.compile(r"[ \t\f]*").match(self.text, start)
        return match.group() if match else ""

    @cached_property
    def indent_unit(self) -> str:
        """One level of indentation as this file writes it."""
        for node in self.all(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.If, ast.For, ast.With, ast.Try):
            body = node.body[0]
            inner, outer = self.indent(body), self.indent(node)
            if body.lineno > node.lineno and inner.startswith(outer) and len(inner) > len(outer):
                return inner[len(outer) :]
        return "    "

    def has_comment(self, start: int, end: int) -> bool:
        """Whether a comment begins between two offsets."""
        return any(start <= offset < end for offset, _ in self.comments)

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """Offset and text of every comment."""
        from .verify import comments_of  # tokenizing is rarely needed

        return comments_of(self.text, self.line_starts)

    @cached_property
    def lines_in_texts(self) -> frozenset[int]:
        """The lines (from 1) that begin inside a text literal, so that indenting them would change the text."""
        import io
        import tokenize

        kinds = {tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
        lines: set[int] = set()
        for token in tokenize.generate_tokens(io.StringIO(self.text, newline=None).readline):
            if token.type in kinds:
                lines.update(range(token.start[0] + 1, token.end[0] + 1))
        return frozenset(lines)

    # Walking

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

    def scope(self, node: ast.AST) -> Scope:
        """The scope in which `node` is evaluated."""
        return self.names.scopes[node]

    def function(self, node: ast.AST) -> FunctionNode | None:
        """The function whose code `node` belongs to. Decorators, defaults and annotations belong to the function
        around.
        """
        scope: Scope | None = self.names.scopes[node]
        while scope:
            if isinstance(scope.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                return scope.node
            scope = scope.parent
        return None

    def in_coroutine(self, node: ast.AST) -> bool:
        """Whether some `async def` stands around the code of `node`, directly or further out."""
        scope: Scope | None = self.names.scopes[node]
        while scope:
            if isinstance(scope.node, ast.AsyncFunctionDef):
                return True
            scope = scope.parent
        return False

    def in_fstring(self, node: ast.AST) -> bool:
        """Whether `node` stands inside an f-string, where positions are not exact before Python 3.12."""
        return any(isinstance(ancestor, ast.JoinedStr) for ancestor in self.ancestors(node))

    def loops(self, node: ast.AST) -> Iterator[ast.For | ast.AsyncFor | ast.While]:
        """The loops whose *body* runs `node`, innermost first, within its own function."""
        child = node
        for ancestor in self.ancestors(node):
            if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
                return
            if isinstance(ancestor, (ast.For, ast.AsyncFor, ast.While)) and child in ancestor.body:
                yield ancestor
            child = ancestor

    # Names

    def bindings(self, name: str, at: ast.AST) -> list[Binding]:
        """What binds `name` as seen from the code at `at`; empty for a builtin or an unknown name."""
        scope = self.scope(at).find(name)
        return scope.bindings[name] if scope else []

    def candidates(self, expression: ast.AST) -> frozenset[str]:
        """Every dotted name that a name or attribute chain may stand for, "" among them for something that is no
        import.

        `time.sleep` after ``import time as t`` is asked by its node ``t.sleep``; builtins are ``builtins.open``;
        relative imports keep their leading dots; the project's own functions and classes are unknown here (see
        `definition`).
        """
        match expression:
            case ast.Attribute(value=value, attr=attr):
                return frozenset(base and f"{base}.{attr}" for base in self.candidates(value))
            case ast.Name(id=name):
                return self._name_candidates(name, expression)
        return frozenset()

    def _name_candidates(self, name: str, at: ast.AST) -> frozenset[str]:
        scope = self.scope(at).find(name)
        if scope is None:
            stars = {b.qualified for b in self.names.root.bindings.get("*", ())}
            known = name in BUILTINS and not stars & _HIDES_BUILTINS
            return frozenset({f"builtins.{name}"}) if known else frozenset()
        found: set[str] = set()
        for binding in scope.bindings[name]:
            if binding.qualified is not None:
                found.add(binding.qualified)
            elif binding.kind == "assign" and (alias := self._alias_target(binding)):
                found.add(alias)
            elif not self._is_import_fallback(binding):
                found.add("")
        return frozenset(found)

    def _alias_target(self, binding: Binding) -> str | None:
        """`sleep = time.sleep` binds what its right side resolves to; chains are followed, cycles are not."""
        parent = self.parent(binding.node)
        if not (isinstance(parent, ast.Assign) and parent.targets == [binding.node]):
            return None
        if not isinstance(parent.value, ast.Attribute) or parent.value in self._being_resolved:
            return None
        self._being_resolved.add(parent.value)
        try:
            return self.resolve(parent.value)
        finally:
            self._being_resolved.discard(parent.value)

    def _is_import_fallback(self, binding: Binding) -> bool:
        """`except ImportError: aiohttp = None` does not make `aiohttp` another thing where it is used."""
        parent = self.parent(binding.node)
        is_none = (
            isinstance(parent, ast.Assign) and isinstance(parent.value, ast.Constant) and parent.value.value is None
        )
        return is_none and any(isinstance(a, ast.ExceptHandler) for a in self.ancestors(binding.node))

    def resolve(self, expression: ast.AST) -> str | None:
        """The one dotted name that an expression stands for, or None when it is unknown or may be several."""
        names = self.candidates(expression)
        if len(names) != 1:
            return None
        return next(iter(names)) or None

    def definition(self, expression: ast.AST) -> FunctionNode | ast.ClassDef | None:
        """The function or class of this module that a plain name stands for, if exactly one `def` binds it."""
        if not isinstance(expression, ast.Name):
            return None
        bound = self.bindings(expression.id, expression)
        if len(bound) == 1 and isinstance(bound[0].node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return bound[0].node
        return None

    def uses(self, name: str, scope: Scope) -> list[ast.Name]:
        """The places that read `name` as bound in `scope`."""
        return [node for node in self._loads.get(name, ()) if self.scope(node).find(name) is scope]

    @cached_property
    def _loads(self) -> dict[str, list[ast.Name]]:
        loads: dict[str, list[ast.Name]] = {}
        for node in self.all(ast.Name):
            if isinstance(node.ctx, ast.Load):
                loads.setdefault(node.id, []).append(node)
        return loads

    @cached_property
    def undefined(self) -> frozenset[str]:
        """Names that are read and that nothing visible in this file defines."""
        missing = set()
        for name, nodes in self._loads.items():
            if name not in BUILTINS and any(self.scope(node).find(name) is None for node in nodes):
                missing.add(name)
        return frozenset(missing)

    # Findings

    def finding(
        self,
        codemod: Codemod,
        node: ast.AST,
        message: str,
        *,
        change: Change | None = None,
        reason: str | None = None,
        alternatives: tuple[Change, ...] = (),
    ) -> Finding:
        """A finding of `codemod` at `node`, with its change or the reason why it is left alone."""
        start, end = self.offset(node.lineno, node.col_offset), self.end(node)  # type: ignore[attr-defined]
        (line, column), (end_line, end_column) = self.position(start), self.position(end)
        return Finding(
            code=codemod.code, name=codemod.name, path=self.path, line=line, column=column, end_line=end_line,
            end_column=end_column, message=message, change=change, reason=reason, alternatives=alternatives,
            scope=self.scope(node).qualname,
        )  # fmt: skip
