"""Find updates for the handlers of clients: said directly, with replies and media, and in conversations."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Iterator
from typing import Any, NamedTuple

from telethon import events
from telethon.client.updates import EventBuilderDict

from .. import lines
from ..callbacks import alike
from ..contents import ARGUMENTS, LINES, Update, chat, from_a_stranger, media, user, with_text
from ..exploring import Explorer, sampled
from ..known import BOT, USER
from ..menus import buttons_of_markup
from ..patterns import compared_in, said_in
from ..tl.answers import CONTENTS, TEXT
from .candidates import Candidates
from .delivery import MtprotoDelivery

#: Rounds of a conversation.
_ROUNDS = 4


class _Target(NamedTuple):
    """A handler."""

    client: int
    builder: Any
    callback: Any


def _album(client: Any, made: Any) -> Any:
    """The event of two messages that belong together; None where a message belongs to none."""
    if getattr(getattr(made, "message", None), "grouped_id", None) is None:
        return None
    event = events.Album.Event([made.message, made.message])
    event.original_update, event._entities = made, made._entities
    event._set_client(client)
    return event


class MtprotoExplorer(Explorer):
    """Explores the clients of one program."""

    delivery: MtprotoDelivery

    def __init__(self, delivery: MtprotoDelivery, task: dict[str, Any]) -> None:
        super().__init__(delivery, task["explore"])
        self._candidates = Candidates(task["admins"], task["chats"], self.buttons)
        self._registered = [_Target(*each) for each in delivery.targets()]
        self.wanted = sampled(self._registered, lambda each: (alike(each.callback), type(each.builder).__name__))

    async def begin(self) -> None:
        """Every handler; what its code compares with, media and replies are kept for later."""
        for target in self.wanted:
            with contextlib.suppress(Exception):  # whoever it is for is not found
                await target.builder.resolve(self.delivery.clients[target.client])
        for target in self.wanted:
            if self.late:
                return
            update = None if self.ran(target) else await self.several(target)
            if update is None or not self.ran(target):
                continue
            self.taken.append((target, update))
            said = ((varied, "said in code") for varied in self._variations(target, update))
            self.varied.append((target, said))
            await self.follow()

    async def finish(self) -> None:
        """What is left, now that buttons are known, and what handlers have registered."""
        known = {self.key(target) for target in self._registered}
        self._registered = [_Target(*each) for each in self.delivery.targets()]
        self.wanted += [target for target in self._registered if self.key(target) not in known]
        for target in self.wanted:
            if not self.ran(target) and not self.late:
                await self.several(target)

    async def follow(self) -> None:
        """Answer whatever conversation waits."""
        for text in ("1", "a text", "yes", "/cancel")[:_ROUNDS]:
            waiting = self.delivery.conversation()
            if waiting is None or self.late:
                return
            number = getattr(waiting, "chat_id", None) or USER
            where = chat("private", number) if number > 0 else chat("supergroup", number=number)
            await self.deliver({"message": {"chat": where, "from": user(abs(number)), "text": text}}, "conversation")

    async def prepare(self, step: dict[str, Any]) -> None:
        """A client has no states."""

    def key(self, target: _Target) -> int:
        """Of its builder."""
        return id(target.builder)

    def callback(self, target: _Target) -> Any:
        """Its own."""
        return target.callback

    def candidates(self, target: _Target) -> Iterator[Update]:
        """For its builder, and its client."""
        for update in self._candidates.of(target.builder):
            yield update | {"client": target.client} if target.client else update

    async def takes(self, target: _Target, update: Update) -> bool:
        """Ask the builder, as the client does it."""
        client, builder = self.delivery.clients[target.client], target.builder
        try:
            made = self.delivery.made(update)
            if isinstance(builder, events.Album):  # which of one message alone would wait for others
                event = _album(client, made)
            else:
                event = EventBuilderDict(client, made, None)[type(builder)]
            if not event:
                return False
            if not builder.resolved:
                await builder.resolve(client)
            found = builder.filter(event)
            return bool(await found if inspect.isawaitable(found) else found)
        except Exception:  # content that the schema does not know, or a function of the program's own
            return False

    def _variations(self, target: _Target, update: Update) -> Iterator[Update]:
        """A message with other words, with files and as a reply."""
        kind, content = next(iter(update.items()))
        if other := from_a_stranger(update):
            yield other
        if kind == "callback_query":
            yield from ({kind: content | {"data": text}} for text in said_in(target.callback))
        if not isinstance(target.builder, events.NewMessage) or "text" not in content:
            return
        rest = {name: value for name, value in update.items() if name != kind}
        words = content["text"].split()[:1]
        is_bot, before = self.delivery.answers.bot or kind == "channel_post", lines.seen()
        if not is_bot and content.get("from") != BOT:
            yield {kind: content | {"from": BOT}} | rest
            if lines.seen() > before + 1:  # more than a `return`: it is the account's own word that counts
                content = content | {"from": BOT}
        for more in (*(f" {text}" for text in compared_in(target.callback)), *ARGUMENTS[1:], LINES):
            yield with_text({kind: content}, "".join([*words, more])) | rest
        replies = [content | {"reply_to_message": {"message_id": number}} for number in (TEXT, *CONTENTS)]
        own = [] if is_bot else [reply | {"from": BOT} for reply in replies]
        yield from ({kind: each} | rest for each in (own if content.get("from") == BOT else [*replies, *own[:1]]))
        for text in said_in(target.callback):
            yield from (with_text({kind: content}, said) | rest for said in (text, " ".join([*words, text])))
            yield from (with_text({kind: mine}, text) | rest for mine in own[:1])
        yield from ({kind: content | each} | rest for each in list(media())[:2])

    def buttons_of(self, call: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """Of its `reply_markup`."""
        return buttons_of_markup(call, str(call["parameters"].get("message") or "t")[:200])
