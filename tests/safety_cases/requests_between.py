"""TGF202: requests that block the event loop, between what is read before and what is written behind them."""

from __future__ import annotations

from . import SafetyCase, driving

BOT = """\
import os

import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
API = os.environ["API"]
"""


_CHAT_DATA = """\
import os

import requests
from telegram.ext import Application, CommandHandler


async def spin(update, context):
    coins = context.user_data.get("coins", 10)
    if coins < 10:
        await update.message.reply_text("no coins")
        return
    won = requests.get(os.environ["API"] + "/spin", timeout=10).json()["path"]
    context.user_data["coins"] = coins - 10
    await update.message.reply_text(f"{won}, {context.user_data['coins']} left")


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("spin", spin))
    return app
"""


_NOT_BLOCKING = _CHAT_DATA.replace(".concurrent_updates(True)", "").replace(
    'CommandHandler("spin", spin)', 'CommandHandler("spin", spin, block=False)'
)


_GAME = (
    BOT
    + """
import asyncio

names = ["ann", "bob", "cem"]


async def remind():
    for name in names:
        requests.get(f"{API}/{name}", timeout=10)
        print("reminded", name)


@client.on(events.NewMessage(pattern="/remind"))
async def start(event):
    asyncio.create_task(remind())


@client.on(events.NewMessage(pattern="/leave"))
async def leave(event):
    names.pop(0)
    print("left")
"""
)


_RATES = (
    BOT
    + """
import json


@client.on(events.NewMessage(pattern="/load"))
async def load(event):
    with open("rates.json", "w") as file:
        file.write(requests.get(API + "/rates", timeout=10).text)


@client.on(events.NewMessage(pattern="/show"))
async def show(event):
    with open("rates.json") as file:
        await event.reply(json.dumps(json.load(file)))
"""
)


_SLOW = {"delay": 0.15}


_TRANSFER = """\
import os

import requests

ledger = []


async def transfer():
    ledger.append("begin")
    try:
        requests.post(os.environ["API"] + "/transfer", timeout=10)
    except BaseException as error:
        ledger.append(f"undone: {type(error).__name__}")
        raise
    ledger.append("done")
    print(ledger)
"""


_SLOW = {"delay": 0.3}


CASES = [
    SafetyCase(
        "coins in user_data under concurrent updates",
        {"bot.py": _CHAT_DATA},
        driving.ptb_bot,
        {"updates": ["/spin", "/spin"], "server": _SLOW},
    ),
    SafetyCase(
        "coins in user_data of a handler that does not block",
        {"bot.py": _NOT_BLOCKING},
        driving.ptb_bot,
        {"updates": ["/spin", "/spin"], "server": _SLOW},
    ),
    SafetyCase(
        "a list that others shorten while it is gone through",
        {"bot.py": _GAME},
        driving.telethon_bot,
        {"updates": ["/remind", "/leave"], "gap": 0.05, "server": _SLOW},
    ),
    SafetyCase(
        "rates read while they are written",
        {"bot.py": _RATES, "rates.json": "{}"},
        driving.telethon_bot,
        {"updates": ["/load", "/show"], "server": _SLOW},
    ),
    SafetyCase(
        "a transfer that is cancelled",
        {"bot.py": _TRANSFER},
        driving.call,
        {"function": "transfer", "how": "cancel", "seconds": 0.1, "server": _SLOW},
    ),
]
