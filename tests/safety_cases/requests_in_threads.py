"""TGF202: requests that block the event loop, where nobody can tell whether others run meanwhile."""

from __future__ import annotations

from . import SafetyCase, driving

_QUOTE = """\
import os

import requests
from telegram.ext import Application, CommandHandler


async def quote(update, context):
    response = requests.get(os.environ["API"] + "/quote", timeout=10)
    if response.status_code != 200:
        await update.message.reply_text("Try again later.")
        return
    await update.message.reply_text(response.json()["path"])


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("quote", quote))
    return app


if __name__ == "__main__":
    build().run_polling()
"""

_TRANSLATE = """\
import os

import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern=r"/tr (.+)"))
async def translate(event):
    await event.reply("One moment…")
    text = event.pattern_match.group(1)
    answer = requests.post(os.environ["API"] + "/translate", json={"q": text, "target": "en"}, timeout=10)
    await event.reply(answer.json()["sent"])
"""

_PAGE = """\
import asyncio
import os
import urllib.error
import urllib.request


async def page(name):
    try:
        with urllib.request.urlopen(f"{os.environ['API']}/{name}", timeout=5) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return f"error {error.code}"


async def main():
    return [await page(name) for name in ("one", "two")]
"""

_SHORTEN = """\
import logging
import os

import requests
from telegram.ext import Application, MessageHandler, filters

log = logging.getLogger("shortener")


class Shortener:
    def __init__(self, api):
        self.api = api

    async def shorten(self, update, context):
        try:
            response = requests.get(self.api + "/short", params={"url": update.message.text}, timeout=5)
            response.raise_for_status()
        except requests.RequestException as error:
            log.error("cannot shorten: %s", type(error).__name__)
            await update.message.reply_text("That did not work.")
        else:
            await update.message.reply_text(response.json()["path"])


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(MessageHandler(filters.TEXT & ~filters.COMMAND, Shortener(os.environ["API"]).shorten))
    return app


if __name__ == "__main__":
    build().run_polling()
"""

_LOGIN = """\
import os

import requests
from telegram.ext import Application, CommandHandler


async def points(update, context):
    with requests.Session() as session:
        session.headers["User-Agent"] = "points"
        session.post(os.environ["API"] + "/login", data={"user": update.effective_user.id})
        found = session.get(os.environ["API"] + "/points").json()
    await update.message.reply_text(found["path"])


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("points", points))
    return app


if __name__ == "__main__":
    build().run_polling()
"""

_IN_A_HELPER = """\
import os

import requests
from telegram.ext import Application, CommandHandler


def rate(currency):
    return requests.get(f"{os.environ['API']}/{currency}", timeout=5).json()["path"]


async def show(update, context):
    lines = [rate(currency) for currency in context.args]
    await update.message.reply_text(", ".join(lines))


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("rate", show))
    return app
"""


def first_fails(server: object, path: str) -> int:
    """The first request is one too many."""
    return 503 if len(server.requests) == 1 else 200  # type: ignore[attr-defined]


CASES = [
    SafetyCase(
        "a quote asked for in a handler",
        {"bot.py": _QUOTE},
        driving.ptb_bot,
        {"updates": ["/quote", "/quote"], "server": {"status": first_fails}},
        fast=True,
    ),
    SafetyCase(
        "a request behind a first answer",
        {"bot.py": _TRANSLATE},
        driving.telethon_bot,
        {"updates": ["/tr hola", "/tr salut"], "pause": 0.01, "server": {}},
    ),
    SafetyCase(
        "pages read by urllib in a program without a bot",
        {"bot.py": _PAGE},
        driving.call,
        {"function": "main", "server": {"status": first_fails}},
        held="TGF202",
    ),
    SafetyCase(
        "a method that answers for errors of requests",
        {"bot.py": _SHORTEN},
        driving.ptb_bot,
        {"updates": ["https://a.example", "https://b.example"], "server": {"status": first_fails}},
    ),
    SafetyCase(
        "a session of the handler's own",
        {"bot.py": _LOGIN},
        driving.ptb_bot,
        {"updates": [("/points", 5), ("/points", 6)], "server": {}},
    ),
    SafetyCase(
        "a request in a helper",
        {"bot.py": _IN_A_HELPER},
        driving.ptb_bot,
        {"updates": ["/rate usd eur", "/rate gbp"], "server": {}},
    ),
]
