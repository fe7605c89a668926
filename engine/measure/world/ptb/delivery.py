"""Hand an application of python-telegram-bot updates and jobs, and know which of its callbacks run."""

from __future__ import annotations

import asyncio
import collections
import functools
from pathlib import Path
from typing import Any

from telegram import Update as Received
from telegram.ext import Application, BaseHandler, Job

from .. import ending
from ..callbacks import name_of
from ..contents import Update
from ..counting import UPDATE, real_sleep
from ..delivery import LIMIT, Delivery
from ..hooks import replace
from ..telegram import Telegram
from .handlers import targets


class PtbDelivery(Delivery):
    """Deliveries to one application."""

    def __init__(self, world: Telegram, http_log: Path) -> None:
        super().__init__(world, http_log)
        self.application: Any = None
        self._tasks: dict[int, list[asyncio.Task[Any]]] = collections.defaultdict(list)

    def install(self) -> None:
        """Know which callbacks run, for which update, and when it is done."""
        process, handle, process_one = Application.process_update, BaseHandler.handle_update, Application.process_error
        create = Application.create_task

        @functools.wraps(process)
        async def process_update(application: Any, update: Any) -> None:
            number = getattr(update, "update_id", None)
            token = UPDATE.set(number)
            try:
                with ending.going_on():
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
        ending.hold_back(Application, "stop_running")
        made = Job.__init__

        @functools.wraps(made)
        def initialise(job: Any, callback: Any, *arguments: Any, **named: Any) -> None:
            made(job, callback, *arguments, **named)
            self.jobs.setdefault(name_of(callback), lambda: job.run(self.application))

        replace(Job, __init__=initialise)

    async def ready(self) -> None:
        """Wait for the updater."""
        for _ in range(100):
            if self.application.updater is None or self.application.updater.running:
                break
            await real_sleep(0.02)
        await real_sleep(0.2)

    def held(self) -> dict[str, Any]:
        """The data of users, of chats and of the bot, where conversations are, who is told of errors, and jobs."""
        stores = {name: getattr(self.application, name) for name in ("user_data", "chat_data")}
        data = {f"{name} {key}": data for name, store in stores.items() for key, data in store.items() if data}
        talks = {id(each.conversation): each.conversation for each in targets(self.application) if each.conversation}
        states = {f"conversation {number}": each._conversations for number, each in enumerate(talks.values(), 1)}
        told = [name_of(callback) for callback in getattr(self.application, "error_handlers", ())]
        known = {"bot_data": self.application.bot_data, "error handlers": told}
        scheduler = getattr(getattr(self.application, "_job_queue", None), "scheduler", None)
        return data | states | known | ({} if scheduler is None else {"job_queue": scheduler})

    def handlers(self) -> list[tuple[Any, bool]]:
        """Those of the application, and of its conversations."""
        return [(t.handler.callback, id(t.handler) in self.called) for t in targets(self.application)]

    def _finish(self, number: int | None) -> None:
        behind = [task for task in self._tasks.pop(number or 0, ()) if not task.done()]
        if not behind:
            self.finish(number)
            return
        done = asyncio.gather(*behind, return_exceptions=True)
        done.add_done_callback(lambda _: self.finish(number))

    def received(self, numbered: Update) -> Any:
        """A `telegram.Update`."""
        return Received.de_json(numbered, self.application.bot)

    async def put(self, update: Update, limit: float = LIMIT) -> tuple[int, bool]:
        """Let one update be processed as polling does it; its number, and whether that took too long."""
        numbered = self.numbered(update)
        put = self.application.update_queue.put(self.received(numbered))
        return await self.processed(numbered["update_id"], put, limit)
