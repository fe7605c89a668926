"""What really escapes the calls of a Telethon client whose server is scripted, against the table."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
import telethon
from raised import catches, load, short, telethon_names
from telethon import TelegramClient, errors, functions, types
from telethon.sessions import MemorySession
from twin.telethon import Sender
from twin.telethon import rpc_error as rpc

from tgfix.knowledge import errors as knowledge
from tgfix.knowledge.classes import is_subclass, telethon_has, telethon_table

PEER = types.InputPeerUser(1, 2)


class Script:
    """Answers every request with the next of the answers, and with the last one for ever."""

    connecting: Exception | None = None

    def __init__(self, answers: list[Any]) -> None:
        self.answers = list(answers)

    def answer(self, request: Any) -> Any:
        """The next answer, raised if it is an exception."""
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(found, BaseException):
            raise found.with_traceback(None)
        return found


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    real = asyncio.sleep

    async def sleep(seconds: float, *rest: Any) -> None:
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    yield


def outcome(script: list[Any], call: Callable[[TelegramClient], Awaitable[Any]]) -> Any:
    """What the call returns, or the exception that it ends with. Without a script the client is not connected."""

    async def run() -> Any:
        client = TelegramClient(MemorySession(), 1, "x")
        client._loop = asyncio.get_running_loop()
        client._sender = type("Scripted", (Sender,), {"world": Script(script)})()
        if script:
            await client._sender.connect(None)
        client._mb_entity_cache.set_self_user(42, True, 0)
        try:
            return await call(client)
        except Exception as error:
            return error

    return asyncio.run(run())


def raw_name(cls: type) -> str | None:
    """How Telegram spells an error that has a class of its own, None for a family."""
    found = next((raw for raw, c in errors.rpc_errors_dict.items() if c is cls), None)
    return found or next((pattern.replace("(\\d+)", "77") for pattern, c in errors.rpc_errors_re if c is cls), None)


def retried() -> set[str]:
    """What Telethon tries again and ends with a ValueError, as far as the tables know."""
    table = telethon_table()
    return {f"telethon.errors.{table['errors'][index][0]}" for index in table["retried"]}


def test_exactly_the_absorbed_errors_end_as_valueerror() -> None:
    # Flood waits are slept through or raised, by their length; migrations make the client move to another server.
    special = (errors.FloodWaitError, errors.FloodPremiumWaitError, errors.SlowModeWaitError, errors.InvalidDCError)
    special += (errors.FloodTestPhoneWaitError,)
    given = {"request": None, "message": "X"}
    absorbed = set()
    for name in telethon_names():
        cls: Any = load(name) if telethon_has(name, telethon.__version__) else Exception
        if issubclass(cls, errors.RPCError) and not issubclass(cls, special):
            answer = cls(**{n: v for n, v in given.items() if n in inspect.signature(cls).parameters})
            raised = outcome([answer], lambda c: c(functions.help.GetConfigRequest()))
            assert raised is answer or type(raised) is ValueError
            absorbed |= {name} if raised is not answer else set()
    assert absorbed == {n for n in retried() if telethon_has(n, telethon.__version__)}
    assert len(absorbed) > 25


def test_errors_of_the_table_are_not_absorbed() -> None:
    listed: set[str] = set()
    for key in telethon_table()["methods"]:
        owner, _, method = key.rpartition(".")
        contract = knowledge.telethon_method(method, owner)
        assert contract is not None and set(contract.errors) <= set(contract.every)
        listed |= set(contract.every)
    assert len(listed) > 150
    assert not listed & retried()
    for name in sorted(listed)[::7]:
        cls = load(name)
        raised = outcome([rpc(raw_name(cls) or "", 400)], lambda c: c(functions.help.GetConfigRequest()))
        assert isinstance(raised, cls)


SIGN_IN = {
    "code": {"positional": 2},
    "password": {"positional": 0, "keywords": ["password"]},
    "bot_token": {"positional": 0, "keywords": ["bot_token"]},
}


def test_sign_in_depends_on_its_arguments() -> None:
    found = {name: short(knowledge.telethon_method("sign_in", **use).errors) for name, use in SIGN_IN.items()}  # type: ignore[arg-type,union-attr]
    assert found["code"] == {
        "PhoneCodeEmptyError",
        "PhoneCodeExpiredError",
        "PhoneCodeInvalidError",
        "PhoneNumberInvalidError",
        "PhoneNumberUnoccupiedError",
        "SessionPasswordNeededError",
    }
    assert found["password"] == {"PasswordHashInvalidError"}
    assert found["bot_token"] == {"AccessTokenExpiredError", "AccessTokenInvalidError", "ApiIdInvalidError"}
    whole = knowledge.telethon_method("sign_in")
    assert whole is not None and set.union(*found.values()) <= short(whole.every)


@pytest.mark.parametrize(
    "name",
    ["PhoneCodeExpiredError", "PhoneCodeInvalidError", "PhoneNumberUnoccupiedError", "SessionPasswordNeededError"],
)
def test_errors_of_sign_in_reach_the_caller(name: str) -> None:
    cls = getattr(errors, name)
    nobody = rpc("AUTH_KEY_UNREGISTERED", 401)  # the answer to the get_me() that sign_in begins with
    raised = outcome([nobody, rpc(raw_name(cls) or "")], lambda c: c.sign_in("+15551234567", "1", phone_code_hash="h"))
    assert isinstance(raised, cls)


GIVES_UP = rpc("INTERNAL", 500)
FAILURES: list[tuple[str, str, list[Any], Callable[[Any], Awaitable[Any]], type[Exception]]] = [
    ("TelegramClient", "send_message", [], lambda c: c.send_message(PEER, "x"), ConnectionError),
    ("TelegramClient", "send_message", [GIVES_UP], lambda c: c.send_message(PEER, "x"), ValueError),
    ("TelegramClient", "send_message", [rpc("FLOOD_WAIT_30", 420)], lambda c: c.send_message(PEER, "x"), ValueError),
    (
        "TelegramClient",
        "send_message",
        [rpc("FLOOD_WAIT_61", 420)],
        lambda c: c.send_message(PEER, "x"),
        errors.FloodWaitError,
    ),
    (
        "TelegramClient",
        "send_message",
        [rpc("SOMETHING_NEW")],
        lambda c: c.send_message(PEER, "x"),
        errors.BadRequestError,
    ),
    ("TelegramClient", "send_message", ["x"], lambda c: c.send_message(PEER, ""), ValueError),
    ("TelegramClient", "send_message", [[]], lambda c: c.send_message(123456789, "x"), ValueError),
    ("TelegramClient", "send_message", ["x"], lambda c: c.send_message(PEER, file="/dev/null/x.png"), ValueError),
    ("TelegramClient", "upload_file", ["x"], lambda c: c.upload_file("/dev/null/x.png"), OSError),
    ("TelegramClient", "upload_file", [False], lambda c: c.upload_file(b"x", file_name="x"), RuntimeError),
    ("TelegramClient", "get_entity", [rpc("USERNAME_NOT_OCCUPIED")], lambda c: c.get_entity("nosuchuser"), ValueError),
    ("TelegramClient", "get_entity", ["x"], lambda c: c.get_entity(3.5), TypeError),
    (
        "TelegramClient",
        "get_entity",
        [rpc("CHANNEL_PRIVATE")],
        lambda c: c.get_entity(types.InputPeerChannel(5, 6)),
        errors.ChannelPrivateError,
    ),
    (
        "TelegramClient",
        "download_file",
        [types.upload.File(types.storage.FileJpeg(), 0, b"x")],
        lambda c: c.download_file(types.InputPhotoFileLocation(1, 2, b"", "x"), "/dev/null/x", dc_id=None),
        OSError,
    ),
    ("TelegramClient", "conversation", ["x"], lambda c: twice_in_conversation(c), errors.AlreadyInConversationError),
    ("Conversation", "get_response", ["x"], lambda c: unanswered(c), asyncio.TimeoutError),
    ("Conversation", "get_response", ["x"], lambda c: unanswered(c, message=None), ValueError),
    (
        "TelegramClient",
        "iter_messages",
        [rpc("CHANNEL_PRIVATE")],
        lambda c: first(c.iter_messages(PEER)),
        errors.ChannelPrivateError,
    ),
]


async def twice_in_conversation(client: TelegramClient) -> None:
    async with client.conversation(PEER), client.conversation(PEER):
        pass


async def unanswered(client: TelegramClient, message: int | None = 5) -> None:
    async with client.conversation(PEER, timeout=0.01) as conversation:
        await conversation.get_response(message)


async def first(iterator: Any) -> Any:
    async for item in iterator:
        return item


@pytest.mark.parametrize(("owner", "method", "script", "call", "expected"), FAILURES)
def test_what_really_escapes_is_in_the_contract(
    owner: str, method: str, script: list[Any], call: Any, expected: type[Exception]
) -> None:
    raised = outcome(script, call)
    assert isinstance(raised, expected), raised
    assert catches(knowledge.telethon_method(method, owner), raised)


@pytest.mark.parametrize(
    ("method", "raw", "code", "returned"),
    [
        ("get_me", "AUTH_KEY_UNREGISTERED", 401, None),
        ("log_out", "X", 400, False),
        ("is_user_authorized", "X", 400, False),
    ],
)
def test_errors_absorbed_by_the_method_are_left_out(method: str, raw: str, code: int, returned: Any) -> None:
    assert outcome([rpc(raw, code)], lambda c: getattr(c, method)()) is returned
    contract = knowledge.telethon_method(method)
    assert contract is not None
    assert not any(is_subclass(e, "telethon.errors.UnauthorizedError") for e in contract.every)
    assert contract.base is None or method == "get_me"


def test_a_list_of_requests_fails_with_an_error_outside_rpcerror() -> None:
    requests = [functions.help.GetConfigRequest(), functions.help.GetConfigRequest()]
    raised = outcome([rpc("CHAT_WRITE_FORBIDDEN", 403), rpc("PEER_ID_INVALID")], lambda c: c(requests))
    assert isinstance(raised, errors.MultiError) and not isinstance(raised, errors.RPCError)
    assert catches(knowledge.telethon_request("help.GetConfigRequest", several=True), raised)
    assert not catches(knowledge.telethon_request("help.GetConfigRequest"), raised)


def test_an_unknown_username_is_no_rpcerror() -> None:
    contract = knowledge.telethon_method("get_entity")
    assert contract is not None and "UsernameNotOccupiedError" not in short(contract.every)
