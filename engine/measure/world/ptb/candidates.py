"""Updates that a handler may take. Whether it does, the library itself says: `check_update`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import telegram.ext as ext

from ..contents import ARGUMENTS, PHOTO, STATUS, TEXTS, Update, chat, media, message, pressed, user
from ..known import BOT, USER, poll
from ..patterns import texts_for

_NAME = re.compile(r"@?\w{4,32}")
_REPLIED = {"message_id": 4, "date": 1700000000, "from": BOT, "text": "replied to"}


class Candidates:
    """Makes candidates. `admins` and `chats` are numbers that stand in the program; `buttons` what it has sent."""

    def __init__(self, admins: Iterable[int], chats: Iterable[int], buttons: list[str]) -> None:
        self.admins, self.chats, self.buttons = list(admins), list(chats), buttons

    def of(self, handler: Any) -> Iterator[Update]:
        """For one handler, the likeliest first."""
        words, numbers = _constants(getattr(handler, "filters", None))
        users = [number for number in (*numbers, *self.admins) if number > 0]
        groups = [number for number in (*numbers, *self.chats) if number < 0]
        if isinstance(handler, ext.CommandHandler):
            yield from _commands(sorted(handler.commands)[0], words, users, groups)
        elif isinstance(handler, ext.PrefixHandler):
            for command in sorted(handler.commands)[:2]:
                yield message(command)
                yield message(f"{command} word")
        elif isinstance(handler, ext.CallbackQueryHandler):
            yield from self._presses(handler)
        elif isinstance(handler, ext.InlineQueryHandler):
            texts = texts_for(handler.pattern) if isinstance(handler.pattern, re.Pattern) else ["text", ""]
            for text in texts:
                query = {"id": "1", "from": user(), "query": text, "offset": "", "chat_type": "private"}
                yield {"inline_query": query}
        elif isinstance(handler, ext.MessageHandler):
            yield from _messages(words, users, groups)
        else:
            others = list(_others(handler))
            yield from others
            if not others:
                yield from _messages([], [], [])
                yield pressed("data")

    def _presses(self, handler: Any) -> Iterator[Update]:
        if isinstance(handler.pattern, re.Pattern):
            for data in texts_for(handler.pattern):
                yield pressed(data)
        for data in (*self.buttons, "data", "1", "0"):
            yield pressed(data)
        game = pressed("")["callback_query"]
        yield {"callback_query": {k: v for k, v in game.items() if k != "data"} | {"game_short_name": "game"}}


def _constants(filters: Any) -> tuple[list[str], list[int]]:
    words: list[str] = []
    numbers: list[int] = []
    for found in _atoms(filters, 0, set()):
        if isinstance(found, re.Pattern):
            words += texts_for(found)
        elif isinstance(found, str):
            words.append(found)
        else:
            numbers.append(found)
    return words, numbers


def _atoms(value: Any, depth: int, seen: set[int]) -> Iterator[Any]:
    """The constants in a filter: texts, numbers, patterns."""
    if id(value) in seen or depth > 7:
        return
    seen.add(id(value))
    if isinstance(value, re.Pattern) or (isinstance(value, (str, int)) and not isinstance(value, bool)):
        yield value
    elif isinstance(value, (list, tuple, set, frozenset, dict)):
        for item in list(value.values() if isinstance(value, dict) else value)[:50]:
            yield from _atoms(item, depth + 1, seen)
    elif isinstance(value, ext.filters.BaseFilter):
        slots = [getattr(kind, "__slots__", ()) for kind in type(value).__mro__]
        names = {*getattr(value, "__dict__", {})}.union(*([s] if isinstance(s, str) else s for s in slots))
        for name in sorted(names - {"_name", "_data_filter", "name", "__weakref__", "__dict__"}):
            yield from _atoms(getattr(value, name, None), depth + 1, seen)
        code = getattr(getattr(type(value), "filter", None), "__code__", None)
        if code is not None and type(value).__module__.split(".")[0] != "telegram":
            yield from _atoms(tuple(c for c in code.co_consts if isinstance(c, (str, int, tuple))), depth + 1, seen)


def _commands(command: str, words: list[str], users: list[int], groups: list[int]) -> Iterator[Update]:
    said = f"/{command}"
    for argument in ARGUMENTS:
        yield message(said + argument)
    for number in users:
        yield message(said, user_id=number)
        yield message(f"{said} 1", user_id=number)
    for word in words[:6]:
        yield message(f"{said} {word}")
    for number in groups:
        yield message(said, where="supergroup", number=number)
    yield message(said, where="supergroup")
    yield message(f"{said}@ThisBot", where="group")
    for word in filter(_NAME.fullmatch, words):
        yield message(said, where="supergroup", name=word.lstrip("@"))
    yield message(said, reply_to_message=_REPLIED | {"chat": chat("private")})
    yield message(said, kind="edited_message")


def _messages(words: list[str], users: list[int], groups: list[int]) -> Iterator[Update]:
    texts = list(dict.fromkeys([*words, *TEXTS]))
    for text in texts:
        yield message(text)
    for number in users:
        for text in texts[:6]:
            yield message(text, user_id=number)
    for content in media():
        yield message(**content)
    for text in texts[:4]:
        yield message(**PHOTO, caption=text)
    for number in users:
        for content in media():
            yield message(user_id=number, **content)
    for where in ("supergroup", "group"):
        for text in texts[:8]:
            yield message(text, where=where)
        for content in (*media(), *STATUS):
            yield message(where=where, **content)
    yield from _in_groups(texts, groups)
    yield from _told_otherwise(texts)


def _in_groups(texts: list[str], groups: list[int]) -> Iterator[Update]:
    for number in groups:
        for text in texts[:4]:
            yield message(text, where="supergroup", number=number)
            yield message(text, kind="channel_post", where="channel", number=number)
        for content in (*media(), *STATUS):
            yield message(where="supergroup", number=number, **content)
        yield message("a text", where="supergroup", number=number, sender_chat=chat("channel"))
    for name in [text.lstrip("@") for text in texts if _NAME.fullmatch(text)][:8]:
        for text in texts[:3]:
            yield message(text, where="supergroup", name=name)
        for content in STATUS:
            yield message(where="supergroup", name=name, **content)


def _told_otherwise(texts: list[str]) -> Iterator[Update]:
    for text in texts[:6]:
        for where in ("private", "supergroup"):
            yield message(text, where=where, reply_to_message=_REPLIED | {"chat": chat(where)})
        origin = {"type": "user", "date": 1700000000, "sender_user": user(7000009)}
        yield message(text, forward_origin=origin)
        yield message(text, kind="edited_message")
        yield message(text, kind="channel_post", where="channel")
        yield message(text, where="supergroup", sender_chat=chat("channel"))
        yield message(text, via_bot=BOT)
    for content in media():
        yield message(kind="channel_post", where="channel", **content)


def _others(handler: Any) -> Iterator[Update]:
    who, date = {"from": user()}, {"date": 1700000000}
    payload = {"id": "1", "invoice_payload": "Custom-Payload"} | who
    match type(handler).__name__:
        case "ChosenInlineResultHandler":
            yield {"chosen_inline_result": {"result_id": "1", "query": "text"} | who}
        case "PollHandler":
            yield {"poll": poll({"options": ["a", "b"]})}
        case "PollAnswerHandler":
            said = {"poll_id": "poll1", "user": user(), "option_ids": [0], "option_persistent_ids": ["0"]}
            yield {"poll_answer": said}
        case "ShippingQueryHandler":
            street = {"street_line1": "s", "street_line2": "", "post_code": "1"}
            yield {
                "shipping_query": payload
                | {"shipping_address": {"country_code": "DE", "state": "", "city": "c"} | street}
            }
        case "PreCheckoutQueryHandler":
            yield {"pre_checkout_query": payload | {"currency": "XTR", "total_amount": 1}}
        case "ChatMemberHandler":
            for kind, member in (("my_chat_member", BOT), ("chat_member", user())):
                for where in ("private", "supergroup", "channel"):
                    states = [{"status": status, "user": member} for status in ("left", "member")]
                    change = {"chat": chat(where), "old_chat_member": states[0], "new_chat_member": states[1]}
                    yield {kind: change | who | date}
        case "ChatJoinRequestHandler":
            yield {"chat_join_request": {"chat": chat("supergroup"), "user_chat_id": USER} | who | date}
        case "MessageReactionHandler":
            reaction = {"old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}]}
            yield {"message_reaction": {"chat": chat("private"), "message_id": 4, "user": user()} | reaction | date}
