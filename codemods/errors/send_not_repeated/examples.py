"""The examples of TGF404: documentation and tests."""

from __future__ import annotations

from ....engine.codemod import Example, left, patched, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
 import asyncio

+from telegram.error import TimedOut
 from telegram.ext import ContextTypes


 async def remind(context: ContextTypes.DEFAULT_TYPE):
     for attempt in range(3):
         try:
             await context.bot.send_message(context.job.chat_id, "It is time")
             break
+        except TimedOut:
+            break  # it may have arrived: sent again, it may come twice
         except Exception:
             await asyncio.sleep(2)
""",
        "any error is tried again",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio

 from telegram import Update
 from telegram.error import NetworkError, RetryAfter, TimedOut


 async def answer(update: Update, context):
     for attempt in range(3):
         try:
             return await update.message.reply_text("Hello")
         except RetryAfter as error:
             await asyncio.sleep(error.retry_after)
-        except (TimedOut, NetworkError):
+        except TimedOut:
+            raise  # it may have arrived: sent again, it may come twice
+        except NetworkError:
             if attempt == 2:
                 raise
             await asyncio.sleep(1)
""",
        "a loop that raises the error in the end, and a tuple",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio

 from aiogram import Bot
 from aiogram.exceptions import TelegramNetworkError, TelegramRetryAfter


 async def remind(bot: Bot, chat: int):
     for attempt in range(1, 4):
         try:
             return await bot.send_message(chat, "It is time")
-        except (TelegramRetryAfter, TelegramNetworkError):
+        except (TelegramRetryAfter, TelegramNetworkError) as error:
+            if isinstance(error.__context__, asyncio.TimeoutError):
+                raise  # it may have arrived: sent again, it may come twice
             if attempt == 3:
                 raise
             await asyncio.sleep(2)
""",
        "aiogram",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from aiogram import Router
from aiogram.types import Message

router = Router()


@router.message()
async def answer(message: Message):
    while True:
        try:
            await message.answer("Hello")
            break
        except:
            print("again")
""",
        "do not try again where the error's `__context__`",
        "a bare except of aiogram",
    ),
    left(
        """\
import asyncio

from telegram import Update
from telegram.error import TimedOut


async def answer(update: Update, context):
    for attempt in range(3):
        try:
            await update.message.reply_text("Hello")
            break
        except TimedOut:
            await asyncio.sleep(1)
""",
        "repeat it after `RetryAfter` instead",
        "nothing but the timeout is tried again",
    ),
    left(
        """\
from telegram import Update


async def answer(update: Update, context):
    for attempt in range(3):
        try:
            await update.message.reply_text("Hello")
            break
        except Exception:
            await update.message.reply_text("Once more")
""",
        "write one for `TimedOut` in front of it",
        "a clause that tells the user",
    ),
    left(
        """\
from telegram import Update
from telegram.error import TelegramError


async def answer(update: Update, context):
    for attempt in range(3):
        try:
            await update.message.reply_text("Hello")
            await update.message.reply_photo("photo.jpg")
            break
        except TelegramError:
            print("again")
""",
        "several requests",
        "two messages",
    ),
    untouched(
        """\
import asyncio

from telegram import Update
from telegram.error import RetryAfter, TimedOut


async def answer(update: Update, context):
    for attempt in range(3):
        try:
            await update.message.reply_text("Hello")
            break
        except RetryAfter as error:
            await asyncio.sleep(error.retry_after)
        except TimedOut:
            return
    for user in context.bot_data["users"]:
        try:
            await context.bot.send_message(user, "Hello")
        except Exception:
            continue
    for attempt in range(3):
        try:
            await context.bot.get_chat(5)
            break
        except Exception:
            continue
""",
        "only a flood is waited out, others get messages of their own, and a request that only asks",
    ),
    untouched(
        """\
import asyncio

from aiogram.exceptions import TelegramRetryAfter
from aiogram.types import CallbackQuery, Message


async def answer(message: Message, query: CallbackQuery):
    for attempt in range(3):
        try:
            await message.answer("Hello")
            break
        except TelegramRetryAfter as error:
            await asyncio.sleep(error.retry_after)
    for attempt in range(3):
        try:
            await query.answer()
            break
        except Exception:
            continue
""",
        "only a flood is waited out with aiogram, and an answer to a button",
    ),
)
