"""Whether what a name at module level stands for is the same as long as the program runs."""

from __future__ import annotations

import ast
import re

from .calls.resolver import Resolver
from .files import is_path
from .literal import is_mutated
from .module import Module

#: What gives something that cannot be changed in place, or whose changes decide nothing.
_UNCHANGING = (
    "threading.Lock",
    "threading.RLock",
    "logging.",
    "re.",
    "os.",
    "pathlib.",
    "zoneinfo.",
    "builtins.str",
    "builtins.int",
    "builtins.frozenset",
)


def is_settled(resolver: Resolver, module: Module, name: str, *, rebound_only: bool = False) -> bool:
    """Whether the module-level variable `name` of `module` is bound once, and what it stands for is changed nowhere.

    `rebound_only`: its value is known to be a text, a number or a path, which nothing can change in place.
    """
    bindings = module.names.root.bindings.get(name, [])
    if len(bindings) != 1 or bindings[0].kind != "assign" or module.function(bindings[0].node) is not None:
        return False
    if is_assigned_from_outside(resolver, module, name, or_named=True):
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


def is_assigned_from_outside(resolver: Resolver, module: Module, name: str, *, or_named: bool = False) -> bool:
    """Whether another file sets a variable of `module` by the module's name.

    `or_named`: or holds its name in a text, by which ``setattr`` or a test may.
    """
    word = re.escape(name)
    sets = rf"\b(?!self\b|cls\b)\w+\.{word}\s*(:[^=\n]+)?([-+*/|&]|//)?=(?!=)"
    if or_named:
        sets += rf"|[\"'][\w.]*\.{word}[\"']|setattr\([^)\n]*[\"']{word}[\"']"
    for path in resolver.mentioning([name]):
        source = resolver.project.source(path)
        if path != module.path and source is not None and re.search(sets, source.text):
            return True
    return False
