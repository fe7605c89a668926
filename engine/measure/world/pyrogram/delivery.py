"""Hand the clients of a program updates, and know which of its callbacks run."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyrogram
from pyrogram import Client
from pyrogram.handlers.handler import Handler

from .. import ending
from ..callbacks import name_of
from ..contents import Update
from ..counting import UPDATE, real_sleep
from ..delivery import LIMIT, Delivery
from ..hooks import replace
from ..telegram import Telegram
from ..tl.answers import Answers
from ..tl.received import received

#: Seconds without a new handler after which all are there, and between two looks.
_QUIET, _LOOK = 1.0, 0.1
_FLOW = (pyrogram.StopPropagation, pyrogram.ContinuePropagation)


class _Updates(asyncio.Queue[Any]):
    """The queue of a dispatcher: whichever worker takes an update works for it until it asks for the next."""

    def __init__(self, delivery: PyrogramDelivery) -> None:
        super().__init__()
        self.delivery = delivery

    async def get(self) -> Any:
        """The next update."""
        self.delivery.finish(UPDATE.get())
        UPDATE.set(None)
        packet = await super().get()
        if packet is not None:
            UPDATE.set(self.delivery.numbers.pop(id(packet[0]), None))
        return packet


class PyrogramDelivery(Delivery):
    """Deliveries to the clients of one program."""

    def __init__(self, world: Telegram, http_log: Path, answers: Answers) -> None:
        super().__init__(world, http_log)
        self.answers = answers
        self.clients: list[Any] = []
        #: Numbers of updates that no worker has taken yet, by the identity of what is sent.
        self.numbers: dict[int, int] = {}
        #: Every handler that was there.
        self._known: dict[int, Any] = {}

    def install(self, started: Callable[[Delivery], None]) -> None:
        """Know the program's clients, and when one starts."""
        initialise = Client.initialize

        @functools.wraps(initialise)
        async def initialise_and_tell(client: Any) -> None:
            client.dispatcher.updates_queue = _Updates(self)
            await initialise(client)
            self.clients.append(client)
            started(self)

        made = Handler.__init__

        @functools.wraps(made)
        def make(handler: Any, callback: Any, *more: Any, **named: Any) -> None:
            made(handler, self._watched(handler, callback), *more, **named)

        replace(Client, initialize=initialise_and_tell)
        replace(Handler, __init__=make)
        for name in ("stop", "restart"):
            ending.hold_back(Client, name)

    def _watched(self, handler: Any, callback: Any) -> Any:
        """The callback, which says that it runs."""

        @functools.wraps(callback)
        async def called(client: Any, *given: Any) -> Any:
            self.called.add(id(handler))
            self.callbacks[UPDATE.get()].append(name_of(callback))
            with ending.going_on():
                return await self._call(client, callback, *given)

        return called

    async def _call(self, client: Any, callback: Any, *given: Any) -> Any:
        try:
            if inspect.iscoroutinefunction(callback):
                return await callback(client, *given)
            # as the library does it, and it is known for which update the thread works
            run = functools.partial(contextvars.copy_context().run, callback, client, *given)
            return await asyncio.get_running_loop().run_in_executor(client.executor, run)
        except _FLOW:
            raise
        except Exception as error:
            self.errors[UPDATE.get()].append(f"{type(error).__name__}: {error}"[:300])
            raise

    def targets(self) -> list[tuple[int, int, Any]]:
        """Number of the client, group and handler of all that is registered."""
        found = [
            (number, group, handler)
            for number, client in enumerate(self.clients)
            for group, handlers in client.dispatcher.groups.items()
            for handler in handlers
        ]
        self._known |= {id(handler): handler for _, _, handler in found}
        return found

    async def ready(self) -> None:
        """Wait until nothing more is registered."""
        quiet, there = 0.0, -1
        while quiet < _QUIET:
            await real_sleep(_LOOK)
            now = len(self.targets())
            quiet, there = (quiet + _LOOK if now == there else 0.0), now

    def handlers(self) -> list[tuple[Any, bool]]:
        """Those of all clients, and those that were taken back."""
        self.targets()
        return [(handler.callback, id(handler) in self.called) for handler in self._known.values()]

    def received(self, numbered: Update) -> Any:
        """An `Updates` with one, as a server sends it."""
        tl = self.answers.tl
        made, users, chats = received(tl, numbered, bot=self.answers.bot)
        self.answers.knows(made)
        return tl.new("Updates", updates=[made], users=users, chats=chats, date=tl.date, seq=0)

    async def put(self, update: Update, limit: float = LIMIT) -> tuple[int, bool]:
        """Let a client get one update; its number, and whether that took too long."""
        numbered = self.numbered(update)
        number: int = numbered["update_id"]
        client = self.clients[update.get("client", 0)]
        sent = self.received(numbered)
        self.numbers[id(sent.updates[0])] = number
        return await self.processed(number, client.handle_updates(sent), limit)
