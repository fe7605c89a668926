"""Hand a program updates, one after the other, and write down what each made it do."""

from __future__ import annotations

import abc
import asyncio
import collections
import copy
import json
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from . import resting, settings, stalls, standins, values
from .contents import Update
from .counting import UPDATE, counts, real_sleep
from .memory import Memory
from .telegram import Telegram

#: Seconds that an update may take, and that tasks it has left behind are waited for.
LIMIT, _BEHIND = 8.0, 1.0
#: How often tasks of a kind are waited for that then still go on.
_PATIENCE = 2
#: Seconds that lie between two updates, by the program's clock: many let nobody write faster.
_BETWEEN = 5.0
_KINDS = ("message", "edited_message", "channel_post", "edited_channel_post")


class Delivery(abc.ABC):
    """Deliveries to one program; a library's own says how an update gets to it."""

    def __init__(self, telegram: Telegram, http_log: Path) -> None:
        self.telegram = telegram
        self.steps: list[dict[str, Any]] = []
        #: Handlers that were called, by identity.
        self.called: set[int] = set()
        self.errors: dict[int | None, list[str]] = collections.defaultdict(list)
        self.callbacks: dict[int | None, list[str]] = collections.defaultdict(list)
        #: What the program does at times of its own, by name.
        self.jobs: dict[str, Callable[[], Awaitable[Any]]] = settings.planned
        self._numbers = 0
        self._waiting: dict[int, asyncio.Future[None]] = {}
        #: What the program holds in memory; looked at where two runs are compared.
        self.memory = Memory(
            lambda: settings.logs() | self.held(), lambda: [callback for callback, _ in self.handlers()]
        )
        self.is_compared = False
        self._log, self._read = http_log, 0
        self._resting = resting.Resting(_BEHIND, _PATIENCE)
        #: How often tasks of a kind were waited for in vain.
        self._going_on: collections.Counter[str] = collections.Counter()

    @abc.abstractmethod
    async def ready(self) -> None:
        """Return when the program takes updates."""

    @abc.abstractmethod
    async def put(self, update: Update, limit: float = LIMIT) -> tuple[int, bool]:
        """Let one update be processed; its number, and whether that took too long."""

    @abc.abstractmethod
    def handlers(self) -> list[tuple[Any, bool]]:
        """Every callback that is registered, and whether it ran."""

    async def stop(self) -> None:
        """Let the program come to its end as it does when somebody presses Ctrl-C."""
        os.kill(os.getpid(), signal.SIGINT)

    def held(self) -> dict[str, Any]:
        """What the library keeps for the program until the next update, by name."""
        return {}

    def kept(self) -> dict[str, str | None]:
        """What is kept, where that has changed since the last call."""
        if not self.is_compared:
            return {}
        with values.unwatched():
            return self.memory.changed()

    def finish(self, number: int | None) -> None:
        """Tell whoever waits in `processed` that there is nothing more to do for an update."""
        waiter = self._waiting.get(number or 0)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    async def processed(self, number: int, sent: Awaitable[Any], limit: float) -> tuple[int, bool]:
        """Send an update and wait until it is finished; its number, and whether that took too long."""
        self._waiting[number] = waiter = asyncio.get_running_loop().create_future()
        try:
            await sent
            await asyncio.wait_for(waiter, limit)
        except asyncio.TimeoutError:
            return number, True
        finally:
            del self._waiting[number]
        return number, False

    def numbered(self, update: Update) -> Update:
        """A copy with the next number."""
        self._numbers += 1
        made = copy.deepcopy(update) | {"update_id": self._numbers}
        for kind in _KINDS:
            if kind in made:
                made[kind].setdefault("message_id", self._numbers)
        return made

    @abc.abstractmethod
    def received(self, numbered: Update) -> Any:
        """An update as the library sees it."""

    def made(self, update: Update) -> Any:
        """An update as the library sees it, that is not delivered."""
        try:
            return self.received(self.numbered(update))
        finally:  # also where the library does not know such an update
            self._numbers -= 1

    async def run_job(self, name: str) -> tuple[int, bool]:
        """Let a job run now, whenever it is scheduled for; its number, and whether that took too long."""
        self._numbers += 1
        number = self._numbers

        async def run() -> None:
            UPDATE.set(number)
            await self.jobs[name]()

        try:
            await asyncio.wait_for(asyncio.create_task(run()), LIMIT)
        except asyncio.TimeoutError:
            return number, True
        return number, False

    async def deliver(self, update: Update, **how: Any) -> dict[str, Any]:
        """Let one update be processed or ``{"job": name}`` run, alone; what it made the program do is a step."""
        before, places = asyncio.all_tasks(), resting.places()
        counts.delivered = self._numbers + 1
        counts.ahead += _BETWEEN
        random.seed(counts.delivered)
        started, cpu = time.perf_counter(), time.process_time()
        done = self.run_job(update["job"]) if "job" in update else self.put(update)
        number, late = await done
        took, cpu = time.perf_counter() - started, time.process_time() - cpu
        await self._wait_for(asyncio.all_tasks() - before)
        await real_sleep(0)
        await self._resting.wait(places)
        counts.delivered = None
        return self.done({"update": update, **how}, number, seconds=took, cpu=cpu, late=late)

    async def _wait_for(self, behind: set[asyncio.Task[Any]]) -> None:
        """Wait for tasks that an update has left behind, but for those of a kind that was seen to go on."""
        kinds = {task: str(getattr(task.get_coro(), "__qualname__", "")) for task in behind - {asyncio.current_task()}}
        waited = [task for task, kind in kinds.items() if self._going_on[kind] < _PATIENCE]
        if waited:
            _, still = await asyncio.wait(waited, timeout=_BEHIND)
            self._going_on.update(kinds[task] for task in still)

    def done(self, how: dict[str, Any], number: int | None, **taken: Any) -> dict[str, Any]:
        """What was done for an update is a step; for None, what was done for none."""
        step = {
            **how,
            "callbacks": self.callbacks.get(number, []),
            "calls": self.telegram.calls.get(number, []),
            "errors": [*self.errors.get(number, []), *counts.failures.get(number or 0, [])],
            "logs": counts.logs.get(number or 0, []),
            "printed": "".join(counts.printed.get(number or 0, ())).splitlines(),
            "planned": counts.planned.get(number or 0, []),
            "paused": round(counts.paused.get(number or 0, 0.0), 3),
            "kept": self.kept(),
            "values": values.left.pop(number or 0, {}),
            "asked": standins.asked.get(number or 0, []),
            "http": self.requests(),
            "counts": dict(counts.by_update.get(number or 0, {})),
            "blocking": dict(counts.blocking.get(number or 0, {})),
            "stall": stalls.longest.get(number or 0),
            **taken,
        }
        self.steps.append(step)
        return step

    def requests(self) -> list[dict[str, Any]]:
        """The HTTP requests that arrived since the last call."""
        with self._log.open() as log:
            log.seek(self._read)
            lines = log.readlines()
            self._read = log.tell()
        return [json.loads(line) for line in lines]
