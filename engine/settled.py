"""Whether what a name at module level stands for is the same as long as the program runs."""

from __future__ import annotations

import ast
import re

from .callgraph import Resolver
from .files import is_path
from .literal import is_mutated
from .module import Module

#: Libraries whose calls give what cannot be changed in place.
_UNCHANGING = ("logging.", "re.", "os.", "pathlib.", "zoneinfo.", "builtins.str", "builtins.int", "builtins.frozenset")


def is_settled(resolver: Resolver, module: Module, name: str, *, rebound_only: bool = False) -> bool:
    """Whether the module-level variable `name` of `module` is bound once, and what it stands for is changed nowhere.

    `rebound_only`: its value is known to be a text, a number or a path, which nothing can change in place.
    """
    bindings = module.names.root.bindings.get(name, [])
    if len(bindings) != 1 or bindings[0].kind != "assign" or module.function(bindings[0].node) is not None:
        return False
    if _assigned_from_outside(resolver, module, name):
        return False
    if rebound_only:
        return True
    parent = module.parent(bindings[0].node)
    value = parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None
    match value:
        case ast.Constant() | ast.JoinedStr() | ast.BinOp():
            return True
        case ast.Dict() | ast.List() | ast.Set() | ast.Tuple():
            return not is_mutated(module, name)
        case ast.Call(func=function):
            return (module.resolve(function) or "").startswith(_UNCHANGING) or is_path(module, value)
    return False


def _assigned_from_outside(resolver: Resolver, module: Module, name: str) -> bool:
    """Whether another file sets it by the module's name, or names it in a text, by which ``setattr`` or a test may."""
    word = re.escape(name)
    sets = re.compile(
        rf"\b(?!self\b|cls\b)\w+\.{word}\s*(:[^=\n]+)?=(?!=)|[\"'][\w.]*\.{word}[\"']|setattr\([^)\n]*[\"']{word}[\"']"
    )
    for path in resolver.mentioning([name]):
        source = resolver.project.source(path)
        if path != module.path and source is not None and sets.search(source.text):
            return True
    return False
