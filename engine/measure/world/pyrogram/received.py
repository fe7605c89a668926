"""Updates of the schema, from those that the Bot API describes: one way to write them down serves all libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..contents import Update
from ..known import USER
from .objects import DATE, SELF, channel, document, entity, message, new, peer, photo, user

_ENTITIES = {"bot_command": "MessageEntityBotCommand", "url": "MessageEntityUrl", "mention": "MessageEntityMention"}


def _sized(name: str, mime: str, kind: str, **more: Any) -> Any:
    return document(name, mime, new(kind, duration=2, **more))


#: The content of a message, by its name in the Bot API.
_MEDIA: dict[str, Callable[[Any], Any]] = {
    "photo": lambda said: photo(),
    "voice": lambda said: _sized("a.ogg", "audio/ogg", "DocumentAttributeAudio", voice=True),
    "audio": lambda said: _sized("a.mp3", "audio/mpeg", "DocumentAttributeAudio"),
    "video": lambda said: _sized("v.mp4", "video/mp4", "DocumentAttributeVideo"),
    "video_note": lambda said: _sized("v.mp4", "video/mp4", "DocumentAttributeVideo", round_message=True),
    "animation": lambda said: document(
        "a.gif", "image/gif", new("DocumentAttributeAnimated"), new("DocumentAttributeVideo", duration=2)
    ),
    "sticker": lambda said: document(
        "s.webp",
        "image/webp",
        new("DocumentAttributeImageSize"),
        new("DocumentAttributeSticker", alt="🙂", stickerset=new("InputStickerSetEmpty")),
    ),
    "document": lambda said: document(said["file_name"], said["mime_type"]),
    "contact": lambda said: new("MessageMediaContact", phone_number="+10000000000", first_name="Ann", user_id=USER),
    "location": lambda said: new("MessageMediaGeo", geo=new("GeoPoint", long=11.0, lat=48.0, access_hash=1)),
    "dice": lambda said: new("MessageMediaDice", value=1, emoticon=said["emoji"]),
}
#: What a group is told, by its name in the Bot API.
_ACTIONS: dict[str, Callable[[Any], Any]] = {
    "new_chat_members": lambda said: new("MessageActionChatAddUser", users=[said[0]["id"]]),
    "left_chat_member": lambda said: new("MessageActionChatDeleteUser", user_id=said["id"]),
    "new_chat_title": lambda said: new("MessageActionChatEditTitle", title=said),
    "new_chat_photo": lambda said: new("MessageActionChatEditPhoto", photo=photo().photo),
    "delete_chat_photo": lambda said: new("MessageActionChatDeletePhoto"),
    "pinned_message": lambda said: new("MessageActionPinMessage"),
}


def received(update: Update, *, bot: bool) -> Any:
    """The update as a client gets it; `bot`: the account is one.

    Raises:
        ValueError: the schema has no such update.
    """
    kind, content = next(iter(update.items()))
    number = update.get("update_id", 1)
    where = peer(content["chat"]["id"]) if "chat" in content else peer(USER)
    if kind == "callback_query":
        made = _pressed(content, number)
    elif kind == "inline_query":
        made = new(
            "UpdateBotInlineQuery", query_id=number, user_id=content["from"]["id"], query=content["query"], offset=""
        )
    elif kind in ("message", "edited_message", "channel_post", "edited_channel_post"):
        edited = "Edit" if kind.startswith("edited") else "New"
        name = f"Update{edited}{'Channel' if hasattr(where, 'channel_id') else ''}Message"
        made = new(name, message=_message(content, where, edited == "Edit"), pts=number, pts_count=1)
    else:
        raise ValueError(kind)
    users, chats = _people(content, where, bot)
    return new("Updates", updates=[made], users=users, chats=chats, date=DATE, seq=0)


def _people(content: dict[str, Any], where: Any, bot: bool) -> tuple[list[Any], list[Any]]:
    numbers = {USER, SELF, content.get("from", {}).get("id", USER), content.get("left_chat_member", {}).get("id", USER)}
    numbers |= {each["id"] for each in content.get("new_chat_members", ())} | {getattr(where, "user_id", USER)}
    users = [user(number, bot=bot and number == SELF) for number in sorted(numbers)]
    if hasattr(where, "channel_id"):
        chat = content["chat"]
        return users, [
            channel(where.channel_id, broadcast=chat["type"] == "channel", username=chat.get("username", ""))
        ]
    return users, [] if hasattr(where, "user_id") else [entity(where)]


def _message(content: dict[str, Any], where: Any, edited: bool) -> Any:
    sender = content.get("from", {}).get("id")
    number = content["message_id"] + 100_000
    common: dict[str, Any] = {"out": sender == SELF, "from_id": peer(sender) if sender else None}
    for name, action in _ACTIONS.items():
        if name in content:
            return new("MessageService", id=number, peer_id=where, date=DATE, action=action(content[name]), **common)
    text = content.get("text", content.get("caption", ""))
    marks = content.get("entities", content.get("caption_entities", ()))
    common["entities"] = [new(_ENTITIES[mark["type"]], offset=mark["offset"], length=mark["length"]) for mark in marks]
    common["media"] = next((media(content[name]) for name, media in _MEDIA.items() if name in content), None)
    if not text and common["media"] is None:
        raise ValueError("nothing in it that the schema has")
    if "reply_to_message" in content:
        common["reply_to"] = new("MessageReplyHeader", reply_to_msg_id=content["reply_to_message"]["message_id"])
    if "forward_origin" in content:
        common["fwd_from"] = new("MessageFwdHeader", date=DATE, from_name="Bob")
    if edited:
        common["edit_date"] = DATE
    return message(text, number, where, post=sender is None, **common)


def _pressed(content: dict[str, Any], number: int) -> Any:
    if "data" not in content:
        raise ValueError("a game")
    under = content["message"]
    return new(
        "UpdateBotCallbackQuery",
        query_id=number,
        user_id=content["from"]["id"],
        peer=peer(under["chat"]["id"]),
        msg_id=under["message_id"],
        chat_instance=1,
        data=content["data"].encode(),
    )
