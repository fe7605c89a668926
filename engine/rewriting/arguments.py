"""Edits that give a call one more argument, in the layout that the call has."""

from __future__ import annotations

import ast
import re

from ..analysis.module import Module
from ..model import Edit
from .layout import line_length, widest


def first_argument(module: Module, call: ast.Call, argument: str) -> Edit:
    """The edit that puts the source text `argument` in front of a call's own arguments."""
    opening = module.text.index("(", module.end(call.func)) + 1
    rest = module.text[opening : module.end(call)]
    gap = rest[: len(rest) - len(rest.lstrip())]
    if rest.lstrip().startswith(("#", "\\")):
        return Edit(opening, opening, f"{argument},")
    if not call.args and not call.keywords:
        return Edit(opening, opening, argument)
    if "\n" not in gap and "\r" not in gap:
        space = gap if gap == " " else ""  # ``f( x )`` keeps its space, a run of them goes
        return Edit(opening, opening + len(gap), f"{space}{argument}, ")
    first = opening + len(gap)
    if _fits_beside(module, call, first, argument):
        return Edit(first, first, f"{argument}, ")
    indent = re.split(r"[\r\n]", gap)[-1]
    return Edit(first, first, f"{argument},\n{indent}")  # one argument to a line, as the others


def _fits_beside(module: Module, call: ast.Call, first: int, argument: str) -> bool:
    """Whether a call's arguments stand together on a line of their own that takes one more."""
    last = max(module.end(value) for value in (*call.args, *call.keywords))
    line = module.text[first : module.end(call)].splitlines()[0]
    together = last <= first + len(line.rstrip()) and not line.rstrip().endswith(",") and "#" not in line
    start = module.text.rfind("\n", 0, first) + 1
    return together and widest(f"{module.text[start:first]}{argument}, {line}") <= line_length(module)


def keyword_argument(module: Module, call: ast.Call, argument: str) -> Edit:
    """The edit that gives a call a keyword argument ``name=value``: in front, or behind the positional arguments."""
    if not call.args:
        return first_argument(module, call, argument)
    end = module.end(call.args[-1])
    while module.text[end] in " \t" or module.text[end] == ")" and end + 1 < module.end(call):
        end += 1  # the argument's own parentheses
    return Edit(end, end, f", {argument}")


def last_argument(module: Module, values: list[ast.expr], last: ast.expr, argument: str) -> list[Edit]:
    """The edits that add `argument` behind the `last` one of a call's `values`, on a line of its own where the others have theirs."""
    end = module.end(last)
    if len(values) < 2 or len({value.lineno for value in values}) < len(values):
        return [Edit(end, end, f", {argument}")]
    has_comma = module.text[end:].lstrip().startswith(",")
    line_end = module.line_span(last)[1]
    line_end -= len(module.text[:line_end]) - len(module.text[:line_end].rstrip("\r\n"))
    behind = module.text[end:line_end]
    if "#" not in behind and (not has_comma or behind.strip(" ,")):
        return [Edit(end, end, f",\n{module.indent(last)}{argument}")]
    comma = [] if has_comma else [Edit(end, end, ",")]
    return [*comma, Edit(line_end, line_end, f"\n{module.indent(last)}{argument}{',' if has_comma else ''}")]
