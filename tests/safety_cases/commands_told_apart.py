"""TGF101 and TGF102: commands that share a callback and are not alike, or not known from the source."""

from __future__ import annotations

from . import driving
from .commands_read_back import bot, item_case

_OWN_CLASS = """\
from telegram import Update
from telegram.ext import CommandHandler as Base


class CommandHandler(Base):
    def check_update(self, update):
        if isinstance(update, Update) and update.effective_user and update.effective_user.id == 666:
            return None
        return super().check_update(update)
"""


_OWN_CLASS_USED = """\
from telegram.ext import Application

from handlers import CommandHandler


async def item(update, context):
    await update.message.reply_text("item")
"""


_SCRIPTED_NAMES = """\
from telegram.ext import Application, CommandHandler


async def item(update, context):
    await update.message.reply_text(update.message.text + " " + " ".join(context.args))


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        name = f"item{number}"
        if number % 2:
            name = name + "_odd"
        app.add_handler(CommandHandler(name, item))
    return app
"""


_TWO_STEPS = """\
from telegram.ext import Application, CommandHandler


async def item(update, context):
    await update.message.reply_text(" ".join(context.args))


def build():
    app = Application.builder().token("1:A").build()
    for word in ["Red", "Green", "Blue"]:
        word = word.lower()
        word += "_item"
        app.add_handler(CommandHandler(word, item))
    app.add_handler(CommandHandler("last", item))
    return app, word
"""


COUNT = """\
from telegram.ext import Application, CommandHandler

COUNT = 10


async def item(update, context):
    await update.message.reply_text("item")


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, COUNT + 1):
        app.add_handler(CommandHandler(f"item{number}", item))
    return app
"""


_COUNT_TEST = """\
import bot


def test_more_items(monkeypatch):
    monkeypatch.setattr(bot, "COUNT", 12)
    app = bot.build()
    assert any("item12" in getattr(handler, "commands", ()) for handler in app.handlers[0])
"""


_COUNT_FROM_ELSEWHERE = """\
from telegram.ext import Application, CommandHandler

from defaults import *  # noqa: F403
from local_settings import *  # noqa: F403


async def item(update, context):
    await update.message.reply_text("item")


def build():
    app = Application.builder().token("1:A").build()
    for name in NAMES:  # noqa: F405
        app.add_handler(CommandHandler(name, item))
    return app
"""


_PAIR_LIMITS = """\
import time

from telegram.ext import CommandHandler as Base


class CommandHandler(Base):
    \"\"\"Each command once in a minute.\"\"\"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.last = -60

    def check_update(self, update):
        found = super().check_update(update)
        if found and time.monotonic() - self.last < 60:
            return None
        if found:
            self.last = time.monotonic()
        return found
"""


_PAIR_LIMITED = """\
from telegram.ext import Application

from limits import CommandHandler


async def answer(update, context):
    await update.message.reply_text("answer")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("start", answer))
    app.add_handler(CommandHandler("help", answer))
    return app
"""


CASES = [
    item_case(
        "an own class under the library's name",
        {"bot.py": bot(_OWN_CLASS_USED), "handlers.py": _OWN_CLASS},
        updates=["/item3", ("/item4", 666)],
    ),
    item_case(
        "every second command has another ending",
        {"bot.py": _SCRIPTED_NAMES},
        updates=["/item3_odd a", "/item4 b", "/item3", "/item4_odd"],
    ),
    item_case(
        "the loop's name is used behind the loop",
        {
            "bot.py": _TWO_STEPS,
            "main.py": "import bot\n\n\ndef build():\n    app, word = bot.build()\n    print(word)\n    return app\n",
        },
        updates=["/red_item x", "/last"],
        entry="main",
    ),
    item_case(
        "a constant that a test changes",
        {"bot.py": COUNT, "test_bot.py": _COUNT_TEST},
        driving.project_tests,
        arguments=["test_bot.py"],
    ),
    item_case(
        "names from a file of local settings",
        {
            "bot.py": _COUNT_FROM_ELSEWHERE,
            "defaults.py": 'NAMES = ["tea", "coffee", "water"]\n',
            "local_settings.py": 'NAMES = ["beer", "wine", "juice"]\n',
        },
        updates=["/tea", "/wine"],
    ),
    item_case(
        "an own handler class that counts calls of each",
        {"bot.py": _PAIR_LIMITED, "limits.py": _PAIR_LIMITS},
        updates=["/start", "/help", "/help", "/start"],
    ),
]
