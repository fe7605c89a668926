"""Threads that take a step when they are told to: a line of the program's own code."""

from __future__ import annotations

import asyncio
import functools
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

#: The name under which programs are compiled; lines of other code are no steps.
PROGRAM = "<program>"

_current = threading.local()


class _GivenUp(BaseException):
    """Ends a thread whose run is over."""


class Thread:
    """A function in a thread of its own that stands still but for its steps."""

    def __init__(self, function: Callable[..., Any], arguments: tuple[Any, ...] = ()) -> None:
        self.over = False
        self._function: Callable[[], Any] = functools.partial(function, *arguments)
        #: Whether what others do between its end and its result's arrival makes no difference.
        self.brings_nothing = innermost(function).__name__ in ("open", "close")
        self._whole = not _needs_a_thread(innermost(function))
        self._result: Any = None
        self._error: BaseException | None = None
        self._waits_for: Callable[[], bool] | None = None
        self._given_up = False
        self._began = False
        self._go, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._thread: threading.Thread | None = None

    def step(self) -> None:
        """Run to the next line of the program, or to the end."""
        if self._whole:
            self._run_whole()
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, daemon=True)
            self._thread.start()
        self._go.release()
        self._done.acquire()

    def can_go_on(self) -> bool:
        """Whether the lock that it waits for, if any, is free."""
        return self._waits_for is None or self._waits_for()

    def hand_over(self, future: asyncio.Future[Any]) -> None:
        """Give the result or the exception to whoever awaits it."""
        if self._error is None:
            future.set_result(self._result)
        else:
            future.set_exception(self._error)

    def give_up(self) -> None:
        """End the thread where it stands."""
        if self._thread is not None and not self.over:
            self._given_up = True
            self.step()
        if self._thread is not None:
            self._thread.join()

    def pause(self, until: Callable[[], bool] | None = None) -> None:
        """Stand still, seen from within: until the next step, and until `until` holds."""
        self._waits_for = until
        self._done.release()
        self._go.acquire()
        self._waits_for = None
        if self._given_up:
            raise _GivenUp

    def _run_whole(self) -> None:
        """In one step, in the thread that is running: as good and much faster where nobody can see the difference."""
        self.over = True
        try:
            self._result = self._function()
        except BaseException as error:
            self._error = error

    def _run(self) -> None:
        self._go.acquire()
        _current.thread = self
        sys.settrace(self._enter)
        try:
            self._result = self._function()
        except _GivenUp:
            pass
        except BaseException as error:
            self._error = error
        finally:
            sys.settrace(None)
            self.over = True
            self._done.release()

    def _enter(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        return self._line if frame.f_code.co_filename == PROGRAM else None

    def _line(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        if event == "line" and self._began and not self._given_up:
            self.pause()
        self._began = True
        return self._line


def current() -> Thread | None:
    """The stepping thread in which this code runs, None in the event loop."""
    found: Thread | None = getattr(_current, "thread", None)
    return found


def innermost(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function that `asyncio.to_thread` was given."""
    while isinstance(function, functools.partial):
        function = function.args[0] if function.args and callable(function.args[0]) else function.func
    return function


def _needs_a_thread(function: Callable[..., Any]) -> bool:
    """Whether it is code of the program, or belongs to an object that knows its thread."""
    code = getattr(function, "__code__", None)
    owner = type(getattr(function, "__self__", None)).__module__
    return (code is not None and code.co_filename == PROGRAM) or owner == "sqlite3"
