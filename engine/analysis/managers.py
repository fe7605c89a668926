"""Whether the managers of ``with`` blocks that a project makes itself let out what is raised in the block."""

from __future__ import annotations

import ast

from .module import Module
from .resolver import Resolver
from .scope import FunctionNode

_MAKES_MANAGERS = frozenset({"contextlib.contextmanager", "contextlib.asynccontextmanager"})
_EXITS = frozenset({"__exit__", "__aexit__"})
#: Libraries' functions that make classes, whose objects let out what is raised.
_MAKES_CLASSES = frozenset(
    f"sqlalchemy.{name}"
    for name in (
        "orm.sessionmaker",
        "orm.scoped_session",
        "ext.asyncio.async_sessionmaker",
        "ext.asyncio.async_scoped_session",
    )
)


def lets_out(module: Module, made: ast.expr) -> bool:
    """Whether the object of what is called, a function or class of the project, shows that it swallows nothing."""
    resolver = module.project.fact(Resolver)
    found = resolver.definition(module, made)
    if found is None:
        where, value = resolver.assigned(module, made)
        return isinstance(value, ast.Call) and where.resolve(value.func) in _MAKES_CLASSES
    where, definition = found
    if isinstance(definition, ast.ClassDef):
        exits = [node for node in definition.body if getattr(node, "name", "") in _EXITS]
        plain = not definition.bases and not definition.decorator_list and not definition.keywords
        return plain and bool(exits) and all(_answers_nothing(where, node) for node in exits)
    if (object_made := _gives_object(definition)) is not None:
        return lets_out(where, object_made)
    return _only_yields(where, definition)


def _gives_object(function: FunctionNode) -> ast.expr | None:
    """The class of what a plain function does nothing but make: ``return Service(database())``."""
    match function:
        case ast.FunctionDef(body=[ast.Return(value=ast.Call(func=ast.Name() as made))], decorator_list=[]):
            return None if made.id == function.name else made
    return None


def _answers_nothing(module: Module, method: ast.stmt) -> bool:
    """Whether a method that ends a block never answers with something true, which would swallow what was raised."""
    if not isinstance(method, (ast.FunctionDef, ast.AsyncFunctionDef)) or method.decorator_list:
        return False
    given = (node.value for node in module.within(method, ast.Return) if node.value is not None)
    return all(isinstance(value, ast.Constant) and not value.value for value in given)


def _only_yields(module: Module, function: FunctionNode) -> bool:
    """Whether a function is made a manager by contextlib and catches nothing around what it yields, but to raise it again."""
    decorators = function.decorator_list
    if len(decorators) != 1 or module.resolve(decorators[0]) not in _MAKES_MANAGERS:
        return False
    around = (outer for node in module.within(function, ast.Yield) for outer, _ in module.around(node))
    return all(_lets_pass(block) for block in around)


def _lets_pass(block: ast.AST) -> bool:
    """Whether what is raised inside a statement leaves it."""
    if (
        isinstance(block, (ast.With, ast.AsyncWith)) or type(block).__name__ == "TryStar"
    ):  # the last is newer than Python 3.10
        return False
    if not isinstance(block, ast.Try):
        return True
    parts = [*block.finalbody, *block.handlers]
    ends = any(isinstance(node, (ast.Return, ast.Break, ast.Continue)) for part in parts for node in ast.walk(part))
    return not ends and all(isinstance(handler.body[-1], ast.Raise) for handler in block.handlers)
