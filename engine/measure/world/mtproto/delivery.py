"""Hand the clients of a program updates, and know which of its callbacks run."""

from __future__ import annotations

import asyncio
import collections
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from telethon import TelegramClient, events, utils

from .. import ending
from ..callbacks import name_of
from ..contents import Update
from ..counting import UPDATE, real_sleep
from ..delivery import LIMIT, Delivery
from ..hooks import replace
from ..telegram import Telegram
from ..tl.answers import Answers
from ..tl.received import received

#: Seconds without a new handler after which all are there, the same where there is none and nothing is asked of
#: Telegram, and between two looks.
_QUIET, _SILENT, _LOOK = 1.0, 15.0, 0.1
_POLL = 0.02
#: What is between the numbers of messages that belong together.
_APART = 50_000


class _Watching(list[Any]):
    """The handlers of a client: whoever dispatches gets callbacks that are watched, everybody else his own."""

    watched: Callable[[Any, Any], Any]

    def __iter__(self) -> Iterator[Any]:
        if sys._getframe(1).f_code.co_name.startswith("_dispatch"):
            return iter([(builder, self.watched(builder, callback)) for builder, callback in super().__iter__()])
        return super().__iter__()


def _parts(numbered: Update) -> list[Update]:
    """An update; that of an album is two, for the messages in it."""
    kind, content = next(iter(numbered.items()))
    second = content.get("message_id", 0) + _APART
    return [numbered, *([numbered | {kind: content | {"message_id": second}}] if "media_group_id" in content else [])]


async def _dispatched(client: Any, update: Any) -> None:
    """Let the client's own dispatching have an update. Before 1.25 that is told what came with it, and the state."""
    if hasattr(client, "_state_cache"):
        channel = client._state_cache.get_channel_id(update)
        await client._dispatch_update(update, None, channel, client._state_cache[channel])
    else:
        await client._dispatch_update(update)


class MtprotoDelivery(Delivery):
    """Deliveries to the clients of one program."""

    def __init__(self, world: Telegram, http_log: Path, answers: Answers) -> None:
        super().__init__(world, http_log)
        self.answers = answers
        self.clients: list[Any] = []
        self._locks: dict[Any, asyncio.Lock] = collections.defaultdict(asyncio.Lock)
        self._watched: dict[int, Any] = {}
        #: Every handler that was there: builder and callback, by the identity of the builder.
        self._known: dict[int, tuple[Any, Any]] = {}

    def install(self, started: Callable[[Delivery], None]) -> None:
        """Know the program's clients, and when one connects."""
        initialise, connect = TelegramClient.__init__, TelegramClient.connect

        @functools.wraps(initialise)
        def made(client: Any, *arguments: Any, **named: Any) -> None:
            initialise(client, *arguments, **named)
            self.clients.append(client)

        @functools.wraps(connect)
        async def connect_and_tell(client: Any) -> None:
            await connect(client)
            started(self)

        replace(TelegramClient, __init__=made, connect=connect_and_tell)
        ending.hold_back(TelegramClient, "disconnect", lambda client: bool(client._event_builders))

    def _watch_handlers(self, client: Any) -> None:
        """Know when its handlers are called, whatever kind of list they are in: programs have their own."""
        handlers = client._event_builders
        if isinstance(handlers, _Watching):
            return
        if type(handlers) is list:
            client._event_builders = _Watching(handlers)
        else:
            handlers.__class__ = type("Watching", (_Watching, type(handlers)), {})
        client._event_builders.watched = self._watch

    def _watch(self, builder: Any, callback: Any) -> Any:
        """The callback, which says that it runs."""
        if id(builder) not in self._watched:

            @functools.wraps(callback)
            async def called(event: Any) -> Any:
                self.called.add(id(builder))
                self.callbacks[UPDATE.get()].append(name_of(callback))
                try:
                    return await callback(event)
                except (events.StopPropagation, asyncio.CancelledError):
                    raise
                except Exception as error:
                    self.errors[UPDATE.get()].append(f"{type(error).__name__}: {error}"[:300])
                    raise

            self._watched[id(builder)] = called
        return self._watched[id(builder)]

    def targets(self) -> list[tuple[int, Any, Any]]:
        """Number of the client, builder and callback of every handler."""
        found = [(n, *pair) for n, client in enumerate(self.clients) for pair in client._event_builders]
        self._known |= {id(builder): (builder, callback) for _, builder, callback in found}
        return found

    async def ready(self) -> None:
        """Wait until nothing more is registered. A program that registers nothing mostly ends by itself."""
        quiet, there = 0.0, (0, 0)
        while quiet < (_QUIET if there[0] else _SILENT):
            await real_sleep(_LOOK)
            handlers = len(self.targets())
            now = handlers, 0 if handlers else len(self.telegram.calls[None])
            quiet, there = (quiet + _LOOK if now == there else 0.0), now

    def handlers(self) -> list[tuple[Any, bool]]:
        """Those of all clients, and those that were taken back."""
        self.targets()
        return [(callback, id(builder) in self.called) for builder, callback in self._known.values()]

    def conversation(self) -> Any:
        """One that waits for somebody to say something."""
        kinds = ("_pending_responses", "_pending_replies", "_pending_edits", "_pending_reads", "_custom")
        open_ones = [one for client in self.clients for all_ in client._conversations.values() for one in all_]
        return next((one for one in open_ones if any(getattr(one, kind, None) for kind in kinds)), None)

    def received(self, numbered: Update) -> Any:
        """One of Telethon's, to be used once."""
        found = received(self.answers.tl, numbered, bot=self.answers.bot)
        self.answers.knows(found.update)
        found.update._entities = {utils.get_peer_id(each): each for each in (*found.users, *found.chats)}
        for client in self.clients:
            if hasattr(
                client, "_state_cache"
            ):  # before 1.25, which asks for the difference where it has met somebody first
                client._entity_cache.add(found.update._entities.values())
        return found.update

    async def put(self, update: Update, limit: float = LIMIT) -> tuple[int, bool]:
        """Let a client dispatch one update; its number, and whether that took too long. A conversation may go on with the next."""
        numbered = self.numbered(update)
        number: int = numbered["update_id"]
        client = self.clients[update.get("client", 0)]
        dispatched = [self.received(part) for part in _parts(numbered)]
        self._watch_handlers(client)
        getattr(client, "_flood_waited_requests", {}).clear()  # a fault of one update is none of the next

        async def run() -> None:
            UPDATE.set(number)
            for part in dispatched:
                if getattr(client, "_sequential_updates", False):
                    async with self._locks[client]:
                        await _dispatched(client, part)
                else:
                    await _dispatched(client, part)

        loop = asyncio.get_running_loop()
        task, until = loop.create_task(run()), loop.time() + limit
        while not task.done() and loop.time() < until:
            await asyncio.wait({task}, timeout=_POLL)
            if not task.done() and self.conversation() is not None:
                return number, False
        return number, not task.done()

    async def stop(self) -> None:
        """Disconnect, as the servers may do it; who does not end with that is told to."""
        interrupt = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
        interrupt.daemon = True
        interrupt.start()
        for client in self.clients:
            await client.disconnect()
