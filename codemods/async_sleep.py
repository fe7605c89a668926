"""Await `asyncio.sleep()` instead of blocking the event loop with `time.sleep()`.

## What it does
Rewrites `time.sleep(x)` to `await asyncio.sleep(x)` where the code runs in a coroutine, imports `asyncio` where it is
missing and drops the import of `time` where nothing else uses it.

## Why it is slow
`time.sleep()` stops the whole event loop: for as long as one handler sleeps, no other user of the bot gets an answer,
and timeouts and keep-alives of open connections run out. Five handlers that sleep 0.2 s one after the other take 1.0
s, with `asyncio.sleep()` 0.2 s, and the loop is never stopped for more than 5 ms.

## When it is safe
The call stands directly in an `async def`, its name can only be `time.sleep`, no thread's lock is held, and no shared
state is read before it and written after it. While the coroutine waits other handlers may run, as at every other
`await`.

It is *unsafe*, and says so, where shared state is read before and written after the call, where the delay may be
negative for all that the source shows (`time.sleep()` raises ValueError for it, `asyncio.sleep()` returns at once),
and where a bare `except` around the call would swallow the cancellation that can now arrive there.

## When it leaves code alone
In a lambda, a generator expression, a class body or a plain function inside a coroutine (`await` is not allowed there
or means something else), while a thread's lock is held, where the name may also be another `sleep`, and on other
event loops than asyncio's. Plain functions outside coroutines are no finding: they may run in a thread, where
`time.sleep()` is right.

## References
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ..engine import refuse
from ..engine.awaits import awaited, is_plain
from ..engine.codemod import Codemod, fixed, left, untouched
from ..engine.imports import name_for
from ..engine.model import Finding, Import, Safety
from ..engine.module import Module


class AsyncSleep(Codemod):
    """See the module's docstring."""

    code = "TGF501"
    name = "async-sleep"
    title = "Await asyncio.sleep()"
    libraries = ("python-telegram-bot", "telethon")
    needles = (b"sleep",)
    related = ("ASYNC251",)

    examples = (
        fixed(
            """\
import time


async def remind(update, context):
    time.sleep(5)
    await update.message.reply_text("Five seconds are over.")
""",
            """\
import asyncio


async def remind(update, context):
    await asyncio.sleep(5)
    await update.message.reply_text("Five seconds are over.")
""",
            "the import that nothing else uses goes",
        ),
        fixed(
            """\
import logging
import random
import time as t

from telegram import Update


async def remind(update: Update, context):
    started = t.monotonic()
    t.sleep(random.uniform(0.5, 2))  # as a person would
    logging.info("slept %s", t.monotonic() - started)
""",
            """\
import asyncio
import logging
import random
import time as t

from telegram import Update


async def remind(update: Update, context):
    started = t.monotonic()
    await asyncio.sleep(random.uniform(0.5, 2))  # as a person would
    logging.info("slept %s", t.monotonic() - started)
""",
            "an alias, and a module that is still used",
        ),
        fixed(
            """\
import asyncio
from time import sleep, time


async def poll(client):
    while True:
        [sleep(0.5) for _ in range(3)]
        print(time())


asyncio.run(poll(None))
""",
            """\
import asyncio
from time import time


async def poll(client):
    while True:
        [await asyncio.sleep(0.5) for _ in range(3)]
        print(time())


asyncio.run(poll(None))
""",
            "a name imported from time",
        ),
        fixed(
            """\
async def remind(event):
    import time
    time.sleep(1); await event.reply("now")
""",
            """\
import asyncio


async def remind(event):
    await asyncio.sleep(1); await event.reply("now")
""",
            "an import inside the function",
        ),
        fixed(
            """\
import time

asyncio = "the name is taken"


async def remind(event):
    time.sleep(1)
""",
            """\
import asyncio as _asyncio

asyncio = "the name is taken"


async def remind(event):
    await _asyncio.sleep(1)
""",
            "a name of the project's own that hides asyncio",
        ),
        fixed(
            """\
import time

pending = []


async def flush(event):
    batch = list(pending)
    time.sleep(1)
    pending.clear()
    await event.reply(str(batch))
""",
            """\
import asyncio

pending = []


async def flush(event):
    batch = list(pending)
    await asyncio.sleep(1)
    pending.clear()
    await event.reply(str(batch))
""",
            "shared state around it needs a person's eye",
            safety=Safety.UNSAFE,
        ),
        fixed(
            """\
import time


async def pace(event, started):
    time.sleep(started + 2 - time.monotonic())
""",
            """\
import asyncio
import time


async def pace(event, started):
    await asyncio.sleep(started + 2 - time.monotonic())
""",
            "a delay that may be negative needs a person's eye",
            safety=Safety.UNSAFE,
        ),
        fixed(
            """\
import time


async def suspend(event):
    try:
        seconds = float(event.text.split()[1])
        time.sleep(seconds)
    except ValueError:
        await event.reply("How long?")
""",
            """\
import asyncio


async def suspend(event):
    try:
        seconds = float(event.text.split()[1])
        await asyncio.sleep(seconds)
    except ValueError:
        await event.reply("How long?")
""",
            "a delay that a user typed needs a person's eye",
            safety=Safety.UNSAFE,
        ),
        fixed(
            """\
import time

from telethon.errors import FloodWaitError

PAUSE = 2


async def greet(client, users):
    for user in users:
        try:
            await client.send_message(user, "Hello")
        except FloodWaitError as e:
            time.sleep(e.seconds + PAUSE)
""",
            """\
import asyncio

from telethon.errors import FloodWaitError

PAUSE = 2


async def greet(client, users):
    for user in users:
        try:
            await client.send_message(user, "Hello")
        except FloodWaitError as e:
            await asyncio.sleep(e.seconds + PAUSE)
""",
            "a flood wait",
        ),
        left(
            """\
import time


async def remind(event):
    later = lambda: time.sleep(1)
    later()
""",
            "lambda",
            "a lambda",
        ),
        left(
            """\
import time


async def remind(event):
    def pause():
        time.sleep(1)

    pause()
""",
            "plain function inside a coroutine",
            "a nested function",
        ),
        left(
            """\
import time


async def remind(event):
    return any(time.sleep(1) for _ in range(3))
""",
            "generator expression",
            "a generator expression",
        ),
        left(
            """\
import time


async def remind(event):
    class Pause:
        time.sleep(1)
""",
            "class body",
            "a class body",
        ),
        left(
            """\
import threading
import time

lock = threading.Lock()


async def remind(event):
    with lock:
        time.sleep(1)
""",
            "lock is held",
            "a thread's lock",
        ),
        left(
            """\
try:
    from time import sleep
except ImportError:
    from asyncio import sleep


async def remind(event):
    sleep(1)
""",
            "may also be asyncio.sleep",
            "a name that may be two things",
        ),
        untouched(
            """\
import time
from asyncio import sleep


def worker():
    time.sleep(1)


async def remind(event):
    await sleep(1)
    await event.client.loop.run_in_executor(None, time.sleep, 1)
""",
            "a thread's code, asyncio's own sleep, and sleep handed to an executor",
        ),
        untouched(
            """\
import time


async def remind(event, time):
    time.sleep(1)
""",
            "a parameter that shadows the module",
        ),
    )

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `time.sleep` with a coroutine around it."""
        for call in module.all(ast.Call):
            names = module.candidates(call.func)
            if "time.sleep" not in names or not module.in_coroutine(call):
                continue
            if len(names) > 1 and isinstance(module.parent(call), ast.Await):
                continue  # the other meaning of the name is the one that is used here
            message = f"{module.segment(call.func)}() blocks the event loop: nobody else is served meanwhile"
            reason = _reason(module, call, names)
            if reason:
                yield module.finding(self, call, message, reason=reason)
                continue
            asyncio, imports = name_for(module, Import("asyncio"), call)
            edits = awaited(module, call, f"{asyncio}.sleep")
            risk = _risk(module, call)
            why = f"time.sleep() stops every user of the bot {_duration(call)}; asyncio.sleep() pauses only this coroutine."
            change = self.change(
                module,
                edits,
                f"{why} {risk}" if risk else why,
                safety=Safety.UNSAFE if risk else Safety.SAFE,
                imports=imports,
            )
            yield module.finding(self, call, message, change=change)


def _reason(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """Why the call is left alone."""
    if len(names) > 1:
        other = sorted(names - {"time.sleep"})[-1] or "something of the project's own"
        return f"{module.segment(call.func)} may also be {other} here"
    if isinstance(module.parent(call), ast.Await):
        return "it is awaited already, which fails when it runs: asyncio.sleep may have been meant"
    if refusal := refuse.unpacks_arguments(call) or refuse.cannot_await(module, call):
        return refusal
    if len(call.args) != 1 or call.keywords:
        return "it is not called with one positional argument"
    if refusal := refuse.foreign_event_loop(module) or refuse.holds_thread_lock(module, call):
        return refusal
    match call.args[0]:
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant()):
            return "the delay is negative, which raises ValueError here and would not with asyncio.sleep()"
    if not is_plain(module, call):
        return "it stands in an f-string or in parentheses of its own, where it is not rewritten"
    return None


def _risk(module: Module, call: ast.Call) -> str | None:
    """What a person has to look at before accepting the change."""
    function = module.function(call)
    assert function is not None, "a call in a coroutine has a function around it"
    if state := refuse.shared_state_across(module, call, function):
        return f"But {state}."
    if not _never_negative(module, call.args[0]):
        return "But where the delay is negative, time.sleep() raises ValueError and asyncio.sleep() returns at once."
    if cancellation := refuse.swallows_cancellation(module, call):
        return f"But {cancellation}."
    return None


def _never_negative(module: Module, delay: ast.expr, depth: int = 0) -> bool:
    """Whether the delay is a number of zero or more by what the source shows."""
    if depth > 8:
        return False
    match delay:
        case ast.Constant(value=int() | float() as number):
            return number >= 0
        case ast.BinOp(left=a, op=ast.Add() | ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow(), right=b):
            return all(_never_negative(module, side, depth + 1) for side in (a, b))
        case ast.BoolOp(values=parts):
            return all(_never_negative(module, part, depth + 1) for part in parts)
        case ast.IfExp(body=a, orelse=b):
            return all(_never_negative(module, part, depth + 1) for part in (a, b))
        case ast.Attribute(value=ast.Name(id=name)) if delay.attr in _WAITS:
            return any(isinstance(b.node, ast.ExceptHandler) for b in module.bindings(name, delay))
        case ast.Call(func=function, args=arguments):
            called = module.resolve(function)
            if called == "builtins.max":
                return any(_never_negative(module, argument, depth + 1) for argument in arguments)
            if called in _KEEPS_SIGN:
                return bool(arguments) and all(_never_negative(module, argument, depth + 1) for argument in arguments)
            return called in ("builtins.abs", "builtins.len", "random.random")
        case ast.Name(id=name):
            values = [_assigned(module, binding.node) for binding in module.bindings(name, delay)]
            return bool(values) and all(
                value is not None and _never_negative(module, value, depth + 1) for value in values
            )
    return False


#: Seconds to wait as the libraries' own exceptions give them: Telethon, PTB, Pyrogram.
_WAITS = ("seconds", "retry_after", "value", "x")
_KEEPS_SIGN = (
    "random.uniform", "random.randint", "random.choice", "builtins.int", "builtins.float", "builtins.min", "builtins.round",
    "builtins.sum", "math.ceil", "math.floor",
)  # fmt: skip


def _assigned(module: Module, target: ast.AST) -> ast.expr | None:
    """The value of ``name = value``, where `target` is its name."""
    parent = module.parent(target)
    if isinstance(parent, (ast.Assign, ast.AnnAssign)):
        return parent.value if not isinstance(parent, ast.Assign) or parent.targets == [target] else None
    return None


def _duration(call: ast.Call) -> str:
    match call.args[0]:
        case ast.Constant(value=int() | float() as seconds):
            return f"for {seconds} second{'' if seconds == 1 else 's'}"
    return "for the whole delay"
