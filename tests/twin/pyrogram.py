"""A real Pyrogram client whose requests are answered by themselves instead of sent.

    async def scenario(run):
        with pyrogram.offline(run):
            await pyrogram.feed(run.module.app, ["/one", "/two"])

Recorded is every request: its class name and what it says.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

from pyrogram import Client, raw, types
from pyrogram.enums import ChatType
from pyrogram.handlers import MessageHandler

from .program import Run


@contextlib.contextmanager
def offline(run: Run) -> Iterator[None]:
    """While it lasts, clients answer by themselves, and `Client.run` returns at once."""

    async def invoke(self: Client, query: Any, *_: Any, **__: Any) -> Any:
        await asyncio.sleep(0)  # like any network: other tasks may run
        said = {key: str(getattr(query, key)) for key in ("message", "peer", "id") if hasattr(query, key)}
        run.record("request", request=type(query).__name__, **said)
        return raw.types.UpdateShortSentMessage(pts=1, pts_count=1, date=1704067200, id=1000, out=True)

    async def resolve_peer(self: Client, peer_id: Any) -> raw.types.InputPeerUser:
        return raw.types.InputPeerUser(user_id=int(peer_id or 42), access_hash=0)

    with (
        mock.patch.object(Client, "invoke", invoke),
        mock.patch.object(Client, "resolve_peer", resolve_peer),
        mock.patch.object(Client, "run", lambda self: None),
    ):
        yield


def message(client: Client, text: str, number: int, user: int = 5) -> types.Message:
    """A message in the private chat with a user."""
    chat = types.Chat(id=user, type=ChatType.PRIVATE, first_name="U", client=client)
    sender = types.User(id=user, first_name="U", client=client)
    return types.Message(id=number, chat=chat, from_user=sender, text=text, client=client)


async def feed(client: Client, texts: Sequence[str]) -> None:
    """Hand messages with these texts to the client's handlers, one after the other, the first of each group that fits."""
    await asyncio.sleep(0.01)  # handlers are added by tasks
    client.me = types.User(id=42, is_bot=True, username="the_bot", client=client)
    for number, text in enumerate(texts, 1):
        await _handle(client, message(client, text, number))


async def _handle(client: Client, update: types.Message) -> None:
    for group in client.dispatcher.groups.values():
        for handler in group:
            if isinstance(handler, MessageHandler) and await handler.check(client, update):
                await handler.callback(client, update)
                break
