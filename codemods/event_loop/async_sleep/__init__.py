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

from ....engine.analysis import refuse
from ....engine.analysis.module import Module
from ....engine.analysis.process_state import changed_around
from ....engine.analysis.shared_state import shared_state_across
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Finding, Hazard, Import
from ....engine.rewriting.awaits import awaited, is_plain
from ....engine.rewriting.imports import name_for
from .examples import EXAMPLES


class AsyncSleep(Codemod):
    """See the module's docstring."""

    code = "TGF501"
    name = "async-sleep"
    title = "Await asyncio.sleep()"
    libraries = ("python-telegram-bot", "telethon")
    needles = (b"sleep",)
    related = ("ASYNC251",)
    examples = EXAMPLES

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
                yield self.finding(module, call, message, reason=reason)
                continue
            asyncio, imports = name_for(module, Import("asyncio"), call)
            edits = awaited(module, call, f"{asyncio}.sleep")
            risk = _risk(module, call)
            why = f"time.sleep() stops every user of the bot {_duration(call)}; asyncio.sleep() pauses only this coroutine."
            change = self.change(
                module,
                edits,
                f"{why} {risk}" if risk else why,
                verdicts=[Assumption(Hazard.INTERLEAVING, risk)] if risk else [],
                imports=imports,
            )
            yield self.finding(module, call, message, change=change)


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
    if state := shared_state_across(module, call, function) or changed_around(module, call):
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
