"""Examples of TGF102."""

from __future__ import annotations

from ....engine.codemod import left, patched, untouched
from ....engine.model import Safety

EXAMPLES = (
    patched(
        """\
 from telegram.ext import CommandHandler


 def register(app, start, search):
-    app.add_handler(CommandHandler("start", start))
+    # the same text
+    app.add_handler(CommandHandler(["start", "help", "about", "info"], start))
     app.add_handler(CommandHandler("search", search))
-    # the same text
-    app.add_handler(CommandHandler("help", start))
-    app.add_handler(CommandHandler(["about", "info"], start))
""",
        "other commands between them",
    ),
    patched(
        """\
 from telegram.ext import CommandHandler, MessageHandler, filters


 def register(app, start, echo):
-    app.add_handler(CommandHandler("start", start, filters.TEXT), 1)
+    app.add_handler(CommandHandler(["start", "help"], start, filters.TEXT), 1)
     app.add_handler(MessageHandler(filters.ALL, echo))
-    app.add_handler(CommandHandler("help", start, filters.TEXT), 1)
""",
        "a handler of another group between them",
    ),
    left(
        """\
from telegram.ext import CommandHandler, ConversationHandler


def buying(app, ask):
    app.add_handler(CommandHandler("buy", ask))
    return ConversationHandler([CommandHandler("order", ask)], {}, [])


def register(app, start, ask):
    app.add_handler(CommandHandler("sell", start))
    app.add_handler(buying(app, ask), group=1)
    app.add_handler(CommandHandler("buy", start))
""",
        "which may register handlers, stands between them",
        "a function between them that registers one of the commands itself",
    ),
    patched(
        """\
 from telegram.ext import CommandHandler


 def register(app, start, ban, report):
-    app.add_handler(CommandHandler("start", start))
+    app.add_handler(CommandHandler(["start", "help"], start))
     # for admins
     app.add_handler(CommandHandler("ban", ban))

     # for everybody
-    app.add_handler(CommandHandler("help", start))
     app.add_handler(CommandHandler("report", report))
""",
        "a comment above several registrations stays above the others",
    ),
    patched(
        """\
 from telegram.ext import CommandHandler


 def register(app, start):
-    app.add_handler(CommandHandler("start", start))
-    app.add_handler(CommandHandler("help", start))
+    app.add_handler(CommandHandler(["start", "help"], start))
     app.add_handler(CommandHandler("menu", start))  # a help text of its own is to come
     app.add_handler(
         # for those who type it
         CommandHandler("hello", start)
     )
""",
        "what a comment speaks of by itself stays by itself",
    ),
    left(
        """\
from telegram.ext import CommandHandler


def register(app, start):
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CommandHandler("help", start))  # noqa: E501
""",
        "a comment in the lines of one speaks of that command alone; CommandHandler takes a list of commands",
        "an instruction to a tool",
    ),
    patched(
        """\
 from telegram.ext import CommandHandler


 def register(app, start):
-    app.add_handler(CommandHandler("start", start))
-    app.add_handler(CommandHandler("help", start))
+    app.add_handler(CommandHandler(["start", "help"], start))


 def commands(app):
     return [name for handler in app.handlers[0] for name in handler.commands]
""",
        "somebody looks at the handlers",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 from telegram.ext import BaseHandler, CommandHandler

 made = []


 def noted(self, callback, block=True):
     made.append(callback)
     self.callback, self.block = callback, block


 BaseHandler.__init__ = noted


 def register(app, start):
-    app.add_handler(CommandHandler("start", start))
-    app.add_handler(CommandHandler("help", start))
+    app.add_handler(CommandHandler(["start", "help"], start))
""",
        "what all handlers are derived from is changed",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from telegram.ext import CommandHandler, MessageHandler, filters


def register(app, start, echo):
    app.add_handler(CommandHandler("start", start))
    app.add_handler(MessageHandler(filters.ALL, echo))
    app.add_handler(CommandHandler("help", start))
""",
        "another handler of the group stands between them",
        "a handler between them that may answer",
    ),
    left(
        """\
from telegram.ext import CommandHandler


def register(app, start, search):
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CommandHandler("help", search))
    app.add_handler(CommandHandler("HELP", start))
""",
        "answers one of the same commands",
        "the same command for another callback between them",
    ),
    left(
        """\
from telegram.ext import CommandHandler


def register(app, start, names):
    app.add_handler(CommandHandler("start", start))
    names.load()
    app.add_handler(CommandHandler("help", start))
""",
        "stands between them",
        "another statement between them",
    ),
    untouched(
        """\
from telegram.ext import CommandHandler


def register(app, start, search, block):
    app.add_handler(CommandHandler("start", start))
    app.add_handler(CommandHandler("search", search))
    app.add_handler(CommandHandler("help", start), group=1)
    app.add_handler(CommandHandler("info", start, block=False))
""",
        "different callbacks, groups or arguments",
    ),
    left(
        """\
from telegram.ext import CommandHandler


def register(app, start, search):
    handlers = [CommandHandler("start", start), CommandHandler("search", search), CommandHandler("help", start)]
    for handler in handlers:
        app.add_handler(handler)
""",
        "they stand in a list, which is not taken apart; CommandHandler takes a list of commands",
        "handlers in a list",
    ),
    left(
        """\
from telegram.ext import CommandHandler


def register(app, start):
    first = CommandHandler("start", start)
    second = CommandHandler("help", start)
    app.add_handler(first)
    app.add_handler(second)
""",
        "they are kept in variables, which may be used for more; CommandHandler takes a list of commands",
        "handlers in variables",
    ),
    untouched(
        """\
from telegram.ext import CommandHandler, ConversationHandler


def register(app, start, stop):
    entries = [CommandHandler("start", start), CommandHandler("begin", start)]
    app.add_handler(ConversationHandler(entries, {}, [CommandHandler("stop", stop), CommandHandler("end", stop)]))
""",
        "handlers of a conversation",
    ),
    untouched(
        """\
from telegram.ext import CommandHandler


class Bot:
    def __init__(self, app):
        app.add_handler(CommandHandler("start", self.greet))
        app.add_handler(CommandHandler("help", self.greet))

    @property
    def greet(self):
        async def answer(update, context):
            await update.message.reply_text("Hello")

        return answer
""",
        "a property that makes each callback",
    ),
)
