"""What a program does with its clients, its event loop and its tasks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.activations import Activations
from ....engine.analysis.files import argument
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....knowledge.kinds import TELETHON_CLIENTS


def clients_of_handlers(module: Module) -> Iterator[ast.AST]:
    """Clients of one and the same account that a handler makes."""
    for call in _clients(module):
        if not _named_session(module, call) or module.function(call) is None:
            continue
        if any(start.kind == "handler" for start in module.project.fact(Activations).starts(module, call)):
            yield call


def readable_sessions(module: Module) -> Iterator[ast.AST]:
    """The first client of a file that keeps its session in a file of the usual mode."""
    guarded = any(module.project.mentioning(("chmod", "umask")))
    first = None if guarded else next((call for call in _clients(module) if _named_session(module, call)), None)
    if first is not None:
        yield first


def _clients(module: Module) -> Iterator[ast.Call]:
    return (call for call in module.all(ast.Call) if module.resolve(call.func) in TELETHON_CLIENTS)


def _named_session(module: Module, call: ast.Call) -> bool:
    """Whether the session is a file whose name is a constant."""
    given = argument(call, 0, "session")
    if isinstance(given, ast.Name):
        given = module.project.fact(Resolver).assigned(module, given)[1]
    return isinstance(given, ast.Constant) and isinstance(given.value, str) and bool(given.value)


def loops_without_one(module: Module) -> Iterator[ast.AST]:
    """``asyncio.get_event_loop()`` for a loop that is started then, so that none runs, in a project that sets none."""
    if module.project.mentioning(("set_event_loop",)):
        return
    for call in module.all(ast.Call):
        if module.resolve(call.func) == "asyncio.get_event_loop" and _is_run(module, call):
            yield call


def _is_run(module: Module, call: ast.Call) -> bool:
    parent = module.parent(call)
    runs = ("run_until_complete", "run_forever")
    if isinstance(parent, ast.Attribute):
        return parent.attr in runs
    match parent:
        case ast.Assign(targets=[ast.Name(id=name)]):
            uses = (module.parent(use) for use in module.uses(name, module.scope(call)))
            return any(isinstance(use, ast.Attribute) and use.attr in runs for use in uses)
    return False


def unkept(module: Module) -> Iterator[ast.AST]:
    """Tasks that are started as a statement, by functions that keep none."""
    for statement in module.all(ast.Expr):
        match statement.value:
            case ast.Call(func=function) as call if module.resolve(function) in (
                "asyncio.create_task",
                "asyncio.ensure_future",
            ):
                yield call
            case ast.Call(func=ast.Attribute(value=owner, attr="create_task")) as call if _is_loop(module, owner):
                yield call


def _is_loop(module: Module, owner: ast.expr) -> bool:
    if isinstance(owner, ast.Name):
        where, value = module.project.fact(Resolver).assigned(module, owner)
        return value is not None and _is_loop(where, value) if not isinstance(value, ast.Name) else False
    if isinstance(owner, ast.Call):
        return module.resolve(owner.func) in (
            "asyncio.get_event_loop",
            "asyncio.get_running_loop",
            "asyncio.new_event_loop",
        )
    return isinstance(owner, ast.Attribute) and owner.attr == "loop"
