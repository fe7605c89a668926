"""What is said of places that block."""

from __future__ import annotations

import ast

from ....engine.analysis.assignments import values_of
from ....engine.analysis.blocking import Blocks, streams
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.module import Module
from ....engine.analysis.stopped import stopped
from ....knowledge.blocking import PROCESS, UNTIL
from .helpers import SQLITE, Helpers, Site

#: What sets how long a commit waits, as it is written.
_PRAGMAS = (b"synchronous=", b"synchronous =", b"SYNCHRONOUS", b"busy_timeout", b"BUSY_TIMEOUT")


def message(site: Site) -> str:
    """What stands at the call of a function that blocks."""
    helper = site.helper
    where = f"{'' if helper.owner is helper.module is site.module else helper.owner.path.name + ', '}line {helper.call.lineno}"
    if helper.kind == SQLITE:
        return f"{helper.name} works with sqlite3 ({where}): nobody else is served while it reads, writes or waits for a lock"
    return f"{helper.name} waits for {helper.what} ({where}): nobody else is served until {UNTIL[helper.kind]}"


def gain(module: Module, what: str, how_long: str) -> str:
    """What is gained by a thread, as a sentence."""
    return f"{stops(module, what)} {how_long}; in a thread {then(module)}."


def then(module: Module) -> str:
    """What is better where a call no longer blocks, as a clause."""
    bot = concurrency(module.project, module.path)
    return bot.gain if bot.in_turn else "it stops only this coroutine"


def stops(module: Module, what: str, verb: str = "stops") -> str:
    """What a call that blocks does to all others, as the beginning of a sentence."""
    return f"{what} {verb} the whole {stopped(module)}"


def why(helpers: Helpers, site: Site) -> str:
    """What is gained by moving it."""
    helper = site.helper
    if helper.kind == SQLITE:
        text = f"{gain(site.module, helper.name, 'while it works or waits for a lock')} "
        if helpers.writes(helper):
            return f"{text}{of_commits(site.module)}"
        return f"{text}What counts is the wait for a lock, or a slow disk: to read a small database gains nothing."
    until = "its process ends" if helper.kind == PROCESS else UNTIL[helper.kind]
    text = gain(site.module, helper.name, f"until {until}")
    for module, function in helpers.reached(helper):
        streamed = [block.call for block in helpers.blocks.within(module, function) if streams(module, block.call)]
        if any(_gives(module, function, call) for call in streamed):
            return f"{text} What is left of an answer is still read on the event loop."
    return text


def of_commits(module: Module) -> str:
    """How long a commit takes, as a sentence: SQLite's defaults, where the project sets nothing else."""
    if any(map(module.project.contains, _PRAGMAS)):
        return "A commit may wait for the disk, and for a lock as long as the connection is told to."
    return "A commit waits for the disk, about 25 ms; for a lock it waits up to 5 seconds."


def _gives(module: Module, function: ast.AST, call: ast.Call) -> bool:
    """Whether a function returns the result of a call as it is, by way of a variable maybe."""
    given = [returned.value for returned in module.within(function, ast.Return) if returned.value is not None]
    return any(value is call or (isinstance(value, ast.Name) and call in values_of(module, value)) for value in given)


CONNECTION = "sqlite3 works on the event loop: nobody else is served while it reads, writes or waits for a lock"


def of_connection(module: Module, call: ast.Call) -> str | None:
    """Why a connection that a function inside of a coroutine opens stays on the event loop."""
    function = module.function(call)
    if isinstance(function, ast.FunctionDef):
        return f"it belongs to the thread that opened it, and {function.name}() is a plain function inside a coroutine"
    return None


_STARTING = "to start a program takes a few milliseconds; what waits for its end counts, and is another place"
#: What looks as if it blocked, with what it takes.
_SOON = {
    **{f"os.{name}": _STARTING for name in "popen startfile".split()},
    "subprocess.Popen": _STARTING,
    "os.waitpid": "with WNOHANG it returns at once",
    "io.open_code": "to open a file takes microseconds, and nothing is read here",
    "os.fdopen": "the file is open already",
}


def returns_soon(module: Module, call: ast.Call) -> str | None:
    """What speaks against moving a call that looks as if it blocked."""
    name = module.resolve(call.func) or ""
    if name.startswith(("os.spawn", "os.posix_spawn")):
        return _STARTING
    if name == "os.popen" and isinstance(module.parent(call), (ast.Attribute, ast.For, ast.comprehension)):
        return None  # what reads it is a finding
    if module.project.fact(Blocks).is_answered_at_once(module, call):
        return "a server on the same machine answers in 0.03 ms, one beside it in a fraction of a millisecond: a thread gains nothing"
    return _SOON.get(name)
