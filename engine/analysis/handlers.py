"""Which functions run again and again: event handlers, what they call, and what loops call."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from itertools import takewhile

from .literal import NotLiteral, evaluate
from .module import Module
from .replacing import last_of
from .scope import FunctionNode

#: Methods by which clients, dispatchers and routers of the Telegram libraries register what they decorate.
REGISTERING = frozenset(
    "on on_message on_edited_message on_callback_query on_inline_query on_raw_update message edited_message channel_post "
    "callback_query inline_query message_handler callback_query_handler edited_message_handler inline_handler".split()
)
#: What says that handlers are for buttons and inline queries, which come seldom.
_PRESSES = frozenset(
    "CallbackQuery InlineQuery on_callback_query on_inline_query callback_query inline_query callback_query_handler "
    "inline_handler".split()
)
_EVENT_KINDS = frozenset("NewMessage MessageEdited Album ChatAction Raw UserUpdate".split())
_ADDING = frozenset("add_event_handler add_handler register_message_handler register_callback_query_handler".split())
_EVENTS = frozenset("event update message msg query callback_query call e ev".split())


def is_handler(module: Module, function: FunctionNode) -> bool:
    """Whether a Telegram library calls `function` for updates, by what its decorators, parameters and uses show."""
    for decorator in function.decorator_list:
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        if module.resolve(called) == "telethon.events.register":
            return True
        if isinstance(called, ast.Attribute) and called.attr in REGISTERING:
            return True
    names = [argument.arg for argument in function.args.args if argument.arg not in ("self", "cls")]
    if names[:2] == ["update", "context"]:
        return True
    if isinstance(function, ast.AsyncFunctionDef) and function.decorator_list and names and names[0] in _EVENTS:
        return True  # a decorator of the project's own around one of the above
    return any(_registers(module, use) for use in _references(module, function))


def handles_presses(function: FunctionNode) -> bool:
    """Whether a function runs when somebody presses a button or types an inline query, and at nothing else, by its decorators."""
    called = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    events = [[*d.args, *(k.value for k in d.keywords)] for d in function.decorator_list if isinstance(d, ast.Call)]
    named = [last_of(a.func if isinstance(a, ast.Call) else a) for given in events for a in given[:1]]
    asked = [name for name in (*map(last_of, called), *named) if name in _PRESSES or name in _EVENT_KINDS | REGISTERING]
    return any(name in _PRESSES for name in asked) and all(name in _PRESSES | {"on"} for name in asked)


def _references(module: Module, function: FunctionNode) -> Iterator[ast.AST]:
    """The places of the module that name `function`: by its name, or as a method of ``self`` or another object."""
    if isinstance(module.parent(function), ast.ClassDef):
        for attribute in module.attributes(function.name):
            if isinstance(attribute.ctx, ast.Load) and not any(module.candidates(attribute)):
                yield attribute
    else:
        scope = module.scope(function)
        yield from module.uses(function.name, scope)


def _registers(module: Module, use: ast.AST) -> bool:
    parent = module.parent(use)
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    if not isinstance(parent, ast.Call) or parent.func is use:
        return False
    name = last_of(parent.func)
    return name in _ADDING or name.endswith("Handler")


#: How the clause of `runs_often` ends where an update makes the function run.
HANDLES = "handles events"


def runs_often(module: Module, function: FunctionNode, *, depth: int = 3) -> str | None:
    """What makes `function` run again and again, as a clause ("log() is called in a loop"), or None if nothing shows that it does.

    Follows calls up to `depth` functions outwards, in this module and in those that import from it. Calls where something has failed
    do not count.
    """
    if is_handler(module, function):
        return f"{function.name}() {HANDLES}"
    for caller, call in _calls(module, function):
        if when_failing(caller, call):
            continue
        if in_quick_loop(caller, call):
            return f"{function.name}() is called in a loop"
        outer = caller.function(call)
        if (
            outer is not None
            and outer is not function
            and depth
            and (often := runs_often(caller, outer, depth=depth - 1))
        ):
            return often
    return None


def in_quick_loop(module: Module, node: ast.AST) -> bool:
    """Whether a loop comes to a place more often than once a second, as far as the pauses in it show: of one whose length is computed
    that is not shown.
    """
    return any(all(sleeps(module, call) < 1 for call in ast.walk(loop)) for loop in module.loops(node))


def pauses(module: Module, node: ast.AST, least: float) -> bool:
    """Whether a node is a call that sleeps for `least` seconds or more, as it says."""
    return least <= sleeps(module, node) < math.inf


def sleeps(module: Module, node: ast.AST) -> float:
    """For how many seconds a node sleeps, infinity where that is computed; 0 for anything but a call that sleeps."""
    match node:
        case ast.Call(func=function, args=[length, *_]) if module.resolve(function) in ("asyncio.sleep", "time.sleep"):
            try:
                seconds = evaluate(module, length)
            except NotLiteral:
                return math.inf
            return seconds if isinstance(seconds, int | float) else math.inf
    return 0


_STRAIGHT = (ast.Expr, ast.Assign, ast.With)


def when_failing(module: Module, node: ast.AST) -> bool:
    """Whether a place runs when something has failed: in an ``except`` clause, before an error is raised, where a record is logged."""
    around = list(module.ancestors(node))
    function = next((one for one in around if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))), None)
    if any(isinstance(one, ast.ExceptHandler) for one in around[: around.index(function) if function else None]):
        return True
    statement = module.statement(node)
    straight = takewhile(lambda one: isinstance(one, (*_STRAIGHT, ast.Raise)), module.beside(statement)[1])
    if isinstance(statement, _STRAIGHT) and any(isinstance(one, ast.Raise) for one in straight):
        return True
    cls = module.parent(function) if function is not None and function.name == "emit" else None
    return isinstance(cls, ast.ClassDef) and any(last_of(base).endswith("Handler") for base in cls.bases)


def callers(module: Module, function: FunctionNode, *, depth: int = 3) -> list[FunctionNode]:
    """The functions of this module that call `function`, directly or through up to `depth` others."""
    found: list[FunctionNode] = []
    for use in _references(module, function):
        outer = module.function(use)
        call = module.parent(use)
        if outer is not None and outer is not function and isinstance(call, ast.Call) and call.func is use:
            found.append(outer)
            if depth:
                found += callers(module, outer, depth=depth - 1)
    return list(dict.fromkeys(found))


def _calls(module: Module, function: FunctionNode) -> Iterator[tuple[Module, ast.Call]]:
    for use in _references(module, function):
        call = module.parent(use)
        if isinstance(call, ast.Call) and call.func is use:
            yield module, call
    if module.parent(function) is not module.tree:
        return
    name = "." + function.name
    for path in module.project.importers(module.path):
        if (other := module.project.parsed(path)) is None:
            continue
        for call in other.calls_of(function.name):
            called = other.resolve(call.func) or ""
            if called.endswith(name) and called.removesuffix(name).rpartition(".")[2] == module.path.stem:
                yield other, call


_STARTS = frozenset(
    "main start startup on_startup post_init setup init initialize run run_bot start_bot amain _main".split()
)
_OF_A_START = frozenset("self cls app application bot client loop dp dispatcher args argv".split())


def starts_the_bot(function: FunctionNode) -> bool:
    """Whether a function only runs while the bot starts, or in a test, by its name and parameters: nobody waits for an answer then."""
    a = function.args
    if function.name.startswith("test_"):
        return True
    return function.name in _STARTS and {given.arg for given in (*a.posonlyargs, *a.args, *a.kwonlyargs)} <= _OF_A_START
