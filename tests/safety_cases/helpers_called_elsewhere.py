"""TGF302: a helper that reads a file for a coroutine, and is called from somewhere that is no part of the bot's code."""

from __future__ import annotations

import importlib.metadata
import json
import os
import sys
from collections.abc import Mapping, Sequence

from twin import Run

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
    with open("rules.log", encoding="utf-8") as file:
        return file.read().strip()
"""

_PROJECT: Mapping[str, str] = {
    "bot.py": _BOT,
    "texts.py": _TEXTS,
    "rules.log": "be kind\n",
    "requirements.txt": "telethon\naiofiles\n",
}


def _with(**files: str) -> dict[str, str]:
    return {**_PROJECT, **{name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}}


def notebook(run: Run, path: str) -> None:
    """Run the cells of a notebook."""
    with open(path, encoding="utf-8") as file:
        cells = json.load(file)["cells"]
    driving.scripts(run, [["-c", "\n".join("".join(cell["source"]) for cell in cells)]])


def entry_points(run: Run, names: Sequence[str]) -> None:
    """Call what entry points name, as what loads them does, and print what it returns; then the bot."""
    for name in names:
        print(name, importlib.metadata.EntryPoint("x", name, "bot.plugins").load()())
    driving.telethon_bot(run, ["/rules"])


def commands(run: Run, lines: Sequence[str]) -> None:
    """Run shell commands with this interpreter as `python`, and print what they print."""
    os.environ["PATH"] = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]
    driving.scripts(run, [["-c", f"import subprocess; subprocess.run({line!r}, shell=True)"] for line in lines])


_CELL = {
    "cell_type": "code",
    "metadata": {},
    "outputs": [],
    "execution_count": 1,
    "source": ["import texts\n", "print(texts.rules().upper())"],
}
_NOTEBOOK = json.dumps({"cells": [_CELL], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}, indent=1)

_SETUP_CFG = """\
[metadata]
name = rules-bot
version = 1.0

[options]
py_modules = bot, texts

[options.entry_points]
bot.plugins =
    rules = texts:rules
"""

_RESOLVED = """\
import pkgutil

for name in ("texts:rules",):
    print(pkgutil.resolve_name(name)())
"""

_BY_NAME = """\
import sys

import texts


def main(name):
    for key, value in vars(texts).items():
        if key.startswith(name) and callable(value):
            print(key, "->", value())


main(sys.argv[1])
"""

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

_README = """\
# A bot of rules

>>> import texts
>>> texts.rules()
'be kind'
"""

_WSGI = """\
#!/usr/bin/env python3
from texts import rules


def application(environ, start_response):
    start_response("200 OK", [])
    return [rules().encode()]


if __name__ == "__main__":
    print(application({}, print))
"""

_SKIPPED = """\
# tgfix: skip-file
from texts import rules

print("skipped:", rules())
"""

_MIGRATION = """\
import sys

sys.path.insert(0, ".")
from texts import rules

print(len(rules()), "characters")
"""

_SUBCLASS = """\
from telethon import TelegramClient, events

from texts import Texts

client = TelegramClient("bot", 1, "hash")
texts = Texts()


@client.on(events.NewMessage(pattern="/rules"))
async def show(event):
    await event.reply(texts.rules())
"""

_BASE = """\
class Texts:
    folder = "."

    def rules(self):
        with open(f"{self.folder}/rules.log", encoding="utf-8") as file:
            return file.read().strip()
"""

_PLUGIN = """\
from texts import Texts


class Loud(Texts):
    def rules(self):
        return super().rules().upper() + "!"


print(Loud().rules())
"""

_TESTED = """\
import texts


def test_rules():
    assert texts.rules() == "be kind"


def test_patched(monkeypatch, tmp_path):
    (tmp_path / "rules.log").write_text("short")
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
        "a notebook calls the helper", _with(analysis_dot_ipynb=_NOTEBOOK), notebook, {"path": "analysis.ipynb"}
    ),
    SafetyCase(
        "an entry point in setup.cfg names the helper",
        _with(setup_dot_cfg=_SETUP_CFG),
        entry_points,
        {"names": ["texts:rules"]},
    ),
    SafetyCase(
        "a make target calls the helper",
        _with(Makefile='rules:\n\t@python -c "import texts; print(texts.rules())"\n'),
        commands,
        {"lines": ["make -s rules"]},
    ),
    SafetyCase(
        "a shell script calls the helper",
        _with(bin__rules_dot_sh='#!/bin/sh\npython - <<END\nfrom texts import rules\nprint(rules() + "?")\nEND\n'),
        commands,
        {"lines": ["sh bin/rules.sh"]},
    ),
    SafetyCase(
        "a dotted name in a string", _with(cli_dot_py=_RESOLVED), driving.scripts, {"commands": [["cli.py"]]}, fast=True
    ),
    SafetyCase(
        "a name that comes from the command line",
        _with(cli_dot_py=_BY_NAME),
        driving.scripts,
        {"commands": [["cli.py", "ru"]]},
    ),
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
    SafetyCase(
        "an example in the documentation calls the helper",
        _with(README_dot_md=_README),
        driving.scripts,
        {"commands": [["-m", "doctest", "README.md"], ["-c", "print('examples were run')"]]},
    ),
    SafetyCase(
        "a script with another suffix", _with(rules_dot_wsgi=_WSGI), driving.scripts, {"commands": [["rules.wsgi"]]}
    ),
    SafetyCase("a file that tgfix is to skip", _with(cli_dot_py=_SKIPPED), driving.scripts, {"commands": [["cli.py"]]}),
    SafetyCase(
        "a script in a folder for what is built",
        _with(dist__cli_dot_py=_MIGRATION),
        driving.scripts,
        {"commands": [["dist/cli.py"]]},
    ),
    SafetyCase(
        "a script in an environment's folder",
        _with(venv__tool_dot_py=_MIGRATION),
        driving.scripts,
        {"commands": [["venv/tool.py"]]},
    ),
    SafetyCase(
        "a subclass outside of what is looked at",
        {
            **_PROJECT,
            "bot.py": _SUBCLASS,
            "texts.py": _BASE,
            "plugins/loud.py": _PLUGIN,
            "tgfix.toml": 'exclude = ["plugins"]\n',
        },
        driving.scripts,
        {"commands": [["-c", "import runpy; runpy.run_path('plugins/loud.py')"]]},
    ),
    SafetyCase("tests call the helper", _with(test_texts_dot_py=_TESTED), driving.project_tests),
    SafetyCase(
        "coroutines of two modules call the helper",
        {**_PROJECT, "bot.py": _TWO, "second.py": _SECOND},
        driving.telethon_bot,
        {"updates": ["/rules", "/again"], "pause": 0.01},
        # Telethon runs the handlers that take an update in one task, and which these are is not seen across files
    ),
]
