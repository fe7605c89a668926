"""The exception classes of the libraries and what python-telegram-bot's methods raise, from the installed packages.

`table()` is `knowledge/contracts.json`; the contracts of the other libraries' calls come from `contract_rows`.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import functools
import importlib
import inspect
import types
from collections.abc import Iterable, Iterator
from typing import Any

from contract_rows import ASYNCIO_TIMEOUT, PASSES_ON, PTB_13, ROWS

#: Modules whose exceptions the table describes; the first to have a class gives it its name.
MODULES = (
    "builtins",
    "asyncio",
    "json",
    "sqlite3",
    "ssl",
    "shutil",
    "io",
    "struct",
    "telegram.error",
    "telegram.ext",
    "httpx",
    "aiohttp",
    "requests.exceptions",
)


def source_tree(function: types.FunctionType) -> ast.stmt:
    """The parsed definition of a function. (`textwrap.dedent` fails where a docstring reaches the first column.)"""
    source = inspect.getsource(function)
    if not source[0].isspace():
        return ast.parse(source).body[0]
    block = ast.parse("if True:\n" + source).body[0]
    assert isinstance(block, ast.If)
    return block.body[0]


def table() -> dict[str, Any]:
    """The content of `knowledge/contracts.json`."""
    from importlib.metadata import version

    rows: list[list[Any]] = []
    calls: dict[str, int] = {}
    for contract in ROWS:
        outside = [[name, [reason]] for name, reason in contract.outside.items()]
        row = [contract.base, list(contract.errors), outside, list(contract.rare)]
        if row not in rows:
            rows.append(row)
        for name in contract.names:
            if name in calls:
                raise ValueError(f"two rows for {name}")
            calls[name] = rows.index(row)
    distributions = ("python-telegram-bot", "httpx", "aiohttp", "requests")
    outsides: list[list[Any]] = []
    return {
        "provenance": {name: version(name) for name in distributions},
        "classes": _class_rows(),
        "rows": rows,
        "calls": dict(sorted(calls.items())),
        "passes_on": sorted(PASSES_ON),
        "ptb": dict(sorted(_ptb_methods(outsides))),
        "ptb_outside": outsides,
    }


# Classes --------------------------------------------------------------------------------------------------------------


@functools.cache
def _names() -> dict[type, str]:
    names: dict[type, str] = {}
    # Groups came with Python 3.11, and nothing here raises one.
    groups = [value for name, value in vars(builtins).items() if name.endswith("ExceptionGroup")]
    for module in MODULES:
        for name, value in sorted(vars(importlib.import_module(module)).items()):
            own = (
                isinstance(value, type)
                and issubclass(value, BaseException)
                and not issubclass(value, (Warning, *groups))
            )
            if own and not name.startswith("_"):
                # OSError's aliases (IOError) come first in the alphabet; the class's own name is the one to keep.
                names.setdefault(value, f"{module}.{value.__name__ if module == 'builtins' else name}")
    return names


def _class_rows() -> dict[str, Any]:
    """Class → [its bases, its own attributes]."""
    rows = {}
    for cls, name in _names().items():
        bases = [_base_name(base, name) for base in cls.__bases__ if issubclass(base, BaseException)]
        rows[name] = [bases, sorted(own_attributes(cls))]
    rows[ASYNCIO_TIMEOUT] = [["builtins.Exception"], []]
    rows["telegram.error.Unauthorized"] = [["telegram.error.TelegramError"], []]
    return dict(sorted(rows.items()))


def _base_name(base: type, of: str) -> str:
    if base is asyncio.TimeoutError and not of.startswith("builtins."):
        return ASYNCIO_TIMEOUT
    if base in _names():
        return _names()[base]
    # A base without a public name stands for the first of its own bases.
    return next(_base_name(b, of) for b in base.__bases__ if issubclass(b, BaseException))


def own_attributes(cls: type) -> set[str]:
    """The public attributes that instances of an exception class have and its bases do not: class attributes,
    properties, and what
    `__init__` or `__new__` sets on `self`.
    """
    inherited = set(dir(BaseException)) | {"characters_written"}  # the latter raises AttributeError on most OSErrors
    for base in cls.__bases__:
        inherited |= set(dir(base)) | {a for k in base.__mro__ for a in _assigned(k)}
    own = {n for n in vars(cls) if not callable(inspect.getattr_static(cls, n))} | _assigned(cls)
    return {n for n in own - inherited if not n.startswith("_")}


@functools.cache
def _assigned(cls: type) -> frozenset[str]:
    found: set[str] = set()
    for name in ("__init__", "__new__"):
        function = vars(cls).get(name)
        function = getattr(function, "__func__", function)
        if isinstance(function, types.FunctionType):
            found |= {
                n.attr
                for n in ast.walk(source_tree(function))
                if isinstance(n, ast.Attribute)
                and isinstance(n.ctx, ast.Store)
                and isinstance(n.value, ast.Name)
                and n.value.id == "self"
            }
    return frozenset(found)


# python-telegram-bot --------------------------------------------------------------------------------------------------


def _ptb_methods(outsides: list[list[Any]]) -> Iterator[tuple[str, list[int]]]:
    """(class.method, [whether it names a chat, its place in `outsides`]) of every coroutine method of `telegram`'s
    classes.
    """
    import telegram

    for key, (names_chat, reasons) in PTB_13.items():
        outside = [[name, [reason]] for name, reason in reasons.items()]
        if outside not in outsides:
            outsides.append(outside)
        yield key, [int(names_chat), outsides.index(outside)]
    for owner, cls in sorted(
        (n, c) for n, c in vars(telegram).items() if isinstance(c, type) and c.__module__.startswith("telegram.")
    ):
        for name in sorted(n for n in dir(cls) if not n.startswith("_")):
            function = inspect.getattr_static(cls, name)
            if not inspect.iscoroutinefunction(function) or name.lower() != name:  # each has a camelCase double
                continue
            outside = _ptb_outside(function, cls, telegram.Bot)
            if outside not in outsides:
                outsides.append(outside)
            names_chat = owner != "Bot" or "chat_id" in inspect.signature(function).parameters
            yield f"{owner}.{name}", [int(names_chat), outsides.index(outside)]


def _ptb_outside(function: types.FunctionType, owner: type, bot: type) -> list[list[Any]]:
    found: dict[str, set[str]] = {}
    for raised in _ptb_raises(function, owner, bot, set()):
        found.setdefault(f"builtins.{raised}", set()).add("arguments" if raised == "ValueError" else "state")
    # Files are given by path or opened by the library: parameters annotated `FileInput`, and File.download_to_drive.
    takes_files = any("FileInput" in str(p.annotation) for p in inspect.signature(function).parameters.values())
    if takes_files or function.__name__ in (
        "download_to_drive",
        "send_media_group",
        "edit_message_media",
        "create_new_sticker_set",
    ):
        found["builtins.OSError"] = {"file"}
    return [[name, sorted(reasons)] for name, reasons in sorted(found.items())]


def _ptb_raises(function: Any, owner: type, bot: type, seen: set[Any]) -> Iterable[str]:
    """Names of builtins raised by a method, the private methods of its class and the bot's method that it is short
    for.
    """
    function = inspect.unwrap(function) if callable(function) else None
    if not isinstance(function, types.FunctionType) or function in seen:
        return
    seen.add(function)
    for node in ast.walk(source_tree(function)):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name):
            if isinstance(getattr(builtins, node.exc.func.id, None), type):
                yield node.exc.func.id
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
            and node.attr.startswith("_")
        ):
            yield from _ptb_raises(inspect.getattr_static(owner, node.attr, None), owner, bot, seen)
        elif (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Call)
            and getattr(node.value.func, "attr", "") == "get_bot"
        ):
            yield from _ptb_raises(inspect.getattr_static(bot, node.attr, None), bot, bot, seen)
