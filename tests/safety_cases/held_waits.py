"""TGF302, TGF501 and TGF502: waits beside which nothing shared is touched, in the shapes that most bots have."""

from __future__ import annotations

from . import SafetyCase, driving

_BROADCAST = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/news (.+)"))
async def news(event):
    text = event.pattern_match.group(1)
    sent = 0
    for chat in [11, 12, 13]:
        await client.send_message(chat, text)
        sent += 1
        time.sleep(0.05)  # Telegram does not like it faster
    await event.reply(f"sent to {sent}")
"""

_BROADCAST_PTB = """\
from time import sleep

from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes

CHATS = (11, 12, 13)


async def news(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    failed = []
    for chat in CHATS:
        try:
            await context.bot.send_message(chat_id=chat, text=" ".join(context.args))
        except Exception as error:
            failed.append(f"{chat}: {error}")
        sleep(0.05)
    await update.message.reply_text("failed: " + ", ".join(failed) if failed else "sent to all")


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("news", news))
    return app
"""

_COUNTDOWN = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/launch"))
async def launch(event):
    for number in range(3, 0, -1):
        await event.reply(f"{number} ...")
        time.sleep(0.05)
    await event.reply("Lift-off!")
"""

_THINKING = """\
import time

from telegram.ext import ApplicationBuilder, CommandHandler

ANSWERS = ["Yes.", "No.", "Ask again."]


async def oracle(update, context):
    question = " ".join(context.args)
    await update.message.reply_text("Let me think ...")
    time.sleep(0.1)
    await update.message.reply_text(ANSWERS[len(question) % len(ANSWERS)])


def build():
    app = ApplicationBuilder().token("1:A").build()
    app.add_handler(CommandHandler("oracle", oracle))
    return app
"""

_RETRY = """\
import time

from telethon import TelegramClient, errors, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/copy"))
async def copy(event):
    for attempt in range(3):
        try:
            await client.send_message(77, event.raw_text)
            break
        except ConnectionError:
            time.sleep(0.05)
    else:
        await event.reply("It did not work.")
        return
    await event.reply(f"copied at attempt {attempt + 1}")
"""

_JOB = """\
import time

from telegram.ext import Application


async def remind(context):
    await context.bot.send_message(5, "In a moment ...")
    time.sleep(0.05)
    await context.bot.send_message(5, "Now!")


def build():
    app = Application.builder().token("1:A").build()
    app.job_queue.run_once(remind, 0)
    return app
"""

_UPTIME = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern=r"\\.echo (.+)"))
async def echo(event):
    words = event.pattern_match.group(1).split()
    done = subprocess.run(["echo", *words], capture_output=True, text=True, timeout=10)
    if done.returncode:
        await event.reply(f"failed: {done.returncode}")
    else:
        await event.reply(done.stdout.strip() or "nothing")
"""

_VERSION = """\
import subprocess

from telegram.ext import Application, CommandHandler

from tools import version


async def about(update, context):
    await update.message.reply_text("Runs " + version())


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("about", about))
    return app
"""

_TOOLS = """\
import subprocess


def version():
    \"\"\"The first line that the shell says of itself.\"\"\"
    lines = subprocess.check_output(["sh", "-c", "echo shell 1.2; echo more"], text=True).splitlines()
    return lines[0]
"""

_POPEN = """\
import os

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/host"))
async def host(event):
    await event.reply("asking ...")
    name = os.popen("echo a-machine").read().strip()
    await event.reply(f"I run on {name}")
"""

_RULES = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/rules"))
async def rules(event):
    with open("rules.log", encoding="utf-8") as file:
        text = file.read()
    await event.reply(text)
"""

_HELP = """\
from pathlib import Path

from telegram.ext import Application, CommandHandler

HERE = Path(__file__).parent


async def help_(update, context):
    with open(HERE / "help.log", encoding="utf-8") as file:
        text = file.read()
    await update.message.reply_text(text.format(name=update.effective_user.first_name))


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("help", help_))
    return app
"""

_TEXTS = """\
def text_of(name):
    with open(f"texts/{name}.log", encoding="utf-8") as file:
        return file.read().strip()
"""

_TEXTS_USED = """\
from telethon import TelegramClient, events

from texts import text_of

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/start"))
async def start(event):
    await event.reply(text_of("start"))


@client.on(events.NewMessage(pattern="/privacy"))
async def privacy(event):
    await event.reply(text_of("privacy"))
"""

_SQLITE = """\
import sqlite3

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def word(number):
    connection = sqlite3.connect("words.db")
    try:
        return connection.execute("SELECT ? || ' words'", (number,)).fetchone()[0]
    finally:
        connection.close()


@client.on(events.NewMessage(pattern="/word (\\\\d+)"))
async def send_word(event):
    await event.reply(word(int(event.pattern_match.group(1))))
"""

_WITH_AIOFILES = "python-telegram-bot\ntelethon\naiofiles\n"

CASES = [
    SafetyCase(
        "a broadcast over a list of its own",
        {"bot.py": _BROADCAST},
        driving.telethon_bot,
        {"updates": ["/news it rains"]},
        held="TGF501",
        granted="interleaving",
        fast=True,
    ),
    SafetyCase(
        "a broadcast over a constant under concurrent updates",
        {"bot.py": _BROADCAST_PTB},
        driving.ptb_bot,
        {"updates": ["/news it rains"]},
    ),
    SafetyCase(
        "a countdown",
        {"bot.py": _COUNTDOWN},
        driving.telethon_bot,
        {"updates": ["/launch"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "an answer after a pause",
        {"bot.py": _THINKING},
        driving.ptb_bot,
        {"updates": ["/oracle will it rain", "/oracle and snow"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "a pause before the next attempt",
        {"bot.py": _RETRY},
        driving.telethon_bot,
        {"updates": ["/copy"]},
        # Telethon refuses a request that still has to wait for a flood without a wait, so nothing says that others ran
    ),
    SafetyCase(
        "a pause in a job",
        {"bot.py": _JOB},
        driving.ptb_bot,
        {"updates": ["/x"]},
        held="TGF501",
        granted="interleaving",
    ),
    SafetyCase(
        "a command of the system and its answer",
        {"bot.py": _UPTIME},
        driving.telethon_bot,
        {"updates": [".echo hello there", ".echo  x"], "pause": 0.01},
        held="TGF502",
        granted="interleaving,ordering",
        fast=True,
    ),
    SafetyCase(
        "a helper that asks a program",
        {"bot.py": _VERSION, "tools.py": _TOOLS},
        driving.ptb_bot,
        {"updates": ["/about"]},
    ),
    SafetyCase(
        "a pipe that is read at once",
        {"bot.py": _POPEN},
        driving.telethon_bot,
        {"updates": ["/host"]},
        held="TGF502",
        granted="interleaving",
    ),
    SafetyCase(
        "rules that nobody writes",
        {"bot.py": _RULES, "rules.log": "Be kind ☺\n", "requirements.txt": _WITH_AIOFILES},
        driving.telethon_bot,
        {"updates": ["/rules", "/rules"], "pause": 0.01},
        held="TGF302",
        granted="interleaving,ordering",
        fast=True,
    ),
    SafetyCase(
        "a help text without aiofiles",
        {"bot.py": _HELP, "help.log": "Hello {name}!\n", "requirements.txt": "python-telegram-bot\n"},
        driving.ptb_bot,
        {"updates": ["/help"]},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "texts read by a helper of another module",
        {
            "bot.py": _TEXTS_USED,
            "texts.py": _TEXTS,
            "texts/start.log": "Hello!\n",
            "texts/privacy.log": "We keep nothing.\n",
            "requirements.txt": _WITH_AIOFILES,
        },
        driving.telethon_bot,
        {"updates": ["/start", "/privacy"], "pause": 0.01},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "a row read by a connection of the helper's own",
        {"bot.py": _SQLITE},
        driving.telethon_bot,
        {"updates": ["/word 7"]},
    ),
]
