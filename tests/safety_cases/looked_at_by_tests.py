"""TGF302, TGF501 and TGF502: names and calls that the project's own tests replace or look at."""

from __future__ import annotations

from . import SafetyCase, driving

_BOT = """\
import subprocess
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/slow"))
async def slow(event):
    await event.reply("wait")
    time.sleep(1)
    await event.reply("done")


@client.on(events.NewMessage(pattern="/up"))
async def up(event):
    await event.reply(subprocess.check_output(["uptime"], text=True))


@client.on(events.NewMessage(pattern="/rules"))
async def rules(event):
    with open("rules.txt") as file:
        text = file.read()
    await event.reply(text)
"""

_HEAD = """\
import asyncio
from unittest import mock

import bot


"""


_REAL = (
    _HEAD
    + """\
def test_up():
    event = mock.AsyncMock()
    with mock.patch("bot.subprocess.check_output", return_value="up 3 days"):
        asyncio.run(bot.up(event))
    event.reply.assert_awaited_once_with("up 3 days")
"""
)


CASES = [
    SafetyCase(
        "a test that only gives an answer of a program",
        {
            "bot.py": _BOT.replace("    time.sleep(1)\n", "").replace("import time\n", ""),
            "conftest.py": "",
            "test_bot.py": _REAL,
        },
        driving.project_tests,
    ),
]
