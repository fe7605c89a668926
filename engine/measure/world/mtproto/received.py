"""Updates of the schema, from those that the Bot API describes: one way to write them down serves all libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from telethon import types, utils

from ..contents import Update
from ..known import USER
from .objects import DATE, SELF, channel, document, entity, message, peer, photo, user

_PLACE = {"long": 11.0, "lat": 48.0, "access_hash": 1}
_ENTITIES = {
    "bot_command": types.MessageEntityBotCommand, "url": types.MessageEntityUrl, "mention": types.MessageEntityMention,
}  # fmt: skip


def _sized(name: str, mime: str, kind: Any, **more: Any) -> Any:
    return document(name, mime, kind(duration=2, **more))


#: The content of a message, by its name in the Bot API.
_MEDIA: dict[str, Callable[[Any], Any]] = {
    "photo": lambda said: photo(),
    "voice": lambda said: _sized("a.ogg", "audio/ogg", types.DocumentAttributeAudio, voice=True),
    "audio": lambda said: _sized("a.mp3", "audio/mpeg", types.DocumentAttributeAudio),
    "video": lambda said: _sized("v.mp4", "video/mp4", types.DocumentAttributeVideo, w=1, h=1),
    "video_note": lambda said: _sized("v.mp4", "video/mp4", types.DocumentAttributeVideo, w=1, h=1, round_message=True),
    "animation": lambda said: document("a.gif", "image/gif", types.DocumentAttributeAnimated()),
    "sticker": lambda said: document(
        "s.webp", "image/webp", types.DocumentAttributeSticker("🙂", types.InputStickerSetEmpty())
    ),
    "document": lambda said: document(said["file_name"], said["mime_type"]),
    "contact": lambda said: types.MessageMediaContact("+10000000000", "Ann", "", "", USER),
    "location": lambda said: types.MessageMediaGeo(types.GeoPoint(**_PLACE)),
    "dice": lambda said: types.MessageMediaDice(1, said["emoji"]),
}
#: What a group is told, by its name in the Bot API.
_ACTIONS: dict[str, Callable[[Any], Any]] = {
    "new_chat_members": lambda said: types.MessageActionChatAddUser([said[0]["id"]]),
    "left_chat_member": lambda said: types.MessageActionChatDeleteUser(said["id"]),
    "new_chat_title": lambda said: types.MessageActionChatEditTitle(said),
    "new_chat_photo": lambda said: types.MessageActionChatEditPhoto(photo().photo),
    "delete_chat_photo": lambda said: types.MessageActionChatDeletePhoto(),
    "pinned_message": lambda said: types.MessageActionPinMessage(),
}


def received(update: Update, *, bot: bool) -> Any:
    """The update as `TelegramClient` gets it; `bot`: the account is one.

    Raises:
        ValueError: the schema has no such update, or an account of this kind gets none.
    """
    kind, content = next(iter(update.items()))
    number = update.get("update_id", 1)
    where = peer(content["chat"]["id"]) if "chat" in content else types.PeerUser(USER)
    if kind in _OTHERS:
        made = _OTHERS[kind](content, where, number)
    elif kind.endswith(("message", "channel_post")):
        in_channel = isinstance(where, types.PeerChannel)
        edited = "Edit" if kind.startswith("edited") else "New"
        name = f"Update{edited}{'Channel' if in_channel else ''}Message"
        made = getattr(types, name)(_message(content, where, edited == "Edit"), number, 1)
    else:
        raise ValueError(kind)
    made._entities = {utils.get_peer_id(each): each for each in _people(content, where, bot)}
    return made


def _people(content: dict[str, Any], where: Any, bot: bool) -> list[Any]:
    numbers = {USER, SELF, content.get("from", {}).get("id", USER), content.get("left_chat_member", {}).get("id", USER)}
    numbers |= {each["id"] for each in content.get("new_chat_members", ())}
    found = [user(number, bot=bot and number == SELF) for number in sorted(numbers)]
    if isinstance(where, types.PeerChannel):
        chat = content["chat"]
        broadcast = chat.get("type") == "channel"
        return [*found, channel(where.channel_id, broadcast=broadcast, username=chat.get("username", ""))]
    return found if isinstance(where, types.PeerUser) and where.user_id in numbers else [*found, entity(where)]


def _message(content: dict[str, Any], where: Any, edited: bool) -> Any:
    sender = content.get("from", {}).get("id")
    number = content["message_id"] + 100_000
    common: dict[str, Any] = {"out": sender == SELF, "from_id": types.PeerUser(sender) if sender else None}
    for name, action in _ACTIONS.items():
        if name in content:
            service = {"id": number, "peer_id": where, "date": DATE, "action": action(content[name])}
            return types.MessageService(**service, **common)
    text = content.get("text", content.get("caption", ""))
    marks = content.get("entities", content.get("caption_entities", ()))
    common["entities"] = [_ENTITIES[mark["type"]](mark["offset"], mark["length"]) for mark in marks] or None
    common["media"] = next((media(content[name]) for name, media in _MEDIA.items() if name in content), None)
    if not text and common["media"] is None:
        raise ValueError("nothing in it that the schema has")
    if "reply_to_message" in content:
        common["reply_to"] = types.MessageReplyHeader(reply_to_msg_id=content["reply_to_message"]["message_id"])
    if "forward_origin" in content:
        common["fwd_from"] = types.MessageFwdHeader(date=DATE, from_id=types.PeerUser(7000009))
    if edited:
        common["edit_date"] = DATE
    return message(text, number, where, post=sender is None, **common)


def _pressed(content: dict[str, Any], where: Any, number: int) -> Any:
    under = content["message"]
    return types.UpdateBotCallbackQuery(
        query_id=number,
        user_id=content["from"]["id"],
        peer=peer(under["chat"]["id"]),
        msg_id=under["message_id"],
        chat_instance=1,
        data=content["data"].encode(),
    )


def _deleted(content: dict[str, Any], where: Any, number: int) -> Any:
    if isinstance(where, types.PeerChannel):
        return types.UpdateDeleteChannelMessages(where.channel_id, [5], number, 1)
    return types.UpdateDeleteMessages([5], number, 1)


_OTHERS: dict[str, Callable[[dict[str, Any], Any, int], Any]] = {
    "callback_query": _pressed,
    "inline_query": lambda said, where, number: types.UpdateBotInlineQuery(
        number, said["from"]["id"], said["query"], ""
    ),
    "deleted_message": _deleted,
    "typing": lambda said, where, number: types.UpdateUserTyping(said["from"]["id"], types.SendMessageTypingAction()),
    "online": lambda said, where, number: types.UpdateUserStatus(said["from"]["id"], types.UserStatusOnline(DATE)),
    "read": lambda said, where, number: types.UpdateReadHistoryOutbox(where, 5, number, 1),
}
