"""How long one step of the event loop keeps everybody else waiting, and in which line."""

from __future__ import annotations

import asyncio.events
import collections
import sys
import threading
import time
from typing import Any

from . import ending
from .counting import UPDATE, counts
from .hooks import replace

#: Seconds from which on a step counts as a stall.
STALL = 0.01
_LOOK = 0.005

#: The longest stall of each update: (seconds, ``file:line`` of the program's own code from the innermost outwards).
longest: dict[int, tuple[float, tuple[str, ...]]] = {}
#: The longest stalls under load: seconds.
under_load: list[float] = []
loaded = [False]

_started: list[float] = [0.0]
_seen: collections.Counter[tuple[str, ...]] = collections.Counter()
_run = asyncio.events.Handle._run


def _run_watched(self: Any) -> None:
    number = self._context.get(UPDATE)
    if number is None:  # an update's first step begins before it is known for which it is
        number = counts.delivered
    if number is None and not loaded[0]:
        return _run(self)
    number = number or 0
    asked = counts.not_slept.get(number, 0.0)
    _seen.clear()
    _started[0] = started = time.perf_counter()
    try:
        return _run(self)
    except SystemExit as end:
        ending.note(end.code, number)
    finally:
        _started[0] = 0.0
        took = time.perf_counter() - started + counts.not_slept.get(number, 0.0) - asked
        if took >= STALL:
            if loaded[0]:
                under_load.append(took)
            elif took > longest.get(number, (0.0, ()))[0]:
                places = _seen.most_common(1)
                longest[number] = took, places[0][0] if places else ("?",)


def _look() -> None:
    """From a thread of its own, see in which line of the program the loop is, as long as it is in one step."""
    while True:
        time_of = _started[0]
        if time_of and time.perf_counter() - time_of > _LOOK:
            frame = sys._current_frames().get(counts.loop_thread)
            places = tuple(place for place, _ in counts.places(frame))
            if places:
                _seen[places] += 1
        _pause(_LOOK)


_pause = time.sleep


def install() -> None:
    """Watch from now on. Call before `counting.install`, which replaces `time.sleep`."""
    replace(asyncio.events.Handle, _run=_run_watched)
    threading.Thread(target=_look, name="tgfix-stalls", daemon=True).start()
