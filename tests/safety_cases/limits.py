"""TGF204, TGF402 and TGF403: the limits of Telegram and of the bot's own connections."""

from __future__ import annotations

from twin import Run, telethon

from . import SafetyCase, driving

_QUEUE = """\
import asyncio

from telegram.ext import Application, CommandHandler

queue = []


async def join(update, context):
    place = len(queue) + 1
    await asyncio.sleep(0.05 / place)
    queue.append(update.effective_user.id)
    await update.message.reply_text(f"number {place}, {queue}")


def build():
    app = Application.builder().token("1:A"){more}.build()
    app.add_handler(CommandHandler("join", join))
    return app
"""

_CONVERSATION = """\
import asyncio

from telegram.ext import ApplicationBuilder, CommandHandler, ConversationHandler, MessageHandler, filters

NAME, AGE = range(2)


async def begin(update, context):
    await asyncio.sleep(0.02)
    await update.message.reply_text("Your name?")
    return NAME


async def name(update, context):
    context.user_data["name"] = update.message.text
    await update.message.reply_text("Your age?")
    return AGE


async def age(update, context):
    await update.message.reply_text(f"{context.user_data['name']}, {update.message.text}")
    return ConversationHandler.END


def build():
    app = ApplicationBuilder().token("1:A").build()
    words = filters.TEXT & ~filters.COMMAND
    states = {NAME: [MessageHandler(words, name)], AGE: [MessageHandler(words, age)]}
    app.add_handler(ConversationHandler([CommandHandler("start", begin)], states, []))
    return app
"""

_CLIENT = """\
import asyncio
import time

from telethon import TelegramClient
from telethon.errors import FloodWaitError

client = TelegramClient("bot", 1, "hash"{more})

"""

_ANNOUNCED = (
    _CLIENT.format(more="")
    + """
async def main():
    begin = time.monotonic()
    sent = 0
    for user in range(1, 6):
        await client.send_message(user, "The shop is open for ten minutes.")
        sent += 1
        print(sent, "sent", "in time" if time.monotonic() - begin < 1 else "late")
"""
)

_COUNTED = (
    _CLIENT.format(more="")
    + """
async def main():
    failed = []
    for user in range(1, 6):
        try:
            await client.send_message(user, "hello")
        except Exception as error:
            failed.append((user, type(error).__name__))
    print(failed)
"""
)

_OWN_WAITS = (
    _CLIENT.format(more=", flood_sleep_threshold=0")
    + """
async def main():
    for user in range(1, 6):
        try:
            await client.send_message(user, "hello")
        except FloodWaitError as error:
            print(f"asked to wait {error.seconds} s, going on with the next")
"""
)

_PATIENT = (
    _CLIENT.format(more=", flood_sleep_threshold=24 * 3600")
    + """
async def main():
    for user in range(1, 4):
        await client.send_message(user, "hello")
    print("all sent")
"""
)

_ONE_BY_ONE = (
    _CLIENT.format(more="")
    + """
async def main():
    names = []
    async for message in client.iter_messages("someone", limit=5):
        names.append(message.id)
        await client.send_message("me", str(message.id))
    print(names)
"""
)


async def with_floods(run: Run, waits: dict[int, int]) -> None:
    """Call `main`; the messages with these numbers are answered by a wait of so many seconds."""
    with telethon.offline(run) as telegram:
        telegram.history = telethon.history(8)
        count = 0

        def answer(request: object) -> object:
            nonlocal count
            count += 1
            if count in waits:
                return telethon.rpc_error(f"FLOOD_WAIT_{waits[count]}", 420)
            return telegram._sent(request)

        telegram.answers["SendMessageRequest"] = answer
        await run.module.client.connect()
        try:
            await run.module.main()
        except Exception as error:
            print("ended by", type(error).__name__)
        await run.module.client.disconnect()


_JOINS = {"updates": [("/join", 1), ("/join", 2), ("/join", 3)]}

CASES = [
    SafetyCase(
        "places in a queue, update by update", {"bot.py": _QUEUE.replace("{more}", "")}, driving.ptb_bot, _JOINS
    ),
    SafetyCase(
        "places in a queue and a small pool",
        {"bot.py": _QUEUE.replace("{more}", ".connection_pool_size(1).pool_timeout(0.5)")},
        driving.ptb_bot,
        _JOINS,
    ),
    SafetyCase(
        "questions in their order",
        {"bot.py": _CONVERSATION},
        driving.ptb_bot,
        {"updates": ["/start", "Ann", "33", "x"]},
    ),
    SafetyCase("news that are good for ten minutes", {"bot.py": _ANNOUNCED}, with_floods, {"waits": {3: 90}}),
    SafetyCase("failures that are counted", {"bot.py": _COUNTED}, with_floods, {"waits": {2: 70, 4: 70}}),
    SafetyCase("waits that the program goes past", {"bot.py": _OWN_WAITS}, with_floods, {"waits": {2: 20, 4: 30}}),
    SafetyCase("waits that the client sleeps through", {"bot.py": _PATIENT}, with_floods, {"waits": {2: 1}}),
    SafetyCase("copies that end at the first wait", {"bot.py": _ONE_BY_ONE}, with_floods, {"waits": {4: 65}}),
]
