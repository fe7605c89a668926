"""The far side of an offline bot: `AiohttpSession.make_request` is answered here, and nothing of the library above it
changes.
"""

from __future__ import annotations

import enum
import functools
import json
from collections.abc import AsyncIterator
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.dispatcher.event.handler import FilterObject
from aiogram.dispatcher.middlewares.manager import MiddlewareManager
from aiogram.exceptions import TelegramNetworkError
from aiogram.methods import Response

from .. import standins
from ..bot_api.answers import FAILURES, answer, refused
from ..counting import real_sleep
from ..hooks import replace
from ..known import CONTENT, TOKEN
from ..telegram import Telegram, told
from .least import least


async def request(world: Telegram, session: Any, bot: Any, method: Any) -> Any:
    """Answer one request.

    Raises:
        TelegramAPIError: of the library, as the servers' answer says; `TelegramNetworkError` for a time-out.
    """
    name = method.__api_method__
    said, told = await _told(session, bot, method)
    fails = world.asked(name, told)
    await real_sleep(world.latency)
    refusal = FAILURES[world.fault] if fails else refused(name, said)
    if refusal is None:
        body = json.dumps({"ok": True, "result": _answer(world, method, name, said)})
        return session.check_response(bot=bot, method=method, status_code=200, content=body).result
    status, description, parameters = refusal
    if not status:
        raise TelegramNetworkError(method=method, message="Request timeout error")
    body = json.dumps({"ok": False, "error_code": status, "description": description, "parameters": parameters})
    return session.check_response(bot=bot, method=method, status_code=status, content=body)


def _answer(world: Telegram, method: Any, name: str, said: dict[str, Any]) -> Any:
    """What the servers answer; the least that the library takes where that is not known."""
    found = {"ok": True, "result": answer(name, said, world.next_id)}
    try:
        Response[method.__returning__].model_validate(found)
    except ValueError:
        return least(method.__returning__)
    return found["result"]


async def _told(session: Any, bot: Any, method: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters as they are sent, and the same as they are written down: without names that are drawn."""
    files: dict[str, Any] = {}
    said = {}
    for key, value in method.model_dump(warnings=False).items():
        prepared = session.prepare_value(value, bot=bot, files=files, _dumps_json=False)
        if prepared is not None and prepared != "":
            said[key] = prepared.value if isinstance(prepared, enum.Enum) else prepared
    text = json.dumps(said, default=repr)
    uploads = []
    for key, file in files.items():
        text = text.replace(f"attach://{key}", "attached")
        content = b"".join([chunk async for chunk in file.read(bot)])
        uploads.append([file.filename, told(content)])
    return said, json.loads(text) | ({"files": uploads} if uploads else {})


def install(world: Telegram, bots: list[Any]) -> None:
    """Answer every request of aiogram from now on, whatever token the program has found; `bots` are those it makes."""

    async def make_request(self: Any, bot: Any, method: Any, timeout: Any = None) -> Any:
        return await request(world, self, bot, method)

    async def stream_content(self: Any, url: str, *_: Any, **__: Any) -> AsyncIterator[bytes]:
        world.asked("download", {"path": url.partition("/file/bot")[2].partition("/")[2]})
        await real_sleep(world.latency)
        yield CONTENT

    replace(AiohttpSession, make_request=make_request, stream_content=stream_content)
    initialise = Bot.__init__

    @functools.wraps(initialise)
    def with_token(self: Any, token: str = "", *arguments: Any, **named: Any) -> None:
        initialise(self, TOKEN, *arguments, **named)
        bots.append(self)

    replace(Bot, __init__=with_token)


def passing(middleware: Any) -> Any:
    """What is put around handlers; a stand-in hands on to them, since whatever it is for, they are to run."""
    if not isinstance(middleware, standins.StandIn) or type(middleware).__call__ is not standins.StandIn.__call__:
        return middleware

    async def around(handler: Any, event: Any, data: dict[str, Any]) -> Any:
        middleware(handler, event, data)
        return await handler(event, data)

    return around


def pass_stand_ins_by() -> None:
    """A middleware that is a stand-in hands on, and a filter takes nothing: handlers behind it are to have their turn."""
    register, call = MiddlewareManager.register, FilterObject.call

    @functools.wraps(register)
    def registered(self: Any, middleware: Any) -> Any:
        register(self, passing(middleware))
        return middleware

    @functools.wraps(call)
    async def called(self: Any, *arguments: Any, **named: Any) -> Any:
        answered = await call(self, *arguments, **named)
        return False if isinstance(answered, standins.StandIn) else answered

    replace(MiddlewareManager, register=registered)
    replace(FilterObject, call=called)
