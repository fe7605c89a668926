"""Where nobody waits, there is nothing to find: tests, and programs that do one thing after the other and end."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

ONCE = """\
import asyncio
import time

from telethon import TelegramClient


async def main():
    async with TelegramClient("account", 1, "hash") as client:
        for user in ["alice", "bob"]:
            await client.send_message(user, "Hello")
            time.sleep(1)


asyncio.run(main())
"""
HANDLED = ONCE.replace(
    "async def main",
    '@client.on(events.NewMessage)\nasync def greet(event):\n    await event.reply("Hi")\n\n\nasync def main',
).replace("import TelegramClient\n", 'import TelegramClient, events\n\nclient = TelegramClient("bot", 1, "hash")\n')


def found(directory: Path, *args: str) -> list[str]:
    """The codes that a check lists."""
    lines = tgfix("check", *args, cwd=directory).text.splitlines()
    return [line for line in lines if "TGF501" in line]


@pytest.mark.parametrize("run", ["asyncio.run(main())", "anyio.run(main)"])
def test_a_script_that_runs_once_is_no_finding_unless_all_are_asked_for(tmp_path: Path, run: str) -> None:
    (tmp_path / "greet.py").write_text(
        ONCE.replace("asyncio.run(main())", run).replace("import time", "import anyio\nimport time")
    )
    assert not found(tmp_path)
    assert tgfix("apply", "--dry-run", cwd=tmp_path).code == 0
    (line,) = found(tmp_path, "--all")
    assert "[report]" in line
    assert "nobody waits for it" in tgfix("check", "--all", cwd=tmp_path).text


@pytest.mark.parametrize("name", ["tests/helper.py", "test_bot.py", "tests.py"])
def test_a_test_is_no_finding(tmp_path: Path, name: str) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / name).write_text("import time\n\n\nasync def wait(update, context):\n    time.sleep(1)\n")
    assert not found(tmp_path)


@pytest.mark.parametrize(
    "program",
    [
        HANDLED,
        ONCE.replace("asyncio.run(main())", "asyncio.run(serve())")
        + "\n\nasync def serve():\n    await asyncio.gather(main(), main())\n",
        ONCE.replace("asyncio.run(main())\n", ""),
        ONCE + "\n\nasync def start(update, context):\n    await update.message.reply_text('Hi')\n",
    ],
    ids=["a handler", "two at a time", "no start in sight", "something that looks like a handler"],
)
def test_where_somebody_may_wait_it_is_found(tmp_path: Path, program: str) -> None:
    (tmp_path / "bot.py").write_text(program)
    assert found(tmp_path)


def test_what_tgfix_wrote_is_nothing_to_find_fault_with(tmp_path: Path) -> None:
    written = '"""Support code for this bot, written by tgfix. It is yours: read it, change it, keep it."""\n'
    program = "import time\n\n\nasync def pause(update, context):\n    time.sleep(1)\n"
    (tmp_path / "_tgfix_support.py").write_text(written + program)
    assert not found(tmp_path)
    (tmp_path / "_tgfix_support.py").write_text(program)
    assert found(tmp_path)


BOT = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage)
async def greet(event):
    await event.reply("Hi")


async def rest(seconds):
    time.sleep(seconds)
"""
SHOWN = """\
import inspect

import bot


def show(name):
    shown = getattr(bot, name)
    return inspect.getsource(shown)
"""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", 0),
        ("from bot import rest\n", 0),
        ("from bot import rest\n\n\nasync def use(event):\n    await rest(1)\n", 1),
        ("from bot import rest\n\n\nasync def use(seconds):\n    await rest(seconds)\n", 0),
        (
            "from bot import rest\n\n\nasync def test_rest():\n    await rest(1)\n\n\nasync def use(rests):\n    await test_rest()\n",
            0,
        ),
        ("CALLED = 'rest'\n", 1),
        ("URL = 'https://example.com/?type=rest&for=1'\n__all__ = ['rest']\n", 0),
        ("WORDS = ['work', 'rest']\nprint(WORDS[0] == 'rest')\n", 0),
        ("class Shop:\n    def rest(self):\n        return 1\n\n\nprint(Shop().rest())\n", 0),
        ("def others(found):\n    rest = found[1:]\n    return rest\n", 0),
        ("from bot import rest\n\nrest = [rest]\nprint(rest)\n", 1),
        ("import bot\n\nbot.rest\n", 1),
        ("import bot\n\n\ndef run(name):\n    return getattr(bot, name)\n", 1),
        ("import bot\n\n\ndef run():\n    for name in ('rest', 'work'):\n        getattr(bot, name)()\n", 1),
        ("import bot\n\n\ndef run():\n    for name in ('stop', 'work'):\n        getattr(bot, name)()\n", 0),
        ("import bot\n\n\ndef run(name):\n    return vars(bot)[name]\n", 1),
        ("import shop\n\n\ndef run(name):\n    return getattr(shop.stock, name)\n", 0),
        ("import inspect\n\nimport bot\n\nALL = inspect.getmembers(bot)\n", 1),
        ("import ast\n\n\ndef kind(name):\n    return getattr(ast, name), globals()['bot']\n", 0),
        (SHOWN, 0),
        (SHOWN.replace("(shown)", "(shown), shown()"), 1),
        ("import bot\n\n\ndef known(one):\n    return one in (getattr(bot, name) for name in dir(bot))\n", 0),
        ("import bot\n\n\ndef known(one):\n    return [getattr(bot, name) for name in dir(bot)]\n", 1),
        ("import bot\n\n\ndef told(name):\n    return f'{getattr(bot, name)}', getattr(bot, name).__doc__\n", 0),
    ],
    ids=[
        "nothing",
        "an import",
        "a call",
        "a call that nobody calls",
        "a call that another one calls that nobody calls",
        "a text",
        "an address",
        "a word among others",
        "a method of that name",
        "a variable of that name",
        "an import that is used",
        "an attribute",
        "a name that is worked out",
        "a name out of some",
        "a name out of others",
        "a computed item",
        "a name that is worked out of something else",
        "members",
        "another library",
        "a name that is worked out to show its source",
        "one that is run, too",
        "those that something is compared with",
        "all of them",
        "one whose description is told",
    ],
)
def test_a_function_that_nobody_calls_is_no_finding(tmp_path: Path, more: str, told: int) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "more.py").write_text(more)
    assert len(found(tmp_path)) == told
    assert len(found(tmp_path, "--all")) == 1


@pytest.mark.parametrize(
    ("found_by", "told"),
    [("name", 0), ('f"_{name}"', 1)],
    ids=["any name", "one that begins so"],
)
def test_what_is_its_files_own_is_found_by_no_name_of_the_settings(tmp_path: Path, found_by: str, told: int) -> None:
    (tmp_path / "bot.py").write_text(BOT.replace("rest", "_rest"))
    (tmp_path / "more.py").write_text(
        "from importlib import import_module\n\n\ndef run(module, name):\n"
        f"    found = import_module(module)\n    return getattr(found, {found_by})\n"
    )
    assert len(found(tmp_path)) == told


def test_what_nobody_calls_of_a_program_is_no_finding_though_it_can_be_installed(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[build-system]\nrequires = ["setuptools"]\n\n[project]\nname = "bot"\nversion = "1"\n'
    )
    (tmp_path / "bot.py").write_text(BOT)
    assert len(found(tmp_path)) == 1
    (tmp_path / "bot.py").write_text(BOT + "\n\nif __name__ == '__main__':\n    client.run_until_disconnected()\n")
    assert not found(tmp_path)


def test_a_handler_that_is_run_in_ways_of_the_bots_own_calls_its_functions(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("""\
import time

from telegram.ext import Application, BaseUpdateProcessor, MessageHandler, filters


class Mine(BaseUpdateProcessor):
    async def do_process_update(self, update, coroutine):
        await coroutine


async def said(update, context):
    await keep(update)


async def keep(update):
    time.sleep(1)
    await update.message.reply_text("Kept.")


application = Application.builder().token("1:A").concurrent_updates(Mine(4)).build()
application.add_handler(MessageHandler(filters.TEXT, said))
application.run_polling()
""")
    assert len(found(tmp_path)) == 1


def test_a_function_that_a_library_may_call_is_one(tmp_path: Path) -> None:
    for line in ("@client.command\nasync def rest(seconds):", "async def rest(message):"):
        (tmp_path / "bot.py").write_text(BOT.replace("async def rest(seconds):", line).replace("(seconds)\n", "(1)\n"))
        assert len(found(tmp_path)) == 1


BANNER = """\
import asyncio
import time

from telethon import TelegramClient, events


async def main():
    client = TelegramClient("bot", 1, "hash")
    client.add_event_handler(greet, events.NewMessage)
    await banner()
    await client.run_until_disconnected()


async def banner():
    time.sleep(1)


async def greet(event):
    await event.reply("Hi")


asyncio.run(main())
"""
BANNER_OF_A_TASK = BANNER.replace("    await banner()\n", "").replace(
    "asyncio.run(main())",
    "loop = asyncio.new_event_loop()\nloop.create_task(banner())\nloop.run_until_complete(main())",
)
#: It runs while the program ends as well, which a signal asks for.
ENDED = (
    BANNER.replace("    await client", "    client.loop.add_signal_handler(15, on_signal)\n    await client")
    .replace(
        "asyncio.run(main())",
        """\
async def end():
    await asyncio.wait_for(banner(), 5)
    os._exit(0)


def on_signal():
    asyncio.ensure_future(end())


asyncio.run(main())""",
    )
    .replace("import time", "import os\nimport time")
)


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (BANNER, "it runs once, while the bot starts or stops"),
        (BANNER.replace("    time", "    while True:\n        time"), ""),
        (BANNER.replace("    await event", "    await banner()\n    await event"), ""),
        (BANNER.replace("    await banner()", "    asyncio.create_task(banner())"), ""),
        (ENDED, "it runs once, while the bot starts or stops"),
        (ENDED.replace("os._exit(0)", "print()"), ""),
        (BANNER_OF_A_TASK, "it runs once, while the bot starts or stops"),
        (BANNER_OF_A_TASK.replace("    time.sleep(1)", "    time.sleep(1)\n    await banner()"), ""),
    ],
    ids=[
        "at the start",
        "again and again",
        "by a handler as well",
        "beside the handlers",
        "at the end",
        "at what is no end",
        "a task of the start",
        "by itself again",
    ],
)
def test_what_runs_once_while_a_bot_starts_is_no_finding(tmp_path: Path, program: str, reason: str) -> None:
    (tmp_path / "bot.py").write_text(program)
    assert bool(found(tmp_path)) is not bool(reason)
    assert reason in tgfix("check", "--all", cwd=tmp_path).text


def test_tests_of_the_start_of_a_bot_make_nobody_wait_for_it(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        BANNER.replace("asyncio.run(main())", "if __name__ == '__main__':\n    asyncio.run(main())")
    )
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_bot.py").write_text(
        "import bot\n\n\ndef test_it(monkeypatch):\n    monkeypatch.setattr(bot, 'run', bot.banner)\n"
    )
    assert not found(tmp_path)


def test_what_stands_below_a_variable_that_is_not_bound_yet_is_no_finding(tmp_path: Path) -> None:
    fails = "    reply = await event.reply(reply)\n    time.sleep(1)\n"
    (tmp_path / "bot.py").write_text(HANDLED.replace('    await event.reply("Hi")\n', fails))
    assert not any("bot.py:11" in line for line in found(tmp_path))
    assert "is read before it is given a value" in tgfix("check", "--all", cwd=tmp_path).text


PLUGIN = """\
import time

from pyrogram import Client


@Client.on_message()
async def old(client, message):
    time.sleep(1)
"""
UNUSED = "import time\n\n\nasync def old(event):\n    time.sleep(1)\n"


@pytest.mark.parametrize(
    ("more", "waits"),
    [
        ({}, False),
        ({"tests/test_old.py": "import old\n"}, False),
        ({"other.py": "from old import old\n"}, False),
        ({"more/__init__.py": "", "more/old.py": "", "other.py": "from more.old import old\n\nprint(old)\n"}, False),
        ({"other.py": "from old import old\n\nprint(old)\n"}, True),
        ({"Procfile": "worker: python -m old\n", "old.py": UNUSED + "\n\nprint(old)\n"}, True),
        ({"other.py": "NAME = 'old'\n"}, True),
        (
            {"more.py": "PLUGINS = dict(plugins=dict(root='more'))\n", "old.py": UNUSED.replace("event", "address")},
            False,
        ),
        ({"more.py": "PLUGINS = dict(plugins=dict(root='more'))\n", "old.py": PLUGIN}, True),
    ],
    ids=[
        "by nothing",
        "by a test",
        "by what nothing imports",
        "another of its name",
        "by what is run",
        "by its name",
        "in a text",
        "beside plugins",
        "as a plugin",
    ],
)
def test_a_file_that_no_program_imports_is_no_finding(tmp_path: Path, more: dict[str, str], waits: bool) -> None:
    for name, text in {"bot.py": BANNER, "old.py": UNUSED, **more}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert any("old.py" in line for line in found(tmp_path)) is waits


@pytest.mark.parametrize("taken", ["query, event", "event, name"])
@pytest.mark.parametrize(("more", "waits"), [("", False), ("\nHANDLERS = [old]\n", True)], ids=["unnamed", "named"])
def test_what_takes_an_event_and_is_named_nowhere_in_a_program_is_no_finding(
    tmp_path: Path, more: str, waits: bool, taken: str
) -> None:
    started = BANNER.replace("asyncio.run(main())", "if __name__ == '__main__':\n    asyncio.run(main())")
    (tmp_path / "bot.py").write_text("import old\n" + started)
    (tmp_path / "old.py").write_text(UNUSED.replace("event", taken) + more)
    assert any("old.py" in line for line in found(tmp_path)) is waits


@pytest.mark.parametrize(
    ("text", "waits"),
    [
        ("", False),
        (
            "from telethon import events\n\n\n@events.register(events.NewMessage)\nasync def old(event):\n    pass\n\n\n",
            True,
        ),
        ("def make_error_handler(word):\n    return print\n\n\nmake_error_handler('a')\n\n\n", False),
        ("import threading\n\nthreading.Thread(target=print).start()\n\n\n", True),
        ("from bot import client\n\n\n", True),
    ],
    ids=["alone", "with a handler", "with a function of that name", "with a thread", "with the bot"],
)
def test_a_script_beside_the_bot_is_no_finding(tmp_path: Path, text: str, waits: bool) -> None:
    script = (
        "import time\n\nimport click\n\n\nasync def sync():\n    while True:\n        time.sleep(1)\n\n\n"
        "@click.command()\ndef main():\n    click.run(sync())\n"
    )
    (tmp_path / "bot.py").write_text(HANDLED)
    (tmp_path / "sync.py").write_text(f"{text}{script}\n\nif __name__ == '__main__':\n    main()\n")
    (tmp_path / "test_sync.py").write_text("from sync import sync\n")
    assert any("sync.py" in line for line in found(tmp_path)) is waits


@pytest.mark.parametrize(
    ("name", "waits"),
    [
        ("backup/2026-06-15/bot.py", False),
        ("bot (1).py", False),
        ("bot - Copy.py", False),
        ("other (1).py", True),
        ("backup/bot.py", True),
    ],
)
def test_an_old_copy_is_no_finding(tmp_path: Path, name: str, waits: bool) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    for path in ("bot.py", name):
        (tmp_path / path).write_text(HANDLED)
    assert any(name in line for line in found(tmp_path)) is waits
    assert any(line.startswith("bot.py") for line in found(tmp_path))


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ("time.sleep(1)\n    os.execv(sys.executable, [sys.executable])", "ends right behind it"),
        ("time.sleep(1)\n    args = 3\n    sys.exit(args)", "ends right behind it"),
        ("time.sleep(1)\n    await event.reply('Bye')\n    sys.exit()", "the command ends the program"),
        ("time.sleep(1)\n    print(os.getpid())", ""),
        ("if event:\n        time.sleep(1)\n    sys.exit()", "the command ends the program"),
        ("time.sleep(1)\n    if event:\n        sys.exit()", ""),
        ("time.sleep(1)\n    again()\n\n\ndef again():\n    os.execv('bot', [])", "ends right behind it"),
        ("time.sleep(1)\n    await client.run_until_disconnected()\n    sys.exit()", ""),
    ],
)
def test_what_the_program_ends_behind_is_no_finding(tmp_path: Path, steps: str, reason: str) -> None:
    text = HANDLED.replace('await event.reply("Hi")', steps).replace(
        "import time\n", "import os\nimport sys\nimport time\n"
    )
    (tmp_path / "bot.py").write_text(text.replace("asyncio.run(main())", "client.run_until_disconnected()"))
    assert len(found(tmp_path)) == (1 if reason else 2)
    assert reason in tgfix("check", "--all", cwd=tmp_path).text


@pytest.mark.parametrize(
    ("command", "stops"),
    [
        ('subprocess.run(["sudo", "systemctl", "restart", "bot.service"])', True),
        ('os.system("sudo reboot")', True),
        ('subprocess.run(["systemctl", "status", "bot.service"])', False),
        ('os.system("make restart")', False),
        ('subprocess.run(["sudo", "systemctl", "restart", "nginx"])', False),
    ],
)
def test_a_command_that_starts_the_bot_again_is_no_finding(tmp_path: Path, command: str, stops: bool) -> None:
    text = HANDLED.replace('await event.reply("Hi")', command)
    (tmp_path / "bot.py").write_text(f"import os\nimport subprocess\n{text}")
    assert ("TGF502" not in tgfix("check", cwd=tmp_path).text) is stops
    assert ("ends the bot from outside" in " ".join(tgfix("check", "--all", cwd=tmp_path).text.split())) is stops


def test_a_command_that_kills_the_bot_itself_is_no_finding(tmp_path: Path) -> None:
    text = HANDLED.replace('await event.reply("Hi")', 'os.system(f"kill -9 {os.getpid()} && python3 -m bot")')
    (tmp_path / "bot.py").write_text(f"import os\n{text}")
    assert "TGF502" not in tgfix("check", cwd=tmp_path).text
    assert "the program ends by it" in tgfix("check", "--all", cwd=tmp_path).text


MADE = """\
import time

from aiogram import Bot, Dispatcher
from aiogram.filters import Command


class Shop:
    def __init__(self):
        self.bot, self.dp = Bot("token"), Dispatcher()
        self.register()

    def register(self):
        @self.dp.message(Command("rest"))
        async def rest(message):
            time.sleep(1)


async def run_shop():
    await Shop().dp.start_polling()
"""
EXPORT = "from .shop import run_shop\n\n__all__ = ['run_shop']\n"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("", 0),
        ("import asyncio\nfrom shops.shop import run_shop\n\nasyncio.run(run_shop())\n", 1),
        ("from shops.shop import Shop\n\nshop = Shop()\n", 1),
        ("from shops.shop import Shop as Made\n\nshop = Made()\n", 1),
        ("from shops.shop import Shop\n\n\nclass Own(Shop):\n    pass\n\n\nshop = Own()\n", 1),
        ("from shops.shop import Shop\n\nKINDS = {'shop': Shop}\n", 1),
        ("from shops import shop\n\nmade = getattr(shop, 'Shop')()\n", 1),
        ("import sys\nfrom shops import shop\n\nmade = getattr(shop, sys.argv[1])()\n", 1),
        ("KIND = 'shops.shop.Shop'\n", 1),
        ("from shops.shop import Shop\n\n\ndef run(shop: Shop):\n    return shop\n\n\nrun(1)\n", 1),
        ("def broken(:\n    Shop()\n", 1),
    ],
    ids="nothing run made renamed subclass table named computed text annotation unreadable".split(),
)
def test_a_handler_in_a_class_that_nothing_makes_is_no_finding(tmp_path: Path, more: str, told: int) -> None:
    (tmp_path / "shops").mkdir()
    (tmp_path / "shops/__init__.py").write_text(EXPORT)
    (tmp_path / "shops/shop.py").write_text(MADE)
    (tmp_path / "main.py").write_text("import more\n\nif __name__ == '__main__':\n    print('Hi')\n")
    (tmp_path / "more.py").write_text(more)
    assert len(found(tmp_path)) == told
    assert len(found(tmp_path, "--all")) == 1
    if not told:
        assert "nothing in the project makes a Shop()" in tgfix("check", "--all", cwd=tmp_path).text


OBSOLETE = """\
import time

from aiogram import Bot, Dispatcher

dp = Dispatcher()


def weather():
    return 20


async def rest(message):
    time.sleep(1)


async def main():
    dp.message.register(rest)
    await dp.start_polling(Bot("token"))


if __name__ == "__main__":
    print("Start main.py instead")
"""


@pytest.mark.parametrize(
    ("program", "more", "told"),
    [
        (OBSOLETE, "from old import weather\n\nprint({'main': weather()}['main'])\n", 0),
        (OBSOLETE.replace("print(", "import asyncio\n    asyncio.run(main())\n    print("), "", 1),
        (OBSOLETE, "import asyncio\nimport old\n\nasyncio.run(old.main())\n", 1),
        (OBSOLETE, "from old import main\n", 1),
        (OBSOLETE, "STARTED = 'old:main'\n", 1),
        (OBSOLETE.replace('if __name__ == "__main__":\n    print', "print"), "", 1),
        (OBSOLETE + "\ndp.message.register(rest)\n", "", 1),
    ],
    ids="imported started called taken named unstarted registered".split(),
)
def test_a_handler_that_only_what_nobody_runs_registers_is_no_finding(
    tmp_path: Path, program: str, more: str, told: int
) -> None:
    (tmp_path / "old.py").write_text(program)
    (tmp_path / "more.py").write_text(more)
    (tmp_path / "Procfile").write_text("web: python main.py\n")
    assert len(found(tmp_path)) == told
    assert len(found(tmp_path, "--all")) == 1


def test_a_main_that_a_script_starts_runs(tmp_path: Path) -> None:
    (tmp_path / "old.py").write_text(OBSOLETE)
    (tmp_path / "start.sh").write_text("python -c 'import old, asyncio; asyncio.run(old.main())'\n")
    assert len(found(tmp_path)) == 1


SHOW = "async def show(event, text):\n    return await event.reply(text)\n\n\n"
WAITING = HANDLED.replace("@client.on", f"{SHOW}@client.on")


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            "shown = show(event, 'a')\ntime.sleep(1)\nawait shown.edit('b')\nTIME",
            "is not awaited, and a coroutine has no `edit`",
        ),
        ("shown = await show(event, 'a')\nawait shown.edit('b')\nTIME", ""),
        ("shown = show(event, 'a')\nif event.out:\n    await shown.edit('b')\nTIME", ""),
        ("shown = show(event, 'a')\nshown.close()\nTIME", ""),
        ("shown = show(event, 'a')\nshown = await shown\nawait shown.edit('b')\nTIME", ""),
        ("await show(event)\nTIME", "`show()` is given nothing for `text`"),
        ("await show(event, 'a')\nTIME", ""),
        ("if event.out:\n    await show(event)\nTIME", ""),
    ],
)
def test_what_stands_below_a_call_that_fails_is_no_finding(tmp_path: Path, lines: str, reason: str) -> None:
    body = "".join(f"    {line}\n" for line in lines.replace("TIME", "time.sleep(7)").split("\n"))
    (tmp_path / "bot.py").write_text(WAITING.replace('    await event.reply("Hi")\n', body))
    told = tgfix("check", "--all", cwd=tmp_path).text
    assert ("7 seconds" in told or "8 seconds" in told) is not bool(reason), told
    assert reason in " ".join(told.split())


def test_a_function_that_is_defined_again_further_down_never_runs(tmp_path: Path) -> None:
    ask = "async def asked(event):\n    return await event.client.get_entity(event.sender_id)\n\n\n"
    bot = HANDLED.replace("@client.on", f"{ask}{{}}@client.on", 1).replace(
        '("Hi")', "((await asked(event)).first_name)"
    )
    bot = bot.replace("async def main", f"{ask}async def main")
    for between, never in (("", True), ("client.add_event_handler(asked, events.NewMessage())\n\n\n", False)):
        (tmp_path / "bot.py").write_text(bot.format(between))
        told = tgfix("check", "-v", "--select", "TGF601", cwd=tmp_path).text
        assert ("asked() is defined again in line" in told) is never, told
