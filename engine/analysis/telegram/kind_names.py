"""What names, uses and chains of calls say of kinds by themselves."""

from __future__ import annotations

import ast
from typing import Protocol

from ....knowledge.bots import bot_kind
from ....knowledge.errors import telethon_method
from ....knowledge.kinds import CLASSES, EVENT, OF_EVENTS, SPELLINGS
from ..follow import places
from ..module import Module


class Names(Protocol):
    """The names of one module, and of others."""

    module: Module

    def name_of(self, expression: ast.AST) -> str:
        """The dotted name of something outside the project, or ""."""

    def elsewhere(self, module: Module) -> Names:
        """The names of another module."""


def event_built(names: Names, builder: ast.expr, depth: int = 2) -> str | None:
    """The kind of event that a builder is for: one of Telethon's, or what a function of the project makes of it in all its returns."""
    made = builder.func if isinstance(builder, ast.Call) else builder
    name = names.name_of(made)
    if name.startswith("telethon.events.") and name.count(".") == 2 and name.rpartition(".")[2][:1].isupper():
        return f"{name}.Event"
    if not depth or not isinstance(builder, ast.Call) or not isinstance(made, ast.Name):
        return None
    found: set[str | None] = set()
    for place in places(names.module, made.id, made):
        function, other = place.binding.node, names.elsewhere(place.module)
        if not isinstance(function, ast.FunctionDef) or function.decorator_list:
            return None
        returned = [r.value for r in place.module.within(function, ast.Return)]
        found |= {event_built(other, value, depth - 1) if value else None for value in returned}
    return found.pop() if len(found) == 1 else None


def is_builder(module: Module, expression: ast.expr) -> bool:
    """Whether a chain of calls begins with the builder of a python-telegram-bot application, perhaps in a variable."""
    while isinstance(expression, ast.Call):
        called = module.resolve(expression.func) or ""
        if called in ("telegram.ext.ApplicationBuilder", "telegram.ext.Application.builder"):
            return True
        expression = expression.func.value if isinstance(expression.func, ast.Attribute) else expression.func
    if isinstance(expression, ast.Name):
        for binding in module.bindings(expression.id, expression):
            parent = module.parent(binding.node)
            if (
                isinstance(parent, ast.Assign)
                and expression not in ast.walk(parent.value)
                and isinstance(parent.value, ast.Call)
            ):
                return is_builder(module, parent.value)
    return False


def shows_event(module: Module, use: ast.Name) -> bool:
    """Whether a parameter is used as only an event or a message is."""
    parent = module.parent(use)
    if not isinstance(parent, ast.Attribute):
        return False
    outer = module.parent(parent)
    if parent.attr == "client" and isinstance(outer, ast.Attribute):
        return bool(telethon_method(outer.attr)) and "_" in outer.attr
    return parent.attr in OF_EVENTS


def is_event(kind: str) -> bool:
    """Whether a kind is one of Telethon's events."""
    return kind == EVENT or (kind.startswith("telethon.events.") and kind.endswith(".Event"))


def external_kind(name: str) -> str | None:
    """The kind of an instance of a library's class."""
    if name in SPELLINGS:
        return SPELLINGS[name]
    if name.startswith("telethon.events.") and name.count(".") >= 2:
        event = name.removesuffix(".Event").rpartition(".")[2]
        return (
            f"telethon.events.{event}.Event"
            if event[:1].isupper() and event not in ("StopPropagation", "Raw")
            else None
        )
    return name if name in CLASSES else bot_kind(name)


def item_kind(kind: str | None) -> str | None:
    """The kind of the items of a kind."""
    return kind[1:-1] if kind and kind.startswith("[") else None
