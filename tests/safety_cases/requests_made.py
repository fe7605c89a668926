"""TGF201 and TGF202: HTTP requests."""

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

CASES = [
    SafetyCase(
        "a session for each answer",
        {"bot.py": _PRICE},
        driving.telethon_bot,
        {"updates": ["/price", "/start", "/price"], "gap": 0.1, "server": {}},
        held="TGF201",
        fast=True,
    ),
]
