"""Messages, chats and everything that a message may hold, as the Bot API describes them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from .known import BOT, CHANNEL, FILE, GROUP, OTHER_NAMES, STRANGER, USER, poll
from .updates import server_commands, utf16_length

#: A handler's update as JSON-like data, without numbers.
Update = dict[str, Any]
PHOTO: dict[str, Any] = {
    "photo": [FILE | {"width": 90, "height": 90}, FILE | {"width": 900, "height": 900, "file_size": 400}]
}
#: What is said on further lines.
LINES = "\nhttps://example.com/a\nword"
#: What is said after a command, and in the place of one.
ARGUMENTS = ("", " 1", " word", " https://example.com/a", " 10 20", f" 10 20 thirty forty{LINES}")
TEXTS = (
    "a text", "/unknown_command", "hello world", "1", "2024-01-31", "https://example.com/a", "me@example.com",
    "+10000000000", "12:30",
)  # fmt: skip
_DATE = {"date": 1700000000}
_MARKED = {
    "url": r"https?://\S+",
    "mention": r"(?<!\w)@\w{3,32}",
    "email": r"\w+@\w+\.\w+",
    "phone_number": r"(?<!\w)\+\d{8,15}\b",
    "hashtag": r"(?<!\w)#\w+",
}
_DOCUMENTS = {
    "file.pdf": "application/pdf",
    "file.txt": "text/plain",
    "file.json": "application/json",
    "file.csv": "text/csv",
    "file.jpg": "image/jpeg",
    "file.mp3": "audio/mpeg",
    "file.mp4": "video/mp4",
    "file.zip": "application/zip",
    "file.apk": "application/vnd.android.package-archive",
    "file.docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "file.gif": "image/gif",
}


def _named(number: int) -> dict[str, str]:
    name = OTHER_NAMES.get(number, "Ann")
    return {"first_name": name, "username": name.lower()}


def user(number: int = USER) -> dict[str, Any]:
    """Somebody; a stranger has another name and speaks another language."""
    return {"id": number, "is_bot": False, **_named(number), "language_code": "ru" if number == STRANGER else "en"}


def chat(kind: str, user_id: int = USER, number: int | None = None, name: str | None = None) -> dict[str, Any]:
    """A chat of a kind."""
    if kind == "private":
        return {"id": user_id, "type": kind, **_named(user_id)}
    if kind == "channel":
        return {"id": number or CHANNEL, "type": kind, "title": "A channel", "username": name or "achannel"}
    found = {"id": number or (GROUP if kind == "supergroup" else -1000001), "type": kind, "title": "A group"}
    return found | ({"username": name or "agroup"} if kind == "supergroup" else {})


def entities(text: str) -> list[dict[str, Any]]:
    """What the servers mark in a text: commands, links, names, addresses, numbers of phones."""
    found = server_commands(text)
    for kind, pattern in _MARKED.items():
        for match in re.finditer(pattern, text):
            found.append(
                {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
            )
    return found


def message(
    text: str | None = None,
    kind: str = "message",
    where: str = "private",
    user_id: int = USER,
    number: int | None = None,
    name: str | None = None,
    **more: Any,
) -> Update:
    """An update with a message; `where` is the kind of chat, `number` and `name` are the chat's."""
    made: dict[str, Any] = _DATE | {"chat": chat(where, user_id, number, name)}
    if where != "channel":
        made["from"] = user(user_id)
    if "edited" in kind:
        made["edit_date"] = 1700000060
    for field, words in (("text", text), ("caption", more.get("caption"))):
        if words is not None:
            made[field] = words
            if marks := entities(words):
                made["entities" if field == "text" else "caption_entities"] = marks
    return {kind: made | more}


def with_text(update: Update, text: str) -> Update:
    """The same message with another text."""
    kind, content = next(iter(update.items()))
    changed = {key: value for key, value in content.items() if key != "entities"} | {"text": text}
    marks = entities(text)
    return {**update, kind: changed | ({"entities": marks} if marks else {})}


def from_a_stranger(update: Update) -> Update | None:
    """The same by somebody else, in his own chat where it is private; None for what nobody sends."""
    kind, content = next(iter(update.items()))
    if content.get("from", BOT)["id"] == BOT["id"]:
        return None
    changed = content | {"from": user(STRANGER)}
    under = content.get("message")
    if content.get("chat", {}).get("type") == "private":
        changed["chat"] = chat("private", STRANGER)
    if under is not None and under["chat"]["type"] == "private":
        changed["message"] = under | {"chat": chat("private", STRANGER)}
    return {**update, kind: changed}


def pressed(data: str, text: str = "a message with buttons", user_id: int = USER) -> Update:
    """An update with a press of an inline button under a message of the bot."""
    under = _DATE | {"message_id": 900, "chat": chat("private", user_id), "from": BOT, "text": text}
    return {"callback_query": {"id": "1", "from": user(user_id), "chat_instance": "i", "data": data, "message": under}}


def media() -> Iterator[dict[str, Any]]:
    """Everything that a message may hold in the place of text."""
    yield PHOTO
    yield PHOTO | {"caption": "a caption"}
    for name, mime in _DOCUMENTS.items():
        yield {"document": FILE | {"file_name": name, "mime_type": mime, "file_size": 400}}
    size = {"width": 1, "height": 1}
    yield {"voice": FILE | {"duration": 2, "mime_type": "audio/ogg", "file_size": 400}}
    yield {"audio": FILE | {"duration": 2, "mime_type": "audio/mpeg", "file_name": "a.mp3", "file_size": 400}}
    yield {"video": FILE | size | {"duration": 2, "file_size": 400}}
    yield {"video_note": FILE | {"length": 1, "duration": 2, "file_size": 400}}
    yield {"animation": FILE | size | {"duration": 2}, "document": FILE}
    kinds = {"is_animated": False, "is_video": False, "type": "regular", "set_name": "set", "emoji": "🙂"}
    yield {"sticker": FILE | size | kinds}
    place = {"latitude": 48.0, "longitude": 11.0}
    yield {"location": place}
    yield {"venue": {"location": place, "title": "t", "address": "a"}, "location": place}
    yield {"contact": {"phone_number": "+10000000000", "first_name": "Ann", "user_id": USER}}
    yield {"poll": poll({"options": ["a", "b"]})}
    for emoji in "🎲🎯🏀⚽🎳🎰":
        yield {"dice": {"emoji": emoji, "value": 1}}
    yield {"web_app_data": {"data": "{}", "button_text": "b"}}
    paid = {"currency": "XTR", "total_amount": 1, "invoice_payload": "Custom-Payload"}
    charges = {"telegram_payment_charge_id": "a", "provider_payment_charge_id": "b"}
    yield {"successful_payment": paid | charges}
    yield {"users_shared": {"request_id": 1, "users": [{"user_id": 7}]}}
    yield {"chat_shared": {"request_id": 1, "chat_id": GROUP}}


#: What groups are told.
STATUS: list[dict[str, Any]] = [
    {"new_chat_members": [user(STRANGER)]},
    {"left_chat_member": user(STRANGER)},
    {"new_chat_title": "t"},
    {"new_chat_photo": PHOTO["photo"]},
    {"delete_chat_photo": True},
    {"pinned_message": _DATE | {"message_id": 3, "chat": chat("supergroup"), "text": "p"}},
    {"migrate_to_chat_id": GROUP},
    {"group_chat_created": True},
    {"video_chat_started": {}},
    {"forum_topic_created": {"name": "t", "icon_color": 1}},
]
