"""Loops of attempts: those that end where a call has succeeded."""

from __future__ import annotations

import ast

from ...engine.analysis.module import Module


def ends_loop(module: Module, call: ast.Call, loop: ast.AST) -> bool:
    """Whether the loop ends where the call has succeeded: it is returned, or a ``break`` or ``return`` follows it."""
    child: ast.AST = module.statement(call)
    if isinstance(child, ast.Return):
        return True
    for ancestor in module.ancestors(child):
        for name in ("body", "orelse", "handlers", "finalbody"):
            block = getattr(ancestor, name, None)
            if isinstance(block, list) and child in block:
                rest = block[block.index(child) + 1 :]
                if name != "handlers" and any(isinstance(statement, (ast.Break, ast.Return)) for statement in rest):
                    return True
                if isinstance(ancestor, ast.Try) and name == "body":
                    if any(isinstance(statement, (ast.Break, ast.Return)) for statement in ancestor.orelse):
                        return True
        if ancestor is loop:
            return False
        child = ancestor
    return False
