"""Whether an expression gives the same each time that a loop passes it, or that a function is called."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .constants import rebinding
from .module import Module
from .replacements import Replacements
from .resolver import Resolver

Loop = ast.For | ast.AsyncFor | ast.While
#: What is passed again and again.
Region = ast.For | ast.AsyncFor | ast.While | ast.FunctionDef | ast.AsyncFunctionDef
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
#: What gives the same for the same texts and paths.
_SAME = frozenset(
    "builtins.str os.fspath os.path.join os.path.normpath os.path.dirname os.path.basename pathlib.Path pathlib.PurePath".split()
)
_SAME_METHODS = frozenset("joinpath with_suffix with_name with_stem format".split())
_SAME_PARTS = frozenset("parent name stem suffix".split())
_COMPOSED = (ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.Tuple)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why an expression may give something else next time."""

    #: The rest of a clause: "depends on message, which changes from message to message".
    clause: str
    #: Whether the source shows that it changes; otherwise nothing shows that it does not.
    shown: bool = True


def doubt(module: Module, expression: ast.expr, region: Region, depth: int = 0) -> Doubt | None:
    """Why `expression` may give something else next time; None where it surely gives the same."""
    parts: list[ast.expr] = []
    match expression:
        case ast.Constant():
            return None
        case ast.Name():
            return _of_name(module, expression, region, depth)
        case ast.Attribute(value=value, attr=attr) if attr in _SAME_PARTS:
            parts = [value]
        case ast.Attribute():
            return _of_attribute(module, expression, region, depth)
        case ast.Subscript(value=value, slice=ast.Constant()):
            return _of_item(module, value, region, depth)
        case ast.Call(func=func, args=args, keywords=keywords) if module.resolve(func) in _SAME:
            parts = [*args, *(keyword.value for keyword in keywords)]
        case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args, keywords=[]) if attr in _SAME_METHODS:
            parts = [value, *args]
        case ast.Call(func=func):
            return Doubt(f"is worked out by {module.segment(func)}() each time")
        case _ if isinstance(expression, _COMPOSED):
            parts = [node for node in ast.iter_child_nodes(expression) if isinstance(node, ast.expr)]
        case _:
            return Doubt("is worked out each time")
    doubts = [found for part in parts if (found := doubt(module, part, region, depth))]
    return min(doubts, key=lambda found: not found.shown, default=None)


def within(module: Module, node: ast.AST, outer: ast.AST) -> bool:
    """Whether `node` is `outer` or stands in it."""
    return node is outer or any(ancestor is outer for ancestor in module.ancestors(node))


def _of_name(module: Module, node: ast.Name, region: Region, depth: int) -> Doubt | None:
    scope = module.scope(node).find(node.id)
    if scope is None:
        return None
    bindings = scope.bindings[node.id]
    inside = [b for b in bindings if within(module, b.node, region)]
    if not inside:
        home = scope.node if isinstance(scope.node, _FUNCTIONS) else None
        for binding in bindings:
            if binding.kind != "import" and module.function(binding.node) is not home and binding.kind != "parameter":
                return Doubt(f"is {node.id}, which line {binding.node.lineno} may change meanwhile")  # type: ignore[attr-defined]
        if scope is module.names.root and (place := rebinding(module, node.id)) is not None:
            again = {module.position(module.start(b.node))[0] for b in bindings if b.kind in ("assign", "import")}
            where = f"line {place.line}" + (f" of {place.path.name}" if place.path != module.path else "")
            at_start = place.path == module.path and place.line in again
            return Doubt(f"is {node.id}, which {where} may change meanwhile", shown=not at_start)
        return None
    value = None
    match module.parent(inside[0].node):
        case ast.Assign(targets=[target], value=right) if target is inside[0].node and len(bindings) == 1:
            value = right
    if value is not None and depth < 5 and module.start(inside[0].node) < module.start(node):
        return doubt(module, value, region, depth + 1)
    kind = "call to call" if isinstance(region, _FUNCTIONS) else "message to message"
    return Doubt(f"depends on {node.id}, which changes from {kind}")


def _of_attribute(module: Module, node: ast.Attribute, region: Region, depth: int) -> Doubt | None:
    text = module.segment(node)
    if (symbol := module.project.fact(Resolver).symbol(module, node)) is not None and rebinding(*symbol) is None:
        return None
    if not (isinstance(region, _FUNCTIONS) and _is_own(node)) and (found := doubt(module, node.value, region, depth)):
        if found.shown:
            return found
    for function in module.all(ast.FunctionDef):
        if function.name == node.attr:
            return Doubt(f"is {text}, which line {function.lineno} works out each time")
    for store in module.attributes(node.attr):
        if not isinstance(store.ctx, ast.Load) and not _in_init(module, store):
            return Doubt(f"is {text}, which line {store.lineno} may change meanwhile")
    for other in module.project.fact(Replacements).of(node.attr):
        if other.path != module.path:
            return Doubt(f"is {text}, which {other.path.name} may change meanwhile")
    if isinstance(region, _FUNCTIONS) and _is_own(node):
        return None  # each object has its own
    return Doubt(f"is {text}", shown=False)


def _is_own(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")


def _in_init(module: Module, node: ast.AST) -> bool:
    function = module.function(node)
    return function is not None and function.name in ("__init__", "__post_init__")


def _of_item(module: Module, container: ast.expr, region: Region, depth: int) -> Doubt | None:
    found = doubt(module, container, region, depth)
    if found is not None and found.shown:
        return found
    for store in module.all(ast.Subscript):
        if not isinstance(store.ctx, ast.Load) and ast.dump(store.value) == ast.dump(container):
            return Doubt(f"is an item of {module.segment(container)}, which changes in line {store.lineno}")
    return Doubt(f"is an item of {module.segment(container)}", shown=False)
