"""Hand a dispatcher of aiogram updates, and know which of its callbacks run."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from aiogram import Dispatcher
from aiogram.dispatcher.event.bases import CancelHandler, SkipHandler
from aiogram.dispatcher.event.handler import HandlerObject
from aiogram.types import Update as Received

from .. import ending
from ..callbacks import name_of
from ..contents import Update
from ..counting import UPDATE, real_sleep
from ..delivery import LIMIT, Delivery
from ..hooks import replace
from ..telegram import Telegram
from .handlers import is_own, surroundings, targets


class AiogramDelivery(Delivery):
    """Deliveries to one dispatcher, for its first bot."""

    def __init__(self, world: Telegram, http_log: Path) -> None:
        super().__init__(world, http_log)
        #: Every bot that the program has made.
        self.bots: list[Any] = []
        self.bot: Any = None
        self.dispatcher: Any = None
        #: What is polled by the bots; there is none where a webhook is to bring updates.
        self._polled: dict[Any, asyncio.Queue[Any]] = {}
        self._told: BaseException | None = None

    def install(self, started: Callable[[Delivery], None]) -> None:
        """Know the program's dispatcher, which callbacks run, for which update, and when it is done."""
        start, process, call = Dispatcher.emit_startup, Dispatcher._process_update, HandlerObject.call
        feed = Dispatcher.feed_update

        @functools.wraps(start)
        async def emit_startup(dispatcher: Any, /, *arguments: Any, **named: Any) -> None:
            await start(dispatcher, *arguments, **named)
            if self.dispatcher is None:
                self.dispatcher, self.bot = dispatcher, named.get("bot") or self.bots[0]
                started(self)

        async def listen_updates(cls: Any, bot: Any, *_: Any, **__: Any) -> AsyncIterator[Any]:
            queue = self._polled.setdefault(bot, asyncio.Queue())
            while True:
                yield await queue.get()

        @functools.wraps(process)
        async def process_update(dispatcher: Any, /, bot: Any, update: Any, *more: Any, **named: Any) -> bool:
            token = UPDATE.set(update.update_id)
            is_handled = False
            try:
                with ending.going_on():
                    is_handled = await process(dispatcher, bot, update, *more, **named)
                return is_handled
            finally:
                UPDATE.reset(token)
                self.finish(update.update_id)

        @functools.wraps(call)
        async def called(handler: Any, /, *arguments: Any, **named: Any) -> Any:
            if is_own(handler):
                self.called.add(id(handler))
                self.callbacks[UPDATE.get()].append(name_of(handler.callback))
            try:
                return await call(handler, *arguments, **named)
            except (SkipHandler, CancelHandler):
                raise
            except Exception as error:
                self._failed(error)
                raise

        @functools.wraps(feed)
        async def feed_update(dispatcher: Any, /, *arguments: Any, **named: Any) -> Any:
            try:
                return await feed(dispatcher, *arguments, **named)
            except Exception as error:  # of a middleware or a filter
                self._failed(error)
                raise

        replace(
            Dispatcher,
            emit_startup=emit_startup,
            _listen_updates=classmethod(listen_updates),
            _process_update=process_update,
            feed_update=feed_update,
        )
        replace(HandlerObject, call=called)
        ending.hold_back(Dispatcher, "stop_polling")

    def _failed(self, error: Exception) -> None:
        """Note an error once, however far it gets."""
        if error is not self._told:
            self._told = error
            self.errors[UPDATE.get()].append(f"{type(error).__name__}: {error}"[:300])

    async def ready(self) -> None:
        """Wait until it polls. A webhook of its own is given time to begin."""
        for _ in range(20):
            if self._polled:
                break
            await real_sleep(0.02)
        await real_sleep(0.2)

    def held(self) -> dict[str, Any]:
        """The states and data of users, where these are in memory, and what is put around handlers."""
        store = getattr(self.dispatcher.storage, "storage", None)
        records = store.items() if isinstance(store, dict) else ()
        states = {
            f"state {key.chat_id} {key.user_id}": [str(record.state), record.data]
            for key, record in records
            if record.state or record.data
        }
        around = {
            f"{where} of {kind} in router {number}": list(map(name_of, managers))
            for number, router in enumerate(self.dispatcher.chain_tail, 1)
            for kind, observer in router.observers.items()
            for where, managers in (
                ("middleware", observer.middleware),
                ("outer middleware", observer.outer_middleware),
            )
            if len(managers)
        }
        return states | around

    def handlers(self) -> list[tuple[Any, bool]]:
        """Those of all routers."""
        return [(target.handler.callback, id(target.handler) in self.called) for target in targets(self.dispatcher)]

    def received(self, numbered: Update) -> Any:
        """An `aiogram.types.Update`."""
        return Received.model_validate(numbered, context={"bot": self.bot})

    async def state_for(self, update: Update) -> str:
        """The state in which whoever sends an update is; empty for none."""
        with contextlib.suppress(Exception):  # a storage that is not there
            return str((await surroundings(self.dispatcher, self.bot, self.made(update))).get("raw_state") or "")
        return ""

    async def put_into_state(self, update: Update, state: str) -> None:
        """Let whoever sends an update be in a state, empty for none."""
        with contextlib.suppress(Exception):
            context = (await surroundings(self.dispatcher, self.bot, self.made(update))).get("state")
            if context is not None:
                await context.set_state(state or None)

    async def put(self, update: Update, limit: float = LIMIT) -> tuple[int, bool]:
        """Let one update be processed as polling does it; its number, and whether that took too long."""
        numbered = self.numbered(update)
        received = self.received(numbered)
        return await self.processed(numbered["update_id"], self._send(received), limit)

    async def _send(self, received: Any) -> None:
        if queue := self._polled.get(self.bot):
            queue.put_nowait(received)
        else:
            asyncio.get_running_loop().create_task(self.dispatcher._process_update(self.bot, received))
