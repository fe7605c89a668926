"""What comes behind a new wait though no statement says so: a caller's clause for an error, a file that is read when it is sent."""

from __future__ import annotations

import pytest
from analysis import ROOT, named

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness

SENDS = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/report"))
async def report(event):
    time.sleep(3)
    await event.reply("Here it is")


@client.on(events.NewMessage(pattern="/new (.*)"))
async def new(event):
    with open("report.txt", "w") as file:
        file.write(event.pattern_match.group(1))


client.start()
client.run_until_disconnected()
"""


def is_apart(text: str) -> bool:
    """Whether nothing that others touch stands on both sides of the one pause of a program."""
    findings = harness.run([AsyncSleep()], harness.plain({"bot.py": text}), unsafe=True).findings
    changes = [finding.change for finding in findings if finding.path == ROOT / "bot.py"]
    assert len(changes) == 1 and changes[0] is not None
    return not named(changes[0].verdicts)


def test_a_text_that_is_sent_behind_a_pause_is_read_nowhere() -> None:
    assert is_apart(SENDS)


@pytest.mark.parametrize(
    "sent",
    [
        'await event.reply("Here it is", file="report.txt")',
        'await event.reply(file="report.txt")',
        'await client.send_file(event.chat_id, "report.txt")',
        "await event.respond(**REPORT)",
    ],
)
def test_a_file_is_read_when_it_is_sent(sent: str) -> None:
    assert not is_apart(SENDS.replace('await event.reply("Here it is")', sent))
