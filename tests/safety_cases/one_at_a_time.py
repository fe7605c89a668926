"""TGF302, TGF502: helpers that move to a thread in bots that do one thing after the other, and what knows its thread all the same."""

from __future__ import annotations

from . import SafetyCase, driving

_HEAD = """\
import asyncio
import sqlite3
import subprocess
import threading

from telegram.ext import Application, CommandHandler

"""
_TAIL = """

async def show(update, context):
    answer = asked(update.effective_user.id)
    await update.message.reply_text(f"{answer}, {state()}")


def main():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("show", show))
    app.run_polling()
"""

_DATA = f"""{_HEAD}
counts = {{}}
total = 0


class Store:
    def __init__(self, path):
        self.path = path
        self.last = ""


store = Store("notes")


def asked(user):
    global total
    total += 1
    counts[user] = counts.get(user, 0) + 1
    store.last = str(user)
    return subprocess.run(["printf", "%s of %s", str(user), store.path], capture_output=True, text=True).stdout


def state():
    return f"{{total}} {{counts}} {{store.last}}"
{_TAIL}"""

_LOCAL = f"""{_HEAD}
_mine = threading.local()


def asked(user):
    _mine.last = user
    return subprocess.run(["printf", "x"], capture_output=True, text=True).stdout


def state():
    return getattr(_mine, "last", None)
{_TAIL}"""

_PROPERTY = f"""{_HEAD}
class Settings:
    @property
    def loop(self):
        return type(asyncio.get_running_loop()).__name__ != ""


settings = Settings()


def asked(user):
    found = subprocess.run(["printf", "x"], capture_output=True, text=True).stdout
    return f"{{found}} {{settings.loop}}"


def state():
    return "fine"
{_TAIL}"""

_HOOK = f"""{_HEAD}
class Lazy:
    def __getattr__(self, name):
        return threading.current_thread() is threading.main_thread()


lazy = Lazy()


def asked(user):
    return subprocess.run(["printf", "x"], capture_output=True, text=True).stdout + str(lazy.main)


def state():
    return "fine"
{_TAIL}"""

_INHERITED = f"""{_HEAD}
class Slow(threading.local):
    pass


class Seen(Slow):
    def __init__(self):
        self.last = None


seen = Seen()


def asked(user):
    seen.last = user
    return subprocess.run(["printf", "x"], capture_output=True, text=True).stdout


def state():
    return seen.last
{_TAIL}"""

_OPEN = f"""{_HEAD}
opened = [sqlite3.connect(":memory:")]


def asked(user):
    return opened[0].execute("SELECT 1 + ?", (user,)).fetchone()[0]


def state():
    return "fine"
{_TAIL}"""

_CURSOR = f"""{_HEAD}
_connection = sqlite3.connect(":memory:")
cursors = [_connection.execute("SELECT 1"), _connection.execute("SELECT 2")]


def asked(user):
    rows = list(cursors.pop())
    return subprocess.run(["printf", "%s", str(rows)], capture_output=True, text=True).stdout


def state():
    return "fine"
{_TAIL}"""

_TWO = {"updates": ["/show", "/show"]}
CASES = [
    SafetyCase(
        "counts, a total and a program in a bot of one thing at a time",
        {"bot.py": _DATA},
        driving.ptb_polling,
        _TWO,
        fast=True,
    ),
    SafetyCase(
        "what is kept for the thread in a bot of one thing at a time", {"bot.py": _LOCAL}, driving.ptb_polling, _TWO
    ),
    SafetyCase("a property that asks for the loop", {"bot.py": _PROPERTY}, driving.ptb_polling, _TWO),
    SafetyCase("attributes that are made when they are asked for", {"bot.py": _HOOK}, driving.ptb_polling, _TWO),
    SafetyCase(
        "an object of a class whose base is one for each thread", {"bot.py": _INHERITED}, driving.ptb_polling, _TWO
    ),
    SafetyCase("rows of cursors kept in a list", {"bot.py": _CURSOR}, driving.ptb_polling, _TWO),
    SafetyCase("a connection kept in a list", {"bot.py": _OPEN}, driving.ptb_polling, _TWO),
]
