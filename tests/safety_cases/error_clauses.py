"""TGF401: except clauses around Telegram calls, and what the program has at hand in them."""

from __future__ import annotations

from typing import Any

from telethon import errors
from twin import Run
from twin.ptb import Failure

from . import SafetyCase, driving

_MAIN_ONLY = """\
import logging

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/del"))
async def delete(event):
    try:
        await event.delete()
    except Exception as e:
        print("could not delete:", type(e).__name__)


if __name__ == "__main__":
    logger = logging.getLogger("bot")
    client.start()
    client.run_until_disconnected()
"""

_UNSET = """\
import logging

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
logger = None


def set_up():
    global logger
    logger = logging.getLogger("bot")


@client.on(events.NewMessage(pattern="/del"))
async def delete(event):
    try:
        await event.delete()
    except Exception as e:
        print("could not delete:", type(e).__name__)
"""

_OPTIONAL = """\
import os

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")

if os.environ.get("BOT_LOG"):
    import logging

    logger = logging.getLogger(os.environ["BOT_LOG"])


@client.on(events.NewMessage(pattern="/del"))
async def delete(event):
    try:
        await event.delete()
    except Exception as e:
        print("could not delete:", type(e).__name__)
"""

_REPORTED = """\
import logging

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
logger = logging.getLogger("bot")


class ToOwner(logging.Handler):
    def emit(self, record):
        print("the owner is told:", record.levelname)


logger.addHandler(ToOwner())
logger.propagate = False


@client.on(events.NewMessage(pattern="/del"))
async def delete(event):
    try:
        await event.delete()
    except Exception as e:
        print("not deleted:", type(e).__name__)
"""

_SHADOWED = """\
import logging

from telethon import TelegramClient, errors, events

client = TelegramClient("bot", 1, "hash")
log = logging.getLogger("bot")


@client.on(events.NewMessage(pattern="/del"))
async def delete(event):
    errors = []
    try:
        await event.delete()
    except Exception as e:
        errors.append(type(e).__name__)
    print("errors:", errors)
"""

_WITHIN = """\
import logging

from telegram.ext import Application, CommandHandler

logger = logging.getLogger("bot")


async def pin(update, context):
    try:
        await context.bot.pin_chat_message(update.effective_chat.id, update.message.reply_to_message.message_id)
    except Exception as e:
        logger.debug("not pinned: %s", e)
        await update.message.reply_text("Answer a message with /pin.")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("pin", pin))
    return app
"""

_BROADCAST = """\
import logging

from telegram.ext import Application, CommandHandler

logger = logging.getLogger(__name__)
CHATS = (11, 12)


async def news(update, context):
    failed = 0
    for chat in CHATS:
        try:
            await context.bot.send_message(chat, "news")
        except Exception as e:
            logger.warning("chat %s: %s", chat, e)
            failed += 1
    await update.message.reply_text(f"{failed} failed")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("news", news))
    return app
"""

_DELETE = """\
import logging

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
logger = logging.getLogger(__name__)


@client.on(events.NewMessage(pattern="/del"))
async def delete(event):
    try:
        await event.delete()
    except Exception as e:
        logger.error("not deleted: %s", e)
    print("handled")
"""


def _broken(request: object) -> BaseException:
    return RuntimeError("a slip in the library")


def _blocked(parameters: Any) -> Any:
    if parameters["chat_id"] == 11:
        return Failure(403, "Forbidden: bot was blocked by the user")
    return {"message_id": 9, "date": 1, "chat": {"id": parameters["chat_id"], "type": "private"}, "text": "x"}


def failing(run: Run, kind: str, **arguments: Any) -> None:
    """A Telethon bot whose messages cannot be deleted: Telegram forbids it, or something breaks."""
    answer = errors.MessageDeleteForbiddenError if kind == "forbidden" else _broken
    driving.telethon_bot(run, answers={"DeleteMessagesRequest": answer}, **arguments)


_DEL = {"kind": "broken", "updates": ["/del"]}

CASES = [
    SafetyCase("a logger that only the script has", {"bot.py": _MAIN_ONLY}, failing, _DEL, fast=True),
    SafetyCase("a logger that is None until later", {"bot.py": _UNSET}, failing, _DEL),
    SafetyCase("a logger that is there if asked for", {"bot.py": _OPTIONAL}, failing, _DEL),
    SafetyCase("a log whose records reach the owner", {"bot.py": _REPORTED}, failing, _DEL),
    SafetyCase("a variable named as the library's errors", {"bot.py": _SHADOWED}, failing, _DEL),
    SafetyCase(
        "a clause that answers a mistake of the user's", {"bot.py": _WITHIN}, driving.ptb_bot, {"updates": ["/pin"]}
    ),
    SafetyCase(
        "a broadcast that counts failures",
        {"bot.py": _BROADCAST},
        driving.ptb_bot,
        {"updates": ["/news"], "answers": {"sendMessage": _blocked}},
    ),
    SafetyCase(
        "a message that may not be deleted", {"bot.py": _DELETE}, failing, {"kind": "forbidden", "updates": ["/del"]}
    ),
]
