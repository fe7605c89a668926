"""Why what blocks is left alone: what gains nothing in a thread, and what cannot go there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.assignments import values_of
from ....engine.analysis.blocking import Block, Blocks
from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.replacing import last_of
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import FunctionNode
from ....knowledge.blocking import FILES, ONE_THREAD, PICTURE
from ....knowledge.lengthy import RUNS_PROGRAM
from ....knowledge.threads import NO_THREADS

#: What puts one file into an archive, or takes one out.
_ONE_MEMBER = frozenset({"extract", "read", "write", "writestr", "add"})
#: What yt-dlp calls while it works, by the names of its options, and what of them fails where no loop runs.
_HOOKS = frozenset({"progress_hooks", "postprocessor_hooks", "post_hooks"})
_NEEDS_LOOP = frozenset({"create_task", "ensure_future", "get_running_loop"})

ONE_BY_ONE = (
    "the bot handles one update after the other, so no user is served while a query runs, and a small one takes 0.15 ms: it may stay; "
    "where many users wait, see by `TGF204` what stands against handling updates side by side"
)
UNSEEN = (
    "whether it writes is not seen: a commit waits for the disk, about 25 ms, but to read a small database takes 0.15 ms; where it does, "
    'set `sqlite = "always"`'
)
READS_ONLY = (
    "it only reads, which takes 0.15 ms of a small database and 0.5 ms by way of a thread; where another program keeps the database "
    'locked, or queries take long, set `sqlite = "always"`'
)
RARE = (
    "it waits only where something else has failed, and a thread for each call costs more than that gains; where it is the rule, "
    "await asyncio.to_thread() with it"
)
OVER = "its output has been read to the end, so the program is over, and to wait for it takes nothing"
REMOVES = (
    "to remove files takes milliseconds, most of them for starting `rm`: `Path.unlink()` does it without a program; to clear the screen "
    "takes as long"
)
COUNTS = "to list a folder and count takes milliseconds, most of them for starting two programs: `len(os.listdir())` does it without"
#: Why a question at the terminal is left alone.
OF_A_PERSON = (
    "whoever types sits in front of the program, and in a thread Ctrl-C would not end the question; where handlers have to go on "
    "meanwhile, await asyncio.to_thread(input)"
)


def of_block(module: Module, block: Block) -> str | None:
    """Why a call of a library does not move, as a clause."""
    return of_one_thread(module, block) or of_one_member(module, block) or of_hook(module, block)


def of_one_member(module: Module, block: Block) -> str | None:
    """Why a step of the work on an archive, on a picture or with a browser does not move alone, as a clause."""
    if module.project.fact(Blocks).drives_browser(module, block):
        return "one call of many drives a browser: put all of them into a plain function, and await `asyncio.to_thread()` with it"
    if block.owner == PICTURE:
        return "it ends the work on a picture: put that into a plain function, and await `asyncio.to_thread()` with it"
    if block.kind == FILES and isinstance(block.call.func, ast.Attribute) and block.call.func.attr in _ONE_MEMBER:
        return "it moves one file of an archive: put the whole work into a plain function, and await `asyncio.to_thread()` with it"
    if block.name == "paramiko.SSHClient.exec_command":
        return "what waits is to read what it gives: put both into a plain function, and await `asyncio.to_thread()` with it"
    return None


def of_one_thread(module: Module, block: Block) -> str | None:
    """Why an object whose method blocks cannot be used by a thread, since others have it: a clause that begins with its name."""
    if block.owner not in ONE_THREAD or not isinstance(block.call.func, ast.Attribute):
        return None
    owner = _root(module, block.call.func.value, set())
    if owner is None:
        return None
    return (
        f"{module.shown(owner)} belongs to all handlers, and one thread at a time may use it: while one waited, another could work in "
        "the middle of its transaction. Open one in the function that needs it, or use an asynchronous driver"
    )


def of_no_thread(module: Module, function: FunctionNode) -> str | None:
    """Why a function stays that works by a package that is not made for threads, as a clause."""
    if not any(name.encode() in module.source.data for name in NO_THREADS):
        return None
    for call in module.within(function, ast.Call):
        name = NO_THREADS.get((module.resolve(call.func) or "").partition(".")[0])
        if name is not None:
            return f"{name} (line {call.lineno}) may crash where two threads use it: run it in a process of its own"
    return None


def of_hook(module: Module, block: Block) -> str | None:
    """Why a download stays that calls a function of the bot's own which needs the event loop, as a clause."""
    if block.owner != "yt_dlp.YoutubeDL":
        return None
    resolver = module.project.fact(Resolver)
    for hook in _hooks(module):
        meant = (module, hook) if isinstance(hook, ast.Lambda) else resolver.definition(module, hook)
        calls = meant[0].within(meant[1], ast.Call) if meant is not None else ()
        if found := next((call for call in calls if last_of(call.func) in _NEEDS_LOOP), None):
            name = f"`{module.shown(hook)}`" if isinstance(hook, ast.Lambda) else f"`{module.shown(hook)}()`"
            return (
                f"{name} is called in the thread then, where `{last_of(found.func)}()` (line {found.lineno}) fails: ask the loop by "
                "`asyncio.run_coroutine_threadsafe()` there first"
            )
    return None


def _hooks(module: Module) -> Iterator[ast.expr]:
    """What the options for yt-dlp of a file name as hooks."""
    for options in module.all(ast.Dict):
        for key, hooks in zip(options.keys, options.values, strict=True):
            if isinstance(key, ast.Constant) and key.value in _HOOKS and isinstance(hooks, (ast.List, ast.Tuple)):
                yield from hooks.elts


def per_thread(resolver: Resolver, module: Module, function: FunctionNode) -> str | None:
    """Why a function stays that keeps a connection of sqlite3 for each thread, as a clause."""
    if not any(module.resolve(call.func) == "sqlite3.connect" for call in module.within(function, ast.Call)):
        return None
    for part in module.within(function, ast.Attribute):
        if isinstance(part.ctx, ast.Store) and isinstance(part.value, ast.Name):
            where, made = resolver.assigned(module, part.value)
            if isinstance(made, ast.Call) and where.resolve(made.func) == "threading.local":
                return (
                    f"{function.name}() keeps a connection for each thread (line {part.lineno}): each thread of the pool would open one "
                    "more, and nobody closes it"
                )
    return None


def _root(module: Module, node: ast.expr, seen: set[ast.AST]) -> ast.expr | None:
    """The variable of a module or attribute of an object that an expression comes from: `session` of ``session.query(User).all()``,
    `connection` of a local ``cursor = connection.cursor()``; None for what its function has made.
    """
    while isinstance(node, (ast.Attribute, ast.Call, ast.Subscript)):
        inner = node.func if isinstance(node, ast.Call) else node.value
        if isinstance(node, ast.Attribute) and isinstance(inner, ast.Name) and inner.id in ("self", "cls"):
            return node
        if isinstance(node, ast.Call) and not isinstance(inner, ast.Attribute):
            return None  # made by a function
        node = inner
    if not isinstance(node, ast.Name) or node in seen:
        return None
    if module.resolve(node):  # imported from another file, which has made it for all
        return node if module.project.fact(Facts).kind(module, node) in ONE_THREAD else None
    if module.scope(node).find(node.id) in (None, module.names.root):
        return node
    seen.add(node)
    roots = (_root(module, value, seen) for value in values_of(module, node))
    return next((root for root in roots if root is not None), None)


def own_way(module: Module, call: ast.Call) -> ast.AsyncFunctionDef | None:
    """The coroutine of the same file that runs whatever command it is given, where a call does nothing but run one."""
    if module.resolve(call.func) != "os.system" or len(call.args) != 1:
        return None
    for function in module.all(ast.AsyncFunctionDef):
        scope = module.scope(call).find(function.name)
        is_seen = scope is not None and [b.node for b in scope.bindings[function.name]] == [function]
        if not is_seen or len(function.args.args) != 1 or module.function(call) is function:
            continue
        given = function.args.args[0].arg
        for started in module.within(function, ast.Call):
            names = (node for value in started.args for node in ast.walk(value) if isinstance(node, ast.Name))
            if module.resolve(started.func) in RUNS_PROGRAM and any(name.id == given for name in names):
                return function
    return None
