"""The progress bar on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .output import is_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class Bar:
    """A progress bar on stderr that appears only when the work takes longer than a moment and leaves nothing behind."""

    #: Seconds before it appears.
    DELAY = 0.4

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._progress: Progress | None = None
        self._task: TaskID | None = None

    def __call__(self, done: int, total: int) -> None:
        """Show that `done` of `total` files are examined."""
        if self._progress is None:
            if time.monotonic() - self._started < self.DELAY:
                return
            from rich.console import Console
            from rich.progress import Progress

            self._progress = Progress(console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task("examining", total=total)
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def close(self) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()


@contextmanager
def progress(*, quiet: bool) -> Iterator[Bar | None]:
    """A bar for as long as files are examined; None where nobody would see it, or it is not wanted."""
    bar = None if quiet or not is_terminal(sys.stderr) else Bar()
    try:
        yield bar
    finally:
        if bar is not None:
            bar.close()
