"""TGF302, TGF501 and TGF502: more of what most bots do, and where a rewrite changes nothing but who waits."""

from __future__ import annotations

from twin.updates import callback_query

from . import SafetyCase, driving

_METHODS = """\
import time

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes


class Greeter:
    def __init__(self, name: str) -> None:
        self.name = name

    async def greet(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await update.effective_message.reply_text("...")
        time.sleep(0.05)
        await update.effective_message.reply_text("Hello!")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("greet", Greeter("bot").greet))
    return app
"""

_FORWARDED = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/copy"))
async def copy(event):
    lines = event.raw_text.splitlines()[1:]
    for line in lines:
        await client.send_message("me", line)
        time.sleep(0.02)
    await event.reply(f"{len(lines)} lines copied")
"""

_BUTTON = """\
from time import sleep

from telegram.ext import Application, CallbackQueryHandler


async def pressed(update, context):
    query = update.callback_query
    await query.answer()
    sleep(0.05)
    await query.edit_message_text(f"You pressed {query.data}.")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CallbackQueryHandler(pressed))
    return app
"""

_HELPER = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


async def say_slowly(chat, *texts):
    for text in texts:
        await client.send_message(chat, text)
        time.sleep(0.02)


@client.on(events.NewMessage(pattern="/story"))
async def story(event):
    await say_slowly(event.chat_id, "Once upon a time", "there was a bot.", "The end.")
"""

_FLOOD = """\
import time

from telethon import TelegramClient, errors, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/ping"))
async def ping(event):
    try:
        await event.reply("pong")
    except errors.FloodWaitError as error:
        time.sleep(error.seconds)
        await event.reply("pong, at last")
"""

_RANDOM = """\
import random
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/type"))
async def type_slowly(event):
    await event.reply("...")
    time.sleep(random.uniform(0.01, 0.03))
    await event.reply("typed by a human")
"""

_PATH = """\
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
LICENSE = Path(__file__).with_name("LICENSE.pdf")


@client.on(events.NewMessage(pattern="/license"))
async def show(event):
    text = LICENSE.read_text(encoding="utf-8")
    await event.reply(text[:40])
"""

_LINES = """\
from telegram.ext import Application, CommandHandler


async def words(update, context):
    with open("words.csv", encoding="utf-8") as file:
        known = file.read().splitlines()
    word = context.args[0]
    await update.message.reply_text(f"{word} is number {known.index(word) + 1}" if word in known else "unknown")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("word", words))
    return app
"""

_BYTES = """\
import hashlib

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/check"))
async def check(event):
    with open("release.bin", "rb") as file:
        data = file.read()
    await event.reply(hashlib.sha256(data).hexdigest()[:12])
"""

_GETOUTPUT = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Shell:
    @staticmethod
    def first_line(command):
        return subprocess.getoutput(command).partition("\\\\n")[0]


@client.on(events.NewMessage(pattern="/first"))
async def first(event):
    line = Shell.first_line("printf 'one\\\\ntwo'")
    await event.reply(line)
"""

_SYSTEM = """\
import os

from telegram.ext import Application, CommandHandler


async def online(update, context):
    await update.message.reply_text("online" if os.system("true") == 0 else "offline")


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("online", online))
    return app
"""

_PIPE = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/sort (.+)"))
async def sort(event):
    process = subprocess.Popen(["sort"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, _ = process.communicate("\\n".join(event.pattern_match.group(1).split()).encode())
    await event.reply(out.decode().replace("\\n", " "))
"""

_WITH_AIOFILES = "telethon\npython-telegram-bot\naiofiles\n"

CASES = [
    SafetyCase(
        "a method that greets slowly",
        {"bot.py": _METHODS},
        driving.ptb_bot,
        {"updates": ["/greet"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "lines copied one by one",
        {"bot.py": _FORWARDED},
        driving.telethon_bot,
        {"updates": ["/copy\na\nb"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "a button that takes its time",
        {"bot.py": _BUTTON},
        driving.ptb_bot,
        {"updates": [callback_query("yes")]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "a coroutine that tells a story",
        {"bot.py": _HELPER},
        driving.telethon_bot,
        {"updates": ["/story"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "a flood wait that is waited for",
        {"bot.py": _FLOOD},
        driving.telethon_bot,
        {"updates": ["/ping"]},
        held="TGF501",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "a pause of random length",
        {"bot.py": _RANDOM},
        driving.telethon_bot,
        {"updates": ["/type"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "a license read by its path",
        {"bot.py": _PATH, "LICENSE.pdf": "All rights reserved, and then some more of it.\n"},
        driving.telethon_bot,
        {"updates": ["/license"]},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "a list of words that nobody writes",
        {"bot.py": _LINES, "words.csv": "one\ntwo\n", "requirements.txt": _WITH_AIOFILES},
        driving.ptb_bot,
        {"updates": ["/word two", "/word six"]},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "a checksum of a file",
        {"bot.py": _BYTES, "release.bin": bytes(range(256)) * 40, "requirements.txt": _WITH_AIOFILES},
        driving.telethon_bot,
        {"updates": ["/check"]},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "the first line of a command",
        {"bot.py": _GETOUTPUT},
        driving.telethon_bot,
        {"updates": ["/first"]},
    ),
    SafetyCase("a command that only succeeds", {"bot.py": _SYSTEM}, driving.ptb_bot, {"updates": ["/online"]}),
    SafetyCase("a pipe through a program", {"bot.py": _PIPE}, driving.telethon_bot, {"updates": ["/sort c a b"]}),
]
