"""TGF101 and TGF102: commands that share a callback, in projects that read handlers and contexts back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import SafetyCase, driving

TAIL = """

def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    return app
"""


PLAIN = """\
from telegram.ext import Application, CommandHandler


async def item(update, context):
    await update.message.reply_text("item")
"""


def bot(head: str = PLAIN) -> str:
    """A program that registers forty commands with the callback `item` of `head`."""
    return head + TAIL


_HELPER = """\
def words_of(context, default="nothing"):
    return " ".join(getattr(context, "args", None) or [default])
"""


_HANDED_ON = """\
from telegram.ext import Application, CommandHandler

import texts


async def item(update, context):
    await update.message.reply_text("You want " + texts.words_of(context))
"""


_KEPT_CONTEXT = """\
from telegram.ext import Application, CommandHandler

last = {}


async def item(update, context):
    last[update.effective_user.id] = context
    await update.message.reply_text("item")


async def again(update, context):
    await update.message.reply_text(f"As before: {last[update.effective_user.id].args}")


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    app.add_handler(CommandHandler("again", again))
    return app
"""


_BY_THE_APPLICATION = """\
from telegram.ext import Application, CommandHandler


class Logging(Application):
    __slots__ = ()

    async def process_update(self, update):
        for handlers in self.handlers.values():
            for handler in handlers:
                if handler.check_update(update):
                    print(type(handler).__name__, "takes", update.update_id)
        await super().process_update(update)


async def item(update, context):
    await update.message.reply_text("item")


def build():
    app = Application.builder().token("1:A").application_class(Logging).build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    return app
"""


_MENU = """\
from telegram import BotCommand
from telegram.ext import Application, CommandHandler


async def item(update, context):
    await update.message.reply_text("item")


async def offer_menu(app):
    names = sorted(name for handler in app.handlers[0] for name in getattr(handler, "commands", ()))
    await app.bot.set_my_commands([BotCommand(name, "an item") for name in names])


def main():
    app = Application.builder().token("1:A").post_init(offer_menu).build()
    for number in range(1, 5):
        app.add_handler(CommandHandler(f"item{number}", item))
    app.run_polling()
"""


_SWITCHED_OFF = """\
from telegram.ext import Application, CommandHandler


async def item(update, context):
    await update.message.reply_text("item")


async def switch_off(update, context):
    app = context.application
    gone = [handler for handler in app.handlers[0] if context.args[0] in getattr(handler, "commands", ())]
    for handler in gone:
        app.remove_handler(handler)
    await update.message.reply_text(f"{len(gone)} switched off")


def build():
    app = Application.builder().token("1:A").build()
    for number in range(1, 41):
        app.add_handler(CommandHandler(f"item{number}", item))
    app.add_handler(CommandHandler("off", switch_off))
    return app
"""


_COUNTING_TEST = """\
from telegram.ext import CommandHandler

import bot


def test_all_items_have_a_command():
    app = bot.build()
    found = [handler for handler in app.handlers[0] if isinstance(handler, CommandHandler)]
    assert len(found) == 40
"""


_MENU_OF_A_PAIR = (
    _MENU.replace("    for number in range(1, 5):\n", "")
    .replace(
        '        app.add_handler(CommandHandler(f"item{number}", item))\n',
        '    app.add_handler(CommandHandler("basket", item))\n    app.add_handler(CommandHandler("cart", item))\n',
    )
    .replace(
        'names = sorted(name for handler in app.handlers[0] for name in getattr(handler, "commands", ()))',
        "names = [min(handler.commands) for handler in app.handlers[0]]",
    )
)


_ITEMS = {"updates": ["/item3 Red Shoes", "/item40", "/item41"]}


def item_case(
    name: str,
    files: dict[str, str | bytes | None],
    drive: Callable[..., Any] = driving.ptb_bot,
    entry: str = "bot",
    **arguments: Any,
) -> SafetyCase:
    """A case in which some of the forty commands arrive, unless `arguments` says otherwise."""
    return SafetyCase(name, files, drive, arguments or _ITEMS, entry=entry)


CASES = [
    item_case("a helper in another file reads the arguments by name", {"bot.py": bot(_HANDED_ON), "texts.py": _HELPER}),
    item_case(
        "another command reads a context that was kept", {"bot.py": _KEPT_CONTEXT}, updates=["/item3 Red", "/again"]
    ),
    item_case("an own application logs which handler takes an update", {"bot.py": _BY_THE_APPLICATION}),
    SafetyCase(
        "a menu made from the handlers", {"bot.py": _MENU}, driving.ptb_polling, {"updates": ["/item3"]}, fast=True
    ),
    item_case(
        "a command that switches others off",
        {"bot.py": _SWITCHED_OFF},
        updates=["/item3", "/off item3", "/item3", "/item4"],
    ),
    item_case(
        "a test that counts handlers",
        {"bot.py": bot(), "test_bot.py": _COUNTING_TEST},
        driving.project_tests,
        arguments=["test_bot.py"],
    ),
    item_case(
        "a menu made from a pair of handlers", {"bot.py": _MENU_OF_A_PAIR}, driving.ptb_polling, updates=["/cart"]
    ),
]
