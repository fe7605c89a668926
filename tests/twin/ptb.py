"""A real python-telegram-bot `Application` without network (20.0 and newer), and updates as Telegram's servers make
them.

    async def scenario(run, text):
        with ptb.offline(run) as telegram:                       # before the program is imported
            await telegram.feed(run.module.build(), [ptb.message(text), ptb.callback_query("page:2")])

    def scenario_of_a_whole_bot(run):                            # main() calls run_polling(), which ends after these
        with ptb.offline(run, updates=[ptb.message("/start")]):
            run.module.main()

Recorded are every Bot API call ("bot api": method, parameters, files) and every callback that ran ("callback": its
name, the kind of the update, the watched attributes of its context).
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from unittest import mock

from telegram import Update
from telegram.constants import UpdateType
from telegram.ext import Application, ApplicationBuilder, BaseHandler
from telegram.request import BaseRequest, RequestData

from .program import Run
from .updates import BOT, MESSAGE_KINDS, callback_query, edited, message, server_commands

__all__ = [
    "BOT",
    "MESSAGE_KINDS",
    "Failure",
    "OfflineRequest",
    "Telegram",
    "callback_query",
    "edited",
    "message",
    "offline",
    "server_commands",
]

_ATTACHED = re.compile(r"\battach(?:ed)?(?:://)?[0-9a-f]{32}\b|\battached[0-9a-f]+\b")
#: Bot API methods that answer with the message they sent.
_SENDS = re.compile(r"send(?!ChatAction|MediaGroup)|forwardMessage$|editMessage|stopMessageLiveLocation$")


class Failure:
    """An answer of Telegram's servers that is an error, e.g. ``Failure(429, "Too Many Requests", retry_after=5)``."""

    def __init__(self, status: int, description: str, **parameters: Any) -> None:
        self.status, self.description, self.parameters = status, description, parameters

    def payload(self) -> bytes:
        """The body of the HTTP response."""
        body = {"ok": False, "error_code": self.status, "description": self.description}
        return json.dumps(body | ({"parameters": self.parameters} if self.parameters else {})).encode()


class Telegram:
    """The far side of an offline bot. `answers` may be filled by method name: a result (JSON-like), a `Failure`, an
    exception to raise, a function of the parameters that gives one of these, or a list of them to be used up (the last
    one stays).
    """

    def __init__(self, run: Run, updates: Iterable[Mapping[str, Any]], answers: Mapping[str, Any]) -> None:
        self.run = run
        self.answers: dict[str, Any] = dict(answers)
        #: Contents of files on Telegram's servers by `file_path`; others have their path as content.
        self.downloads: dict[str, bytes] = {}
        #: Every application that was built, in order.
        self.applications: list[Application[Any, Any, Any, Any, Any, Any]] = []
        self._numbers = itertools.count(1)
        self._message_ids = itertools.count(1001)
        self._waiting = [self._numbered(update) for update in updates]
        self._told_to_stop: list[Application[Any, Any, Any, Any, Any, Any]] = []

    async def feed(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        updates: Iterable[Mapping[str, Any]],
        how: str = "sequence",
    ) -> None:
        """Start `application`, hand it `updates`, wait until all of them and their tasks are done, shut it down.

        `how` is "sequence" (each update is processed before the next), "queue" (through `update_queue`, as polling does
        it, so `concurrent_updates` and `block=False` have their effect) or "together" (all `process_update` at once).
        """
        await application.initialize()
        await application.start()
        made = [Update.de_json(self._numbered(update), application.bot) for update in updates]
        if how == "sequence":
            for update in made:
                await application.process_update(update)
        elif how == "queue":
            for update in made:
                await application.update_queue.put(update)
        elif how == "together":
            await asyncio.gather(*(application.process_update(update) for update in made))
        else:
            raise ValueError(f"no way to feed: {how!r}")
        await application.stop()  # works off the queue and waits for tasks
        await application.shutdown()

    def _numbered(self, update: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = copy.deepcopy(dict(update))
        number = made.setdefault("update_id", next(self._numbers))
        for kind in MESSAGE_KINDS:
            if kind in made:
                made[kind].setdefault("message_id", number)
        return made

    def answer(self, method: str, parameters: dict[str, Any]) -> Any:
        """The result of a Bot API method: from `answers`, else what Telegram would plausibly say."""
        if method in self.answers:
            found = self.answers[method]
            if isinstance(found, list) and found:
                found = found.pop(0) if len(found) > 1 else found[0]
            return found(parameters) if callable(found) and not isinstance(found, type) else found
        chat = {"id": parameters.get("chat_id", 1), "type": "private", "first_name": "U"}
        if isinstance(chat["id"], str):
            chat = {"id": -1001, "type": "channel", "title": chat["id"], "username": chat["id"].lstrip("@")}
        if method == "getMe":
            return BOT
        if method == "getUpdates":
            return self._poll(parameters.get("offset") or 0)
        if method == "getFile":
            path = f"documents/{parameters['file_id']}"
            return {
                "file_id": parameters["file_id"],
                "file_unique_id": "u",
                "file_path": path,
                "file_size": len(self.download(path)),
            }
        if method == "getChat":
            return chat | {"accent_color_id": 0, "max_reaction_count": 1, "accepted_gift_types": _GIFTS}
        if method == "getChatMember":
            return {"status": "member", "user": {"id": parameters["user_id"], "is_bot": False, "first_name": "U"}}
        if method in ("getChatMemberCount", "getMyCommands", "getChatAdministrators"):
            return 2 if method == "getChatMemberCount" else []
        if method == "copyMessage":
            return {"message_id": next(self._message_ids)}
        if method == "sendMediaGroup":
            return [self._sent(chat, {}) for _ in parameters["media"]]
        if _SENDS.match(method) and "inline_message_id" not in parameters:
            return self._sent(chat, parameters)
        return True

    def _sent(self, chat: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
        number = parameters.get("message_id") or next(self._message_ids)
        sent = {"message_id": number, "date": 1700000000, "chat": chat, "from": BOT}
        return sent | {key: parameters[key] for key in ("text", "caption") if isinstance(parameters.get(key), str)}

    def _poll(self, offset: int) -> list[dict[str, Any]]:
        waiting = [update for update in self._waiting if update["update_id"] >= offset]
        if not waiting:
            for application in self.applications:
                if application.running and application not in self._told_to_stop:
                    self._told_to_stop.append(application)
                    application.stop_running()
        return waiting

    def download(self, path: str) -> bytes:
        """The content of a file on Telegram's servers."""
        return self.downloads.get(path, path.encode())


_GIFTS = dict.fromkeys(
    ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"), True
)


class OfflineRequest(BaseRequest):
    """Takes the place of `HTTPXRequest`: accepts its arguments, reaches no network, asks a `Telegram` for answers."""

    world: Telegram

    def __init__(self, *_: Any, http_version: str = "1.1", read_timeout: float | None = 5.0, **__: Any) -> None:
        self.http_version = http_version
        self._read_timeout = read_timeout

    @property
    def read_timeout(self) -> float | None:
        return self._read_timeout

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *_: Any, **__: Any
    ) -> tuple[int, bytes]:
        """Record the call and answer it."""
        await asyncio.sleep(0)  # like any network: other tasks may run
        world = self.world
        if "/file/bot" in url:
            path = url.partition("/file/bot")[2].partition("/")[2]
            world.run.record("bot api", method="download", path=path)
            return 200, world.download(path)
        name = url.rpartition("/")[2]
        parameters: dict[str, Any] = dict(request_data.parameters) if request_data else {}
        if name == "getUpdates":
            await asyncio.sleep(0.001)
        else:
            world.run.record("bot api", method=name, **_without_random(parameters, request_data))
        result = world.answer(name, parameters)
        if isinstance(result, BaseException) or (isinstance(result, type) and issubclass(result, BaseException)):
            raise result
        if isinstance(result, Failure):
            return result.status, result.payload()
        return 200, json.dumps({"ok": True, "result": result}).encode()


def _without_random(parameters: dict[str, Any], request_data: RequestData | None) -> dict[str, Any]:
    """What a call says, with uploads as `(filename, bytes, MIME type)` and without the random names that tie them to
    parameters.
    """
    said: dict[str, Any] = {"parameters": json.loads(_ATTACHED.sub("attached", json.dumps(parameters, default=repr)))}
    files = []
    for upload in (request_data.multipart_data if request_data and request_data.contains_files else {}).values():
        filename, content, mime = upload
        files.append((filename, content if isinstance(content, bytes) else content.read(), mime))
    return said | ({"files": files} if files else {})


@contextlib.contextmanager
def offline(
    run: Run,
    *,
    updates: Iterable[Mapping[str, Any]] = (),
    answers: Mapping[str, Any] | None = None,
    watch: Sequence[str] = ("args",),
) -> Iterator[Telegram]:
    """While it lasts, applications and bots that the program builds talk to the yielded `Telegram` instead of a
    network.

    `updates` are what `run_polling` receives; then the application is stopped. `watch` names the attributes of the
    callback context that are recorded when a callback starts (``"args"``, ``"matches"``, ``"error"`` …).
    """
    world = Telegram(run, updates, answers or {})
    request = type("OfflineRequest", (OfflineRequest,), {"world": world})
    build = ApplicationBuilder.build

    def building(self: Any) -> Any:
        application = build(self)
        world.applications.append(application)
        return application

    async def handling(self: Any, update: object, application: Any, check_result: object, context: Any) -> Any:
        self.collect_additional_context(context, update, application, check_result)
        kind = next((str(kind.value) for kind in UpdateType if getattr(update, kind, None)), type(update).__name__)
        name = getattr(self.callback, "__qualname__", type(self.callback).__qualname__)
        run.record("callback", callback=name, update=kind, **{key: getattr(context, key, None) for key in watch})
        return await self.callback(update, context)

    with contextlib.ExitStack() as stack:
        for place in ("telegram.request", "telegram.ext._applicationbuilder", "telegram._bot"):
            stack.enter_context(mock.patch(f"{place}.HTTPXRequest", request))
        stack.enter_context(mock.patch.object(ApplicationBuilder, "build", building))
        stack.enter_context(mock.patch.object(BaseHandler, "handle_update", handling))
        yield world
