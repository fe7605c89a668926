"""TGF101 and TGF102: commands that share a callback, in projects that look at handlers, contexts and constants."""

from __future__ import annotations

from . import driving
from .commands_read_back import item_case
from .commands_told_apart import COUNT

_OWN_CONTEXT = """\
from telegram.ext import Application, CallbackContext, CommandHandler, ContextTypes


class Words(CallbackContext):
    def words(self):
        return [word.lower() for word in self.args or ()]


async def item(update, context):
    await update.message.reply_text(f"{len(context.words())} words")


def build():
    app = Application.builder().token("1:A").context_types(ContextTypes(context=Words)).build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    return app
"""


_SETTER = """\
from telegram.ext import Application, CallbackContext, CommandHandler, ContextTypes


class Noting(CallbackContext):
    @property
    def args(self):
        return self.__dict__.get("_args")

    @args.setter
    def args(self, value):
        if value:
            print("asked for", value)
        self.__dict__["_args"] = value


async def item(update, context):
    await update.message.reply_text("item")


def build():
    app = Application.builder().token("1:A").context_types(ContextTypes(context=Noting)).build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    return app
"""


_LATER_GROUP = """\
from telegram import Update
from telegram.ext import Application, CommandHandler, TypeHandler

import statistics_of_use


async def item(update, context):
    await update.message.reply_text("item")


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    app.add_handler(TypeHandler(Update, statistics_of_use.count), group=10)
    return app
"""


_STATISTICS = """\
async def count(update, context):
    print(update.effective_user.id, "asked with", len(context.args or ()), "arguments")
"""


_PATCHED_LIBRARY = """\
from telegram.ext import Application

registered = []
add = Application.add_handler


def noting(self, handler, group=0):
    registered.append(next(iter(getattr(handler, "commands", ["?"]))))
    add(self, handler, group)


Application.add_handler = noting
"""


_PATCHED = """\
from telegram.ext import Application, CommandHandler

import registry


async def item(update, context):
    await update.message.reply_text("item")


async def commands(update, context):
    await update.message.reply_text(" ".join(registry.registered))


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 5):
        app.add_handler(CommandHandler(f"item{number}", item))
    app.add_handler(CommandHandler("commands", commands))
    return app
"""


_COUNT_BY_VARS = """\
import json

import bot

with open("settings.json") as file:
    vars(bot).update(json.load(file))


def build():
    return bot.build()
"""


_PAIR_TEST = """\
import bot


def test_the_first_two():
    first, second = bot.build().handlers[0][:2]
    assert first.commands == {"start"} and second.commands == {"help"}
"""


_PAIR = """\
from telegram.ext import Application, CommandHandler


async def answer(update, context):
    await update.message.reply_text("answer")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("start", answer))
    app.add_handler(CommandHandler("help", answer))
    return app
"""


CASES = [
    item_case("a method of an own context class reads the arguments", {"bot.py": _OWN_CONTEXT}),
    item_case("an own context class notes when arguments are set", {"bot.py": _SETTER}),
    item_case(
        "statistics in a later group count arguments", {"bot.py": _LATER_GROUP, "statistics_of_use.py": _STATISTICS}
    ),
    item_case(
        "add_handler replaced on the class",
        {"bot.py": _PATCHED, "registry.py": _PATCHED_LIBRARY},
        updates=["/item3", "/commands"],
    ),
    item_case(
        "a constant from a file of settings",
        {"bot.py": COUNT, "main.py": _COUNT_BY_VARS, "settings.json": '{"COUNT": 30}'},
        updates=["/item9", "/item25"],
        entry="main",
    ),
    item_case(
        "a test that takes a pair of handlers apart",
        {"bot.py": _PAIR, "test_bot.py": _PAIR_TEST},
        driving.project_tests,
        arguments=["test_bot.py"],
    ),
]
