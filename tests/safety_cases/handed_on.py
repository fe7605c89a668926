"""TGF501, TGF502: objects that are handed to functions of the project, which keep them or not."""

from __future__ import annotations

from . import SafetyCase, driving

_HEAD = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
"""

_BODY = """

@client.on(events.NewMessage(pattern="/order (.+)"))
async def order(event):
    entry = {"who": event.pattern_match.group(1), "state": "new"}
    KEEP
    time.sleep(0.05)
    if entry["state"] == "new":
        entry["state"] = "done"
    await event.reply(f"{entry['who']}: {entry['state']}")


@client.on(events.NewMessage(pattern="/cancel"))
async def cancel(event):
    for entry in orders():
        entry["state"] = "cancelled"
    await event.reply(f"{len(orders())} cancelled")
"""


def _keeping(definition: str, keep: str) -> str:
    return _HEAD + definition + _BODY.replace("KEEP", keep)


_LIST = _keeping(
    """
_orders = []


def orders():
    return _orders


def note(entry):
    _orders.append(entry)
""",
    "note(entry)",
)
_BOX = _keeping(
    """
class Box:
    def __init__(self):
        self.items = []


box = Box()


def orders():
    return box.items


def put(where, entry):
    where.items.append(entry)
""",
    "put(box, entry)",
)
_BY_NAME = _keeping(
    """
_orders = []


def orders():
    return _orders


def put(*, entry, where):
    where.append({"unused": 0} and entry)
""",
    "put(where=_orders, entry=entry)",
)
_BY_CLASS = _keeping(
    """
class Book:
    def __init__(self):
        self.items = []

    def note(self, entry):
        self.items.append(entry)


book = Book()


def orders():
    return book.items
""",
    "Book.note(book, entry)",
)
_IN_A_CLOSURE = _keeping(
    """
_givers = []


def orders():
    return [giver() for giver in _givers]


def note(entry):
    def give():
        return entry

    _givers.append(give)
""",
    "note(entry)",
)
_TWO_STEPS = _keeping(
    """
_orders = {}


def orders():
    return list(_orders.values())


def checked(entry):
    return entry if entry["who"] else None


def note(entry):
    found = checked(entry)
    _orders[found["who"]] = found
""",
    "note(entry)",
)

_ONLY_READ = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def words(text):
    return shortened(text).split()


def shortened(text):
    print("asked for", len(text), "letters")
    return text[:40]


def shown(text):
    first = words(text)[0]
    return subprocess.run(["printf", "%s", first], capture_output=True, text=True).stdout + str(len(text))


@client.on(events.NewMessage(pattern="/echo (.+)"))
async def echo(event):
    text = event.pattern_match.group(1)
    await event.reply("a moment")
    answer = shown(text)
    await event.reply(answer)
"""

_UPDATES = {"updates": ["/order a", "/cancel"], "gap": 0.01}
CASES = [
    SafetyCase(
        "an entry that a function keeps in a list", {"bot.py": _LIST}, driving.telethon_bot, _UPDATES, fast=True
    ),
    SafetyCase("an entry that is put into a box given with it", {"bot.py": _BOX}, driving.telethon_bot, _UPDATES),
    SafetyCase("an entry given by name with what keeps it", {"bot.py": _BY_NAME}, driving.telethon_bot, _UPDATES),
    SafetyCase("an entry given to a method by its class", {"bot.py": _BY_CLASS}, driving.telethon_bot, _UPDATES),
    SafetyCase("an entry that a closure keeps", {"bot.py": _IN_A_CLOSURE}, driving.telethon_bot, _UPDATES),
    SafetyCase(
        "an entry kept by way of what another function returns", {"bot.py": _TWO_STEPS}, driving.telethon_bot, _UPDATES
    ),
    SafetyCase(
        "a text that functions only read",
        {"bot.py": _ONLY_READ},
        driving.telethon_bot,
        {"updates": ["/echo hello there"]},
    ),
]
