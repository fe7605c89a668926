"""Updates that a handler may take. Whether it does, the library itself says: its filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from aiogram.dispatcher.event.handler import FilterObject
from aiogram.filters import Command, Filter
from aiogram.filters.callback_data import CallbackQueryFilter
from magic_filter import MagicFilter
from magic_filter.operations import BaseOperation

from ..bot_api import candidates as bot_api
from ..bot_api.constants import constants
from ..contents import Update
from ..patterns import texts_for
from .handlers import Target
from .least import least

#: Classes whose objects are filters, or parts of one.
_FILTERS = (Filter, FilterObject, MagicFilter, BaseOperation)
#: Presses that a class of callback data is tried with.
_PACKED = 60


class Candidates:
    """Makes candidates. `admins` and `chats` are numbers that stand in the program; `buttons` what it has sent."""

    def __init__(self, admins: Iterable[int], chats: Iterable[int], buttons: list[str]) -> None:
        self.admins, self.chats, self.buttons = list(admins), list(chats), buttons

    def of(self, target: Target) -> Iterator[Update]:
        """For one handler, the likeliest first."""
        words, numbers = constants(target.filters, _FILTERS)
        users = [number for number in (*numbers, *self.admins) if number > 0]
        groups = [number for number in (*numbers, *self.chats) if number < 0]
        if target.kind == "callback_query":
            packed = [
                each for found in target.filters if isinstance(found, CallbackQueryFilter) for each in _packed(found)
            ]
            said = [text for word in words for text in (word, f"{word}1", f"{word}_1", f"{word}:1")]
            yield from _by(bot_api.presses([*packed, *said], self.buttons), users)
        elif target.kind == "inline_query":
            yield from map(bot_api.inline_query, words)
            yield from bot_api.others(target.kind)
        elif target.kind.endswith(("message", "channel_post")):
            yield from self._messages(target, words, users, groups)
        else:
            yield from _by(bot_api.others(target.kind), users)

    def _messages(self, target: Target, words: list[str], users: list[int], groups: list[int]) -> Iterator[Update]:
        for found in target.filters:
            if isinstance(found, Command):
                for said in _commands(found):
                    for update in bot_api.commands(said, words, users, groups):
                        yield from _of_kind(update, target.kind)
        texts = [text for word in words for text in (word, f"{word} 1")]
        for update in bot_api.messages(texts, users, groups):
            yield from _of_kind(update, target.kind)


def _of_kind(update: Update, kind: str) -> Iterator[Update]:
    """The same message, where it may be of a kind: edited, a post of a channel, in a business chat."""
    own, content = next(iter(update.items()))
    if own == kind:
        yield update
    elif own == "message" and kind == "edited_message" or own == "channel_post" and kind == "edited_channel_post":
        yield {kind: content | {"edit_date": 1700000060}}
    elif own == "message" and "business" in kind:
        yield {kind: content | {"business_connection_id": "connection"}}


def _by(updates: Iterator[Update], users: list[int]) -> Iterator[Update]:
    """The same, then by others as well."""
    for update in updates:
        yield update
        kind, content = next(iter(update.items()))
        for number in users if "from" in content else ():
            sender = content["from"] | {"id": number}
            message = content.get("message")
            under = {"message": message | {"chat": message["chat"] | {"id": number}}} if message else {}
            yield {kind: content | {"from": sender} | under}


def _commands(found: Any) -> Iterator[str]:
    for command in found.commands[:2]:
        for name in texts_for(command) if isinstance(command, re.Pattern) else [str(command)]:
            yield f"{found.prefix[0]}{name}"


def _packed(found: Any) -> Iterator[str]:
    """Callback data of a class: with the words of its rule, every value of an enumeration, else the least."""
    kind = found.callback_data
    words, numbers = constants(found.rule, _FILTERS)
    fields = {name: field for name, field in kind.model_fields.items() if field.is_required()}
    made: list[dict[str, Any]] = [{name: least(field.annotation) for name, field in fields.items()}]
    for value in (*words, *numbers):
        made += [made[0] | {name: value} for name in kind.model_fields]
    texts = []
    for values in made:
        try:
            texts.append(kind(**values).pack())
        except (ValueError, TypeError):  # not a value of that field
            continue
    yield from list(dict.fromkeys(texts))[::-1][:_PACKED]
