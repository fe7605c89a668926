"""Edits that turn a blocking call into an awaited one, in the layout that the call has."""

from __future__ import annotations

import ast
import re

from .model import Edit
from .module import Module


def awaited(module: Module, call: ast.Call, callee: str, argument: str = "") -> list[Edit]:
    """Edits that make ``f(x)`` into ``await callee(argument, x)``, in parentheses where its result is used at once.

    `argument` is source text, put in front of the call's own arguments. The call must not stand in an f-string, nor its function in
    parentheses of its own (see `is_plain`).
    """
    start, end = module.span(call)
    opening, closing = ("(", ")") if binds_tighter(module.parent(call), call) else ("", "")
    edits = [Edit(start, module.end(call.func), f"{opening}await {callee}")]
    if argument:
        edits.append(_first_argument(module, call, argument))
    if closing:
        edits.append(Edit(end, end, closing))
    return edits


def is_plain(module: Module, call: ast.Call) -> bool:
    """Whether the text of `call` begins with its function, so that `awaited` can write it anew."""
    return not module.in_fstring(call) and module.start(call) == module.start(call.func)


def binds_tighter(parent: ast.AST | None, call: ast.AST) -> bool:
    """Whether what stands around `call` would take an ``await`` in its place apart: ``f().attribute``, ``f()[0]``, ``f()()``."""
    match parent:
        case ast.Attribute():
            return True
        case ast.Subscript(value=value):
            return value is call
        case ast.Call(func=func):
            return func is call
    return False


def _first_argument(module: Module, call: ast.Call, argument: str) -> Edit:
    opening = module.text.index("(", module.end(call.func)) + 1
    rest = module.text[opening : module.end(call)]
    gap = rest[: len(rest) - len(rest.lstrip())]
    if rest.lstrip().startswith(("#", "\\")):
        return Edit(opening, opening, f"{argument},")
    if not call.args and not call.keywords:
        return Edit(opening, opening, argument)
    if "\n" not in gap and "\r" not in gap:
        return Edit(opening, opening, f"{argument}, ")
    indent = re.split(r"[\r\n]", gap)[-1]
    return Edit(opening + len(gap), opening + len(gap), f"{argument},\n{indent}")  # one argument to a line, as the others
