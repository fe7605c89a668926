"""Examples of flood-wait: clients and applications of projects with loops, and what is left alone."""

from __future__ import annotations

from ....engine.codemod import Example, Sources, fixed, left, untouched
from ....engine.model import Safety


def _waiting(before: Sources, after: Sources, title: str, **more: object) -> Example:
    return fixed(before, after, title, safety=Safety.UNSAFE, **more)


_LOOP = """\
from telethon import TelegramClient

client = TelegramClient("account", 1, "hash")


async def announce(users, text):
    for user in users:
        await client.send_message(user, text)
"""
_ELSEWHERE = """\
async def backup(client: TelegramClient, chat):
    async for message in client.iter_messages(chat):
        print(message.text)
"""
_PTB = """\
from telegram.ext import Application, CommandHandler


async def announce(update, context):
    for user in context.bot_data["users"]:
        await context.bot.send_message(user, "Hello")


def main():
    application = Application.builder().token("42:T").build()
    application.add_handler(CommandHandler("announce", announce))
    application.run_polling()
"""
_LIMITED = _PTB.replace("import Application", "import AIORateLimiter, Application").replace(
    ".build()", ".rate_limiter(AIORateLimiter(max_retries=2)).build()"
)

_PYROGRAM = """\
from pyrogram import Client, filters

app = Client("bot", bot_token="42:T")


@app.on_message(filters.command("news"))
async def news(client, message):
    for user in USERS:
        await client.send_message(user, "News")


USERS = [1, 2, 3]
app.run()
"""
_JOB = """\
from pyrogram import Client


async def main(users):
    async with Client("account", 1, "hash") as app:
        for user in users:
            await app.send_message(user, "News")
"""
_HELPER = """\
from telethon import TelegramClient, events

login = TelegramClient("bot", 1, "hash")
bot = login.start(bot_token="42:T")
helper = TelegramClient("helper", 1, "hash")
helper.start()


@bot.on(events.NewMessage(pattern="/news"))
async def news(event):
    for user in USERS:
        await event.client.send_message(user, "News")
"""
_AIOGRAM = """\
from aiogram import Bot, Router
from aiogram.exceptions import TelegramForbiddenError
from aiogram.types import Message

router = Router()


@router.message()
async def news(message: Message, bot: Bot, users: list[int]):
    for user in users:
        try:
            await bot.send_message(user, "News")
        except TelegramForbiddenError:
            continue
"""

EXAMPLES = (
    _waiting(
        _LOOP,
        _LOOP.replace('"hash")', '"hash", flood_sleep_threshold=300)'),
        "a message to everybody",
    ),
    _waiting(
        {
            "bot.py": f"from telethon import TelegramClient\n\n\n{_ELSEWHERE}",
            "main.py": """\
import os

from telethon import TelegramClient

import bot

client = TelegramClient(
    "account",
    int(os.environ["API_ID"]),
    os.environ["API_HASH"],  # from my.telegram.org
)
""",
        },
        {
            "main.py": """\
import os

from telethon import TelegramClient

import bot

client = TelegramClient(
    "account",
    int(os.environ["API_ID"]),
    os.environ["API_HASH"],  # from my.telegram.org
    flood_sleep_threshold=600,
)
""",
        },
        "an iteration in another file, and another limit",
        options={"longest": 600},
    ),
    _waiting(
        {
            "login.py": 'from telethon import TelegramClient\n\nbot = TelegramClient("bot", 1, "hash").start(bot_token="42:T")\n',
            "main.py": _LOOP.replace("\n\nclient", "\nfrom login import bot\n\nclient"),
        },
        {
            "main.py": _LOOP.replace("\n\nclient", "\nfrom login import bot\n\nclient").replace(
                '"hash")', '"hash", flood_sleep_threshold=300)'
            )
        },
        "two clients, of which one sends in a loop",
    ),
    _waiting(
        {"bot.py": _PTB, "requirements.txt": "python-telegram-bot[rate-limiter]==22.1\n"},
        {"bot.py": _LIMITED},
        "an application of python-telegram-bot",
    ),
    _waiting(
        {"bot.py": _PTB, "requirements.txt": "python-telegram-bot==22.1\n"},
        {"bot.py": _LIMITED, "requirements.txt": "python-telegram-bot[rate-limiter]==22.1\n"},
        "an application without the extra that the rate limiter needs",
    ),
    _waiting(
        _HELPER,
        _HELPER.replace('"bot", 1, "hash")', '"bot", 1, "hash", flood_sleep_threshold=300)'),
        "a client that only helps, beside the one whose handlers send",
    ),
    left(
        _HELPER.replace("@bot.on", "@unknown.on").replace("\n\nlogin", "\nfrom clients import unknown\n\nlogin"),
        "it is not seen which client makes the calls",
        "handlers of a client that comes from elsewhere",
    ),
    left(
        _LOOP.replace('"hash")', '"hash", sequential_updates=True)'),
        "updates are handled one after the other",
        "a client that handles one update after the other",
    ),
    left(
        f"from telethon import TelegramClient\n\n\n{_ELSEWHERE}",
        "no client of Telethon is built in plain sight",
        "a client that comes from elsewhere",
    ),
    left(
        _LOOP.replace('"account", 1, "hash"', "**settings").replace(
            "client =", 'settings = {"session": None}\nclient ='
        ),
        "its arguments are unpacked",
        "arguments that are unpacked",
    ),
    untouched(
        _PTB.replace('.token("42:T")', '.bot(ExtBot("42:T"))').replace(
            "import Application", "import ExtBot, Application"
        ),
        "an application with a bot of its own, to which a limiter would belong",
    ),
    untouched(
        """\
import asyncio

from telethon import TelegramClient, errors

client = TelegramClient("account", 1, "hash")


async def attempts(user):
    for attempt in range(3):
        try:
            await client.send_message(user, "Hello")
            break
        except ConnectionError:
            continue


async def news(user):
    while True:
        await client.send_message(user, "News")
        await asyncio.sleep(3600)


async def careful(users):
    for user in users:
        try:
            await client.send_message(user, "Hello")
        except errors.FloodWaitError as e:
            await asyncio.sleep(e.seconds)


async def last(chat):
    async for message in client.iter_messages(chat, limit=1):
        return message
""",
        "loops of attempts, loops that pause, clauses for flood waits, a single page",
    ),
    untouched({"tests/test_sending.py": _LOOP}, "the client of a test"),
    untouched(
        _LOOP.replace('"hash")', '"hash", flood_sleep_threshold=24 * 60 * 60)'), "a client that sleeps by itself"
    ),
    _waiting(_PYROGRAM, _PYROGRAM.replace('"42:T")', '"42:T", sleep_threshold=60)'), "Pyrogram"),
    _waiting(
        _JOB, _JOB.replace('"hash")', '"hash", sleep_threshold=300)'), "a job with Pyrogram, where no handler waits"
    ),
    untouched(_PYROGRAM.replace("filters", "Filters"), "Pyrogram before 1.0, which sleeps through a minute by itself"),
    left(
        _PYROGRAM.replace('"42:T")', '"42:T", sleep_threshold=20)'),
        "its threshold is chosen already",
        "a client of Pyrogram with a threshold of its own",
    ),
    left(
        _PYROGRAM.replace(
            "USERS =",
            """\
async def told(current, total, message):
    await message.edit(f"{current} of {total}")


@app.on_message(filters.video)
async def load(client, message):
    await message.download(progress=told, progress_args=[message])


USERS =""",
        ),
        "a transfer awaits `told()` (",
        "transfers that tell of their progress",
    ),
    untouched(
        """\
from pyrogram import Client

app = Client("bot", bot_token="42:T")


@app.on_callback_query()
async def show(client, query):
    for user in users:
        if user == query.data:
            await query.answer(user)


users = ["a", "b"]
app.run()
""",
        "an answer to a button, which nobody wants a minute later",
    ),
    left(
        _AIOGRAM,
        "aiogram never waits by itself: catch TelegramRetryAfter around the call, sleep for as many seconds as its retry_after says",
        "aiogram, which never waits",
    ),
    left(
        """\
from telebot.async_telebot import AsyncTeleBot

bot = AsyncTeleBot("42:T")


async def news(users):
    for user in users:
        await bot.send_message(user, "News")
""",
        "pyTelegramBotAPI never waits by itself: catch ApiTelegramException",
        "pyTelegramBotAPI, which never waits",
    ),
    untouched(
        _AIOGRAM.replace("TelegramForbiddenError:", "TelegramRetryAfter:").replace(
            "TelegramForbiddenError", "TelegramRetryAfter"
        ),
        "a clause for aiogram's flood waits",
    ),
)
