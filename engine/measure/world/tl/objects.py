"""People, chats, messages and files as the schema has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..known import BOT, CHANNEL, CONTENT, OTHER_NAMES, USER
from .schema import Schema

SELF: int = BOT["id"]
#: A number of a channel, as programs write it, is this less its own.
_CHANNELS = -1000000000000
_CAN = (
    "change_info", "post_messages", "edit_messages", "delete_messages", "ban_users", "invite_users", "pin_messages", "add_admins",
)  # fmt: skip


def number_of(of: Any) -> int:
    """The number of a peer, as programs write them."""
    if hasattr(of, "user_id"):
        return int(of.user_id)
    return int(_CHANNELS - of.channel_id if hasattr(of, "channel_id") else -of.chat_id)


class Objects(Schema):
    """Objects of one library's schema."""

    def made_so(self) -> dict[str, Callable[[], Any]]:
        """Those that stand for somebody."""
        return {
            "Peer": lambda: self.peer(USER),
            "User": lambda: self.user(USER),
            "Chat": lambda: self.entity(self.peer(-1)),
            "Message": lambda: self.message("text", 1, self.peer(USER)),
            "Updates": lambda: self.updates([]),
        }

    def nothing_in_it(self) -> Any:
        """What a list is read as that is left out of an object."""
        return None

    def user(self, number: int, *, bot: bool = False, username: str = "") -> Any:
        """A user, or the program's own account."""
        named = {"first_name": OTHER_NAMES.get(number, "Ann"), "username": username or f"user{number}"}
        if number == SELF:
            named = {"first_name": BOT["first_name"], "username": BOT["username"]}
        return self.new("User", id=number, access_hash=number, is_self=number == SELF, bot=bot, **named)

    def channel(self, number: int, *, broadcast: bool, username: str = "") -> Any:
        """A channel or, where it is no `broadcast`, a supergroup, in which the account may do anything."""
        rights = self.new("ChatAdminRights", **dict.fromkeys(_CAN, True))
        named = {"title": "A channel" if broadcast else "A group", "username": username or f"chat{number % 1000}"}
        kind = {"broadcast": broadcast, "megagroup": not broadcast, "creator": True, "admin_rights": rights}
        if not broadcast:
            kind["default_banned_rights"] = self.new("ChatBannedRights", until_date=self.date)
        photo = self.new("ChatPhotoEmpty")
        return self.new("Channel", id=number, access_hash=1, photo=photo, date=self.date, **named, **kind)

    def peer(self, number: int) -> Any:
        """Of a number as programs write them: ``-100…`` is a channel."""
        if number > 0:
            return self.new("PeerUser", user_id=number)
        if number < _CHANNELS:
            return self.new("PeerChannel", channel_id=_CHANNELS - number)
        return self.new("PeerChat", chat_id=-number)

    def peer_of(self, given: Any) -> Any:
        """The peer that an `InputPeer…`, `InputUser` or `InputChannel` names; somebody where it names none."""
        for name, kind in (("channel_id", "PeerChannel"), ("chat_id", "PeerChat"), ("user_id", "PeerUser")):
            if isinstance(number := getattr(given, name, None), int):
                return self.new(kind, **{name: number})
        return self.new("PeerUser", user_id=SELF if type(given).__name__.endswith("Self") else USER)

    def entity(self, of: Any, *, bot: bool = False) -> Any:
        """Who or what a peer is."""
        if hasattr(of, "user_id"):
            return self.user(of.user_id, bot=bot and of.user_id == SELF)
        if hasattr(of, "channel_id"):
            return self.channel(of.channel_id, broadcast=number_of(of) == CHANNEL)
        known = {"photo": self.new("ChatPhotoEmpty"), "participants_count": 2, "date": self.date, "version": 1}
        return self.new("Chat", id=of.chat_id, title="A group", **known)

    def around(self, *peers: Any) -> dict[str, list[Any]]:
        """`users` and `chats` of an answer in which these peers, the account and somebody appear."""
        found = {number_of(each): self.entity(each) for each in (self.peer(SELF), self.peer(USER), *peers)}
        return {
            "users": [each for number, each in found.items() if number > 0],
            "chats": [each for number, each in found.items() if number < 0],
        }

    def message(self, text: str, number: int, where: Any, **more: Any) -> Any:
        """A message in a chat."""
        return self.new("Message", id=number, peer_id=where, message=text, date=self.date, **more)

    def updates(self, found: Iterable[Any], *peers: Any) -> Any:
        """An answer that brings updates."""
        return self.new("Updates", updates=list(found), date=self.date, seq=0, **self.around(*peers))

    def photo(self) -> Any:
        """A picture in a message."""
        sizes = [self.new("PhotoSize", type="x", w=10, h=10, size=len(CONTENT))]
        known = {"id": 1, "access_hash": 1, "file_reference": b"f", "date": self.date, "dc_id": 2}
        return self.new("MessageMediaPhoto", photo=self.new("Photo", sizes=sizes, **known))

    def document(self, name: str, mime: str, *attributes: Any) -> Any:
        """A file in a message."""
        known = {"id": 2, "access_hash": 1, "file_reference": b"f", "date": self.date, "size": len(CONTENT), "dc_id": 2}
        named = [self.new("DocumentAttributeFilename", file_name=name), *attributes]
        inner = self.new("Document", mime_type=mime, attributes=named, **known)
        return self.new("MessageMediaDocument", document=inner)
