"""TGF302, TGF501 and TGF502: a wait while a handler works on a row, by a library or by hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Any

from twin import Run

from . import SafetyCase, driving

#: Stand-ins for libraries that tests do not need else: one table of users that all sessions share.
_LIBRARIES: Mapping[str, str] = {
    "sqlalchemy.py": """\
class User:
    def __init__(self, coins):
        self.coins = coins


_ROWS = {5: 10}


class Session:
    def __enter__(self):
        self._users = {}
        return self

    def __exit__(self, *error):
        self._users = {}

    def get(self, kind, key):
        return self._users.setdefault(key, kind(_ROWS[key]))

    def commit(self):
        for key, user in self._users.items():
            _ROWS[key] = user.coins
""",
    "peewee.py": """\
import contextlib


class Database:
    def __init__(self):
        self.rows, self.saved = {5: 10}, []

    @contextlib.contextmanager
    def atomic(self):
        before = dict(self.rows)
        try:
            yield self
        except Exception:
            self.rows = before
            raise


database = Database()
""",
    "pymongo.py": """\
class Collection:
    def __init__(self):
        self._found = [{"_id": 5, "coins": 10}]

    def find_one(self, query):
        return next((dict(row) for row in self._found if row["_id"] == query["_id"]), None)

    def update_one(self, query, change):
        for row in self._found:
            if row["_id"] == query["_id"]:
                row.update(change["$set"])


users = Collection()
""",
}


def with_libraries(run: Run, **arguments: Any) -> None:
    """A Telethon bot where the stand-ins can be imported."""
    os.mkdir("libraries")
    for name, text in _LIBRARIES.items():
        with open(os.path.join("libraries", name), "w") as file:
            file.write(text)
    sys.path.append(os.path.abspath("libraries"))
    driving.telethon_bot(run, **arguments)


_SESSION = """\
import time

from sqlalchemy import Session, User
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/spin"))
async def spin(event):
    with Session() as session:
        user = session.get(User, event.sender_id)
        if user.coins < 10:
            await event.reply("no coins")
            return
        time.sleep(0.1)
        user.coins -= 10
        session.commit()
    await event.reply(f"{user.coins} left")
"""

_ATOMIC = """\
import subprocess

from peewee import database
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/order (.+)"))
async def order(event):
    what = event.pattern_match.group(1)
    try:
        with database.atomic():
            database.rows[5] -= 5
            code = subprocess.call(["sh", "-c", f"sleep 0.1; test {what} = tea"])
            if code:
                raise ValueError(what)
    except ValueError:
        await event.reply("we have no " + what)
        return
    await event.reply(f"{what}, {database.rows[5]} left")
"""

_DOCUMENT = """\
import time

from pymongo import users
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/daily"))
async def daily(event):
    user = users.find_one({"_id": event.sender_id})
    time.sleep(0.1)
    users.update_one({"_id": event.sender_id}, {"$set": {"coins": user["coins"] + 5}})
    await event.reply(f"{users.find_one({'_id': 5})['coins']} coins")
"""

_OWN_CONNECTION = """\
import sqlite3
import time
from contextlib import closing

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def prepare():
    with closing(sqlite3.connect("votes.db")) as db:
        db.execute("CREATE TABLE votes (n)")
        db.execute("INSERT INTO votes VALUES (0)")
        db.commit()


@client.on(events.NewMessage(pattern="/vote"))
async def vote(event):
    with closing(sqlite3.connect("votes.db")) as db:
        number = db.execute("SELECT n FROM votes").fetchone()[0]
        time.sleep(0.1)
        db.execute("UPDATE votes SET n = ?", (number + 1,))
        db.commit()
    await event.reply(f"vote {number + 1}")


prepare()
"""

_TEXT_FILE = """\
import time
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
COUNT = Path("count.txt")


@client.on(events.NewMessage(pattern="/count"))
async def count(event):
    number = int(COUNT.read_text()) + 1
    time.sleep(0.1)
    COUNT.write_text(str(number))
    await event.reply(str(number))
"""

_PICKLE = """\
import pickle
import subprocess

from telegram.ext import Application, CommandHandler


class Storage:
    def __init__(self, path):
        self.path = path

    def load(self):
        with open(self.path, "rb") as file:
            return pickle.load(file)

    def store(self, data):
        with open(self.path, "wb") as file:
            pickle.dump(data, file)


storage = Storage("users.pickle")


async def join(update, context):
    users = storage.load()
    subprocess.run(["sleep", "0.1"])
    users.append(context.args[0])
    storage.store(users)
    await update.message.reply_text(f"{len(users)} users")


def build():
    storage.store([])
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("join", join))
    return app
"""

_LAST_ROW = """\
import sqlite3
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
db = sqlite3.connect(":memory:")
db.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text)")


@client.on(events.NewMessage(pattern="/note"))
async def note(event):
    db.execute("INSERT INTO notes (text) VALUES (?)", (event.raw_text,))
    time.sleep(0.1)
    number = db.execute("SELECT last_insert_rowid()").fetchone()[0]
    await event.reply(f"saved as {number}")
"""

_LOOKED_UP = """\
import sqlite3
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
db = sqlite3.connect(":memory:")
db.executescript("CREATE TABLE words (word, text); INSERT INTO words VALUES ('bot', 'a program')")


@client.on(events.NewMessage(pattern="/define (.+)"))
async def define(event):
    row = db.execute("SELECT text FROM words WHERE word = ?", (event.pattern_match.group(1),)).fetchone()
    await event.reply("Let me see ...")
    time.sleep(0.05)
    await event.reply(row[0] if row else "I do not know that word.")
"""

CASES = [
    SafetyCase("a user of a session", {"bot.py": _SESSION}, with_libraries, {"updates": ["/spin", "/spin"]}, fast=True),
    SafetyCase(
        "an atomic block around a program",
        {"bot.py": _ATOMIC},
        with_libraries,
        {"updates": ["/order mud", "/order tea"]},
    ),
    SafetyCase(
        "a document that is found and updated", {"bot.py": _DOCUMENT}, with_libraries, {"updates": ["/daily", "/daily"]}
    ),
    SafetyCase(
        "votes by a connection of each handler",
        {"bot.py": _OWN_CONNECTION},
        driving.telethon_bot,
        {"updates": ["/vote"] * 3},
    ),
    SafetyCase(
        "a number in a text file",
        {"bot.py": _TEXT_FILE, "count.txt": "0"},
        driving.telethon_bot,
        {"updates": ["/count"] * 3, "show": ["count.txt"]},
    ),
    SafetyCase("users in a pickle", {"bot.py": _PICKLE}, driving.ptb_bot, {"updates": ["/join ann", "/join bob"]}),
    SafetyCase(
        "the row that was inserted last",
        {"bot.py": _LAST_ROW},
        driving.telethon_bot,
        {"updates": ["/note a", "/note b"]},
    ),
    SafetyCase(
        "a row looked up before an answer and a pause",
        {"bot.py": _LOOKED_UP},
        driving.telethon_bot,
        {"updates": ["/define bot", "/define cat"], "pause": 0.01},
        held="TGF501",
        granted="interleaving",
    ),
]
