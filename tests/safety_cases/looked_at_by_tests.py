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

_SLEEPS = (
    _HEAD
    + """\
def test_waits_a_second(monkeypatch):
    waited = []
    monkeypatch.setattr("time.sleep", waited.append)
    asyncio.run(bot.slow(mock.AsyncMock()))
    assert waited == [1]
"""
)

_NEVER = (
    _HEAD
    + """\
def test_no_thread_is_started():
    event = mock.AsyncMock()
    with mock.patch("threading.Thread.start", side_effect=AssertionError("no threads here")):
        with mock.patch("bot.subprocess.check_output", return_value="up"):
            asyncio.run(bot.up(event))
    event.reply.assert_awaited_once_with("up")
"""
)

_LOOPLESS = (
    _HEAD
    + """\
def test_answers_at_once():
    event = mock.AsyncMock()
    with mock.patch.object(bot.subprocess, "check_output", return_value="up"):
        try:
            bot.up(event).send(None)
        except StopIteration:
            pass
        else:
            raise AssertionError("it waits for something")
    event.reply.assert_awaited_once_with("up")
"""
)

_OPENED = (
    _HEAD
    + """\
def test_reads_the_rules():
    event = mock.AsyncMock()
    with mock.patch("builtins.open", mock.mock_open(read_data="be kind")) as opened:
        asyncio.run(bot.rules(event))
    opened.assert_called_once_with("rules.txt")
    event.reply.assert_awaited_once_with("be kind")
"""
)

_MODULE_GONE = (
    _HEAD
    + """\
def test_the_clock_of_the_bot():
    event = mock.AsyncMock()
    with mock.patch.object(bot, "time") as clock:
        asyncio.run(bot.slow(event))
    assert event.reply.await_count == 2
    clock.sleep.assert_called()
"""
)

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

_FILES = {"bot.py": _BOT, "rules.txt": "be kind", "conftest.py": "", "requirements.txt": "telethon\naiofiles\n"}


def _tested(name: str, text: str, **more: object) -> SafetyCase:
    return SafetyCase(name, {**_FILES, "test_bot.py": text}, driving.project_tests, **more)  # type: ignore[arg-type]


CASES = [
    _tested("a test that counts the seconds", _SLEEPS),
    _tested("a test that forbids threads", _NEVER),
    _tested("a test that runs a handler without a loop", _LOOPLESS),
    _tested("a test that gives the content of every file", _OPENED),
    _tested("a test that replaces a module of the bot's", _MODULE_GONE, fast=True),
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
