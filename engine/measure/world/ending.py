"""A program that would end, or start itself anew, for an update goes on: that it would is what it does, and others are to come."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

from .counting import UPDATE, counts
from .hooks import listen, replace

#: `os._exit`, for the world itself.
leave = os._exit


def note(how: object, number: int | None = None) -> None:
    """Write down that an update, the running one if no other is given, ends the program."""
    counts.failures[number or counts.update or 0].append(f"the program ends ({how})")


@contextlib.contextmanager
def going_on() -> Iterator[None]:
    """Around what the library does for an update."""
    try:
        yield
    except SystemExit as end:
        note(end.code)


def _exit(code: int) -> None:
    if counts.update is None:
        leave(code)
    raise SystemExit(code)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if counts.update is None:
        return
    if event == "os.exec":
        raise SystemExit("starts itself anew")
    if event == "os.kill" and arguments[0] in (os.getpid(), os.getpgrp(), 0):
        raise SystemExit(f"signal {arguments[1]}")


def _raise_signal(number: int) -> None:
    os.kill(os.getpid(), number)


def install() -> None:
    """Go on from now on."""
    listen(_audit, "os.exec", "os.kill")
    replace(os, _exit=_exit)
    replace(signal, raise_signal=_raise_signal)


def hold_back(owner: type[Any], name: str, is_meant: Callable[[Any], bool] = lambda _: True) -> None:
    """Let a method that ends the program do nothing while an update is worked for, where `is_meant` says so of its object."""
    method = getattr(owner, name, None)
    if method is None:  # of a release before it
        return

    @functools.wraps(method)
    def held(self: Any, *given: Any, **named: Any) -> Any:
        if UPDATE.get() is None or not is_meant(self):
            return method(self, *given, **named)
        note(name)
        done = asyncio.get_running_loop().create_future()
        done.set_result(None)
        return done

    replace(owner, **{name: held})
