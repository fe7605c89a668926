"""The far side of an offline bot: `HTTPXRequest.do_request` is answered here, and nothing of the library
above it changes.
"""

from __future__ import annotations

import functools
import json
import re
from typing import Any

import telegram
import telegram.error
import telegram.ext as ext
from telegram.request import HTTPXRequest

from ..bot_api.answers import FAILURES, answer, refused
from ..counting import real_sleep
from ..hooks import replace
from ..known import CONTENT, TOKEN
from ..telegram import Telegram, told

_ATTACHED = re.compile(r"attach(?:ed)?(?:://)?[0-9a-f]{32}|attached[0-9a-f]{8,}")


async def request(world: Telegram, url: str, data: Any) -> tuple[int, bytes]:
    """Answer one request."""
    name = url.rpartition("/")[2]
    said = dict(data.parameters) if data else {}
    if name == "getUpdates":
        await real_sleep(min(1.0, max(float(said.get("timeout") or 0), 0.2)))
        return 200, b'{"ok": true, "result": []}'
    if "/file/bot" in url:
        name, said = "download", {"path": url.partition("/file/bot")[2].partition("/")[2]}
    noted = json.loads(_ATTACHED.sub("attached", json.dumps(said, default=repr)))
    if data and data.contains_files:
        noted["files"] = list(map(_upload, (data.multipart_data or {}).values()))
    fails = world.asked(name, noted)
    await real_sleep(world.latency)
    refusal = FAILURES[world.fault] if fails else refused(name, said)
    if refusal is not None:
        return _failed(*refusal)
    if name == "download":
        return 200, CONTENT
    return 200, json.dumps({"ok": True, "result": answer(name, said, world.next_id)}).encode()


def _failed(status: int, description: str, parameters: dict[str, int]) -> tuple[int, bytes]:
    """The answer of a fault.

    Raises:
        TimedOut: that is the fault.
    """
    if not status:
        raise telegram.error.TimedOut
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return status, json.dumps(body).encode()


def _upload(upload: Any) -> list[Any]:
    content = upload[1] if isinstance(upload[1], bytes) else upload[1].read()
    return [upload[0], told(content)]


def install(world: Telegram) -> None:
    """Answer every request of python-telegram-bot from now on, whatever token the program has found."""

    async def do_request(
        self: Any, url: str, method: str, request_data: Any = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        return await request(world, url, request_data)

    replace(HTTPXRequest, do_request=do_request)
    initialise = telegram.Bot.__init__

    @functools.wraps(initialise)
    def with_token(self: Any, token: str = "", *arguments: Any, **named: Any) -> None:
        initialise(self, TOKEN, *arguments, **named)

    replace(telegram.Bot, __init__=with_token)

    async def at_once(self: Any, callback: Any, args: Any, kwargs: Any, *_: Any, **__: Any) -> Any:
        world.note("AIORateLimiter does not wait while measuring")
        return await callback(*args, **kwargs)

    replace(ext.AIORateLimiter, process_request=at_once)

    async def start_webhook(self: Any, *_: Any, **named: Any) -> Any:
        world.note("polling takes the place of the webhook")
        kept = {key: named.get(key) for key in ("drop_pending_updates", "allowed_updates")}
        return await self.start_polling(**kept)

    replace(ext.Updater, start_webhook=start_webhook)
