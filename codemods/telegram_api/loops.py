"""Loops that become one call."""

from __future__ import annotations

import ast
import re

from ...engine.analysis.module import Module


def taken_as_a_whole(module: Module, loop: ast.For | ast.AsyncFor) -> str | None:
    """Why a loop over a single name cannot become one statement; None where it can."""
    assert isinstance(loop.target, ast.Name)
    target = loop.target.id
    if loop.orelse:
        return "the loop has an `else`"
    inside = set(ast.walk(loop))
    if any(use not in inside for use in module.uses(target, module.scope(loop.target))):
        return f"`{target}` is used elsewhere, too"
    text = module.segment(loop)
    if "#" in text or '"""' in text or "'''" in text:
        return "there are comments in it, or texts of several lines"
    for line in module.text[module.end(loop) :].splitlines()[1:]:
        if line.strip():
            deeper = line.startswith(module.indent(loop)) and line[len(module.indent(loop))].isspace()
            if deeper and line.lstrip().startswith("#"):
                return "there are comments at its end"
            break
    return None


def on_one_line(module: Module, node: ast.expr) -> str:
    """An expression without comments on one line."""
    comma = "" if any(isinstance(inner, ast.Tuple) for inner in ast.walk(node)) else ",?"
    text = re.sub(rf"(?<=[(\[{{])\s*\n\s*|{comma}\s*\n\s*(?=[)\]}}])", "", module.segment(node))
    return re.sub(r"\s*\n\s*", " ", text)
