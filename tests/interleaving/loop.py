"""An asyncio event loop whose outside events happen in an order that is chosen, one at a time."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
from asyncio import events
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from .threads import Thread, innermost

#: Choices after which a run is given up: no program of the tests needs as many.
LONGEST = 80


class TooLong(Exception):
    """A run has made more choices than any program of the tests should."""


@dataclass(slots=True)
class Outside:
    """Something that may happen next. `possible` says whether it can at the moment."""

    happen: Callable[[], object]
    possible: Callable[[], bool] = lambda: True


class Loop(asyncio.AbstractEventLoop):
    """Runs what is ready in asyncio's order, and asks `choose` which of the outside events comes next.

    `choose` gets the number of events and gives the index of one. Delays have no length: a sleep may end before
    another that was to be shorter, as a slow machine or network has it.
    """

    def __init__(self, choose: Callable[[int], int]) -> None:
        self.stuck = False
        self._choose = choose
        self._ready: deque[asyncio.Handle] = deque()
        self._outside: list[Outside] = []
        self._threads: list[Thread] = []
        self._tasks: list[asyncio.Task[Any]] = []

    def run(self) -> None:
        """Run until nothing is left to happen.

        `stuck` tells afterwards whether tasks still wait for something that never comes. Raises TooLong.
        """
        before = events._get_running_loop()
        events._set_running_loop(self)
        try:
            for _ in range(LONGEST):
                self._run_ready()
                possible = [outside for outside in self._outside if outside.possible()]
                if self.stuck or not possible:
                    break
                chosen = possible[self._choose(len(possible)) if len(possible) > 1 else 0]
                self._outside.remove(chosen)
                chosen.happen()
            else:
                raise TooLong
            self.stuck = self.stuck or any(not task.done() for task in self._tasks)
        finally:
            self._end()
            events._set_running_loop(before)

    def later(self, happen: Callable[[], object]) -> None:
        """Let `happen` be one of the outside events."""
        self._outside.append(Outside(happen))

    async def outside(self) -> None:
        """Wait for an outside event, as for the answer to a request."""
        future = self.create_future()
        self.later(lambda: None if future.done() else future.set_result(None))
        await future

    def _run_ready(self) -> None:
        while self._ready and not self.stuck:
            handle = self._ready.popleft()
            if not handle.cancelled():
                handle._run()

    def _end(self) -> None:
        for thread in self._threads:
            thread.give_up()
        for task in self._tasks:
            if not task.done():
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                coroutine = task.get_coro()
                assert coroutine is not None
                with contextlib.suppress(RuntimeError, ValueError):  # its `finally` awaits; nobody looks any more
                    coroutine.close()

    # what asyncio asks of an event loop

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.Handle:
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_at(  # type: ignore[override]
        self, when: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._outside.append(Outside(lambda: self._ready.append(handle), lambda: not handle.cancelled()))
        return handle

    def call_later(  # type: ignore[override]
        self, delay: float, callback: Callable[..., object], *args: Any, context: contextvars.Context | None = None
    ) -> asyncio.TimerHandle:
        return self.call_at(delay, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]
        self, executor: object, function: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Run a function in a thread that takes one step each time it is chosen; that its result arrives is one more
        event. What only reads the world outside (see `world.reads_only`) is one event altogether.
        """
        future = self.create_future()
        if getattr(innermost(function), "reads_only", False):
            self.later(lambda: None if future.done() else future.set_result(function(*args)))
            return future
        thread = Thread(function, args)
        self._threads.append(thread)

        def step() -> None:
            thread.step()
            if thread.over and thread.brings_nothing:
                thread.hand_over(future)
            elif thread.over:
                self.later(lambda: None if future.done() else thread.hand_over(future))
            else:
                self._outside.append(Outside(step, thread.can_go_on))

        self._outside.append(Outside(step))
        return future

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(self, coro: Coroutine[Any, Any, Any], **keywords: Any) -> asyncio.Task[Any]:  # type: ignore[override]
        task = asyncio.Task(coro, loop=self, **keywords)
        self._tasks.append(task)
        return task

    def time(self) -> float:
        return 0.0

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return True

    def is_closed(self) -> bool:
        return False

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """Nothing: what a handler raises is recorded where it is run."""

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing: a cancelled timer is passed over."""
