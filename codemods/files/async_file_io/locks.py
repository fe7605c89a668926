"""Locks around what was atomic: how a coroutine names the file to lock, what may happen while it is held, and who may run in a thread."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence

from ....engine.analysis import refuse
from ....engine.analysis.calls.functions import Effect, Function, Functions, argument_for
from ....engine.analysis.families import own_class
from ....engine.analysis.files import Key
from ....engine.analysis.module import Module
from ....engine.analysis.sections import Section
from ....engine.rewriting.foreign_names import written_in
from .handles import Refused
from .phrases import key_name, place, short
from .rewrite import Rewriter
from .support import FILE_LOCK, FILE_LOCKS

_LOCKS = frozenset({FILE_LOCK.name, FILE_LOCKS.name})
#: What waits for a person: nobody may hold a lock meanwhile.
_WAITS_FOR_USERS = frozenset(
    "get_response get_reply get_edit wait_event wait_read ask listen wait_for_message run_until_disconnected idle wait".split()
)

_LOCK_TYPES = frozenset(f"asyncio.{name}" for name in "Lock Semaphore BoundedSemaphore Condition".split())
#: What waits for tasks that were begun elsewhere.
_WAITS_FOR_TASKS = frozenset(f"asyncio.{name}" for name in "gather wait wait_for shield as_completed".split())


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
    functions: Functions, function: Function, section: Section, locking: Collection[ast.AST], file: str
) -> None:
    """What runs in a section must neither take a lock, lest two wait for each other, nor wait for a person.

    `locking` are the coroutines that lock files.

    Raises:
        Refused: it does, or it cannot be told.
    """
    module = function.module
    for statement in section.statements:
        for loop in ast.walk(statement):
            if isinstance(loop, (ast.Yield, ast.YieldFrom)):
                raise Refused(f"{file} would stay locked while it yields ({place(module, loop)})")
            if isinstance(loop, (ast.For, ast.While, ast.AsyncFor)) and _waits(loop):
                raise Refused(
                    f"{file} would stay locked for a whole loop that waits for {_waited_for(module, loop)} ({place(module, loop)})"
                )
            word = _word(loop) if isinstance(loop, ast.Call) else ""
            if word in _WAITS_FOR_USERS:
                raise Refused(f"{file} would stay locked while {word}() waits for a user ({place(module, loop)})")
    held = _Held(functions, {*locking, function.node})
    for statement in section.statements:
        if found := held.locks(module, statement):
            node, what = found
            raise Refused(f"{what} while {file} is locked ({place(module, node)})")


class _Held:
    """What code may wait for while a lock is held."""

    def __init__(self, functions: Functions, locking: Collection[ast.AST]) -> None:
        self._resolver = functions.resolver
        self._locking = locking
        self._names = {node.name for node in locking if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
        self._seen: set[ast.AST] = set()

    def locks(self, module: Module, around: ast.AST) -> tuple[ast.AST, str] | None:
        """What of the code in a node takes a lock or may do so, with a clause that says it."""
        for node in _running(around):
            match node:
                case ast.With(items=items) | ast.AsyncWith(items=items):
                    for item in items:
                        text = short(module, item.context_expr)
                        if self._is_lock(module, item.context_expr) or text.partition("(")[0] in _LOCKS:
                            return node, f"it waits for {text}"
                case ast.Await(value=ast.Call() as call):
                    if what := self._awaited(module, call):
                        return node, what
                case ast.Await(value=value):
                    return node, f"it waits for {short(module, value)}, which may lock a file,"
        return None

    def _is_lock(self, module: Module, expression: ast.expr) -> bool:
        where, value = self._resolver.assigned(module, expression)
        made = value.func if isinstance(value, ast.Call) else None
        return refuse.is_lock(module, expression) or (made is not None and where.resolve(made) in _LOCK_TYPES)

    def _awaited(self, module: Module, call: ast.Call) -> str | None:
        word = _word(call)
        if word == "acquire":
            return f"it waits for {short(module, call)}"
        library = module.resolve(call.func) or ""
        if library in _WAITS_FOR_TASKS:
            for argument in call.args:
                inner = argument.value if isinstance(argument, ast.Starred) else argument
                if isinstance(inner, (ast.Name, ast.Attribute, ast.Subscript)):
                    return f"it waits for {short(module, inner)}, which may lock a file,"
        for part in ast.walk(call):
            if (
                isinstance(part, ast.Call)
                and part in module.names.parents
                and (what := self._called(module, part, part is call))
            ):
                return what
        return None

    def _called(self, module: Module, call: ast.Call, awaited: bool) -> str | None:
        word = _word(call)
        meant = self._resolver.definition(module, call.func)
        if meant is not None:
            where, target = meant
            if target in self._locking:
                return f"{word}() locks a file, too, and is called"
            if isinstance(target, ast.AsyncFunctionDef) and target not in self._seen:
                self._seen.add(target)
                if self.locks(where, target):
                    return f"{word}() may lock a file, too, and is called"
            return None
        own = isinstance(call.func, ast.Attribute) and own_class(module, call.func.value) is not None
        known = module.resolve(call.func) is not None
        if word in self._names or (awaited and not known and (own or not isinstance(call.func, ast.Attribute))):
            return f"{word or short(module, call.func)}() may lock a file, too, and is called"
        return None


def _word(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _running(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run where a node does: not those of functions that it only defines."""
    waiting = [node] if not isinstance(node, ast.AsyncFunctionDef) else list(ast.iter_child_nodes(node))
    while waiting:
        inner = waiting.pop()
        if not isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            yield inner
            waiting += ast.iter_child_nodes(inner)


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
