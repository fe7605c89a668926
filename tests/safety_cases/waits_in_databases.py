"""TGF302, TGF501 and TGF502: a wait while a handler works on a row, by a library or by hand."""

from __future__ import annotations

from . import SafetyCase, driving

_LOOKED_UP = """\
import sqlite3
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
db = sqlite3.connect(":memory:")
db.executescript("CREATE TABLE words (word, text); INSERT INTO words VALUES ('bot', 'a program')")


@client.on(events.NewMessage(pattern="/define (.+)"))
async def define(event):
    row = db.execute("SELECT text FROM words WHERE word = ?", (event.pattern_match.group(1),)).fetchone()
    await event.reply("Let me see ...")
    time.sleep(0.05)
    await event.reply(row[0] if row else "I do not know that word.")
"""

CASES = [
    SafetyCase(
        "a row looked up before an answer and a pause",
        {"bot.py": _LOOKED_UP},
        driving.telethon_bot,
        {"updates": ["/define bot", "/define cat"], "pause": 0.01},
        held="TGF501",
    ),
]
