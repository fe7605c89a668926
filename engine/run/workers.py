"""Work shared among processes that begin as copies of this one: what it has read and found out, they need not.

Threads would not help, as the work is Python's own; new interpreters would have to import and read everything again.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

#: Seconds after which a single piece of work counts as hanging.
LONGEST = 600.0


@dataclass(frozen=True, slots=True)
class Lost:
    """A piece of work that came to nothing; the reason is a clause."""

    reason: str


@dataclass(slots=True)
class _Worker:
    pid: int
    pipe: Connection
    #: The piece of work in hand, and when it was handed over.
    piece: int | None = None
    since: float = field(default_factory=time.monotonic)


def can_share() -> bool:
    """Whether processes can be copied here."""
    return hasattr(os, "fork") and sys.platform not in ("emscripten", "wasi")


def processors() -> int:
    """How many processors this process may use."""
    with suppress(AttributeError, OSError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared(
    pieces: Sequence[int], work: Callable[[int], Any], jobs: int, *, longest: float | None = None
) -> Iterator[tuple[int, Any]]:
    """The results of `work` for each of `pieces`, begun in their order by up to `jobs` processes, as they come.

    What a process that dies, hangs for longer than `longest` seconds or raises was doing is `Lost`; the others go on.
    """
    waiting = list(reversed(pieces))
    workers: list[_Worker] = []
    limit = LONGEST if longest is None else longest
    gc.collect()
    gc.freeze()  # else looking for cycles would copy every page that is shared
    try:
        while waiting or any(worker.piece is not None for worker in workers):
            while waiting and len(workers) < jobs:
                workers.append(_started(work, workers))
            for worker in workers:
                if worker.piece is None and waiting:
                    _hand_over(worker, waiting.pop())
            yield from _arrived(workers, limit)
    finally:
        for worker in workers:
            _end(worker)
        gc.unfreeze()


def _arrived(workers: list[_Worker], longest: float) -> Iterator[tuple[int, Any]]:
    """Wait for results; workers that are gone or hang are taken out."""
    from multiprocessing.connection import wait

    busy = {worker.pipe: worker for worker in workers if worker.piece is not None}
    first = min(worker.since for worker in busy.values()) + longest
    ready = wait(list(busy), max(0.0, first - time.monotonic()))
    for pipe in ready:
        worker = busy[pipe]  # type: ignore[index]
        piece = worker.piece
        assert piece is not None
        try:
            result = pickle.loads(worker.pipe.recv_bytes())
        except (EOFError, OSError):
            workers.remove(worker)
            result = Lost(f"the process that looked into it {_end(worker, dying=True)}")
        worker.piece = None
        yield piece, result
    for worker in list(workers):
        if worker.piece is not None and time.monotonic() - worker.since >= longest:
            workers.remove(worker)
            _end(worker)
            yield worker.piece, Lost(f"looking into it took longer than {longest:,.0f} seconds and was given up")


def _started(work: Callable[[int], Any], others: Sequence[_Worker]) -> _Worker:
    from multiprocessing.connection import Pipe

    ours, theirs = Pipe()
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    pid = os.fork()
    if pid:
        theirs.close()
        return _Worker(pid, ours)
    try:  # nothing of this process may go on in the copy: no handlers, no output, no clearing up
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        ours.close()
        for other in others:  # else this copy would keep another waiting for work that never comes
            other.pipe.close()
        _serve(theirs, work)
    finally:
        os._exit(1)


def _serve(pipe: Connection, work: Callable[[int], Any]) -> None:
    while True:
        try:
            piece = int(pipe.recv_bytes())
        except EOFError:
            os._exit(0)
        try:
            result: Any = work(piece)
            data = pickle.dumps(result, pickle.HIGHEST_PROTOCOL)
        except Exception as error:
            data = pickle.dumps(Lost(f"internal error: {type(error).__name__}: {error}"))
        pipe.send_bytes(data)


def _hand_over(worker: _Worker, piece: int) -> None:
    worker.piece, worker.since = piece, time.monotonic()
    with suppress(OSError):  # it is gone: `_arrived` finds that out
        worker.pipe.send_bytes(str(piece).encode())


def _end(worker: _Worker, *, dying: bool = False) -> str:
    """Stop a worker; how it ended, as a clause."""
    worker.pipe.close()
    if worker.piece is not None and not dying:  # an idle one ends when its pipe does
        with suppress(OSError):
            os.kill(worker.pid, signal.SIGKILL)
    with suppress(OSError):
        return _ended(os.waitpid(worker.pid, 0)[1])
    return "is gone"


def _ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"was ended by {signal.Signals(os.WTERMSIG(status)).name}"
    return f"ended with code {os.WEXITSTATUS(status)}"
