"""Programs that ask Telegram for much in loops."""

from __future__ import annotations

_HEAD = """\
{imports}from telethon import TelegramClient, types

client = TelegramClient("account", 1, "hash")
done, failed = [], []


"""
SENDING = (
    _HEAD
    + """\
async def main(users):
    for user in users:
        await client.send_message(types.InputPeerUser(user, user), f"Hello {{user}}")
        done.append(user)
"""
)
SWALLOWING = (
    _HEAD
    + """\
async def main(users):
    for user in users:
        try:
            await client.send_message(types.InputPeerUser(user, user), f"Hello {{user}}")
            done.append(user)
        except Exception as e:
            failed.append(user)
"""
)
ITERATING = (
    _HEAD
    + """\
async def main(users):
    async for message in client.iter_messages("someone"{arguments}):
        done.append(message.id)
"""
)
BOT = """\
from telegram.ext import Application, CommandHandler


async def announce(update, context):
    for number in range(3):
        await context.bot.send_message(5 + number, f"Hello {number}")


def build():
    application = (
        Application.builder()
        .token("1:a")  # of the test
        .build()
    )
    application.add_handler(CommandHandler("announce", announce))
    return application
"""
