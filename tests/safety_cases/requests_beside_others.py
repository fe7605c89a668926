"""TGF202: requests that block the event loop, so that nothing comes between what is read and what is written."""

from __future__ import annotations

from . import SafetyCase, driving
from .requests_between import BOT

_STOCK = (
    BOT
    + """

class Shop:
    def __init__(self):
        self.left = {"ticket": 1}

    def has(self, name):
        return self.left[name] > 0

    def sell(self, name):
        self.left[name] -= 1


shop = Shop()


@client.on(events.NewMessage(pattern="/buy"))
async def buy(event):
    if not shop.has("ticket"):
        await event.reply("sold out")
        return
    code = requests.post(API + "/pay", json={"chat": event.chat_id}, timeout=10).json()["path"]
    shop.sell("ticket")
    await event.reply(f"yours: {code}, left: {shop.left['ticket']}")
"""
)


_LOCK_FILE = (
    BOT
    + """

@client.on(events.NewMessage(pattern="/backup"))
async def backup(event):
    if os.path.exists("backup.lock"):
        await event.reply("A backup is running.")
        return
    requests.post(API + "/backup", timeout=10)
    with open("backup.lock", "w") as file:
        file.write(str(event.chat_id))
    await event.reply("Started.")
"""
)


_ROWS = """\
import sqlite3


class Table:
    def __init__(self):
        self.connection = sqlite3.connect("bot.db")
        self.connection.execute("create table if not exists votes (chat integer, choice text)")

    def voted(self, chat):
        return self.connection.execute("select count(*) from votes where chat = ?", (chat,)).fetchone()[0]

    def vote(self, chat, choice):
        self.connection.execute("insert into votes values (?, ?)", (chat, choice))
        self.connection.commit()
"""


_VOTES = (
    BOT
    + """
from table import Table

table = Table()


@client.on(events.NewMessage(pattern="/vote (.+)"))
async def vote(event):
    if table.voted(event.chat_id):
        return await event.reply("You have voted.")
    choice = requests.get(API + "/" + event.pattern_match.group(1), timeout=10).json()["path"]
    table.vote(event.chat_id, choice)
    await event.reply(f"{choice}: {table.voted(event.chat_id)}")
"""
)


_SHELF = (
    BOT
    + """
import shelve


@client.on(events.NewMessage(pattern="/next"))
async def following(event):
    with shelve.open("numbers") as numbers:
        number = numbers.get("last", 0) + 1
    requests.put(f"{API}/{number}", timeout=10)
    with shelve.open("numbers") as numbers:
        numbers["last"] = number
    await event.reply(f"number {number}")
"""
)


_ARCHIVE = (
    BOT
    + """

@client.on(events.NewMessage)
async def keep(event):
    requests.post(API + "/archive", json={"n": event.raw_text}, timeout=10)
"""
)


_BOARD = """\
import asyncio
import os

import requests

board = []


async def place(runner):
    requests.get(f"{os.environ['API']}/{runner}", timeout=10)
    board.append(runner)


async def main():
    await asyncio.gather(*(place(runner) for runner in ("slow", "fast", "fastest")))
    return board
"""


_LINES = """\
import asyncio
import os

import requests


class Report:
    def __init__(self):
        self.text = ""

    async def add(self, name):
        answer = requests.get(f"{os.environ['API']}/{name}", timeout=10)
        self.text += f"{name} {answer.status_code}\\n"


async def main():
    report = Report()
    tasks = [asyncio.create_task(report.add(name)) for name in ("slow", "b", "c")]
    for task in tasks:
        await task
    return report.text
"""


_MIRROR = """\
import os

import requests
from telegram.ext import Application, MessageHandler, filters


async def mirror(update, context):
    requests.post(os.environ["API"] + "/" + update.message.text, timeout=10)


def build():
    app = Application.builder().token("1:A").concurrent_updates(8).build()
    app.add_handler(MessageHandler(filters.TEXT, mirror))
    return app
"""


def slow_ones(path: str) -> float:
    """Seconds until the answer."""
    return 0.3 if "slow" in path else 0.15 if "fast" in path and "fastest" not in path else 0.0


def earlier_is_slower(path: str) -> float:
    """Seconds until the answer: the later a word is in the alphabet, the sooner."""
    return (ord("f") - ord(path[-1])) * 0.06


_SLOW = {"delay": 0.15}


CASES = [
    SafetyCase(
        "the last ticket in an object",
        {"bot.py": _STOCK},
        driving.telethon_bot,
        {"updates": ["/buy", "/buy"], "server": _SLOW},
    ),
    SafetyCase(
        "a file that says what is running",
        {"bot.py": _LOCK_FILE},
        driving.telethon_bot,
        {"updates": ["/backup", "/backup"], "server": _SLOW},
    ),
    SafetyCase(
        "one vote in a table behind a class",
        {"bot.py": _VOTES, "table.py": _ROWS},
        driving.telethon_bot,
        {"updates": ["/vote tea", "/vote beer"], "server": _SLOW},
    ),
    SafetyCase(
        "a number in a shelf",
        {"bot.py": _SHELF},
        driving.telethon_bot,
        {"updates": ["/next", "/next", "/next"], "server": _SLOW},
    ),
    SafetyCase(
        "messages archived in their order",
        {"bot.py": _ARCHIVE},
        driving.telethon_bot,
        {"updates": list("abcde"), "server": {"delay": earlier_is_slower}, "say": ["busiest"]},
    ),
    SafetyCase(
        "a list filled by tasks together",
        {"bot.py": _BOARD},
        driving.call,
        {"function": "main", "server": {"delay": slow_ones}, "say": []},
    ),
    SafetyCase(
        "a report put together by tasks",
        {"bot.py": _LINES},
        driving.call,
        {"function": "main", "server": {"delay": slow_ones}, "say": []},
    ),
    SafetyCase(
        "messages mirrored in order under concurrent updates",
        {"bot.py": _MIRROR},
        driving.ptb_bot,
        {"updates": list("abcde"), "server": {"delay": earlier_is_slower}, "say": ["busiest"]},
    ),
]
