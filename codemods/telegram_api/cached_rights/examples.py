"""The examples of TGF605: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety

_HELPER = '''\


@alru_cache(maxsize=1024, ttl=30)
async def asked_lately(ask, *args, **kwargs):
    """Ask Telegram, or tell what it answered in the last 30 seconds. Errors are not kept."""
    return await ask(*args, **kwargs)
'''

EXAMPLES: tuple[Example, ...] = (
    fixed(
        """\
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE):
    asking = await context.bot.get_chat_member(update.effective_chat.id, update.effective_user.id)
    if asking.status in ("administrator", "creator"):
        await update.message.reply_text("Hello, boss")


app = Application.builder().token("1:A").build()
app.add_handler(MessageHandler(filters.TEXT, answer))
""",
        f"""\
from async_lru import alru_cache
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters
{_HELPER}

async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE):
    asking = await asked_lately(
        context.bot.get_chat_member, update.effective_chat.id, update.effective_user.id
    )
    if asking.status in ("administrator", "creator"):
        await update.message.reply_text("Hello, boss")


app = Application.builder().token("1:A").build()
app.add_handler(MessageHandler(filters.TEXT, answer))
""",
        "who is asked about with each message",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage(pattern="/rules"))
async def rules(event):
    rights = await client.get_permissions(event.chat_id, event.sender_id)
    if rights.is_admin:
        await event.reply("What is to be changed?")
""",
        f"""\
from async_lru import alru_cache
from telethon import TelegramClient, events
{_HELPER}

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage(pattern="/rules"))
async def rules(event):
    rights = await asked_lately(client.get_permissions, event.chat_id, event.sender_id)
    if rights.is_admin:
        await event.reply("What is to be changed?")
""",
        "Telethon's permissions",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes


async def ban(update: Update, context: ContextTypes.DEFAULT_TYPE):
    asking = await context.bot.get_chat_member(update.effective_chat.id, update.effective_user.id)
    if asking.status in ("administrator", "creator"):
        await update.effective_chat.ban_member(update.message.reply_to_message.from_user.id)


app = Application.builder().token("1:A").build()
app.add_handler(CommandHandler("ban", ban))
""",
        "who was demoted must not do that",
        "a ban",
    ),
    left(
        """\
from telegram import Update
from telegram.ext import Application, ContextTypes, MessageHandler, filters


async def answer(update: Update, context: ContextTypes.DEFAULT_TYPE):
    asking = await context.bot.get_chat_member("@news", update.effective_user.id)
    if asking.status not in ("member", "administrator", "creator"):
        await update.message.reply_text("Join @news first")


app = Application.builder().token("1:A").build()
app.add_handler(MessageHandler(filters.TEXT, answer))
""",
        "he may have joined just now",
        "whether somebody has joined",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


@client.on(events.NewMessage)
async def rules(event):
    rights = await client.get_permissions(await event.get_chat(), event.sender_id)
    if rights.is_admin:
        await event.reply("What is to be changed?")
""",
        "need not be a number",
        "a chat that cannot be a key",
    ),
    untouched(
        """\
import asyncio

from telegram import Bot


async def main():
    async with Bot("1:A") as bot:
        for admin in await bot.get_chat_administrators("@news"):
            print(admin.user.full_name)


asyncio.run(main())
""",
        "a script that asks once",
    ),
)
