"""The contracts of python-telegram-bot, httpx, aiohttp and requests, held against failures that really happen."""

from __future__ import annotations

import asyncio
import importlib.util
import inspect
import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import httpx
import pytest
import telegram
import telegram.error
from raised import catches, failure, load, refused_port
from telegram.request import BaseRequest
from twin.http import Server
from twin.routes import Reply, Request

from tgfix.knowledge import classes
from tgfix.knowledge import errors as knowledge
from tgfix.knowledge.classes import contracts_table

# Classes --------------------------------------------------------------------------------------------------------------

GONE = {"telegram.error.Unauthorized"}  # of python-telegram-bot 13
INSTALLED = [
    n
    for n in contracts_table()["classes"]
    if n not in GONE and (not n.startswith("requests") or importlib.util.find_spec("requests"))
]


@pytest.mark.parametrize("name", INSTALLED)
def test_ancestors_are_those_of_the_class(name: str) -> None:
    cls = load(name)
    for other in INSTALLED:
        claimed = classes.is_subclass(name, other)
        if asyncio.TimeoutError in cls.__mro__ and other in (
            "builtins.OSError",
            "builtins.TimeoutError",
            "asyncio.TimeoutError",
        ):
            assert not claimed or issubclass(cls, load(other)), "what is claimed must hold, on Python 3.11 more may"
        else:
            assert claimed == issubclass(cls, load(other)), other


@pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
def test_attributes_exist() -> None:
    assert "retry_after" in classes.attributes("telegram.error.RetryAfter")
    assert hasattr(telegram.error.RetryAfter(3), "retry_after")
    assert "new_chat_id" in classes.attributes("telegram.error.ChatMigrated") and hasattr(
        telegram.error.ChatMigrated(3), "new_chat_id"
    )
    assert "message" in classes.attributes("telegram.error.BadRequest")
    assert {"request", "response"} <= classes.attributes("httpx.HTTPStatusError")
    assert "response" not in classes.common_attributes(["httpx.HTTPStatusError", "httpx.ConnectError"])
    assert {"errno", "strerror", "filename"} <= classes.attributes("FileNotFoundError")
    assert {"status", "message"} <= classes.attributes("aiohttp.ClientResponseError")
    assert classes.attributes("a.class.nobody.Knows") == classes.COMMON_ATTRIBUTES


# python-telegram-bot --------------------------------------------------------------------------------------------------


class Answer(BaseRequest):
    """A connection to Telegram that gives one answer."""

    def __init__(self, code: int, payload: Any) -> None:
        self.code, self.payload = code, payload

    @property
    def read_timeout(self) -> float:
        return 5

    async def initialize(self) -> None: ...

    async def shutdown(self) -> None: ...

    async def do_request(self, *args: Any, **kwargs: Any) -> tuple[int, bytes]:
        if isinstance(self.payload, BaseException):
            raise self.payload
        return self.code, self.payload if isinstance(self.payload, bytes) else json.dumps(
            {"ok": False, **self.payload}
        ).encode()


#: RetryAfter says that its attribute will become a timedelta.
wordy = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")
ANSWERS = [
    (400, {"description": "Bad Request: chat not found"}, "BadRequest"),
    (400, {"description": "x", "parameters": {"migrate_to_chat_id": -100}}, "ChatMigrated"),
    (401, {"description": "Unauthorized"}, "InvalidToken"),
    (403, {"description": "Forbidden: bot was blocked by the user"}, "Forbidden"),
    (404, {"description": "Not Found"}, "InvalidToken"),
    (409, {"description": "Conflict"}, "Conflict"),
    (429, {"description": "Too Many", "parameters": {"retry_after": 5}}, "RetryAfter"),
    (502, b"<html>", "NetworkError"),
    (418, {"description": "teapot"}, "NetworkError"),
    (200, b"not json", "TelegramError"),
    (0, telegram.error.TimedOut(), "TimedOut"),
    (0, OSError("no route"), "NetworkError"),
]


@wordy
@pytest.mark.parametrize(("code", "payload", "expected"), ANSWERS)
@pytest.mark.parametrize("method", ["send_message", "get_chat"])
def test_every_answer_of_the_bot_api_is_in_the_contract(method: str, code: int, payload: Any, expected: str) -> None:
    bot = telegram.Bot("42:A", request=Answer(code, payload), get_updates_request=Answer(code, payload))
    call = bot.send_message(1, "x") if method == "send_message" else bot.get_chat(1)
    raised = asyncio.run(failure(call))
    contract = knowledge.ptb_method(method)
    assert contract is not None and type(raised).__name__ == expected
    assert f"telegram.error.{expected}" in contract.every and catches(contract, raised)


def test_every_method_that_calls_telegram_is_known() -> None:
    missing = [
        f"{owner}.{name}"
        for owner, cls in vars(telegram).items()
        if isinstance(cls, type) and cls.__module__.startswith("telegram.")
        for name in dir(cls)
        if not name.startswith("_")
        and inspect.iscoroutinefunction(inspect.getattr_static(cls, name))
        and knowledge.ptb_method(name, owner) is None
    ]
    assert not missing


def test_camel_case_and_shortcuts() -> None:
    assert knowledge.ptb_method("sendMessage", "Bot") == knowledge.ptb_method("send_message", "Bot")
    for owner, name in [
        ("Message", "reply_text"),
        ("CallbackQuery", "answer"),
        ("Chat", "ban_member"),
        ("User", "send_message"),
        ("File", "download_to_drive"),
        ("InlineQuery", "answer"),
    ]:
        assert knowledge.ptb_method(name, owner) is not None
    assert knowledge.ptb_method("no_such_method") is None


def test_the_names_depend_on_the_release() -> None:
    old, new = knowledge.ptb_method("send_message", major=13), knowledge.ptb_method("send_message", major=22)
    assert old is not None and new is not None
    assert "telegram.error.Unauthorized" in old.errors and "telegram.error.Forbidden" not in old.every
    assert "telegram.error.Forbidden" in new.errors and "telegram.error.Unauthorized" not in new.every
    assert (old.kind, new.kind) == ("function", "coroutine")
    for name in new.every:
        assert issubclass(load(name), telegram.error.TelegramError)
    assert knowledge.ptb_method("kick_chat_member", major=13) is not None


def test_a_button_of_an_inaccessible_message() -> None:
    message = telegram.InaccessibleMessage(telegram.Chat(1, "private"), 2)
    query = telegram.CallbackQuery("1", telegram.User(1, "a", False), "c", message=message)
    query.set_bot(telegram.Bot("42:A"))
    assert catches(
        knowledge.ptb_method("edit_message_text", "CallbackQuery"), asyncio.run(failure(query.edit_message_text("x")))
    )


def test_a_file_without_a_path() -> None:
    file = telegram.File("1", "1")
    file.set_bot(telegram.Bot("42:A"))
    assert catches(
        knowledge.ptb_method("download_to_drive", "File"), asyncio.run(failure(file.download_to_drive("/dev/null/x")))
    )


# httpx ----------------------------------------------------------------------------------------------------------------


def handler(request: httpx.Request) -> httpx.Response:
    what = request.url.path.strip("/")
    if hasattr(httpx, what):
        raise getattr(httpx, what)("x", request=request)
    if what == "loop":
        return httpx.Response(302, headers={"location": "/loop"})
    if what == "garbled":
        return httpx.Response(200, headers={"content-encoding": "gzip"}, content=b"not gzip")
    return httpx.Response(500, content=b"\xff<html>")


@pytest.mark.parametrize(
    "url",
    [
        "ConnectError",
        "ConnectTimeout",
        "ReadTimeout",
        "PoolTimeout",
        "RemoteProtocolError",
        "ProxyError",
        "loop",
        "garbled",
    ],
)
def test_httpx_failures(url: str) -> None:
    async def run() -> Exception | None:
        async with httpx.AsyncClient(
            transport=httpx.MockTransport(handler), base_url="http://x", follow_redirects=True
        ) as client:
            return await failure(client.get(f"/{url}"))

    raised = asyncio.run(run())
    assert raised is not None and catches("httpx.AsyncClient.get", raised)


def test_httpx_failures_beside_httperror() -> None:
    with httpx.Client(transport=httpx.MockTransport(handler)) as client, pytest.raises(Exception) as url:
        client.get("http://x:port/")
    assert not isinstance(url.value, httpx.HTTPError) and catches("httpx.Client.get", url.value)
    with pytest.raises(Exception) as scheme:
        httpx.get("no-scheme")
    assert catches("httpx.get", scheme.value)
    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        response = client.get("http://x/bad")
    with pytest.raises(Exception) as status:
        response.raise_for_status()
    assert catches("httpx.Response.raise_for_status", status.value)
    with pytest.raises(Exception) as body:
        response.json()
    assert not isinstance(body.value, httpx.HTTPError) and catches("httpx.Response.json", body.value)


# aiohttp and requests, against a server that answers badly ------------------------------------------------------------


@pytest.fixture
def rude(http_server: Server) -> str:
    """The address of a server with a route for each way to disappoint."""

    async def not_text(request: Request, nth: int) -> Reply:
        return Reply(body=b"\xff", type="text/html; charset=utf-8")

    http_server.routes["/not-text"] = not_text
    return http_server.url


@pytest.mark.parametrize(
    ("path", "step", "expected"),
    [
        ("/close", "get", aiohttp.ServerDisconnectedError),
        ("/slow?seconds=1", "get", asyncio.TimeoutError),
        ("/text", "json", aiohttp.ContentTypeError),
        ("/bad-json", "json", json.JSONDecodeError),
        ("/truncated", "read", aiohttp.ClientPayloadError),
        ("/truncated", "text", aiohttp.ClientPayloadError),
        ("/not-text", "text", UnicodeDecodeError),
        ("/status/500", "raise_for_status", aiohttp.ClientResponseError),
    ],
)
def test_aiohttp_failures(rude: str, path: str, step: str, expected: type[Exception]) -> None:
    async def run() -> Exception | None:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.3)) as session:
            if step == "get":
                return await failure(session.get(rude + path))
            async with session.get(rude + path) as response:
                try:
                    result = getattr(response, step)()
                except Exception as error:
                    return error
                return await failure(result)

    raised = asyncio.run(run())
    assert isinstance(raised, expected)
    assert catches("aiohttp.ClientSession.get" if step == "get" else f"aiohttp.ClientResponse.{step}", raised)


def test_aiohttp_without_a_server_or_an_address() -> None:
    async def run() -> list[Exception | None]:
        async with aiohttp.ClientSession() as session:
            urls = (f"http://127.0.0.1:{refused_port()}", "no-scheme", "ftp://x")
            return [await failure(session.get(url)) for url in urls]

    for raised in asyncio.run(run()):
        assert raised is not None and catches("aiohttp.ClientSession.get", raised)


def test_requests_failures(rude: str) -> None:
    requests = pytest.importorskip("requests", reason="nothing else needs it; its contract is checked where it is")

    def failures() -> Iterator[tuple[str, Exception]]:
        nowhere = f"http://127.0.0.1:{refused_port()}"
        for url in (f"{rude}/close", f"{rude}/slow?seconds=1", nowhere, "no-scheme", "http://x:port", "http:///"):
            with pytest.raises(Exception) as raised:
                requests.get(url, timeout=0.3)
            yield "requests.get", raised.value
        for path, step in [("/text", "json"), ("/bad-json", "json"), ("/status/500", "raise_for_status")]:
            response = requests.get(rude + path, timeout=0.3)
            with pytest.raises(Exception) as raised:
                getattr(response, step)()
            yield f"requests.Response.{step}", raised.value

    for call, raised in failures():
        assert catches(call, raised), (call, raised)
