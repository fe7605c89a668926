"""Examples of specific-telegram-errors: the shapes that bots have most often, and what is left alone."""

from __future__ import annotations

from ....engine.codemod import Example, Sources, left, patched, untouched
from ....engine.model import Safety


def _narrowed(diff: Sources, title: str, **more: object) -> Example:
    return patched(diff, title, safety=Safety.UNSAFE, **more)


_AIOGRAM_3 = """\
from aiogram import Bot, F, Router
from aiogram.types import CallbackQuery, Message

router = Router()


@router.message(F.text == "/ban")
async def ban(message: Message, bot: Bot):
    try:
        await bot.ban_chat_member(message.chat.id, 5)
        await message.answer("Done")
    except Exception:
        await message.answer("I have no rights here")


@router.callback_query()
async def pressed(callback: CallbackQuery):
    try:
        await callback.answer()
    except Exception as error:
        print(error)
"""
_PYROGRAM = """\
 from pyrogram import Client, filters
+from pyrogram.errors import RPCError

 app = Client("bot")


 @app.on_message(filters.command("ban"))
 async def ban(client, message):
     try:
         await client.ban_chat_member(message.chat.id, 5)
         await message.reply("Done")
-    except Exception:
+    except (RPCError, OSError, ValueError):
         await message.reply("I have no rights here")


 app.run()
"""

EXAMPLES = (
    _narrowed(
        """\
 from telethon import TelegramClient, events

 client = TelegramClient("account", 1, "hash")


 @client.on(events.NewMessage(pattern="/ban"))
 async def ban(event):
     banned = 0
     async for dialog in client.iter_dialogs():
         try:
             await client.edit_permissions(dialog, "spammer", view_messages=False)
             banned += 1
-        except:
+        except Exception:
             pass
     await event.reply(f"in {banned} chats")
""",
        "a loop that cannot be cancelled",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")


@client.on(events.NewMessage(pattern="/tell"))
async def tell(event):
    told = failed = 0
    for name in ["shop", "news"]:
        try:
            await client.send_message(name, event.raw_text)
            told += 1
        except Exception:
            failed += 1
    await event.reply(f"{told} told, {failed} failed")
""",
        "it counts what fails, and the loop goes on",
        "a loop that counts what fails",
    ),
    left(
        """\
from bot import register
from telethon import TelegramClient

client = TelegramClient("account", 1, "hash")


@register(incoming=True, disable_errors=True)
async def clean(event):
    try:
        await client.delete_messages("chat", event.id)
    except Exception:
        await event.reply("I may not delete here")
""",
        "its decorator keeps errors to itself",
        "a decorator that is told to hide errors",
    ),
    left(
        """\
from telethon import TelegramClient


async def clean(client: TelegramClient, event):
    try:
        await client.delete_messages("chat", event.id)
    except Exception:
        await event.reply("I may not delete here")
        await answer.delete()
""",
        "nothing defines `answer`",
        "a clause that fails itself",
    ),
    untouched(
        """\
import logging

from telethon import TelegramClient, errors

log = logging.getLogger(__name__)


async def show(client: TelegramClient, event):
    try:
        await event.delete()
    except Exception as e:
        await event.reply(f"Failed: {e}")
    try:
        await client.get_me()
    except Exception:
        log.exception("who am I?")


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception as e:
        log.error("no messages: %s", e)
        raise


async def look(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception as e:
        if isinstance(e, errors.FloodWaitError):
            return []
        print("failed")


async def take(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except (errors.RPCError, ConnectionError) as e:
        print(e)
    except Exception:
        log.exception("a mistake")


async def load(api):
    try:
        return await api.edit("something else")
    except Exception:
        return None
""",
        "clauses that show or log the error, raise it again or tell errors apart, and a call of something unknown",
    ),
    left(
        """\
from telethon import TelegramClient


async def clean(client: TelegramClient, message):
    try:
        await client.delete_messages("chat", message)
    except Exception:
        pass
""",
        "it guards a step that must not stop the rest",
        "a step that may fail",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")


@client.on(events.NewMessage(pattern="/age"))
async def age(event):
    reply = await event.get_reply_message()
    try:
        await client.send_message("me", str(int(reply.text)))
    except Exception:
        await event.reply("Reply to a number")
""",
        "may fail by itself, for which the clause may be there",
        "an error of the clause's own",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")


@client.on(events.NewMessage(pattern="/copy"))
async def copy(event):
    picture = await event.download_media()
    try:
        await client.send_file("me", picture)
    except Exception:
        await event.reply("That is no picture")
""",
        "`picture` may raise TypeError, where it is None",
        "what may be None",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")


@client.on(events.NewMessage(pattern="/greet"))
async def greet(event):
    try:
        sent = await client.send_message("friend", "Hello")
    except Exception:
        sent = await client.send_message("me", "Hello")
    await event.reply(str(sent.id))
""",
        "it goes another way",
        "another way",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("account", 1, "hash")


@client.on(events.NewMessage(pattern="/clean"))
async def clean(event):
    try:
        await event.delete()
    except Exception:
        await event.reply("I may not delete here")
""",
        "its `try` holds one request",
        "one request, and nothing that could be wrong",
    ),
    _narrowed(
        """\
 import logging

-from telethon import TelegramClient, events
+from telethon import TelegramClient, errors, events

 client = TelegramClient("account", 1, "hash")
 log = logging.getLogger(__name__)


 @client.on(events.NewMessage(pattern="/clean"))
 async def clean(event):
     try:
         await event.delete()
         await event.respond("Clean")
-    except Exception:  # whatever it is
+    except (errors.RPCError, ConnectionError, ValueError):  # whatever it is
         await event.reply("I may not delete here")
""",
        "a handler that says what may be wrong",
    ),
    _narrowed(
        """\
 from telethon import TelegramClient
-from telethon.errors import FloodWaitError
+from telethon.errors import FloodWaitError, RPCError
 from telethon.sessions import StringSession


 async def announce(client: TelegramClient, chat, text):
     try:
         await client.send_message(chat, f"News: {text}")
     except FloodWaitError as e:
         print("wait", e.seconds)
         return False
-    except Exception:
+    except (RPCError, ConnectionError, ValueError):
         await client.send_message("me", "not sent: no rights?")
         return False
     return True
""",
        "what a clause above catches is left out",
    ),
    _narrowed(
        """\
-from telethon import TelegramClient
+from telethon import TelegramClient, errors
 from telethon.tl.functions.channels import JoinChannelRequest


 class Joiner:
     def __init__(self, client: TelegramClient):
         self.client = client

     async def join(self, name):
         try:
             await self.client(JoinChannelRequest(name))
-        except:
+        except (errors.RPCError, ConnectionError, ValueError):
             pass
""",
        "a bare clause around a request, where all are to be narrowed",
        options={"everywhere": True},
    ),
    _narrowed(
        """\
 import asyncio

-from telethon import TelegramClient
+from telethon import TelegramClient, errors

 client = TelegramClient("account", 1, "hash")


 async def ask(chat):
     async with client.conversation(chat) as conversation:
         try:
             await conversation.send_message("How old are you?")
             answer = await conversation.get_response()
             return int(answer.raw_text)
-        except (ValueError, Exception):
+        except (
+            errors.RPCError,
+            asyncio.TimeoutError,
+            ConnectionError,
+            TypeError,
+            ValueError,
+        ):
             return None
         finally:
             print("asked")
""",
        "a conversation, with a tuple and finally",
        options={"everywhere": True},
    ),
    _narrowed(
        """\
-from telethon import events
+from telethon import errors, events


 @events.register(events.NewMessage)
 async def keep(event):
     try:
         await event.download_media("media/")
         raise events.StopPropagation
-    except Exception:
+    except (errors.RPCError, OSError, ValueError):
         print("not kept")
""",
        "StopPropagation works again, and a download fails with OSError",
    ),
    _narrowed(
        """\
 import logging

 from telegram import Update
+from telegram.error import TelegramError
 from telegram.ext import ContextTypes

 logger = logging.getLogger(__name__)


 async def start(update: Update, context: ContextTypes.DEFAULT_TYPE):
     try:
         await update.message.reply_text("Hello")
         await update.message.reply_text("/help tells more")
-    except Exception:
+    except TelegramError:
         logger.info("blocked")
         await context.bot.send_message(1, "a user has blocked the bot")
""",
        "python-telegram-bot",
    ),
    _narrowed(
        {
            "bot.py": """\
+from telethon import errors
+
 from core import client


 async def find(name):
     try:
         return await client.get_input_entity(name)
-    except Exception: return None
+    except (errors.RPCError, ConnectionError, ValueError): return None
""",
            "core.py": """\
from telethon import TelegramClient as Client


class Bot(Client):
    pass


client = Bot("account", 1, "hash")
""",
        },
        "a client of the project's own class in another file",
        options={"everywhere": True},
    ),
    left(
        """\
from telethon import TelegramClient

from backup import save


async def store(client: TelegramClient, chat):
    try:
        messages = await client.get_messages(chat, 10)
        save(messages)
    except Exception:
        print("not stored")
""",
        "the try body also calls save(), whose errors are not known; for the known calls RPCError,",
        "work of the project's own in the body",
    ),
    left(
        """\
from telethon import TelegramClient


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception as e:
        print(e.message)
""",
        "the clause reads e.message, which ConnectionError does not have; RPCError, ConnectionError and ValueError would fit",
        "an attribute that not every class has",
        options={"everywhere": True},
    ),
    left(
        """\
try:
    from telethon import TelegramClient
except ImportError:
    TelegramClient = None


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception:
        return []
""",
        "the file imports telethon only where it is there, and would need it from the start",
        "a library that may be missing",
    ),
    left(
        """\
from telethon import TelegramClient


async def store(client: TelegramClient, chat):
    try:
        return await client.get_messages(chat, 10)
    except Exception:
        return []
    except ValueError:
        return None
""",
        "clauses follow it that would come to life; RPCError, ConnectionError and ValueError would fit",
        "a dead clause behind it",
    ),
    _narrowed(
        """\
 import logging

-from telethon import TelegramClient, events
+from telethon import TelegramClient, errors, events

 client = TelegramClient("account", 1, "hash")
 log = logging.getLogger(__name__)


 @client.on(events.NewMessage(pattern="/clean"))
 async def clean(event):
     try:
         await event.delete()
         await event.respond("Clean")
-    except Exception:  # whatever it is
+    except (
+        errors.RPCError,
+        errors.BadMessageError,
+        errors.TypeNotFoundError,
+        ConnectionError,
+        TypeError,
+        ValueError,
+    ):  # whatever it is
         await event.reply("I may not delete here")
""",
        "what is seldom met as well, where that is asked for",
        options={"rare-errors": True},
    ),
    _narrowed(
        """\
 from aiogram import Bot, F, Router
+from aiogram.exceptions import TelegramAPIError
 from aiogram.types import CallbackQuery, Message

 router = Router()


 @router.message(F.text == "/ban")
 async def ban(message: Message, bot: Bot):
     try:
         await bot.ban_chat_member(message.chat.id, 5)
         await message.answer("Done")
-    except Exception:
+    except TelegramAPIError:
         await message.answer("I have no rights here")


 @router.callback_query()
 async def pressed(callback: CallbackQuery):
     try:
         await callback.answer()
     except Exception as error:
         print(error)
""",
        "aiogram 3",
    ),
    _narrowed(
        """\
+import asyncio
+
 from aiogram import Bot, Dispatcher, executor, types
+from aiogram.utils.exceptions import TelegramAPIError

 bot = Bot(token="42:T")
 dp = Dispatcher(bot)


 @dp.message_handler(commands=["ban"])
 async def ban(message: types.Message):
     try:
         await bot.ban_chat_member(message.chat.id, 5)
         await message.answer("Done")
-    except Exception:
+    except (TelegramAPIError, asyncio.TimeoutError):
         await message.answer("I have no rights here")


 executor.start_polling(dp)
""",
        "aiogram 2, which lets the end of a request's time through",
    ),
    _narrowed(_PYROGRAM, "Pyrogram"),
    _narrowed(_PYROGRAM.replace("pyrogram", "hydrogram"), "Hydrogram, a fork of Pyrogram under a name of its own"),
    _narrowed(
        """\
 import asyncio

 from telebot.async_telebot import AsyncTeleBot
+from telebot.asyncio_helper import ApiException, RequestTimeout

 bot = AsyncTeleBot("42:T")


 @bot.message_handler(commands=["ban"])
 async def ban(message):
     try:
         await bot.ban_chat_member(message.chat.id, 5)
         await bot.reply_to(message, "Done")
-    except Exception:
+    except (ApiException, RequestTimeout):
         await bot.reply_to(message, "I have no rights here")


 asyncio.run(bot.infinity_polling())
""",
        "pyTelegramBotAPI's asynchronous client",
    ),
    left(
        _AIOGRAM_3.replace("message.chat.id, 5", "message.chat.id, message.reply_to_message.from_user.id"),
        "`message.reply_to_message.from_user` may raise AttributeError, for which the clause may be there",
        "a message of aiogram that may answer none",
    ),
    _narrowed(
        """\
 from aiogram import Router
+from aiogram.exceptions import TelegramAPIError
 from aiogram.types import CallbackQuery

 router = Router()


 @router.callback_query()
 async def pressed(query: CallbackQuery):
     try:
         await query.message.delete()
         await query.answer("Gone")
-    except Exception:
+    except (TelegramAPIError, AttributeError):
         await query.answer("It is too old")
""",
        "the message with a button, which may be too old to have methods",
    ),
)
