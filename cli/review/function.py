"""A whole function before and after a change."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...engine.model import Finding
from ..diffrows import Row, diff_rows, lines_of

#: Lines shown around a place at module level.
AROUND = 12

_Scope = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def function_rows(before: str, after: str, finding: Finding) -> list[Row]:
    """The rows of the function or class around a finding in full; at module level some lines around it."""
    number = _index(ast.parse(before), finding)
    old, new = lines_of(before), lines_of(after)
    if number is None:
        rows = [row for hunk in diff_rows(before, after, context=AROUND) for row in hunk]
        near = range(finding.line - AROUND, finding.end_line + AROUND)
        return [row for row in rows if row.old_number is None or row.old_number in near]
    (first, last), (new_first, new_last) = (_span(ast.parse(text), number) for text in (before, after))
    one, other = "\n".join(old[first - 1 : last]) + "\n", "\n".join(new[new_first - 1 : new_last]) + "\n"
    hunks = diff_rows(one, other, context=len(old) + len(new), first=(first, new_first))
    return [row for hunk in hunks for row in hunk]


def _index(tree: ast.Module, finding: Finding) -> tuple[str, int] | None:
    """The innermost scope that holds the finding: its dotted name, and which of that name it is."""
    found = None
    seen: dict[str, int] = {}
    for name, node in _scopes(tree, ""):
        number = seen[name] = seen.get(name, -1) + 1
        if _first(node) <= finding.line <= (node.end_lineno or 0):
            found = name, number
    return found


def _span(tree: ast.Module, wanted: tuple[str, int]) -> tuple[int, int]:
    name, number = wanted
    nodes = [node for other, node in _scopes(tree, "") if other == name]
    node = nodes[min(number, len(nodes) - 1)] if nodes else None
    return (_first(node), node.end_lineno or 0) if node is not None else (1, 0)


def _scopes(tree: ast.AST, prefix: str) -> Iterator[tuple[str, _Scope]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _Scope):
            name = f"{prefix}{node.name}"
            yield name, node
            yield from _scopes(node, f"{name}.")
        else:
            yield from _scopes(node, prefix)


def _first(node: _Scope) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
