"""How a review names files and code: short enough to be read in passing."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from ....engine.analysis.files import Access, Key
from ....engine.analysis.module import Module
from ....engine.analysis.sections import Section


def short(module: Module, node: ast.AST | None, most: int = 40) -> str:
    """The text of a node on one line, cut where it is longer than `most` characters."""
    while node is not None and not hasattr(node, "lineno"):  # an item of a with has no place of its own
        node = module.parent(node)
    text = " ".join(module.segment(node).split()) if node is not None else "it"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def file_name(module: Module, path: ast.expr) -> str:
    """What to call the file at a path: its own name where the source has it, else the expression."""
    if isinstance(path, ast.Constant) and isinstance(path.value, str):
        return path.value if len(path.value) <= 40 else f"…{path.value[-39:]}"
    return short(module, path)


def key_name(key: Key) -> str:
    """What to call the file that a key stands for."""
    return key.name if len(key.name) <= 40 else f"{key.name[:39]}…"


def place(module: Module, node: ast.AST) -> str:
    """A place as ``bot.py, line 12``."""
    return f"{module.path.name}, line {getattr(node, 'lineno', 0)}"


def listed(names: Iterable[str]) -> str:
    """Names as ``a``, ``a and b`` or ``a and 3 more``."""
    found = list(dict.fromkeys(names))
    if len(found) > 2:
        return f"{found[0]} and {len(found) - 1} more"
    return " and ".join(found)


def call_text(module: Module, access: Access) -> str:
    """An access as it stands: ``open(LINKS_FILE)``, ``path.read_text()``."""
    if access.opening is None or access.opening.method:
        return f"{short(module, access.node.func)}()"
    return f"{short(module, access.node.func)}({short(module, access.path)})"


def awaited_in(module: Module, section: Section) -> str | None:
    """What of others a section awaits, with the line of the first: ``event.reply() (line 12)``."""
    names: dict[str, int] = {}
    for node in section.awaits():
        match node:
            case ast.Await(value=ast.Call(func=func)):
                names.setdefault(f"{short(module, func)}()", node.lineno)
            case ast.Await(value=value):
                names.setdefault(short(module, value), node.lineno)
            case ast.AsyncFor(iter=value):
                names.setdefault(short(module, value), node.lineno)
            case ast.AsyncWith(items=[first, *_]):
                names.setdefault(short(module, first.context_expr), node.lineno)
    return f"{listed(names)} (line {min(names.values())})" if names else None


def in_test(path: Path) -> bool:
    """Whether a file belongs to the tests of a project."""
    stem = path.stem
    return stem.startswith("test_") or stem.endswith("_test") or stem == "conftest" or "tests" in path.parts
