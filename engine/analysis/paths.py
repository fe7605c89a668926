"""What paths are called as far as the source says: patterns, names that are new in each call, and whether two may be one file."""

from __future__ import annotations

import ast
import os.path
import re
from functools import lru_cache

from .files import names_same
from .literal import text_of
from .module import Module
from .resolver import Resolver

_DEPTH = 6
#: What gives another name in each call, by what the standard library promises.
_UNIQUE = frozenset(
    "tempfile.mkstemp tempfile.mkdtemp tempfile.NamedTemporaryFile tempfile.TemporaryDirectory tempfile.TemporaryFile "
    "tempfile.mktemp uuid.uuid1 uuid.uuid4 secrets.token_hex secrets.token_urlsafe".split()
)
#: Functions that keep apart what they are given.
_KEEPING = frozenset("builtins.str os.fspath os.path.join os.path.abspath os.path.realpath os.path.normpath".split())
_KEEPING_METHODS = frozenset("joinpath with_suffix absolute resolve as_posix".split())
_LONGEST_NAME = 255
#: What the system makes up in memory when it is read, and what may never come to an end.
_NO_DISK = ("/proc/", "/sys/", "/dev/")


def pattern_of(module: Module, path: ast.expr, depth: int = 0) -> str:
    """The path with ``*`` for what is known only when the bot runs; ``*`` alone where nothing is known."""
    if (text := text_of(module, path)) is not None:
        return os.path.normpath(text)
    if depth > _DEPTH:
        return "*"

    def part(expression: ast.expr) -> str:
        return pattern_of(module, expression, depth + 1)

    match path:
        case ast.JoinedStr(values=values):
            pieces = [str(v.value) if isinstance(v, ast.Constant) else part(v) for v in values]
            return os.path.normpath("".join(pieces))
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return part(inner)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return part(left) + part(right)
        case ast.BinOp(left=left, op=ast.Div(), right=right):
            return os.path.join(part(left), part(right))
        case ast.BinOp(left=ast.Constant(value=str() as text), op=ast.Mod()):
            return os.path.normpath(re.sub(r"%(\([^)]*\))?[^a-zA-Z%]*[a-zA-Z]", "*", text))
        case ast.Call(func=ast.Attribute(value=ast.Constant(value=str() as text), attr="format")):
            return os.path.normpath(re.sub(r"\{[^{}]*\}", "*", text))
        case ast.Call(func=ast.Attribute(value=left, attr="joinpath"), args=arguments):
            return os.path.normpath(os.path.join(part(left), *map(part, arguments)))
        case ast.Call(func=ast.Attribute(attr="with_name"), args=[name]):
            return os.path.join("*", part(name))
        case ast.Call(func=function, args=arguments) if arguments and module.resolve(function) == "os.path.join":
            return os.path.normpath(os.path.join(*map(part, arguments)))
        case ast.Call(func=function, args=[inner]) if names_same(module, function):
            return part(inner)
        case ast.Name() | ast.Attribute():
            return _of_variable(module, path, depth)
    return "*"


def _of_variable(module: Module, node: ast.Name | ast.Attribute, depth: int) -> str:
    bindings = module.bindings(node.id, node) if isinstance(node, ast.Name) else []
    where, found = module, bindings
    if not bindings or bindings[0].qualified:
        symbol = module.project.fact(Resolver).symbol(module, node)
        if symbol is None:
            return "*"
        where, found = symbol[0], symbol[0].names.root.bindings.get(symbol[1], [])
    parent = where.parent(found[0].node) if len(found) == 1 else None
    if isinstance(parent, ast.Assign) and parent.targets == [found[0].node]:
        return pattern_of(where, parent.value, depth + 1)
    return "*"


def is_own(module: Module, path: ast.expr, depth: int = 0) -> bool:
    """Whether each run of the function around a path makes the path anew, so that no other code can know it by itself."""
    if depth > _DEPTH:
        return False

    def own(part: ast.expr) -> bool:
        return is_own(module, part, depth + 1)

    match path:
        case ast.Call(func=function, args=arguments):
            called = module.resolve(function) or ""
            if called in _UNIQUE:
                return True
            if called in _KEEPING or names_same(module, function):
                return any(own(argument) for argument in arguments)
            kept = isinstance(function, ast.Attribute) and function.attr in _KEEPING_METHODS
            return kept and any(own(p) for p in (function.value, *arguments))  # type: ignore[attr-defined]
        case ast.JoinedStr(values=values):
            return any(isinstance(v, ast.FormattedValue) and v.format_spec is None and own(v.value) for v in values)
        case ast.BinOp(left=left, op=ast.Add() | ast.Div(), right=right):
            return own(left) or own(right)
        case ast.Attribute(value=value, attr="name" | "hex"):
            return own(value)
        case ast.Subscript(value=value, slice=ast.Constant(value=1)):
            return isinstance(value, ast.Call) and module.resolve(value.func) == "tempfile.mkstemp"
        case ast.Name():
            return _is_own_variable(module, path, depth)
    return False


def _is_own_variable(module: Module, name: ast.Name, depth: int) -> bool:
    bindings = module.bindings(name.id, name)
    if len(bindings) != 1 or module.scope(bindings[0].node) is module.names.root:
        return False
    if module.function(bindings[0].node) is not module.function(name):
        return False
    match module.parent(bindings[0].node):
        case ast.Assign(targets=[target], value=value) if target is bindings[0].node:
            return is_own(module, value, depth + 1)
        case ast.withitem(context_expr=value):
            return is_own(module, value, depth + 1)
        case ast.Tuple(elts=[_, target]) as pair if target is bindings[0].node:
            made = module.parent(pair)
            made_by = made.value if isinstance(made, ast.Assign) else None
            return isinstance(made_by, ast.Call) and module.resolve(made_by.func) == "tempfile.mkstemp"
    return False


def last_name(pattern: str) -> str:
    """The part of a pattern that names the file itself, without its folders."""
    return pattern.rpartition("/")[2]


def is_made_up(pattern: str) -> bool:
    """Whether no disk is behind a file, so that its times say nothing of what it holds."""
    return pattern.startswith(_NO_DISK)


def is_unknown(pattern: str) -> bool:
    """Whether nothing of the file's own name is known."""
    return not last_name(pattern).strip("*")


def may_be_one(one: str, other: str) -> bool:
    """Whether two patterns may name one file, wherever the bot is started: by their last names, of which ``*`` may be any."""
    first, second = last_name(one), last_name(other)
    return max(len(first), len(second)) <= _LONGEST_NAME and _meet(first, second)


@lru_cache(maxsize=65536)
def _meet(one: str, other: str) -> bool:
    if one[:1] == "*":
        return _meet(one[1:], other) or (bool(other) and _meet(one, other[1:]))
    if other[:1] == "*":
        return _meet(other, one)
    if not one or not other:
        return not one and not other
    return one[0] == other[0] and _meet(one[1:], other[1:])
