"""Another call in a chain of calls, as it is written there: `Application.builder().token("42:T").build()`."""

from __future__ import annotations

import ast

from ..analysis.module import Module
from ..model import Edit
from .layout import WIDEST, fits, formatted_length, widest


def before_last(module: Module, last: ast.Call, added: str) -> Edit:
    """The edit that puts ``.method(…)`` in front of the last call of a chain.

    It stands on a line of its own where the others do, or where the chain's line would be too long for a formatter: then in parentheses,
    each call on a line, as black has it.
    """
    assert isinstance(last.func, ast.Attribute)
    above = module.end(last.func.value)
    dot = module.text.rindex(".", above, module.end(last.func))
    gap = module.text[above:dot]
    if "#" in gap:  # the comment belongs to the call above, which keeps it
        gap = gap[max(gap.rfind("\n"), gap.rfind("\r")) :]
    if gap:
        return Edit(dot, dot, f"{added}{gap.rpartition(')')[2]}")
    statement = module.statement(last)
    start, end = module.line_span(statement)
    line = module.text[module.text.rfind("\n", 0, dot) + 1 :].partition("\n")[0].rstrip()
    indent = line[: len(line) - len(line.lstrip())]
    if fits(module, f"{line.strip()}{added}", indent):
        return Edit(dot, dot, added)
    before = module.text[module.start(statement) : module.start(last)]
    if before.count("(") > before.count(")"):
        return Edit(dot, dot, f"\n{indent}{added}\n{indent}")
    is_plain = isinstance(statement, ast.Assign) and statement.value is last and not module.has_comment(start, end)
    if not is_plain or (not formatted_length(module) and widest(line) + len(added) <= WIDEST):
        return Edit(dot, dot, added)
    *links, closing = _links(module, last)
    deeper = f"\n{indent}{module.unit_behind(indent)}"
    return Edit(*module.span(last), f"({deeper}{deeper.join([*links, added, closing])}\n{indent})")


def _links(module: Module, last: ast.Call) -> list[str]:
    """What stands on the lines of a chain that black takes apart: a plain name keeps the first call."""
    links: list[str] = []
    node: ast.expr = last
    while isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        links.insert(0, module.text[module.end(node.func.value) : module.end(node)])
        node = node.func.value
    head = module.segment(node)
    return [head + links[0], *links[1:]] if isinstance(node, ast.Name) else [head, *links]
