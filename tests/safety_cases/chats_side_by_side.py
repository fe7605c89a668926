"""TGF204: updates of different chats side by side, where something joins the chats."""

from __future__ import annotations

import itertools

from . import SafetyCase, driving

_HEAD = """\
import asyncio
import contextvars

from telegram.ext import (
    AIORateLimiter, Application, CallbackQueryHandler, CommandHandler, ContextTypes, ConversationHandler, MessageHandler, filters,
)

"""
_BUILD = """

def build():
    app = Application.builder().token("1:A").rate_limiter(AIORateLimiter()).build()
    {register}
    return app


if __name__ == "__main__":
    build().run_polling()
"""
_REQUIREMENTS = "python-telegram-bot[rate-limiter]==22.5\n"


def _bot(body: str, register: str = "app.add_handler(MessageHandler(filters.ALL, handle))") -> dict[str, str]:
    return {"bot.py": _HEAD + body + _BUILD.format(register=register), "requirements.txt": _REQUIREMENTS}


_MANY = {"updates": [("hello", user) for user in range(1, 9)]}

_BALANCE = """
balance = 0


async def handle(update, context):
    global balance
    before = balance
    await update.message.reply_text("one moment")
    balance = before + 1
    print("balance", balance)
"""
_BOT_DATA = """
async def handle(update, context):
    number = context.bot_data.get("number", 0)
    await update.message.reply_text("one moment")
    context.bot_data["number"] = number + 1
    print("number", context.bot_data["number"])
"""
_SHARED_LIST = """
everybody = []


async def handle(update, context):
    context.user_data["others"] = everybody
    seen = len(context.user_data["others"])
    await asyncio.sleep(0.001)
    context.user_data["others"].append(update.message.from_user.id)
    await update.message.reply_text(f"{seen} before you")
    print(seen, len(everybody))
"""
_HELPER = """
class Shop:
    def __init__(self):
        self.stock = 3

    async def sell(self, message):
        if self.stock > 0:
            await message.reply_text("sold")
            self.stock -= 1
            print("left", self.stock)


shop = Shop()


async def handle(update, context):
    await shop.sell(update.message)
"""
_CHANNEL = """
async def handle(update, context):
    await asyncio.sleep(0.02 / update.message.from_user.id)
    await context.bot.send_message(-1001, f"user {update.message.from_user.id}")
"""
_ASKED = """
async def handle(update, context):
    count = await context.bot.get_chat_member_count(-1001)
    if count < 3:
        await context.bot.unban_chat_member(-1001, update.message.from_user.id)
"""
_VARIABLE = """
current = contextvars.ContextVar("current", default=0)


async def handle(update, context):
    current.set(current.get() + 1)
    await asyncio.sleep(0.001)
    await update.message.reply_text(str(current.get()))
    print(current.get())
"""
_FILTER = """
class EachOnce(filters.MessageFilter):
    taken = 0

    def filter(self, message):
        EachOnce.taken += 1
        return EachOnce.taken == 1


async def handle(update, context):
    await update.message.reply_text("you are the first")
    EachOnce.taken = 0
    print("again")
"""
_EVERYBODYS = """
async def begin(update, context):
    await asyncio.sleep(0.01)
    print("begun by", update.message.from_user.id)
    return 1


async def end(update, context):
    print("ended by", update.message.from_user.id)
    return ConversationHandler.END
"""
_QUEUED = """
async def handle(update, context):
    if update == "later":
        print("later")
        return
    await asyncio.sleep(0.01)
    print("update of", update.message.from_user.id)


async def first(application):
    await application.update_queue.put("later")
"""
_LOCKED = """
lock = asyncio.Lock()
order = []


async def handle(update, context):
    async with lock:
        order.append(update.message.from_user.id)
        await asyncio.sleep(0.01 / update.message.from_user.id)
        print(order, order[-1] == update.message.from_user.id)
"""
_GENERATOR = """
numbers = iter(range(1, 100))


async def handle(update, context):
    number = next(numbers)
    await asyncio.sleep(0.01 / number)
    await update.message.reply_text(f"you are number {number} of {next(numbers)}")
    print(number)
"""
_DEFAULT = """
async def handle(update, context, seen=[]):
    seen.append(update.message.from_user.id)
    await asyncio.sleep(0.001)
    await update.message.reply_text(f"{len(seen)} users")
    print(len(seen))
"""
_APPLICATION = """
async def handle(update, context):
    mine = context.application.user_data[1]
    before = mine.get("n", 0)
    await asyncio.sleep(0.001)
    mine["n"] = before + 1
    print(before)
"""
CASES = [
    SafetyCase("a balance that all chats change", _bot(_BALANCE), driving.ptb_bot, _MANY, fast=True),
    SafetyCase("a number in the data of the bot", _bot(_BOT_DATA), driving.ptb_bot, _MANY),
    SafetyCase("one list in the data of every user", _bot(_SHARED_LIST), driving.ptb_bot, _MANY),
    SafetyCase("a stock that a method of an object counts down", _bot(_HELPER), driving.ptb_bot, _MANY),
    SafetyCase("messages to one channel", _bot(_CHANNEL), driving.ptb_bot, _MANY),
    SafetyCase("somebody let in while there are few", _bot(_ASKED), driving.ptb_bot, _MANY),
    SafetyCase("a context variable that goes from update to update", _bot(_VARIABLE), driving.ptb_bot, _MANY),
    SafetyCase(
        "a filter that remembers",
        _bot(_FILTER, "app.add_handler(MessageHandler(EachOnce(), handle))"),
        driving.ptb_bot,
        _MANY,
    ),
    SafetyCase(
        "a conversation of all chats together",
        _bot(
            _EVERYBODYS,
            'app.add_handler(ConversationHandler([CommandHandler("start", begin)], {1: [CommandHandler("end", end)]}, [], '
            "per_chat=False, per_user=False, per_message=True))",
        ),
        driving.ptb_bot,
        {"updates": list(itertools.chain(*((("/start", n), ("/end", n)) for n in range(1, 4))))},
    ),
    SafetyCase(
        "what the program puts into the queue of updates",
        _bot(_QUEUED, "app.post_init = first\n    app.add_handler(MessageHandler(filters.ALL, handle))"),
        driving.ptb_bot,
        _MANY,
    ),
    SafetyCase("a lock of the program's own", _bot(_LOCKED), driving.ptb_bot, _MANY),
    SafetyCase("numbers that a generator hands out", _bot(_GENERATOR), driving.ptb_bot, _MANY),
    SafetyCase("users kept in a default", _bot(_DEFAULT), driving.ptb_bot, _MANY),
    SafetyCase("the data of one user, by way of the application", _bot(_APPLICATION), driving.ptb_bot, _MANY),
]
