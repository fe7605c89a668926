"""What a program has set in libraries that do something for it later: where its log goes, and jobs."""

from __future__ import annotations

import asyncio
import datetime
import functools
import importlib
import inspect
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from .callbacks import name_of
from .hooks import replace

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


#: What the program has planned, by its name: it is run at some time.
planned: dict[str, Callable[[], Awaitable[Any]]] = {}


def watch_plans(plan: Callable[[str], None]) -> None:
    """Keep what is planned, and tell when it is due: what is due soon may be done before anybody looks at it."""
    try:
        base = importlib.import_module("apscheduler.schedulers.base").BaseScheduler
    except (ImportError, AttributeError):  # none, or of another release
        return
    add = base.add_job

    @functools.wraps(add)
    def add_job(self: Any, *given: Any, **named: Any) -> Any:
        job = add(self, *given, **named)
        plan(f"{list(_told(job))}{_due(job)}")
        if not str(getattr(job.func, "__module__", "")).startswith("telegram."):  # whose jobs it runs itself
            planned.setdefault(name_of(job.func), functools.partial(_run, job))
        return job

    replace(base, add_job=add_job)


async def _run(job: Any) -> None:
    """As its scheduler does it, whenever it is due."""
    if inspect.iscoroutinefunction(job.func):
        await job.func(*job.args, **job.kwargs)
    else:
        await asyncio.to_thread(job.func, *job.args, **job.kwargs)


def _due(job: Any) -> str:
    """In how many seconds, roughly: how long it took until then is no difference."""
    when = getattr(job.trigger, "run_date", None) or getattr(job.trigger, "start_date", None)
    if when is None:
        return ""
    left = (when - datetime.datetime.now(when.tzinfo)).total_seconds()
    step = max(5 * 10 ** (len(str(int(abs(left)))) - 2), 1)
    return f" in {round(left / step) * step:.0f} s"


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
