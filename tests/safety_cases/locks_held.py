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
        "a condition that others are told of",
        {"bot.py": _CONDITION},
        driving.ptb_bot,
        {"updates": ["/change"] * 2},
        timeout=6,
    ),
    SafetyCase(
        "a lock of asyncio behind an answer",
        {"bot.py": _ASYNC_LOCK},
        driving.telethon_bot,
        {"updates": ["/turn", "/turn"], "pause": 0.01},
        held="TGF501",
    ),
]
