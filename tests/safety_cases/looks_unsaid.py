"""TGF501: a wait before what looks at something without saying so: a test for truth, several targets, a method that Python calls."""

from __future__ import annotations

from . import SafetyCase, driving

_BOT = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
left = [1, 2, 3]


class Ticket:
    def __hash__(self):
        left.pop()
        return 1


class Shop:
    pass


SHOP = Shop()


def take(number):
    left.pop()
    return number


SORTED = {"how": take}


@client.on(events.NewMessage(pattern="/buy"))
async def buy(event):
    await event.reply("one moment")
    BEFORE
    time.sleep(0.1)
    BEHIND
    await event.reply(str(text))
"""


def _case(name: str, behind: str, *, before: str = "left.pop()", fast: bool = False) -> SafetyCase:
    text = _BOT.replace("BEFORE", before).replace("BEHIND", behind.replace("\n", "\n    "))
    updates = ["/buy 1", "/buy 2", "/buy 3"]
    return SafetyCase(name, {"bot.py": text}, driving.telethon_bot, {"updates": updates}, fast=fast)


CASES = [
    _case("a list that is tested for truth", "text = 'more' if left else 'last'", fast=True),
    _case("a list that a condition of a comprehension tests", "text = [n for n in (1,) if left]"),
    _case(
        "a list that is taken apart",
        "text = 'two'\ntry:\n    one, two = left\nexcept ValueError:\n    text = 'not two'",
    ),
    _case("a list that another one takes in", "text = ['left']\ntext += left"),
    _case("a hash that takes a ticket", "text = len(left)", before="shelf = {Ticket(): 1}"),
    _case("a key that takes a ticket", "text = len(left)", before="first = max([1], key=SORTED['how'])"),
    _case(
        "an attribute that may be there",
        "text = hasattr(SHOP, 'buyer')",
        before="vars(SHOP).clear() if event.id == 3 else setattr(SHOP, 'buyer', 1)",
    ),
]
