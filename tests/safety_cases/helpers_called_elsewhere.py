"""TGF302: a helper that reads a file for a coroutine, and is called from somewhere that is no part of the bot's code."""

from __future__ import annotations

import json
from collections.abc import Mapping

from . import SafetyCase, driving

_BOT = """\
from telethon import TelegramClient, events

from texts import rules

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/rules"))
async def show(event):
    await event.reply(rules())
"""

_TEXTS = """\
def rules():
    with open("rules.txt", encoding="utf-8") as file:
        return file.read().strip()
"""

_PROJECT: Mapping[str, str] = {
    "bot.py": _BOT,
    "texts.py": _TEXTS,
    "rules.txt": "be kind\n",
    "requirements.txt": "telethon\naiofiles\n",
}


def _with(**files: str) -> dict[str, str]:
    return {**_PROJECT, **{name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}}


_THREADED = """\
import concurrent.futures

import texts

with concurrent.futures.ThreadPoolExecutor(2) as pool:
    print(*(future.result() for future in [pool.submit(texts.rules) for _ in range(2)]))
"""

_ARGUMENTS = """\
import argparse

from texts import rules

parser = argparse.ArgumentParser()
commands = parser.add_subparsers()
commands.add_parser("rules").set_defaults(run=rules)
given = parser.parse_args()
print(given.run())
"""

_SCHEDULE = json.dumps({"every": 60, "call": "texts.rules"})

_SCHEDULER = """\
import importlib
import json

with open("schedule.json") as file:
    job = json.load(file)
module, _, name = job["call"].rpartition(".")
print(getattr(importlib.import_module(module), name)())
"""


_SKIPPED = """\
# tgfix: skip-file
from texts import rules

print("skipped:", rules())
"""


_TESTED = """\
import texts


def test_rules():
    assert texts.rules() == "be kind"


def test_patched(monkeypatch, tmp_path):
    (tmp_path / "rules.txt").write_text("short")
    monkeypatch.chdir(tmp_path)
    assert texts.rules() == "short"
"""

_SECOND = """\
from telethon import events

from texts import rules


@events.register(events.NewMessage(pattern="/again"))
async def again(event):
    text = rules()
    await event.reply(text + " " + text)
"""

_TWO = _BOT + "\n\nimport second\n\nclient.add_event_handler(second.again)\n"

CASES = [
    SafetyCase(
        "a pool of threads calls the helper", _with(cli_dot_py=_THREADED), driving.scripts, {"commands": [["cli.py"]]}
    ),
    SafetyCase(
        "a command line calls the helper",
        _with(cli_dot_py=_ARGUMENTS),
        driving.scripts,
        {"commands": [["cli.py", "rules"]]},
    ),
    SafetyCase(
        "a schedule names the helper",
        _with(schedule_dot_json=_SCHEDULE, scheduler_dot_py=_SCHEDULER),
        driving.scripts,
        {"commands": [["scheduler.py"]]},
    ),
    SafetyCase("a file that tgfix is to skip", _with(cli_dot_py=_SKIPPED), driving.scripts, {"commands": [["cli.py"]]}),
    SafetyCase("tests call the helper", _with(test_texts_dot_py=_TESTED), driving.project_tests),
    SafetyCase(
        "coroutines of two modules call the helper",
        {**_PROJECT, "bot.py": _TWO, "second.py": _SECOND},
        driving.telethon_bot,
        {"updates": ["/rules", "/again"], "pause": 0.01},
        held="TGF302",
    ),
]
