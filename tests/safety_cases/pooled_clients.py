"""TGF201: clients made for a request or two, in the shapes that most bots have."""

from __future__ import annotations

from . import SafetyCase, driving

_PRICE = """\
import os

import aiohttp
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/price"))
async def price(event):
    async with aiohttp.ClientSession() as session:
        async with session.get(os.environ["API"] + "/price") as response:
            answer = await response.json()
    await event.reply("The price: " + answer["path"])
"""

_WEATHER = """\
import os

from httpx import AsyncClient
from telegram.ext import Application, CommandHandler

HEADERS = {"Accept": "application/json"}


async def weather(update, context):
    place = "+".join(context.args) or "here"
    for _ in range(2):
        async with AsyncClient(timeout=10, headers=HEADERS) as client:
            response = await client.get(f"{os.environ['API']}/weather/{place}", params={"units": "metric"})
        if response.status_code == 200:
            break
    if response.status_code != 200:
        await update.message.reply_text(f"No weather today ({response.status_code}).")
        return
    await update.message.reply_text(f"Weather: {response.json()['path']}")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("weather", weather))
    return app
"""

_SERVICES = """\
import logging
import os

import httpx


class Services:
    @staticmethod
    async def joke():
        for _ in range(2):
            try:
                async with httpx.AsyncClient(follow_redirects=True) as client:
                    response = await client.get(os.environ["API"] + "/joke")
                    response.raise_for_status()
                    return response.json()["path"]
            except httpx.HTTPStatusError as error:
                logging.warning("no joke: %s", error.response.status_code)
"""

_SERVICES_USED = """\
from telegram.ext import Application, CommandHandler

from services import Services


async def joke(update, context):
    await update.message.reply_text(await Services.joke() or "I have no joke for you.")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("joke", joke))
    return app
"""

_DOWNLOAD = """\
import os

import aiohttp
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


async def read(url):
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return await response.read()


@client.on(events.NewMessage(pattern="/sizes"))
async def sizes(event):
    lines = []
    for name in ("one", "two", "three"):
        lines.append(f"{name}: {len(await read(os.environ['API'] + '/' + name))} bytes")
    await event.reply("\\n".join(lines))
"""

_LOOPS = """\
import asyncio
import os
import threading

import httpx


async def ask(name):
    async with httpx.AsyncClient() as client:
        return (await client.get(os.environ["API"] + "/" + name)).json()["path"]


async def both(name):
    return await asyncio.gather(ask(name), ask(name + "2"))


def main():
    found = []
    threads = [threading.Thread(target=lambda: found.append(asyncio.run(both("thread")))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    loop = asyncio.new_event_loop()
    for name in ("a", "b"):
        found.append(loop.run_until_complete(both(name)))
    loop.close()
    return found, asyncio.run(both("again"))
"""

_KEPT = """\
import os

import aiohttp
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Api:
    def __init__(self):
        self.session = None

    async def get(self, path):
        if self.session is None:
            self.session = aiohttp.ClientSession(os.environ["API"])
        async with self.session.get(path) as response:
            return (await response.json())["path"]


api = Api()


@client.on(events.NewMessage(pattern="/stop"))
async def stop(event):
    await api.session.close()
    await event.reply("closed")


@client.on(events.NewMessage(pattern="/get (.+)"))
async def get(event):
    await event.reply(await api.get(event.pattern_match.group(1)))
"""

_COOKIES = """\
import os

import aiohttp


async def balance(user):
    async with aiohttp.ClientSession(cookies={"user": user}, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(os.environ["API"] + "/balance") as response:
            await response.read()
        return sorted(cookie.value for cookie in session.cookie_jar)


async def main():
    return [await balance("ann"), await balance("bob")]
"""


def sometimes_busy(server: object, path: str) -> int:
    """Every second request is one too many."""
    return 503 if len(server.requests) % 2 == 0 else 200  # type: ignore[attr-defined]


_GET = {"pause": 0.02, "server": {}}

CASES = [
    SafetyCase(
        "a session for each answer",
        {"bot.py": _PRICE},
        driving.telethon_bot,
        {"updates": ["/price", "/start", "/price"], **_GET},
        fast=True,
    ),
    SafetyCase(
        "a client with headers and a timeout for each answer",
        {"bot.py": _WEATHER},
        driving.ptb_bot,
        {"updates": ["/weather", "/weather Paris", "/weather New York"], "server": {"status": sometimes_busy}},
        held="TGF201",
        fast=True,
    ),
    SafetyCase(
        "a static method that answers with nothing on an error",
        {"bot.py": _SERVICES_USED, "services.py": _SERVICES},
        driving.ptb_bot,
        {"updates": ["/joke", "/joke", "/joke"], "server": {"status": sometimes_busy}},
        held="TGF201",
    ),
    SafetyCase(
        "a session and a request in one statement, in a loop",
        {"bot.py": _DOWNLOAD},
        driving.telethon_bot,
        {"updates": ["/sizes"], **_GET},
    ),
    SafetyCase(
        "a client for each of several event loops",
        {"bot.py": _LOOPS},
        driving.call,
        {"function": "main", "server": {}, "say": []},
        held="TGF201",
    ),
    SafetyCase(
        "a session that is kept already",
        {"bot.py": _KEPT},
        driving.telethon_bot,
        {"updates": ["/get /a", "/get /b", "/stop"], **_GET},
    ),
    SafetyCase(
        "cookies that belong to one user",
        {"bot.py": _COOKIES},
        driving.call,
        {"function": "main", "server": {}},
    ),
]
