"""The far side of an offline client: what a session would send is answered here, and nothing of the library above it changes."""

from __future__ import annotations

import functools
from typing import Any

from pyrogram import Client
from pyrogram.errors.rpc_error import RPCError
from pyrogram.session import Auth, Session

from ..counting import real_sleep
from ..hooks import replace
from ..telegram import Telegram
from ..tl.answers import Answers
from ..tl.objects import SELF
from ..tl.requests import FAILURES, QUIET, UNKNOWN, goes_on, name_of, told


async def request(world: Telegram, answers: Answers, query: Any) -> Any:
    """Answer one request.

    Raises:
        RPCError: of the library, as the servers' answer says; `TimeoutError` for a time-out.
    """
    while hasattr(query, "query") and type(query).__name__.startswith(("Invoke", "InitConnection")):
        query = query.query
    name = name_of(query)
    fails = name not in QUIET and world.asked(name, told(query), goes_on=goes_on(query))
    await real_sleep(world.latency)
    if fails and world.fault == "time-out":
        raise TimeoutError("Request timed out")
    if not fails:
        try:
            return answers.of(query)
        except Exception as error:  # of an answer that cannot be made
            world.note(f"`{name}` got an error, since no answer to it is known ({type(error).__name__})")
    code, text = FAILURES.get(world.fault if fails else "", UNKNOWN)
    RPCError.raise_it(answers.tl.new("RpcError", error_code=code, error_message=text), type(query))


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
        named |= {"session_string": None, "in_memory": True, "proxy": None}
        initialise(self, str(name), 12345, "0" * 32, *more, **named)

    async def authorize(self: Any, *_: Any, **__: Any) -> Any:
        answers.bot = bool(self.bot_token)
        await self.storage.user_id(SELF)
        await self.storage.is_bot(answers.bot)
        return await self.get_me()

    replace(Client, __init__=with_keys, authorize=authorize)
