"""What is stored of each text says which files have to be parsed, and never changes what is found."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from test_cache import plan_of, told

from tgfix.engine.analysis.file_names import FileNames
from tgfix.engine.analysis.module import Project
from tgfix.engine.counters import PARSED, work
from tgfix.engine.run.cache.store import Store
from tgfix.engine.sources.config import Settings

BOT = """\
import time
import requests
from telethon import TelegramClient, events

from helpers import save

client = TelegramClient("bot", 1, "")

@client.on(events.NewMessage)
async def start(event):
    time.sleep(1)
    save(event.chat_id, requests.get("https://example.org").text)
    await event.reply("saved")

client.run_until_disconnected()
"""
HELPERS = """\
def save(chat, text):
    with open("texts.txt", "a") as file:
        file.write(f"{chat} {text}\\n")
"""
#: Mentions what is asked about, and does nothing to it.
_QUIET = """\
import time

import telethon

class Task{n}(Base):
    def sleep(self, requests, get):
        self.when = getattr(self, "sleep")
        return "time.sleep of {n}", __import__
"""
#: What other files may do to a bot, or may seem to.
_OTHERS = [
    "import time\ntime.sleep = print\n",
    "from time import *\nsleep.x = 1\n",
    "import helpers, time\nsetattr(time, input(), print)\n",
    'from unittest.mock import patch\npatch("time.sleep")\n',
    "import sys\nsys.modules['time'] = None\n",
    "import bot\nhanded = [bot]\ngetattr(bot, input())()\n",
    "import telethon\nclass Mine(telethon.TelegramClient):\n    async def send_message(self): ...\n",
    "from bot import *\nprint(asyncio)\n",
    "import bot\nvars(bot)\n",
    "exec(input())\n",
    "import time\nfor name in ('sleep', 'time'):\n    print(getattr(time, name))\n",
    "def time.sleep(:\n",
    _QUIET.format(n=1),
    "",
]


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "helpers.py").write_text(HELPERS)
    (tmp_path / "requirements.txt").write_text("telethon==1.36.0\n")
    return tmp_path


def parsed(root: Path, *, cached: bool) -> int:
    """How many files are parsed for a run over the bot's file alone."""
    work.clear()
    plan_of(root, cached=cached, files=[root / "bot.py"])
    return work.calls[PARSED]


def test_one_changed_file_has_only_those_files_parsed_that_its_questions_are_about(bot: Path) -> None:
    for number in range(20):
        (bot / f"task{number}.py").write_text(_QUIET.format(n=number))
    assert parsed(bot, cached=True) > 20
    (bot / "bot.py").write_text(BOT.replace("sleep(1)", "sleep(2)"))
    assert parsed(bot, cached=False) > 20
    assert parsed(bot, cached=True) <= 3


def test_a_file_that_comes_to_change_what_is_called_is_seen(bot: Path) -> None:
    (bot / "task.py").write_text(_QUIET.format(n=1))
    before = plan_of(bot, cached=True, files=[bot / "bot.py"])
    (bot / "task.py").write_text(_OTHERS[0])
    after = plan_of(bot, cached=True, files=[bot / "bot.py"])
    assert told(before) != told(after)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 3))])
def test_whatever_other_files_do_the_findings_are_those_of_a_run_without_a_cache(bot: Path, seed: int) -> None:
    random_ = random.Random(seed)
    for step in range(8):
        for name in random_.sample("abcd", 2):
            (bot / f"{name}.py").write_text(random_.choice(_OTHERS))
        (bot / "bot.py").write_text(f"{BOT}\nSTEP = {step}\n")
        plans = [plan_of(bot, cached=cached, files=[bot / "bot.py"]) for cached in (True, False)]
        assert told(plans[0]) == told(plans[1])


def found_in(project: Project) -> list[tuple[str, int]]:
    names = project.fact(FileNames)
    return [(found.pattern, found.node.lineno) for found in (*names.writers, *names.programs, *names.moves)]


@pytest.mark.parametrize(
    "call",
    [
        'open("a", "w")',
        'from io import open as o\no("a", "a")',
        'from anyio import open_file as o\no("a", "w")',
        'import aiofiles\naiofiles.open("a", "w")',
        'from pathlib import Path\nPath("a").open("w")',
        'from pathlib import Path\nPath("a").replace("b")',
        'from os import remove as away\naway("a")',
        'import os\nos.chdir("a")',
        'from subprocess import run as start\nstart("a")',
        'from zipfile import ZipFile\nZipFile("a", "w")',
        'x.save("a")',
        'from shutil import *\nrmtree("a")',
    ],
)
def test_a_file_that_names_files_is_read_whether_its_text_was_seen_or_not(tmp_path: Path, call: str) -> None:
    (tmp_path / "names.py").write_text(call)
    first = Project(Settings(root=tmp_path), [])
    names = found_in(first)
    second = Project(Settings(root=tmp_path), [])
    second.texts = first.texts
    assert names and names == found_in(second)


@pytest.mark.parametrize("content", [None, [], {"for": 1}, {"texts": {}}])
def test_damaged_answers_are_found_out_again(bot: Path, content: object) -> None:
    found = told(plan_of(bot, cached=True))
    Store(bot).write("texts.json", content)
    (bot / "more.py").write_text("")
    assert told(plan_of(bot, cached=True)) == found
    assert Store(bot).read("texts.json")["texts"]
