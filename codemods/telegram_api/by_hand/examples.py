"""The examples of TGF606: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, left, untouched

EXAMPLES: tuple[Example, ...] = (
    left(
        """\
from telegram import Update
from telegram.ext import Application, CommandHandler
from telethon import TelegramClient


async def members(update: Update, context):
    async with TelegramClient("bot", 12345, "hash") as client:
        await update.message.reply_text(str(await client.get_me()))


def main():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("members", members))
    app.run_polling()
""",
        "make one client when the program starts",
        "a client for each update",
    ),
    left(
        """\
import psycopg2
from telegram import Update


def balance(user):
    connection = psycopg2.connect("dbname=bot")
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT coins FROM users WHERE id = %s", (user,))
        return cursor.fetchone()


async def coins(update: Update, context):
    await update.message.reply_text(str(balance(update.effective_user.id)))
""",
        "`psycopg2.pool.ThreadedConnectionPool(1, 10, …)` made once",
        "a connection for each query",
    ),
    left(
        """\
from telethon import TelegramClient, types


async def count(client: TelegramClient, chat):
    print(len(await client.get_participants(chat)))
""",
        "limit=0",
        "members that are counted",
    ),
    left(
        """\
import asyncio

from telegram.ext import Application


async def main():
    print(Application)


loop = asyncio.get_event_loop()
loop.run_until_complete(main())
""",
        "`asyncio.run(main())`",
        "an event loop that Python 3.14 no longer makes",
    ),
    left(
        """\
import asyncio

from telegram import Update


async def start(update: Update, context):
    asyncio.create_task(update.message.reply_text("Hello"))
""",
        "keep it until it is done",
        "a task that nobody keeps",
    ),
    left(
        """\
from telethon import TelegramClient

client = TelegramClient("bot", 12345, "hash")
""",
        "`chmod 600`",
        "a session file",
    ),
    left(
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
        "@alru_cache(ttl=30)",
        "the rights of an administrator",
    ),
    left(
        """\
import asyncio

from telethon import TelegramClient


async def tell(client: TelegramClient, chats, text):
    await asyncio.gather(*[client.send_message(chat, text) for chat in chats])
""",
        "one after the other",
        "messages all at once",
    ),
    untouched(
        """\
import asyncio

from telethon import TelegramClient
from telethon.sessions import StringSession

client = TelegramClient(StringSession(input()), 12345, "hash")
tasks = set()


async def main(chat):
    task = asyncio.get_event_loop().create_task(client.run_until_disconnected())
    tasks.add(task)
    print(len(await client.get_participants(chat, limit=5)))


asyncio.run(main("chat"))
""",
        "what costs no more than it has to",
    ),
)
