"""The far side of an offline client: what a session would send is answered here, and nothing of the library above it changes."""

from __future__ import annotations

import functools
import hashlib
import json
from typing import Any

from pyrogram import Client
from pyrogram.errors.rpc_error import RPCError
from pyrogram.session import Auth, Session

from ..counting import real_sleep
from ..hooks import replace
from ..telegram import Telegram
from .answers import Answers
from .objects import SELF, new

#: Code and message of answers that are errors (https://core.telegram.org/api/errors). The library sleeps for a wait that is short.
FAILURES: dict[str, tuple[int, str]] = {
    "403": (403, "CHAT_WRITE_FORBIDDEN"),
    "400": (400, "MESSAGE_NOT_MODIFIED"),
    "429": (420, "FLOOD_WAIT_61"),
}
#: What connecting and the passing of time bring; not written down.
_QUIET = ("Ping", "PingDelayDisconnect", "GetConfig", "GetState", "GetDifference", "GetChannelDifference", "MsgsAck")
#: Parts of files: how large they are is no effect.
_PARTS = ("GetFile", "SaveFilePart", "SaveBigFilePart")
#: Numbers that the library draws.
_DRAWN = ("random_id", "file_id", "query_id", "md5_checksum", "parts")
_LONG = 200


async def request(world: Telegram, answers: Answers, query: Any) -> Any:
    """Answer one request.

    Raises:
        RPCError: of the library, as the servers' answer says; `TimeoutError` for a time-out.
    """
    while hasattr(query, "query") and type(query).__name__.startswith(("Invoke", "InitConnection")):
        query = query.query
    name = type(query).__name__
    goes_on = name in _PARTS and bool(getattr(query, "offset", 0) or getattr(query, "file_part", 0))
    fails = name not in _QUIET and world.asked(name, told(query), goes_on=goes_on)
    await real_sleep(world.latency)
    if fails and world.fault == "time-out":
        raise TimeoutError("Request timed out")
    if not fails:
        try:
            return answers.of(query)
        except Exception as error:  # of an answer that cannot be made
            world.note(f"`{name}` got an error, since no answer to it is known ({type(error).__name__})")
    code, text = FAILURES.get(world.fault if fails else "", (400, "NOT_SUPPORTED_OFFLINE"))
    RPCError.raise_it(new("RpcError", error_code=code, error_message=text), type(query))


def told(query: Any) -> Any:
    """What a request says, without what is drawn anew each time."""
    if type(query).__name__ in _PARTS:
        return {"_": type(query).__name__, "location": _plain(getattr(query, "location", None))}
    found = _plain(query)
    json.dumps(found)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        if len(value) > _LONG:
            return f"{len(value)} bytes {hashlib.sha1(value).hexdigest()[:12]}"
        return value.decode("utf-8", "replace")
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if not hasattr(value, "QUALNAME"):
        return value if isinstance(value, (str, int, float, type(None))) else repr(value)
    name = type(value).__name__
    drawn = (*_DRAWN, "id") if name.startswith("InputFile") else _DRAWN
    said = {key: _plain(getattr(value, key, None)) for key in value.__slots__ if key not in drawn}
    return {"_": name} | {key: each for key, each in said.items() if each not in (None, False)}


def install(world: Telegram, answers: Answers) -> None:
    """Answer every request of the library from now on, for whatever account and session the program has."""

    async def start(self: Any) -> None:
        self.is_started.set()
        if hasattr(self, "_state"):
            self._state = type(self._state).STARTED

    async def stop(self: Any, *_: Any) -> None:
        self.is_started.clear()
        if hasattr(self, "_state"):
            self._state = type(self._state).STOPPED

    async def send(self: Any, data: Any, *_: Any, **__: Any) -> Any:
        return await request(world, answers, data)

    async def create(self: Any) -> bytes:
        return bytes(256)

    replace(Session, start=start, stop=stop, restart=start, send=send)
    replace(Auth, create=create)
    initialise = Client.__init__

    @functools.wraps(initialise)
    def with_keys(
        self: Any, name: Any = "measured", api_id: Any = None, api_hash: Any = None, *more: Any, **named: Any
    ) -> None:
        named |= {"session_string": None, "in_memory": True}
        initialise(self, str(name), 12345, "0" * 32, *more, **named)

    async def authorize(self: Any, *_: Any, **__: Any) -> Any:
        answers.bot = bool(self.bot_token)
        await self.storage.user_id(SELF)
        await self.storage.is_bot(answers.bot)
        return await self.get_me()

    replace(Client, __init__=with_keys, authorize=authorize)
