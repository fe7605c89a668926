"""What stands in a function and yet belongs to all its runs, or is worked out later than it stands there.

A default argument is made once. What an import inside a function binds is what everybody has. A generator expression, and what
`map()` and its like give, look at things only when somebody takes the next item.
"""

from __future__ import annotations

import ast

from ...knowledge.purity import is_harmless
from .assignments import default_of
from .container_uses import is_immutable
from .fates import Fates, Whose
from .module import Module
from .scope import FunctionNode

_LAZY = frozenset(
    "builtins.map builtins.filter builtins.zip builtins.enumerate builtins.reversed builtins.iter".split()
)


def is_default(module: Module, function: FunctionNode, argument: ast.arg) -> bool:
    """Whether a parameter may be an object that all calls have which do not give one: ``def remember(name, seen=[])``."""
    default = default_of(function, argument)
    return default is not None and not is_immutable(module, default)


def is_put_off(frame: Fates, node: ast.AST) -> bool:
    """Whether an expression gives items that are worked out later, of what others may have changed by then."""
    if not _is_lazy(frame, node):
        return False
    outer = node
    while _is_lazy(frame, parent := frame.module.parent(outer)):
        outer = parent  # type: ignore[assignment]
    if isinstance(parent, (ast.Call, ast.Starred, ast.comprehension)):
        return False  # all items are taken on the spot
    return not all(_is_plain(frame, part) for part in ast.walk(node))


def _is_lazy(frame: Fates, node: ast.AST | None) -> bool:
    if isinstance(node, ast.Call):
        name = frame.facts.name_of(frame.module, node.func)
        return name in _LAZY or name.startswith("itertools.")
    return isinstance(node, ast.GeneratorExp)


def _is_plain(frame: Fates, part: ast.AST) -> bool:
    """Whether a part of an expression gives the same, whenever it is worked out in this run of the function."""
    if not isinstance(part, (ast.Name, ast.Attribute)) or isinstance(frame.module.parent(part), ast.Attribute):
        return True  # of an attribute, the outermost is asked
    if name := frame.facts.name_of(frame.module, part):
        return is_harmless(name)
    root: ast.AST = part
    while isinstance(root, ast.Attribute):
        root = root.value
    if not isinstance(root, ast.Name):
        return True
    scope = frame.module.scope(root).find(root.id)
    if scope is not None and scope.kind in ("lambda", "comprehension"):
        return True
    return frame.facts.definition(frame.module, part) is None and frame.of(root) <= Whose.OWN
