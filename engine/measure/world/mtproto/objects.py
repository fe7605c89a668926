"""People, chats, messages and files as Telegram's schema has them (https://core.telegram.org/schema)."""

from __future__ import annotations

import datetime
import functools
import inspect
from collections.abc import Iterable
from typing import Any

from telethon import types, utils

from ..known import BOT, CHANNEL, CONTENT, USER

DATE = datetime.datetime(2024, 1, 1, tzinfo=datetime.timezone.utc)
SELF: int = BOT["id"]
_CAN = (
    "change_info", "post_messages", "edit_messages", "delete_messages", "ban_users", "invite_users", "pin_messages", "add_admins",
)  # fmt: skip


@functools.cache
def parameters(kind: Any) -> dict[str, inspect.Parameter]:
    """What a constructor takes."""
    return dict(list(inspect.signature(kind.__init__).parameters.items())[1:])


def made(kind: type[Any], **given: Any) -> Any:
    """An object of the releases that ask for these values, and of older ones that do not know some of them."""
    return kind(**{name: value for name, value in given.items() if name in parameters(kind)})


def user(number: int, *, bot: bool = False, username: str = "") -> Any:
    """A user, or the program's own account."""
    named = {"first_name": "Ann", "username": username or f"user{number}"}
    if number == SELF:
        named = {"first_name": BOT["first_name"], "username": BOT["username"]}
    return made(types.User, id=number, access_hash=number, is_self=number == SELF, bot=bot, usernames=[], **named)


def channel(number: int, *, broadcast: bool, username: str = "") -> Any:
    """A channel or, where it is no `broadcast`, a supergroup, in which the account may do anything."""
    rights = types.ChatAdminRights(**dict.fromkeys(_CAN, True))
    named = {"title": "A channel" if broadcast else "A group", "username": username or f"chat{number % 1000}"}
    kind = {"broadcast": broadcast, "megagroup": not broadcast, "creator": True, "admin_rights": rights}
    return made(types.Channel, id=number, access_hash=1, photo=types.ChatPhotoEmpty(), date=DATE, **named, **kind)


def peer(number: int) -> Any:
    """Of a number as programs write them: ``-100…`` is a channel."""
    real, kind = utils.resolve_id(number)
    return kind(real)


def peer_of(given: Any) -> Any:
    """The peer that an `InputPeer…`, `InputUser` or `InputChannel` names; somebody where it names none."""
    for name, kind in (("channel_id", types.PeerChannel), ("chat_id", types.PeerChat), ("user_id", types.PeerUser)):
        if isinstance(number := getattr(given, name, None), int):
            return kind(number)
    return types.PeerUser(SELF if type(given).__name__.endswith("Self") else USER)


def entity(of: Any, *, bot: bool = False) -> Any:
    """Who or what a peer is."""
    if isinstance(of, types.PeerUser):
        return user(of.user_id, bot=bot and of.user_id == SELF)
    if isinstance(of, types.PeerChannel):
        return channel(of.channel_id, broadcast=of.channel_id == utils.resolve_id(CHANNEL)[0])
    photo = types.ChatPhotoEmpty()
    return made(types.Chat, id=of.chat_id, title="A group", photo=photo, participants_count=2, date=DATE, version=1)


def around(*peers: Any) -> dict[str, list[Any]]:
    """`users` and `chats` of an answer in which these peers, the account and somebody appear."""
    found = {utils.get_peer_id(each): entity(each) for each in (types.PeerUser(SELF), types.PeerUser(USER), *peers)}
    users = [each for each in found.values() if isinstance(each, types.User)]
    return {"users": users, "chats": [each for each in found.values() if not isinstance(each, types.User)]}


def message(text: str, number: int, where: Any, **more: Any) -> Any:
    """A message in a chat."""
    return made(types.Message, id=number, peer_id=where, message=text, date=DATE, **more)


def updates(found: Iterable[Any], *peers: Any) -> Any:
    """An answer that brings updates."""
    return types.Updates(updates=list(found), date=DATE, seq=0, **around(*peers))


def photo() -> Any:
    """A picture in a message."""
    sizes = [types.PhotoSize("x", 10, 10, len(CONTENT))]
    inner = made(types.Photo, id=1, access_hash=1, file_reference=b"f", date=DATE, sizes=sizes, dc_id=2)
    return types.MessageMediaPhoto(photo=inner)


def document(name: str, mime: str, *attributes: Any) -> Any:
    """A file in a message."""
    known = {"id": 2, "access_hash": 1, "file_reference": b"f", "date": DATE, "size": len(CONTENT), "dc_id": 2}
    named = [types.DocumentAttributeFilename(name), *attributes]
    return types.MessageMediaDocument(document=made(types.Document, mime_type=mime, attributes=named, **known))
