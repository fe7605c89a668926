"""What Telegram's servers plausibly answer to a request of the schema (https://core.telegram.org/methods)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from ..known import CHANNEL, CONTENT, GROUP, USER
from .objects import SELF, Objects
from .requests import name_of

#: Messages of every chat, the newest first.
_HISTORY = range(60, 0, -1)
#: Numbers of messages that an update may reply to: one with a text, and some with other things in them.
TEXT = 5
CONTENTS: dict[int, Callable[[Objects], Any]] = {
    6: lambda tl: tl.photo(),
    7: lambda tl: tl.document("file.pdf", "application/pdf"),
    8: lambda tl: tl.document("s.webp", "image/webp", tl.new("DocumentAttributeSticker", alt="🙂")),
    9: lambda tl: tl.document("v.mp4", "video/mp4", tl.new("DocumentAttributeVideo", duration=2)),
}
Answer = Callable[["Answers", Any], Any]


class Answers:
    """Answers to one program; `next_id` gives the numbers of new messages, `more` are answers to its library alone."""

    def __init__(self, tl: Objects, next_id: Callable[[], int], more: dict[str, Answer] | None = None) -> None:
        self.tl, self.next_id = tl, next_id
        self._known = _KNOWN | (more or {})
        #: Whether the account is a bot.
        self.bot = False
        #: Number of a message that was sent to the account → that of the one to which it replies.
        self.replies: dict[int, int] = {}

    def knows(self, update: Any) -> None:
        """Remember to what the message of an update replies."""
        if reply := getattr(getattr(update, "message", None), "reply_to", None):
            self.replies[update.message.id] = reply.reply_to_msg_id

    def of(self, request: Any) -> Any:
        """The answer.

        Raises:
            LookupError: there is none.
        """
        known = self._known.get(name_of(request))
        return known(self, request) if known is not None else self.tl.empty(request)

    def sent(self, request: Any) -> Any:
        """New messages: one, or as many as the request has random numbers."""
        where = self.tl.peer_of(getattr(request, "to_peer", None) or request.peer)
        parts = getattr(request, "multi_media", None) or [request]
        given = getattr(request, "random_id", None)
        randoms = given if isinstance(given, list) else [part.random_id for part in parts]
        found: list[Any] = []
        for random, part in zip(randoms, [*parts, *[request] * len(randoms)], strict=False):
            made = self._own(
                str(getattr(part, "message", "") or ""), self.next_id(), where, getattr(part, "media", None)
            )
            name = "UpdateNewChannelMessage" if hasattr(where, "channel_id") else "UpdateNewMessage"
            found.append(self.tl.new("UpdateMessageID", id=made.id, random_id=random or 0))
            found.append(self.tl.new(name, message=made, pts=1, pts_count=1))
        return self.tl.updates(found, where)

    def edited(self, request: Any) -> Any:
        """The message with its new text."""
        where = self.tl.peer_of(request.peer)
        made = self._own(request.message or "", request.id, where, None)
        return self.tl.updates([self.tl.new("UpdateEditMessage", message=made, pts=1, pts_count=1)], where)

    def _own(self, text: str, number: int, where: Any, media: Any) -> Any:
        more = {"media": self.media(media), "from_id": self.tl.peer(SELF)}
        return self.tl.message(text, number, where, out=True, **more)

    def _written(self, numbers: list[int], where: Any) -> Iterator[Any]:
        """Messages of somebody, by their numbers."""
        for number in numbers:
            content = CONTENTS[number](self.tl) if number in CONTENTS else None
            text = "" if content else f"message {number}"
            yield self.tl.message(text, number, where, media=content, from_id=self.tl.peer(USER))

    def page(self, request: Any) -> Any:
        """A page of a history, by the rules of messages.getHistory."""
        where = self.tl.peer_of(getattr(request, "peer", None))
        least, most = getattr(request, "min_id", 0) or 0, getattr(request, "max_id", 0) or 0
        numbers = [number for number in _HISTORY if number > least and (not most or number < most)]
        offset = getattr(request, "offset_id", 0)
        start = next((at for at, n in enumerate(numbers) if n < offset), len(numbers)) if offset else 0
        start = max(start + getattr(request, "add_offset", 0), 0)
        shown = list(self._written(numbers[start : start + request.limit], where))
        around = self.tl.around(where)
        return self.tl.new("messages.MessagesSlice", count=len(_HISTORY), messages=shown, topics=[], **around)

    def named(self, request: Any) -> Any:
        """Messages by their numbers."""
        where = self.tl.peer_of(getattr(request, "channel", None))
        numbers = [self.replies.get(n, n) for n in (getattr(each, "id", each) for each in request.id)]
        found = list(self._written(numbers, where))
        return self.tl.new("messages.Messages", messages=found, topics=[], **self.tl.around(where))

    def dialogs(self, request: Any) -> Any:
        """A chat with somebody, a channel and a group, on one page."""
        peers = [] if request.offset_id else [self.tl.peer(number) for number in (USER, CHANNEL, GROUP)]
        last = [self.tl.message("last", 100 + at, each) for at, each in enumerate(peers)]
        counted = (
            "unread_count", "unread_mentions_count", "unread_reactions_count", "unread_poll_votes_count", "read_inbox_max_id",
            "read_outbox_max_id",
        )  # fmt: skip
        settings = self.tl.new("PeerNotifySettings")
        known = dict.fromkeys(counted, 0) | {"notify_settings": settings}
        found = [self.tl.new("Dialog", peer=each.peer_id, top_message=each.id, **known) for each in last]
        return self.tl.new("messages.Dialogs", dialogs=found, messages=last, **self.tl.around(*peers))

    def resolved(self, request: Any) -> Any:
        """Who has a name: a user of a number of his own, or a channel. Bots mostly look up channels."""
        name = request.username
        if re.search("chan|group|news|chat", name.lower()) or (self.bot and not name.lower().endswith("bot")):
            where = self.tl.peer(CHANNEL)
            chats = [self.tl.channel(where.channel_id, broadcast=True, username=name)]
            return self.tl.new("contacts.ResolvedPeer", peer=where, chats=chats, users=[])
        number = 1000 + sum(name.lower().encode())
        users = [self.tl.user(number, username=name)]
        return self.tl.new("contacts.ResolvedPeer", peer=self.tl.peer(number), chats=[], users=users)

    def users(self, request: Any) -> Any:
        """By their numbers."""
        return [self.tl.entity(self.tl.peer_of(each), bot=self.bot) for each in request.id]

    def chats(self, request: Any) -> Any:
        """By their numbers."""
        peers = [self.tl.peer(-each) if isinstance(each, int) else self.tl.peer_of(each) for each in request.id]
        return self.tl.new("messages.Chats", chats=[self.tl.entity(each) for each in peers])

    def full_user(self, request: Any) -> Any:
        """All that is known of somebody."""
        who = self.tl.peer_of(request.id)
        found = self.tl.new("UserFull", id=who.user_id)
        return self.tl.new("users.UserFull", full_user=found, chats=[], users=[self.tl.entity(who, bot=self.bot)])

    def full_chat(self, request: Any) -> Any:
        """All that is known of a channel or group."""
        in_chat = hasattr(request, "chat_id")
        where = self.tl.peer(-request.chat_id) if in_chat else self.tl.peer_of(request.channel)
        number = where.chat_id if in_chat else getattr(where, "channel_id", 1)
        found = self.tl.new("ChatFull" if in_chat else "ChannelFull", id=number)
        users = [self.tl.user(USER)]
        return self.tl.new("messages.ChatFull", full_chat=found, chats=[self.tl.entity(where)], users=users)

    def members(self, request: Any) -> Any:
        """Somebody alone, who may do anything."""
        who = [] if request.offset else [self._creator(USER)]
        users = [self.tl.user(USER)]
        return self.tl.new("channels.ChannelParticipants", count=1, participants=who, chats=[], users=users)

    def member(self, request: Any) -> Any:
        """Whoever is asked for, who may do anything."""
        who = self.tl.peer_of(request.participant)
        found = self._creator(getattr(who, "user_id", USER))
        return self.tl.new("channels.ChannelParticipant", participant=found, chats=[], users=[self.tl.entity(who)])

    def _creator(self, number: int) -> Any:
        return self.tl.new("ChannelParticipantCreator", user_id=number)

    def affected(self, request: Any) -> Any:
        """How many messages went, or were read."""
        if hasattr(request, "channel") and name_of(request) == "ReadHistory":
            return True
        return self.tl.new("messages.AffectedMessages", pts=1, pts_count=len(getattr(request, "id", ())))

    def file(self, request: Any) -> Any:
        """A part of what every file holds."""
        content = CONTENT[request.offset : request.offset + request.limit]
        return self.tl.new("upload.File", type=self.tl.new("storage.FilePdf"), mtime=1, bytes=content)

    def media(self, given: Any) -> Any:
        """What comes back for a file that was sent."""
        if given is None:
            return None
        pictured = "Photo" in type(given).__name__
        return self.tl.photo() if pictured else self.tl.document("file.pdf", "application/pdf")

    def joined(self, request: Any) -> Any:
        """A channel or group that was made, or entered."""
        made = self.tl.peer(CHANNEL if getattr(request, "broadcast", False) else GROUP)
        return self.tl.updates([], self.tl.peer_of(request.channel) if hasattr(request, "channel") else made)

    def state(self, request: Any) -> Any:
        """Nothing that was missed."""
        return self.tl.new("updates.State", pts=1, qts=0, date=self.tl.date, seq=1, unread_count=0)


#: By the name of the request, whatever its namespace.
_KNOWN: dict[str, Answer] = {
    "GetState": Answers.state,
    "GetDifference": lambda answers, _: answers.tl.new("updates.DifferenceEmpty", date=answers.tl.date, seq=0),
    "GetChannelDifference": lambda answers, _: answers.tl.new("updates.ChannelDifferenceEmpty", pts=1, final=True),
    "SendMessage": Answers.sent,
    "SendMedia": Answers.sent,
    "SendMultiMedia": Answers.sent,
    "ForwardMessages": Answers.sent,
    "EditMessage": Answers.edited,
    "DeleteMessages": Answers.affected,
    "ReadHistory": Answers.affected,
    "ReadMentions": lambda answers, _: answers.tl.new("messages.AffectedHistory", pts=1, pts_count=0, offset=0),
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
    "GetFile": Answers.file,
    "CreateChannel": Answers.joined,
    "JoinChannel": Answers.joined,
    "ImportChatInvite": Answers.joined,
    "UploadMedia": lambda answers, request: answers.media(request.media),
}
