"""Examples of `bot_request_pool`."""

from __future__ import annotations

from ....engine.codemod import fixed, left, untouched
from ....engine.model import Safety

_POOL_ONLY = {"concurrent-updates": False}

EXAMPLES = (
    fixed(
        """\
from telegram.ext import Application

app = Application.builder().token("TOKEN").connection_pool_size(8).concurrent_updates(True).build()
""",
        """\
from telegram.ext import Application

app = Application.builder().token("TOKEN").connection_pool_size(256).concurrent_updates(True).build()
""",
        "a pool that old advice made small",
        safety=Safety.UNSAFE,
        options=_POOL_ONLY,
    ),
    fixed(
        """\
from telegram.ext import ApplicationBuilder as Builder
from telegram.request import HTTPXRequest


def main(token: str) -> None:
    request = HTTPXRequest(
        connection_pool_size=16,  # more than one
        read_timeout=30,
    )
    polling = HTTPXRequest(connection_pool_size=1)
    app = Builder().token(token).request(request).get_updates_request(polling).build()
    app.run_polling()
""",
        """\
from telegram.ext import ApplicationBuilder as Builder
from telegram.request import HTTPXRequest


def main(token: str) -> None:
    request = HTTPXRequest(
        connection_pool_size=256,  # more than one
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
        """\
from telegram.ext import Application

app = (
    Application.builder()
    .token("TOKEN")  # from BotFather
    .build()
)
""",
        """\
from telegram.ext import Application

app = (
    Application.builder()
    .token("TOKEN")  # from BotFather
    .concurrent_updates(True)
    .build()
)
""",
        "updates one after the other",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import telegram.ext

app = telegram.ext.Application.builder().token("TOKEN") \\
    .build()
""",
        """\
import telegram.ext

app = telegram.ext.Application.builder().token("TOKEN") \\
    .concurrent_updates(True) \\
    .build()
""",
        "a chain with backslashes",
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
from telegram.request import HTTPXRequest


def make():
    return HTTPXRequest(connection_pool_size=4)
""",
        "not clear which requests go through it",
        "a request object that goes elsewhere",
    ),
    left(
        """\
from telegram.ext import Application, ConversationHandler

conversation = ConversationHandler(entry_points=[], states={}, fallbacks=[])
app = Application.builder().token("TOKEN").build()
app.add_handler(conversation)
""",
        "conversations need their updates in order",
        "a conversation",
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
