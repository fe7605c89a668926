"""Things that happen to a running program: an ending at message k, and sleeps that cost nothing.

    async def scenario(run, ending, at):
        return await run.module.backup(moments.until(items(350), at, ending))

The program of this example is interrupted when it asks for item `at`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from .program import Run

T = TypeVar("T")

#: The ways a run can end that Python code gets to see (a `finally` runs); `end` is the normal one.
SURVIVABLE = ("end", "exception", "cancel", "exit", "sigint")
#: The ways that no `finally` survives.
FATAL = ("sigterm", "os_exit", "sigkill")
ENDINGS = SURVIVABLE + FATAL

_real_sleep, _real_blocking_sleep = asyncio.sleep, time.sleep


class Interrupted(RuntimeError):
    """What the ending "exception" raises."""


async def interrupt(ending: str) -> None:
    """Let `ending` happen to the running task or process, now. Signals and exits want an isolated run (`Worker.run`).

    Raises `Interrupted` for "exception", `SystemExit(3)` for "exit", `asyncio.CancelledError` for "cancel" and (under
    `asyncio.run`) for "sigint", `ValueError` for a name that is no ending, `AssertionError` if nothing has happened.
    """
    if ending == "cancel":
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await _real_sleep(0)
    elif ending == "sigint":
        os.kill(os.getpid(), signal.SIGINT)
        await _real_sleep(5)  # the loop's handler cancels the main task
    elif ending != "end":
        interrupt_now(ending)
    if ending != "end":
        raise AssertionError(f"{ending} had no effect")


def interrupt_now(ending: str) -> None:
    """`interrupt` for code without an event loop; "cancel" does not exist there."""
    if ending == "end":
        return
    if ending == "exception":
        raise Interrupted("the source broke")
    if ending == "exit":
        sys.exit(3)
    if ending == "os_exit":
        os._exit(4)
    signals = {"sigint": signal.SIGINT, "sigterm": signal.SIGTERM, "sigkill": signal.SIGKILL}
    if ending not in signals:
        raise ValueError(f"not an ending of a run without an event loop: {ending!r}")
    os.kill(os.getpid(), signals[ending])
    _real_blocking_sleep(5)
    raise AssertionError(f"{ending} had no effect")


async def until(items: Iterable[T] | AsyncIterable[T], at: int, ending: str) -> AsyncIterator[T]:
    """The `items`; when the consumer asks for the one with index `at`, `ending` happens instead ("end": nothing)."""
    number = 0
    if isinstance(items, AsyncIterable):
        async for item in items:
            if number == at:
                await interrupt(ending)
            yield item
            number += 1
        return
    for item in items:
        if number == at:
            await interrupt(ending)
        yield item
        number += 1


def until_now(items: Iterable[T], at: int, ending: str) -> Iterator[T]:
    """`until` as a plain iterator."""
    for number, item in enumerate(items):
        if number == at:
            interrupt_now(ending)
        yield item


@contextlib.contextmanager
def instant_sleep(run: Run) -> Iterator[None]:
    """Make `asyncio.sleep` and `time.sleep` of more than 0 s return at once and be recorded as calls of kind "sleep".

    Enter it before the program is imported if that says ``from asyncio import sleep``.
    """

    async def asleep(delay: float, result: Any = None) -> Any:
        if delay > 0:
            run.record("sleep", seconds=delay, blocking=False)
        return await _real_sleep(0, result)

    def sleep(seconds: float) -> None:
        run.record("sleep", seconds=seconds, blocking=True)
        if seconds < 0:
            _real_blocking_sleep(seconds)  # the same ValueError

    asyncio.sleep, time.sleep = asleep, sleep  # type: ignore[assignment]
    try:
        yield
    finally:
        asyncio.sleep, time.sleep = _real_sleep, _real_blocking_sleep
