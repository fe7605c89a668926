"""Examples of `bot_request_pool`."""

from __future__ import annotations

from ....engine.codemod import fixed, left, patched, untouched
from ....engine.model import Helper, Safety
from .support import ONE_AT_A_TIME, PER_CHAT

_POOL_ONLY = {"concurrent-updates": False}

_LIMITED = "python-telegram-bot[rate-limiter]==22.5\n"
_IMPORTS = """\
from telegram.ext import (
    AIORateLimiter,
    Application,
    BaseUpdateProcessor,
    CommandHandler,
)
"""


def _with_support(text: str, imports: str, more: tuple[str, ...], *helpers: Helper) -> str:
    """A program with the support code that it gets."""
    head, _, rest = text.partition("\n\n\n" if "\n\n\n" in text else "\n\n")
    modules = "".join(f"import {name}\n" for name in more)
    code = "\n\n".join(helper.source for helper in helpers)
    return f"{modules}\n{imports}\n\n{code}\n\n{rest}" if head else text


_HELLO = """\
from telegram.ext import AIORateLimiter, Application, CommandHandler


async def start(update, context):
    context.user_data["seen"] = context.user_data.get("seen", 0) + 1
    await update.message.reply_text(f"Hello for the {context.user_data['seen']}. time")


app = (
    Application.builder()
    .token("TOKEN")  # from BotFather
    .rate_limiter(AIORateLimiter())
    .build()
)
app.add_handler(CommandHandler("start", start))
app.run_polling()
"""
_HELLO_AFTER = _with_support(_HELLO, _IMPORTS, ("asyncio",), PER_CHAT).replace(
    "    .build()\n", "    .concurrent_updates(PerChatUpdates())\n    .build()\n"
)
_SHOP = """\
from telegram.ext import AIORateLimiter, Application, CommandHandler

places = {"left": 10}


async def start(update, context):
    await update.message.reply_text("Welcome. /buy takes a place.")


async def buy(update, context):
    left = places["left"]
    await update.message.reply_text(f"{left} places are left")
    places["left"] = left - 1


app = Application.builder().token("TOKEN").rate_limiter(AIORateLimiter()).build()
app.add_handler(CommandHandler("start", start))
app.add_handler(CommandHandler("buy", buy))
app.run_polling()
"""
_SHOP_AFTER = (
    _with_support(
        _SHOP.replace("\n\nplaces", "\n\n\nplaces", 1),
        "from telegram.ext import AIORateLimiter, Application, BaseUpdateProcessor, CommandHandler\n",
        ("asyncio", "functools", "weakref"),
        PER_CHAT,
        ONE_AT_A_TIME,
    )
    .replace(".build()\n", ".concurrent_updates(PerChatUpdates()).build()\n")
    .replace('"buy", buy', '"buy", one_at_a_time(buy)')
)
_TALK = """\
from telegram.ext import Application, CommandHandler

app = Application.builder().token("TOKEN").concurrent_updates(True).build()


async def name(update, context):
    context.user_data["name"] = update.message.text
    await update.message.reply_text("Your age?")


app.add_handler(CommandHandler("name", name))
app.run_polling()
"""
_TALK_AFTER = _with_support(
    _TALK.replace("\n\napp", "\n\n\napp", 1),
    "from telegram.ext import Application, BaseUpdateProcessor, CommandHandler\n",
    ("asyncio",),
    PER_CHAT,
).replace("concurrent_updates(True)", "concurrent_updates(PerChatUpdates(256))")

EXAMPLES = (
    untouched(
        _TALK.replace('    context.user_data["name"] = update.message.text\n', "    print(str(context.user_data))\n"),
        "a bot that keeps nothing from one update to the next, and only shows what PTB has",
    ),
    patched(
        """\
 from telegram.ext import Application

-app = Application.builder().token("TOKEN").connection_pool_size(8).concurrent_updates(True).build()
+app = Application.builder().token("TOKEN").connection_pool_size(256).concurrent_updates(True).build()
""",
        "a pool that old advice made small",
        safety=Safety.UNSAFE,
        options=_POOL_ONLY,
    ),
    patched(
        """\
 from telegram.ext import ApplicationBuilder as Builder
 from telegram.request import HTTPXRequest


 def main(token: str) -> None:
     request = HTTPXRequest(
-        connection_pool_size=16,  # more than one
+        connection_pool_size=256,  # more than one
         read_timeout=30,
     )
     polling = HTTPXRequest(connection_pool_size=1)
     app = Builder().token(token).request(request).get_updates_request(polling).build()
     app.run_polling()
""",
        "a request object, and the one for getUpdates",
        safety=Safety.UNSAFE,
        options=_POOL_ONLY,
    ),
    fixed(
        {"bot.py": _HELLO, "requirements.txt": _LIMITED},
        {"bot.py": _HELLO_AFTER},
        "handlers that answer their own chat, behind a rate limiter",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {"bot.py": _SHOP, "requirements.txt": _LIMITED},
        {"bot.py": _SHOP_AFTER},
        "a handler that changes what all chats share needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {"bot.py": _TALK, "requirements.txt": _LIMITED},
        {"bot.py": _TALK_AFTER},
        "conversations whose updates overtake each other get back their order",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import os

from telegram.ext import Application

app = Application.builder().token("TOKEN").connection_pool_size(int(os.environ["POOL"])).build()
""",
        "is not written here as a number",
        "a size from outside",
        options=_POOL_ONLY,
    ),
    left(
        """\
from telegram.ext import Application

app = Application.builder().token("TOKEN").connection_pool_size(16).pool_timeout(30).build()
""",
        "its `pool_timeout` is chosen as well",
        "a pool of which requests may wait long",
        options=_POOL_ONLY,
    ),
    left(
        """\
from telegram.request import HTTPXRequest


def make():
    return HTTPXRequest(connection_pool_size=4)
""",
        "not clear which requests go through it",
        "a request object that goes elsewhere",
    ),
    left(
        {"bot.py": _HELLO, "requirements.txt": "python-telegram-bot[rate-limiter]==20.3\n"},
        "asks for a python-telegram-bot older than 20.4",
        "a release without update processors",
    ),
    left(
        {
            "bot.py": _SHOP.replace('app.add_handler(CommandHandler("start", start))\n', ""),
            "requirements.txt": _LIMITED,
        },
        "1 of 1 handlers must not run beside each other: `buy` (changing `places`)",
        "nothing but handlers that share something",
    ),
    untouched(
        """\
from telegram.ext import Application, ApplicationBuilder

big = Application.builder().token("TOKEN").connection_pool_size(512).concurrent_updates(64).build()
builder = ApplicationBuilder().token("TOKEN").get_updates_connection_pool_size(1)


class Query:
    def builder(self):
        return self

    def build(self):
        return "select 1"

    def connection_pool_size(self, size):
        return self


Query().builder().connection_pool_size(8).build()
""",
        "nothing to add, a builder that is not built, and builders of other things",
    ),
)
