"""A function of the owner's own that lets a thread of the default pool run another one: ``await run_sync(requests.get, url)``."""

from __future__ import annotations

import ast

from ..analysis.asked_once import asked_once
from ..analysis.follow import root_places
from ..analysis.module import Module
from ..analysis.scope import FunctionNode as _Function

_LOOPS = frozenset({"asyncio.get_running_loop", "asyncio.get_event_loop"})
#: What sets or asks for context variables, which only `asyncio.to_thread` takes along.
OF_CONTEXTS = (b"contextvars", b"ContextVar", b"decimal")


def own_helper(module: Module, node: ast.AST) -> str | None:
    """Its name where a file defines or imports one that is seen at `node`, and does nothing else: any arguments go on as they are."""
    project = module.project
    keeps_contexts = any(map(project.contains, OF_CONTEXTS))
    given = {k.arg for k in node.keywords} if isinstance(node, ast.Call) else set()
    for name, where, function in _helpers(module):
        seen = module.scope(node).find(name) is module.names.root and module.function(node) is not function
        if seen and given.isdisjoint({None, function.args.args[0].arg}):
            if (keeps := _hands_over(where, function)) is not None and keeps >= keeps_contexts:
                return name
    return None


@asked_once
def _helpers(module: Module) -> list[tuple[str, Module, _Function]]:
    """The functions that take another one and whatever it is given, which the top of a file defines or imports."""
    if not any(map(module.project.contains, (b"run_in_executor", b"to_thread"))):
        return []
    found = []
    for name, bindings in list(module.names.root.bindings.items()):
        if len(bindings) != 1 or not (bindings[0].kind == "import" or isinstance(bindings[0].node, _Function)):
            continue
        meant = root_places(module, name)
        function = meant[0].binding.node if len(meant) == 1 else None
        if isinstance(function, _Function) and function in meant[0].module.tree.body and not function.decorator_list:
            if _takes_all(function) and len(meant[0].module.names.root.bindings[function.name]) == 1:
                found.append((name, meant[0].module, function))
    return found


def _takes_all(function: _Function) -> bool:
    """Whether a function is given another one, and whatever that is called with."""
    a = function.args
    alone = len(a.args) == 1 and not (a.posonlyargs or a.kwonlyargs or a.defaults)
    return alone and a.vararg is not None and a.kwarg is not None


def _hands_over(module: Module, function: _Function) -> bool | None:
    """Whether context variables go along where all that a function does is to let a thread run what it is given; None where it does not."""
    statements = function.body[ast.get_docstring(function, clean=False) is not None :]
    loop: str | None = None
    match statements:
        case [ast.Assign(targets=[ast.Name(id=held)], value=ast.Call(func=getter)), ast.Return(value=value)]:
            if module.resolve(getter) not in _LOOPS:
                return None
            loop = held
        case [ast.Return(value=value)]:
            pass
        case _:
            return None
    if isinstance(value, ast.Await) is not isinstance(function, ast.AsyncFunctionDef):
        return None
    match value.value if isinstance(value, ast.Await) else value:
        case ast.Call(func=called) as call if module.resolve(called) == "asyncio.to_thread":
            return True if _is_all(function, call) else None
        case ast.Call(
            func=ast.Attribute(value=owner, attr="run_in_executor"),
            args=[ast.Constant(value=None), ast.Call(func=partial) as call],
            keywords=[],
        ) if module.resolve(partial) == "functools.partial" and _is_all(function, call):
            is_loop = isinstance(owner, ast.Call) and module.resolve(owner.func) in _LOOPS
            return False if is_loop or (isinstance(owner, ast.Name) and owner.id == loop) else None
    return None


def _is_all(function: _Function, call: ast.Call) -> bool:
    """Whether a call is given what a function is given, in its order."""
    a = function.args
    match call:
        case ast.Call(
            args=[ast.Name(id=first), ast.Starred(value=ast.Name(id=rest))],
            keywords=[ast.keyword(arg=None, value=ast.Name(id=named))],
        ):
            return [first, rest, named] == [a.args[0].arg, a.vararg and a.vararg.arg, a.kwarg and a.kwarg.arg]
    return False
