"""The examples of TGF601: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, patched, untouched
from ....engine.model import Safety

_TELETHON = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")

"""


def _telethon(body: str) -> str:
    return f"{_TELETHON}\n@client.on(events.NewMessage)\nasync def handle(event):\n{body}"


EXAMPLES: tuple[Example, ...] = (
    left(
        """\
from telegram import Update
from telegram.ext import ContextTypes


async def ping(update: Update, context: ContextTypes.DEFAULT_TYPE):
    await context.bot.get_me()
    await update.message.reply_text("Telegram answers")
""",
        "nothing looks at its answer",
        "a sign of life",
    ),
    left(
        """\
from aiogram import Bot, Dispatcher, Router

router = Router()


async def tell(bot: Bot):
    print((await bot.get_me()).username)


dispatcher = Dispatcher()
dispatcher.include_router(router)
dispatcher.startup.register(tell)
dispatcher.run_polling(Bot("1:A"))
""",
        "the first `me()` asks as well",
        "what is asked once, while the bot starts",
    ),
    fixed(
        _telethon("""\
    me = await event.client.get_me()
    if event.sender_id != me.id:
        await event.reply("I am " + str(me.id))
"""),
        _telethon("""\
    me = await event.client.get_me(input_peer=True)
    if event.sender_id != me.user_id:
        await event.reply("I am " + str(me.user_id))
"""),
        "one's own id in Telethon",
        safety=Safety.UNSAFE,
    ),
    fixed(
        _telethon("""\
    chat = await event.client.get_entity(event.chat_id)
    sender = await event.client.get_entity(
        event.sender_id  # who wrote it
    )
    reply = await event.get_reply_message()
    print(chat.title, sender.first_name, (await event.client.get_entity(reply.sender_id)).username)
"""),
        _telethon("""\
    chat = await event.get_chat()
    sender = await event.client.get_entity(
        event.sender_id  # who wrote it
    )
    reply = await event.get_reply_message()
    print(chat.title, sender.first_name, (await reply.get_sender()).username)
"""),
        "the chat of an event, and the sender of the message that it answers",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from telegram import Update
 from telegram.ext import Application, CommandHandler, ContextTypes


 async def invite(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
-    if update.effective_user.id != (await context.bot.get_me()).id:
+    if update.effective_user.id != context.bot.id:
         await update.message.reply_text("Hello")


 app = Application.builder().token("TOKEN").build()
 app.add_handler(CommandHandler("invite", invite))
""",
        "one's own id in python-telegram-bot",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from telegram.ext import Application, CommandHandler


 async def invite(update, context):
-    me = await context.bot.get_me()
+    me = context.bot.bot
     await update.message.reply_text(f"{me.full_name}: https://t.me/{me.username}")


 app = Application.builder().token("TOKEN").build()
 app.add_handler(CommandHandler("invite", invite))
""",
        "names may be edited meanwhile",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from aiogram import Bot, Router
 from aiogram.types import Message

 router = Router()


 @router.message()
 async def link(message: Message, bot: Bot):
-    me = await bot.get_me()
-    if message.from_user.id != (await message.bot.get_me()).id:
+    me = await bot.me()
+    if message.from_user.id != message.bot.id:
         await message.answer(f"https://t.me/{me.username}")


 dp.include_router(router)
""",
        "aiogram 3",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from pyrogram import Client, filters

 app = Client("bot")


 @app.on_message(filters.command("help"))
 async def tell(client: Client, message):
-    me = await client.get_me()
     await message.reply("Ask me anything")
""",
        "an answer that nobody looks at",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from pyrogram import Client, filters
-from pyrogram.types import User

 app = Client("bot")


 @app.on_message(filters.command("help"))
 async def tell(client: Client, message):
     if message.from_user is None:
-        me: User = await client.get_me()
         await message.reply("Nobody asks")
         return
-    me: User = await client.get_me()
     await message.reply("Ask me anything")
""",
        "an answer that nobody looks at, two times",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from pyrogram import Client, filters

 app = Client("bot")


 @app.on_message(filters.private)
 async def link(client: Client, message):
-    await message.reply("https://t.me/" + (await client.get_me()).username)
+    await message.reply("https://t.me/" + client.me.username)
""",
        "Pyrogram 2",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from pyrogram import Client


class Bot(Client):
    def __init__(self):
        super().__init__(session_name="bot")


@Client.on_message()
async def link(client: Client, message):
    await message.reply("https://t.me/" + (await client.get_me()).username)
""",
        "`session_name` in `bot.py` is for a Pyrogram older than 2",
        "Pyrogram 1",
    ),
    left(
        """\
from pyrogram import Client, Filters


@Client.on_message(Filters.me)
async def link(client: Client, message):
    await message.reply("https://t.me/" + (await client.get_me()).username)
""",
        "`Filters` in `bot.py` is for a Pyrogram older than 2",
        "Pyrogram before 1.0",
    ),
    fixed(
        _telethon("""\
    admin = await client.get_entity("somebody")
    await client.send_message(admin, event.raw_text)
"""),
        _telethon("""\
    admin = await client.get_input_entity("somebody")
    await client.send_message(admin, event.raw_text)
"""),
        "a peer to write to",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from telegram import Bot
from telegram.error import InvalidToken
from telegram.ext import Application, CommandHandler


async def clone(update, context):
    try:
        bot = Bot(context.args[0])
        await update.message.reply_text((await bot.get_me()).username)
    except InvalidToken:
        await update.message.reply_text("This is no token.")


def main():
    application = Application.builder().token("TOKEN").build()
    application.add_handler(CommandHandler("clone", clone))
    application.run_polling()
""",
        "a client that is made here has not been asked yet",
        "a request that tells whether a token is right",
    ),
    left(
        _telethon("""\
    me = await client.get_me()
    await event.reply(f"I am {me.first_name} ({me.id})")
"""),
        "`first_name` is used, and Telethon keeps only the id",
        "a name, which Telethon does not keep",
    ),
    untouched(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 12345, "hash")


async def main():
    me = await client.get_me()
    print("running as", me.id)
    await client.run_until_disconnected()


@client.on(events.NewMessage)
async def handle(event):
    me = await client.get_me(input_peer=True)
    chat = await event.get_chat()
    user = await client.get_entity("somebody")
    await event.reply(f"{chat.id}: {user.first_name} {me.user_id}")


client.loop.run_until_complete(main())
""",
        "asked once, asked for what the bot does not know, or saved already",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/check"))
async def check(event):
    chat = await event.client.get_entity(event.chat_id)
    async for member in event.client.iter_participants(chat):
        await event.reply(await look_up(member, chat.title))
""",
        "sends a request for each of many",
        "a request of a command that takes minutes",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/check"))
async def check(event):
    try:
        chat = await event.client.get_entity(event.chat_id)
    except (TypeError, ValueError):
        return
    await event.reply(chat.title)
""",
        "is there for a chat that `get_entity()` does not find",
        "a look-up that may find nobody",
    ),
)
