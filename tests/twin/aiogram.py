"""A real aiogram dispatcher and bot whose session answers by itself instead of a network.

    async def scenario(run):
        with aiogram.offline(run):
            await aiogram.feed(run.module.dp, run.module.bot, ["/one", "/two"])

Recorded is every method: its name and parameters.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import Iterator, Sequence
from typing import Any
from unittest import mock

from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.types import Chat, Message, Update, User

from .program import Run

DATE = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
BOT = User(id=42, is_bot=True, first_name="Bot", username="the_bot")


def message(text: str, number: int, user: int = 5) -> Message:
    """A message in the private chat with a user."""
    sender = User(id=user, is_bot=False, first_name="U")
    return Message(
        message_id=number, date=DATE, chat=Chat(id=user, type="private", first_name="U"), from_user=sender, text=text
    )


@contextlib.contextmanager
def offline(run: Run) -> Iterator[None]:
    """While it lasts, bots answer by themselves: what is sent comes back as a message."""

    async def answer(self: AiohttpSession, bot: Bot, method: Any, timeout: int | None = None) -> Any:
        await asyncio.sleep(0)  # like any network: other tasks may run
        name = type(method).__name__
        run.record("bot api", method=name, **method.model_dump(exclude_unset=True))
        if name == "GetMe":
            return BOT
        return message(str(getattr(method, "text", "")), 1000).as_(bot) if name.startswith(("Send", "Edit")) else True

    with mock.patch.object(AiohttpSession, "make_request", answer):
        yield


async def feed(dispatcher: Dispatcher, bot: Bot, texts: Sequence[str]) -> None:
    """Hand messages with these texts to the dispatcher, one after the other."""
    for number, text in enumerate(texts, 1):
        await dispatcher.feed_update(bot, Update(update_id=number, message=message(text, number)))
