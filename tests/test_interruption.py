"""What an interruption during a wait finds: sends that were on their way before, and programs that end themselves."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness
from tgfix.engine.model import Hazard

_AIOGRAM = """\
import time

from aiogram import Bot, Dispatcher, types

dp = Dispatcher()


@dp.message()
async def buy(message: types.Message):
    await message.answer("checking")
    time.sleep(3)
    {behind}


if __name__ == "__main__":
    dp.run_polling(Bot("1:a"))
"""
_TELETHON = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/start"))
async def start(event):
    await event.reply("wait")
    time.sleep(3)
    await event.reply("done")


@client.on(events.NewMessage(pattern="/stop"))
async def stop(event):
    {stop}


client.start()
client.run_until_disconnected()
"""
_PTB = """\
import time

from telegram import Update
from telegram.ext import Application, CommandHandler


async def start(update: Update, context):
    await update.message.reply_text("wait")
    time.sleep(3)
    await update.message.reply_text("paid")


async def restart(update: Update, context):
    {restart}


app = Application.builder().token("1:a").concurrent_updates(True).build()
app.add_handler(CommandHandler("start", start))
app.add_handler(CommandHandler("restart", restart))
app.run_polling()
"""


def is_assumed(source: str) -> bool:
    """Whether the pause of a bot becomes a wait that nobody must interrupt."""
    (proposal,) = harness.run([AsyncSleep()], harness.plain({"bot.py": source}), unsafe=True).chosen
    return Hazard.INTERRUPTION in {assumption.hazard for assumption in proposal.change.open}


@pytest.mark.parametrize(
    ("behind", "assumed"),
    [('await message.answer("Paid. Your key is 7")', True), ("return", False)],
    ids=["an answer", "nothing"],
)
def test_aiogram_waits_for_no_handler_when_it_stops(behind: str, assumed: bool) -> None:
    assert is_assumed(_AIOGRAM.format(behind=behind)) is assumed


@pytest.mark.parametrize(
    ("run", "assumed"),
    [
        ("with client:\n    client.loop.run_until_complete(main())\n", True),
        ("client.start()\nclient.loop.run_until_complete(main())\n", True),
        ("client.loop.run_until_complete(main())\nclient.run_until_disconnected()\n", False),
        ("client.start()\nclient.loop.run_forever()\n", False),
        ("client.loop.run_until_complete(asyncio.wait_for(client.run_until_disconnected(), 3600))\n", True),
        (
            "ONLINE = client.loop.create_task(client.run_until_disconnected())\nclient.loop.run_until_complete(main())\n",
            True,
        ),
        ("coroutine = main()\nclient.loop.run_until_complete(coroutine)\n", True),
        (
            "async def serve():\n    await client.run_until_disconnected()\n\n\nclient.loop.run_until_complete(serve())\n",
            False,
        ),
        (
            "async def serve():\n    await client.run_until_disconnected()\n\n\n"
            "client.loop.run_until_complete(asyncio.wait_for(serve(), 3600))\n",
            True,
        ),
        (
            "class Service:\n    async def run(self):\n        await DONE.wait()\n\n\n"
            "service = Service()\nclient.loop.run_until_complete(service.run())\n",
            True,
        ),
        ("import asyncio as aio\n\naio.run(main())\n", True),
        ("web.run(host='0.0.0.0')\nclient.loop.run_until_complete(main())\n", True),
        ("from asyncio import sleep, run\n\nrun(main())\n", True),
        ("client.start()  # or idle()\nclient.loop.run_until_complete(main())\n", True),
    ],
)
def test_a_program_that_ends_with_its_own_coroutine_does_not_wait_for_handlers(run: str, assumed: bool) -> None:
    program = _TELETHON.format(stop="pass").partition("client.start()")[0]
    assert is_assumed(f"{program}async def main():\n    await DONE.wait()\n\n\n{run}") is assumed


@pytest.mark.parametrize(
    ("stop", "assumed"),
    [
        ("await client.disconnect()", True),
        ("await client.log_out()", True),
        ("client.loop.call_later(9, client.disconnect)", True),
        ('await event.reply("no")', False),
    ],
)
def test_telethon_cancels_its_handlers_where_it_disconnects(stop: str, assumed: bool) -> None:
    assert is_assumed(_TELETHON.format(stop=stop)) is assumed


@pytest.mark.parametrize(
    "restart",
    [
        'from os import execl\n    execl("/bin/sh", "sh")',
        'import os\n    os.system(f"kill -9 {os.getpid()}")',
        'import subprocess\n    subprocess.run(["systemctl", "restart", "bot"])',
        "import psutil\n    psutil.Process().kill()",
        "import signal as s\n    s.alarm(2)",
        "import asyncio\n    asyncio.get_running_loop().stop()",
        "import asyncio\n    running = asyncio.get_event_loop()\n    running.stop()",
        "raise KeyboardInterrupt",
        "try:\n        await context.bot.get_me()\n    except (SystemExit, ValueError):\n        pass",
        "import _thread\n    _thread.interrupt_main()",
        "from sys import exit as leave\n    leave()",
        "import argparse\n    argparse.ArgumentParser().parse_args(update.message.text.split())",
    ],
)
def test_a_bot_may_end_itself(restart: str) -> None:
    assert is_assumed(_PTB.format(restart=restart))


@pytest.mark.parametrize(
    ("beside", "restart", "assumed"),
    [
        ("import sys\n\n\ndef bye():\n    print('bye')\n    sys.exit()\n", "bye()", True),
        ("import sys\n\n\ndef bye():\n    raise SystemExit\n\n\ndef leave():\n    bye()\n", "leave()", True),
        (
            "import sys\n\n\nclass Control:\n    def stop(self):\n        sys.exit()\n\n\ncontrol = Control()\n",
            "control.stop()",
            True,
        ),
        ("import sys\n\nDO = {'/stop': lambda: sys.exit('stopped')}\n", "DO[update.message.text]()", True),
        ("import sys\n\nDO = {'/stop': sys.exit}\n", "DO[update.message.text]()", True),
        ("class Stopped(SystemExit):\n    pass\n", "raise Stopped", True),
        ("import sys\n\n\nclass Settings:\n    def __init__(self):\n        sys.exit()\n", "Settings()", True),
        ("import asyncio\n\nloop = asyncio.new_event_loop()\nloop.call_later(3600, loop.stop)\n", "pass", True),
        ("import sys\n\n\ndef need(name):\n    if not name:\n        sys.exit()\n\n\nneed('a')\n", "pass", False),
        ("import sys\n\n\ndef need(name):\n    if not name:\n        sys.exit()\n\n\nneed('a')\n", "need('')", True),
        (
            "import argparse\n\n\ndef options():\n    return argparse.ArgumentParser().parse_args()\n\n\noptions()\n",
            "pass",
            False,
        ),
    ],
)
def test_what_ends_a_bot_may_stand_in_a_function_of_its_own(beside: str, restart: str, assumed: bool) -> None:
    assert is_assumed(f"{beside}\n\n{_PTB.format(restart=restart)}") is assumed


@pytest.mark.parametrize(
    ("called", "assumed"),
    [("lambda: done.set()", True), ("ended", False), ("done.set", False), ("closed", True)],
    ids=["a lambda", "a function that sets an event", "an event", "a function that does more"],
)
def test_a_callback_of_the_loop_that_sets_an_event_interrupts_nothing(called: str, assumed: bool) -> None:
    restart = (
        "import asyncio, signal\n    done = asyncio.Event()\n\n    def ended():\n        done.set()\n\n"
        "    def closed():\n        app.stop()\n\n"
        f"    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, {called})"
    )
    assert is_assumed(_PTB.format(restart=restart)) is assumed


def test_a_program_that_only_tells_something_ends_no_bot() -> None:
    restart = 'import subprocess\n    print(subprocess.run(["uptime"], capture_output=True).stdout)'
    assert not is_assumed(_PTB.format(restart=restart))


_JOB = """\
import time

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram import Bot
from telegram.ext import Application

scheduler = AsyncIOScheduler()


async def report(bot: Bot):
    await bot.send_message(1, "wait")
    time.sleep(3)
    await bot.send_message(1, "done")


async def started(app: Application):
    {adding}


app = Application.builder().token("1:a").post_init(started).build()
app.run_polling()
"""


@pytest.mark.parametrize(
    ("adding", "assumed"),
    [
        ('scheduler.add_job(report, "interval", seconds=60, args=[app.bot])', True),
        ("app.job_queue.run_repeating(report, 60)", False),
    ],
    ids=["a scheduler of its own", "the queue of the library"],
)
def test_only_the_jobs_of_the_library_are_waited_for(adding: str, assumed: bool) -> None:
    assert is_assumed(_JOB.format(adding=adding)) is assumed


_FEEDING = (
    "async def hook(request, dp, bot):\n    # by feed_update() of the bot\n    await dp.feed_update(bot, request)\n"
)


def assumed_of(program: dict[str, str]) -> list[tuple[str, str, int]]:
    """The sentences of what an interruption must not do, with the places that they name."""
    found = harness.run([AsyncSleep()], harness.plain(program), unsafe=True).chosen
    told = (a for one in found for a in one.change.open if a.hazard is Hazard.INTERRUPTION)
    return [(one.sentence, one.path.name, one.line or 0) for one in told]


def test_what_hands_out_updates_is_named_where_it_stands() -> None:
    bot = _AIOGRAM.format(behind='await message.answer("Paid")')
    (told,) = assumed_of({"bot.py": bot, "a_note.py": "import feed_update\n", "hook.py": _FEEDING})
    assert told == ("a call of `feed_update()` does not cancel it while it waits", "hook.py", 3)


def test_nobody_is_made_up_who_calls_a_function_of_a_package(tmp_path: Path) -> None:
    pay = "async def pay(message):\n    time.sleep(3)\n    print(message)\n\n\n@dp.message()"
    bot = _AIOGRAM.format(behind='await message.answer("Paid")').replace(
        "    time.sleep(3)\n", "    await pay(message)\n"
    )
    (tmp_path / "bot.py").write_text(bot.replace("@dp.message()", pay))
    (tmp_path / "setup.py").write_text('from setuptools import setup\n\nsetup(name="bot")\n')
    told = tgfix("check", "-v", "--select", "TGF501", cwd=tmp_path).text
    assert "`ordering`" in told and "does not cancel" not in told, told
