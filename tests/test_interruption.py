"""What an interruption during a wait finds: sends that were on their way before, and effects that were done."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness
from tgfix.engine.model import Assumption, Hazard

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
import asyncio
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
done = []


@client.on(events.NewMessage(pattern="/start"))
async def start(event):
    await event.reply("wait")
    time.sleep(3)
    {behind}


{more}
client.start()
client.run_until_disconnected()
"""


def is_assumed(source: str) -> bool:
    """Whether the pause of a bot becomes a wait that nobody must interrupt."""
    return bool(assumed_of({"bot.py": source}))


@pytest.mark.parametrize(
    ("behind", "assumed"),
    [('await message.answer("Paid. Your key is 7")', True), ("return", False)],
    ids=["an answer", "nothing"],
)
def test_aiogram_waits_for_no_handler_when_it_stops(behind: str, assumed: bool) -> None:
    assert is_assumed(_AIOGRAM.format(behind=behind)) is assumed


_BEHIND = {"an answer": 'await event.reply("done")', "something kept": "done.append(1)"}
_HARMLESS = {"a pause": "await asyncio.sleep(1)", "nothing": "return"}
#: What else may end a program, or a handler of it, beside a signal.
_ENDS = {
    "it disconnects": "async def stop(event):\n    await client.disconnect()\n",
    "its method is handed on": "client.loop.call_later(9, client.disconnect)\n",
    "a block of the client": "async def fetch(event):\n    async with client:\n        pass\n",
    "a coroutine of its own": "client.loop.run_until_complete(main())\n",
    "a loop of its own": "asyncio.run(main())\n",
    "the same by another name": "from asyncio import sleep, run\n\nrun(main())\n",
    "an own `run()`": "class Service:\n    def run(self):\n        pass\n\n\nService().run()\n",
    "a run with an end": "async def main():\n    await client.run_until_disconnected()\n",
    "a block of one among others": "async def fetch(event):\n    async with CLIENTS['main']:\n        pass\n",
    "a block of one that a function gives": (
        "def user():\n    return client\n\n\nasync def fetch(event):\n    async with user():\n        pass\n"
    ),
    "a block on a stack": "async def fetch(event, stack):\n    await stack.enter_async_context(client)\n",
    "an exit": "import sys\n\nDO = {'/bye': sys.exit}\n",
    "an exception": "class Stopped(SystemExit):\n    pass\n",
    "a command": "import os\n\nos.system(f'echo {client}')\n",
    "a host": "import heroku3\n\nheroku3.from_key('x').apps()['bot'].restart()\n",
    "a signal": "import signal\n\nsignal.alarm(9)\n",
    "a scheduler": "scheduler.add_job(start, 'interval')\n",
    "another client": "from pyrogram import Client\n\nbot = Client('bot')\nbot.run()\n",
    "a web server of its own": "from aiohttp import web\n\nweb.run_app(web.Application())\n",
    "a web server that starts it": "from fastapi import FastAPI\n\napp = FastAPI()\n",
    "a parser": "import argparse\n\nargparse.ArgumentParser().error('no')\n",
}
_TELLS = {
    "a block of what is made for it": (
        "import httpx\n\n\nasync def fetch():\n    async with httpx.AsyncClient() as http:\n        await http.get('https://example.org')\n"
    ),
    "a command that only tells something": "import subprocess\n\nprint(subprocess.run(['uptime'], capture_output=True).stdout)\n",
}


@pytest.mark.parametrize("behind", _BEHIND)
@pytest.mark.parametrize("ends", _ENDS)
def test_what_stands_behind_the_wait_is_lost_where_the_bot_may_stop_meanwhile(behind: str, ends: str) -> None:
    assert is_assumed(_TELETHON.format(behind=_BEHIND[behind], more=_ENDS[ends]))


@pytest.mark.parametrize("behind", _HARMLESS)
@pytest.mark.parametrize("ends", _ENDS)
def test_nothing_is_lost_where_nothing_is_done_behind_the_wait(behind: str, ends: str) -> None:
    program = _TELETHON.format(behind=_HARMLESS[behind], more=_ENDS[ends])
    assert not is_assumed(program) or ends == "a signal"


@pytest.mark.parametrize("beside", _TELLS)
def test_a_program_that_only_runs_its_client_is_ended_by_a_signal_alone(beside: str) -> None:
    assert not is_assumed(_TELETHON.format(behind=_BEHIND["an answer"], more=_TELLS[beside]))


@pytest.mark.parametrize(("started", "assumed"), [("", False), ("user.start()\n", True)])
def test_a_client_of_pyrogram_that_is_started_alone_waits_for_no_handler(started: str, assumed: bool) -> None:
    clients = 'user = Client("user")\nbot = Client("bot")\n'
    handler = (
        "@user.on_message()\nasync def pause(client, message):\n    time.sleep(3)\n    await message.reply('done')\n"
    )
    program = f"import time\n\nfrom pyrogram import Client\n\n{clients}\n\n{handler}\n\n{started}bot.run()\n"
    assert is_assumed(program) is assumed


@pytest.mark.parametrize(
    ("uses", "assumed"),
    [
        ("import os\nimport signal\n\n\ndef stop(pid):\n    os.kill(pid, signal.SIGTERM)\n", False),
        ("import os\nfrom signal import SIGTERM\n\n\ndef stop(pid):\n    os.kill(pid, SIGTERM)\n", False),
        ("import signal\n\nsignal.signal(signal.SIGTERM, print)\n", True),
        ("import signal\n\nset_handler = getattr(signal, 'signal')\n", True),
        ("from signal import *\n", True),
    ],
    ids=["its number", "its number by name", "a handler", "by a text", "all of it"],
)
def test_a_file_that_only_sends_a_signal_handles_none(uses: str, assumed: bool) -> None:
    assert is_assumed(_TELETHON.format(behind="return", more=uses)) is assumed


def test_ctrl_c_no_longer_runs_a_finally_at_once() -> None:
    cleaning = 'try:\n        await event.reply("a")\n        time.sleep(3)\n    finally:\n        await event.delete()'
    bot = _TELETHON.format(behind="return", more="").replace("    time.sleep(3)\n    return", f"    {cleaning}")
    assert is_assumed(bot)


def test_another_file_may_end_it() -> None:
    bot = _TELETHON.format(behind=_BEHIND["an answer"], more="")
    assert not assumed_of({"bot.py": bot, "shop.py": "import bot\n"})
    assert not assumed_of({"bot.py": bot, "tools/clocks.py": "import pytest\nfrom tgfix import Codemod\n"})
    assert assumed_of({"bot.py": bot, "shop.py": "import bot\n\nbot.client.disconnect()\n"})


_FEEDING = (
    "async def hook(request, dp, bot):\n    # by feed_update() of the bot\n    await dp.feed_update(bot, request)\n"
)


def assumed_of(program: dict[str, str]) -> list[tuple[str, str, int]]:
    """The sentences of what an interruption must not do, told or not, with the places that they name."""
    found = harness.run([AsyncSleep()], harness.plain(program), unsafe=True).chosen
    asked = (v for one in found for v in one.change.verdicts if isinstance(v, Assumption))
    told = (a for a in asked if a.hazard is Hazard.INTERRUPTION)
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
    told = tgfix("check", "-v", "--select", "TGF501", "--assume", "interleaving", cwd=tmp_path).text
    assert "`ordering`" in told and "does not cancel" not in told, told


def test_what_a_test_does_around_a_helper_is_no_business_of_the_bot(tmp_path: Path) -> None:
    bot = "import time\n\n\nasync def load(names):\n    await names.get()\n    time.sleep(3)\n    names.clear()\n"
    bot += "\n\n@client.on(events.NewMessage)\nasync def start(event):\n    await load(event.names)\n"
    called = "import bot\n\n\nasync def test_it():\n    with guard, wait_for():\n        await bot.load([])\n"
    bot = "from telethon import TelegramClient, events\n\nclient = TelegramClient('bot', 1, 'hash')\n" + bot

    def told(name: str) -> str:
        (tmp_path / "bot.py").write_text(bot)
        (tmp_path / name).write_text(called)
        text = tgfix("check", "-v", "--select", "TGF501", "--no-cache", "bot.py", cwd=tmp_path).text
        (tmp_path / name).unlink()
        return text

    assert "what `guard` holds" in told("other.py")
    assert "what `guard` holds" not in told("test_bot.py")


_PYROGRAM = """\
import asyncio, os, time

from pyrogram import Client

app = Client("bot")


@app.on_message()
async def pause(client, message):
    try:
        time.sleep(3)
        await message.reply("done")
    except CAUGHT:
        MEANT


def restart():
    os.execl("bot.py")


app.run()
"""


def test_a_library_that_waits_for_its_handlers_leaves_nothing_out_where_it_stops() -> None:
    plain = _PYROGRAM.replace("CAUGHT", "ValueError").replace("MEANT", "return")
    ((told, *_),) = assumed_of({"bot.py": plain})
    assert (
        told
        == "nothing ends the bot at once, as `os.execl()` does, while it waits: `message.reply()` would be left out"
    )
    ((told, *_),) = assumed_of(
        {"bot.py": plain.replace("app.run()", "app.start()\nasyncio.get_event_loop().run_forever()")}
    )
    assert told.startswith("nobody stops the bot while it waits")


def test_a_clause_that_only_raises_again_catches_nothing() -> None:
    caught = _PYROGRAM.replace("CAUGHT", "asyncio.CancelledError")
    ((told, *_),) = assumed_of({"bot.py": caught.replace("MEANT", "return")})
    assert told == "nobody cancels it while it waits, which this `except` would catch"
    ((told, *_),) = assumed_of({"bot.py": caught.replace("MEANT", "raise")})
    assert told.startswith("nothing ends the bot at once")
