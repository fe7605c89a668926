"""A place of the program that shows what runs beside what."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import Path

from .program import FunctionPlace


class Beside(enum.Enum):
    """How code comes to run beside the handlers of updates."""

    JOB = "job"
    TASK = "task"
    THREAD = "thread"
    #: A handler that is not waited for: ``block=False``, ``run_async=True``.
    UNBLOCKED = "unblocked"
    #: Error handlers run inside the update that failed, and in a task of their own where polling fails.
    ERROR_HANDLER = "error handler"
    #: python-telegram-bot saves what handlers keep in `user_data` and its like from time to time.
    PERSISTENCE = "persistence"
    SERVER = "server"
    SCHEDULER = "scheduler"
    #: A second client, application or bot.
    CLIENT = "client"
    #: Code that goes on after it has started the bot.
    CALLER = "caller"
    #: A function is handed to something that is not known.
    CALLBACK = "callback"
    #: What a file does is not known: it cannot be read, or runs code that it makes up.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place, and what it says."""

    #: A clause without a period, names in backticks: "`tick` runs as a job".
    sentence: str
    path: Path
    #: 1-based.
    line: int
    kind: Beside | None = None
    #: The function of the project that runs beside; None where it is none, or is not known.
    runs: FunctionPlace | None = None

    def located(self, root: Path) -> str:
        """The sentence behind its place: "bot.py:12: `tick` runs as a job"."""
        path = self.path.relative_to(root) if self.path.is_relative_to(root) else self.path
        return f"{path.as_posix()}:{self.line}: {self.sentence}"
