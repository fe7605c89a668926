"""The text of a bot, from the bodies of its handlers.

In a body, TEXT, WHO, REPLY and SEND stand for what they are called in the bot's library, BOT_DATA and USER_DATA for
its stores.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent, indent

#: How a bot handles its updates.
SHAPES = ("telethon", "telethon in turn", "ptb", "ptb with a job", "ptb side by side")

#: What the module holds; a bot has those of which it uses the name.
THINGS = {
    "state": 'state = {"n": 1}',
    "users": "users = {}",
    "items": "items = [0]",
    "seen": "seen = set()",
    "counter": "counter = 0",
    "guard": "guard = threading.Lock()",
    "gate": "gate = asyncio.Lock()",
    "db": 'db = sqlite3.connect(":memory:")\ndb.execute("CREATE TABLE stock (n INTEGER)")\n'
    'db.execute("INSERT INTO stock VALUES (1)")',
    "shop": """
        class Shop:
            def __init__(self):
                self.stock = 1

            def take(self):
                self.stock -= 1
                return self.stock

        shop = Shop()
    """,
}
#: What is seen of them in the end.
STATE = {
    "state": "state", "users": "users", "items": "items", "seen": "sorted(seen)", "counter": "counter", "shop": "shop.stock",
    "db": 'db.execute("SELECT n FROM stock").fetchall()',
}  # fmt: skip

HELPERS = {
    "clean": "def clean(text):\n    return text.strip().lower()",
    "user_of": 'def user_of(number):\n    return users.setdefault(number, {"coins": 9})',
    "spend": "def spend(amount):\n    state[\"n\"] -= amount\n    return state[\"n\"]",
    "read_log": 'def read_log():\n    with open("log.txt") as f:\n        return len(f.read())',
    "write_log": 'def write_log(text):\n    with open("log.txt", "a") as f:\n        f.write(str(text) + "\\n")',
    "uptime": 'def uptime():\n    return subprocess.check_output(["uptime"], text=True)',
    "measured": 'def measured():\n    state["n"] += 1\n    up = subprocess.check_output(["uptime"], text=True)\n'
    '    return f"{up} {state[\'n\']}"',
    "in_stock": 'def in_stock():\n    connection = sqlite3.connect("shop.db")\n'
    '    row = connection.execute("SELECT n FROM stock").fetchone()\n    connection.close()\n    return row[0]',
    "sell": 'def sell(amount):\n    connection = sqlite3.connect("shop.db")\n'
    '    row = connection.execute("SELECT n FROM stock").fetchone()\n'
    '    connection.execute("UPDATE stock SET n = ?", (row[0] - amount,))\n    connection.commit()\n    connection.close()\n'
    '    return row[0]',
}  # fmt: skip


@dataclass(frozen=True)
class Bot:
    """A program, how it handles its updates, and the expressions that give its state."""

    text: str
    shape: str
    state: tuple[str, ...]


def render(shape: str, found: list[str], methods: bool = False) -> Bot:
    """The program with these handlers' bodies. With a job, the last is the job's."""
    library = "telethon" if shape.startswith("telethon") else "ptb"
    functions = []
    for number, text in enumerate(found):
        job = shape == "ptb with a job" and number == len(found) - 1
        functions.append(_function("tick" if job else f"h{number}", text, "job" if job else library, methods))
    text = "\n\n".join(functions)
    if methods:
        text = "class Handlers:\n" + indent(text, "    ") + "\n\nhandlers = Handlers()"
    text += "\n\n" + _registered(shape, len(found), "handlers." if methods else "")
    used = [name for name in THINGS if re.search(rf"(?<![\"\w]){name}\b", text + "".join(_helpers(text)))]
    things = "\n".join(dedent(THINGS[name]).strip() for name in used)
    whole = "\n\n".join([_head(shape), things, *_helpers(text), text]) + "\n"
    return Bot(_imports(whole) + whole, shape, tuple(STATE[name] for name in used if name in STATE))


_IMPORTS = ("asyncio", "sqlite3", "subprocess", "threading", "time", "requests")


def _imports(text: str) -> str:
    return "".join(f"import {name}\n" for name in _IMPORTS if re.search(rf"\b{name}\.", text))


def _head(shape: str) -> str:
    if shape.startswith("telethon"):
        more = ", sequential_updates=True" if shape == "telethon in turn" else ""
        start = f'from telethon import TelegramClient, events\n\nclient = TelegramClient("bot", 1, "hash"{more})'
    else:
        start = "from telegram.ext import Application, CommandHandler\n"
    return start + '\nURL = "http://127.0.0.1:8000/"'


def _helpers(text: str) -> list[str]:
    return [helper for name, helper in HELPERS.items() if re.search(rf"\b{name}\b", text)]


_NAMES = {
    "telethon": {
        "TEXT": "event.raw_text",
        "WHO": "event.chat_id",
        "REPLY": "event.reply",
        "SEND": "client.send_message",
    },
    "ptb": {"TEXT": "update.message.text", "WHO": "update.effective_user.id", "REPLY": "update.message.reply_text"},
    "job": {"TEXT": '"tick"', "WHO": "5", "REPLY(": "context.bot.send_message(5, "},
}


def _function(name: str, body: str, kind: str, method: bool) -> str:
    names = {
        "SEND": "context.bot.send_message",
        "BOT_DATA": "context.bot_data",
        "USER_DATA": "context.user_data",
    } | _NAMES[kind]
    if kind == "telethon":
        names |= {"BOT_DATA": "state", "USER_DATA": "state"}
    elif kind == "job":
        names |= {"USER_DATA": "context.bot_data"}
    for short, long in names.items():
        body = re.sub(rf"\b{re.escape(short)}" + ("" if short.endswith("(") else r"\b"), long, body)
    if re.search(r"\bcounter\b (\+?=)", body):
        body = "global counter\n" + body
    parameters = {"telethon": "event", "ptb": "update, context", "job": "context"}[kind]
    return f"async def {name}({'self, ' * method}{parameters}):\n" + indent(body, "    ")


def _registered(shape: str, number: int, owner: str) -> str:
    lines = []
    if shape.startswith("telethon"):
        lines = [f'client.add_event_handler({owner}h{n}, events.NewMessage(pattern="/h{n}"))' for n in range(number)]
    else:
        job = shape == "ptb with a job"
        side = ".concurrent_updates(True)" if shape == "ptb side by side" else ""
        lines = [f'application = Application.builder().token("42:T"){side}.build()']
        lines += [f'application.add_handler(CommandHandler("h{n}", {owner}h{n}))' for n in range(number - job)]
        lines += [f"application.job_queue.run_once({owner}tick, 1)"] * job
    return "\n".join(lines)
