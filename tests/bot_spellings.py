"""One bot in the spellings of several libraries."""

from __future__ import annotations

_IMPORTS = """\
import asyncio
import json
import logging
import sqlite3
import subprocess
import time

import requests
"""
#: Library → its requirement, the imports and clients, the lines above a handler, what starts the bot, what answers and what sends.
HEADS = {
    "telethon": (
        "telethon>=1.40",
        'from telethon import TelegramClient, events\n\nbot = TelegramClient("my", 1, "x")\n',
        '@bot.on(events.NewMessage(pattern="/{name}"))\nasync def {name}(message):\n',
        "bot.start()\nbot.run_until_disconnected()\n",
        ("message.reply(", "bot.send_message("),
    ),
    "aiogram2": (
        "aiogram==2.25.1",
        'from aiogram import Bot, Dispatcher, executor, types\n\nbot = Bot(token="42:TOKEN")\ndp = Dispatcher(bot)\n',
        '@dp.message_handler(commands=["{name}"])\nasync def {name}(message: types.Message):\n',
        "executor.start_polling(dp)\n",
        ("message.answer(", "bot.send_message("),
    ),
    "aiogram3": (
        "aiogram>=3.4",
        "from aiogram import Bot, Dispatcher\nfrom aiogram.filters import Command\nfrom aiogram.types import Message\n\n"
        'bot = Bot("42:TOKEN")\ndp = Dispatcher()\n',
        '@dp.message(Command("{name}"))\nasync def {name}(message: Message) -> None:\n',
        'if __name__ == "__main__":\n    asyncio.run(dp.start_polling(bot))\n',
        ("message.answer(", "bot.send_message("),
    ),
    "pyrogram": (
        "kurigram>=2.2",
        'from pyrogram import Client, filters\n\nbot = Client("my", api_id=1, api_hash="x", in_memory=True)\n',
        '@bot.on_message(filters.command("{name}"))\nasync def {name}(client, message):\n',
        "bot.run()\n",
        ("message.reply_text(", "client.send_message("),
    ),
    "hydrogram": (
        "hydrogram",
        "from hydrogram import Client, filters\nfrom hydrogram.types import Message\n\n"
        'bot = Client("my", api_id=1, api_hash="x")\n',
        '@bot.on_message(filters.command("{name}"))\nasync def {name}(client: Client, message: Message):\n',
        "bot.run()\n",
        ("message.reply_text(", "client.send_message("),
    ),
    "telebot": (
        "pyTelegramBotAPI",
        'from telebot.async_telebot import AsyncTeleBot\n\nbot = AsyncTeleBot("42:TOKEN")\n',
        '@bot.message_handler(commands=["{name}"])\nasync def {name}(message):\n',
        "asyncio.run(bot.polling())\n",
        ("bot.send_message(message.chat.id, ", "bot.send_message("),
    ),
}
_BODIES = {
    "pause": """\
    await ANSWER"one")
    time.sleep(0.01)
    await ANSWER"two")
""",
    "weather": """\
    await ANSWER"wait")
    answer = requests.get("https://api.example.com/w", timeout=10)
    await ANSWERanswer.text)
""",
    "say": """\
    spoken = subprocess.run(["echo", "hello"], capture_output=True, text=True)
    await ANSWERspoken.stdout)
""",
    "helped": """\
    await ANSWERfetch("x"))
""",
    "logged": """\
    await ANSWER"noted")
    with open("log.txt", "a") as f:
        f.write("x\\n")
""",
    "config": """\
    settings = load()
    await ANSWERsettings["hello"])
""",
    "tell": """\
    try:
        await SEND5, "hello")
    except Exception:
        await ANSWER"I may not write there")
""",
    "told": """\
    try:
        await SEND5, "hello")
    except Exception:
        pass
""",
    "everyone": """\
    for user in json.load(open("users.json")):
        await SENDuser, "news")
        await asyncio.sleep(0.1)
""",
    "everybody": """\
    for user in USERS:
        try:
            await SENDuser, "news")
        except Exception as error:
            logging.warning("not sent: %s", error)
""",
    "rows": """\
    connection = sqlite3.connect("a.db")
    found = connection.execute("select 1").fetchall()
    connection.close()
    await ANSWERstr(found))
""",
}
_FUNCTIONS = """

USERS = [1, 2, 3]


def fetch(city):
    return requests.get("https://api.example.com/" + city, timeout=10).text


def load():
    with open("config.json") as f:
        return json.load(f)


"""


def bot(library: str) -> dict[str, str]:
    """The files of the bot, for one of `HEADS`."""
    requirement, head, decorator, tail, (answer, send) = HEADS[library]
    bodies = {name: body.replace("ANSWER", answer).replace("SEND", send) for name, body in _BODIES.items()}
    handlers = "\n\n".join(decorator.replace("{name}", name) + body for name, body in bodies.items())
    return {
        "bot.py": f"{_IMPORTS}{head}{_FUNCTIONS}{handlers}\n\n{tail}",
        "requirements.txt": f"{requirement}\nrequests\n",
    }
