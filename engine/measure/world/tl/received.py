"""Updates of the schema, from those that the Bot API describes: one way to write them down serves all libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from ..contents import Update
from ..known import STRANGER, USER
from .objects import SELF, Objects

_ENTITIES = {"bot_command": "MessageEntityBotCommand", "url": "MessageEntityUrl", "mention": "MessageEntityMention"}


class Received(NamedTuple):
    """An update, and who and what appear in it."""

    update: Any
    users: list[Any]
    chats: list[Any]


def _sized(tl: Objects, name: str, mime: str, kind: str, **more: Any) -> Any:
    return tl.document(name, mime, tl.new(kind, duration=2, **more))


#: The content of a message, by its name in the Bot API.
_MEDIA: dict[str, Callable[[Objects, Any], Any]] = {
    "photo": lambda tl, said: tl.photo(),
    "voice": lambda tl, said: _sized(tl, "a.ogg", "audio/ogg", "DocumentAttributeAudio", voice=True),
    "audio": lambda tl, said: _sized(tl, "a.mp3", "audio/mpeg", "DocumentAttributeAudio"),
    "video": lambda tl, said: _sized(tl, "v.mp4", "video/mp4", "DocumentAttributeVideo"),
    "video_note": lambda tl, said: _sized(tl, "v.mp4", "video/mp4", "DocumentAttributeVideo", round_message=True),
    "animation": lambda tl, said: tl.document(
        "a.gif", "image/gif", tl.new("DocumentAttributeAnimated"), tl.new("DocumentAttributeVideo", duration=2)
    ),
    "sticker": lambda tl, said: tl.document(
        "s.webp",
        "image/webp",
        tl.new("DocumentAttributeImageSize"),
        tl.new("DocumentAttributeSticker", alt="🙂", stickerset=tl.new("InputStickerSetEmpty")),
    ),
    "document": lambda tl, said: tl.document(said["file_name"], said["mime_type"]),
    "contact": lambda tl, said: tl.new(
        "MessageMediaContact", phone_number="+10000000000", first_name="Ann", user_id=USER
    ),
    "location": lambda tl, said: tl.new("MessageMediaGeo", geo=tl.new("GeoPoint", long=11.0, lat=48.0, access_hash=1)),
    "dice": lambda tl, said: tl.new("MessageMediaDice", value=1, emoticon=said["emoji"]),
}
#: What a group is told, by its name in the Bot API.
_ACTIONS: dict[str, Callable[[Objects, Any], Any]] = {
    "new_chat_members": lambda tl, said: tl.new("MessageActionChatAddUser", users=[said[0]["id"]]),
    "left_chat_member": lambda tl, said: tl.new("MessageActionChatDeleteUser", user_id=said["id"]),
    "new_chat_title": lambda tl, said: tl.new("MessageActionChatEditTitle", title=said),
    "new_chat_photo": lambda tl, said: tl.new("MessageActionChatEditPhoto", photo=tl.photo().photo),
    "delete_chat_photo": lambda tl, said: tl.new("MessageActionChatDeletePhoto"),
    "pinned_message": lambda tl, said: tl.new("MessageActionPinMessage"),
}


def received(tl: Objects, update: Update, *, bot: bool) -> Received:
    """The update as a client gets it; `bot`: the account is one.

    Raises:
        ValueError: the schema has no such update.
    """
    kind, content = next(iter(update.items()))
    where = tl.peer(content["chat"]["id"]) if "chat" in content else tl.peer(USER)
    if kind in ("message", "edited_message", "channel_post", "edited_channel_post"):
        edited = "Edit" if kind.startswith("edited") else "New"
        name = f"Update{edited}{'Channel' if hasattr(where, 'channel_id') else ''}Message"
        message = _message(tl, content, where, edited == "Edit")
        made = tl.new(name, message=message, pts=update.get("update_id", 1), pts_count=1)
    elif kind in _OTHERS:
        made = _OTHERS[kind](tl, content, where, update.get("update_id", 1))
    else:
        raise ValueError(kind)
    return Received(made, *_people(tl, content, where, bot))


def _people(tl: Objects, content: dict[str, Any], where: Any, bot: bool) -> tuple[list[Any], list[Any]]:
    numbers = {USER, SELF, STRANGER, content.get("from", {}).get("id", USER), getattr(where, "user_id", USER)}
    numbers |= {each["id"] for each in content.get("new_chat_members", ())}
    numbers.add(content.get("left_chat_member", {}).get("id", USER))
    users = [tl.user(number, bot=bot and number == SELF) for number in sorted(numbers)]
    if hasattr(where, "channel_id"):
        chat = content["chat"]
        named = {"broadcast": chat.get("type") == "channel", "username": chat.get("username", "")}
        return users, [tl.channel(where.channel_id, **named)]
    return users, [] if hasattr(where, "user_id") else [tl.entity(where)]


def _message(tl: Objects, content: dict[str, Any], where: Any, edited: bool) -> Any:
    sender = content.get("from", {}).get("id")
    number = content["message_id"] + 100_000
    common: dict[str, Any] = {"out": sender == SELF, "from_id": tl.peer(sender) if sender else None}
    for name, action in _ACTIONS.items():
        if name in content:
            common |= {"date": tl.date, "action": action(tl, content[name])}
            return tl.new("MessageService", id=number, peer_id=where, **common)
    text = content.get("text", content.get("caption", ""))
    marks = content.get("entities", content.get("caption_entities", ()))
    placed = [tl.new(_ENTITIES[mark["type"]], offset=mark["offset"], length=mark["length"]) for mark in marks]
    common["entities"] = placed or tl.nothing_in_it()
    common["media"] = next((media(tl, content[name]) for name, media in _MEDIA.items() if name in content), None)
    if not text and common["media"] is None:
        raise ValueError("nothing in it that the schema has")
    if "reply_to_message" in content:
        common["reply_to"] = tl.new("MessageReplyHeader", reply_to_msg_id=content["reply_to_message"]["message_id"])
    if "forward_origin" in content:
        common["fwd_from"] = tl.new("MessageFwdHeader", date=tl.date, from_id=tl.peer(STRANGER))
    if "media_group_id" in content:
        common["grouped_id"] = int(content["media_group_id"])
    if edited:
        common["edit_date"] = tl.date
    return tl.message(text, number, where, post=sender is None, **common)


def _pressed(tl: Objects, content: dict[str, Any], where: Any, number: int) -> Any:
    if "data" not in content:
        raise ValueError("a game")
    under = content["message"]
    who = {"user_id": content["from"]["id"], "peer": tl.peer(under["chat"]["id"])}
    what = {"msg_id": under["message_id"], "chat_instance": 1, "data": content["data"].encode()}
    return tl.new("UpdateBotCallbackQuery", query_id=number, **who, **what)


def _deleted(tl: Objects, content: dict[str, Any], where: Any, number: int) -> Any:
    in_channel = hasattr(where, "channel_id")
    more = {"channel_id": where.channel_id} if in_channel else {}
    name = "UpdateDeleteChannelMessages" if in_channel else "UpdateDeleteMessages"
    return tl.new(name, messages=[5], pts=number, pts_count=1, **more)


def _changed(tl: Objects, content: dict[str, Any], where: Any, number: int) -> Any:
    """Somebody has come to a group, or gone."""
    if not hasattr(where, "channel_id"):
        raise ValueError("no channel")
    states: dict[str, Any] = {}
    for name, key in (("prev_participant", "old_chat_member"), ("new_participant", "new_chat_member")):
        who = content[key]["user"]["id"]
        if content[key]["status"] not in ("member", "left"):
            raise ValueError(content[key]["status"])
        if content[key]["status"] == "member":
            states[name] = tl.new("ChannelParticipant", user_id=who, date=tl.date)
    people = {"actor_id": content["from"]["id"], "user_id": who}
    return tl.new("UpdateChannelParticipant", channel_id=where.channel_id, date=tl.date, qts=number, **people, **states)


def _asked(tl: Objects, content: dict[str, Any], where: Any, number: int) -> Any:
    """Somebody wants to come to a group."""
    invite = tl.new("ChatInvitePublicJoinRequests")
    more = {"user_id": content["from"]["id"], "date": tl.date, "about": "", "invite": invite, "qts": number}
    return tl.new("UpdateBotChatInviteRequester", peer=where, **more)


_OTHERS: dict[str, Callable[[Objects, dict[str, Any], Any, int], Any]] = {
    "callback_query": _pressed,
    "inline_query": lambda tl, said, where, number: tl.new(
        "UpdateBotInlineQuery", query_id=number, user_id=said["from"]["id"], query=said["query"], offset=""
    ),
    "deleted_message": _deleted,
    "chat_member": _changed,
    "chat_join_request": _asked,
    "typing": lambda tl, said, where, number: tl.new(
        "UpdateUserTyping", user_id=said["from"]["id"], action=tl.new("SendMessageTypingAction")
    ),
    "online": lambda tl, said, where, number: tl.new(
        "UpdateUserStatus", user_id=said["from"]["id"], status=tl.new("UserStatusOnline", expires=tl.date)
    ),
    "read": lambda tl, said, where, number: tl.new(
        "UpdateReadHistoryOutbox", peer=where, max_id=5, pts=number, pts_count=1
    ),
}
