"""TGF101 and TGF102: commands that share a callback, in bots that go by nothing but the commands."""

from __future__ import annotations

from twin.updates import edited, message

from . import SafetyCase, driving

_SHOPS = """\
from telegram.ext import Application, CommandHandler


async def shop(update, context):
    await update.message.reply_text("You opened " + update.message.text)


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"shop{number}", shop))
    return app
"""

_ROOMS = """\
from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes, MessageHandler, filters

FLOORS = ("cellar", "ground", "first", "attic")


async def room(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    words = " ".join(context.args) or "nothing"
    await update.effective_message.reply_text(f"{update.effective_message.text}: {words}")


async def other(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.effective_message.reply_text("I do not know that room.")


def build():
    app = Application.builder().token("1:A").build()
    for floor in FLOORS:
        app.add_handler(CommandHandler(floor, room, filters=~filters.ChatType.CHANNEL))
    app.add_handler(MessageHandler(filters.COMMAND, other))
    return app
"""

_LESSONS = """\
from telegram.ext import Application, CommandHandler


async def lesson(update, context):
    seen = context.user_data.setdefault("seen", [])
    seen.append(update.message.text.split()[0])
    await update.message.reply_text(f"Lessons so far: {seen}")


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    # one for each week of the year
    for week in range(1, 53):
        command = "week%02d" % week
        app.add_handler(CommandHandler(command, lesson), group=1)
    return app
"""

_GREETING = """\
from telegram.ext import Application, CommandHandler


async def greet(update, context):
    await update.message.reply_text("Hello! Try /lookup")


async def lookup(update, context):
    await update.message.reply_text("Looked up " + " ".join(context.args))


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("start", greet))
    app.add_handler(CommandHandler("lookup", lookup))
    app.add_handler(CommandHandler("help", greet))
    return app
"""

_DUTIES = """\
from telegram.ext import ApplicationBuilder, CommandHandler, filters

ADMINS = filters.User(7)


class Duties:
    def __init__(self):
        self.count = 0

    async def on_duty(self, update, context):
        self.count += 1
        await update.message.reply_text(f"{update.message.text} by {update.effective_user.id}, number {self.count}")

    async def leave(self, update, context):
        await update.message.reply_text("Enjoy your evening.")

    def register(self, app):
        app.add_handler(CommandHandler("duty", self.on_duty, filters=ADMINS))
        app.add_handler(CommandHandler("oncall", self.on_duty, filters=ADMINS))
        app.add_handler(CommandHandler("leave", self.leave))


def build():
    app = ApplicationBuilder().token("1:A").build()
    Duties().register(app)
    return app
"""

_STICKERS = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
PACKS = ["cats", "dogs", "owls", "bees"]


async def send_pack(event):
    await event.reply("pack " + event.pattern_match.group(0))


for pack in PACKS:
    client.add_event_handler(send_pack, events.NewMessage(pattern=f"^/{pack}$"))
"""

#: A table: each command has a callback of its own, so there is nothing to merge.
_TABLE = """\
from telegram.ext import Application, CommandHandler


async def begin(update, context):
    await update.message.reply_text("begin " + " ".join(context.args))


async def rules(update, context):
    await update.message.reply_text("rules")


async def about(update, context):
    await update.message.reply_text("about")


def build():
    app = Application.builder().token("1:A").build()
    for name, callback in {"start": begin, "rules": rules, "about": about}.items():
        app.add_handler(CommandHandler(name, callback))
    return app
"""

#: Each handler has the number of its own pass.
_FACTORY = """\
from telegram.ext import Application, CommandHandler


def opener(number):
    async def opened(update, context):
        await update.message.reply_text(f"door {number} with {context.args}")

    return opened


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 25):
        app.add_handler(CommandHandler(f"door{number}", opener(number)))
    return app
"""

_WORDS = ["/week01", "/week1", "/WEEK52 late", "/week53", "hello", "/week02@ThisBot", "/week03@OtherBot"]

CASES = [
    SafetyCase(
        "commands with a number",
        {"bot.py": _SHOPS},
        driving.ptb_bot,
        {"updates": ["/shop1", "/shop40 now", "/SHOP7", "/shop41", "/shop", "/shop07"]},
        held="TGF101",
        fast=True,
    ),
    SafetyCase(
        "commands with arguments and a handler of all others behind them",
        {"bot.py": _ROOMS},
        driving.ptb_bot,
        {
            "updates": [
                "/cellar",
                "/attic old  chairs",
                "/roof",
                edited("/first again"),
                message("/ground x", chat="supergroup"),
                message("/ground", kind="channel_post"),
                message("/first", entities=[]),
            ]
        },
        held="TGF101",
    ),
    SafetyCase(
        "a command for each week under concurrent updates",
        {"bot.py": _LESSONS},
        driving.ptb_bot,
        {"updates": _WORDS, "how": "sequence"},
        held="TGF101",
    ),
    SafetyCase(
        "start and help say the same",
        {"bot.py": _GREETING},
        driving.ptb_bot,
        {"updates": ["/start", "/help me", "/lookup this", "/HELP@thisbot", "help"]},
        held="TGF102",
        fast=True,
    ),
    SafetyCase(
        "two names of a method for admins",
        {"bot.py": _DUTIES},
        driving.ptb_bot,
        {"updates": [("/duty", 7), ("/oncall", 5), ("/oncall", 7), ("/leave", 5), ("/duty", 5)]},
        held="TGF102",
    ),
    SafetyCase(
        "a Telethon handler for each pack of stickers",
        {"bot.py": _STICKERS},
        driving.telethon_bot,
        {"updates": ["/cats", "/owls", "/owls now", "/bees\n", "cats", "/fish"], "gap": 0.01},
        held="TGF101",
    ),
    SafetyCase(
        "a table of commands with a callback each",
        {"bot.py": _TABLE},
        driving.ptb_bot,
        {"updates": ["/start x y", "/rules", "/about"]},
    ),
    SafetyCase(
        "a callback made for each number",
        {"bot.py": _FACTORY},
        driving.ptb_bot,
        {"updates": ["/door3", "/door24 knock", "/door25"]},
    ),
]
