"""Names for the variables that a rewrite brings."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator

from ..analysis.module import Module


def fresh_name(module: Module, wanted: Iterable[str], at: ast.AST) -> str:
    """The first of `wanted` that the function around `at` (or the module) does not use; with a number if all are used."""
    scope = module.function(at) or module.tree
    used = {node.id for node in ast.walk(scope) if isinstance(node, ast.Name)}
    used |= {node.arg for node in ast.walk(scope) if isinstance(node, ast.arg)}
    names = list(wanted)
    numbered: Iterator[str] = (f"{names[0]}{number}" for number in itertools.count(2))
    for name in itertools.chain(names, numbered):
        if name not in used and (scope is not module.tree or name not in module.names.root.bindings):
            return name
    raise AssertionError("there are infinitely many names")
