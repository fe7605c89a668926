"""What sentences say of cancellations, stops and others that could run already, as it is in the bot at hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

BOT = """\
import asyncio, subprocess, time
import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
counts = {}


async def progress(event):
    await event.reply("still at it")


@client.on(events.NewMessage)
async def handle(event):
BODY
"""


def told(folder: Path, body: str, code: str, more: str = "", granted: str = "staleness") -> str:
    """What `check` says with all details of a bot whose handler has this body: what is slight where all else is granted."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    (folder / "bot.py").write_text(BOT.replace("BODY\n", lines) + more)
    return " ".join(tgfix("check", "-v", "--select", code, "--assume", granted, cwd=folder).text.split())


STOP = "\n\nasync def stop():\n    await client.disconnect()\n"


def test_what_a_stop_leaves_out_is_said(tmp_path: Path) -> None:
    body = "found = requests.get('https://example.org')\nawait event.reply(found.text)"
    assert "nobody stops the bot" not in told(
        tmp_path, body, "TGF202"
    )  # it ends by Ctrl-C alone, which ended the call as well
    granted = "resources,ordering,interleaving"
    assert "nobody stops the bot while it waits: `event.reply()` would be left out" in told(
        tmp_path, body, "TGF202", STOP, granted
    )
    assert "would be left out" not in told(tmp_path, body, "TGF202", STOP)
    kept = "counts['asked'] = 1\nfound = requests.get('https://example.org')\ncounts['asked'] = 2\nawait event.reply(found.text)"
    assert "would be left out" in told(tmp_path, kept, "TGF202", STOP)  # what is begun stays half done
    assert "would be left out" not in told(tmp_path, kept.partition("\n")[2], "TGF202", STOP)


WORK = """

async def work(event):
    subprocess.run(["backup"])
    await event.reply("done")
"""


@pytest.mark.parametrize(
    ("started", "said"),
    [
        ("asyncio.create_task(work(event))", "nobody cancels the task that bot.py:15 starts while it waits"),
        (
            "job = asyncio.create_task(work(event))\njob.cancel()",
            "`job.cancel()` (bot.py:16) does not come while it waits",
        ),
    ],
)
def test_only_what_cancels_this_very_task_is_named(tmp_path: Path, started: str, said: str) -> None:
    body = f"{started}\nshown = asyncio.create_task(progress(event))\nawait event.reply('?')\nshown.cancel()"
    assert said in told(tmp_path, body, "TGF502", WORK)


def test_who_runs_it_cannot_cancel_it_in_a_program_that_cancels_nothing(tmp_path: Path) -> None:
    body = "steps = {'work': work}\nawait steps[event.raw_text](event)"
    granted = "interleaving,ordering,outside,thread,errors"
    said = told(tmp_path, body, "TGF502", WORK + STOP, granted)
    assert 'nobody stops the bot while it waits: `event.reply("done")` would be left out' in said
    assert "does not cancel it" in told(
        tmp_path, body, "TGF502", f"{WORK}\n\ndef stop(task):\n    task.cancel()\n", granted
    )


def test_others_that_could_run_just_before_are_said_to(tmp_path: Path) -> None:
    body = "counts[event.chat_id] = 1\nawait event.edit('2')\ntime.sleep(3)\ncounts[event.chat_id] = 2"
    said = (
        "`event.edit()` (line 16) has waited, so that other code of the bot could run before changing `counts` already"
    )
    assert said not in told(tmp_path, body, "TGF501", STOP)  # it asks nothing new
    assert said in told(tmp_path, body, "TGF501", STOP, granted="interruption,ordering")


def test_a_method_of_the_same_name_in_another_class_is_not_the_librarys(tmp_path: Path) -> None:
    body = "user = await event.client.get_entity(event.chat_id)\nawait event.reply(user.title)"
    other = "\n\nclass Quote:\n    async def get_entity(self, text):\n        return text\n"
    assert "TGF601" in told(tmp_path, body, "TGF601", other)
    assert "is the library's own" not in told(tmp_path, body, "TGF601", other)
    derived = other.replace("class Quote:", "class Quote(TelegramClient):")
    assert "is the library's own" in told(tmp_path, body, "TGF601", derived)


def test_neither_what_is_sent_nor_a_look_on_the_way_there_is_named(tmp_path: Path) -> None:
    body = "found = requests.get('https://example.org')\nawait borg.send_message(event.chat_id, found.text)"
    said = told(tmp_path, body, "TGF202", "\n\nborg = client\nborg = TelegramClient('bot', 1, 'hash')\n")
    assert "nothing that other handlers do while `requests.get(" in said and "`borg.send_message" not in said
    assert "reading `borg`" not in said


def test_what_is_shared_is_named_before_a_request_that_asks(tmp_path: Path) -> None:
    body = "first = requests.get('https://a.example')\nsecond = requests.get('https://b.example')\ncounts[first.text] = second.text"
    said = told(tmp_path, body, "TGF202")
    assert "and changing `counts`" in said
    assert "and `requests.get" not in said and "several requests may be under way" not in said
    assert said.count("assumes `") <= 3


def test_two_looks_disturb_nobody(tmp_path: Path) -> None:
    body = "old = counts['n']\ntime.sleep(3)\nif counts['n'] == old:\n    await event.reply('the same')"
    assert "and reading `counts`" not in told(tmp_path, body, "TGF501", granted="errors")
    changed = f"counts['n'] = 1\n{body}"
    assert "between changing `counts`" in told(tmp_path, changed, "TGF501", granted="errors")
