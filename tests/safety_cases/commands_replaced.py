"""TGF101: commands that share a callback which the project wraps or replaces from elsewhere."""

from __future__ import annotations

from .commands_read_back import bot, item_case

_TRACED = """\
import functools


def traced(cls):
    for name, member in list(vars(cls).items()):
        if name.startswith("on_"):
            setattr(cls, name, _tracing(member))
    return cls


def _tracing(callback):
    @functools.wraps(callback)
    async def tracing(self, update, context):
        print(callback.__name__, context.args)
        await callback(self, update, context)

    return tracing
"""


_TRACED_CLASS = """\
from telegram.ext import Application, CommandHandler

from tracing import traced


@traced
class Bot:
    def build(self):
        app = Application.builder().token("1:A").build()
        for number in range(1, 41):
            app.add_handler(CommandHandler(f"item{number}", self.on_item))
        return app

    async def on_item(self, update, context):
        await update.message.reply_text("item")


def build():
    return Bot().build()
"""


_TRACED_SUBCLASSES = """\
from telegram.ext import Application, CommandHandler


class Traced:
    def __init_subclass__(cls):
        answer = cls.on_item

        async def tracing(self, update, context):
            print("on_item", context.args)
            await answer(self, update, context)

        cls.on_item = tracing


class Bot(Traced):
    async def on_item(self, update, context):
        await update.message.reply_text("item")

    def build(self):
        app = Application.builder().token("1:A").build()
        for number in range(1, 41):
            app.add_handler(CommandHandler(f"item{number}", self.on_item))
        return app


def build():
    return Bot().build()
"""


_BOUND_LATER = """\
from telegram.ext import Application, CommandHandler


async def item(update, context):
    await update.message.reply_text("item")


def noisy(callback):
    async def calling(update, context):
        print("arguments:", context.args)
        await callback(update, context)

    return calling


globals()["item"] = noisy(item)
"""


_EVERY_HANDLER_TRACED = """\
import handlers


def traced(callback):
    async def calling(update, context):
        print(callback.__name__, context.args)
        await callback(update, context)

    return calling


for name in dir(handlers):
    if name.endswith("_command"):
        setattr(handlers, name, traced(getattr(handlers, name)))
"""


_HANDLERS = """\
async def item_command(update, context):
    await update.message.reply_text("item")
"""


_HANDLERS_USED = """\
from telegram.ext import Application, CommandHandler

import handlers
import tracing  # noqa: F401


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", handlers.item_command))
    return app
"""


_ASSIGNED_FROM_OUTSIDE = """\
import handlers

answer = handlers.item_command


async def item_command(update, context):
    print("item", context.args)
    await answer(update, context)


handlers.item_command = item_command
"""


_REPLACED_IN_SYS_MODULES = """\
import sys

answer = sys.modules["handlers"].item_command


async def item_command(update, context):
    print("item", context.args)
    await answer(update, context)


sys.modules["handlers"].item_command = item_command
"""


CASES = [
    item_case("a class decorator wraps the callbacks", {"bot.py": _TRACED_CLASS, "tracing.py": _TRACED}),
    item_case("a base class wraps the callbacks of its subclasses", {"bot.py": _TRACED_SUBCLASSES}),
    item_case("a callback replaced through globals", {"bot.py": bot(_BOUND_LATER)}),
    item_case(
        "all callbacks of a module wrapped by another",
        {"bot.py": _HANDLERS_USED, "handlers.py": _HANDLERS, "tracing.py": _EVERY_HANDLER_TRACED},
    ),
    item_case(
        "a callback assigned from outside",
        {"bot.py": _HANDLERS_USED, "handlers.py": _HANDLERS, "tracing.py": _ASSIGNED_FROM_OUTSIDE},
    ),
    item_case(
        "a callback replaced through the table of modules",
        {"bot.py": _HANDLERS_USED, "handlers.py": _HANDLERS, "tracing.py": _REPLACED_IN_SYS_MODULES},
    ),
]
