"""What a program was started with: attributes of what `argparse` gives, which are texts and numbers that nobody changes."""

from __future__ import annotations

import ast

from .module import Module
from .replacements import Replacements

#: Options of `add_argument()` with which an argument is one text or number.
_PLAIN = frozenset("dest required help default metavar type choices const".split())
_TYPES = frozenset({"builtins.str", "builtins.int", "builtins.float"})
_SWITCHES = frozenset({"store_true", "store_false", "count", "store"})


def is_program_argument(replacements: Replacements, module: Module, node: ast.Attribute) -> bool:
    """Whether an attribute is a text, a number or a switch that the program was started with, and nobody sets one of that name.

    Both ways to keep them are known: ``args = parser.parse_args()``, and a function of the project that returns it.
    """
    resolver = replacements.resolver
    where, value = resolver.assigned(module, node.value)
    meant = resolver.definition(where, value.func) if isinstance(value, ast.Call) else None
    if meant is not None and isinstance(meant[1], ast.FunctionDef):
        given = [returned.value for returned in meant[0].within(meant[1], ast.Return)]
        if len(given) != 1 or given[0] is None:
            return False
        where, value = resolver.assigned(meant[0], given[0]) if isinstance(given[0], ast.Name) else (meant[0], given[0])
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "parse_args"):
        return False
    added = [call for call in where.all(ast.Call) if getattr(call.func, "attr", "") == "add_argument"]
    of_name = [call for call in added if _destination(call) == node.attr]
    return bool(of_name) and all(_is_plain(where, call) for call in of_name) and not replacements.of(node.attr)


def _destination(call: ast.Call) -> str:
    """The name of the attribute that an argument goes to; "" where the source does not show it."""
    for keyword in call.keywords:
        if keyword.arg == "dest":
            return str(getattr(keyword.value, "value", ""))
    names = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    long = [name for name in names if isinstance(name, str) and name.startswith("--")]
    return str((long or names or [""])[0]).lstrip("-").replace("-", "_")


def _is_plain(module: Module, call: ast.Call) -> bool:
    for keyword in call.keywords:
        match keyword.arg, keyword.value:
            case "type", value:
                plain = module.resolve(value) in _TYPES
            case "action", ast.Constant(value=action):
                plain = action in _SWITCHES
            case (("default" | "const"), value):
                plain = isinstance(value, (ast.Constant, ast.JoinedStr))
            case name, _:
                plain = name in _PLAIN
        if not plain:
            return False
    return True
