"""TGF303: files that are read again and again, and what becomes of what was read."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Sequence
from typing import Any

from twin import Run

from . import SafetyCase, driving

_SETTINGS = """\
import json

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def settings():
    with open("settings.json", encoding="utf-8") as file:
        return json.load(file)


@client.on(events.NewMessage(pattern="/hello"))
async def hello(event):
    await event.reply(settings()["greeting"])


@client.on(events.NewMessage(pattern="/limit"))
async def limit(event):
    number = settings()["limits"]["daily"]
    await event.reply(f"{number} a day" if number > 1 else "once a day")
"""

_INLINE = """\
import json

from telegram.ext import Application, CommandHandler


async def prices(update, context):
    with open("prices.json") as file:
        table = json.load(file)
    lines = [f"{name}: {price}" for name, price in sorted(table.items())]
    await update.message.reply_text("\\n".join(lines))


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("prices", prices))
    return app
"""

_TAKEN = """\
import json

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def questions():
    with open("questions.json") as file:
        return json.load(file)


def first_of(rows):
    return rows.pop(0)


@client.on(events.NewMessage(pattern="/ask"))
async def ask(event):
    await event.reply(first_of(questions()))
"""

_KEPT = """\
import json

from telegram.ext import Application, CommandHandler


def defaults():
    with open("defaults.json") as file:
        return json.load(file)


async def start(update, context):
    context.user_data["settings"] = defaults()
    await update.message.reply_text(str(context.user_data["settings"]))


async def loud(update, context):
    context.user_data["settings"]["volume"] += 1
    await update.message.reply_text(str(context.user_data["settings"]))


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CommandHandler("loud", loud))
    return app
"""

_SHUFFLED = """\
import json
import random

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
random.seed(3)


def quiz():
    with open("quiz.json") as file:
        return json.load(file)


@client.on(events.NewMessage(pattern="/quiz"))
async def ask(event):
    answers = quiz()["answers"]
    right = answers[0]
    random.shuffle(answers)
    await event.reply(f"{answers}: {answers.index(right)}")
"""

_CHOSEN = """\
import json

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
chosen = []


def songs():
    with open("songs.json") as file:
        return json.load(file)


@client.on(events.NewMessage(pattern="/add"))
async def add(event):
    for song in songs():
        chosen.append(song)
    await event.reply(str(len(chosen)))


@client.on(events.NewMessage(pattern="/rate"))
async def rate(event):
    chosen[0]["stars"] = chosen[0].get("stars", 0) + 1
    await event.reply(str(songs()[0]))
"""

_ONCE = """\
import json

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def names():
    with open("names.json") as file:
        return (name.title() for name in json.load(file))


@client.on(events.NewMessage(pattern="/names"))
async def show(event):
    await event.reply(", ".join(names()) or "nobody")
"""

_MERGED = """\
import json

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def menu():
    with open("menu.json") as file:
        return json.load(file)


@client.on(events.NewMessage(pattern="/menu"))
async def show(event):
    dishes = {**menu()}
    dishes["soups"].append("of the day")
    await event.reply(str(dishes))
"""

_HOOKED = """\
import json

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
seen = []


def count(row):
    seen.append(len(row))
    return row


def table():
    with open("table.json") as file:
        return json.load(file, object_hook=count)


@client.on(events.NewMessage(pattern="/table"))
async def show(event):
    rows = table()["rows"]
    await event.reply(f"{len(rows)} rows, {len(seen)} objects read")
"""

_MOCKED = """\
import asyncio
from unittest import mock

import pytest

import bot


@pytest.mark.parametrize("word", ["Hi", "Salut"])
def test_hello(word):
    event = mock.AsyncMock()
    with mock.patch("bot.json.load", return_value={"greeting": word}):
        asyncio.run(bot.hello(event))
    event.reply.assert_awaited_once_with(word)
"""

_TEXTS = """\
import json


def load_texts():
    with open("texts.json") as file:
        return json.load(file)


async def greeting(name):
    return load_texts()["greeting"].format(name)
"""

_GREETER = """\
import asyncio
import json

from telethon import events

from texts import greeting, load_texts


@events.register(events.NewMessage(pattern="/bye"))
async def bye(event):
    await event.reply(load_texts()["bye"])


@events.register(events.NewMessage(pattern="/hi"))
async def hi(event):
    await event.reply(await greeting("you"))


if __name__ == "__main__":
    print(asyncio.run(greeting("Ann")))
"""

_PACKAGED = """\
from setuptools import setup

setup(name="greeter", version="1", py_modules=["greeter", "texts"], data_files=[(".", ["texts.json"])])
"""

_DATA = {"texts.json": '{"greeting": "Hello {}", "bye": "Bye"}'}
_TWO = {"greeter.py": _GREETER, "texts.py": _TEXTS, **_DATA}


def when_old(run: Run, drive: Any, **arguments: Any) -> None:
    """Drive the program when its files are old enough to be kept in memory."""
    time.sleep(2.1)
    drive(run, **arguments)


def deployed(run: Run, names: Sequence[str], command: Sequence[str]) -> None:
    """Run a command of the program where only some of its files are, as a container or a package has them."""
    os.mkdir("image")
    for name in names:
        shutil.copy(name, "image")
    os.chdir("image")
    driving.scripts(run, [command])


_TELETHON = {"drive": driving.telethon_bot, "pause": 0.01}
_PTB = {"drive": driving.ptb_bot}

CASES = [
    SafetyCase(
        "settings that two handlers look at",
        {"bot.py": _SETTINGS, "settings.json": '{"greeting": "Hello!", "limits": {"daily": 3}}'},
        when_old,
        _TELETHON | {"updates": ["/hello", "/limit", "/hello"]},
        held="TGF303",
    ),
    SafetyCase(
        "prices that one handler lists",
        {"bot.py": _INLINE, "prices.json": '{"tea": 2, "cake": 3}'},
        when_old,
        _PTB | {"updates": ["/prices", "/prices"]},
    ),
    SafetyCase(
        "rows that a function takes away",
        {"bot.py": _TAKEN, "questions.json": '["Why?", "How?"]'},
        when_old,
        _TELETHON | {"updates": ["/ask", "/ask"]},
    ),
    SafetyCase(
        "defaults that each user changes",
        {"bot.py": _KEPT, "defaults.json": '{"volume": 1}'},
        when_old,
        _PTB | {"updates": [("/start", 1), ("/loud", 1), ("/start", 2)]},
    ),
    SafetyCase(
        "answers that are shuffled",
        {"bot.py": _SHUFFLED, "quiz.json": '{"answers": ["a", "b", "c", "d"]}'},
        when_old,
        _TELETHON | {"updates": ["/quiz"] * 4},
    ),
    SafetyCase(
        "rows that are kept and changed later",
        {"bot.py": _CHOSEN, "songs.json": '[{"title": "x"}]'},
        when_old,
        _TELETHON | {"updates": ["/add", "/rate", "/add", "/rate"]},
    ),
    SafetyCase(
        "names that are made one by one",
        {"bot.py": _ONCE, "names.json": '["ann", "bob"]'},
        when_old,
        _TELETHON | {"updates": ["/names", "/names"]},
    ),
    SafetyCase(
        "a menu that is copied but for its lists",
        {"bot.py": _MERGED, "menu.json": '{"soups": ["of tomatoes"]}'},
        when_old,
        _TELETHON | {"updates": ["/menu", "/menu"]},
    ),
    SafetyCase(
        "a table whose rows are counted as they are read",
        {"bot.py": _HOOKED, "table.json": '{"rows": [{"a": 1}, {"b": 2}]}'},
        when_old,
        _TELETHON | {"updates": ["/table", "/table"]},
    ),
    SafetyCase(
        "tests that give the parser's result",
        {"bot.py": _SETTINGS, "test_bot.py": _MOCKED, "settings.json": "{}", "conftest.py": ""},
        when_old,
        {"drive": driving.project_tests},
    ),
    SafetyCase(
        "a container that gets its files by name",
        {
            **_TWO,
            "Dockerfile": 'FROM python:3.12\nWORKDIR /bot\nCOPY greeter.py texts.py texts.json ./\nCMD ["python", "greeter.py"]\n',
        },
        deployed,
        {"names": ["greeter.py", "texts.py", "texts.json"], "command": ["greeter.py"]},
        entry="texts",
    ),
    SafetyCase(
        "a package that lists its modules",
        {**_TWO, "setup.py": _PACKAGED},
        deployed,
        {"names": ["greeter.py", "texts.py", "texts.json"], "command": ["-m", "greeter"]},
        entry="texts",
    ),
    SafetyCase(
        "a script that copies the bot's files to a server",
        {
            **_TWO,
            "deploy.sh": "#!/bin/sh\nscp greeter.py texts.py texts.json host:bot/\nssh host systemctl restart bot\n",
        },
        deployed,
        {"names": ["greeter.py", "texts.py", "texts.json"], "command": ["greeter.py"]},
        entry="texts",
    ),
]
