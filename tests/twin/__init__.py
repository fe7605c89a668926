"""Twin runs: a program before and after a rewrite, under the same scenario, against the real libraries, compared in
everything it shows.

`program` has the words (`Case`, `Run`, `observe`), `worker` runs cases in processes of their own, `observation`
compares, `moments` makes things happen at message k. The worlds around a program are `twin.ptb` (python-telegram-bot
without network), `twin.telethon` (a client with a scripted sender) and `twin.http` (a recording loopback server); they
import their libraries, so import them where they are used.
"""

from __future__ import annotations

from . import moments
from .observation import Call, Logged, Observation, compare
from .plain import Raised, normalise, plain
from .program import Case, Run, ScenarioError, observe
from .worker import Outside, Worker, WorkerError

__all__ = [
    "Call",
    "Case",
    "Logged",
    "Observation",
    "Outside",
    "Raised",
    "Run",
    "ScenarioError",
    "Worker",
    "WorkerError",
    "compare",
    "moments",
    "normalise",
    "observe",
    "plain",
]
