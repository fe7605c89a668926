"""Run child processes in a thread instead of stopping the event loop until they end.

## What it does
Rewrites `subprocess.run()`, `call()`, `check_call()`, `check_output()`, `getoutput()`, `getstatusoutput()`, `os.system()`,
`os.popen(…).read()` and the `wait()` and `communicate()` of a `subprocess.Popen` to `await asyncio.to_thread(…)` where the code runs
in a coroutine. Finds `sqlite3` connections that a coroutine opens.

## Why it is slow
The call returns when the child process has ended. Until then the event loop stands still: no other user of the bot gets an answer.
Five handlers that each wait 0.2 s for a program take 1.0 s one after the other, in threads 0.2 s together. A thread stays busy for
as long as its process runs; the default pool has five threads more than the machine has processors (at least 5, at most 32), so a
bot that starts many long programs at once is better off with `asyncio.create_subprocess_exec()`, which needs none.

## When it is safe
The thread makes the very same call: the same `CompletedProcess`, the same exceptions, time limits and encodings
(`asyncio.create_subprocess_exec()` knows neither `check` nor `text` nor `timeout`, so it is no replacement). The call stands directly
in an `async def`, its name can only be the standard library's function, no thread's lock is held, and no shared state is read before
it and written after it. While the process runs other handlers may run, as at every other `await`.

It is *unsafe*, and says so, where shared state is read before and written after it, where the coroutine first writes a file whose
name is always the same (another run of the handler may overwrite it while the process reads it), and where a bare `except` around
the call would swallow the cancellation that can now arrive there.

## When it leaves code alone
In a lambda, a generator expression, a class body or a plain function inside a coroutine, while a thread's lock is held, with
`preexec_fn` (not to be used when there are threads), where the name may also be something else, and on other event loops than
asyncio's. Connections of `sqlite3` belong to the thread that opened them: a call that moves to another thread raises
`sqlite3.ProgrammingError`, and with `check_same_thread=False` two handlers would share one transaction. They are reported only.

## References
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://docs.python.org/3/library/asyncio-task.html#asyncio.to_thread
- https://docs.python.org/3/library/sqlite3.html#sqlite3.connect
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..engine import awaits, refuse
from ..engine.codemod import Codemod, fixed, left, untouched
from ..engine.imports import name_for
from ..engine.literal import NotLiteral, evaluate
from ..engine.model import Finding, Import, Safety
from ..engine.module import Module
from ..engine.scope import FunctionNode

_CALLS = frozenset(
    {f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "getoutput", "getstatusoutput")}
    | {"os.system"}
)
_WAITS = frozenset({"wait", "communicate"})


class BlockingCall(Codemod):
    """See the module's docstring."""

    code = "TGF502"
    name = "blocking-call"
    title = "Wait for the process in a thread"
    libraries = ("python-telegram-bot", "telethon")
    needles = (b"subprocess", b"system", b"popen", b"sqlite3")
    related = ("ASYNC220", "ASYNC221", "ASYNC222")

    examples = (
        fixed(
            """\
import subprocess


async def uptime(update, context):
    result = subprocess.run(["uptime", "-p"], capture_output=True, text=True)
    await update.message.reply_text(result.stdout)
""",
            """\
import asyncio
import subprocess


async def uptime(update, context):
    result = await asyncio.to_thread(subprocess.run, ["uptime", "-p"], capture_output=True, text=True)
    await update.message.reply_text(result.stdout)
""",
            "a program's output",
        ),
        fixed(
            """\
import asyncio
import os
from subprocess import check_output as output


async def version(event):
    name = output(
        ["git", "describe"],
        timeout=5,  # seconds
    ).decode().strip()
    if os.system("git diff --quiet"):
        name += " (changed)"
    await asyncio.sleep(1)
    await event.reply(name)
""",
            """\
import asyncio
import os
from subprocess import check_output as output


async def version(event):
    name = (await asyncio.to_thread(
        output,
        ["git", "describe"],
        timeout=5,  # seconds
    )).decode().strip()
    if await asyncio.to_thread(os.system, "git diff --quiet"):
        name += " (changed)"
    await asyncio.sleep(1)
    await event.reply(name)
""",
            "a result that is used at once, and a condition",
        ),
        fixed(
            """\
import os
import subprocess


async def convert(event, source):
    process = subprocess.Popen(["ffmpeg", "-i", source], stdout=subprocess.PIPE)
    out, _ = process.communicate()
    load = os.popen("uptime").read().strip()
    await event.reply(f"{len(out)} bytes, {load}")
""",
            """\
import asyncio
import os
import subprocess


async def convert(event, source):
    process = subprocess.Popen(["ffmpeg", "-i", source], stdout=subprocess.PIPE)
    out, _ = await asyncio.to_thread(process.communicate)
    load = (await asyncio.to_thread(os.popen("uptime").read)).strip()
    await event.reply(f"{len(out)} bytes, {load}")
""",
            "the end of a started process",
        ),
        fixed(
            """\
import subprocess


async def evaluate(event):
    with open("snippet.py", "w") as file:
        file.write(event.text)
    await event.reply(subprocess.getoutput("python snippet.py"))
""",
            """\
import asyncio
import subprocess


async def evaluate(event):
    with open("snippet.py", "w") as file:
        file.write(event.text)
    await event.reply(await asyncio.to_thread(subprocess.getoutput, "python snippet.py"))
""",
            "a file that every run of the handler writes needs a person's eye",
            safety=Safety.UNSAFE,
        ),
        fixed(
            """\
import subprocess

running = set()


async def start(event):
    if event.text in running:
        return
    subprocess.call(["systemctl", "start", event.text])
    running.add(event.text)
""",
            """\
import asyncio
import subprocess

running = set()


async def start(event):
    if event.text in running:
        return
    await asyncio.to_thread(subprocess.call, ["systemctl", "start", event.text])
    running.add(event.text)
""",
            "shared state around it needs a person's eye",
            safety=Safety.UNSAFE,
        ),
        left(
            """\
import sqlite3


async def balance(update, context):
    connection = sqlite3.connect("bank.db")
    row = connection.execute("select balance from accounts").fetchone()
    connection.close()
    await update.message.reply_text(str(row[0]))
""",
            "belongs to the thread that opened it",
            "a database connection",
        ),
        left(
            """\
import os
import subprocess


async def start(event):
    subprocess.call(["worker"], preexec_fn=os.setsid)
""",
            "preexec_fn",
            "code that runs between fork and exec",
        ),
        left(
            """\
import subprocess


async def start(event):
    return list(map(lambda name: subprocess.call([name]), event.text.split()))
""",
            "lambda",
            "a lambda",
        ),
        left(
            """\
try:
    from subprocess import run
except ImportError:
    from runners import run


async def start(event):
    run(["worker"])
""",
            "may also be runners.run",
            "a name that may be two things",
        ),
        untouched(
            """\
import asyncio
import os
import subprocess


def deploy():
    subprocess.run(["make"], check=True)


async def start(event):
    await asyncio.to_thread(subprocess.run, ["make"])
    process = await asyncio.create_subprocess_exec("make")
    await process.wait()
    print(os.getcwd(), subprocess.PIPE)
""",
            "threads, asyncio's own processes, and code outside coroutines",
        ),
    )

    def find(self, module: Module) -> Iterator[Finding]:
        """Every wait for a child process and every `sqlite3` connection with a coroutine around it."""
        for call in module.all(ast.Call):
            if not module.in_coroutine(call) or refuse.runs_in_thread(module, call):
                continue
            names = module.candidates(call.func)
            what = _waits_for(module, call, names)
            if what is None:
                if "sqlite3.connect" in names:
                    yield module.finding(self, call, f"{_CONNECTION_MESSAGE}", reason=_CONNECTION)
                continue
            if len(names) > 1 and isinstance(module.parent(call), ast.Await):
                continue  # the other meaning of the name is the one that is used here
            message = f"{what} blocks the event loop until the process ends: nobody else is served meanwhile"
            if reason := _reason(module, call, names):
                yield module.finding(self, call, message, reason=reason)
                continue
            asyncio, imports = name_for(module, Import("asyncio"), call)
            edits = awaits.threaded(module, call, asyncio)
            risk = awaits.risk(module, call) or _writes_a_fixed_file(module, call)
            why = (
                f"{what} stops every user of the bot until the process ends; in a thread it stops only this coroutine."
            )
            change = self.change(
                module,
                edits,
                f"{why} But {risk}." if risk else why,
                safety=Safety.UNSAFE if risk else Safety.SAFE,
                imports=imports,
            )
            yield module.finding(self, call, message, change=change)


_CONNECTION_MESSAGE = (
    "sqlite3 works on the event loop: nobody else is served while it reads, writes or waits for a lock"
)
_CONNECTION = (
    "a connection belongs to the thread that opened it, so its calls cannot move to a thread one by one; move the whole function "
    "that opens, uses and closes it, or use aiosqlite"
)


def _waits_for(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """The blocking function as the source names it, where `call` waits for a child process."""
    if names & _CALLS:
        return f"{module.segment(call.func)}()"
    match call.func:
        case ast.Attribute(value=ast.Call(func=opener), attr="read") if not call.args and not call.keywords:
            if module.resolve(opener) == "os.popen":
                return f"{module.segment(opener)}().read()"
        case ast.Attribute(value=ast.Name() as process, attr=method) if method in _WAITS and _is_process(
            module, process
        ):
            return f"{process.id}.{method}()"
        case ast.Attribute(value=ast.Call() as started, attr=method) if method in _WAITS:
            if module.resolve(started.func) == "subprocess.Popen":
                return f"{module.segment(started.func)}().{method}()"
    return None


def _is_process(module: Module, name: ast.Name) -> bool:
    """Whether every binding of a local name is a `subprocess.Popen` made in the same function."""
    bindings = module.bindings(name.id, name)
    for binding in bindings:
        parent = module.parent(binding.node)
        value = parent.value if isinstance(parent, ast.Assign) and parent.targets == [binding.node] else None
        if isinstance(parent, ast.withitem) and parent.optional_vars is binding.node:
            value = parent.context_expr
        if not (isinstance(value, ast.Call) and module.resolve(value.func) == "subprocess.Popen"):
            return False
    return bool(bindings)


def _reason(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """Why the call is left alone."""
    if len(names) > 1:
        other = sorted(names - _CALLS)[-1:] or sorted(names)[-1:]
        return f"{module.segment(call.func)} may also be {other[0] or 'something of the project’s own'} here"
    if any(keyword.arg == "preexec_fn" for keyword in call.keywords):
        return "it has a preexec_fn, which may hang in a program that has threads"
    return awaits.refusal(module, call)


def _writes_a_fixed_file(module: Module, call: ast.Call) -> str | None:
    """A file of one fixed name that the coroutine writes before `call`."""
    function = module.function(call)
    for other in module.all(ast.Call):
        if other.lineno >= call.lineno or module.function(other) is not function:
            continue
        if (
            module.resolve(other.func) == "builtins.open"
            and _mode(module, other, function)
            and (path := _constant(module, other.args[:1]))
        ):
            return f"{path} is written in line {other.lineno}; while the process runs, another run of the handler may overwrite it"
    return None


def _mode(module: Module, call: ast.Call, function: FunctionNode | None) -> bool:
    modes = [k.value for k in call.keywords if k.arg == "mode"] or call.args[1:2]
    return bool(modes) and isinstance(modes[0], ast.Constant) and bool(set("wax+") & set(str(modes[0].value)))


def _constant(module: Module, arguments: list[ast.expr]) -> str | None:
    try:
        value = evaluate(module, arguments[0]) if arguments else None
    except NotLiteral:
        return None
    return value if isinstance(value, str) else None
