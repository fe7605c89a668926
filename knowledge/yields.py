"""Which awaits surely give control to the event loop.

An `await` gives control only if what is awaited suspends: a lock that is free, a queue with something in it, an entity in
a cache do not. The calls named here wait for an answer from the network, for a thread or for a timer on every path on
which they return; where one raises before it has sent anything (a wrong argument), nothing was given. A subclass or a
transport of the project's own in the place of the library's is another matter, which the caller looks for.

The methods of python-telegram-bot, Telethon, aiogram, Pyrogram and pyTelegramBotAPI are read from their sources by
`scripts/sure_yields.py` (`yields.json`); how the others are known stands beside them.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .bot_tables import family
from .kinds import EVENT, MESSAGE

_REQUESTS = frozenset("get post put patch delete head options request".split())
#: Kind → the methods whose call sends one request and returns with its answer.
_METHODS: dict[str, frozenset[str]] = {
    # `AsyncClient.send` goes through the connection pool to the socket; reading from it waits (anyio's `receive`
    # checkpoints even where data is there).
    "httpx.AsyncClient": _REQUESTS | {"send"},
    "httpx2.AsyncClient": _REQUESTS | {"send"},
    # `await session.get(…)` and `async with session.get(…)` return when the head of the answer has been read.
    "aiohttp.ClientSession": _REQUESTS | {"ws_connect"},
}
#: Functions whose call waits by contract.
_FUNCTIONS = frozenset(
    {
        # Python's documentation: "sleep() always suspends the current task". With zero or less it is one bare yield.
        "asyncio.sleep",
        # A thread has to run and to call back: the future is never done at once.
        "asyncio.to_thread",
        "anyio.sleep",
        "anyio.to_thread.run_sync",
        # A child process has to be started: the loop waits for its pipes.
        "asyncio.create_subprocess_exec",
        "asyncio.create_subprocess_shell",
        # The connection is made by the loop.
        "asyncio.open_connection",
        # `aiofiles` runs `open` and each operation in a thread of the loop's executor.
        "aiofiles.open",
        "aiohttp.request",
    }
)


#: Kinds that have the methods of another one: events hand what they do not have to their message.
_LIKE = {
    "telethon.events.NewMessage.Event": "telethon.Message",
    "telethon.events.MessageEdited.Event": "telethon.Message",
    "telegram.ext.ExtBot": "telegram.Bot",
    "telegram.ChatFullInfo": "telegram.Chat",
    **dict.fromkeys(
        (f"telegram.{name}" for name in "Animation Audio Document PhotoSize Sticker Video VideoNote Voice".split()),
        "telegram.Medium",
    ),
}
_CAPITAL = re.compile("[A-Z]")


@functools.cache
def _table() -> Mapping[str, frozenset[str]]:
    data: dict[str, Any] = json.loads(Path(__file__).with_name("yields.json").read_text(encoding="utf-8"))
    return {**{kind: frozenset(names.split()) for kind, names in data["kinds"].items()}, **_METHODS}


def sure_methods(library: str) -> Mapping[str, frozenset[str]]:
    """Kind → the methods that surely yield, of one library."""
    kinds = {kind: names for kind, names in _table().items() if kind.startswith(f"{library}.")}
    return {kind: names for kind, names in kinds.items() if not kind.endswith("?")}


@functools.cache
def _on_some(library: str) -> frozenset[str]:
    """The methods that surely yield on some class of a library."""
    return frozenset().union(*sure_methods(library).values())


@functools.cache
def _on_all(library: str) -> frozenset[str]:
    """The methods that yield on every class of a library that has them."""
    return _on_some(library) - _table().get(f"{library}.?", frozenset())


def surely_yields(library: str, kind: str, method: str) -> bool:
    """Whether awaiting a method surely gives control to the loop before it returns.

    `library` is the import name ("telegram", "aiogram", "hydrogram", "telebot", "httpx", "aiohttp"), `kind` the receiver's
    as `analysis.telegram.kinds` gives it, or "" where it is not known: then the answer holds for every class of the
    library that has such a method, under a name that is the library's own (`reply_text`, not `delete`), and the caller
    makes sure that the project has none of that name.
    """
    kind, library = family(kind.removesuffix("?")), family(f"{library}.").rstrip(".")
    method = _spelled(library, method)
    if not kind:
        return "_" in method and method in _on_all(library)
    if kind == EVENT:  # an event or a message, which is not known
        return method in _on_all("telethon") & _table()[MESSAGE]
    return method in _table().get(_LIKE.get(kind, kind), ())


def yields_somewhere(library: str, method: str) -> bool:
    """Whether a method of that name surely gives control to the loop, of some class of a library (its import name)."""
    library = family(f"{library}.").rstrip(".")
    return _spelled(library, method) in _on_some(library)


def sending_classes(library: str) -> frozenset[str]:
    """The classes of a library that have methods which surely yield, by the last part of their names."""
    kinds = (*sure_methods(library), *(kind for kind in _LIKE if kind.startswith(f"{library}.")))
    return frozenset(kind.rpartition(".")[2] for kind in kinds)


def _spelled(library: str, method: str) -> str:
    """The name of a method as the tables have it: python-telegram-bot's `sendMessage` is an alias."""
    return _CAPITAL.sub(lambda found: f"_{found[0].lower()}", method) if library == "telegram" else method


def yields_or_does_nothing(kind: str, method: str) -> bool:
    """Whether awaiting a method surely gives control to the loop, or else does nothing at all, always the same for one object.

    Telethon 1.28's `Message.edit` begins with `if self.fwd_from or not self.out or not self._client: return None`; 1.45 sends a
    request in any case. An event of which the class is not known is such a message, or a button's, whose `edit` is sure.
    """
    return method == "edit" and _LIKE.get(kind, kind) in (MESSAGE, EVENT)


def function_yields(dotted: str) -> bool:
    """Whether awaiting a call of a function surely gives control to the loop before it returns.

    `asyncio.sleep` is meant with a positive time; the caller looks at it.
    """
    return dotted in _FUNCTIONS
