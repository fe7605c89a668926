"""Which callbacks run, and with what context, before and after a rewrite of handlers: real PTB bots without network.

    report = run(before, after)                # each is called with (application, callback) and adds its handlers
    assert not report.differences

`callback("name")` gives a callback that records that it ran. Version 13 of python-telegram-bot (`Dispatcher`) is served
as well as 20 and newer. As a script this compares 10,000 CommandHandlers with one handler under the installed version:

    python tests/ptb_differential.py [--handlers 10000]
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import importlib.util
import itertools
import json
import queue
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import telegram
import telegram.ext
from telegram import Update
from telegram.ext import CommandHandler, MessageHandler
from twin.updates import (
    BOT,
    MESSAGE_KINDS,
    callback_query,
    message,
    server_commands,
    utf16_length,
)

_ext: Any = telegram.ext  # what one version has and another has not
#: Whether this is version 13, with `Dispatcher`, `Filters` and plain functions as callbacks.
IS_13 = not hasattr(telegram.ext, "Application")

Callback = Callable[..., Any]
#: Adds the handlers under test to an `Application` (or `Dispatcher`); the second argument makes recording callbacks.
Build = Callable[[Any, Callable[[str], Callback]], None]
#: What one update led to: for each callback that ran its name and the watched attributes of its context.
Outcome = tuple[tuple[Any, ...], ...]

#: An update as the Bot API gives it, behind a word on what is special about it.
Labelled = tuple[str, dict[str, Any]]

_COMMANDS = (
    *("postno0001", "postno0000", "POSTNO0001", "PostNo0002", "postno0010", "postno9999", "postno10000", "postno001"),
    *("postno", "postnoABCD", "postno0001x", "postno0001_", "xpostno0001", "start", "help", "postno-001"),
    *("postno\u0660\u0660\u0660\u0661", "postno\uff10\uff10\uff10\uff11", "po\u017ftno0001", "postno000\u00b9"),
)
_ADDRESSEES = (
    *("", "@ThisBot", "@thisbot", "@THISBOT", "@OtherBot", "@ThisBot2", "@Thi", "@ab", "@", "@ThisBot@x"),
    "@Thi\u017fBot",
)
_TAILS = (
    *("", " a b", "\n", "\na", " ", ",", ".", "-1", "/x", "<b", "@", "\t x", "\u00a0x", "\u200b", "\u0301", "\u00e9"),
    *(" /postno0002", "\x1c1"),
)
_BEFORE = (" ", "\n", "hi ", "\u200b", "/", "//", "x\n", "\ufeff", "#", "\U0001f600", "x")
_PLAIN = ("hello", "", " ", "\n", "postno0001", "1", "\U0001f600", "x" * 4096)


def updates(commands: Sequence[str] = _COMMANDS) -> Iterator[Labelled]:
    """More than 20,000 updates for the default `commands`, wanted ones and ones that come near, without slash."""
    for command, addressee, tail in itertools.product(commands, _ADDRESSEES, _TAILS):
        text = f"/{command}{addressee}{tail}"
        for kind in MESSAGE_KINDS if addressee in _ADDRESSEES[:2] else MESSAGE_KINDS[:3]:
            yield kind, message(text, kind=kind)
        if tail in _TAILS[:4]:
            yield "supergroup", message(text, chat="supergroup")
            yield "button", callback_query(text=text)
            yield "caption", message(caption=text)
            yield "marked as something else", message(text, entities=[_mark("code", 0, utf16_length(text))])
    for command, addressee in itertools.product(commands, _ADDRESSEES):
        text = f"/{command}{addressee} a b"
        yield "unmarked", message(text, entities=[])
        for before in _BEFORE:
            yield "not at the start", message(before + text)
        yield from _impossible(text)
    for text in _PLAIN:
        yield "plain", message(text)
    yield "no text", message(location={"longitude": 1.0, "latitude": 1.0})
    yield "inline query", {"inline_query": {"id": "1", "from": BOT, "query": "/postno0001", "offset": ""}}


def _mark(kind: str, offset: int, length: int) -> dict[str, Any]:
    return {"type": kind, "offset": offset, "length": length}


def _impossible(text: str) -> Iterator[Labelled]:
    """Entities that Telegram's servers would not make, or not in this order."""
    found, whole = server_commands(text), utf16_length(text)
    for kind in ("bold", "blockquote", "mention", "text_link"):
        yield "another entity first", message(text, entities=[_mark(kind, 0, whole), *found])
        yield "another entity behind", message(text, entities=[*found, _mark(kind, 0, whole)])
    for length in (0, 1, 2, 8, 10, 11, 12, 18, whole - 1, whole, whole + 3):
        yield "length", message(text, entities=[_mark("bot_command", 0, length)])
        yield "length, edited", message(text, kind="edited_message", entities=[_mark("bot_command", 0, length)])
    for offset in (1, 2):
        yield "offset", message(text, entities=[_mark("bot_command", offset, 10)])
        yield "second command first", message(text, entities=[_mark("bot_command", offset, 10), *found])
    # U+212A becomes a plain k in lower case; a command of it exists only in an entity that no server made.
    odd = text.replace("k", "\u212a").replace("o", "O")
    yield "odd upper case", message(odd, entities=[_mark("bot_command", 0, utf16_length(odd.split()[0]))])


@dataclass(frozen=True)
class Difference:
    """One update that led to something else."""

    label: str
    update: dict[str, Any]
    before: Outcome
    after: Outcome


@dataclass
class Report:
    """What a comparison showed."""

    updates: int = 0
    #: How often each sequence of callbacks ran before.
    ran: collections.Counter[tuple[str, ...]] = field(default_factory=collections.Counter)
    differences: list[Difference] = field(default_factory=list)


def run(
    before: Build,
    after: Build,
    *,
    context: Sequence[str] = ("args", "matches"),
    given: Sequence[Labelled] | None = None,
) -> Report:
    """Give the same updates to two bots; compare which callbacks ran, in order, with those parts of the context."""
    given = list(updates()) if given is None else list(given)
    return compare(given, outcomes(before, given, context), outcomes(after, given, context))


def compare(given: Sequence[Labelled], olds: Sequence[Outcome], news: Sequence[Outcome]) -> Report:
    """Compare what `outcomes` gave for the same updates."""
    report = Report(updates=len(given))
    for (label, update), old, new in zip(given, olds, news, strict=True):
        report.ran[tuple(entry[0] for entry in old)] += 1
        if old != new:
            report.differences.append(Difference(label, update, old, new))
    return report


def outcomes(build: Build, given: Sequence[Labelled], context: Sequence[str] = ("args", "matches")) -> list[Outcome]:
    """What each update leads to in a bot with those handlers, behind them one for any command, one in group 1."""
    seen: list[tuple[Any, ...]] = []

    def callback(name: str) -> Callback:
        def record(_: Any, received: Any) -> None:
            seen.append((name, *(_plain(getattr(received, attribute)) for attribute in context)))

        async def record_later(update: Any, received: Any) -> None:
            record(update, received)

        return record if IS_13 else record_later

    is_command = _ext.Filters.command if IS_13 else _ext.filters.COMMAND

    def complete(application: Any) -> None:
        build(application, callback)
        application.add_handler(MessageHandler(is_command, callback("unknown")))
        application.add_handler(MessageHandler(None if IS_13 else _ext.filters.ALL, callback("any message")), 1)

    if IS_13:
        return _outcomes_13(complete, given, seen)
    return asyncio.run(_outcomes(complete, given, seen))


def _plain(value: Any) -> Any:
    return [getattr(item, "string", item) for item in value] if isinstance(value, list) else value


def _updates(given: Sequence[Labelled], bot: Any) -> Iterator[Any]:
    for number, (_, update) in enumerate(given, 1):
        made: dict[str, Any] = {"update_id": number}
        for kind, value in update.items():
            made[kind] = {"message_id": number, **value} if kind in MESSAGE_KINDS else value
        if "callback_query" in update:
            made["callback_query"]["message"].setdefault("message_id", number)
        yield Update.de_json(made, bot)


def offline_request() -> type[Any]:
    """A request class that answers every call of an `Application` with success and reaches no network."""
    from telegram.request import BaseRequest

    class OfflineRequest(BaseRequest):
        read_timeout = 5.0

        async def initialize(self) -> None: ...

        async def shutdown(self) -> None: ...

        async def do_request(self, url: str, *_: Any, **__: Any) -> tuple[int, bytes]:
            return 200, json.dumps({"ok": True, "result": BOT if url.endswith("/getMe") else True}).encode()

    return OfflineRequest


async def _outcomes(
    complete: Callable[[Any], None], given: Sequence[Labelled], seen: list[tuple[Any, ...]]
) -> list[Outcome]:
    offline = offline_request()
    application = _ext.Application.builder().token("42:A").request(offline()).get_updates_request(offline()).build()
    complete(application)
    await application.initialize()
    found = []
    for update in _updates(given, application.bot):
        seen.clear()
        await application.process_update(update)
        await asyncio.sleep(0)  # handlers with block=False
        found.append(tuple(seen))
    await application.shutdown()
    return found


def _outcomes_13(complete: Callable[[Any], None], given: Any, seen: list[tuple[Any, ...]]) -> list[Outcome]:
    bot: Any = telegram.Bot("123456789:" + "A" * 35)
    bot._bot = telegram.User(**{key: BOT[key] for key in ("id", "is_bot", "first_name", "username")})
    dispatcher = _ext.Dispatcher(bot, queue.Queue(), workers=0)
    complete(dispatcher)
    found = []
    for update in _updates(given, bot):
        seen.clear()
        dispatcher.process_update(update)
        found.append(tuple(seen))
    return found


def command_pattern() -> Any:
    """The class `CommandPattern` of the support code for the installed version."""
    if "tgfix" not in sys.modules:
        root = Path(__file__).parents[1]
        places = [str(root)]
        spec = importlib.util.spec_from_file_location("tgfix", root / "__init__.py", submodule_search_locations=places)
        assert spec is not None and spec.loader is not None
        sys.modules["tgfix"] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules["tgfix"])
    from tgfix.codemods.handlers.one_regex_handler import support as support

    helper = support.COMMAND_PATTERN_13 if IS_13 else support.COMMAND_PATTERN
    names: dict[str, Any] = {}
    exec("\n".join(i.statement for i in helper.imports) + "\n" + helper.source, names)
    return names[helper.name]


def filters_to_try() -> dict[str, Any]:
    """Filters that a bot may give to CommandHandler, by what they are."""
    known = _ext.Filters if IS_13 else _ext.filters
    groups, private = (
        (known.chat_type.groups, known.chat_type.private) if IS_13 else (known.ChatType.GROUPS, known.ChatType.PRIVATE)
    )
    pattern = (known.regex if IS_13 else known.Regex)(r"(a) (b)")
    return {
        "all": known.all if IS_13 else known.ALL,
        "new messages": known.update.message if IS_13 else known.UpdateType.MESSAGE,
        "not in private": ~private,
        "a pattern": pattern,
        "in groups or a pattern": groups | pattern,
        "none": None,
    }


def program(source: str) -> Build:
    """The bot of a program that defines ``build(application)`` and whose callbacks call ``CALLBACK(name)(update, None)``."""

    def build(application: Any, callback: Callable[[str], Callback]) -> None:
        names: dict[str, Any] = {"CALLBACK": callback, "__name__": "bot"}
        exec(compile(source, "bot.py", "exec"), names)
        names["build"](application)

    return build


def pair(count: int, **options: Any) -> tuple[Build, Build, Build]:
    """`count` CommandHandlers from ``/postno0000`` on, one with all their names, one MessageHandler with a pattern."""
    digits = len(str(count - 1))
    assert count == 10**digits, "a power of ten"
    names = [f"postno{number:04}" for number in range(count)]
    pattern = "postno" + "0" * (4 - digits) + f"[0-9]{{{digits}}}"
    matching = command_pattern()(pattern, **{key: options[key] for key in options.keys() & {"filters"}})
    others = {key: options[key] for key in options.keys() - {"filters"}}

    def many(application: Any, callback: Callable[[str], Callback]) -> None:
        application.add_handler(CommandHandler("start", callback("start")))
        post = callback("post")
        for name in names:
            application.add_handler(CommandHandler(name, post, **options))

    def commands(application: Any, callback: Callable[[str], Callback]) -> None:
        application.add_handler(CommandHandler("start", callback("start")))
        application.add_handler(CommandHandler(names, callback("post"), **options))

    def regex(application: Any, callback: Callable[[str], Callback]) -> None:
        application.add_handler(CommandHandler("start", callback("start")))
        application.add_handler(MessageHandler(matching, callback("post"), **others))

    return many, commands, regex


def differences(count: int, given: Sequence[Labelled], **options: Any) -> tuple[Report, Report, Report]:
    """`count` CommandHandlers against one with all names, against the pattern, and the latter with a look at args."""
    olds, lists, patterns = (outcomes(build, given) for build in pair(count, **options))
    matches = [tuple((name, matches) for name, _, matches in outcome) for outcome in olds]
    after = [tuple((name, matches) for name, _, matches in outcome) for outcome in patterns]
    return compare(given, olds, lists), compare(given, matches, after), compare(given, olds, patterns)


def main() -> int:
    """Compare and print; the exit code is 1 if anything differs that should not."""
    parser = argparse.ArgumentParser(description="Compare many CommandHandlers with one handler.")
    parser.add_argument("--handlers", type=int, default=10_000, help="how many: a power of ten up to 10,000")
    parser.add_argument("--programs", nargs=2, type=Path, help="compare two programs instead, by `program`")
    arguments = parser.parse_args()
    count = arguments.handlers
    warnings.filterwarnings("ignore")
    given = list(updates())
    if arguments.programs:
        old, new = (program(path.read_text(encoding="utf-8")) for path in arguments.programs)
        report = run(old, new, context=(), given=given)
        print(f"python-telegram-bot {telegram.__version__}: {len(given)} updates, {len(report.differences)} differ")
        return bool(report.differences or not any("post" in ran for ran in report.ran))
    failed = False
    plans: list[tuple[str, int, dict[str, Any]]] = [("no options", count, {})]
    plans += [(f"filters: {label}", 100, {"filters": value}) for label, value in filters_to_try().items()]
    plans.append(("run_async", 100, {"run_async": False}) if IS_13 else ("block=False", 100, {"block": False}))
    for label, handlers, options in plans:
        lists, patterns, args = differences(handlers, given, **options)
        failed |= bool(lists.differences or patterns.differences)
        posts, unknown = (sum(lists.ran[ran] for ran in lists.ran if name in ran) for name in ("post", "unknown"))
        failed |= not posts
        print(
            f"python-telegram-bot {telegram.__version__}, {handlers} handlers, {label}: {len(given)} updates, {posts} "
            f"for the handlers, {unknown} unknown commands; commands: {len(lists.differences)} differ; "
            f"regex: {len(patterns.differences)} differ, {len(args.differences)} with context.args",
            flush=True,
        )
        for difference in (lists.differences + patterns.differences)[:10]:
            print("  ", ascii(difference))
    return failed


if __name__ == "__main__":
    sys.exit(main())
