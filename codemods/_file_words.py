"""How a review names files and code: short enough to be read in passing."""

from __future__ import annotations

import ast

from ..engine.module import Module


def short(module: Module, node: ast.AST | None, most: int = 40) -> str:
    """The text of a node on one line, cut where it is longer than `most` characters."""
    text = " ".join(module.segment(node).split()) if node is not None else "it"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def file_name(module: Module, path: ast.expr) -> str:
    """What to call the file at a path: its own name where the source has it, else the expression."""
    if isinstance(path, ast.Constant) and isinstance(path.value, str):
        return path.value if len(path.value) <= 40 else f"…{path.value[-39:]}"
    return short(module, path)
