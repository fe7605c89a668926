"""The oldest Python that can run a file, as far as its syntax and what it imports at its top level tell.

https://docs.python.org/3/whatsnew/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .module import Module

_MODULES = {"graphlib": 9, "zoneinfo": 9, "tomllib": 11}
_NAMES = {
    ("asyncio", "to_thread"): 9, ("functools", "cache"): 9, ("typing", "Annotated"): 9, ("itertools", "pairwise"): 10,
    ("types", "NoneType"): 10, ("types", "UnionType"): 10, ("typing", "ParamSpec"): 10, ("typing", "TypeAlias"): 10,
    ("typing", "TypeGuard"): 10, ("asyncio", "Runner"): 11, ("asyncio", "TaskGroup"): 11, ("asyncio", "timeout"): 11,
    ("contextlib", "chdir"): 11, ("datetime", "UTC"): 11, ("enum", "StrEnum"): 11, ("typing", "Never"): 11,
    ("typing", "Self"): 11, ("typing", "assert_never"): 11, ("itertools", "batched"): 12, ("typing", "override"): 12,
}  # fmt: skip
_GENERICS = ("dict", "frozenset", "list", "set", "tuple", "type")


@dataclass(frozen=True, slots=True, order=True)
class Feature:
    """Something that Python has since 3.`minor`."""

    minor: int
    #: As the source has it: "match".
    text: str
    #: 1-based.
    line: int


def newest_feature(module: Module) -> Feature | None:
    """What asks for the newest Python of all that the interpreter meets when it loads the module."""
    return max(_features(module), default=None, key=lambda feature: (feature.minor, -feature.line))


def _features(module: Module) -> Iterator[Feature]:
    for kind, minor, text in (
        ("Match", 10, "match"), ("TryStar", 11, "except*"), ("TypeAlias", 12, "type"), ("NamedExpr", 8, ":="),
    ):  # fmt: skip
        for node in module.all(getattr(ast, kind, ast.Match)) if hasattr(ast, kind) else ():
            yield Feature(minor, text, node.lineno)
    for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef):
        if function.args.posonlyargs:
            yield Feature(8, "/", function.lineno)
        if getattr(function, "type_params", None):
            yield Feature(12, f"def {function.name}[…]", function.lineno)
    yield from _imports(module)
    if not any(b.qualified == "__future__.annotations" for b in module.names.root.bindings.get("annotations", ())):
        for annotation in _annotations(module.tree.body):
            yield from _in_annotation(annotation)


def _imports(module: Module) -> Iterator[Feature]:
    for statement in module.tree.body:
        match statement:
            case ast.Import(names=names):
                for alias in names:
                    if minor := _MODULES.get(alias.name.partition(".")[0]):
                        yield Feature(minor, f"import {alias.name}", statement.lineno)
            case ast.ImportFrom(module=str(name), names=names, level=0):
                for alias in names:
                    if minor := _MODULES.get(name) or _NAMES.get((name, alias.name)):
                        yield Feature(minor, f"from {name} import {alias.name}", statement.lineno)


def _annotations(body: list[ast.stmt]) -> Iterator[ast.expr]:
    """The annotations that are evaluated when the module is loaded: those of functions and names at its top level and in
    classes there.
    """
    for statement in body:
        match statement:
            case ast.FunctionDef(args=args, returns=returns) | ast.AsyncFunctionDef(args=args, returns=returns):
                given = [*args.posonlyargs, *args.args, *args.kwonlyargs]
                given += [arg for arg in (args.vararg, args.kwarg) if arg]
                yield from (arg.annotation for arg in given if arg.annotation)
                yield from (returns,) if returns else ()
            case ast.AnnAssign(annotation=annotation):
                yield annotation
            case ast.ClassDef(body=inner):
                yield from _annotations(inner)


def _in_annotation(annotation: ast.expr) -> Iterator[Feature]:
    for node in ast.walk(annotation):
        match node:
            case ast.BinOp(op=ast.BitOr(), left=ast.Name() | ast.Subscript()):
                yield Feature(10, ast.unparse(node), node.lineno)
            case ast.Subscript(value=ast.Name(id=name)) if name in _GENERICS:
                yield Feature(9, ast.unparse(node), node.lineno)
