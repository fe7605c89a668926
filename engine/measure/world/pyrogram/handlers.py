"""The handlers of clients: what they are for, and which would take an update."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pyrogram import handlers
from pyrogram.filters import Filter

from ..patterns import said_in, texts_for

#: Classes of handlers, and the kinds of update that they are for.
_KINDS = {
    "MessageHandler": "message",
    "EditedMessageHandler": "edited_message",
    "CallbackQueryHandler": "callback_query",
    "InlineQueryHandler": "inline_query",
    "ChatJoinRequestHandler": "chat_join_request",
    "ChatMemberUpdatedHandler": "chat_member",
}


@dataclass(frozen=True, eq=False)
class Target:
    """A handler of a group of a client."""

    client: int
    group: int
    handler: Any

    @property
    def kind(self) -> str:
        """The kind of update that it is for; empty for one that is not made."""
        return _KINDS.get(type(self.handler).__name__, "")

    @property
    def nature(self) -> str:
        """What it takes."""
        commands = Told(self.handler.filters).commands
        if isinstance(self.handler, handlers.MessageHandler) and commands:
            return "start" if commands[0].endswith("start") else "command"
        return {"message": "message", "callback_query": "press"}.get(self.kind, "other")

    #: There are no conversations that the library would know of.
    alone = starts = True


class Told:
    """What a filter compares with: commands with their prefix, other texts, and numbers of people and chats."""

    def __init__(self, filters: Any) -> None:
        self.commands: list[str] = []
        self.words: list[str] = []
        self.numbers: list[int] = []
        for leaf in _leaves(filters):
            self._read(leaf, {**vars(type(leaf)), **getattr(leaf, "__dict__", {})})

    def _read(self, leaf: Any, known: dict[str, Any]) -> None:
        commands = known.get("commands")
        if commands and isinstance(commands, (set, list, tuple)):
            prefixes = known.get("prefixes") or ("/",)
            prefix = "/" if "/" in prefixes else sorted(prefixes)[0]
            self.commands += [f"{prefix}{command}" for command in sorted(commands)]
            return
        own = [value for name, value in known.items() if not name.startswith("__")]
        for value in [*own, *(leaf if isinstance(leaf, set) else ())]:
            if isinstance(value, re.Pattern):
                self.words += texts_for(value)
            elif isinstance(value, str):
                self.words.append(value)
            elif isinstance(value, int) and not isinstance(value, bool):
                self.numbers.append(value)
        check = type(leaf).__call__
        if not str(getattr(check, "__module__", "")).startswith("pyrogram"):
            self.words += said_in(check)


def _leaves(filters: Any) -> Iterator[Any]:
    if isinstance(filters, Filter):
        inner = [each for each in (getattr(filters, "base", None), getattr(filters, "other", None)) if each is not None]
        if not inner:
            yield filters
        for each in inner:
            yield from _leaves(each)


async def taking(client: Any, target: Target, update: Any) -> Any:
    """The handler of a group that the library gives an update to; None where the target would not take it."""
    users, chats = ({each.id: each for each in found} for found in (update.users, update.chats))
    made = update.updates[0]
    parsed, kind = await client.dispatcher.update_parsers[type(made)](made, users, chats)

    async def takes(handler: Any) -> bool:
        try:
            return isinstance(handler, kind) and bool(await handler.check(client, parsed))
        except Exception:  # a filter of the program's own
            return False

    if not await takes(target.handler):
        return None
    for handler in client.dispatcher.groups.get(target.group, ()):
        if await takes(handler):
            return handler
    return None
