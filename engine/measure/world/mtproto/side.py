"""The far side of an offline client: what `MTProtoSender` would send is answered here, and nothing of the library above it changes."""

from __future__ import annotations

import asyncio
import functools
import sqlite3
from pathlib import Path
from typing import Any

import telethon.client.telegrambaseclient
from telethon import TelegramClient, errors, functions, types, utils
from telethon.sessions import MemorySession, Session, StringSession
from telethon.tl import TLObject

from ..hooks import replace
from ..known import TOKEN
from ..telegram import Telegram
from ..tl.answers import Answers
from ..tl.objects import SELF
from ..tl.requests import FAILURES, QUIET, UNKNOWN, goes_on, name_of, told
from .sender import Sender

_WRAPPERS = (functions.InvokeWithLayerRequest, functions.InvokeWithoutUpdatesRequest, functions.InitConnectionRequest)


def failure(fault: str, request: Any) -> Exception:
    """The error of a fault, or of a request that has no answer (an empty `fault`)."""
    if fault == "time-out":
        return ConnectionError("Connection to Telegram failed")
    code, text = FAILURES.get(fault, UNKNOWN)
    error: Exception = errors.rpc_message_to_error(types.RpcError(code, text), request)
    return error


class AnsweredSender(Sender):
    """Takes the place of `MTProtoSender`."""

    world: Telegram
    answers: Answers

    def _send(self, request: Any) -> asyncio.Future[Any]:
        while isinstance(request, _WRAPPERS):
            request = request.query
        name = name_of(request)
        fails = name not in QUIET and self.world.asked(name, told(request), goes_on=goes_on(request))
        future = self.pending()
        asyncio.get_running_loop().call_later(self.world.latency, self._resolve, request, future, fails)
        return future

    def _resolve(self, request: Any, future: asyncio.Future[Any], fails: bool) -> None:
        if future.done():
            return
        if fails:
            future.set_exception(failure(self.world.fault, request))
            return
        try:
            future.set_result(self.answers.of(request))
        except Exception as error:  # of an answer that cannot be made
            self.world.note(
                f"`{name_of(request)}` got an error, since no answer to it is known ({type(error).__name__})"
            )
            future.set_exception(failure("", request))


def install(world: Telegram, answers: Answers) -> None:
    """Answer every request of Telethon from now on, for whatever account and session the program has."""
    sender = type("OfflineSender", (AnsweredSender,), {"world": world, "answers": answers})
    replace(telethon.client.telegrambaseclient, MTProtoSender=sender)
    initialise, start = TelegramClient.__init__, TelegramClient.start

    @functools.wraps(initialise)
    def with_keys(self: Any, session: Any, api_id: Any = None, api_hash: Any = None, *more: Any, **named: Any) -> None:
        if not isinstance(session, (str, Path, Session)):  # the owner's own, which was taken out of the copy
            session = None if session is None else str(session)
        try:
            initialise(self, session, 12345, "0" * 32, *more, **named)
        except sqlite3.OperationalError:  # it lies outside of the copy
            initialise(self, MemorySession(), 12345, "0" * 32, *more, **named)

    @functools.wraps(start)
    def start_as(self: Any, phone: Any = None, password: Any = None, *, bot_token: Any = None, **named: Any) -> Any:
        if bot_token:
            answers.bot = True
        token = f"{SELF}:{TOKEN.partition(':')[2]}" if bot_token else None
        return start(self, lambda: "+10000000000", "", bot_token=token, **named)

    replace(TelegramClient, __init__=with_keys, start=start_as)
    read = StringSession.__init__

    @functools.wraps(read)
    def session_of(self: Any, string: Any = None) -> None:
        try:
            read(self, string)
        except Exception:  # it was taken out of the copy
            read(self, None)

    replace(StringSession, __init__=session_of)
    known = MemorySession.get_input_entity

    @functools.wraps(known)
    def get_input_entity(self: Any, key: Any) -> Any:
        try:
            return known(self, key)
        except ValueError:
            if not key or not isinstance(key, (int, types.PeerUser, types.PeerChannel, types.PeerChat)):
                raise
            return _input(key)

    replace(MemorySession, get_input_entity=get_input_entity)


def _input(key: Any) -> TLObject:
    """As if the account had met everybody."""
    real, kind = utils.resolve_id(key if isinstance(key, int) else utils.get_peer_id(key))
    if kind is types.PeerChat:
        return types.InputPeerChat(real)
    return types.InputPeerUser(real, 1) if kind is types.PeerUser else types.InputPeerChannel(real, 1)
