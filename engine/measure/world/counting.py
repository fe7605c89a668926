"""What is counted while a program runs: for which update, and on which thread."""

from __future__ import annotations

import asyncio
import asyncio.tasks
import collections
import contextlib
import contextvars
import functools
import http.client
import logging
import os
import re
import subprocess
import sys
import threading
import time
import traceback
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

from .hooks import listen, replace

#: The number of the update that code works for.
UPDATE: contextvars.ContextVar[int | None] = contextvars.ContextVar("update", default=None)
#: Sleeps in handlers are cut to so many seconds; what was asked for is counted as it was.
LONGEST_SLEEP = 0.1
#: When so many seconds of an update went into sleeps, further ones are cut to less: animations are long.
_SLEPT, _THEN = 1.0, 0.02
#: Whether the line of a log that is being written is the program's own; None where none is.
LOGGED: contextvars.ContextVar[bool | None] = contextvars.ContextVar("logged", default=None)
#: What two runs log otherwise whatever they do, and what a change moves.
_FIXED = {"created": 1.7e9, "msecs": 0.0, "relativeCreated": 0.0, "lineno": 1, "process": 1, "thread": 1}
_TRACE = re.compile(r"Traceback \(most recent call last\):\n(?:[ \t]+.*\n)*")
#: The module whose threads run what they are handed.
_POOL = "concurrent.futures.thread"
#: Suffixes of files that Python itself opens.
_CODE = (".py", ".pyc", ".so", ".pyi", ".pyd")
_INSTALLS = re.compile(
    r"\b(pip[\d.]*|uv|pipx|poetry|conda)\b.{0,80}?\b(install|uninstall|sync|add|remove|update)\b", re.DOTALL
)

#: Such commands, which are not run.
not_run: dict[str, None] = {}

_sleep, _asleep, _time = time.sleep, asyncio.sleep, time.time
_popen, _system = subprocess.Popen.__init__, os.system


class Counts:
    """The counters of a run. One instance, `counts`, serves the process."""

    def __init__(self) -> None:
        #: The directory of the program.
        self.project = os.getcwd()
        #: The thread of the event loop.
        self.loop_thread = threading.get_ident()
        #: The update that is being delivered: what threads without a context of their own work for.
        self.delivered: int | None = None
        #: Threads that pause by themselves while no update is delivered: what those do at their own pace belongs to none.
        self._of_own_pace: weakref.WeakSet[threading.Thread] = weakref.WeakSet()
        #: By update; 0 is for start-up and what runs beside updates, as in `blocking`.
        self.by_update: dict[int, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        #: What blocked the loop's thread, and where: ``file opens|bot.py:12|start``.
        self.blocking: dict[int, collections.Counter[str]] = collections.defaultdict(collections.Counter)
        self.logs: dict[int, list[str]] = collections.defaultdict(list)
        #: What the program's own code prints, or its log.
        self.printed: dict[int, list[str]] = collections.defaultdict(list)
        #: Errors of the program's own code that a library has caught and logged.
        self.failures: dict[int, list[str]] = collections.defaultdict(list)
        #: Jobs that the program plans.
        self.planned: dict[int, list[str]] = collections.defaultdict(list)
        #: Seconds of sleep that were asked for and not slept, by update: a stall is as long as it would have been.
        self.not_slept: dict[int, float] = collections.defaultdict(float)

        #: Seconds that were slept on the loop, by update.
        self.slept: dict[int, float] = collections.defaultdict(float)
        #: Seconds by which the clock is ahead: people do not write several times in the same moment.
        self.ahead = 0.0
        #: Seconds that the program's own code paused, by update, however it did so.
        self.paused: dict[int, float] = collections.defaultdict(float)

    @property
    def update(self) -> int | None:
        """The update that the running code works for."""
        number = UPDATE.get()
        if number is not None or threading.get_ident() == self.loop_thread:
            return number
        return None if threading.current_thread() in self._of_own_pace else self.delivered

    def add(self, what: str, *, blocks: bool = False) -> None:
        """Count something for the running update; `blocks`: it keeps the thread waiting."""
        number = self.update or 0
        self.by_update[number][what] += 1
        if blocks and threading.get_ident() == self.loop_thread:
            self.by_update[number]["blocking calls"] += 1
            self.blocking[number]["|".join((what, *self.place(sys._getframe(1))))] += 1

    def is_own(self, file: str) -> bool:
        """Whether a file, by its absolute path, is the program's."""
        return file.startswith(self.project + os.sep)

    def pause(self, seconds: float, frame: FrameType) -> None:
        """Count a pause that the code of a frame makes: the program's own, or what runs a function in a thread."""
        if self.is_own(frame.f_code.co_filename) or frame.f_globals.get("__name__") == _POOL:
            self.paused[self.update or 0] += seconds

    def goes_at_its_own_pace(self, frame: FrameType | None) -> None:
        """Note that the thread of a frame pauses for no update, unless it is of a pool, which works for anybody."""
        while frame is not None and frame.f_globals.get("__name__") != _POOL:
            frame = frame.f_back
        if frame is None and threading.get_ident() != self.loop_thread:
            self._of_own_pace.add(threading.current_thread())

    def place(self, frame: FrameType | None) -> tuple[str, str]:
        """``file:line`` of the innermost frame that is the program's own, and its function; empty where there is none."""
        return next(self.places(frame), ("", ""))

    def places(self, frame: FrameType | None) -> Iterator[tuple[str, str]]:
        """The same of all such frames, from the innermost outwards."""
        while frame is not None:
            name = frame.f_code.co_filename
            if self.is_own(name):
                yield f"{os.path.relpath(name, self.project)}:{frame.f_lineno}", frame.f_code.co_name
            frame = frame.f_back


counts = Counts()


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        path = arguments[0]
        path = os.fsdecode(path) if isinstance(path, bytes) else path
        if isinstance(path, str) and not path.endswith(_CODE) and os.path.abspath(path).startswith(counts.project):
            counts.add("file opens", blocks=True)
    elif event in ("subprocess.Popen", "os.system") and _INSTALLS.search(repr(arguments)):  # by another way
        raise PermissionError("no packages are installed or removed while measuring")
    elif event == "subprocess.Popen":
        counts.add("processes", blocks=not _is_asynchronous(sys._getframe(1)))
    elif event == "sqlite3.connect":
        counts.add("SQLite connections", blocks=True)


def _is_asynchronous(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__") == "asyncio.unix_events":
            return True
        frame = frame.f_back
    return False


def _is_left_out(command: Any) -> bool:
    """Whether a command would change the Python that the owner's bot runs with."""
    text = (
        command
        if isinstance(command, str)
        else " ".join(map(str, command))
        if isinstance(command, (list, tuple))
        else ""
    )
    if _INSTALLS.search(text):
        not_run.setdefault(text[:100])
    return _INSTALLS.search(text) is not None


def _begin(self: Any, args: Any, *given: Any, **named: Any) -> None:
    """In the place of the constructor of `subprocess.Popen`: what is left out is done at once."""
    if _is_left_out(args):
        args, named = [sys.executable, "-S", "-c", ""], named | {"shell": False, "executable": None}
    _popen(self, args, *given, **named)


def _run(command: Any) -> int:
    """In the place of `os.system`."""
    return 0 if _is_left_out(command) else _system(command)


def sleep(seconds: float) -> None:
    """In the place of `time.sleep`."""
    number = counts.update
    if number is None:
        counts.goes_at_its_own_pace(sys._getframe(1))
        return _sleep(seconds)
    counts.add("time.sleep", blocks=True)
    counts.pause(seconds, sys._getframe(1))
    if seconds > LONGEST_SLEEP and threading.get_ident() == counts.loop_thread:
        counts.not_slept[number] += seconds - LONGEST_SLEEP
    return _sleep(min(seconds, LONGEST_SLEEP))


def now() -> float:
    """In the place of `time.time`."""
    return _time() + counts.ahead


def asynchronous_sleep(delay: float, result: Any = None) -> Any:
    """In the place of `asyncio.sleep`."""
    counts.pause(delay, sys._getframe(1))
    number = UPDATE.get()
    if number is not None:
        delay = min(delay, LONGEST_SLEEP if counts.slept[number] < _SLEPT else _THEN)
        counts.slept[number] += delay
    return _asleep(delay, result)


async def real_sleep(delay: float) -> None:
    """`asyncio.sleep` for the world itself."""
    await _asleep(delay)


def _counting(what: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*arguments: Any, **named: Any) -> Any:
        counts.add(what, blocks=True)
        return function(*arguments, **named)

    return called


class _Logs(logging.Handler):
    """Keeps what the program's own code logs for an update, and the errors of it that others log."""

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if not _is_logged_by_own(record):
            # asyncio tells of tasks that nobody waits for whenever their memory is needed
            if error is not None and record.name != "asyncio" and _is_own(error):
                counts.failures[counts.update or 0].append(f"{type(error).__name__}: {error}"[:300])
            return
        text = f"{record.levelname} {record.getMessage()}"
        counts.logs[counts.update or 0].append(text if error is None else f"{text} ({type(error).__name__}: {error})")


def _is_logged_by_own(record: logging.LogRecord) -> bool:
    return counts.is_own(os.path.abspath(record.pathname))


def _is_own(error: BaseException) -> bool:
    """Whether the program's own code raised it, or called what did."""
    return any(counts.is_own(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__))


def _watch_logs() -> None:
    kept, call_handlers = _Logs(), logging.Logger.callHandlers

    def call(logger: logging.Logger, record: logging.LogRecord) -> None:
        with contextlib.suppress(Exception):  # a message that does not fit its arguments: the program's own affair
            kept.emit(record)
        record.__dict__.update(_FIXED)
        token = LOGGED.set(_is_logged_by_own(record))
        try:
            call_handlers(logger, record)
        finally:
            LOGGED.reset(token)

    replace(logging.Logger, callHandlers=call)


def _watch_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        replace(stream, write=noting(stream.write))


def noting(write: Callable[[str], int]) -> Callable[[str], int]:
    """A stream's `write` that notes what the program's own code writes."""

    @functools.wraps(write)
    def noted(text: str) -> int:
        logged, frame = LOGGED.get(), sys._getframe(1)
        if logged or (logged is None and frame.f_globals.get("__name__") != "warnings" and any(counts.place(frame))):
            # without what was called from where: that is the library's, and lines move
            counts.printed[counts.update or 0].append(_TRACE.sub("<traceback>\n", text))
        return write(text)

    return noted


def install(project: str) -> None:
    """Count from now on; `project` is the directory of the program."""
    counts.project = project
    listen(_audit, "open", "subprocess.Popen", "os.system", "sqlite3.connect")
    replace(time, sleep=sleep, time=now)
    replace(subprocess.Popen, __init__=_begin)
    replace(os, system=_run)
    for module in (asyncio, asyncio.tasks):
        replace(module, sleep=asynchronous_sleep)
    connection = http.client.HTTPConnection
    replace(connection, getresponse=_counting("blocking HTTP requests", connection.getresponse))
    _watch_logs()
    _watch_output()
