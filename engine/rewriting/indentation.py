"""Statements that move a level in or out: indenting lines without touching the strings in them, and names that nothing uses yet."""

from __future__ import annotations

import ast
import io
import itertools
import re
import tokenize
from collections.abc import Iterable, Mapping

from ..analysis.module import Module
from ..model import Edit

_OPENS = frozenset(getattr(tokenize, name) for name in ("FSTRING_START", "TSTRING_START") if hasattr(tokenize, name))
_CLOSES = frozenset(getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name))
_SPACE = re.compile(r"[ \t\f]*")


def inside_strings(module: Module) -> frozenset[int]:
    """The lines (from 1) that begin inside a string, whose indentation therefore is content."""
    lines: set[int] = set()
    opened: list[int] = []
    reader = io.StringIO(module.text, newline=None).readline
    try:
        for token in tokenize.generate_tokens(reader):
            if token.type == tokenize.STRING:
                lines.update(range(token.start[0] + 1, token.end[0] + 1))
            elif token.type in _OPENS:
                opened.append(token.start[0])
            elif token.type in _CLOSES:
                lines.update(range(opened.pop() + 1, token.end[0] + 1))
    except (tokenize.TokenError, IndentationError):
        pass  # `tokenize` is stricter than the parser about the last lines; what came before is known
    return frozenset(lines)


def line(module: Module, number: int) -> str:
    """The text of a line (from 1) without its newline, "" behind the last."""
    if number > len(module.line_starts):
        return ""
    start = module.line_starts[number - 1]
    end = module.line_starts[number] if number < len(module.line_starts) else len(module.text)
    return module.text[start:end].rstrip("\r\n")


def last_line(module: Module, statement: ast.stmt) -> int:
    """The last line of the block that `statement` ends, with the comments behind it that are indented like it."""
    number = statement.end_lineno or statement.lineno
    width = len(module.indent(statement))
    last = number
    while number < len(module.line_starts):
        text = line(module, number + 1)
        space = _SPACE.match(text)
        assert space is not None, "the pattern matches everything"
        if text.strip() and not (text[space.end() :].startswith("#") and space.end() >= width):
            break
        number += 1
        if text.strip():
            last = number
    return last


def indented(module: Module, lines: Iterable[int], add: str, remove: int | Mapping[int, int] = 0) -> list[Edit]:
    """Edits that put `add` in front of the given lines and take `remove` characters of indentation away.

    `remove` may say it line by line. Blank lines and lines that begin inside a string stay as they are.
    """
    edits = []
    frozen = inside_strings(module)
    for number in lines:
        text = line(module, number)
        if number in frozen or not text.strip():
            continue
        start = module.line_starts[number - 1]
        space = _SPACE.match(text)
        assert space is not None, "the pattern matches everything"
        taken = min(remove if isinstance(remove, int) else remove.get(number, 0), space.end())
        if text[:taken] != add:
            edits.append(Edit(start, start + taken, add))
    return edits


def has_lines_to_itself(module: Module, first: ast.AST, last: ast.AST | None = None) -> bool:
    """Whether nothing but white space and comments shares lines with the code from `first` to `last`."""
    number, column = module.position(module.end(last or first))
    before = module.text[module.line_span(first)[0] : module.start(first)]
    behind = line(module, number)[column:].strip()
    return not before.strip() and (not behind or behind.startswith("#"))


def on_one_line(module: Module, node: ast.AST) -> str:
    """The source of `node` with its line breaks taken out. It must hold no comment and no string over several lines."""
    text, *rest = (part.strip() for part in module.segment(node).splitlines())
    for part in rest:
        text = text.removesuffix("\\").rstrip()
        if part[:1] in ")]}" and text.endswith(","):
            text = text[:-1]
        glue = "" if text[-1:] in "([{" or part[:1] in ")]}." else " "
        text = f"{text}{glue}{part}"
    return text


def fresh_name(module: Module, wanted: Iterable[str], at: ast.AST) -> str:
    """The first of `wanted` that the function around `at` (or the module) does not use; with a number if all are used."""
    around = module.function(at) or module.tree
    used = {node.id for node in ast.walk(around) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(around) if isinstance(node, ast.arg)}
    names = list(wanted)
    for name in itertools.chain(names, (f"{names[0]}{number}" for number in itertools.count(2))):
        if name not in used and (around is not module.tree or name not in module.names.root.bindings):
            return name
    raise AssertionError("there are infinitely many names")
