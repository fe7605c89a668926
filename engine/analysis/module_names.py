"""By which names a program speaks of a file as a module, and of what it imports."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

from .assignments import all_values_of
from .module import Module
from .replacing import NAMED_IMPORTS, last_of

#: The modules that come with Python.
STANDARD = frozenset({"builtins", *sys.stdlib_module_names})
#: What Telegram's libraries give for these is a user, a chat or a message of theirs.
_GIVEN_BY_TELEGRAM = frozenset(
    "get_chat get_entity get_me get_message get_messages get_reply_message get_sender get_user".split()
)


def named_module(module: Module, node: ast.expr) -> str | None:
    """The dotted name of the module that ``sys.modules["time"]`` or ``import_module("time")`` stands for."""
    match node:
        case ast.Subscript(value=value, slice=ast.Constant(value=str(name))) if module.resolve(value) == "sys.modules":
            return name
        case ast.Call(func=function, args=[ast.Constant(value=str(name)), *_]) if last_of(function) in NAMED_IMPORTS:
            return name
    return None


def names_for(module: Module) -> dict[str, set[str]]:
    """The names that imports bind in a module, by what they stand for."""
    found: dict[str, set[str]] = {}
    for scope in module.names.opened.values():
        for name, bindings in scope.bindings.items():
            for binding in bindings if name != "*" else ():
                if binding.qualified:
                    found.setdefault(binding.qualified, set()).add(name)
    return found


def stem_of(path: Path) -> str:
    """The last part of the name by which a file is imported."""
    return path.parent.name if path.name == "__init__.py" else path.stem


def may_name(text: ast.expr, path: Path) -> bool:
    """Whether a text may be the name, or the path, of a module."""
    if isinstance(text, ast.Constant):
        named = str(text.value).removesuffix(".py").replace("/", ".")
        return named.rpartition(".")[2] == stem_of(path)
    start: ast.expr | None = text.left if isinstance(text, ast.BinOp) else None
    if isinstance(text, ast.JoinedStr) and text.values:
        start = text.values[0]
    if isinstance(start, ast.Constant):  # f"plugins.{name}"
        above = [part for part in str(start.value).replace("/", ".").split(".")[:-1] if part]
        return set(above) <= set(path.parts)
    return True


def is_keyed(node: ast.AST | None, path: Path) -> bool:
    """Whether ``sys.modules[…]`` surely means another module."""
    if not (isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)):
        return isinstance(node, ast.Compare)
    return not may_name(node.slice, path)


def is_of_telegram(module: Module, owner: ast.expr) -> bool:
    """Whether a variable only holds what Telegram has been asked for, and so stands for no module: ``chat = await event.get_chat()``."""
    values = all_values_of(module, owner)
    return bool(values) and all(_asks_telegram(module, value) for value in values)


def _asks_telegram(module: Module, value: ast.expr) -> bool:
    match value:
        case ast.Await(value=ast.Call(func=ast.Attribute(attr=method))):
            return method in _GIVEN_BY_TELEGRAM and not module.project.contains(f"def {method}(".encode())
    return False
