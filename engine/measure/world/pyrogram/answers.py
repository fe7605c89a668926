"""What Telegram's servers plausibly answer to a request of the schema (https://core.telegram.org/methods)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ..known import CHANNEL, CONTENT, GROUP, USER
from .objects import (
    DATE,
    SELF,
    around,
    channel,
    document,
    entity,
    least,
    message,
    new,
    peer,
    peer_of,
    photo,
    returned,
    updates,
    user,
)

#: Messages of every chat, the newest first.
_HISTORY = range(60, 0, -1)


class Answers:
    """Answers to one program; `next_id` gives the numbers of new messages."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self.next_id = next_id
        #: Whether the account is a bot.
        self.bot = False

    def of(self, request: Any) -> Any:
        """The answer.

        Raises:
            LookupError: there is none.
        """
        known = _KNOWN.get(type(request).__name__)
        if known is not None:
            return known(self, request)
        kind = returned(request)
        return True if kind == "bool" else least(kind)

    def sent(self, request: Any) -> Any:
        """New messages: one, or as many as the request has random numbers."""
        where = peer_of(getattr(request, "to_peer", None) or request.peer)
        parts = getattr(request, "multi_media", None) or [request]
        given = getattr(request, "random_id", None)
        randoms = given if isinstance(given, list) else [part.random_id for part in parts]
        found: list[Any] = []
        for random, part in zip(randoms, [*parts, *[request] * len(randoms)], strict=False):
            media = _media(getattr(part, "media", None))
            text = str(getattr(part, "message", "") or "")
            made = message(text, self.next_id(), where, out=True, media=media, from_id=peer(SELF))
            name = "UpdateNewChannelMessage" if "Channel" in type(where).__name__ else "UpdateNewMessage"
            found += [
                new("UpdateMessageID", id=made.id, random_id=random or 0),
                new(name, message=made, pts=1, pts_count=1),
            ]
        return updates(found, where)

    def edited(self, request: Any) -> Any:
        """The message with its new text."""
        where = peer_of(request.peer)
        made = message(request.message or "", request.id, where, out=True, from_id=peer(SELF))
        return updates([new("UpdateEditMessage", message=made, pts=1, pts_count=1)], where)

    def page(self, request: Any) -> Any:
        """A page of a history, by the rules of messages.getHistory."""
        where = peer_of(getattr(request, "peer", None))
        least_id, most = getattr(request, "min_id", 0) or 0, getattr(request, "max_id", 0) or 0
        numbers = [number for number in _HISTORY if number > least_id and (not most or number < most)]
        offset = getattr(request, "offset_id", 0)
        start = next((at for at, n in enumerate(numbers) if n < offset), len(numbers)) if offset else 0
        start = max(start + getattr(request, "add_offset", 0), 0)
        shown = [message(f"message {n}", n, where, from_id=peer(USER)) for n in numbers[start : start + request.limit]]
        return new("messages.MessagesSlice", count=len(_HISTORY), messages=shown, **around(where))

    def named(self, request: Any) -> Any:
        """Messages by their numbers."""
        where = peer_of(getattr(request, "channel", None))
        numbers = [getattr(each, "id", each) for each in request.id]
        found = [message(f"message {n}", n, where, from_id=peer(USER)) for n in numbers]
        return new("messages.Messages", messages=found, **around(where))

    def dialogs(self, request: Any) -> Any:
        """A chat with somebody, a channel and a group, on one page."""
        peers = [] if request.offset_id else [peer(USER), peer(CHANNEL), peer(GROUP)]
        last = [message("last", 100 + at, each) for at, each in enumerate(peers)]
        settings = new("PeerNotifySettings")
        found = [new("Dialog", peer=each.peer_id, top_message=each.id, notify_settings=settings) for each in last]
        return new("messages.Dialogs", dialogs=found, messages=last, **around(*peers))

    def resolved(self, request: Any) -> Any:
        """Who has a name: a user of a number of his own, or a channel. Bots mostly look up channels."""
        name = request.username
        if re.search("chan|group|news|chat", name.lower()) or (self.bot and not name.lower().endswith("bot")):
            where = peer(CHANNEL)
            chats = [channel(where.channel_id, broadcast=True, username=name)]
            return new("contacts.ResolvedPeer", peer=where, chats=chats, users=[])
        number = 1000 + sum(name.lower().encode())
        return new("contacts.ResolvedPeer", peer=peer(number), chats=[], users=[user(number, username=name)])

    def users(self, request: Any) -> Any:
        """By their numbers."""
        return [entity(peer_of(each), bot=self.bot) for each in request.id]

    def chats(self, request: Any) -> Any:
        """By their numbers."""
        peers = [new("PeerChat", chat_id=each) if isinstance(each, int) else peer_of(each) for each in request.id]
        return new("messages.Chats", chats=[entity(each) for each in peers])

    def full_user(self, request: Any) -> Any:
        """All that is known of somebody."""
        who = peer_of(request.id)
        found = new("UserFull", id=who.user_id)
        return new("users.UserFull", full_user=found, chats=[], users=[entity(who, bot=self.bot)])

    def full_chat(self, request: Any) -> Any:
        """All that is known of a channel or group."""
        in_chat = hasattr(request, "chat_id")
        where = new("PeerChat", chat_id=request.chat_id) if in_chat else peer_of(request.channel)
        found = new("ChatFull", id=where.chat_id) if in_chat else new("ChannelFull", id=where.channel_id)
        return new("messages.ChatFull", full_chat=found, chats=[entity(where)], users=[user(USER)])

    def members(self, request: Any) -> Any:
        """Somebody alone, who may do anything."""
        who = [new("ChannelParticipantCreator", user_id=USER)] if not request.offset else []
        return new("channels.ChannelParticipants", count=1, participants=who, chats=[], users=[user(USER)])

    def member(self, request: Any) -> Any:
        """Whoever is asked for, who may do anything."""
        who = peer_of(request.participant)
        found = new("ChannelParticipantCreator", user_id=getattr(who, "user_id", USER))
        return new("channels.ChannelParticipant", participant=found, chats=[], users=[entity(who)])


def _media(given: Any) -> Any:
    if given is None:
        return None
    return photo() if "Photo" in type(given).__name__ else document("file.pdf", "application/pdf")


def _affected(_: Answers, request: Any) -> Any:
    if hasattr(request, "channel") and type(request).__name__ == "ReadHistory":
        return True
    return new("messages.AffectedMessages", pts=1, pts_count=len(getattr(request, "id", ())))


def _file(_: Answers, request: Any) -> Any:
    content = CONTENT[request.offset : request.offset + request.limit]
    return new("upload.File", type=new("storage.FilePdf"), mtime=1, bytes=content)


#: By the name of the request, whatever its namespace.
_KNOWN: dict[str, Callable[[Answers, Any], Any]] = {
    "GetState": lambda answers, request: new("updates.State", pts=1, qts=0, date=DATE, seq=1, unread_count=0),
    "GetDifference": lambda answers, request: new("updates.DifferenceEmpty", date=DATE, seq=0),
    "GetChannelDifference": lambda answers, request: new("updates.ChannelDifferenceEmpty", pts=1, final=True),
    "SendMessage": Answers.sent,
    "SendMedia": Answers.sent,
    "SendMultiMedia": Answers.sent,
    "ForwardMessages": Answers.sent,
    "EditMessage": Answers.edited,
    "DeleteMessages": _affected,
    "ReadHistory": _affected,
    "GetHistory": Answers.page,
    "Search": Answers.page,
    "GetReplies": Answers.page,
    "GetMessages": Answers.named,
    "GetDialogs": Answers.dialogs,
    "ResolveUsername": Answers.resolved,
    "GetUsers": Answers.users,
    "GetChannels": Answers.chats,
    "GetChats": Answers.chats,
    "GetFullUser": Answers.full_user,
    "GetFullChat": Answers.full_chat,
    "GetFullChannel": Answers.full_chat,
    "GetParticipants": Answers.members,
    "GetParticipant": Answers.member,
    "GetFile": _file,
    "UploadMedia": lambda answers, request: _media(request.media),
}
