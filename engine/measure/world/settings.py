"""What a program has set in libraries that do something for it later: where its log goes, and jobs."""

from __future__ import annotations

import datetime
import logging
import sys
from collections.abc import Iterator
from typing import Any

from .callbacks import name_of

#: Seconds: what a scheduler does sooner may be done before it is looked at.
_SOON = 600
_OF_A_JOB = ("data", "chat_id", "user_id")


def logs() -> dict[str, list[Any]]:
    """Every logger that has a level or handlers of its own, by name."""
    known = [("root", logging.root), *sorted(logging.root.manager.loggerDict.items())]
    return {
        f"logger {name}": [each.level, each.propagate, *map(_handler, each.handlers)]
        for name, each in known
        if isinstance(each, logging.Logger) and (each.level or each.handlers)
    }


def _handler(handler: logging.Handler) -> list[Any]:
    shape = (getattr(handler.formatter, "_fmt", None), getattr(handler.formatter, "datefmt", None))
    return [type(handler).__name__, handler.level, *shape, len(handler.filters)]


def jobs(scheduler: Any) -> list[Any] | None:
    """What a scheduler of APScheduler is to do: what is called with what, and how often; None for anything else."""
    kind: Any = getattr(sys.modules.get("apscheduler.schedulers.base"), "BaseScheduler", None)
    if not isinstance(kind, type) or not issubclass(type(scheduler), kind):
        return None
    return sorted((list(_told(job)) for job in scheduler.get_jobs() if not _is_soon(job)), key=repr)


def _is_soon(job: Any) -> bool:
    next_time = getattr(job, "next_run_time", None)
    if next_time is None or type(job.trigger).__name__ != "DateTrigger":
        return False
    return bool((next_time - datetime.datetime.now(next_time.tzinfo)).total_seconds() < _SOON)


def _told(job: Any) -> Iterator[Any]:
    yield job.name
    kind = type(job.trigger).__name__
    yield kind
    yield str(job.trigger) if kind == "CronTrigger" else int(getattr(job.trigger, "interval_length", 0))
    for each in (job.func, *job.args):
        callback = getattr(each, "callback", each)
        if callable(callback):  # python-telegram-bot has a job of its own in that of the scheduler
            yield name_of(callback)
            yield [str(getattr(each, name)) for name in _OF_A_JOB if getattr(each, name, None) is not None]
        elif isinstance(each, (str, int, float)):
            yield each
