"""Locks around what was atomic: how a coroutine names the file to lock, what may happen while it is held, and who may run in a thread."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..engine.files import Key
from ..engine.foreign_names import written_in
from ..engine.module import Module
from ..engine.sections import Section
from ._file_functions import Effect, Function, Functions, argument_for
from ._file_handles import Refused
from ._file_rewrite import Rewriter
from ._file_support import FILE_LOCK, FILE_LOCKS
from ._file_words import key_name, place, short

_LOCKS = frozenset({FILE_LOCK.name, FILE_LOCKS.name})
#: What waits for a person: nobody may hold a lock meanwhile.
_WAITS_FOR_USERS = frozenset(
    "get_response get_reply get_edit wait_event wait_read ask listen wait_for_message run_until_disconnected idle wait".split()
)


def path_of(
    functions: Functions, rewriter: Rewriter, function: Function, section: Section, key: Key, effects: Sequence[Effect]
) -> str:
    """The path of a file to lock, as `function` can write it at the beginning of `section`.

    Raises:
        Refused: the path cannot be written there.
    """
    for effect in effects:
        if not effect.way and (text := _own_text(function, section, effect.access.path)):
            return text
    for effect in effects:
        if effect.way and effect.sure and (text := _text_through(functions, rewriter, function, section, effect)):
            return text
    if key.sort == "constant":
        return _quoted(key.name)
    raise Refused(f"{function.name} has no name for the file at {key_name(key)} by which it could be locked")


def _quoted(text: str) -> str:
    return f'"{text}"' if not set(text) & set('"\\') and text.isprintable() else repr(text)


def _own_text(function: Function, section: Section, path: ast.expr) -> str | None:
    """The text of a path expression, if it means the same at the beginning of the section and has no effects."""
    module = function.module
    begin = module.start(section.statements[0])
    for node in ast.walk(path):
        if isinstance(node, ast.Call) and module.resolve(node.func) not in (
            "os.path.join",
            "pathlib.Path",
            "builtins.str",
        ):
            return None
        if isinstance(node, (ast.Await, ast.NamedExpr, ast.Lambda)):
            return None
        if isinstance(node, ast.Name):
            scope = module.scope(node).find(node.id)
            if scope is not None and scope.node is function.node:
                places = [binding for binding in scope.bindings[node.id] if binding.kind != "parameter"]
                if any(module.start(binding.node) >= begin for binding in places):
                    return None
            elif scope is not None and scope.kind not in ("module", "function"):
                return None
    return module.segment(path)


def _text_through(
    functions: Functions, rewriter: Rewriter, function: Function, section: Section, effect: Effect
) -> str | None:
    """The path that a helper uses, as the coroutine that calls it can write it."""
    path: ast.expr = effect.access.path
    for call, callee in reversed(effect.way):
        match path:
            case ast.Name(id=name) if name in {a.arg for a in _parameters(callee)}:
                argument = argument_for(call, callee.node, name)
                if argument is None or argument not in [*call.args, *(k.value for k in call.keywords)]:
                    return None
                path = argument
            case ast.Attribute(value=ast.Name(id="self"), attr=attr) if isinstance(call.func, ast.Attribute):
                if call is effect.way[0][0]:
                    owner = _own_text(function, section, call.func.value)
                    return f"{owner}.{attr}" if owner else None
                if not (isinstance(call.func.value, ast.Name) and call.func.value.id == "self"):
                    return None
            case _:
                found = written_in(functions.resolver, function.module, function.node.body[0], callee.module, path)
                rewriter.result.imports |= set(found[1]) if found else set()
                return found[0] if found else None
    return _own_text(function, section, path)


def _parameters(function: Function) -> list[ast.arg]:
    arguments = function.node.args
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]


def check_held(
    functions: Functions, function: Function, section: Section, locking: Sequence[Function], file: str
) -> None:
    """What runs in a section must neither take the lock of `file` again nor wait for a person.

    Raises:
        Refused: it does, or it cannot be told.
    """
    module = function.module
    names = {f.node.name for f in locking}
    nodes: set[ast.AST] = {f.node for f in locking}
    for statement in section.statements:
        for loop in ast.walk(statement):
            if isinstance(loop, (ast.Yield, ast.YieldFrom)):
                raise Refused(f"{file} would stay locked while it yields ({place(module, loop)})")
            if isinstance(loop, (ast.For, ast.While, ast.AsyncFor)) and _waits(loop):
                raise Refused(
                    f"{file} would stay locked for a whole loop that waits for {_waited_for(module, loop)} ({place(module, loop)})"
                )
        for call in ast.walk(statement):
            if not isinstance(call, ast.Call) or call not in module.names.parents:
                continue
            word = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if word in _WAITS_FOR_USERS:
                raise Refused(f"{file} would stay locked while {word}() waits for a user ({place(module, call)})")
            if not _is_awaited(module, call):
                continue  # nothing of a coroutine runs
            meant = functions.resolver.definition(module, call.func)
            if meant and _reaches(functions, meant[0], meant[1], nodes, names, 0):
                raise Refused(f"{word}(), called while {file} is locked, locks it too ({place(module, call)})")
            if meant is None and word in names:
                raise Refused(f"{word}(), called while {file} is locked, may lock it too ({place(module, call)})")


def holds_file_lock(module: Module, node: ast.AST) -> bool:
    """Whether `node` runs with a lock of a file held that an earlier run of this rewrite has put around it."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.AsyncWith):
            for item in ancestor.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and module.segment(call.func).rpartition(".")[2] in _LOCKS:
                    return True
    return False


def check_not_held(functions: Functions, function: Function) -> None:
    """A coroutine that is called with a file locked must not lock it again.

    Raises:
        Refused: it is called so.
    """
    for use in functions.resolver.uses([(function.module, function.node)])[function.node]:
        if use.call is not None and holds_file_lock(use.module, use.call):
            raise Refused(f"{function.name} is called with a file locked already ({use.place})")


def _waited_for(module: Module, loop: ast.stmt) -> str:
    """The first thing that a loop waits for."""
    if isinstance(loop, ast.AsyncFor):
        return short(module, loop.iter)
    for node in ast.walk(loop):
        match node:
            case ast.Await(value=ast.Call(func=func)):
                return f"{short(module, func)}()"
            case ast.Await(value=value) | ast.AsyncFor(iter=value):
                return short(module, value)
            case ast.AsyncWith(items=[first, *_]):
                return short(module, first.context_expr)
    return "something"


def _waits(loop: ast.stmt) -> bool:
    return any(isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)) for node in ast.walk(loop))


def _is_awaited(module: Module, call: ast.Call) -> bool:
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, ast.stmt):
            return isinstance(ancestor, (ast.AsyncWith, ast.AsyncFor))
        if isinstance(ancestor, ast.Await):
            return True
    return False


def _reaches(
    functions: Functions, module: Module, node: ast.AST, nodes: set[ast.AST], names: set[str], depth: int
) -> bool:
    if node in nodes:
        return True
    if depth > 5 or not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            word = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            meant = functions.resolver.definition(module, call.func)
            if meant is None and word in names and _is_awaited(module, call):
                return True
            if meant and meant[1] is not node and _reaches(functions, meant[0], meant[1], nodes, names, depth + 1):
                return True
    return False
