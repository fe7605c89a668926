"""What Telegram's servers plausibly answer to a request of the schema (https://core.telegram.org/methods)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from telethon import errors, types, utils

from ..known import CHANNEL, CONTENT, GROUP, USER
from . import schema
from .objects import DATE, SELF, around, channel, document, entity, made, message, peer, peer_of, photo, updates, user

#: Messages of every chat, the newest first.
_HISTORY = range(60, 0, -1)
#: Numbers of messages that an update may reply to: one with a text, and some with other things in them.
TEXT = 5
CONTENTS: dict[int, Callable[[], Any]] = {
    6: photo,
    7: lambda: document("file.pdf", "application/pdf"),
    8: lambda: document("s.webp", "image/webp", types.DocumentAttributeSticker("🙂", types.InputStickerSetEmpty())),
    9: lambda: document("v.mp4", "video/mp4", types.DocumentAttributeVideo(duration=2, w=1, h=1)),
}
#: Code and message of answers that are errors (https://core.telegram.org/api/errors). A wait of more than the client's
#: `flood_sleep_threshold` is raised; one of less is slept by the client itself.
FAILURES: dict[str, tuple[int, str]] = {
    "403": (403, "CHAT_WRITE_FORBIDDEN"),
    "400": (400, "MESSAGE_NOT_MODIFIED"),
    "429": (420, "FLOOD_WAIT_61"),
}


def failure(fault: str, request: Any) -> Exception:
    """The error of a fault, or of a request that has no answer (an empty `fault`)."""
    if fault == "time-out":
        return ConnectionError("Connection to Telegram failed")
    code, text = FAILURES.get(fault, (400, "NOT_SUPPORTED_OFFLINE"))
    error: Exception = errors.rpc_message_to_error(types.RpcError(code, text), request)
    return error


class Answers:
    """Answers to one program; `next_id` gives the numbers of new messages."""

    def __init__(self, next_id: Callable[[], int]) -> None:
        self.next_id = next_id
        #: Whether the account is a bot.
        self.bot = False
        #: Number of a message that was sent to the account → that of the one to which it replies.
        self.replies: dict[int, int] = {}

    def of(self, request: Any) -> Any:
        """The answer.

        Raises:
            LookupError: there is none.
        """
        name = type(request).__name__.removesuffix("Request")
        known = _KNOWN.get(name)
        return known(self, request) if known is not None else schema.empty(request)

    def signed_in(self, request: Any) -> Any:
        """The account: a bot where it comes with a token."""
        self.bot = self.bot or hasattr(request, "bot_auth_token")
        return types.auth.Authorization(user(SELF, bot=self.bot))

    def sent(self, request: Any) -> Any:
        """New messages: one, or as many as the request has random numbers."""
        where = peer_of(getattr(request, "to_peer", None) or request.peer)
        parts = getattr(request, "multi_media", None) or [request]
        given = getattr(request, "random_id", None)
        randoms = given if isinstance(given, list) else [part.random_id for part in parts]
        found: list[Any] = []
        for random, part in zip(randoms, [*parts, *[request] * len(randoms)], strict=False):
            made_of = message(str(getattr(part, "message", "") or ""), self.next_id(), where, out=True)
            made_of.media = _media(getattr(part, "media", None))
            in_channel = isinstance(where, types.PeerChannel)
            new = types.UpdateNewChannelMessage if in_channel else types.UpdateNewMessage
            found += [types.UpdateMessageID(made_of.id, random or 0), new(made_of, 1, 1)]
        return updates(found, where)

    def sent_text(self, request: Any) -> Any:
        """The short form, as the servers answer it."""
        return types.UpdateShortSentMessage(id=self.next_id(), pts=1, pts_count=1, date=DATE, out=True)

    def edited(self, request: Any) -> Any:
        """The message with its new text."""
        where = peer_of(request.peer)
        return updates(
            [types.UpdateEditMessage(message(request.message or "", request.id, where, out=True), 1, 1)], where
        )

    def page(self, request: Any) -> Any:
        """A page of a history, by the rules of messages.getHistory."""
        where = peer_of(getattr(request, "peer", None))
        least, most = getattr(request, "min_id", 0) or 0, getattr(request, "max_id", 0) or 0
        numbers = [number for number in _HISTORY if number > least and (not most or number < most)]
        offset = request.offset_id
        start = next((at for at, n in enumerate(numbers) if n < offset), len(numbers)) if offset else 0
        start = max(start + request.add_offset, 0)
        shown = [_written(n, where) for n in numbers[start : start + request.limit]]
        return made(types.messages.MessagesSlice, count=len(_HISTORY), messages=shown, topics=[], **around(where))

    def named(self, request: Any) -> Any:
        """Messages by their numbers."""
        where = peer_of(getattr(request, "channel", None))
        numbers = [self.replies.get(n, n) for n in (getattr(each, "id", each) for each in request.id)]
        found = [_written(n, where) for n in numbers]
        return made(types.messages.Messages, messages=found, topics=[], **around(where))

    def dialogs(self, request: Any) -> Any:
        """A chat with somebody, a channel and a group, on one page."""
        peers = [] if request.offset_id else [types.PeerUser(USER), peer(CHANNEL), peer(GROUP)]
        last = [message("last", 100 + at, each) for at, each in enumerate(peers)]
        counts = dict.fromkeys(
            ("unread_count", "unread_mentions_count", "unread_reactions_count", "unread_poll_votes_count"), 0
        )
        read = {"read_inbox_max_id": 0, "read_outbox_max_id": 0, "notify_settings": types.PeerNotifySettings()}
        found = [made(types.Dialog, peer=each.peer_id, top_message=each.id, **counts, **read) for each in last]
        return types.messages.Dialogs(dialogs=found, messages=last, **around(*peers))

    def resolved(self, request: Any) -> Any:
        """Who has a name: a user of a number of his own, or a channel. Bots mostly look up channels."""
        name = request.username
        if re.search("chan|group|news|chat", name.lower()) or (self.bot and not name.lower().endswith("bot")):
            return types.contacts.ResolvedPeer(
                peer(CHANNEL), [channel(utils.resolve_id(CHANNEL)[0], broadcast=True, username=name)], []
            )
        number = 1000 + sum(name.lower().encode())
        return types.contacts.ResolvedPeer(types.PeerUser(number), [], [user(number, username=name)])

    def users(self, request: Any) -> Any:
        """By their numbers."""
        return [entity(peer_of(each), bot=self.bot) for each in request.id]

    def chats(self, request: Any) -> Any:
        """By their numbers."""
        peers = [types.PeerChat(each) if isinstance(each, int) else peer_of(each) for each in request.id]
        return types.messages.Chats([entity(each) for each in peers])

    def full_user(self, request: Any) -> Any:
        """All that is known of somebody."""
        found = schema.empty(request)
        found.users, found.full_user.id = [entity(peer_of(request.id))], peer_of(request.id).user_id
        return found

    def full_chat(self, request: Any) -> Any:
        """All that is known of a channel or group."""
        where = types.PeerChat(request.chat_id) if hasattr(request, "chat_id") else peer_of(request.channel)
        found = schema.empty(request)
        found.full_chat = schema.empty_of(types.ChatFull if hasattr(request, "chat_id") else types.ChannelFull)
        found.full_chat.id = utils.get_peer_id(where, add_mark=False)
        found.chats, found.users = [entity(where)], [user(USER)]
        return found

    def members(self, request: Any) -> Any:
        """Somebody alone, who may do anything."""
        who = [types.ChannelParticipantCreator(USER, types.ChatAdminRights())] if not request.offset else []
        return types.channels.ChannelParticipants(1, who, [], [user(USER)])

    def member(self, request: Any) -> Any:
        """Whoever is asked for, who may do anything."""
        who = peer_of(request.participant)
        found = types.ChannelParticipantCreator(getattr(who, "user_id", USER), types.ChatAdminRights())
        return types.channels.ChannelParticipant(found, [], [entity(who)])


def _written(number: int, where: Any) -> Any:
    """A message of somebody, by its number."""
    content = CONTENTS[number]() if number in CONTENTS else None
    text = "" if content else f"message {number}"
    return message(text, number, where, media=content, from_id=types.PeerUser(USER))


def _media(given: Any) -> Any:
    if given is None:
        return None
    return photo() if "Photo" in type(given).__name__ else document("file.pdf", "application/pdf")


def _affected(_: Answers, request: Any) -> Any:
    if hasattr(request, "channel") and type(request).__name__ == "ReadHistoryRequest":
        return True
    return types.messages.AffectedMessages(pts=1, pts_count=len(getattr(request, "id", ())))


def _file(_: Answers, request: Any) -> Any:
    return types.upload.File(types.storage.FilePdf(), 1, CONTENT[request.offset : request.offset + request.limit])


#: By the name of the request, whatever its namespace.
_KNOWN: dict[str, Callable[[Answers, Any], Any]] = {
    "GetConfig": lambda answers, request: None,
    "GetState": lambda answers, request: types.updates.State(1, 0, DATE, 1, 0),
    "GetDifference": lambda answers, request: types.updates.DifferenceEmpty(DATE, 0),
    "GetChannelDifference": lambda answers, request: types.updates.ChannelDifferenceEmpty(pts=1, final=True),
    "SignIn": Answers.signed_in,
    "ImportBotAuthorization": Answers.signed_in,
    "SendMessage": Answers.sent_text,
    "SendMedia": Answers.sent,
    "SendMultiMedia": Answers.sent,
    "ForwardMessages": Answers.sent,
    "EditMessage": Answers.edited,
    "DeleteMessages": _affected,
    "ReadHistory": _affected,
    "ReadMentions": lambda answers, request: types.messages.AffectedHistory(1, 0, 0),
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
    "GetAppConfig": lambda answers, request: types.help.AppConfigNotModified(),
}
