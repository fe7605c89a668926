"""Updates that a handler of a kind may take, as the Bot API describes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ..contents import ARGUMENTS, PHOTO, STATUS, TEXTS, Update, chat, media, message, pressed, user
from ..known import BOT, STRANGER, USER, poll

_NAME = re.compile(r"@?\w{4,32}")
_REPLIED = {"message_id": 4, "date": 1700000000, "from": BOT, "text": "replied to"}
_MAY = (
    "can_be_edited", "is_anonymous", "can_manage_chat", "can_delete_messages", "can_manage_video_chats",
    "can_restrict_members", "can_promote_members", "can_change_info", "can_invite_users", "can_post_stories",
    "can_edit_stories", "can_delete_stories",
)  # fmt: skip
#: What is said of a member besides.
RIGHTS: dict[str, dict[str, Any]] = {"administrator": dict.fromkeys(_MAY, True), "kicked": {"until_date": 0}}


def commands(said: str, words: list[str], users: list[int], groups: list[int]) -> Iterator[Update]:
    """A command, ``/start``, by all whom a program may know, in every kind of chat."""
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
    yield message(said, user_id=STRANGER)


def in_a_group(said: str) -> Iterator[Update]:
    """A command in a group, alone and as a reply to somebody."""
    replied = _REPLIED | {"from": user(STRANGER), "chat": chat("supergroup")}
    yield message(said, where="supergroup")
    yield message(f"{said} 1", where="supergroup", reply_to_message=replied)


def messages(words: list[str], users: list[int], groups: list[int]) -> Iterator[Update]:
    """Texts and everything else that a message may hold, by all whom a program may know, in every kind of chat."""
    texts = list(dict.fromkeys([*words, *TEXTS]))
    for text in texts:
        yield message(text)
    for number in (*users, STRANGER):
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
        origin = {"type": "user", "date": 1700000000, "sender_user": user(STRANGER)}
        yield message(text, forward_origin=origin)
        yield message(text, kind="edited_message")
        yield message(text, kind="channel_post", where="channel")
        yield message(text, where="supergroup", sender_chat=chat("channel"))
        yield message(text, via_bot=BOT)
    for content in media():
        yield message(kind="channel_post", where="channel", **content)


def others(kind: str) -> Iterator[Update]:
    """Of a kind of update that is no message and no press; nothing for one that is not known."""
    who, date = {"from": user()}, {"date": 1700000000}
    payload = {"id": "1", "invoice_payload": "Custom-Payload"} | who
    if kind == "inline_query":
        for text in ("text", ""):
            yield inline_query(text)
    elif kind == "chosen_inline_result":
        yield {kind: {"result_id": "1", "query": "text"} | who}
    elif kind == "poll":
        yield {kind: poll({"options": ["a", "b"]})}
    elif kind == "poll_answer":
        yield {kind: {"poll_id": "poll1", "user": user(), "option_ids": [0], "option_persistent_ids": ["0"]}}
    elif kind == "shipping_query":
        street = {"street_line1": "s", "street_line2": "", "post_code": "1"}
        yield {kind: payload | {"shipping_address": {"country_code": "DE", "state": "", "city": "c"} | street}}
    elif kind == "pre_checkout_query":
        yield {kind: payload | {"currency": "XTR", "total_amount": 1}}
    elif kind in ("my_chat_member", "chat_member"):
        yield from _changed(kind, BOT if kind == "my_chat_member" else user())
    elif kind == "chat_join_request":
        yield {kind: {"chat": chat("supergroup"), "user_chat_id": USER} | who | date}
    elif kind == "message_reaction":
        reaction = {"old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}]}
        yield {kind: {"chat": chat("private"), "message_id": 4, "user": user()} | reaction | date}


def _changed(kind: str, who: dict[str, Any]) -> Iterator[Update]:
    """Somebody comes, goes, is thrown out, or becomes an administrator."""
    changes = (
        ("left", "member"),
        ("member", "left"),
        ("member", "kicked"),
        ("kicked", "member"),
        ("member", "administrator"),
    )
    for old, new in changes:
        for where in ("private", "supergroup", "channel"):
            states = [{"status": status, "user": who} | RIGHTS.get(status, {}) for status in (old, new)]
            change = {"chat": chat(where), "old_chat_member": states[0], "new_chat_member": states[1]}
            yield {kind: change | {"from": user(), "date": 1700000000}}


def inline_query(text: str) -> Update:
    """Somebody who types the bot's name, and a text."""
    return {"inline_query": {"id": "1", "from": user(), "query": text, "offset": "", "chat_type": "private"}}


def presses(texts: Iterable[str], buttons: Iterable[str]) -> Iterator[Update]:
    """Of buttons: those for which a handler was written, those that the program has sent, any, and of a game."""
    for data in (*texts, *buttons, "data", "1", "0"):
        yield pressed(data)
    for data in (*texts, "data"):
        yield pressed(data, user_id=STRANGER)
    game = pressed("")["callback_query"]
    yield {"callback_query": {k: v for k, v in game.items() if k != "data"} | {"game_short_name": "game"}}
