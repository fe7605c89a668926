"""Find updates for the handlers of clients."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

from ..bot_api import candidates as bot_api
from ..bot_api.exploring import BotApiExplorer
from ..callbacks import alike
from ..contents import Update
from ..exploring import sampled
from ..known import BOT
from ..menus import buttons_of_markup
from ..tl.answers import CONTENTS, TEXT
from .delivery import PyrogramDelivery
from .handlers import Target, Told, taking


class PyrogramExplorer(BotApiExplorer):
    """Explores the clients of one program."""

    delivery: PyrogramDelivery

    def __init__(self, delivery: PyrogramDelivery, task: dict[str, Any]) -> None:
        found = [target for target in (Target(*each) for each in delivery.targets()) if target.kind]
        super().__init__(delivery, task, sampled(found, lambda each: (alike(each.handler.callback), each.kind)))
        self._chats = list(task["chats"])

    async def prepare(self, step: dict[str, Any]) -> None:
        """A client has no states."""

    async def waits(self, target: Target) -> bool:
        """There are no conversations that the library would know of."""
        return False

    async def reach(self, target: Target) -> None:
        """Now that buttons are known."""
        await self.several(target)

    def candidates(self, target: Target) -> Iterator[Update]:
        """For its filters, from others and, where it is an account of a person, from itself."""
        for update in self._made(target):
            addressed = update | {"client": target.client} if target.client else update
            yield addressed
            kind, content = next(iter(update.items()))
            if not self.delivery.answers.bot and kind.endswith("message"):
                yield {**addressed, kind: content | {"from": BOT}}

    def _made(self, target: Target) -> Iterator[Update]:
        told = Told(target.handler.filters)
        users = [number for number in (*told.numbers, *self.admins) if number > 0]
        groups = [number for number in (*told.numbers, *self._chats) if number < 0]
        if target.kind == "callback_query":
            words = [text for word in told.words for text in (word, f"{word}1", f"{word}_1", f"{word}:1")]
            yield from bot_api.presses(words, self.buttons)
        elif target.kind == "inline_query":
            yield from map(bot_api.inline_query, (*told.words, "text", ""))
        elif target.kind.startswith("chat_"):
            yield from bot_api.others(target.kind)
        else:
            made = [bot_api.commands(said, told.words, users, groups) for said in told.commands]
            for update in (
                each for updates in (*made, bot_api.messages(told.words, users, groups)) for each in updates
            ):
                kind, content = next(iter(update.items()))
                if target.kind == "message" or kind.startswith("edited"):
                    yield update
                elif kind in ("message", "channel_post"):
                    yield {f"edited_{kind}": content | {"edit_date": 1700000060}}

    async def takes(self, target: Target, update: Update) -> bool:
        """Ask the handlers of its group."""
        try:
            made = self.delivery.made(update)
            taker = await taking(self.delivery.clients[target.client], target, made)
        except Exception:  # content that this version of the library does not know
            return False
        return self.is_given(target, taker)

    def _variations(self, target: Target, update: Update) -> Iterator[tuple[Update, str]]:
        """As a reply as well: to what others have written, to accounts of people first."""
        kind, content = next(iter(update.items()))
        numbers = (TEXT, *CONTENTS) if "text" in content else ()
        replies = [(update | {kind: content | {"reply_to_message": {"message_id": each}}}, "reply") for each in numbers]
        others = super()._variations(target, update)
        yield from itertools.chain(others, replies) if self.delivery.answers.bot else itertools.chain(replies, others)

    def buttons_of(self, call: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """Of its `reply_markup`."""
        return buttons_of_markup(call, re.sub(r"\s+", " ", str(call["parameters"].get("message") or "t"))[:200])
