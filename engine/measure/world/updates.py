"""Bot API updates as plain data, the way Telegram's servers make them. Picklable, so they may be arguments of a
scenario.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

#: What `getMe` answers.
BOT: dict[str, Any] = {
    "id": 42,
    "is_bot": True,
    "first_name": "Twin",
    "username": "ThisBot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
#: The kinds of update that hold a message. Older releases of python-telegram-bot ignore those they do not know.
MESSAGE_KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "edited_business_message",
    "guest_message",
)

_NAME = re.compile(r"/[a-zA-Z0-9_]{1,64}")
_MENTION = re.compile(r"@[a-zA-Z0-9_]{3,32}")
_LETTERS = re.compile(r"[a-zA-Z0-9_]*")


def _is_word(character: str) -> bool:
    return character == "_" or unicodedata.category(character)[0] in "LN"


def utf16_length(text: str) -> int:
    """The length of `text` in UTF-16 code units, the unit of entity offsets."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def server_commands(text: str) -> list[dict[str, Any]]:
    """The `bot_command` entities that Telegram's servers put on `text`.

    The rule is that of tdlib (`match_bot_commands`): a slash and 1-64 of ``[A-Za-z0-9_]``, optionally ``@`` and 3-32 of
    them; not after a word character or one of ``/<>``, and not before one.
    """
    found = []
    position = text.find("/")
    while position >= 0:
        start, position = position, text.find("/", position + 1)
        if start and (_is_word(text[start - 1]) or text[start - 1] in "/<>"):
            continue
        name = _NAME.match(text, start)
        if name is None or _LETTERS.match(text, name.end()).end() > name.end():  # type: ignore[union-attr]
            continue
        end = name.end()
        if text[end : end + 1] == "@":
            letters = _LETTERS.match(text, end + 1)
            assert letters is not None
            mention = _MENTION.match(text, end)
            if mention is None or letters.end() > mention.end():
                continue
            end = mention.end()
        if end < len(text) and (_is_word(text[end]) or text[end] in "/<>"):
            continue
        found.append(
            {"type": "bot_command", "offset": utf16_length(text[:start]), "length": utf16_length(text[start:end])}
        )
    return found


def message(
    text: str | None = None,
    *,
    kind: str = "message",
    chat: str = "private",
    chat_id: int | None = None,
    user_id: int = 5,
    caption: str | None = None,
    entities: Sequence[dict[str, Any]] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """An update with a message.

    `kind` is one of `MESSAGE_KINDS`, `chat` a chat type ("private", "group", "supergroup", "channel"; channel posts are
    in a channel whatever it says). A `caption` comes with a photo. `entities` replaces what the server would find in
    the text (``[]`` for none). `more` are further fields of the message, e.g. ``document={...}``.
    """
    if kind not in MESSAGE_KINDS:
        raise ValueError(f"no kind of message: {kind!r}")
    chat = "channel" if "channel" in kind else chat
    number = chat_id if chat_id is not None else (user_id if chat == "private" else -100)
    name = {"first_name": "U"} if chat == "private" else {"title": "G"}
    made: dict[str, Any] = {"date": 1700000000, "chat": {"id": number, "type": chat, **name}}
    if chat != "channel":
        made["from"] = {"id": user_id, "is_bot": False, "first_name": "U", "language_code": "en"}
    if "edited" in kind:
        made["edit_date"] = 1700000060
    if "business" in kind:
        made["business_connection_id"] = "connection"
    for field, words in (("text", text), ("caption", caption)):
        if words is not None:
            made[field] = words
            marks = server_commands(words) if entities is None else list(entities)
            if marks:
                made["entities" if field == "text" else "caption_entities"] = marks
    if caption is not None:
        made["photo"] = [{"file_id": "photo", "file_unique_id": "p", "width": 1, "height": 1}]
    return {kind: made | more}


def edited(text: str, **how: Any) -> dict[str, Any]:
    """An update with an edited message."""
    return message(text, kind="edited_message", **how)


def callback_query(data: str = "data", *, user_id: int = 5, text: str = "a message with buttons") -> dict[str, Any]:
    """An update with a press of an inline button under a message of the bot."""
    under = message(text, user_id=user_id)["message"] | {"message_id": 900, "from": BOT}
    user = {"id": user_id, "is_bot": False, "first_name": "U"}
    return {"callback_query": {"id": "1", "from": user, "chat_instance": "instance", "data": data, "message": under}}
