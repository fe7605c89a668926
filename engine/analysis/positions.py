"""Where the nodes of a parsed text stand: offsets, lines, indentation, comments."""

from __future__ import annotations

import ast
import re
from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from ..sources.comments import comments_of

#: How operators look that paths and texts are made with.
_SIGNS = {ast.Add: "+", ast.Div: "/", ast.Mod: "%"}
_LINE_END = re.compile(r"\r\n|\r|\n")


class Positions:
    """Positions in `text`, whose tree is `tree`. Offsets count characters."""

    text: str
    tree: ast.Module

    @cached_property
    def line_starts(self) -> array[int]:
        """Offset of the first character of each line, lines as Python's tokenizer counts them."""
        if "\r" in self.text:
            return array("L", [0, *(match.end() for match in _LINE_END.finditer(self.text))])
        return array("L", accumulate((len(line) + 1 for line in self.text.split("\n")[:-1]), initial=0))

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
        if not hasattr(node, "lineno"):
            return min(map(self.start, _positioned(node)), default=0)
        return self.offset(node.lineno, node.col_offset)  # type: ignore[attr-defined]

    def end(self, node: ast.AST) -> int:
        """Offset behind the last character of `node`."""
        if not hasattr(node, "end_lineno"):
            return max(map(self.end, _positioned(node)), default=0)
        return self.offset(node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Character offsets of `node`. Not to be trusted inside an f-string before Python 3.12: see `in_fstring`."""
        return self.start(node), self.end(node)

    def segment(self, node: ast.AST) -> str:
        """The source text of `node`."""
        return self.text[self.start(node) : self.end(node)]

    def shown(self, node: ast.AST, most: int = 50) -> str:
        """An expression as a sentence names it between backquotes: on one line, and left out of it what makes it long (arguments,
        texts), never a part of a name.
        """
        text = " ".join(self.segment(node).split())
        if len(text) <= most and "`" not in text and (self._is_on_one_line(node) or not text.endswith((")", "]", "}"))):
            return text
        text = ast.unparse(node) if isinstance(node, ast.expr) else text
        return text if len(text) <= most and "`" not in text else _without_details(self, node, most)

    def _is_on_one_line(self, node: ast.AST) -> bool:
        return getattr(node, "lineno", 0) == getattr(node, "end_lineno", 0)

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

    def line_rest(self, first: ast.AST, last: ast.AST | None = None) -> tuple[str, str]:
        """What else stands on the lines from `first` to `last`: in front of the one, and behind the other."""
        (start, _), (_, end) = self.line_span(first), self.line_span(last or first)
        return self.text[start : self.start(first)], self.text[self.end(last or first) : end]

    def indent(self, node: ast.AST) -> str:
        """The white space that the line of `node` begins with."""
        start = self.line_span(node)[0]
        match = re.compile(r"[ \t\f]*").match(self.text, start)
        return match.group() if match else ""

    def has_comment(self, start: int, end: int) -> bool:
        """Whether a comment begins between two offsets."""
        return any(start <= offset < end for offset, _ in self.comments)

    @cached_property
    def comments(self) -> tuple[tuple[int, str], ...]:
        """Offset and text of every comment."""
        return comments_of(self.text, self.line_starts)


def _without_details(positions: Positions, node: ast.AST, most: int) -> str:
    match node:
        case ast.Call(func=function):
            return f"{positions.shown(function, most - 3)}({'…' if node.args or node.keywords else ''})"
        case ast.Attribute(value=value, attr=attr):
            owner = positions.shown(value, most - len(attr) - 1)
            return f"{owner if len(owner) < most else '…'}.{attr}"
        case ast.Subscript(value=value):
            return f"{positions.shown(value, most - 3)}[…]"
        case ast.Await(value=value):
            return f"await {positions.shown(value, most)}"
        case ast.BinOp(left=left, right=right, op=op):
            sign = _SIGNS.get(type(op), "…")
            return f"{positions.shown(left, most // 2)} {sign} {positions.shown(right, most // 2)}"
        case ast.Name(id=name):
            return name
        case ast.JoinedStr():
            return 'f"…"'
        case ast.Constant(value=str()):
            return '"…"'
        case ast.Tuple():
            return "(…)"
        case ast.Dict() | ast.Set() | ast.DictComp() | ast.SetComp():
            return "{…}"
        case ast.List() | ast.ListComp():
            return "[…]"
    return "…"


def _positioned(node: ast.AST) -> list[ast.AST]:
    """The parts of a node to which Python gives no place (a `comprehension`, an item of a ``with``), of which each has one."""
    parts = list(ast.iter_child_nodes(node))
    return [part for part in parts if hasattr(part, "lineno")] + [
        inner for part in parts if not hasattr(part, "lineno") for inner in _positioned(part)
    ]
