"""The values that assignments give to names, and defaults to parameters."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .module import Module
from .scope import Binding, FunctionNode


def assigned(module: Module, bindings: list[Binding]) -> ast.expr | None:
    """The right side of the one binding of a name, where it is a plain assignment outside of loops."""
    if len(bindings) != 1 or bindings[0].kind != "assign":
        return None
    node = bindings[0].node
    parent = module.parent(node)
    match parent:
        case ast.Assign(targets=[target], value=value):
            return value if target is node else None
        case ast.AnnAssign(value=value):
            return value
        case ast.Tuple():
            return _unpacked(module, parent, node)
    return None


def values_of(module: Module, name: ast.Name) -> Iterator[ast.expr]:
    """All that plain assignments and ``with`` blocks give to a name, in whatever order they run."""
    for binding in module.bindings(name.id, name):
        match module.parent(binding.node):
            case ast.Assign(value=value) | ast.withitem(context_expr=value):
                yield value


def all_values_of(module: Module, expression: ast.expr) -> list[ast.expr]:
    """The same where nothing else binds the name; empty where something does, or where the expression is no name."""
    if not isinstance(expression, ast.Name):
        return []
    values = list(values_of(module, expression))
    return values if len(values) == len(module.bindings(expression.id, expression)) else []


def is_made_in_sight(module: Module, owner: ast.expr) -> bool:
    """Whether a variable stands only for objects of library's classes that are made in plain sight: ``rights = ChatBannedRights(None)``."""
    made = all_values_of(module, owner)
    names = [module.resolve(one.func) or "" if isinstance(one, ast.Call) else "" for one in made]
    return bool(names) and all("." in name and name.rpartition(".")[2][:1].isupper() for name in names)


def set_once(module: Module, cls: ast.ClassDef, name: str) -> ast.expr | None:
    """What the one assignment in a class to an attribute of this name gives it."""
    stored = list(module.stored(cls, name))
    parent = module.parent(stored[0]) if len(stored) == 1 else None
    return parent.value if isinstance(parent, ast.Assign) and parent.targets == stored else None


def _unpacked(module: Module, names: ast.Tuple, node: ast.AST) -> ast.expr | None:
    """The part of the right side that one of several names gets: ``FIRST, LAST = 1, 10``."""
    whole = module.parent(names)
    if not (isinstance(whole, ast.Assign) and whole.targets == [names] and isinstance(whole.value, ast.Tuple)):
        return None
    values = whole.value.elts
    if len(names.elts) != len(values) or any(isinstance(part, ast.Starred) for part in (*names.elts, *values)):
        return None
    return next((value for name, value in zip(names.elts, values, strict=True) if name is node), None)


def given_for(call: ast.Call, function: FunctionNode, argument: ast.arg, *, bound: bool) -> ast.expr | None:
    """What a call gives for a parameter, its default included; None where that is not seen. `bound`: the first one is the object."""
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)][bound:]
    position = names.index(argument.arg) if argument.arg in names else len(names)
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    by_name = next((k.value for k in call.keywords if k.arg == argument.arg), None)
    by_place = call.args[position] if len(call.args) > position else None
    return by_name or by_place or default_of(function, argument)


def default_of(function: FunctionNode, argument: ast.arg) -> ast.expr | None:
    """The default of a parameter, where it has one."""
    a = function.args
    positional = [p.arg for p in (*a.posonlyargs, *a.args)]
    defaults = dict(zip(reversed(positional), reversed(a.defaults), strict=False))
    defaults |= {p.arg: value for p, value in zip(a.kwonlyargs, a.kw_defaults, strict=True) if value is not None}
    return defaults.get(argument.arg)
