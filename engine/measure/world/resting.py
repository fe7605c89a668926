"""Whether the program's own tasks and threads that go on beside updates have come back to where they wait."""

from __future__ import annotations

import asyncio
import collections
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

from .counting import counts, real_sleep

#: Where something stands: lines of the program's own code, from the outermost to the innermost.
Places = dict[str, tuple[Any, ...]]
_STEP = 0.01
_THREAD = "thread "


def places() -> Places:
    """Where all of them stand, by name."""
    found: Places = {}
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        if own := tuple(_own(_awaited(task.get_coro()))):
            found[f"task {task.get_name()}"] = own
    frames = sys._current_frames()
    for thread in threading.enumerate():
        frame = frames.get(thread.ident or 0)
        if thread is not threading.current_thread() and (own := tuple(_own(_outwards(frame)))):
            found[f"{_THREAD}{thread.name}"] = own
    return found


def _awaited(coroutine: Any) -> Iterator[FrameType]:
    while (frame := getattr(coroutine, "cr_frame", None)) is not None:
        yield frame
        coroutine = coroutine.cr_await


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back


def _own(frames: Iterator[FrameType]) -> Iterator[tuple[Any, int]]:
    return ((frame.f_code, frame.f_lasti) for frame in frames if counts.is_own(frame.f_code.co_filename))


class Resting:
    """Waits for them, but not again for those that were waited for in vain."""

    def __init__(self, most: float, patience: int) -> None:
        self._most, self._patience = most, patience
        self._in_vain: collections.Counter[Any] = collections.Counter()

    async def wait(self, before: Places) -> None:
        """Until they are where they were, or for some time; threads that are new are waited for as well."""
        until = time.perf_counter() + self._most
        if before:
            await real_sleep(_STEP)  # what has been woken takes a moment to begin
        while moved := self._moved(before):
            if time.perf_counter() > until:
                self._in_vain.update(moved)
                return
            await real_sleep(_STEP)

    def _moved(self, before: Places) -> set[Any]:
        """The functions that those run which are elsewhere."""
        found = places().items()
        moved = [(name, at) for name, at in found if at != before.get(name, () if name.startswith(_THREAD) else at)]
        return {at[0][0] for _, at in moved if self._in_vain[at[0][0]] < self._patience}
