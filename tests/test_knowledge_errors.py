"""The table of what Telethon's calls raise: its classes against those of the installed Telethon, and the look-ups."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import telethon
from raised import covering, short, telethon_names
from telethon import TelegramClient, errors, events, functions, types

from tgfix.knowledge import classes
from tgfix.knowledge import errors as knowledge
from tgfix.knowledge.classes import attributes, canonical, is_subclass, telethon_has, telethon_table

same_release = pytest.mark.skipif(
    telethon_table()["provenance"]["telethon"] != telethon.__version__,
    reason="the table describes another release of Telethon than the installed one",
)


# Names and classes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["from telethon.errors import {}", "import telethon.errors; telethon.errors.{}"])
def test_every_name_that_the_installed_release_should_have_imports(form: str) -> None:
    names = [n for n in telethon_names() if telethon_has(n, telethon.__version__)]
    assert len(names) > 400
    for name in names:
        exec(form.format(name.rpartition(".")[2]), {})


@same_release
def test_no_error_of_the_installed_release_is_missing() -> None:
    installed = {c.__name__ for c in vars(errors).values() if isinstance(c, type) and issubclass(c, BaseException)}
    assert short(telethon_names()) == installed


def test_names_of_old_advice_do_not_exist() -> None:
    for name in ("InvalidPhoneError", "CodeExpiredError", "InvalidCodeError"):
        assert not classes.is_known(f"telethon.errors.{name}")
        assert classes.telethon_since(f"telethon.errors.{name}") is None
    assert classes.is_known("telethon.errors.PhoneCodeExpiredError")


def test_a_name_counts_from_the_first_release_that_has_it() -> None:
    assert telethon_has("telethon.errors.FloodWaitError", "1.24.0")
    assert not telethon_has("telethon.errors.FloodPremiumWaitError", "1.36.0")
    assert telethon_has("telethon.errors.FloodPremiumWaitError", "1.37")
    assert not telethon_has("telethon.errors.FloodWaitError", "1.10.0"), (
        "nothing is certain of releases that were not examined"
    )


@same_release
@pytest.mark.parametrize("name", telethon_names())
def test_ancestors_and_attributes_are_those_of_the_class(name: str) -> None:
    cls = getattr(errors, name.rpartition(".")[2])
    spelt = {canonical(f"{k.__module__}.{k.__name__}") for k in cls.__mro__ if k is not object}
    assert classes.ancestors(name) == spelt
    listed = attributes(name)
    own = {n for k in cls.__mro__ if issubclass(k, BaseException) for n in vars(k) if not n.startswith("_")}
    assert {n for n in own if not callable(getattr(cls, n))} <= listed
    if issubclass(cls, errors.RPCError):
        given: dict[str, Any] = {"request": None, "capture": 7, "message": "X"}
        raised = cls(**{n: v for n, v in given.items() if n in inspect.signature(cls).parameters})
        assert {n for n in vars(raised) if not n.startswith("_")} <= listed
        assert all(hasattr(raised, n) for n in listed)


def test_attributes_that_a_handler_may_use() -> None:
    flood, rpc = "telethon.errors.FloodWaitError", "telethon.errors.RPCError"
    assert {"seconds", "message", "code", "request"} <= attributes(flood)
    assert "new_dc" in attributes("telethon.errors.PhoneMigrateError")
    assert "seconds" in classes.common_attributes([flood, "telethon.errors.SlowModeWaitError"])
    assert classes.common_attributes([flood, rpc]) >= {"message", "code", "request"}
    assert "seconds" not in classes.common_attributes([flood, rpc])
    assert classes.common_attributes([flood, "ValueError"]) == {"args", "with_traceback"}


def test_one_name_of_telethon_hides_a_builtin() -> None:
    assert [n for n in telethon_names() if classes.shadows_builtin(n)] == ["telethon.errors.TimeoutError"]
    assert not is_subclass("telethon.errors.TimeoutError", "TimeoutError")
    assert classes.shadows_builtin("requests.ConnectionError")
    assert not classes.shadows_builtin("ConnectionError")


def test_other_spellings_are_the_same_class() -> None:
    assert canonical("telethon.errors.rpcerrorlist.FloodWaitError") == "telethon.errors.FloodWaitError"
    assert canonical("telethon.errors.BotTimeout") == "telethon.errors.TimedOutError"
    assert canonical("IOError") == "builtins.OSError"
    assert canonical("mine.Error") == "mine.Error"


def test_no_clause_hides_a_later_one() -> None:
    given = [
        "Exception",
        "OSError",
        "telethon.errors.RPCError",
        "asyncio.TimeoutError",
        "telethon.errors.FloodWaitError",
        "ConnectionError",
    ]
    ordered = classes.subclasses_first(given)
    assert sorted(ordered) == sorted(map(canonical, given))
    for place, name in enumerate(ordered):
        assert not any(is_subclass(later, name) for later in ordered[place + 1 :])
    assert ordered.index("asyncio.TimeoutError") < ordered.index("builtins.OSError"), (
        "one is the other's subclass since Python 3.11"
    )
    assert classes.smallest(given) == ("builtins.Exception",)
    assert classes.smallest(["asyncio.TimeoutError", "OSError", "ConnectionError"]) == (
        "asyncio.TimeoutError",
        "builtins.OSError",
    )


# Lookups --------------------------------------------------------------------------------------------------------------


def test_a_file_is_only_touched_when_one_is_given() -> None:
    def outside(owner: str, method: str, **use: Any) -> set[str]:
        contract = knowledge.telethon_method(method, owner, **use)
        assert contract is not None
        return short(o.name for o in contract.outside)

    for owner, method in [
        ("TelegramClient", "send_message"),
        ("Message", "reply"),
        ("events.CallbackQuery.Event", "edit"),
    ]:
        assert "OSError" not in outside(owner, method, positional=2)
        assert "OSError" in outside(owner, method, positional=1, keywords=["file"])
        assert "OSError" in outside(owner, method), "of `*args` and `**kwargs` nothing is known"
    assert "OSError" in outside("TelegramClient", "send_file", positional=2)
    assert "OSError" not in outside("Draft", "send")


def test_raw_requests_are_known_by_class() -> None:
    joined = knowledge.telethon_request("functions.channels.JoinChannelRequest")
    assert short(joined.errors) == {
        "ChannelInvalidError",
        "ChannelPrivateError",
        "ChannelsTooMuchError",
        "InviteRequestSentError",
    }
    assert knowledge.telethon_request("JoinChannelRequest").errors == joined.errors
    unknown = knowledge.telethon_request("channels.NotYetInventedRequest")
    assert (unknown.base, unknown.errors, unknown.listed) == ("telethon.errors.RPCError", (), False)
    for name, (_, numbers) in telethon_table()["requests"].items():
        namespace = functions
        for part in name.split("."):
            namespace = getattr(namespace, part)
        assert numbers == sorted(set(numbers))


def test_errors_that_telethon_documents_are_listed() -> None:
    for owner, method, name in [
        ("QRLogin", "wait", "SessionPasswordNeededError"),
        ("TelegramClient", "edit_message", "MessageNotModifiedError"),
        ("TelegramClient", "takeout", "TakeoutInitDelayError"),
    ]:
        contract = knowledge.telethon_method(method, owner)
        assert contract is not None and name in short(contract.errors)


def test_events_hand_on_to_their_message() -> None:
    message, event = knowledge.telethon_method("reply", "Message"), knowledge.telethon_event("reply", "NewMessage")
    assert message == event
    answer = knowledge.telethon_event("answer")
    assert answer is not None and "QueryIdInvalidError" in short(answer.errors)
    for method in (
        "reply",
        "respond",
        "edit",
        "delete",
        "get_reply_message",
        "get_chat",
        "get_sender",
        "answer",
        "get_message",
    ):
        assert knowledge.telethon_event(method) is not None
    assert knowledge.telethon_event("no_such_method") is None
    album = knowledge.telethon_event("reply", "Album")
    assert album is not None and album.base == "telethon.errors.RPCError"


@same_release
def test_no_public_coroutine_of_telethon_is_missing() -> None:
    holders: dict[str, type] = {
        "TelegramClient": TelegramClient,
        "Message": types.Message,
        "events.Album.Event": events.Album.Event,
    }
    holders |= {
        n: getattr(telethon.tl.custom, n)
        for n in ("Conversation", "Dialog", "Draft", "InlineResult", "MessageButton", "QRLogin")
    }
    for owner, cls in holders.items():
        for name in (
            n for n in dir(cls) if not n.startswith("_") and inspect.iscoroutinefunction(inspect.getattr_static(cls, n))
        ):
            assert knowledge.telethon_method(name, owner) is not None, f"{owner}.{name}"


def test_calls_together_need_one_base() -> None:
    send, load_json = knowledge.telethon_method("send_message", positional=2), knowledge.call_contract("json.load")
    assert send is not None and load_json is not None
    both = knowledge.merge([send, load_json])
    assert both.base == "telethon.errors.RPCError" and set(both.errors) == set(send.errors)
    assert set(covering(both)) == {
        "telethon.errors.RPCError",
        "builtins.OSError",
        "builtins.TypeError",
        "builtins.ValueError",
    }
