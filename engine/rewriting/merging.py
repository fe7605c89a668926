"""Adding names to a `from` import that is there."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import Any

from ..analysis.module import Module
from ..model import Edit, Import
from .layout import line_length

ImportNode = ast.Import | ast.ImportFrom


def mergeable(module: Module, block: list[ImportNode], item: Import) -> ast.ImportFrom | None:
    """The `from` import of a block that can take another name."""
    if item.name is None:
        return None
    for node in block:
        if isinstance(node, ast.ImportFrom) and "." * node.level + (node.module or "") == item.module:
            if node.names[0].name == "*" or "\\" in module.segment(node):
                continue
            return node
    return None


def merged_names(module: Module, node: ast.ImportFrom, items: list[Import]) -> list[Edit]:
    """The edits that add names to an import, in the order and layout that it has."""
    aliases = node.names
    parts: dict[int, list[str]] = {}
    behind: list[str] = []
    plain = [a.name for a in aliases]
    orders: tuple[Callable[[str], Any], ...] = (_by_type, str.lower)
    key = next((order for order in orders if plain == sorted(plain, key=order)), None)
    commented = module.has_comment(*module.span(node))
    if node.lineno == node.end_lineno:
        names = [module.segment(a) for a in aliases]
        new = [item.statement.partition(" import ")[2] for item in items]
        length = len(module.segment(node)) + sum(len(name) + 2 for name in new)
        if length > line_length(module) and "(" not in module.segment(node):
            together = sorted([*names, *new], key=key) if key is not None else [*names, *new]
            lines = "".join(f"\n{module.indent_unit}{name}," for name in together)
            return [Edit(module.start(aliases[0]), module.end(aliases[-1]), f"({lines}\n)")]
    for item in items:
        text = f"{item.name} as {item.alias}" if item.alias else str(item.name)
        greater = [a for a in aliases if key is not None and key(a.name) > key(str(item.name))]
        if greater:
            parts.setdefault(aliases.index(greater[0]), []).append(text)
        elif commented:
            parts.setdefault(0, []).append(text)
        else:
            behind.append(text)
    edits = []
    for index, texts in parts.items():
        start = module.start(aliases[index])
        separator = _separator(module, aliases[index])
        edits.append(Edit(start, start, "".join(f"{text},{separator}" for text in texts)))
    if behind:
        end = module.end(aliases[-1])
        separator = _separator(module, aliases[-1])
        edits.append(Edit(end, end, "".join(f",{separator}{text}" for text in behind)))
    return edits


def _by_type(name: str) -> tuple[int, str]:
    """Constants, classes, the rest, as isort and ruff put them."""
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return rank, name.lower()


def _separator(module: Module, alias: ast.alias) -> str:
    start = module.start(alias)
    line_start = module.line_starts[alias.lineno - 1]
    before = module.text[line_start:start]
    return "\n" + before if not before.strip() else " "
