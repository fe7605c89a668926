"""TGF501: a handler that pauses, and others that may take the same update behind it."""

from __future__ import annotations

from . import SafetyCase, driving


def _bot(first: str, second: str, more: str = "") -> str:
    """A handler that pauses as long as its message is, and one that writes to a channel in the order of messages."""
    return f"""\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
WORD = "order"
{more}

@client.on({first})
async def slowly(event):
    time.sleep(0.01 * len(event.raw_text))


@client.on({second})
async def copied(event):
    await client.send_message(1000, event.raw_text)
"""


_ADDED = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/order"))
async def slowly(event):
    time.sleep(0.01 * len(event.raw_text))


def listening(word):
    async def copied(event):
        await client.send_message(1000, event.raw_text)

    client.add_event_handler(copied, events.NewMessage(pattern=word))


listening("/order")
"""

_BY_NAME = """\
import time

from telethon import TelegramClient, events
from telethon.events import register

client = TelegramClient("bot", 1, "hash")


@register(events.NewMessage(pattern="/order"))
async def slowly(event):
    time.sleep(0.01 * len(event.raw_text))


@register(events.NewMessage(pattern="/or"))
async def copied(event):
    await client.send_message(1000, event.raw_text)


for handler in (slowly, copied):
    client.add_event_handler(handler)
"""

_APART = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern=r"\\.load"))
async def load(event):
    time.sleep(0.02)
    await event.delete()
    time.sleep(0.02)


@client.on(events.NewMessage(pattern=r"^/order (\\d+)"))
async def order(event):
    time.sleep(0.02)
    await event.reply(event.pattern_match.group(1))


@client.on(events.NewMessage(pattern="/help"))
async def answer(event):
    await event.reply("/order")


@client.on(events.CallbackQuery(data=b"x"))
async def pressed(event):
    await client.send_message(1000, "pressed")
"""

_MESSAGE = "events.NewMessage(pattern={})"
_UPDATES = {"updates": ["/order of a long list", "/order"], "gap": 0.001}
_PAIRS = {
    "a pattern that begins as another": ('"/order"', '"/ord"'),
    "a pattern of two words": ('"/order"', '"/help|/order"'),
    "a pattern with a letter that may be missing": ('"/order"', '"/orders?"'),
    "a pattern of any letter": ('"/order"', '"/.*"'),
    "a pattern in capitals": ('"/order"', '"(?i)/ORDER"'),
    "a pattern that is put together": ('"/order"', 'f"/{WORD}"'),
}
CASES = [
    *(
        SafetyCase(
            f"behind a pause {name}",
            {"bot.py": _bot(_MESSAGE.format(first), _MESSAGE.format(second))},
            driving.telethon_bot,
            _UPDATES,
        )
        for name, (first, second) in _PAIRS.items()
    ),
    SafetyCase(
        "behind a pause a handler of all messages",
        {"bot.py": _bot('events.NewMessage(pattern="/order")', "events.NewMessage")},
        driving.telethon_bot,
        _UPDATES,
        fast=True,
    ),
    SafetyCase(
        "behind a pause a handler of both directions",
        {"bot.py": _bot("events.NewMessage(incoming=True)", "events.NewMessage(incoming=True, outgoing=True)")},
        driving.telethon_bot,
        _UPDATES,
    ),
    SafetyCase("behind a pause a handler that is added", {"bot.py": _ADDED}, driving.telethon_bot, _UPDATES),
    SafetyCase("behind a pause a handler registered by a name", {"bot.py": _BY_NAME}, driving.telethon_bot, _UPDATES),
    SafetyCase(
        "handlers of which no two take one message",
        {"bot.py": _APART},
        driving.telethon_bot,
        {"updates": ["/order 5", ".load", "/help", "/order 7"], "pause": 0.01},
        held="TGF501",
        granted="interleaving",
        fast=True,
    ),
]
