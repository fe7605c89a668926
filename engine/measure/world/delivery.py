"""Hand an application updates, one after the other, and write down what each made it do."""

from __future__ import annotations

import asyncio
import collections
import copy
import functools
import json
import random
import time
from pathlib import Path
from typing import Any

from telegram import Update
from telegram.ext import Application, BaseHandler, Job

from . import stalls
from .counting import UPDATE, counts, real_sleep
from .handlers import name_of
from .hooks import replace
from .telegram_side import Telegram

#: Seconds that an update may take, and that tasks it has left behind are waited for.
_LIMIT, _BEHIND = 8.0, 1.0
_KINDS = ("message", "edited_message", "channel_post", "edited_channel_post")


class Delivery:
    """Deliveries to one application."""

    def __init__(self, telegram: Telegram, http_log: Path) -> None:
        self.telegram = telegram
        self.steps: list[dict[str, Any]] = []
        #: Handlers that were called, by identity.
        self.called: set[int] = set()
        self.errors: dict[int | None, list[str]] = collections.defaultdict(list)
        self.callbacks: dict[int | None, list[str]] = collections.defaultdict(list)
        #: Every job that was made, by the name of its callback.
        self.jobs: dict[str, Any] = {}
        self._waiting: dict[int, asyncio.Future[None]] = {}
        self._tasks: dict[int, list[asyncio.Task[Any]]] = collections.defaultdict(list)
        self._numbers = 0
        self._log = http_log.open("r")

    def install(self) -> None:
        """Know which callbacks run, for which update, and when it is done."""
        process, handle, process_one = Application.process_update, BaseHandler.handle_update, Application.process_error
        create = Application.create_task

        @functools.wraps(process)
        async def process_update(application: Any, update: Any) -> None:
            number = getattr(update, "update_id", None)
            token = UPDATE.set(number)
            try:
                await process(application, update)
            finally:
                UPDATE.reset(token)
                self._finish(number)

        @functools.wraps(handle)
        async def handle_update(handler: Any, *arguments: Any) -> Any:
            self.called.add(id(handler))
            self.callbacks[UPDATE.get()].append(name_of(handler.callback))
            return await handle(handler, *arguments)

        @functools.wraps(process_one)
        async def process_error(application: Any, update: Any, error: Exception, *more: Any, **named: Any) -> Any:
            self.errors[UPDATE.get()].append(f"{type(error).__name__}: {error}"[:300])
            return await process_one(application, update, error, *more, **named)

        @functools.wraps(create)
        def create_task(application: Any, *arguments: Any, **named: Any) -> Any:
            task = create(application, *arguments, **named)
            number = UPDATE.get()
            if number is not None and isinstance(task, asyncio.Task):
                self._tasks[number].append(task)
            return task

        replace(Application, process_update=process_update, process_error=process_error, create_task=create_task)
        replace(BaseHandler, handle_update=handle_update)
        made = Job.__init__

        @functools.wraps(made)
        def initialise(job: Any, callback: Any, *arguments: Any, **named: Any) -> None:
            made(job, callback, *arguments, **named)
            self.jobs.setdefault(name_of(callback), job)

        replace(Job, __init__=initialise)

    def _finish(self, number: int | None) -> None:
        waiter = self._waiting.get(number or 0)
        if waiter is None or waiter.done():
            return
        behind = [task for task in self._tasks.pop(number or 0, ()) if not task.done()]
        if not behind:
            waiter.set_result(None)
            return
        done = asyncio.gather(*behind, return_exceptions=True)
        done.add_done_callback(lambda _: None if waiter.done() else waiter.set_result(None))

    def numbered(self, update: dict[str, Any]) -> dict[str, Any]:
        """A copy with the next number."""
        self._numbers += 1
        made = copy.deepcopy(update) | {"update_id": self._numbers}
        for kind in _KINDS:
            if kind in made:
                made[kind].setdefault("message_id", self._numbers)
        return made

    def made(self, application: Any, update: dict[str, Any]) -> Any:
        """An update as the library sees it, that is not delivered."""
        found = Update.de_json(self.numbered(update), application.bot)
        self._numbers -= 1
        return found

    async def put(self, application: Any, update: dict[str, Any], limit: float = _LIMIT) -> tuple[int, bool]:
        """Let one update be processed as polling does it; its number, and whether that took too long."""
        numbered = self.numbered(update)
        number: int = numbered["update_id"]
        self._waiting[number] = waiter = asyncio.get_running_loop().create_future()
        await application.update_queue.put(Update.de_json(numbered, application.bot))
        try:
            await asyncio.wait_for(waiter, limit)
        except asyncio.TimeoutError:
            return number, True
        finally:
            del self._waiting[number]
        return number, False

    async def run_job(self, application: Any, name: str) -> tuple[int, bool]:
        """Let a job run now, whenever it is scheduled for; its number, and whether that took too long."""
        self._numbers += 1
        number = self._numbers

        async def run() -> None:
            UPDATE.set(number)
            await self.jobs[name].run(application)

        try:
            await asyncio.wait_for(asyncio.create_task(run()), _LIMIT)
        except asyncio.TimeoutError:
            return number, True
        return number, False

    async def deliver(self, application: Any, update: dict[str, Any], **how: Any) -> dict[str, Any]:
        """Let one update be processed or ``{"job": name}`` run, alone; what it made the program do is a step."""
        before = asyncio.all_tasks()
        counts.delivered = self._numbers + 1
        random.seed(counts.delivered)
        started, cpu = time.perf_counter(), time.process_time()
        done = self.run_job(application, update["job"]) if "job" in update else self.put(application, update)
        number, late = await done
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        behind = [task for task in asyncio.all_tasks() - before if task is not asyncio.current_task()]
        if behind:
            await asyncio.wait(behind, timeout=_BEHIND)
        await real_sleep(0)
        counts.delivered = None
        step = {
            "update": update,
            **how,
            "callbacks": self.callbacks.get(number, []),
            "calls": self.telegram.calls.get(number, []),
            "errors": self.errors.get(number, []),
            "logs": counts.logs.get(number, []),
            "http": self.requests(),
            "counts": dict(counts.by_update.get(number, {})),
            "blocking": dict(counts.blocking.get(number, {})),
            "stall": stalls.longest.get(number),
            "seconds": took,
            "cpu": cpu,
            "late": late,
        }
        self.steps.append(step)
        return step

    def requests(self) -> list[dict[str, Any]]:
        """The HTTP requests that arrived since the last call."""
        return [json.loads(line) for line in self._log]
