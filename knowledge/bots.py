"""What is known of aiogram 2 and 3, of Pyrogram and its forks, and of pyTelegramBotAPI's asynchronous client.

Their coroutines and errors are in `bot_methods.json`, which `scripts/bot_methods.py` reads from the installed libraries. What a
call raises beside Telegram's errors was read in the releases named there: aiogram 3 makes `TelegramNetworkError` of what aiohttp
raises (`AiohttpSession.make_request`), aiogram 2 lets `asyncio.TimeoutError` through (`bot.api.make_request`); Pyrogram tries a
request again that fails with OSError and raises the last one (`Session.invoke`), ConnectionError before the client is started, and
ValueError for a number that is no chat (`utils.get_peer_type`); pyTelegramBotAPI ends what aiohttp raises as RequestTimeout
(`asyncio_helper._process_request`).
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass

from .bot_tables import family, table
from .contract import Contract, Outside
from .yields import sure_methods


@dataclass(frozen=True, slots=True)
class BotLibrary:
    """One library, or one release of it where releases differ."""

    #: The module that programs import.
    package: str
    title: str
    #: The class over all that Telegram may answer.
    base: str
    #: Raised for a flood wait, and the attribute that tells how many seconds.
    wait: str
    seconds: str
    outside: tuple[Outside, ...] = ()
    rare: tuple[str, ...] = ()
    #: The argument of the client up to which it sleeps through flood waits by itself.
    threshold: str = ""
    #: Whether handlers are given the client before the update.
    gives_client: bool = False


#: The libraries for bots, by the names under which they are installed.
DISTRIBUTIONS = ("python-telegram-bot", "telethon", "aiogram", "pyrogram", "pyTelegramBotAPI")
_DOWN, _NOBODY = Outside("builtins.OSError", ("network",)), Outside("builtins.ValueError", ("entity",))


def _pyrogram(package: str) -> BotLibrary:
    errors = f"{package}.errors"
    return BotLibrary(
        package,
        package.title(),
        f"{errors}.RPCError",
        f"{errors}.FloodWait",
        "value",
        (_DOWN, _NOBODY),
        (),
        "sleep_threshold",
        gives_client=True,
    )


_2, _3, _HELPER = "aiogram.utils.exceptions", "aiogram.exceptions", "telebot.asyncio_helper"
AIOGRAM_2 = BotLibrary(
    "aiogram",
    "aiogram 2",
    f"{_2}.TelegramAPIError",
    f"{_2}.RetryAfter",
    "timeout",
    (Outside("asyncio.TimeoutError", ("network",)),),
)
AIOGRAM_3 = BotLibrary(
    "aiogram",
    "aiogram",
    f"{_3}.TelegramAPIError",
    f"{_3}.TelegramRetryAfter",
    "retry_after",
    (),
    (f"{_3}.ClientDecodeError",),
)
TELEBOT = BotLibrary(
    "telebot", "pyTelegramBotAPI", f"{_HELPER}.ApiException", f"{_HELPER}.ApiTelegramException",
    'result_json["parameters"]["retry_after"]',
    (Outside(f"{_HELPER}.RequestTimeout", ("timeout",)),),
)  # fmt: skip
#: By the module that is imported: kurigram and pyrofork are installed as `pyrogram`.
LIBRARIES = {one.package: one for one in (AIOGRAM_3, _pyrogram("pyrogram"), _pyrogram("hydrogram"), TELEBOT)}
#: The bases of all that the libraries raise for Telegram.
BASES = frozenset({AIOGRAM_2.base, *(one.base for one in LIBRARIES.values())})
WAITS = frozenset({AIOGRAM_2.wait, *(one.wait for one in LIBRARIES.values())})
#: Get or give a file by a session of their own, whose errors are another library's.
_OF_FILES = frozenset("download download_file download_file_by_id download_to_destination download_big".split())

#: Attributes that say which release of aiogram a file is for: those of release 2 first.
AIOGRAM_RELEASES = (
    rb"(?:aiogram\.utils\.exceptions|aiogram\.dispatcher|aiogram\.contrib|import[^\n]*\bexecutor\b|"
    rb"\.message_handler\b|aiogram\.utils\.executor)",
    rb"(?:aiogram\.(?:exceptions|filters|fsm|client|enums|methods)|import[^\n]*\bRouter\b|\bRouter\(|"
    rb"\.include_routers?\b|@\w+\.message\()",
)


@functools.cache
def _owners(package: str) -> Mapping[str, tuple[str, ...]]:
    """Method → the kinds of a library that have it."""
    start = family(f"{package}.")
    found: dict[str, tuple[str, ...]] = {}
    for kinds in (sure_methods(start.rstrip(".")), table()["coroutines"], table()["iterators"]):
        for kind, names in kinds.items():
            if kind.startswith(start):
                found.update({name: (*found.get(name, ()), kind) for name in names})
    return found


#: What handlers are given, and what leads from there, of the libraries' `types`.
_OBJECTS = frozenset(
    "Message CallbackQuery InlineQuery Chat User PreCheckoutQuery ShippingQuery ChatJoinRequest".split()
)
_LEADS = {
    "message": "Message",
    "reply_to_message": "Message",
    "chat": "Chat",
    "sender_chat": "Chat",
    "from_user": "User",
}
_CLIENTS = {
    **dict.fromkeys(("aiogram.Bot", "aiogram.client.bot.Bot", "aiogram.bot.Bot", "aiogram.bot.bot.Bot"), "aiogram.Bot"),
    **{f"{name}.{of}Client": f"{name}.Client" for name in ("pyrogram", "hydrogram") for of in ("", "client.")},
    "telebot.async_telebot.AsyncTeleBot": "telebot.AsyncTeleBot",
}
#: Kinds of clients.
CLIENTS = frozenset(_CLIENTS.values())
_UPDATES = {
    **dict.fromkeys(("message", "edited_message", "channel_post", "edited_channel_post", "business_message"), "Message"),
    "callback_query": "CallbackQuery", "inline_query": "InlineQuery", "inline": "InlineQuery", "shipping_query": "ShippingQuery",
    "pre_checkout_query": "PreCheckoutQuery", "chat_join_request": "ChatJoinRequest",
}  # fmt: skip
#: What registers a handler → what that is given: `@router.message()` of aiogram 3, `@dp.message_handler()` of 2 and of pyTelegramBotAPI,
#: `@app.on_message()` of Pyrogram, and their forms for functions.
REGISTERS = {
    f"{before}{name}{after}": kind
    for name, kind in _UPDATES.items()
    for before, after in (("", ""), ("", "_handler"), ("register_", "_handler"), ("on_", ""))
}


def bot_kind(name: str) -> str | None:
    """The kind of an instance of a class of these libraries: "aiogram.types.message.Message" is an "aiogram.types.Message"."""
    package, _, rest = name.partition(".types.")
    last = rest.rpartition(".")[2]
    return f"{package}.types.{last}" if last in _OBJECTS and package in LIBRARIES else _CLIENTS.get(name)


def is_of_update(kind: str) -> bool:
    """Whether objects of a kind belong to one update: their data never changes."""
    package, _, rest = kind.partition(".")
    return package in LIBRARIES and rest.removeprefix("types.") in _OBJECTS


def leads_to(kind: str, attribute: str) -> str | None:
    """The kind that an attribute of a kind leads to."""
    package, _, rest = kind.partition(".")
    if package not in LIBRARIES or not rest.startswith("types."):
        return None
    if attribute in ("bot", "_client"):
        return next((client for client in CLIENTS if client.startswith(f"{package}.")), None)
    return f"{package}.types.{_LEADS[attribute]}" if attribute in _LEADS else None


def bot_method(library: BotLibrary, kind: str, method: str) -> Contract | None:
    """The contract of a method of what the libraries hand out, None if it is not known.

    Without a `kind` the name has to be the library's own ("reply_text", not "delete"); the caller makes sure that the project
    has none of that name.
    """
    if method in _OF_FILES:
        return None
    owners = _owners(library.package).get(method, ())
    if not owners or (family(kind) not in owners if kind else "_" not in method):
        return None
    iterates = all(method in table()["iterators"].get(owner, ()) for owner in owners)
    return Contract(
        f"{(kind or owners[0]).rpartition('.')[2]}.{method}", library.package, "iterator" if iterates else "coroutine",
        library.base, (), (library.base,), library.outside, library.rare, listed=False,
    )  # fmt: skip
