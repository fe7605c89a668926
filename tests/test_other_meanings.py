"""What rests on the meaning of a name, in programs where it means something else."""

from __future__ import annotations

import pytest
from analysis import named

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness

BOT = """\
import time
from telethon import TelegramClient, events
{note}

client = TelegramClient("bot", 1, "hash")
seen = {{}}


@client.on(events.NewMessage)
async def on(event):
    n = seen.get(event.sender_id, 0)
    time.sleep(2)
    await {call}


client.run_until_disconnected()
"""


def is_apart(**files: str) -> bool:
    """Whether nothing that others touch stands on both sides of the pause of the bot."""
    sources = {name.replace("__", "/") + ".py": text for name, text in files.items()}
    (proposal,) = harness.run([AsyncSleep()], harness.plain(sources), unsafe=True).chosen
    return not named(proposal.change.verdicts)


def test_messages_of_which_one_may_be_edited_and_the_other_not() -> None:
    show = (
        'async def note(m):\n    await m.edit("a")\n    time.sleep(2)\n    await m.edit("b")\n'
        "\n\n@client.on(events.NewMessage)\nasync def on(event):\n    await note(event.message)\n"
        "    await note(event.message.board)\n\n\nclient.run_until_disconnected()\n"
    )
    assert not is_apart(bot=BOT.partition("@client")[0].format(note="") + show)


STARTED = """\
from telegram.ext import ApplicationBuilder, CommandHandler
import time

seen = {}


async def on(update, context):
    n = seen.get(1, 0)
    time.sleep(2)
    await update.message.reply_text(f"{n} {seen.get(1, 0)}")


application = ApplicationBuilder().token("1:x").build()
application.add_handler(CommandHandler("on", on))
"""
STARTS = """\
from app import application, seen


async def tick(context):
    seen[1] = 0


application.job_queue.run_repeating(tick, 1)
application.run_polling()
"""


@pytest.mark.parametrize(
    "files",
    [
        {"app": STARTED, "run": STARTS},
        {"src__app": STARTED, "run": "import sys\nsys.path.append('src')\n" + STARTS},
        {"src__app": STARTED, "bin__run": STARTS},
        {"src__app__core": STARTED, "run": STARTS.replace("app import", "app.core import")},
    ],
    ids=["beside", "a path of its own", "two folders", "a package of src"],
)
def test_what_a_program_runs_beside_that_finds_its_modules_elsewhere(files: dict[str, str]) -> None:
    assert not is_apart(**files)
