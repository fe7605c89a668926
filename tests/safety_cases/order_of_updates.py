"""TGF302, TGF501 and TGF502: what others see in the order in which updates came, and what is gone through meanwhile."""

from __future__ import annotations

import itertools
from typing import Any

from twin import Run

from . import SafetyCase, driving

_MIRROR = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("mirror", 1, "hash")


@client.on(events.NewMessage(incoming=True))
async def mirror(event):
    time.sleep(0.2 / len(event.raw_text))  # short messages look like spam
    await client.send_message(1000, event.raw_text)
"""

_TRANSLATED = """\
import subprocess

from telegram.ext import Application, MessageHandler, filters

CHANNEL = -1001234


async def translate(update, context):
    text = update.message.text
    english = subprocess.check_output(["sh", "-c", f"sleep 0.{len(text)}; echo {text}"], text=True)
    await context.bot.send_message(CHANNEL, english.strip())


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(MessageHandler(filters.TEXT, translate))
    return app
"""

_LOGGED = """\
import logging
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
log = logging.getLogger("bot")


@client.on(events.NewMessage(pattern="/ping (.)"))
async def ping(event):
    number = event.pattern_match.group(1)
    log.warning("pinging %s", number)
    code = subprocess.call(["sleep", f"0.{number}"])
    log.warning("pinged %s: %s", number, code)
    await event.reply(f"{number} {code}")
"""

_GATHERED = """\
import asyncio
import subprocess


async def sizes(names):
    found = []

    async def size(name):
        out = subprocess.check_output(["sh", "-c", f"sleep {name}; echo {name}"], text=True)
        found.append(out.strip())

    await asyncio.gather(*map(size, names))
    return found
"""

_HISTORY = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
archive = []


@client.on(events.NewMessage)
async def keep(event):
    with open(f"headers/{event.raw_text[0]}.txt") as file:
        header = file.read()
    archive.append(header.strip() + event.raw_text)
    if len(archive) == 8:
        await event.reply(", ".join(archive))
"""

_SPACED = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
sent = []


@client.on(events.NewMessage)
async def forward(event):
    time.sleep(0.1)  # ten a second at most, or we are banned
    sent.append(time.monotonic())
    await client.send_message(1000, "forwarded")
"""

_CHATS = """\
import time

from telegram.ext import Application, CommandHandler

chats = [11, 12, 13]


async def news(update, context):
    for chat in chats:
        print("to", chat)
        time.sleep(0.1)
    await update.message.reply_text("all have it")


async def leave(update, context):
    chats.remove(update.effective_user.id)
    await update.message.reply_text("bye")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("news", news, block=False))
    app.add_handler(CommandHandler("leave", leave))
    return app
"""

_CURSOR = """\
import sqlite3
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
connection = sqlite3.connect(":memory:")
cursor = connection.cursor()
cursor.executescript("CREATE TABLE users (name); INSERT INTO users VALUES ('ann'), ('bob'), ('cem')")


@client.on(events.NewMessage(pattern="/all"))
async def everyone(event):
    names = []
    for (name,) in cursor.execute("SELECT name FROM users ORDER BY name"):
        names.append(name)
        time.sleep(0.05)
    await event.reply(" ".join(names))


@client.on(events.NewMessage(pattern="/count"))
async def count(event):
    await event.reply(str(cursor.execute("SELECT count(*) FROM users").fetchone()[0]))
"""

_ATTRIBUTE = """\
import subprocess

from telethon import TelegramClient, events


class Watch:
    def __init__(self):
        self.hosts = {"a": "up", "b": "up"}

    async def check(self, event):
        lines = []
        for host, state in self.hosts.items():
            subprocess.run(["sleep", "0.05"])
            lines.append(f"{host} {state}")
        await event.reply("\\n".join(lines))

    async def add(self, event):
        self.hosts[event.raw_text.split()[1]] = "new"
        await event.reply("added")


client = TelegramClient("bot", 1, "hash")
watch = Watch()
client.add_event_handler(watch.check, events.NewMessage(pattern="/check"))
client.add_event_handler(watch.add, events.NewMessage(pattern="/add"))
"""

_GENERATOR = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
numbers = iter(range(100))


def batch(size):
    for _ in range(size):
        yield next(numbers)


@client.on(events.NewMessage(pattern="/batch"))
async def next_batch(event):
    got = []
    for number in batch(3):
        got.append(number)
        time.sleep(0.03)
    await event.reply(str(got))
"""


def spaced(run: Run, **arguments: Any) -> None:
    """A Telethon bot, and whether the messages it sent were a while apart."""
    driving.telethon_bot(run, **arguments)
    times = run.module.sent
    print(len(times), "sent,", "apart" if all(b - a > 0.05 for a, b in itertools.pairwise(times)) else "at once")


CASES = [
    SafetyCase(
        "messages mirrored after a pause by their length",
        {"bot.py": _MIRROR},
        driving.telethon_bot,
        {"updates": ["x", "a longer one"]},
        fast=True,
    ),
    SafetyCase(
        "translations that go to a channel", {"bot.py": _TRANSLATED}, driving.ptb_bot, {"updates": ["abc", "d"]}
    ),
    SafetyCase(
        "lines of a log around a program",
        {"bot.py": _LOGGED},
        driving.telethon_bot,
        {"updates": ["/ping 2", "/ping 1"]},
    ),
    SafetyCase(
        "results in the order in which they were asked for",
        {"bot.py": _GATHERED},
        driving.call,
        {"function": "sizes", "given": [[0.2, 0.1, 0]]},
    ),
    SafetyCase(
        "messages archived under a header that is read",
        {
            "bot.py": _HISTORY,
            "headers/a.txt": "A" * 3_000_000 + "\n ",
            "headers/b.txt": "b: ",
            "requirements.txt": "telethon\naiofiles\n",
        },
        driving.telethon_bot,
        {"updates": ["a1", "b2", "a3", "b4", "b5", "b6", "b7", "b8"]},
    ),
    SafetyCase("messages that are to be apart", {"bot.py": _SPACED}, spaced, {"updates": ["a", "b", "c"]}),
    SafetyCase(
        "chats that leave while a handler that does not block goes through them",
        {"bot.py": _CHATS},
        driving.ptb_bot,
        {"updates": ["/news", ("/leave", 11)]},
    ),
    SafetyCase(
        "rows of a cursor that others use", {"bot.py": _CURSOR}, driving.telethon_bot, {"updates": ["/all", "/count"]}
    ),
    SafetyCase(
        "hosts added while they are checked",
        {"bot.py": _ATTRIBUTE},
        driving.telethon_bot,
        {"updates": ["/check", "/add c"]},
    ),
    SafetyCase(
        "an iterator that two updates share",
        {"bot.py": _GENERATOR},
        driving.telethon_bot,
        {"updates": ["/batch", "/batch"]},
    ),
]
