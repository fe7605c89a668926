"""Which plain functions may run in a thread while the event loop goes on: those that share nothing with it."""

from __future__ import annotations

import ast
import datetime
import io
import logging
import pathlib
import re

from . import sqlite as _sqlite
from .module import Module
from .process_state import changed_by
from .processes import is_process
from .resolver import Definition, Resolver
from .scope import FunctionNode
from .thread_state import is_given_part, is_kept_default, is_shared, is_shared_attribute, is_state

_LOOP = ("asyncio", "telethon", "telegram", "pyrogram", "aiogram", "contextvars")
#: Libraries that have one state for the whole program.
_SINGLE = ("matplotlib.pyplot", "pylab", "seaborn", "turtle", "tkinter", "pygame", "pyautogui", "pyttsx3")
#: Methods of values that belong to nobody else: called on something unknown, it is taken for one of these.
_METHODS = frozenset(
    name
    for kind in (str, bytes, dict, list, set, int, float, pathlib.Path, io.TextIOWrapper, io.BytesIO, datetime.datetime,
                 datetime.timedelta, logging.Logger, re.Pattern, re.Match)
    for name in dir(kind)
)  # fmt: skip
#: What a thread has for itself, so that it is another one there.
_ITS_OWN = frozenset(
    "decimal.getcontext decimal.setcontext inspect.stack inspect.currentframe sys._getframe threading.current_thread "
    "threading.get_ident threading.local".split()
)
#: Decorators that add nothing.
_PLAIN = frozenset(
    "builtins.staticmethod builtins.classmethod abc.abstractmethod typing.override contextlib.contextmanager".split()
)
#: How many functions are followed.
_MOST = 60


def unsafe_in_thread(
    resolver: Resolver, at: Module, call: ast.Call, module: Module, function: FunctionNode
) -> str | None:
    """Why a call in `at` of a `function` of `module` may not move to a thread, as a clause."""
    for argument in [*call.args, *(k.value for k in call.keywords)]:
        for part in ast.walk(argument):
            match part:
                case ast.Name(id=name) if is_shared(resolver, at, part) or is_given_part(at, part, module, function):
                    return f"{name} is handed to {function.name}(), and other handlers may change it meanwhile"
                case ast.Attribute(value=ast.Name(id="self"), attr=attr) if is_state(at, part):
                    return f"self.{attr} is handed to {function.name}(), and other handlers may change it meanwhile"
                case ast.Attribute() if is_shared_attribute(resolver, at, part):
                    return (
                        f"{at.segment(part)} is handed to {function.name}(), and other handlers may change it meanwhile"
                    )
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
    resolver: Resolver,
    module: Module,
    node: FunctionNode,
    seen: set[ast.AST],
    *,
    block: bool = False,
    fresh: bool = False,
) -> str | None:
    """`block`: it is called as the context manager of a ``with``. `fresh`: nobody else has its ``self`` yet."""
    seen.add(node)
    what = f"{node.name}()"
    if len(seen) > _MOST:
        return f"{what} is one of more than {_MOST} functions that run then, which are too many to follow"
    if _has_sqlite(resolver) and (shared := _sqlite.shared_in(resolver, module, node)):
        return f"in {what} {_sqlite.cannot_move(shared)}"
    for inner in (n for statement in node.body for n in ast.walk(statement)):
        if changed := changed_by(module, inner):
            does = "calls" if isinstance(inner, ast.Call) else "changes"
            return f"{what} {does} {changed}, which {'changes something for' if does == 'calls' else 'belongs to'} the whole program"
        match inner:
            case ast.Global() | ast.Nonlocal():
                return f"{what} changes {inner.names[0]}, which is shared"
            case ast.Yield() | ast.YieldFrom() if not (block and _sqlite.is_block(module, node)):
                return f"{what} is a generator, of which nothing would run in the thread"
            case ast.Name(id=name, ctx=ast.Load()) if is_kept_default(module, inner, node):
                return f"{what} changes {name}, whose default is the same for all its calls"
            case ast.Name(id=name, ctx=ast.Load()) if is_shared(resolver, module, inner):
                return f"{what} uses {name}, which other handlers may change meanwhile"
            case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=attr):
                if not fresh and (not isinstance(inner.ctx, ast.Load) or is_state(module, inner)):
                    return f"{what} uses self.{attr}, which other handlers may change meanwhile"
                if reason := _unsafe_property(resolver, module, inner, seen):
                    return reason
            case ast.Attribute() if is_shared_attribute(resolver, module, inner):
                return f"{what} uses {module.segment(inner)}, which other handlers may change meanwhile"
            case ast.Raise(exc=ast.Name(id="StopIteration") | ast.Call(func=ast.Name(id="StopIteration"))):
                if not _is_caught(module, inner):
                    return f"{what} raises StopIteration, which cannot leave a thread, so that its caller may wait for ever"
            case ast.Call(func=ast.Name(id="next"), args=[_]) if not _is_caught(module, inner):
                return f"{what} calls next() without a default: a StopIteration cannot leave a thread, so that its caller may wait for ever"
            case ast.Call(keywords=keywords) if any(keyword.arg == "preexec_fn" for keyword in keywords):
                return f"{what} uses preexec_fn, which may hang in a program that has threads"
            case ast.Call() if reason := _unsafe_call(resolver, module, inner, what, seen):
                return reason
            case ast.withitem(context_expr=opened) if reason := _unsafe_block(resolver, module, opened, seen):
                return reason
    return None


def _unsafe_property(resolver: Resolver, module: Module, node: ast.Attribute, seen: set[ast.AST]) -> str | None:
    """Why the property that an attribute of ``self`` may be cannot run in a thread."""
    meant = resolver.definition(module, node)
    call = module.parent(node)
    if meant is None or (isinstance(call, ast.Call) and call.func is node) or meant[1] in seen:
        return None
    return _unsafe(resolver, meant[0], meant[1], seen) if isinstance(meant[1], ast.FunctionDef) else None


def _unsafe_block(resolver: Resolver, module: Module, opened: ast.expr, seen: set[ast.AST]) -> str | None:
    """Why the methods that a ``with`` calls cannot run in a thread, where the object's class is the project's."""
    cls = resolver.class_of(module, opened)
    for name in ("__enter__", "__exit__") if cls else ():
        method = resolver.method(*cls, name) if cls else None
        if method and isinstance(method[1], ast.FunctionDef) and method[1] not in seen:
            fresh = isinstance(opened, ast.Call)
            if reason := _unsafe(resolver, method[0], method[1], seen, fresh=fresh):
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
    if library in _ITS_OWN:
        return f"{what} calls {library}(), which a thread has for itself"
    if library.startswith(_SINGLE):
        return f"{what} uses {library.rpartition('.')[0] or library}, which is not made for several threads"
    if library in ("builtins.globals", "builtins.exec", "builtins.eval"):
        return f"{what} calls {module.segment(call.func)}(), by which it may change anything"
    meant = _inherited(resolver, module, call) or resolver.definition(module, call.func)
    if meant is not None:
        where, target = meant
        if isinstance(target, ast.ClassDef):
            made = resolver.method(where, target, "__init__")
            if made is None:
                return None
            where, target = made
        if isinstance(target, (ast.FunctionDef, ast.AsyncFunctionDef)) and target not in seen:
            for decorator in target.decorator_list:
                if where.resolve(decorator) not in _PLAIN:
                    return f"{target.name}() is decorated with {where.segment(decorator)}, which may keep something for all its calls"
            block, fresh = isinstance(module.parent(call), ast.withitem), target.name == "__init__"
            return _unsafe(resolver, where, target, seen, block=block, fresh=fresh)
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


def _inherited(resolver: Resolver, module: Module, call: ast.Call) -> tuple[Module, Definition] | None:
    """The method of the project that ``super().method()`` calls."""
    match call.func:
        case ast.Attribute(value=ast.Call(func=ast.Name(id="super")), attr=attr):
            around = next((a for a in module.ancestors(call) if isinstance(a, ast.ClassDef)), None)
            for base in around.bases if around else ():
                parent = resolver.definition(module, base)
                if parent and isinstance(parent[1], ast.ClassDef):
                    if found := resolver.method(parent[0], parent[1], attr):
                        return found
    return None
