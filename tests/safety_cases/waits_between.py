"""TGF302, TGF501 and TGF502: a wait between the moment in which something is looked at and the one in which it changes."""

from __future__ import annotations

from . import SafetyCase, driving

_BOT = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
"""

_SHELVE = (
    _BOT
    + """
import shelve

purse = shelve.open("purse")


@client.on(events.NewMessage(pattern="/ticket"))
async def ticket(event):
    key = str(event.chat_id)
    if purse.get(key, 1) == 0:
        await event.reply("Sold out for you.")
        return
    time.sleep(0.1)  # the printer
    purse[key] = purse.get(key, 1) - 1
    await event.reply(f"Here you are, {purse[key]} left.")
"""
)

_PENDING = (
    _BOT
    + """
answered = set()


@client.on(events.NewMessage(pattern="/captcha"))
async def captcha(event):
    if event.chat_id in answered:
        await event.reply("You are through already.")
        return
    time.sleep(0.1)
    answered.add(event.chat_id)
    await event.reply(f"Welcome, number {len(answered)}.")
"""
)

_CLASS_STATE = (
    _BOT
    + """

class Lottery:
    drawn: list = []

    @classmethod
    def free(cls):
        return 3 - len(cls.drawn)

    @classmethod
    def draw(cls, who):
        cls.drawn.append(who)


@client.on(events.NewMessage(pattern="/draw"))
async def draw(event):
    if not Lottery.free():
        await event.reply("All tickets are gone.")
        return
    time.sleep(0.1)
    Lottery.draw(event.chat_id)
    await event.reply(f"Good luck! {Lottery.free()} left.")
"""
)

_INSTANCE = """\
import subprocess

from telegram.ext import Application, CommandHandler


class Builds:
    def __init__(self):
        self._jobs = {}

    def busy(self, name):
        return name in self._jobs

    def _note(self, name, text):
        self._jobs[name] = text

    def _drop(self, name):
        self._jobs.pop(name, None)

    async def build(self, update, context):
        name = context.args[0]
        if self.busy(name):
            await update.message.reply_text(f"{name} is being built.")
            return
        self._note(name, "running")
        code = subprocess.call(["sleep", "0.1"])
        self._drop(name)
        await update.message.reply_text(f"{name}: {code}")


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("build", Builds().build))
    return app
"""

_KEY_VALUE = """\
import subprocess

from telethon import TelegramClient, events

from store import Store

client = TelegramClient("bot", 1, "hash")
store = Store()


@client.on(events.NewMessage(pattern="/key"))
async def key(event):
    left = int(store.get("keys") or 2)
    if left < 1:
        await event.reply("no keys")
        return
    made = subprocess.check_output(["sh", "-c", "sleep 0.1; echo K"], text=True).strip()
    store.set("keys", left - 1)
    await event.reply(f"{made}{left}")
"""

_STORE = """\
class Store:
    \"\"\"What a client of a key-value server looks like.\"\"\"

    def __init__(self):
        self._data = {}

    def get(self, key):
        return self._data.get(key)

    def set(self, key, value):
        self._data[key] = str(value)
"""

_BUSY_FILE = """\
import os
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/backup"))
async def backup(event):
    if os.path.exists("last-backup"):
        await event.reply("done today already")
        return
    subprocess.run(["sleep", "0.1"], check=True)
    with open("last-backup", "w") as marker:
        marker.write(event.raw_text)
    await event.reply("backup made")
"""

_READ_BETWEEN = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
gifts = {5: 1}


def take(who):
    gifts[who] -= 1
    return gifts[who]


@client.on(events.NewMessage(pattern="/gift"))
async def gift(event):
    if gifts.get(event.chat_id, 0) == 0:
        await event.reply("nothing for you")
        return
    with open("card.txt") as file:
        card = file.read()
    await event.reply(f"{card.strip()} ({take(event.chat_id)} left)")
"""

_QUEUE = (
    _BOT
    + """
import collections

waiting = collections.deque(["song a", "song b", "song c"])


@client.on(events.NewMessage(pattern="/play"))
async def play(event):
    song = waiting[0]
    time.sleep(0.05)
    waiting.popleft()
    await event.reply(f"played {song}, {len(waiting)} left")
"""
)

_NONLOCAL = (
    _BOT
    + """

def counter():
    number = 0

    async def next_number(event):
        nonlocal number
        mine = number
        time.sleep(0.1)
        number = mine + 1
        await event.reply(f"You are number {number}.")

    return next_number


client.add_event_handler(counter(), events.NewMessage(pattern="/number"))
"""
)

_DEFAULT = (
    _BOT
    + """

async def remember(event, seen=[]):
    first = not seen
    time.sleep(0.1)
    seen.append(event.raw_text)
    await event.reply("You are the first!" if first else f"Behind {seen[0]}.")


client.add_event_handler(remember, events.NewMessage(pattern="/first"))
"""
)

_FUNCTION_ATTRIBUTE = (
    _BOT
    + """

@client.on(events.NewMessage(pattern="/once"))
async def once(event):
    if getattr(once, "done", False):
        await event.reply("once is enough")
        return
    time.sleep(0.1)
    once.done = True
    await event.reply("done")
"""
)

_SEQUENTIAL = """\
import time

from telegram.ext import Application, CommandHandler

stock = {"tea": 1}


async def order(update, context):
    if not stock["tea"]:
        await update.message.reply_text("no tea left")
        return
    time.sleep(0.1)
    stock["tea"] -= 1
    await update.message.reply_text(f"tea, {stock['tea']} left")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("order", order))
    return app
"""


def _twice(command: str, **more: object) -> dict[str, object]:
    return {"updates": [f"{command} one", f"{command} two"], **more}


CASES = [
    SafetyCase("a ticket counted in a shelf", {"bot.py": _SHELVE}, driving.telethon_bot, _twice("/ticket")),
    SafetyCase(
        "a set of those who are through", {"bot.py": _PENDING}, driving.telethon_bot, _twice("/captcha"), fast=True
    ),
    SafetyCase(
        "a list of the class that class methods change",
        {"bot.py": _CLASS_STATE},
        driving.telethon_bot,
        {"updates": ["/draw"] * 4},
    ),
    SafetyCase(
        "jobs kept by other methods of the instance",
        {"bot.py": _INSTANCE},
        driving.ptb_bot,
        {"updates": ["/build app", "/build app"]},
    ),
    SafetyCase(
        "keys counted by a client of a store",
        {"bot.py": _KEY_VALUE, "store.py": _STORE},
        driving.telethon_bot,
        {"updates": ["/key"] * 3},
    ),
    SafetyCase("a file that says it is done", {"bot.py": _BUSY_FILE}, driving.telethon_bot, _twice("/backup")),
    SafetyCase(
        "a card read between the look and the taking",
        {"bot.py": _READ_BETWEEN, "card.txt": "Happy birthday\n", "requirements.txt": "telethon\naiofiles\n"},
        driving.telethon_bot,
        _twice("/gift"),
    ),
    SafetyCase(
        "a queue whose head others take",
        {"bot.py": _QUEUE},
        driving.telethon_bot,
        {"updates": ["/play", "/play"]},
    ),
    SafetyCase("a number in a closure", {"bot.py": _NONLOCAL}, driving.telethon_bot, {"updates": ["/number"] * 3}),
    SafetyCase("a list as the default of a parameter", {"bot.py": _DEFAULT}, driving.telethon_bot, _twice("/first")),
    SafetyCase("an attribute of the handler", {"bot.py": _FUNCTION_ATTRIBUTE}, driving.telethon_bot, _twice("/once")),
    SafetyCase(
        "stock of a bot that handles one update at a time",
        {"bot.py": _SEQUENTIAL},
        driving.ptb_bot,
        {"updates": ["/order", "/order"]},
    ),
]
