"""TGF601: requests whose answer is not what the bot knows already, or that are sent for another reason."""

from __future__ import annotations

from . import SafetyCase, driving

_TELETHON = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")

"""
_HEAD = f"{_TELETHON}\n@client.on(events.NewMessage)\nasync def handle(event):\n"
_HEALTH = """\
    try:
        me = await client.get_me()
        print("alive", me.id)
    except ConnectionError:
        print("away")
"""
_DELEGATED = """\
    try:
        print(await alive(event))
    except Exception as error:
        print("no answer:", type(error).__name__)


async def alive(event):
    return (await event.client.get_me()).id
"""
_FULL = """\
    chat = await event.client.get_entity(event.chat_id)
    print(type(chat).__name__, chat.status, chat.mutual_contact)
"""
_OWN = """\
    print((await client.get_me()).id)


class Muted(TelegramClient):
    async def get_me(self, input_peer=False):
        return type("Me", (), {"id": 7, "user_id": 8, "bot": False, "access_hash": 1})


client.__class__ = Muted
"""
_PTB = """\
from telegram.ext import Application, CommandHandler


async def who(update, context):
    await context.bot.set_my_name(update.message.text)
    me = await context.bot.get_me()
    await update.message.reply_text(me.first_name)


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("who", who))
    return app
"""
_KNOWN = {"updates": ["hi", "there"]}

CASES = [
    SafetyCase(
        "a request that shows that the server is there", {"bot.py": _HEAD + _HEALTH}, driving.telethon_bot, _KNOWN
    ),
    SafetyCase(
        "a request whose failure the caller takes", {"bot.py": _HEAD + _DELEGATED}, driving.telethon_bot, _KNOWN
    ),
    SafetyCase("what only a request tells of a user", {"bot.py": _HEAD + _FULL}, driving.telethon_bot, _KNOWN),
    SafetyCase("a client that answers for itself", {"bot.py": _HEAD + _OWN}, driving.telethon_bot, _KNOWN),
    SafetyCase("a name that the bot has just changed", {"bot.py": _PTB}, driving.ptb_bot, {"updates": ["/who me"]}),
]
