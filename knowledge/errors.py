"""What each known call can raise, and how the exception classes of the libraries are related.

The facts are in `telethon_errors.json` and `contracts.json`, which `scripts/build_error_tables.py` derives from the
installed libraries and from Telethon's published lists of errors. A list of Telegram's errors is never complete: it
holds what was seen, so `Contract.base` stands beside it. Classes go by the dotted name that a program uses
("telethon.errors.FloodWaitError", "builtins.ValueError", "httpx.HTTPError").
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from .classes import (
    RPC_ERROR,
    TELEGRAM_ERROR,
    contracts_table,
    is_subclass,
    ptb_has,
    telethon_table,
)
from .contract import Contract, Outside

TELETHON, PTB = "telethon", "python-telegram-bot"
#: Sends a list of requests, one for each 100 messages (`client/messages.py`): where there are several and one fails, what
#: comes out is no RPCError.
_IN_CHUNKS, _SEVERAL_FAILED = "TelegramClient.delete_messages", "telethon.errors.MultiError"


# Telethon -------------------------------------------------------------------------------------------------------------


def telethon_method(
    name: str, owner: str = "TelegramClient", *, positional: int | None = None, keywords: Collection[str] = ()
) -> Contract | None:
    """The contract of a method of Telethon's client or of an object that Telethon hands out, None if there is no such
    method.

    `owner` is "TelegramClient", "Message", "Dialog", "Draft", "InlineResult", "MessageButton", "Conversation",
    "QRLogin", … or "events.NewMessage.Event". When `positional` (how many positional arguments the call has, without
    self) is given, the contract is narrowed to what those arguments and `keywords` lead to; leave it None for calls
    with `*args` or `**kwargs`.
    """
    table = telethon_table()
    row = table["methods"].get(f"{owner}.{name}")
    if row is None:
        # These two hand everything that they do not define to their message.
        delegates = owner in ("events.NewMessage.Event", "events.MessageEdited.Event")
        return telethon_method(name, "Message", positional=positional, keywords=keywords) if delegates else None
    kind, has_base, own, every, outside, file_is_optional = row
    raised = _outside(table["outside"][outside])
    if f"{owner}.{name}" == _IN_CHUNKS:
        raised = tuple(sorted((*raised, Outside(_SEVERAL_FAILED, ("retries",)))))
    contract = Contract(
        f"{owner}.{name}",
        TELETHON,
        kind,
        RPC_ERROR if has_base else None,
        _named(own),
        _named(every),
        raised,
        tuple(table["rare"]) if has_base else (),
        listed=bool(own) or not has_base,
    )
    if positional is None:
        return contract
    if f"{owner}.{name}" == "TelegramClient.sign_in":
        return replace(contract, errors=_sign_in({*("phone", "code")[:positional], *keywords}))
    if file_is_optional and "file" not in keywords:
        return replace(contract, outside=_without_reason(contract.outside, "file"))
    if file_is_optional and name in ("send_message", "reply", "respond"):
        return replace(contract, errors=_named(table["methods"]["TelegramClient.send_file"][2]))
    return contract


def telethon_event(
    name: str, event: str | None = None, *, positional: int | None = None, keywords: Collection[str] = ()
) -> Contract | None:
    """The contract of a method of the event that a handler gets: of `event` ("NewMessage"), or of every kind that has
    it, taken together.
    """
    events = (
        [event] if event else sorted({k.split(".")[1] for k in telethon_table()["methods"] if k.startswith("events.")})
    )
    found = [telethon_method(name, f"events.{e}.Event", positional=positional, keywords=keywords) for e in events]
    known = [c for c in found if c is not None]
    return merge(known, f"event.{name}") if known else None


def telethon_owners(name: str) -> tuple[str, ...]:
    """The classes of Telethon that have a method of that name."""
    return tuple(
        sorted(key.rpartition(".")[0] for key in telethon_table()["methods"] if key.rpartition(".")[2] == name)
    )


def telethon_request(name: str, *, several: bool = False) -> Contract:
    """The contract of `client(functions.channels.JoinChannelRequest(...))`, by the request's class with or without its
    namespace.

    A request that is not in the table has no list (`listed` is False); its failures are RPCErrors all the same. Where
    one class name stands in several namespaces and none is given, their errors are taken together. `several`: the
    client is called with a list.
    """
    table = telethon_table()
    short = name.removeprefix("functions.")
    keys = (
        [short]
        if short in table["requests"]
        else [k for k in table["requests"] if "." not in short and k.rpartition(".")[2] == short]
    )
    rows = [table["requests"][key] for key in keys]
    looks_up = any(row[0] for row in rows) or not rows
    own = _named(sorted({i for row in rows for i in row[1]}))
    outside = {
        "builtins.ConnectionError": ("network",),
        "builtins.ValueError": ("entity", "retries") if looks_up else ("retries",),
    }
    every = set(own)
    if looks_up:
        outside["builtins.TypeError"] = ("entity",)
        every |= set(_named(table["methods"]["TelegramClient.get_input_entity"][3]))
    if several:
        outside["telethon.errors.MultiError"] = ("retries",)
    return Contract(
        short,
        TELETHON,
        "coroutine",
        RPC_ERROR,
        own,
        tuple(sorted(every)),
        tuple(Outside(n, r) for n, r in sorted(outside.items())),
        tuple(table["rare"]),
        listed=bool(rows),
    )


# python-telegram-bot, httpx, aiohttp, requests and the standard library -----------------------------------------------


def ptb_method(name: str, owner: str | None = None, *, major: int = 20) -> Contract | None:
    """The contract of a Bot API method, snake_case or camelCase, of `telegram.Bot` or of a shortcut ("Message",
    "CallbackQuery", …).

    Without an owner the contracts of all classes that have the method are taken together. `major` is the major version
    of python-telegram-bot: up to 13 a rejected bot is `Unauthorized`, from 20 on `Forbidden`.
    """
    table = contracts_table()
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in name)
    owners = [owner] if owner else table["ptb_owners"].get(snake, ())
    rows = [row for o in owners if (row := table["ptb"].get(f"{o}.{snake}"))]
    if not rows:
        return None
    names = ["BadRequest", "Forbidden" if major >= 20 else "Unauthorized", "NetworkError", "RetryAfter", "TimedOut"]
    names += ["ChatMigrated"] if any(row[0] for row in rows) else []
    names += ["Conflict"] if snake == "get_updates" else []
    own = tuple(sorted(f"telegram.error.{n}" for n in names))
    every = sorted(
        n
        for n in table["classes"]
        if n.startswith("telegram.error.") and ptb_has(n, major) and not n.endswith("DecryptionError")
    )
    reasons: dict[str, set[str]] = {}
    for row in rows:
        for class_name, why in table["ptb_outside"][row[1]]:
            reasons.setdefault(class_name, set()).update(why)
    outside = tuple(Outside(n, tuple(sorted(why))) for n, why in sorted(reasons.items()))
    call = f"{owner or 'Bot'}.{snake}"
    return Contract(call, PTB, "coroutine" if major >= 20 else "function", TELEGRAM_ERROR, own, tuple(every), outside)


def call_contract(name: str) -> Contract | None:
    """The contract of a function or method of another library by its dotted name: "json.load", "builtins.open",
    "httpx.Response.json",
    "io.TextIOWrapper.write" (a text file), "io.BufferedIOBase.read" (a binary one); None if it is not known.
    """
    table = contracts_table()
    if name not in table["calls"]:
        return None
    base, own, outside, rare = table["rows"][table["calls"][name]]
    library = name.partition(".")[0]
    kind = "coroutine" if name.startswith(("aiohttp.Client", "httpx.Async", "aiofiles.")) else "function"
    return Contract(
        name,
        library,
        kind,
        base,
        tuple(own),
        tuple(own),
        _outside(outside),
        tuple(rare),
        passes_on=name in table["passes_on"],
    )


def merge(contracts: Iterable[Contract], call: str = "") -> Contract:
    """What several calls can raise taken together. Bases of different libraries go to `outside`, except the first
    Telegram one.
    """
    parts = list(contracts)
    if len(parts) == 1:
        return parts[0]
    bases = [b for b in dict.fromkeys(c.base for c in parts) if b]
    base = next((b for b in (RPC_ERROR, TELEGRAM_ERROR) if b in bases), bases[0] if bases else None)
    reasons: dict[str, set[str]] = {b: {"network"} for b in bases if b != base}
    for item in (o for c in parts for o in c.outside):
        reasons.setdefault(item.name, set()).update(item.reasons)
    below = [e for c in parts for e in c.errors]
    return Contract(
        call or ", ".join(dict.fromkeys(c.call for c in parts)),
        parts[0].library if parts else "",
        parts[0].kind if parts else "function",
        base,
        tuple(sorted({e for e in below if base and is_subclass(e, base)})),
        tuple(sorted({e for c in parts for e in c.every})),
        tuple(Outside(n, tuple(sorted(why))) for n, why in sorted(reasons.items())),
        tuple(sorted({r for c in parts for r in c.rare})),
        listed=all(c.listed for c in parts),
        passes_on=any(c.passes_on for c in parts),
    )


def _named(numbers: Iterable[int]) -> tuple[str, ...]:
    errors = telethon_table()["errors"]
    return tuple(f"telethon.errors.{errors[i][0]}" for i in numbers)


def _outside(rows: list[Any]) -> tuple[Outside, ...]:
    return tuple(Outside(name, tuple(reasons)) for name, reasons in rows)


def _without_reason(outside: tuple[Outside, ...], reason: str) -> tuple[Outside, ...]:
    left = (Outside(o.name, tuple(r for r in o.reasons if r != reason)) for o in outside)
    return tuple(o for o in left if o.reasons)


def _sign_in(arguments: set[str]) -> tuple[str, ...]:
    """`sign_in` sends a code for a phone number alone, and otherwise tries the code, the password or the bot's token it
    is given.
    """
    table = telethon_table()["sign_in"]
    chosen: list[str] = [a for a in ("code", "password", "bot_token") if a in arguments] or ["phone"]
    return _named(sorted({i for argument in chosen for i in table[argument]}))
