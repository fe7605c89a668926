"""TGF302, TGF502: what knows in which thread it is, or calls back into the event loop."""

from __future__ import annotations

from . import SafetyCase, driving

_CONTEXT = """\
import contextvars
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
last_code = contextvars.ContextVar("last_code", default="none")


def check(path):
    code = subprocess.call(["test", "-e", path])
    last_code.set(str(code))
    return code == 0


@client.on(events.NewMessage(pattern="/check (.+)"))
async def answer(event):
    there = check(event.pattern_match.group(1))
    await event.reply(f"{there}, code {last_code.get()}")
"""

_TASK = """\
import asyncio
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


async def note(text):
    print("noted", text)


def measure(name):
    out = subprocess.check_output(["echo", name], text=True).strip()
    asyncio.ensure_future(note(out))
    return out


@client.on(events.NewMessage(pattern="/measure"))
async def answer(event):
    await event.reply(measure("load 1"))
    await asyncio.sleep(0.05)
"""

_MAIN_THREAD = """\
import subprocess
import threading

from telegram.ext import Application, CommandHandler


def status():
    if threading.current_thread() is not threading.main_thread():
        raise RuntimeError("only in the main thread")
    return subprocess.getoutput("echo fine")


async def show(update, context):
    await update.message.reply_text(status())


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("status", show))
    return app
"""

_THREAD_NAME = """\
import logging
import subprocess
import sys

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
log = logging.getLogger("bot")
handler = logging.StreamHandler(sys.stdout)
handler.setFormatter(logging.Formatter("[%(threadName)s] %(message)s"))
log.addHandler(handler)


def disk():
    free = subprocess.check_output(["echo", "12 GB"], text=True).strip()
    log.warning("free: %s", free)
    return free


@client.on(events.NewMessage(pattern="/disk"))
async def show(event):
    await event.reply(disk())
"""

_LOCAL = """\
import subprocess
import threading

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
current = threading.local()
current.language = "de"


def greeting():
    word = {"de": "Hallo", "en": "Hello"}[getattr(current, "language", "en")]
    return subprocess.check_output(["echo", word], text=True).strip()


@client.on(events.NewMessage(pattern="/hi"))
async def hi(event):
    await event.reply(greeting())
"""

_SIGNAL = """\
import signal
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def undisturbed():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        return subprocess.check_output(["echo", "quiet"], text=True).strip()
    finally:
        signal.signal(signal.SIGINT, before)


@client.on(events.NewMessage(pattern="/quiet"))
async def quiet(event):
    await event.reply(undisturbed())
"""

_PROGRESS = """\
import asyncio
import shutil

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/copy"))
async def copy(event):
    loop = asyncio.get_running_loop()
    copied = []

    def one(source, target):
        shutil.copy2(source, target)
        loop.call_soon(print, "copied", source)
        copied.append(source)

    shutil.copytree("album", "backup", copy_function=one)
    await asyncio.sleep(0.01)
    await event.reply(f"{len(copied)} copied")
"""

_CONNECTION = """\
import sqlite3
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE hosts (name, state)")


def probe(name):
    state = subprocess.check_output(["echo", "up"], text=True).strip()
    db.execute("INSERT INTO hosts VALUES (?, ?)", (name, state))
    return state


@client.on(events.NewMessage(pattern="/probe (.+)"))
async def answer(event):
    await event.reply(probe(event.pattern_match.group(1)))
"""

_FRAME = """\
import inspect
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def shell(command):
    caller = inspect.stack()[1].function
    return subprocess.check_output(["echo", caller, command], text=True).strip()


@client.on(events.NewMessage(pattern="/sh (.+)"))
async def sh(event):
    await event.reply(shell(event.pattern_match.group(1)))
"""

_SHARED_BUFFER = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
lines = []


def facts(kind):
    lines.clear()
    for number in ("0.05", "0.1"):
        out = subprocess.check_output(["sh", "-c", f"sleep {number}; echo {kind}{number}"], text=True)
        lines.append(out.strip())
    return " ".join(lines)


@client.on(events.NewMessage(pattern="/facts (.)"))
async def answer(event):
    await event.reply(facts(event.pattern_match.group(1)))
"""

_PURE = """\
import subprocess

from telegram.ext import Application, CommandHandler


def parsed(text):
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)


def settings():
    out = subprocess.run(["printf", "a=1\\nb=2\\n"], capture_output=True, text=True, check=True).stdout
    return sorted(parsed(out).items())


async def show(update, context):
    await update.message.reply_text(str(settings()))


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("settings", show))
    return app
"""

_EXCEPTION = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/run (.+)"))
async def run(event):
    try:
        out = subprocess.check_output(["sh", "-c", event.pattern_match.group(1)], text=True, timeout=5)
    except subprocess.CalledProcessError as error:
        await event.reply(f"failed with {error.returncode}: {error.output.strip()}")
    except FileNotFoundError as error:
        await event.reply(f"no such program: {error.filename}")
    else:
        await event.reply(out.strip())
"""

CASES = [
    SafetyCase(
        "a context variable set by the helper",
        {"bot.py": _CONTEXT},
        driving.telethon_bot,
        {"updates": ["/check bot.py", "/check x"], "pause": 0.01},
    ),
    SafetyCase("a task that the helper starts", {"bot.py": _TASK}, driving.telethon_bot, {"updates": ["/measure"]}),
    SafetyCase(
        "a helper that must be in the main thread",
        {"bot.py": _MAIN_THREAD},
        driving.ptb_bot,
        {"updates": ["/status"]},
        fast=True,
    ),
    SafetyCase("a log that names the thread", {"bot.py": _THREAD_NAME}, driving.telethon_bot, {"updates": ["/disk"]}),
    SafetyCase("a language kept for the thread", {"bot.py": _LOCAL}, driving.telethon_bot, {"updates": ["/hi"]}),
    SafetyCase("a helper that sets a signal", {"bot.py": _SIGNAL}, driving.telethon_bot, {"updates": ["/quiet"]}),
    SafetyCase(
        "a copy that reports each file to the loop",
        {"bot.py": _PROGRESS, "album/a.txt": "a", "album/b.txt": "b"},
        driving.telethon_bot,
        {"updates": ["/copy"]},
    ),
    SafetyCase(
        "a connection that the helper shares", {"bot.py": _CONNECTION}, driving.telethon_bot, {"updates": ["/probe a"]}
    ),
    SafetyCase("a helper that looks at its caller", {"bot.py": _FRAME}, driving.telethon_bot, {"updates": ["/sh x"]}),
    SafetyCase(
        "a list that the helper fills anew",
        {"bot.py": _SHARED_BUFFER},
        driving.telethon_bot,
        {"updates": ["/facts a", "/facts b"]},
    ),
    SafetyCase("a helper of plain operations", {"bot.py": _PURE}, driving.ptb_bot, {"updates": ["/settings"]}),
    SafetyCase(
        "exceptions of a program",
        {"bot.py": _EXCEPTION},
        driving.telethon_bot,
        {"updates": ["/run echo x", "/run echo y; exit 3", "/run"], "pause": 0.01},
    ),
]
