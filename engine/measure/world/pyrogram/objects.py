"""Objects of Telegram's schema (https://core.telegram.org/schema) by their names, as the library's raw types have them."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterable
from typing import Any

from pyrogram import raw, utils

from ..known import BOT, CHANNEL, CONTENT, USER

DATE = 1700000000
SELF: int = BOT["id"]
_DEEPEST = 5
_LIST = re.compile(r"['\"]?(typing\.)?(Optional\[)?(typing\.)?list\[", re.IGNORECASE)
_PLAIN: dict[str, Any] = {"int": 1, "str": "text", "bytes": b"b", "bool": False, "float": 1.0}
_CAN = (
    "change_info", "post_messages", "edit_messages", "delete_messages", "ban_users", "invite_users", "pin_messages", "add_admins",
)  # fmt: skip


def _named(where: Any, dotted: str) -> Any:
    return functools.reduce(lambda found, name: getattr(found, name, None), dotted.split("."), where)


def new(name: str, /, **given: Any) -> Any:
    """An object of a kind with what is given, as far as the release knows it, and the least in the place of the rest.

    Raises:
        LookupError: there is no such kind, or it needs what cannot be made.
    """
    kind = _named(raw.types, name)
    if kind is None:
        raise LookupError(name)
    return _filled(kind, given, 0)


def _filled(kind: Any, given: dict[str, Any], depth: int) -> Any:
    wanted = list(inspect.signature(kind.__init__).parameters.values())[1:]
    values = {each.name: given[each.name] for each in wanted if each.name in given}
    for each in wanted:
        text = each.annotation.__name__ if inspect.isclass(each.annotation) else str(each.annotation)
        if each.name not in values and (each.default is inspect.Parameter.empty or _LIST.match(text)):
            values[each.name] = least(text, depth)  # a list that is not there is read as an empty one
    return kind(**values)


def least(annotation: str, depth: int = 0) -> Any:
    """The least of a type, as it is written in the library: ``list[raw.base.User]``, ``int``.

    Raises:
        LookupError: it cannot be made.
    """
    text = annotation.strip("\"'")
    if _LIST.match(text):
        return []
    if text in _PLAIN:
        return _PLAIN[text]
    base = re.sub(r"^.*?raw\.base\.", "", text)
    if base in _MADE:
        return _MADE[base]()
    kinds = _constructors(base)
    if not kinds or depth > _DEEPEST:
        raise LookupError(text)
    said = [kind for kind in kinds if not kind.endswith(("Empty", "NotModified", "NotFound"))] or kinds
    return _filled(_named(raw.types, said[0]), {}, depth + 1)


def _constructors(base: str) -> list[str]:
    """Names of the kinds of a type: the library's documentation has them in every release."""
    said = inspect.getdoc(_named(raw.base, base)) or ""
    listed = re.findall(r"^\s+([a-z.]*[A-Z]\w+)\s*$", said.partition("nosignatures:")[2], re.MULTILINE)
    linked = re.findall(r"<pyrogram\.raw\.types\.([\w.]+)>", said)
    return listed or linked


def returned(request: Any) -> str:
    """The type that a request is answered with, as its documentation says it."""
    said = (inspect.getdoc(type(request)) or "").partition("Returns:")[2].strip()
    linked = re.search(r"<pyrogram\.raw\.base\.([\w.]+)>", said.splitlines()[0] if said else "")
    if said.startswith("List of"):
        return "list[]"
    return f"raw.base.{linked[1]}" if linked else said.strip("`").partition("`")[0]


def user(number: int, *, bot: bool = False, username: str = "") -> Any:
    """A user, or the program's own account."""
    named = {"first_name": "Ann", "username": username or f"user{number}"}
    if number == SELF:
        named = {"first_name": BOT["first_name"], "username": BOT["username"]}
    return new("User", id=number, access_hash=number, is_self=number == SELF, bot=bot, **named)


def channel(number: int, *, broadcast: bool, username: str = "") -> Any:
    """A channel or, where it is no `broadcast`, a supergroup, in which the account may do anything."""
    rights = new("ChatAdminRights", **dict.fromkeys(_CAN, True))
    named = {"title": "A channel" if broadcast else "A group", "username": username or f"chat{number % 1000}"}
    kind = {"broadcast": broadcast, "megagroup": not broadcast, "creator": True, "admin_rights": rights}
    return new("Channel", id=number, access_hash=1, photo=new("ChatPhotoEmpty"), date=DATE, **named, **kind)


def peer(number: int) -> Any:
    """Of a number as programs write them: ``-100…`` is a channel."""
    if number > 0:
        return new("PeerUser", user_id=number)
    return (
        new("PeerChannel", channel_id=-1000000000000 - number)
        if number < -1000000000000
        else new("PeerChat", chat_id=-number)
    )


def number_of(of: Any) -> int:
    """The number of a peer, as programs write them."""
    return int(utils.get_peer_id(of))


def peer_of(given: Any) -> Any:
    """The peer that an `InputPeer…`, `InputUser` or `InputChannel` names; somebody where it names none."""
    for name, kind in (("channel_id", "PeerChannel"), ("chat_id", "PeerChat"), ("user_id", "PeerUser")):
        if isinstance(number := getattr(given, name, None), int):
            return new(kind, **{name: number})
    return new("PeerUser", user_id=SELF if type(given).__name__.endswith("Self") else USER)


def entity(of: Any, *, bot: bool = False) -> Any:
    """Who or what a peer is."""
    if hasattr(of, "user_id"):
        return user(of.user_id, bot=bot and of.user_id == SELF)
    if hasattr(of, "channel_id"):
        return channel(of.channel_id, broadcast=number_of(of) == CHANNEL)
    photo = new("ChatPhotoEmpty")
    return new("Chat", id=of.chat_id, title="A group", photo=photo, participants_count=2, date=DATE, version=1)


def around(*peers: Any) -> dict[str, list[Any]]:
    """`users` and `chats` of an answer in which these peers, the account and somebody appear."""
    found = {number_of(each): entity(each) for each in (peer(SELF), peer(USER), *peers)}
    return {
        "users": [each for number, each in found.items() if number > 0],
        "chats": [each for number, each in found.items() if number < 0],
    }


def message(text: str, number: int, where: Any, **more: Any) -> Any:
    """A message in a chat."""
    return new("Message", id=number, peer_id=where, message=text, date=DATE, **more)


def updates(found: Iterable[Any], *peers: Any) -> Any:
    """An answer that brings updates."""
    return new("Updates", updates=list(found), date=DATE, seq=0, **around(*peers))


def photo() -> Any:
    """A picture in a message."""
    sizes = [new("PhotoSize", type="x", w=10, h=10, size=len(CONTENT))]
    inner = new("Photo", id=1, access_hash=1, file_reference=b"f", date=DATE, sizes=sizes, dc_id=2)
    return new("MessageMediaPhoto", photo=inner)


def document(name: str, mime: str, *attributes: Any) -> Any:
    """A file in a message."""
    known = {"id": 2, "access_hash": 1, "file_reference": b"f", "date": DATE, "size": len(CONTENT), "dc_id": 2}
    named = [new("DocumentAttributeFilename", file_name=name), *attributes]
    return new("MessageMediaDocument", document=new("Document", mime_type=mime, attributes=named, **known))


#: Types that are made so, whatever else their kinds are.
_MADE: dict[str, Any] = {
    "Peer": lambda: peer(USER),
    "User": lambda: user(USER),
    "Chat": lambda: entity(new("PeerChat", chat_id=1)),
    "Message": lambda: message("text", 1, peer(USER)),
    "Updates": lambda: updates([]),
}
