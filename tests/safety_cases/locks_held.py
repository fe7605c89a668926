"""TGF501 and TGF502 while something is held that others want: a lock of whatever kind, a transaction."""

from __future__ import annotations

from . import SafetyCase, driving

_RLOCK = """\
import threading
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Door:
    def __init__(self):
        self._own = threading.RLock()
        self.inside = 0

    async def use(self, event):
        with self._own:
            self.inside += 1
            time.sleep(0.1)
            print("inside:", self.inside)
            self.inside -= 1
        await event.reply("thank you")


client.add_event_handler(Door().use, events.NewMessage(pattern="/door"))
"""

_SEMAPHORE = """\
import subprocess
from threading import BoundedSemaphore

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
slots = BoundedSemaphore(1)


@client.on(events.NewMessage(pattern="/convert"))
async def convert(event):
    if not slots.acquire(timeout=0.05):
        await event.reply("busy")
        return
    try:
        subprocess.run(["sleep", "0.2"])
    finally:
        slots.release()
    await event.reply("converted")
"""

_OWN_LOCK = """\
import fcntl
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Exclusive:
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.file = open(self.path, "w")
        fcntl.flock(self.file, fcntl.LOCK_EX)
        return self

    def __exit__(self, *error):
        self.file.close()


@client.on(events.NewMessage(pattern="/scan"))
async def scan(event):
    with Exclusive("scanner.pid"):
        time.sleep(0.1)
    await event.reply("scanned")
"""

_CONDITION = """\
import threading
import time

from telegram.ext import Application, CommandHandler

changed = threading.Condition()
log = []


async def change(update, context):
    with changed:
        log.append("begin")
        time.sleep(0.1)
        log.append("end")
        changed.notify_all()
    await update.message.reply_text(" ".join(log))


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("change", change))
    return app
"""

_IMMEDIATE = """\
import sqlite3
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/pay"))
async def pay(event):
    connection = sqlite3.connect("bank.db", timeout=0.05, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(0.2)
        connection.execute("UPDATE accounts SET coins = coins - 1")
        connection.execute("COMMIT")
        await event.reply("paid")
    except sqlite3.OperationalError as error:
        await event.reply(f"failed: {error}")
    finally:
        connection.close()


def prepare():
    connection = sqlite3.connect("bank.db")
    connection.executescript("CREATE TABLE accounts (coins); INSERT INTO accounts VALUES (9)")
    connection.close()


prepare()
"""

_SAVEPOINT = """\
import contextlib
import sqlite3
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
db = sqlite3.connect(":memory:", isolation_level=None)
db.execute("CREATE TABLE orders (text UNIQUE)")


@contextlib.contextmanager
def all_or_nothing():
    db.execute("SAVEPOINT here")
    try:
        yield
        db.execute("RELEASE here")
    except Exception:
        db.execute("ROLLBACK TO here")
        db.execute("RELEASE here")
        raise


@client.on(events.NewMessage(pattern="/order"))
async def order(event):
    with all_or_nothing():
        db.execute("INSERT INTO orders VALUES (?)", (event.raw_text,))
        code = subprocess.call(["sh", "-c", f"sleep 0.1; test '{event.raw_text}' != '/order bad'"])
        if code:
            raise ValueError("the shop refuses")
    await event.reply("ordered")


@client.on(events.NewMessage(pattern="/list"))
async def orders(event):
    await event.reply(str(db.execute("SELECT text FROM orders ORDER BY text").fetchall()))
"""


_ASYNC_LOCK = """\
import asyncio
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
turn = asyncio.Lock()


@client.on(events.NewMessage(pattern="/turn"))
async def take(event):
    await event.reply("wait for your turn")
    async with turn:
        time.sleep(0.05)
    await event.reply("done")
"""

CASES = [
    SafetyCase(
        "a lock that one thread may take twice",
        {"bot.py": _RLOCK},
        driving.telethon_bot,
        {"updates": ["/door", "/door"]},
    ),
    SafetyCase(
        "a semaphore that is tried for a while",
        {"bot.py": _SEMAPHORE},
        driving.telethon_bot,
        {"updates": ["/convert"] * 2},
    ),
    SafetyCase(
        "a file lock of its own class",
        {"bot.py": _OWN_LOCK},
        driving.telethon_bot,
        {"updates": ["/scan"] * 2},
        timeout=6,
    ),
    SafetyCase(
        "a condition that others are told of",
        {"bot.py": _CONDITION},
        driving.ptb_bot,
        {"updates": ["/change"] * 2},
        timeout=6,
    ),
    SafetyCase(
        "a transaction that begins by hand", {"bot.py": _IMMEDIATE}, driving.telethon_bot, {"updates": ["/pay"] * 2}
    ),
    SafetyCase(
        "a savepoint of a context manager",
        {"bot.py": _SAVEPOINT},
        driving.telethon_bot,
        {"updates": ["/order bad", "/order tea", "/list"]},
    ),
    SafetyCase(
        "a lock of asyncio behind an answer",
        {"bot.py": _ASYNC_LOCK},
        driving.telethon_bot,
        {"updates": ["/turn", "/turn"], "pause": 0.01},
    ),
]
