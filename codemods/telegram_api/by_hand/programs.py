"""What a program does with its clients, its event loop and its tasks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.activations import Activations
from ....engine.analysis.files import argument
from ....engine.analysis.handlers import runs_often, starts_the_bot
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import FunctionNode
from ....knowledge.blocking import CONNECTS
from ....knowledge.kinds import TELETHON_CLIENTS


def clients_of_handlers(module: Module) -> Iterator[ast.AST]:
    """Clients of one and the same account that a handler makes."""
    for call in _clients(module):
        if not _named_session(module, call) or module.function(call) is None:
            continue
        if any(start.kind == "handler" for start in module.project.fact(Activations).each_start(module, call)):
            yield call


def connections(module: Module) -> Iterator[ast.AST]:
    """Connections to a database server that a function opens whenever it runs, again and again, where the program has no pool of them."""
    project, told = module.project, set[FunctionNode]()
    sources = (project.source(path) for path in project.mentioning(sorted({n.partition(".")[0] for n in CONNECTS})))
    if any(source is None or b"pool" in source.data.lower() for source in sources):
        return
    for call in module.all(ast.Call):
        function = module.function(call)
        if function is None or function in told or module.resolve(call.func) not in CONNECTS:
            continue
        if (
            not _is_kept(module, call, function)
            and runs_often(module, function, depth=6)
            and not starts_the_bot(function)
        ):
            told.add(function)
            yield call


def _is_kept(module: Module, call: ast.Call, function: FunctionNode) -> bool:
    """Whether the connection is for more than one run: an attribute or a global variable, what is made if there is none, or cached."""
    if function.name == "__init__" or any("cache" in module.segment(d) for d in function.decorator_list):
        return True
    match module.parent(call):
        case ast.Assign(targets=[ast.Name(id=name)]):
            asked = [a.test for a in module.ancestors(call) if isinstance(a, ast.If)]
            outer = any(name in statement.names for statement in module.within(function, ast.Global))
            return outer or any(isinstance(n, ast.Name) and n.id == name for test in asked for n in ast.walk(test))
        case ast.Assign(targets=[ast.Attribute()]):
            return True
    return False


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
