"""The exception classes of the libraries for bots, httpx, aiohttp, requests and the standard library: names, ancestors, attributes.

Answers hold on every Python that tgfix supports: `asyncio.TimeoutError` is the built-in one (an OSError) from Python
3.11 on and a class of its own before, so here it is a subclass of Exception alone, and `subclasses_first` still puts it
where it is reached in both cases.
"""

from __future__ import annotations

import builtins
import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from . import bot_tables

RPC_ERROR, TELEGRAM_ERROR = "telethon.errors.RPCError", "telegram.error.TelegramError"
ASYNCIO_TIMEOUT = "asyncio.TimeoutError"
#: Every exception has these. (`add_note` is missing before Python 3.11.)
COMMON_ATTRIBUTES = frozenset({"args", "with_traceback"})

#: Other spellings of a class.
_ALIASES = {
    "telegram.TelegramError": TELEGRAM_ERROR,
    "telethon.errors.BotTimeout": "telethon.errors.TimedOutError",
    "telethon.errors.rpcbaseerrors.BotTimeout": "telethon.errors.TimedOutError",
    "builtins.IOError": "builtins.OSError",
    "builtins.EnvironmentError": "builtins.OSError",
    "builtins.WindowsError": "builtins.OSError",
    "os.error": "builtins.OSError",
    "socket.error": "builtins.OSError",
    "socket.timeout": "builtins.TimeoutError",
    "requests.JSONDecodeError": "requests.exceptions.JSONDecodeError",
}
#: Modules that define what another one offers.
_MODULES = {
    "telethon.errors.rpcbaseerrors": "telethon.errors",
    "telethon.errors.rpcerrorlist": "telethon.errors",
    "telethon.errors.common": "telethon.errors",
    "telegram.ext._callbackdatacache": "telegram.ext",
    "aiohttp.client_exceptions": "aiohttp",
    "aiohttp.client": "aiohttp",
    "httpx._exceptions": "httpx",
    "asyncio.exceptions": "asyncio",
    "asyncio.queues": "asyncio",
    "asyncio.events": "asyncio",
    "json.decoder": "json",
    "requests": "requests.exceptions",
}
#: Classes of `telegram.error` that not every major release has: name → (first, last) major.
_PTB_MAJORS = {"Forbidden": (20, None), "Unauthorized": (0, 13), "EndPointNotFound": (20, None)}


@functools.cache
def telethon_table() -> dict[str, Any]:
    """The content of `telethon_errors.json`, read when first asked for."""
    table = _read("telethon_errors.json")
    table["by_name"] = {row[0]: row for row in table["errors"]}
    return table


@functools.cache
def contracts_table() -> dict[str, Any]:
    """The content of `contracts.json`, read when first asked for."""
    table = _read("contracts.json")
    owners: dict[str, list[str]] = {}
    for key in table["ptb"]:
        owner, _, name = key.partition(".")
        owners.setdefault(name, []).append(owner)
    table["ptb_owners"] = owners
    return table


def _read(name: str) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    return table


# Names ----------------------------------------------------------------------------------------------------------------


@functools.cache
def canonical(name: str) -> str:
    """The dotted name under which the tables have a class: "telethon.errors.rpcerrorlist.FloodWaitError" is
    "telethon.errors.FloodWaitError"; a name without a module is a builtin's. Unknown names come back as they are.
    """
    if "." not in name:
        name = f"builtins.{name}"
    name = bot_tables.spelled(_ALIASES.get(name, name))
    module, _, last = name.rpartition(".")
    moved = f"{_MODULES.get(module, module)}.{last}"
    return moved if is_known(moved) else name


def is_known(name: str) -> bool:
    """Whether the tables have the class under exactly this name."""
    return _bases(name) is not None


def shadows_builtin(name: str) -> bool:
    """Whether importing the class by its name would hide a builtin: `telethon.errors.TimeoutError`,
    `requests.ConnectionError`.
    """
    module, _, last = canonical(name).rpartition(".")
    return module != "builtins" and hasattr(builtins, last)


def telethon_since(name: str) -> str | None:
    """The first examined release of Telethon that has the error, None if there is no such error.

    A name that came between two examined releases counts from the later one; nothing before the oldest was examined.
    """
    module, _, last = canonical(name).rpartition(".")
    row = telethon_table()["by_name"].get(last) if module == "telethon.errors" else None
    return telethon_table()["releases"][row[2]] if row else None


def telethon_has(name: str, release: str) -> bool:
    """Whether that release of Telethon ("1.28.5") certainly has the error. Releases older than the examined ones have
    nothing for certain.
    """
    since = telethon_since(name)
    return since is not None and _numbers(release) >= _numbers(since)


def _numbers(release: str) -> tuple[int, ...]:
    parts = [int(part) for part in release.split(".")[:3] if part.isdigit()]
    return (*parts, *[0] * (3 - len(parts)))


def ptb_has(name: str, major: int) -> bool:
    """Whether that major version of python-telegram-bot has the error."""
    dotted = canonical(name)
    first, last = _PTB_MAJORS.get(dotted.rpartition(".")[2], (0, None))
    return dotted in contracts_table()["classes"] and first <= major and (last is None or major <= last)


# Ancestors ------------------------------------------------------------------------------------------------------------


def _bases(name: str) -> list[str] | None:
    """The direct bases of a class, None if it is not known."""
    module, _, last = name.rpartition(".")
    if module == "telethon.errors":
        row = telethon_table()["by_name"].get(last)
        errors = telethon_table()["errors"]
        return [f"telethon.errors.{errors[b][0]}" if isinstance(b, int) else b for b in row[1]] if row else None
    found = contracts_table()["classes"].get(name)
    return list(found[0]) if found else bot_tables.bases_of(name)


def ancestors(name: str) -> frozenset[str]:
    """The class and everything above it. Of a class that is not known, the class alone."""
    return _ancestors(canonical(name))


@functools.cache
def _ancestors(name: str) -> frozenset[str]:
    return frozenset({name}).union(*(_ancestors(base) for base in _bases(name) or ()))


def is_subclass(name: str, other: str) -> bool:
    """Whether a clause for `other` catches `name` as well, for certain; a class is its own subclass."""
    return canonical(other) in ancestors(name)


def smallest(names: Iterable[str]) -> tuple[str, ...]:
    """The classes that are needed to catch all of `names`, in the order given: no double, and none that is below
    another.
    """
    unique = list(dict.fromkeys(canonical(n) for n in names))
    return tuple(n for n in unique if not any(n != other and is_subclass(n, other) for other in unique))


def subclasses_first(names: Iterable[str]) -> tuple[str, ...]:
    """`names` in an order in which no clause hides a later one; apart from that the order given is kept."""
    ordered: list[str] = []
    for name in dict.fromkeys(canonical(n) for n in names):
        place = next((i for i, other in enumerate(ordered) if _may_be_below(name, other)), len(ordered))
        ordered.insert(place, name)
    return tuple(ordered)


def _may_be_below(name: str, other: str) -> bool:
    if is_subclass(name, other):
        return True
    return ASYNCIO_TIMEOUT in ancestors(name) and other in ("builtins.OSError", "builtins.TimeoutError")


# Attributes -----------------------------------------------------------------------------------------------------------


def attributes(name: str) -> frozenset[str]:
    """The public attributes of an instance of the class ("seconds", "message", "code"); of a class that is not known,
    those that every
    exception has.
    """
    found = set(COMMON_ATTRIBUTES)
    for ancestor in ancestors(name):
        module, _, last = ancestor.rpartition(".")
        if module == "telethon.errors":
            row = telethon_table()["by_name"].get(last)
            found.update(row[3] if row else ())
        else:
            found.update(contracts_table()["classes"].get(ancestor, ((), ()))[1] or bot_tables.attributes_of(ancestor))
    return frozenset(found)


def common_attributes(names: Iterable[str]) -> frozenset[str]:
    """The attributes that an instance has whichever of the classes it is of: all that a handler for them may use on
    `e`.
    """
    sets = [attributes(name) for name in names]
    return frozenset.intersection(*sets) if sets else frozenset()
