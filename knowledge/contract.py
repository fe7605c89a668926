"""What a call raises, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Outside:
    """An exception that a call raises by contract and that is none of the library's own failures."""

    #: Dotted name of the class.
    name: str
    #: "network" (not connected, connection lost), "retries" (Telethon gave up), "entity" (a chat, user or message could
    #: not be found), "file", "timeout", "content" (what was read or given), "state" (an object that cannot do this now)
    #: or "arguments".
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Contract:
    """What one known call can raise."""

    #: "TelegramClient.send_message", "channels.JoinChannelRequest", "Message.reply_text", "httpx.AsyncClient.get",
    #: "json.loads".
    call: str
    #: "telethon", "python-telegram-bot", or the first part of the name.
    library: str
    #: "coroutine", "iterator" (fails while it is iterated) or "function".
    kind: str
    #: The class over every failure that the library itself reports, known or new. None: no such failure comes out of
    #: this call.
    base: str | None
    #: The errors of what the call is for, as far as known; all below `base`. Those that default retries absorb are left
    #: out.
    errors: tuple[str, ...] = ()
    #: `errors` and those of everything the call does on the way (looking up chats, uploading).
    every: tuple[str, ...] = ()
    outside: tuple[Outside, ...] = ()
    #: Raised so seldom that nobody writes a clause for it: unreadable replies, a locked session file, a null byte in a
    #: path.
    rare: tuple[str, ...] = ()
    #: Whether errors of the call itself are known, or it has none by contract. False: only `base` says anything about
    #: its failures.
    listed: bool = True
    #: Whether it also raises what the coroutines or functions handed to it raise (`asyncio.gather`).
    passes_on: bool = False
