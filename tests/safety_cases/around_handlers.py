"""TGF501 where a bot's own code runs around every handler: middlewares, other ways to call handlers, handlers of errors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from twin import Run

from . import SafetyCase, driving

_AIOGRAM = """\
import asyncio
import time

from aiogram import Bot, Dispatcher
from aiogram.filters import Command
from aiogram.types import Message

dp = Dispatcher()
{around}

@dp.message(Command("x"))
async def handle(message: Message):
{body}
"""
_ANSWER = """\
    await message.answer("a")
    time.sleep(0.2)
    await message.answer("b")"""

_ONE_AT_A_TIME = """
busy = set()


class OneAtATime:
    async def __call__(self, handler, event, data):
        if event.chat.id in busy:
            return await event.answer("one at a time")
        busy.add(event.chat.id)
        try:
            return await handler(event, data)
        finally:
            busy.discard(event.chat.id)


dp.message.middleware(OneAtATime())
"""
_LIMITED = """

@dp.message.outer_middleware()
async def limit(handler, event, data):
    try:
        return await asyncio.wait_for(handler(event, data), 0.1)
    except asyncio.TimeoutError:
        await event.answer("too slow")

"""
_COUNTED = """
count = 0


class Counted:
    async def __call__(self, handler, event, data):
        global count
        count += 1
        number = count
        await handler(event, data)
        print(number, "of", count)


dp.message.middleware(Counted())
"""
_FAILURES = """
failures = []


@dp.errors()
async def failed(event):
    failures.append(str(event.exception))
    print(len(failures), event.update.message.text)

"""

_PTB = """\
import asyncio
import time

from telegram import Update
from telegram.ext import Application, BaseUpdateProcessor, CommandHandler, ContextTypes
{around}

async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE):
    await update.message.reply_text("a")
    time.sleep(0.2)
    await update.message.reply_text("b")


def build():
    app = Application.builder().token("1:A"){settings}.build()
    app.add_handler({handler}("x", handle))
    return app
"""
_TIMED = """

class Timed(CommandHandler):
    async def handle_update(self, update, *others):
        try:
            return await asyncio.wait_for(super().handle_update(update, *others), 0.1)
        except asyncio.TimeoutError:
            await update.message.reply_text("too slow")

"""
_PROCESSOR = """

class Hurry(BaseUpdateProcessor):
    async def do_process_update(self, update, coroutine):
        try:
            await asyncio.wait_for(coroutine, 0.1)
        except asyncio.TimeoutError:
            await update.message.reply_text("too slow")

    async def initialize(self):
        pass

    async def shutdown(self):
        pass

"""

_TELETHON = """\
import time

from telethon import TelegramClient, events


class Client(TelegramClient):
    async def _dispatch_update(self, update):
        try:
            await super()._dispatch_update(update)
        except KeyboardInterrupt:
            print("not now")


client = Client("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/x"))
async def handle(event):
    await event.reply("a")
    time.sleep(0.6)
    await event.reply("b")
"""


def aiogram_bot(run: Run, updates: Sequence[str]) -> None:
    """Hand messages to the dispatcher `dp` of the program, each in a task of its own, as polling does."""
    from aiogram import Bot
    from aiogram.types import Update
    from twin import aiogram

    async def feed() -> None:
        given = [Update(update_id=n, message=aiogram.message(text, n)) for n, text in enumerate(updates, 1)]
        await asyncio.gather(*(run.module.dp.feed_update(Bot("1:A"), update) for update in given))

    with aiogram.offline(run):
        asyncio.run(feed())


def aiogram_told(run: Run, updates: Sequence[str]) -> None:
    """The same for bots that may have nothing to say."""
    aiogram_bot(run, updates)
    print("end")


def _aiogram(around: str, body: str = _ANSWER) -> dict[str, str]:
    return {"bot.py": _AIOGRAM.format(around=around, body=body)}


def _ptb(around: str, handler: str = "CommandHandler", settings: str = "") -> dict[str, str]:
    return {"bot.py": _PTB.format(around=around, handler=handler, settings=settings)}


_TWO = {"updates": ["/x 1", "/x 2"]}

CASES = [
    SafetyCase(
        "a middleware that lets one message of a chat pass at a time",
        _aiogram(_ONE_AT_A_TIME, "    time.sleep(0.2)"),
        aiogram_told,
        _TWO,
    ),
    SafetyCase("a middleware that limits the time", _aiogram(_LIMITED), aiogram_bot, {"updates": ["/x"]}),
    SafetyCase(
        "a middleware that counts around each message",
        _aiogram(_COUNTED, "    time.sleep(0.2)"),
        aiogram_bot,
        _TWO,
    ),
    SafetyCase(
        "failures that a handler of errors counts",
        _aiogram(_FAILURES, "    time.sleep(0.4 / len(message.text.split()[1]))\n    int(message.text)"),
        aiogram_bot,
        {"updates": ["/x 1", "/x 22222222"]},
    ),
    SafetyCase("an answer of aiogram with a pause", _aiogram(""), aiogram_bot, {"updates": ["/x"]}),
    SafetyCase(
        "a handler of a class that limits the time", _ptb(_TIMED, "Timed"), driving.ptb_bot, {"updates": ["/x"]}
    ),
    SafetyCase(
        "a processor of updates that limits the time",
        _ptb(_PROCESSOR, settings=".concurrent_updates(Hurry(8))"),
        driving.ptb_bot,
        {"updates": ["/x"]},
    ),
    SafetyCase(
        "a client that catches Ctrl-C around its handlers",
        {"bot.py": _TELETHON},
        driving.telethon_bot,
        {"updates": ["/x"], "ctrl_c_after": 0.3},
    ),
]
