"""TGF302, TGF501 and TGF502: a wait between the moment in which something is looked at and the one in which it changes."""

from __future__ import annotations

from . import SafetyCase, driving

_BOT = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
"""

_SHELVE = (
    _BOT
    + """
import shelve

purse = shelve.open("purse")


@client.on(events.NewMessage(pattern="/ticket"))
async def ticket(event):
    key = str(event.chat_id)
    if purse.get(key, 1) == 0:
        await event.reply("Sold out for you.")
        return
    time.sleep(0.1)  # the printer
    purse[key] = purse.get(key, 1) - 1
    await event.reply(f"Here you are, {purse[key]} left.")
"""
)

_PENDING = (
    _BOT
    + """
answered = set()


@client.on(events.NewMessage(pattern="/captcha"))
async def captcha(event):
    if event.chat_id in answered:
        await event.reply("You are through already.")
        return
    time.sleep(0.1)
    answered.add(event.chat_id)
    await event.reply(f"Welcome, number {len(answered)}.")
"""
)


_READ_BETWEEN = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
gifts = {5: 1}


def take(who):
    gifts[who] -= 1
    return gifts[who]


@client.on(events.NewMessage(pattern="/gift"))
async def gift(event):
    if gifts.get(event.chat_id, 0) == 0:
        await event.reply("nothing for you")
        return
    with open("card.txt") as file:
        card = file.read()
    await event.reply(f"{card.strip()} ({take(event.chat_id)} left)")
"""

_QUEUE = (
    _BOT
    + """
import collections

waiting = collections.deque(["song a", "song b", "song c"])


@client.on(events.NewMessage(pattern="/play"))
async def play(event):
    song = waiting[0]
    time.sleep(0.05)
    waiting.popleft()
    await event.reply(f"played {song}, {len(waiting)} left")
"""
)

_NONLOCAL = (
    _BOT
    + """

def counter():
    number = 0

    async def next_number(event):
        nonlocal number
        mine = number
        time.sleep(0.1)
        number = mine + 1
        await event.reply(f"You are number {number}.")

    return next_number


client.add_event_handler(counter(), events.NewMessage(pattern="/number"))
"""
)


_SEQUENTIAL = """\
import time

from telegram.ext import Application, CommandHandler

stock = {"tea": 1}


async def order(update, context):
    if not stock["tea"]:
        await update.message.reply_text("no tea left")
        return
    time.sleep(0.1)
    stock["tea"] -= 1
    await update.message.reply_text(f"tea, {stock['tea']} left")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("order", order))
    return app
"""


def _twice(command: str, **more: object) -> dict[str, object]:
    return {"updates": [f"{command} one", f"{command} two"], **more}


CASES = [
    SafetyCase("a ticket counted in a shelf", {"bot.py": _SHELVE}, driving.telethon_bot, _twice("/ticket")),
    SafetyCase(
        "a set of those who are through", {"bot.py": _PENDING}, driving.telethon_bot, _twice("/captcha"), fast=True
    ),
    SafetyCase(
        "a card read between the look and the taking",
        {"bot.py": _READ_BETWEEN, "card.txt": "Happy birthday\n", "requirements.txt": "telethon\naiofiles\n"},
        driving.telethon_bot,
        _twice("/gift"),
    ),
    SafetyCase(
        "a queue whose head others take",
        {"bot.py": _QUEUE},
        driving.telethon_bot,
        {"updates": ["/play", "/play"]},
    ),
    SafetyCase("a number in a closure", {"bot.py": _NONLOCAL}, driving.telethon_bot, {"updates": ["/number"] * 3}),
    SafetyCase(
        "stock of a bot that handles one update at a time",
        {"bot.py": _SEQUENTIAL},
        driving.ptb_bot,
        {"updates": ["/order", "/order"]},
    ),
]
