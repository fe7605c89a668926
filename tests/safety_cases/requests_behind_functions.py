"""TGF502: plain functions that send requests or sleep, called by handlers, where it may be noticed that they run in a thread."""

from __future__ import annotations

from . import SafetyCase, driving

_BOT = """\
import os
import threading
import time

import requests
from telegram.ext import Application, CommandHandler

{head}

async def show(update, context):
{handler}


def build():
    app = Application.builder().token("1:A"){settings}.build()
    app.add_handler(CommandHandler("show", show))
    return app


if __name__ == "__main__":
    build().run_polling()
"""
_TELETHON = """\
import os
import threading
import time

import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
{head}

@client.on(events.NewMessage(pattern="/show (.+)"))
async def show(event):
{handler}
"""


def _ptb(head: str, handler: str, settings: str = "") -> dict[str, str]:
    lines = "\n".join(f"    {line}" for line in handler.splitlines())
    return {"bot.py": _BOT.format(head=head, handler=lines, settings=settings)}


def _telethon(head: str, handler: str) -> dict[str, str]:
    return {"bot.py": _TELETHON.format(head=head, handler="\n".join(f"    {line}" for line in handler.splitlines()))}


_ASK = """
def ask(base, name):
    return requests.get(f"{base}/{name}", timeout=5).json()["path"]


def both(base, name):
    return ask(base, name), ask(base, name + "2")

"""
_SLOW = """
def ask(base, name):
    time.sleep(0.1)
    return requests.get(f"{base}/{name}", timeout=5).json()["path"]

"""
_KEPT = """
seen = {}


def ask(name):
    if name not in seen:
        seen[name] = requests.get(f"{os.environ['API']}/{name}", timeout=5).json()["path"]
    return seen[name]

"""
_SESSION = """
session = requests.Session()


def ask(name):
    session.headers["X-Name"] = name
    return session.get(f"{os.environ['API']}/{name}", timeout=5).json()["path"]

"""
_WHO = """
def ask(name):
    answer = requests.get(f"{os.environ['API']}/{name}", timeout=5).json()["path"]
    return f"{answer} {threading.current_thread() is threading.main_thread()}"

"""
_LIMITED = """
BASE = os.environ["API"]


def ask(name):
    time.sleep(0.1)
    return requests.get(f"{BASE}/{name}", timeout=5).json()["path"]

"""
_HOOKED = """
order = []


def note(response, *args, **kwargs):
    order.append(threading.current_thread() is threading.main_thread())


def ask(name):
    requests.get(f"{os.environ['API']}/{name}", timeout=5, hooks={"response": note})
    return str(order)

"""
_LATEST = """
latest = None


def ask(name):
    return requests.get(f"{os.environ['API']}/{name}", timeout=5).json()["path"]

"""

_ANSWER = "await update.message.reply_text(str(ask(context.args[0])))"
_REPLY = "await event.reply(str(ask(event.pattern_match.group(1))))"
_UPDATES = {"updates": ["/show a", "/show b", "/show a"], "server": {}}

CASES = [
    SafetyCase(
        "a request behind two functions, one update after the other",
        _ptb(_ASK, 'await update.message.reply_text(str(both(os.environ["API"], context.args[0])))'),
        driving.ptb_bot,
        _UPDATES,
        fast=True,
    ),
    SafetyCase(
        "a function that sleeps before it asks, one update after the other",
        _ptb(_SLOW, "await update.message.reply_text(ask(os.environ['API'], context.args[0]))"),
        driving.ptb_bot,
        _UPDATES,
    ),
    SafetyCase("a function that keeps what it got", _ptb(_KEPT, _ANSWER), driving.ptb_bot, _UPDATES),
    SafetyCase(
        "a function that keeps what it got, several updates at a time",
        _ptb(_KEPT, _ANSWER, ".concurrent_updates(True)"),
        driving.ptb_bot,
        _UPDATES,
    ),
    SafetyCase("a function with the session of all", _telethon(_SESSION, _REPLY), driving.telethon_bot, _UPDATES),
    SafetyCase("a function that tells its thread", _ptb(_WHO, _ANSWER), driving.ptb_bot, _UPDATES),
    SafetyCase("a function that keeps a distance", _telethon(_LIMITED, _REPLY), driving.telethon_bot, _UPDATES),
    SafetyCase("a function with a hook of its own", _ptb(_HOOKED, _ANSWER), driving.ptb_bot, _UPDATES),
    SafetyCase(
        "what is the latest when the function returns",
        _telethon(
            _LATEST,
            "global latest\nlatest = event.pattern_match.group(1)\nanswer = ask(latest)\nawait event.reply(f'{answer} {latest}')",
        ),
        driving.telethon_bot,
        _UPDATES,
    ),
]
