"""Examples of async-sleep."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, patched, untouched
from ....engine.model import Safety

_PAUSE = """\
    await {0}("One moment")
    time.sleep(2)
    await {0}("Done")
"""
_IN_AIOGRAM = """\
import time

from aiogram import Router
from aiogram.types import Message

router = Router()


@router.message()
async def pause(message: Message):
""" + _PAUSE.format("message.answer")
_IN_PYROGRAM = """\
import time

from pyrogram import Client

app = Client("bot")


@app.on_message()
async def pause(client, message):
""" + _PAUSE.format("message.reply_text")
_IN_TELEBOT = """\
import time

from telebot.async_telebot import AsyncTeleBot

bot = AsyncTeleBot("42:T")


@bot.message_handler()
async def pause(message):
""" + _PAUSE.format("bot.send_message").replace('("', '(message.chat.id, "')


def _paused(source: str) -> str:
    return source.replace("time.sleep", "await asyncio.sleep").replace("import time", "import asyncio")


EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
-import time
+import asyncio

 from telegram import Update


 async def remind(update: Update, context):
-    time.sleep(5)
+    await asyncio.sleep(5)
     await update.message.reply_text("Five seconds are over.")
""",
        "the import that nothing else uses goes",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 from time import *

 from telegram.ext import *


 async def remind(update, context):
-    sleep(5)
+    await asyncio.sleep(5)
     await update.message.reply_text(f"It is {ctime()}.")


 async def alive(context):
     print("The bot is alive.")


 application = ApplicationBuilder().token("TOKEN").build()
 application.add_handler(CommandHandler("remind", remind))
 application.job_queue.run_repeating(alive, interval=60)
 application.run_polling()
""",
        "star imports",
        safety=Safety.UNSAFE,
    ),
    untouched(
        """\
import time

from telegram.ext import ApplicationBuilder, CommandHandler


async def remind(update, context):
    time.sleep(5)
    await update.message.reply_text("Five seconds are over.")


application = ApplicationBuilder().token("TOKEN").build()
application.add_handler(CommandHandler("remind", remind))
application.run_polling()
""",
        "updates come one after the other, and nothing runs beside: nobody would be served sooner",
    ),
    patched(
        """\
+import asyncio
 import random
 import time as t


 async def remind(chat):
     started = t.monotonic()
-    t.sleep(random.uniform(0.5, 2))  # as a person would
+    await asyncio.sleep(random.uniform(0.5, 2))  # as a person would
     await chat.send(f"I slept {t.monotonic() - started} s")
""",
        "an alias, and a module that is still used; nothing else runs meanwhile",
    ),
    patched(
        """\
-from time import sleep, time
+import asyncio
+from time import time

 from telethon import events


 @events.register(events.NewMessage(pattern="/wait"))
 async def wait(event):
     await event.reply("Wait")
-    [sleep(0.5) for _ in range(3)]
+    [await asyncio.sleep(0.5) for _ in range(3)]
     await event.reply(str(time()))
""",
        "a name imported from time",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
+
 from telethon import events


 @events.register(events.NewMessage)
 async def remind(event):
-    import time
-    time.sleep(1); await event.reply("now")
+    await asyncio.sleep(1); await event.reply("now")
""",
        "an import inside the function",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
-import time
+import asyncio as _asyncio

 from telegram import Update

 asyncio = "the name is taken"


 async def remind(update: Update, context):
-    time.sleep(1)
+    await _asyncio.sleep(1)
""",
        "a name of the project's own that hides asyncio",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
-import time
+import asyncio

 pending = []


 async def flush(event):
     batch = list(pending)
-    time.sleep(1)
+    await asyncio.sleep(1)
     pending.clear()
     await event.reply(str(batch))
""",
        "shared state around it needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import time


 async def pace(event, started):
-    time.sleep(started + 2 - time.monotonic())
+    await asyncio.sleep(started + 2 - time.monotonic())
""",
        "a delay that may be negative needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
-import time
+import asyncio


 async def suspend(event):
     try:
         seconds = float(event.text.split()[1])
-        time.sleep(seconds)
+        await asyncio.sleep(seconds)
     except ValueError:
         await event.reply("How long?")
""",
        "a delay that a user typed needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
-import time
+import asyncio

 from telethon import events
 from telethon.errors import FloodWaitError

 PAUSE = 2


 @events.register(events.NewMessage(pattern="/greet"))
 async def greet(event):
     for name in event.raw_text.split()[1:]:
         try:
             await event.client.send_message(name, "Hello")
         except FloodWaitError as e:
-            time.sleep(e.seconds + PAUSE)
+            await asyncio.sleep(e.seconds + PAUSE)
""",
        "a flood wait: Telethon may have refused the request without a wait",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import time


async def remind(event):
    later = lambda: time.sleep(1)
    later()
""",
        "lambda",
        "a lambda",
    ),
    left(
        """\
import time


async def remind(event):
    def pause():
        time.sleep(1)

    pause()
""",
        "plain function inside a coroutine",
        "a nested function",
    ),
    left(
        """\
import time


async def remind(event):
    return any(time.sleep(1) for _ in range(3))
""",
        "generator expression",
        "a generator expression",
    ),
    left(
        """\
import time


async def remind(event):
    class Pause:
        time.sleep(1)
""",
        "class body",
        "a class body",
    ),
    left(
        """\
import threading
import time

lock = threading.Lock()


async def remind(event):
    with lock:
        time.sleep(1)
""",
        "lock is held",
        "a thread's lock",
    ),
    left(
        """\
try:
    from time import sleep
except ImportError:
    from asyncio import sleep


async def remind(event):
    sleep(1)
""",
        "may also be asyncio.sleep",
        "a name that may be two things",
    ),
    untouched(
        """\
import time
from asyncio import sleep


def worker():
    time.sleep(1)


async def remind(event):
    await sleep(1)
    await event.client.loop.run_in_executor(None, time.sleep, 1)
""",
        "a thread's code, asyncio's own sleep, and sleep handed to an executor",
    ),
    left(
        """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern=r"\\.sleep (\\d+)", outgoing=True))
async def rest(event):
    await event.edit("I am away.")
    time.sleep(int(event.pattern_match.group(1)))
    await event.edit("I am back.")
""",
        "to stop the bot seems to be what it is for",
        "a command that is there to stop the bot",
    ),
    untouched(
        """\
import time


async def remind(event, time):
    time.sleep(1)
""",
        "a parameter that shadows the module",
    ),
    fixed(_IN_AIOGRAM, _paused(_IN_AIOGRAM), "between two messages of aiogram", safety=Safety.UNSAFE),
    fixed(_IN_PYROGRAM, _paused(_IN_PYROGRAM), "between two messages of Pyrogram", safety=Safety.UNSAFE),
    fixed(_IN_TELEBOT, _paused(_IN_TELEBOT), "between two messages of pyTelegramBotAPI", safety=Safety.UNSAFE),
)
