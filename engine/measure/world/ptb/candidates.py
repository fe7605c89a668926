"""Updates that a handler may take. Whether it does, the library itself says: `check_update`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import telegram.ext as ext

from ..bot_api import candidates as bot_api
from ..bot_api.constants import constants
from ..contents import Update, message, pressed
from ..patterns import texts_for

#: Handlers of updates that are no messages and no presses, and their kinds.
_KINDS = {
    "InlineQueryHandler": ("inline_query",),
    "ChosenInlineResultHandler": ("chosen_inline_result",),
    "PollHandler": ("poll",),
    "PollAnswerHandler": ("poll_answer",),
    "ShippingQueryHandler": ("shipping_query",),
    "PreCheckoutQueryHandler": ("pre_checkout_query",),
    "ChatMemberHandler": ("my_chat_member", "chat_member"),
    "ChatJoinRequestHandler": ("chat_join_request",),
    "MessageReactionHandler": ("message_reaction",),
}


class Candidates:
    """Makes candidates. `admins` and `chats` are numbers that stand in the program; `buttons` what it has sent."""

    def __init__(self, admins: Iterable[int], chats: Iterable[int], buttons: list[str]) -> None:
        self.admins, self.chats, self.buttons = list(admins), list(chats), buttons

    def of(self, handler: Any) -> Iterator[Update]:
        """For one handler, the likeliest first."""
        words, numbers = constants(getattr(handler, "filters", None), (ext.filters.BaseFilter,))
        users = [number for number in (*numbers, *self.admins) if number > 0]
        groups = [number for number in (*numbers, *self.chats) if number < 0]
        texts = texts_for(handler.pattern) if isinstance(getattr(handler, "pattern", None), re.Pattern) else []
        if isinstance(handler, ext.CommandHandler):
            yield from bot_api.commands(f"/{sorted(handler.commands)[0]}", words, users, groups)
        elif isinstance(handler, ext.PrefixHandler):
            for command in sorted(handler.commands)[:2]:
                yield message(command)
                yield message(f"{command} word")
        elif isinstance(handler, ext.CallbackQueryHandler):
            yield from bot_api.presses(texts, self.buttons)
        elif isinstance(handler, ext.InlineQueryHandler) and texts:
            yield from map(bot_api.inline_query, texts)
        elif isinstance(handler, ext.MessageHandler):
            yield from bot_api.messages(words, users, groups)
        else:
            kinds = _KINDS.get(type(handler).__name__, ())
            yield from (update for kind in kinds for update in bot_api.others(kind))
            if not kinds:
                yield from bot_api.messages([], [], [])
                yield pressed("data")
