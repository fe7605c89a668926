"""The clients of aiogram and Pyrogram, by annotations and by what makes them."""

from __future__ import annotations

import ast

from ...engine.analysis.facts import Facts
from ...engine.analysis.module import Module
from ...engine.analysis.resolver import Resolver

AIOGRAM = frozenset({"aiogram.Bot", "aiogram.client.bot.Bot"})
PYROGRAM = frozenset({"pyrogram.Client", "pyrogram.client.Client", "hydrogram.Client"})


def is_of(module: Module, owner: ast.expr, classes: frozenset[str], *, through: str = "") -> bool:
    """Whether an expression is an object of a library's class by an annotation or by what makes it, or an update's `through`."""
    if through and isinstance(owner, ast.Attribute) and owner.attr == through and isinstance(owner.value, ast.Name):
        told = _annotation(module, owner.value)
        if told.startswith("aiogram.types."):
            return True
    if isinstance(owner, ast.Name) and _annotation(module, owner) in classes:
        return True
    where, value = module.project.fact(Resolver).assigned(module, owner)
    return isinstance(value, ast.Call) and module.project.fact(Facts).name_of(where, value.func) in classes


def _annotation(module: Module, name: ast.Name) -> str:
    """The dotted name of a parameter's annotation, or ""."""
    bound = module.bindings(name.id, name)
    node = bound[0].node if len(bound) == 1 else None
    if isinstance(node, ast.arg) and node.annotation is not None:
        return module.project.fact(Facts).name_of(module, node.annotation)
    return ""
