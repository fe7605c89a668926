"""Which plain functions may run in a thread while the event loop goes on: those that share nothing with it."""

from __future__ import annotations

import ast
import datetime
import io
import logging
import pathlib
import re

from ..engine.callgraph import Resolver
from ..engine.files import is_path
from ..engine.literal import is_mutated
from ..engine.module import Module
from ..engine.scope import FunctionNode
from . import _sqlite
from ._file_functions import Function, Functions
from ._processes import is_process

#: What these return is not state, whatever is called on it.
_CONSTANT = ("logging.", "loguru.", "re.", "pathlib.", "os.", "collections.namedtuple", "zoneinfo.")
_LOOP = ("asyncio", "telethon", "telegram", "pyrogram", "aiogram", "contextvars")
#: What these change is there once for the whole program.
_PROCESS_WIDE = frozenset(
    "os.chdir os.umask os.putenv os.unsetenv os.fork os.setuid os.setgid locale.setlocale signal.signal signal.alarm "
    "socket.setdefaulttimeout".split()
)
#: Methods of values that belong to nobody else: called on something unknown, it is taken for one of these.
_METHODS = frozenset(
    name
    for kind in (str, bytes, dict, list, set, int, float, pathlib.Path, io.TextIOWrapper, io.BytesIO, datetime.datetime,
                 datetime.timedelta, logging.Logger, re.Pattern, re.Match)
    for name in dir(kind)
)  # fmt: skip
_DEPTH = 8


def thread_unsafe(functions: Functions, helper: Function, at: Module, call: ast.Call) -> str | None:
    """Why the call of a helper in `at` may not move to a thread, as a clause."""
    return unsafe_in_thread(functions.resolver, at, call, helper.module, helper.node)


def unsafe_in_thread(
    resolver: Resolver, at: Module, call: ast.Call, module: Module, function: FunctionNode
) -> str | None:
    """Why a call in `at` of a `function` of `module` may not move to a thread, as a clause."""
    for argument in [*call.args, *(k.value for k in call.keywords)]:
        for part in ast.walk(argument):
            match part:
                case ast.Name(id=name) if _is_shared(resolver, at, part):
                    return f"{name} is handed to {function.name}(), and other handlers may change it meanwhile"
                case ast.Attribute(value=ast.Name(id="self"), attr=attr) if _is_state(at, part):
                    return f"self.{attr} is handed to {function.name}(), and other handlers may change it meanwhile"
        if _has_sqlite(resolver) and _sqlite.is_own(resolver, at, argument):
            return f"{at.segment(argument)} is handed to {function.name}(), and it belongs to the thread that opened it"
    if _has_sqlite(resolver) and (given := _sqlite.given_to(module, function)):
        return f"{function.name}() is given {given}, and it belongs to the thread that opened it"
    if _has_sqlite(resolver) and (place := _sqlite.escapes(resolver, module, function)):
        line = getattr(place, "lineno", function.lineno)
        return f"{function.name}() lets a connection out in line {line}, and it belongs to the thread that opened it"
    return _unsafe(resolver, module, function, set())


def _has_sqlite(resolver: Resolver) -> bool:
    return bool(resolver.mentioning(["sqlite3"]))


def _unsafe(
    resolver: Resolver, module: Module, node: FunctionNode, seen: set[ast.AST], block: bool = False
) -> str | None:
    """`block`: it is called as the context manager of a ``with``."""
    seen.add(node)
    what = f"{node.name}()"
    if _has_sqlite(resolver) and (shared := _sqlite.shared_in(resolver, module, node)):
        return f"in {what} {_sqlite.cannot_move(shared)}"
    for inner in (n for statement in node.body for n in ast.walk(statement)):
        match inner:
            case ast.Global() | ast.Nonlocal():
                return f"{what} changes {inner.names[0]}, which is shared"
            case ast.Yield() | ast.YieldFrom() if not (block and _sqlite.is_block(module, node)):
                return f"{what} is a generator, of which nothing would run in the thread"
            case ast.Subscript(value=ast.Attribute() as owner) if not isinstance(inner.ctx, ast.Load):
                if module.resolve(owner) == "os.environ":
                    return f"{what} changes os.environ, which the whole program shares"
            case ast.Name(id=name, ctx=ast.Load()) if _is_shared(resolver, module, inner):
                return f"{what} uses {name}, which other handlers may change meanwhile"
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                if not isinstance(inner.ctx, ast.Load) or _is_state(module, inner):
                    return f"{what} uses self.{attr}, which other handlers may change meanwhile"
            case ast.Call(func=ast.Name(id="next"), args=[_]) if not _is_caught(module, inner):
                return f"{what} calls next() without a default: a StopIteration cannot leave a thread, so that its caller may wait for ever"
            case ast.Call() if len(seen) < 60 and (reason := _unsafe_call(resolver, module, inner, what, seen)):
                return reason
    return None


def _is_caught(module: Module, node: ast.AST) -> bool:
    """Whether a ``try`` around `node` catches all that it may raise, or what `next()` does."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.Try) and any(
            handler.type is None
            or "StopIteration" in ast.unparse(handler.type)
            or "Exception" in ast.unparse(handler.type)
            for handler in ancestor.handlers
        ):
            return True
        if isinstance(ancestor, ast.FunctionDef):
            return False
    return False


def _unsafe_call(resolver: Resolver, module: Module, call: ast.Call, what: str, seen: set[ast.AST]) -> str | None:
    library = module.resolve(call.func) or ""
    if library.partition(".")[0] in _LOOP:
        return f"{what} uses {library.partition('.')[0]}, which belongs to the thread of the event loop"
    if library in _PROCESS_WIDE:
        return f"{what} calls {library}(), which changes something for the whole program"
    meant = resolver.definition(module, call.func)
    if meant is not None:
        where, target = meant
        if isinstance(target, ast.ClassDef):
            made = resolver.method(where, target, "__init__")
            if made is None:
                return None
            where, target = made
        if isinstance(target, (ast.FunctionDef, ast.AsyncFunctionDef)) and target not in seen:
            if target.name == "__init__":
                seen.add(target)  # it fills an object that nobody else has yet
                return None
            return _unsafe(resolver, where, target, seen, isinstance(module.parent(call), ast.withitem))
        return None
    if library:
        return (
            None
            if resolver.file_of(module.path, library) is None
            else f"{what} calls {library}(), which cannot be followed"
        )
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS:
        return None
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name):
        if is_process(module, call.func.value):
            return None  # of a process of its own
    if (
        isinstance(call.func, ast.Attribute)
        and _has_sqlite(resolver)
        and _sqlite.is_own(resolver, module, call.func.value)
    ):
        return None  # of a connection of its own
    if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Call):
        return None  # a method of what a call returned: that call is judged by itself
    return f"{what} calls {module.segment(call.func)}(), of which nothing is known"


def _is_shared(resolver: Resolver, module: Module, name: ast.Name) -> bool:
    """Whether a name stands for something at module level, here or elsewhere, that changes while the program runs."""
    if name not in module.names.parents or module.scope(name).find(name.id) is not module.names.root:
        return False
    found = resolver.symbol(module, name)
    return _changes(module, name.id) or (found is not None and found[0] is not module and _changes(*found))


def _changes(module: Module, name: str) -> bool:
    bindings = module.names.root.bindings.get(name, [])
    if any(b.kind != "assign" for b in bindings):
        return False
    if any(module.function(b.node) is not None for b in bindings):
        return True  # a global statement
    return not all(_is_constant(module, b.node) for b in bindings) and is_mutated(module, name)


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


def _is_state(module: Module, node: ast.Attribute) -> bool:
    """Whether an attribute of ``self`` is changed elsewhere than in ``__init__``."""
    parent = module.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return False
    for other in module.all(ast.Attribute):
        if other.attr != node.attr or not (isinstance(other.value, ast.Name) and other.value.id == "self"):
            continue
        function = module.function(other)
        outer = module.parent(other)
        stored = not isinstance(other.ctx, ast.Load) or (
            isinstance(outer, ast.Subscript) and not isinstance(outer.ctx, ast.Load)
        )
        called = isinstance(outer, ast.Attribute) and outer.attr in (
            "append",
            "update",
            "pop",
            "add",
            "remove",
            "clear",
            "setdefault",
            "extend",
        )
        if (stored or called) and not (function and function.name == "__init__"):
            return True
    return False
