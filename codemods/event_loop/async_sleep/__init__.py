"""Await `asyncio.sleep()` instead of blocking the event loop with `time.sleep()`.

## What it does
Rewrites `time.sleep(x)` to `await asyncio.sleep(x)` where the code runs in a coroutine, imports `asyncio` where it is
missing and drops the import of `time` where nothing else uses it. The pauses of a function are one change,
with what `TGF202` and `TGF502` find in it, what is safe among them by itself.

## Why it is slow
`time.sleep()` stops the whole event loop: for as long as one handler sleeps, no other task of the bot runs, and timeouts
and keep-alives of open connections run out. Five handlers that sleep 0.2 s one after the other take 1.0 s, with
`asyncio.sleep()` 0.2 s where each update has a task (Telethon), and the loop is never stopped for more than 5 ms. A bot
of python-telegram-bot that handles one update after the other, as is its default, gains less: its polling, its jobs and
its connections go on, but the next update waits all the same.

## When it is safe
The call stands directly in an `async def`, and what stands around it is proved to take no harm from the new wait:

- nothing else of the bot runs meanwhile (*interleaving*); beside other handlers, jobs or tasks this is always an assumption;
- the handler has surely waited before, or nothing that others see comes behind the call, besides an answer to the update
  at hand; or the bot handles one update after the other (*ordering*);
- a cancellation that arrives in the new wait prevents nothing that was done before (*interruption*);
- the delay is never negative: `time.sleep()` raises ValueError for it, `asyncio.sleep()` returns at once; nor is it a number of any size
  that somebody asks for: for centuries `time.sleep()` raises OverflowError (*errors*);
- no test puts something else in the place of `time.sleep` or `asyncio.sleep` (*identity*).

Where one of these is not proved the change is *unsafe* and says what it assumes.

## When it leaves code alone
Where the bot handles one update after the other and runs nothing beside: nobody would be served sooner (`--all` lists it).

In a lambda, a generator expression, a class body or a plain function inside a coroutine (`await` is not allowed there
or means something else), while a thread's lock is held, where the name may also be another `sleep`, and on other
event loops than asyncio's. A pause of less than 5 ms outside loops: nobody notices it. Nor in a command
``.sleep <seconds>``, which is there to stop the bot. Plain functions outside coroutines are no
finding: they may run in a thread, where `time.sleep()` is right. In an endpoint of FastAPI that awaits nothing: without `async`
FastAPI runs all of it in a thread.

## References
- https://docs.python.org/3/library/asyncio-dev.html#running-blocking-code
- https://docs.python.org/3/library/asyncio-task.html#asyncio.sleep
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.module import Module
from ....engine.analysis.stopped import stopped
from ....engine.codemod import Codemod
from ....engine.model import Cost, Finding, Import, Time
from ....engine.proofs import awaiting, errors, identity
from ....engine.rewriting.awaits import awaited, is_plain
from ....engine.rewriting.imports import name_for
from ....engine.rewriting.several import in_seconds, left_there, one_of_several
from ....knowledge.bots import DISTRIBUTIONS
from .examples import EXAMPLES

#: Pauses from here on are noticed where they stop everybody, in seconds.
_NOTICED = 0.005
#: What a pause costs whose length only the run knows: all of it, whatever stands beside.
_AS_LONG = Time("as long as it sleeps", 100)
#: What the pattern of a command begins with that stops the bot.
_PAUSE = re.compile(r"[^a-zA-Z]*sleep\b")


class AsyncSleep(Codemod):
    """See the module's docstring."""

    code = "TGF501"
    name = "async-sleep"
    title = "Await asyncio.sleep()"
    cost = Cost.TENTHS
    libraries = DISTRIBUTIONS
    needles = (b"sleep",)
    related = ("ASYNC251",)
    examples = EXAMPLES
    serves_others = True

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `time.sleep` with a coroutine around it."""
        for call in module.all(ast.Call):
            names = module.candidates(call.func)
            if "time.sleep" not in names or not module.in_coroutine(call):
                continue
            message = f"{module.segment(call.func)}() blocks the event loop: nobody else is served meanwhile"
            reason = _reason(module, call, names)
            if reason:
                yield self.finding(module, call, message, reason=reason, several=left_there(module, call, reason))
                continue
            sleep, imports = name_for(module, Import("asyncio", "sleep"), call)
            if imports:  # the module's name tells more, where the function has none yet
                asyncio, imports = name_for(module, Import("asyncio"), call)
                sleep = f"{asyncio}.sleep"
            edits = awaited(module, call, sleep)
            change = self.change(
                module,
                edits,
                _gain(module, call),
                verdicts=[
                    *awaiting(module, call),
                    errors.delay(module, call.args[0]),
                    identity.unreplaced(module, "time.sleep", "asyncio.sleep"),
                ],
                imports=imports,
            )
            seconds = _seconds(call)
            cost, lasts = _AS_LONG, None
            if seconds is not None:
                lasts = round(seconds * 1000)
                cost = Time(in_seconds(seconds), lasts)
            title = "Await asyncio.sleep() {} times"
            several = one_of_several(module, call, title, _then(module), name="time.sleep()", lasts=lasts)
            yield self.finding(module, call, message, change=change, cost=cost, several=several)


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
    if is_short(module, call):
        return "it takes a few milliseconds, and no loop repeats it"
    if _is_asked_for(module, call):
        return "the command is called sleep, so that to stop the bot seems to be what it is for; else await asyncio.sleep()"
    if not is_plain(module, call):
        return "it stands in an f-string or in parentheses of its own, where it is not rewritten"
    return None


def is_short(module: Module, call: ast.Call) -> bool:
    """Whether nobody notices a pause: a few milliseconds, once. One of no time at all lets others run, and is meant to."""
    known: list[object] = [_seconds(call)]
    match call.args:
        case [ast.Call(func=least, args=bounds, keywords=[]), *_] if module.resolve(least) == "builtins.min":
            known = [bound.value for bound in bounds if isinstance(bound, ast.Constant)]  # it is no longer than these
    seconds = min((one for one in known if isinstance(one, (int, float))), default=0)
    return 0 < seconds < _NOTICED and not any(module.loops(call))


def _is_asked_for(module: Module, call: ast.Call) -> bool:
    """Whether somebody asks for a pause, as long as they say, by a command of that name."""
    function = module.function(call)
    decorators = getattr(function, "decorator_list", [])
    texts = (node.value for decorator in decorators for node in ast.walk(decorator) if isinstance(node, ast.Constant))
    return _seconds(call) is None and any(isinstance(text, str) and _PAUSE.match(text) for text in texts)


def _gain(module: Module, call: ast.Call) -> str:
    """What the bot gains here."""
    return f"time.sleep() stops the whole {stopped(module)} {_duration(call)}; {_then(module)}."


def _then(module: Module) -> str:
    if (bot := concurrency(module.project, module.path)).in_turn:
        return f"with asyncio.sleep() {bot.gain}"
    return "asyncio.sleep() pauses only this coroutine"


def _duration(call: ast.Call) -> str:
    seconds = _seconds(call)
    return "for the whole delay" if seconds is None else f"for {in_seconds(seconds)}"


def _seconds(call: ast.Call) -> int | float | None:
    match call.args:
        case [ast.Constant(value=int() | float() as seconds), *_]:
            return seconds
    return None
