"""Statements rewritten as concrete syntax: what moves, is wrapped or taken apart keeps its comments, its strings and its layout.

A codemod says what becomes of some nodes of a statement, in terms of LibCST; `rewritten` parses that statement alone and
gives back the edit. Importing this module imports LibCST, which takes a tenth of a second: do so where a change is written.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from ..analysis.module import Module
from ..counters import LIBCST, work
from ..model import Edit

#: What becomes of a node. A statement gives the statements that take its place; a simple one is given as the line of its
#: own that it would be. An expression gives an expression.
Part = Callable[[Any], Any]

_NEWLINE = re.compile(r"\r\n|\r")
#: Stands for the statement where there are only comments.
_NOTHING = cst.Pass()


class NotRewritable(Exception):
    """LibCST cannot read the statement, or does not find a node where `ast` has it; the message is a clause."""


def rewritten(module: Module, first: ast.stmt, parts: Mapping[ast.AST, Part], last: ast.stmt | None = None) -> Edit:
    """The edit that rewrites the nodes among `parts` within the statements from `first` to `last` of one block.

    Comments behind the last line that are indented deeper than the block belong to it.

    Raises:
        NotRewritable: see there.
    """
    start, end = _lines_of(module, first, last or first)
    text = _NEWLINE.sub("\n", module.text[start:end])
    closed = text.endswith("\n")
    # the first indentation that LibCST sees is the one that it writes
    head = f"if 1:\n{module.indent_unit}pass\n" + ("if 1:\n" if module.indent(first) else "")
    work.text(LIBCST, text)
    try:
        tree = cst.parse_module(head + text + ("" if closed else "\n"))
    except cst.ParserSyntaxError as error:
        raise NotRewritable(f"LibCST cannot read it: {error.message}") from error
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    shift = module.position(start)[0] - 1 - head.count("\n")
    found = _Positions(wrapper).nodes(module, parts, shift)
    code = wrapper.module.visit(_Surgery(found)).code.removeprefix(head)
    return Edit(start, end, code if closed else code.removesuffix("\n"))


def _lines_of(module: Module, first: ast.stmt, last: ast.stmt) -> tuple[int, int]:
    start, end = module.line_span(first)[0], module.line_span(last)[1]
    width = len(module.indent(first))
    ends = [*module.line_starts[1:], len(module.text)]
    for line_end in (e for e in ends if e > end):
        line = module.text[end:line_end]
        if line.strip() and not (line.lstrip().startswith("#") and len(line) - len(line.lstrip()) > width):
            break
        if line.strip():
            end = line_end
    return start, end


class _Positions:
    """Where the nodes of a tree begin and end."""

    def __init__(self, wrapper: MetadataWrapper) -> None:
        self._at: dict[tuple[int, int], list[tuple[cst.CSTNode, tuple[int, int]]]] = {}
        for node, place in wrapper.resolve(PositionProvider).items():
            end = (place.end.line, place.end.column)
            self._at.setdefault((place.start.line, place.start.column), []).append((node, end))

    def nodes(self, module: Module, parts: Mapping[ast.AST, Part], shift: int) -> dict[cst.CSTNode, Part]:
        """`parts` by the nodes of this tree, whose lines are `shift` less than the module's."""
        found = {}
        for node, part in parts.items():
            (line, column), (end, behind) = (module.position(offset) for offset in module.span(node))
            kind = getattr(cst, type(node).__name__.removeprefix("Async"))
            here = self._at.get((line - shift, column), ())
            is_statement = isinstance(node, ast.stmt)
            same = [n for n, e in here if isinstance(n, kind) and (is_statement or e == (end - shift, behind))]
            if not same:
                raise NotRewritable(f"LibCST reads line {line} differently")
            found[same[0]] = part
        return found


class _Surgery(cst.CSTTransformer):
    """Puts what the parts give in the place of their nodes."""

    def __init__(self, parts: Mapping[cst.CSTNode, Part]) -> None:
        super().__init__()
        self._parts = parts

    def on_leave(self, original: Any, updated: Any) -> Any:
        """Children first: a part is given a node whose own parts are done."""
        if isinstance(original, cst.SimpleStatementLine):
            return self._line(original, updated)
        if isinstance(original, cst.SimpleStatementSuite) and any(small in self._parts for small in original.body):
            line = cst.SimpleStatementLine(original.body, trailing_whitespace=original.trailing_whitespace)
            done = self._line(line, line.with_changes(body=updated.body))
            return _with_comments_placed(cst.IndentedBlock(list(done.nodes)))
        if isinstance(original, (cst.IndentedBlock, cst.Module)):
            return _with_comments_placed(updated)
        if original not in self._parts or isinstance(original, cst.BaseSmallStatement):
            return updated
        given = self._parts[original](updated)
        return cst.FlattenSentinel(given) if isinstance(original, cst.BaseStatement) else given

    def _line(self, original: cst.SimpleStatementLine, updated: cst.SimpleStatementLine) -> Any:
        """A line of simple statements, cut at those that are among the parts."""
        if not any(small in self._parts for small in original.body):
            return updated
        pieces: list[tuple[Part | None, list[cst.BaseSmallStatement]]] = []
        for old, new in zip(original.body, updated.body, strict=True):
            part = self._parts.get(old)
            if part is None and pieces and pieces[-1][0] is None:
                pieces[-1][1].append(new)
            else:
                pieces.append((part, [new]))
        lines: list[cst.BaseStatement] = []
        for number, (part, body) in enumerate(pieces):
            body[-1] = body[-1].with_changes(semicolon=cst.MaybeSentinel.DEFAULT)
            line = cst.SimpleStatementLine(
                body,
                leading_lines=updated.leading_lines if number == 0 else (),
                trailing_whitespace=updated.trailing_whitespace
                if number == len(pieces) - 1
                else cst.TrailingWhitespace(),
            )
            lines += [line] if part is None else part(line)
        return cst.FlattenSentinel(lines)


# Comments that lose their place


def comment_lines(lines: Iterable[cst.EmptyLine]) -> list[cst.BaseStatement]:
    """Comments, and the empty lines among them, where no statement is left that they belong to."""
    kept = list(itertools.dropwhile(lambda line: line.comment is None, lines))
    return [cst.SimpleStatementLine([_NOTHING], leading_lines=kept)] if kept else []


def _with_comments_placed(block: Any) -> Any:
    """`comment_lines` go above the statement that follows, or to the end of the block."""
    waiting: list[cst.EmptyLine] = []
    body = []
    for statement in block.body:
        if isinstance(statement, cst.SimpleStatementLine) and statement.body[0] is _NOTHING:
            waiting += statement.leading_lines
        else:
            if waiting:
                statement = statement.with_changes(leading_lines=[*waiting, *statement.leading_lines])
            body.append(statement)
            waiting = []
    return block.with_changes(body=body, footer=[*waiting, *block.footer])


def _own_lines(comment: cst.TrailingWhitespace) -> list[cst.EmptyLine]:
    return [cst.EmptyLine(comment=comment.comment)] if comment.comment is not None else []


def comments_of(line: cst.SimpleStatementLine) -> list[cst.BaseStatement]:
    """What is left of a line whose statement goes."""
    return comment_lines([*line.leading_lines, *_own_lines(line.trailing_whitespace)])


# Taking apart and building


def unwrapped(compound: Any) -> list[cst.BaseStatement]:
    """The statements of the block of a compound statement (a ``with``), which itself goes; its comments stay."""
    suite = compound.body
    above = [*compound.leading_lines]
    if isinstance(suite, cst.SimpleStatementSuite):
        lines: list[cst.BaseStatement] = [
            cst.SimpleStatementLine(suite.body, trailing_whitespace=suite.trailing_whitespace)
        ]
        below: Sequence[cst.EmptyLine] = ()
    else:
        lines, below = list(suite.body), suite.footer
        above += _own_lines(suite.header)
    return _under(above, lines) + comment_lines(below)


def _under(above: Sequence[cst.EmptyLine], lines: Sequence[Any]) -> list[cst.BaseStatement]:
    if not lines:
        return comment_lines(above)
    first = lines[0].with_changes(leading_lines=[*above, *lines[0].leading_lines])
    return [first, *lines[1:]]


def block(lines: Iterable[cst.BaseStatement]) -> cst.IndentedBlock:
    """The statements as the block of a compound statement."""
    placed: cst.IndentedBlock = _with_comments_placed(cst.IndentedBlock(list(lines)))
    return placed


def around(node: Any, compound: Any) -> list[cst.BaseStatement]:
    """`node` as the block of `compound`; the comments above it stay above both."""
    inner = node.with_changes(leading_lines=())
    return [compound.with_changes(leading_lines=node.leading_lines, body=block([inner]))]


def parsed(text: str) -> list[cst.BaseStatement]:
    """New statements, from their text at no indentation."""
    return list(cst.parse_module(text).body)


def expression(text: str) -> Part:
    """The part that puts an expression, from its text, in the place of another one."""
    parsed_text = cst.parse_expression(text)
    return lambda _: parsed_text


def with_argument(call: cst.Call, text: str) -> cst.Call:
    """The call with one more argument (``"buffering=1"``) at its end, laid out as the others are."""
    (statement,) = cst.parse_module(f"f({text})\n").body
    assert isinstance(statement, cst.SimpleStatementLine), "a call by itself"
    assert isinstance(statement.body[0], cst.Expr), "a call by itself"
    assert isinstance(statement.body[0].value, cst.Call), "a call by itself"
    argument = statement.body[0].value.args[0]
    if not call.args:
        return call.with_changes(args=[argument])
    *others, last = call.args
    between = others[-1].comma if others else cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
    if isinstance(last.comma, cst.Comma):
        argument = argument.with_changes(comma=last.comma)
        if not others:
            between = cst.Comma(whitespace_after=call.whitespace_before_args)
    else:
        argument = argument.with_changes(whitespace_after_arg=last.whitespace_after_arg)
    plain = last.with_changes(comma=between, whitespace_after_arg=cst.SimpleWhitespace(""))
    return call.with_changes(args=[*others, plain, argument])
