"""Updates that an event builder may take. Whether it does, the library itself says: `filter`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from telethon import events

from ..contents import ARGUMENTS, PHOTO, STATUS, TEXTS, Update, chat, media, message, pressed, user
from ..known import BOT, CHANNEL
from ..patterns import said_in, texts_for

_REPLIED: dict[str, Any] = {"reply_to_message": {"message_id": 5}}
_MOST = 12


class Candidates:
    """Makes candidates. `admins` and `chats` are numbers that stand in the program; `buttons` what it has sent."""

    def __init__(self, admins: Iterable[int], chats: Iterable[int], buttons: list[str]) -> None:
        self.admins, self.chats, self.buttons = list(admins), list(chats), buttons

    def of(self, builder: Any) -> Iterator[Update]:
        """For one builder, the likeliest first."""
        numbers = [n for n in (*_numbers(builder, "chats"), *_numbers(builder, "from_users")) if n]
        users = [number for number in (*numbers, *self.admins) if number > 0]
        groups = [number for number in (*numbers, *self.chats) if number < 0]
        match builder:
            case events.MessageDeleted():
                yield from ({"deleted_message": {"chat": where}} for where in _chats(users, groups))
            case events.MessageEdited():
                for made in _messages(builder, users, groups):
                    yield from ({"edited_message": content} for content in made.values())
            case events.Album():
                for where in _chats(users, groups):
                    kind = "channel_post" if where["type"] == "channel" else "message"
                    content = PHOTO | {"caption": "a caption", "media_group_id": "1", "chat": where}
                    yield message(kind=kind, where=where["type"], **content)
            case events.NewMessage():
                yield from _messages(builder, users, groups)
            case events.CallbackQuery():
                yield from self._presses(builder, users)
            case events.InlineQuery():
                for text in (*_texts(builder), ""):
                    yield {"inline_query": {"from": user(), "query": text}}
            case events.ChatAction():
                for content in STATUS:
                    yield from (
                        {"message": {"date": 0, "chat": c, "from": user()} | content} for c in _chats([], groups)
                    )
            case events.UserUpdate():
                yield {"typing": {"from": user()}}
                yield {"online": {"from": user()}}
            case events.MessageRead():
                yield from ({"read": {"chat": where}} for where in _chats(users, groups))
            case _:
                yield from _messages(builder, users, groups)
                yield pressed("data")

    def _presses(self, builder: Any, users: list[int]) -> Iterator[Update]:
        found = builder.match
        texts = [found.decode("utf-8", "replace")] if isinstance(found, bytes) else _of_pattern(found)
        for data in (*texts, *self.buttons, *said_in(getattr(builder, "func", None)), "data", "1"):
            yield pressed(data)
            yield from (pressed(data, user_id=number) for number in users)


def _numbers(builder: Any, name: str) -> list[int]:
    """Chats or people whom a builder is for: it was resolved to their numbers."""
    found = getattr(builder, name, None)
    if not isinstance(found, (set, list, tuple)) or getattr(builder, "blacklist_chats", False):
        return []
    return [each for each in list(found)[:4] if isinstance(each, int)]


def _of_pattern(match: Any) -> list[str]:
    """Of ``re.compile(…).match``, on text or on bytes."""
    pattern = getattr(match, "__self__", None)
    if not isinstance(pattern, re.Pattern):
        return []
    text = pattern.pattern
    if isinstance(text, bytes):
        return texts_for(re.compile(text.decode("utf-8", "replace"), pattern.flags & ~re.DEBUG))
    return texts_for(pattern)


def _texts(builder: Any) -> list[str]:
    """What a builder's pattern matches, and what its function has in its code."""
    pattern = getattr(builder, "pattern", None)
    said = said_in(builder.func) if getattr(builder, "func", None) else []
    whole = [text + more for text in _of_pattern(pattern)[:_MOST] for more in ("", *ARGUMENTS[1:3])]
    plain = said_in(pattern) if pattern is not None and not whole else []
    texts = list(dict.fromkeys([*whole, *plain, *said, *(f"{text}/a" for text in said), *TEXTS]))
    return [text for text in texts if _may_say(builder, text)]


def _may_say(builder: Any, text: str) -> bool:
    """Whether a builder's own pattern lets a text pass, where it has one; asked before an event is made of the text."""
    pattern = getattr(builder, "pattern", None)
    try:
        return pattern is None or bool(pattern(text))
    except Exception:  # the program's own function
        return True


def _chats(users: list[int], groups: list[int]) -> list[dict[str, Any]]:
    kinds = [chat(kind) for kind in ("supergroup", "private", "channel", "group")]
    own = [*(chat("supergroup", number=number) for number in groups), *(chat("private", number) for number in users)]
    return [*own, *kinds]


def _mine(made: Update) -> Update:
    """The same, written by the account itself."""
    return {kind: content | {"from": BOT} for kind, content in made.items()}


def _messages(builder: Any, users: list[int], groups: list[int]) -> Iterator[Update]:
    texts = _texts(builder)
    for text in texts[:_MOST]:
        yield message(text)
        yield _mine(message(text))
        yield message(text, where="supergroup")
        yield _mine(message(text, where="supergroup"))
        for number in users:
            yield message(text, user_id=number)
            yield message(text, where="supergroup", user_id=number)
        for number in groups:
            yield message(text, where="supergroup", number=number)
            yield _mine(message(text, where="supergroup", number=number))
            yield message(text, kind="channel_post", where="channel", number=number)
        yield message(text, kind="channel_post", where="channel")
        yield message(text, where="group")
        yield message(text, user_id=BOT["id"])
    for text in texts[:4]:
        yield message(text, **_REPLIED)
        yield _mine(message(text, where="supergroup", **_REPLIED))
        yield message(text, forward_origin={"type": "user"})
    for content in media() if _may_say(builder, "") else ():
        yield message(**content)
        for number in (*groups, CHANNEL):
            yield message(kind="channel_post", where="channel", number=number, **content)
        yield message(where="supergroup", **content)
        yield _mine(message(**content))
    for text in texts[:4]:
        yield message(**PHOTO, caption=text)
