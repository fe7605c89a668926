"""Examples of TGF101, in a file of their own because the filter class stands in many of them."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, patched, untouched
from ....engine.model import Safety
from .support import COMMAND_PATTERN

_HEAD = """\
from telegram.ext import ApplicationBuilder, CommandHandler

LINKS = {}


async def get_post(update, context):
    name = update.message.text[1:]
    await update.message.reply_text(LINKS.get(name, "No such post."))


async def search(update, context):
    await update.message.reply_text(" ".join(context.args))


"""

#: `_HEAD` once the filter class is in it and CommandHandler is not used any more.
_HEAD_AFTER = (
    _HEAD.replace(
        "from telegram.ext import ApplicationBuilder, CommandHandler\n",
        "import re\n\nfrom telegram import Update\nfrom telegram.ext import ApplicationBuilder, MessageHandler\n"
        "from telegram.ext.filters import BaseFilter, UpdateType\n\n\n" + COMMAND_PATTERN.source.rstrip("\n") + "\n\n",
    )
)  # fmt: skip
_HEAD_BOTH = _HEAD_AFTER.replace(
    "ApplicationBuilder, MessageHandler", "ApplicationBuilder, CommandHandler, MessageHandler"
)


def _main(body: str) -> str:
    lines = "".join(f"    {line}\n" if line else "\n" for line in body.splitlines())
    return f"def main():\n    app = ApplicationBuilder().token('TOKEN').build()\n{lines}    app.run_polling()\n"


def _rewritten(before: str, after: str, title: str, *, head: str = _HEAD_AFTER, **more: object) -> Example:
    return fixed(_HEAD + _main(before), head + _main(after), title, **more)


def _left(body: str, reason: str, title: str, **more: object) -> Example:
    return left(_HEAD + _main(body), reason, title, **more)


EXAMPLES = (
    _rewritten(
        """\
for i in range(10000):
    cmd = f"postno{i:04}"
    app.add_handler(CommandHandler(cmd, get_post))""",
        'app.add_handler(MessageHandler(CommandPattern(r"postno[0-9]{4}"), get_post))',
        "ten thousand commands",
    ),
    _rewritten(
        """\
app.add_handler(CommandHandler("search", search))
for i in range(1, 366):  # one for each day
    app.add_handler(CommandHandler("day%d" % i, get_post, block=False))""",
        """\
app.add_handler(CommandHandler("search", search))
# one for each day
app.add_handler(
    MessageHandler(
        CommandPattern(r"day(?:[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-5])"),
        get_post,
        block=False,
    )
)""",
        "a range, a comment and block=False",
        head=_HEAD_BOTH,
    ),
    _rewritten(
        """\
app.add_handlers([CommandHandler(f"p{year}_{month:02}", get_post) for year in range(2020, 2024) for month in range(1, 13)])""",
        """\
app.add_handler(MessageHandler(CommandPattern(r"p202[0-3]_(?:0[1-9]|1[0-2])"), get_post))""",
        "a comprehension of two loops",
    ),
    _rewritten(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"post{i}", get_post), group=1)""",
        """\
app.add_handler(CommandHandler([f"post{i}" for i in range(100)], get_post), group=1)""",
        "a second group, which might read the context.args that a CommandHandler sets",
        head=_HEAD,
    ),
    _rewritten(
        """\
for i in range(100):
    name = str(i)
    name = name.zfill(4)
    app.add_handler(CommandHandler(f"find{name}", search))""",
        """\
app.add_handler(
    CommandHandler(
        [f"find{name}" for i in range(100) for name in [str(i)] for name in [name.zfill(4)]],
        search,
    )
)""",
        "a name in several steps",
        head=_HEAD,
    ),
    _rewritten(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"find{i}", search))""",
        """\
app.add_handler(CommandHandler([f"find{i}" for i in range(100)], search))""",
        "a callback that reads context.args keeps its CommandHandler",
        head=_HEAD,
    ),
    _rewritten(
        """\
for i in range(100):
    name = str(i).zfill(4)
    app.add_handler(CommandHandler("postno" + name, get_post))""",
        """\
app.add_handler(
    CommandHandler(["postno" + str(i).zfill(4) for i in range(100)], get_post)
)""",
        "the list of commands by option",
        head=_HEAD,
        options={"style": "commands"},
    ),
    _rewritten(
        """\
for i in range(100):
    if i != 13:
        handler = CommandHandler(f"day{i}", get_post)
        app.add_handler(handler)""",
        """\
app.add_handler(
    MessageHandler(CommandPattern(r"day(?:[2-9]?[0-9]|1[0-24-9])"), get_post)
)""",
        "a handler in a variable, and a condition",
    ),
    _rewritten(
        """\
FIRST, LAST, STEP = 10, 500, 7
app.add_handlers([CommandHandler(f"find{n}", search) for n in range(FIRST, LAST, STEP)])""",
        """\
FIRST, LAST, STEP = 10, 500, 7
app.add_handler(CommandHandler([f"find{n}" for n in range(FIRST, LAST, STEP)], search))""",
        "constants that are unpacked",
        head=_HEAD,
    ),
    patched(
        """\
 from telethon import TelegramClient, events

 client = TelegramClient("bot", 1, "hash")


 async def get_post(event):
     await event.reply(event.raw_text)


-for i in range(1000):
-    client.add_event_handler(get_post, events.NewMessage(pattern=f"^/p{i:04}$"))
+client.add_event_handler(get_post, events.NewMessage(pattern=r"^/p0[0-9]{3}$"))
""",
        "Telethon's anchored patterns",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


async def get_post(event):
    await event.reply(event.raw_text)


for i in range(1000):
    client.add_event_handler(get_post, events.NewMessage(pattern=f"/postno{i}"))
""",
        "a message may fit several",
        "Telethon's prefixes, where several handlers run for one message",
    ),
    _left(
        """\
for name, callback in [("start", get_post), ("help", search), ("find", search)]:
    app.add_handler(CommandHandler(name, callback))""",
        "a callback of its own",
        "a table of commands",
    ),
    _left(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"p{i}", lambda update, context: get_post(update, i)))""",
        "the callback depends on i",
        "a closure over the loop variable",
    ),
    _left(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"p{i}", get_post), group=i)""",
        "the group differs",
        "a group for each command",
    ),
    _left(
        """\
for name in open("commands.txt").read().split():
    app.add_handler(CommandHandler(name, get_post))""",
        "not written in the source",
        "names from a file",
    ),
    _left(
        """\
i = 0
while i < 100:
    app.add_handler(CommandHandler(f"p{i}", get_post))
    i += 1""",
        "as `for … in range(…)`",
        "a while loop",
    ),
    _left(
        """\
handlers = []
for i in range(100):
    handlers.append(CommandHandler(f"p{i}", get_post))
app.add_handlers(handlers)""",
        "kept in a list",
        "a list of handlers",
    ),
    _left(
        """\
for i in range(100):
    handler = CommandHandler(f"p{i}", get_post)
    app.add_handler(handler)
print(handler)""",
        "handler is used besides",
        "a handler that is used afterwards",
    ),
    _left(
        """\
for i in range(100):
    if i > 5:
        app.add_handler(CommandHandler(f"p{i}", get_post))
print(i)""",
        "used after the loop",
        "a variable that is used after a loop with a condition",
    ),
    left(
        """\
from telegram.ext import MessageHandler, filters


def register(app, get_post):
    for i in range(100):
        app.add_handler(MessageHandler(filters.Regex(f"^/p{i}$"), get_post))
""",
        "one filters.Regex()",
        "messages told apart by regular expressions",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")

for i in range(100):

    @client.on(events.NewMessage(pattern=f"^/p{i}$"))
    async def get_post(event):
        await event.reply(event.raw_text)
""",
        "one pattern for all",
        "Telethon's decorator in a loop",
    ),
    left(
        """\
from pyrogram import Client, filters

app = Client("bot")

for name in ("start", "help", "about"):

    @app.on_message(filters.command(name))
    async def answer(client, message):
        await message.reply(message.text)
""",
        "takes a list of commands",
        "Pyrogram's decorator in a loop",
    ),
    left(
        """\
from aiogram import Router
from aiogram.filters import Command

router = Router()


async def answer(message):
    await message.answer(message.text)


for name in ("start", "help", "about"):
    router.message.register(answer, Command(name))
""",
        "takes several commands",
        "aiogram's filters in a loop",
    ),
    left(
        """\
from pyrogram import Client, filters

app = Client("bot")

for name in ("start", "help", "about"):

    @app.on_message(filters.command(name))
    async def answer(client, message):
        await message.reply(name)
""",
        "depends on name",
        "a callback that reads the loop variable",
    ),
    _left(
        """\
for attempt in range(5):
    app.add_handler(CommandHandler("start", get_post))
    if app.running:
        break""",
        "a retry",
        "a retry loop",
    ),
    _left(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"p{i}", get_post))
    app.add_handler(CommandHandler(f"p{100 - i}", search))""",
        "does more than register",
        "two registrations in each pass",
    ),
    _left(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"p{i}", get_post))
    app.title = f"p{i}"
    print("registered", i)""",
        "does more than register",
        "a loop that does more",
    ),
    _left(
        """\
[app.add_handler(CommandHandler(f"find{n}", search)) for n in range(50)]""",
        "as `for … in …:`",
        "registrations in a comprehension",
    ),
    _left(
        """\
for i in range(9):
    if i % 2:
        app.add_handler(CommandHandler(f"p{i}", search))
    else:
        app.add_handler(CommandHandler(f"p{i}", get_post))""",
        "the loop has an else",
        "a condition that decides between two callbacks",
    ),
    _left(
        """\
for i in range(2):
    app.add_handler(CommandHandler(f"p{i}", get_post))""",
        "fewer than it is worth",
        "two commands",
    ),
    _rewritten(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"p{i}", get_post))
print(i, "is the last one")""",
        """\
app.add_handler(MessageHandler(CommandPattern(r"p[1-9]?[0-9]"), get_post))
i = 99
print(i, "is the last one")""",
        "a loop variable that is used afterwards",
    ),
    _rewritten(
        """\
for i in range(100):
    app.add_handler(CommandHandler(f"p{i}", get_post))
print(len(app.handlers[0]), "handlers")""",
        """\
app.add_handler(CommandHandler([f"p{i}" for i in range(100)], get_post))
print(len(app.handlers[0]), "handlers")""",
        "somebody looks at the handlers",
        head=_HEAD,
        safety=Safety.UNSAFE,
    ),
    left(
        """\
from telegram.ext import CommandHandler, ConversationHandler


def register(app, begin, end):
    entry_points = [CommandHandler(f"p{i}", begin) for i in range(100)]
    entry = [CommandHandler("end", end)]
    app.add_handler(ConversationHandler([CommandHandler(f"q{i}", begin) for i in range(100)], {}, entry))
    app.add_handlers(entry_points)
""",
        "members of a ConversationHandler",
        "a conversation's entry points",
    ),
    left(
        """from telegram.ext import CommandHandler


def register(make, callback):
    for i in range(100):
        make().add_handler(CommandHandler(f"p{i}", callback))
""",
        "looked up anew",
        "an application that is looked up in each pass",
    ),
    _left(
        """\
app.add_handlers(CommandHandler(f"p{i}", get_post) for i in range(100))""",
        "TypeError",
        "a generator, which add_handlers refuses",
    ),
    untouched(
        _HEAD + _main('app.add_handler(CommandHandler("start", get_post))'),
        "single registrations",
    ),
    untouched(
        """\
class CommandHandler: ...


def main(app, callback):
    for i in range(100):
        app.add_handler(CommandHandler(f"p{i}", callback))
""",
        "another library's handlers",
    ),
    left(
        """\
from telebot.async_telebot import AsyncTeleBot

bot = AsyncTeleBot("42:T")

for number in range(100):

    @bot.message_handler(commands=[f"p{number}"])
    async def page(message):
        await bot.reply_to(message, "a page")
""",
        "`commands` is a list, and one handler with all of them does",
        "pyTelegramBotAPI's handlers in a loop",
    ),
)
