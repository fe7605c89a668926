"""What a function that runs in a thread would share with the handlers that run meanwhile."""

from __future__ import annotations

import ast

from .constants import mutation, rebinding
from .files import is_path
from .module import Module
from .resolver import Resolver
from .scope import FunctionNode
from .shared_state import DATA, is_written, shared_key

#: What these return is not state, whatever is called on it.
_CONSTANT = ("logging.", "loguru.", "re.", "pathlib.", "os.", "collections.namedtuple", "zoneinfo.")


def is_shared(resolver: Resolver, module: Module, name: ast.Name) -> bool:
    """Whether a name stands for something at module level, here or elsewhere, that changes while the program runs."""
    if name not in module.names.parents or module.scope(name).find(name.id) is not module.names.root:
        return False
    if any(b.kind == "import" for b in module.names.root.bindings[name.id]) and is_written(module, name):
        found = resolver.symbol(module, name)
        return found is not None or isinstance(module.parent(name), ast.Attribute) and _is_own(resolver, module, name)
    found = resolver.symbol(module, name)
    return _changes(module, name.id) or (found is not None and found[0] is not module and _changes(*found))


def _is_own(resolver: Resolver, module: Module, name: ast.Name) -> bool:
    return resolver.file_of(module.path, module.resolve(name) or "") is not None


def is_shared_attribute(resolver: Resolver, module: Module, node: ast.Attribute) -> bool:
    """Whether an attribute of a module, of a class, of a function or of PTB's context is something that changes while the program runs."""
    call = module.parent(node)
    if isinstance(call, ast.Call) and call.func is node:
        return False
    if node.attr in DATA:
        return True
    found = resolver.symbol(module, node)
    if found is not None:
        return _changes(*found) or rebinding(*found) is not None
    meant = resolver.definition(module, node.value) if isinstance(node.value, ast.Name) else None
    return meant is not None and is_state(module, node)


def is_kept_default(module: Module, name: ast.Name, function: FunctionNode) -> bool:
    """Whether a parameter is changed in place whose default, a list or the like, is one object for all calls."""
    a = function.args
    given = [*a.posonlyargs, *a.args]
    defaults = [
        *zip(given[len(given) - len(a.defaults) :], a.defaults, strict=True),
        *zip(a.kwonlyargs, a.kw_defaults, strict=True),
    ]
    kept = {
        parameter.arg for parameter, value in defaults if isinstance(value, (ast.List, ast.Dict, ast.Set, ast.Call))
    }
    return name.id in kept and is_written(module, name)


def is_given_part(at: Module, argument: ast.Name, module: Module, function: FunctionNode) -> bool:
    """Whether an argument is a part of what handlers share, and the function that it is given to changes what it is given."""
    around = at.function(argument)
    if around is None or at.bindings(argument.id, argument)[:1] == [] or not shared_key(at, argument, around):
        return False
    given = {a.arg for a in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs)}
    return any(
        name.id in given
        and isinstance(name.ctx, ast.Load)
        and module.function(name) is function
        and is_written(module, name)
        for name in module.all(ast.Name)
    )


def is_state(module: Module, node: ast.Attribute) -> bool:
    """Whether an attribute, or a part of what it holds, is changed elsewhere than where its object is made."""
    parent = module.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return False
    for other in module.all(ast.Attribute):
        if other.attr != node.attr or not isinstance(other.value, ast.Name) or not is_written(module, other):
            continue
        function = module.function(other)
        if not (function and function.name == "__init__" and other.value.id == "self"):
            return True
    return False


def _changes(module: Module, name: str) -> bool:
    bindings = module.names.root.bindings.get(name, [])
    if any(b.kind != "assign" for b in bindings):
        return False
    if any(module.function(b.node) is not None for b in bindings):
        return True  # a global statement
    return not all(_is_constant(module, b.node) for b in bindings) and mutation(module, name) is not None


def _is_constant(module: Module, node: ast.AST) -> bool:
    """Whether a module-level name is bound to something that cannot be changed in place."""
    parent = module.parent(node)
    value = parent.value if isinstance(parent, (ast.Assign, ast.AnnAssign)) else None
    if value is None or isinstance(value, (ast.Constant, ast.JoinedStr, ast.Tuple, ast.BinOp)):
        return value is not None
    if isinstance(value, ast.Call):
        name = module.resolve(value.func) or ""  # a project may have its logging from a module of its own
        return name.startswith(_CONSTANT) or name.endswith(".getLogger") or is_path(module, value)
    return is_path(module, value)
