"""TGF301: a file opened for every message, in loops that have it for themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from . import SafetyCase, driving


@dataclass(frozen=True)
class Chat:
    """What a program iterates over in the place of a client: messages with these texts, `between` which something may
    happen, or other tasks run.
    """

    texts: Sequence[str]
    between: Callable[[int], None] | None = None
    pause: float = 0.0

    async def iter_messages(self, *_: Any, **__: Any) -> AsyncIterator[SimpleNamespace]:
        """The messages, with their number as id."""
        for number, text in enumerate(self.texts):
            if self.between is not None:
                self.between(number)
            await asyncio.sleep(self.pause)
            yield SimpleNamespace(id=number, text=text, message=text, sender_id=number % 3)


_BACKUP = """\
import asyncio

from telethon import TelegramClient


async def backup(client, chat):
    count = 0
    with open("backup.txt", "w", encoding="utf-8") as file:
        file.write(f"{chat}\\n")
    async for message in client.iter_messages(chat, reverse=True):
        if not message.text:
            continue
        with open("backup.txt", "a", encoding="utf-8") as file:
            file.write(f"{message.id}: {message.text}\\n")
        count += 1
    return count


async def main():
    async with TelegramClient("backup", 1, "hash") as client:
        await backup(client, "friends")


if __name__ == "__main__":
    asyncio.run(main())
"""

_EXPORT = """\
import csv


def export():
    with open("out.csv", "w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerow(["number", "text"])
    for number, line in enumerate(open("in.txt", encoding="utf-8"), 1):
        text = line.strip()
        if text == "stop":
            break
        with open("out.csv", "a", newline="", encoding="utf-8") as out:
            csv.writer(out).writerow([number, text])
"""

_LOG = """\
from datetime import date
from pathlib import Path

LOG = Path("logs") / "log.txt"


def record():
    for line in ("begins", "goes on\\nand on", "ends"):
        with LOG.open("a") as log:
            print(date(2024, 1, 1), line, file=log)
            print("-" * 10, file=log)
"""

_LINKS = """\
import asyncio

import aiofiles
from telethon import TelegramClient


async def collect(client, chat):
    async with aiofiles.open("links.txt", "w") as file:
        await file.write("links\\n")
    async for message in client.iter_messages(chat):
        for word in message.text.split():
            if word.startswith("https://"):
                async with aiofiles.open("links.txt", mode="a") as file:
                    await file.write(word + "\\n")


async def main():
    async with TelegramClient("links", 1, "hash") as client:
        await collect(client, "friends")


if __name__ == "__main__":
    asyncio.run(main())
"""

_FAILING = """\
import json

MESSAGES = ("a", "ü", "\\ud800", "b")


def save():
    saved = 0
    open("out.json", "w").close()
    try:
        for message in MESSAGES:
            with open("out.json", "a", encoding="utf-8") as file:
                file.write('{"text": "')
                file.write(message)
                file.write('"}\\n')
            saved += 1
    except UnicodeEncodeError as error:
        return saved, str(error)
    return saved, None
"""

_KILLED = """\
import time


def save():
    for message in ("a", "b", "last"):
        with open("saved.txt", "a") as file:
            file.write(message + "\\n")
        if message == "last":
            time.sleep(30)
"""

_A_FILE_EACH = """\
import os


async def save(client, chat):
    os.makedirs("messages", exist_ok=True)
    async for message in client.iter_messages(chat):
        with open(os.path.join("messages", f"{message.sender_id}.txt"), "a") as file:
            file.write(message.text + "\\n")
"""

_TRUNCATED = """\
import os


def save(messages, path, limit):
    for message in messages:
        if os.path.exists(path) and os.path.getsize(path) > limit:
            os.truncate(path, 0)
        with open(path, "a") as file:
            file.write(message + "\\n")
"""

_TEXTS = ["hello", "", "two\nlines", "ünïcode"]

CASES = [
    SafetyCase(
        "a backup of a chat",
        {"bot.py": _BACKUP, "backup.txt": "earlier\n"},
        driving.call,
        {"function": "backup", "given": [Chat(_TEXTS), "chat"], "show": ["backup.txt"]},
        held="TGF301",
        fast=True,
    ),
    SafetyCase(
        "rows until one says stop",
        {"bot.py": _EXPORT, "in.txt": "a\nb, c\nstop\nd\n"},
        driving.call,
        {"function": "export", "given": [], "show": ["out.csv"]},
        held="TGF301",
        fast=True,
    ),
    SafetyCase(
        "two lines printed to a log",
        {"bot.py": _LOG, "logs": None},
        driving.call,
        {"function": "record", "given": [], "show": ["logs"]},
        held="TGF301",
    ),
    SafetyCase(
        "links collected by aiofiles",
        {"bot.py": _LINKS},
        driving.call,
        {
            "function": "collect",
            "given": [Chat(["see https://a.example or", "nothing", "https://b.example https://c.example"]), "chat"],
            "show": ["links.txt"],
        },
        held="TGF301",
    ),
    SafetyCase(
        "a message that cannot be written",
        {"bot.py": _FAILING},
        driving.call,
        {"function": "save", "given": [], "show": ["out.json"]},
        held="TGF301",
    ),
    SafetyCase(
        "killed behind the last message",
        {"bot.py": _KILLED},
        driving.call,
        {"function": "save", "given": [], "how": "kill", "seconds": 0.5, "show": ["saved.txt"]},
        held="TGF301",
    ),
    SafetyCase(
        "a file for each sender",
        {"bot.py": _A_FILE_EACH},
        driving.call,
        {"function": "save", "given": [Chat("abcde"), "chat"], "show": ["messages"]},
    ),
    SafetyCase(
        "a file that begins anew when it is large",
        {"bot.py": _TRUNCATED},
        driving.call,
        {"function": "save", "given": [["message"] * 7, "out.txt", 20], "show": ["out.txt"]},
    ),
]
