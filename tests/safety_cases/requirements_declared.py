"""TGF302 and TGF502: what a change needs, a package or a release of Python, and where a project says that it has it."""

from __future__ import annotations

import asyncio
import importlib.abc
import sys
from collections.abc import Mapping
from typing import Any

from twin import Run

from . import SafetyCase, driving

_READS = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/rules"))
async def rules(event):
    with open("rules.log", encoding="utf-8") as file:
        text = file.read()
    await event.reply(text)
"""

_ASKS = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/up"))
async def up(event):
    await event.reply(subprocess.check_output(["echo", "up"], text=True))
"""


def without(run: Run, name: str, **arguments: Any) -> None:
    """A Telethon bot where a package is not installed."""
    for loaded in [key for key in sys.modules if key.partition(".")[0] == name]:
        del sys.modules[loaded]
    sys.meta_path.insert(0, _Missing(name))
    driving.telethon_bot(run, **arguments)


class _Missing(importlib.abc.MetaPathFinder):
    def __init__(self, name: str) -> None:
        self.name = name

    def find_spec(self, fullname: str, path: object, target: object = None) -> None:
        if fullname.partition(".")[0] == self.name:
            raise ModuleNotFoundError(f"No module named {fullname!r}")


def before_python_39(run: Run, **arguments: Any) -> None:
    """A Telethon bot where `asyncio.to_thread` does not exist yet."""
    del asyncio.to_thread
    driving.telethon_bot(run, **arguments)


def _no_aiofiles(name: str, files: Mapping[str, str], **more: Any) -> SafetyCase:
    """The bot that reads its rules, in a project that says of aiofiles what `files` say, where it is not installed."""
    return SafetyCase(
        name,
        {"bot.py": _READS, "rules.log": "be kind", **files},
        without,
        {"name": "aiofiles", "updates": ["/rules"]},
        **more,
    )


def _old(name: str, files: Mapping[str, str], **more: Any) -> SafetyCase:
    """The bot that asks a program, in a project that says of its Python what `files` say, on one that is older than 3.9."""
    return SafetyCase(name, {"bot.py": _ASKS, **files}, before_python_39, {"updates": ["/up"]}, **more)


_DEV_EXTRA = """\
[project]
name = "rules"
version = "1"
dependencies = ["telethon"]

[project.optional-dependencies]
dev = ["aiofiles", "pytest"]
"""

_POETRY_GROUP = """\
[tool.poetry]
name = "rules"
version = "1"

[tool.poetry.dependencies]
python = "^3.11"
telethon = "^1.40"

[tool.poetry.group.test.dependencies]
aiofiles = "^24.1"
"""

_DEPENDENCY_GROUP = """\
[project]
name = "rules"
version = "1"
dependencies = ["telethon"]

[dependency-groups]
lint = ["mypy", "types-aiofiles", "aiofiles"]
"""

_PIPFILE = """\
[packages]
telethon = "*"

[dev-packages]
aiofiles = "*"
"""

_MARKER = "telethon\naiofiles>=24; sys_platform == 'win32'\n"

_CONSTRAINTS = {
    "requirements.txt": "-c constraints.txt\ntelethon\n",
    "constraints.txt": "aiofiles==24.1.0\ntelethon==1.40\n",
}

_SETUP = """\
from setuptools import setup

setup(
    name="rules",
    version="1",
    py_modules=["bot"],
    install_requires=["telethon"],
    extras_require={"fast": ["aiofiles", "uvloop"]},
    description="needs no aiofiles",
)
"""

_TRIED = """\
try:
    import aiofiles.os as files
except ModuleNotFoundError:
    import os as files


def size(path):
    return files.stat(path).st_size
"""

_HARD = """\
[project]
name = "rules"
version = "1"
requires-python = ">=3.10"
dependencies = ["telethon", "aiofiles>=23"]
"""


CASES = [
    _no_aiofiles("aiofiles as an extra for developers", {"pyproject.toml": _DEV_EXTRA}),
    _no_aiofiles("aiofiles in a group of Poetry's", {"pyproject.toml": _POETRY_GROUP}),
    _no_aiofiles("aiofiles in a dependency group", {"pyproject.toml": _DEPENDENCY_GROUP}),
    _no_aiofiles("aiofiles for developers in a Pipfile", {"Pipfile": _PIPFILE}),
    _no_aiofiles("aiofiles on another system only", {"requirements.txt": _MARKER}),
    _no_aiofiles("aiofiles among the constraints", _CONSTRAINTS),
    _no_aiofiles("aiofiles as an extra of setup.py", {"setup.py": _SETUP}),
    _no_aiofiles(
        "aiofiles in the requirements of the documentation",
        {"requirements.txt": "telethon\n", "docs/requirements.txt": "aiofiles\n"},
    ),
    _no_aiofiles(
        "aiofiles that another module tries to import", {"requirements.txt": "telethon\n", "sizes.py": _TRIED}
    ),
    _no_aiofiles(
        "aiofiles in the text of a README",
        {"requirements.txt": "telethon\n", "README.md": "pip install aiofiles\n"},
        fast=True,
    ),
    SafetyCase(
        "aiofiles by way of another file of requirements",
        {
            "bot.py": _READS,
            "rules.log": "be kind",
            "requirements.txt": "-r requirements/base.txt\ntelethon\n",
            "requirements/base.txt": "aiofiles==24.1.0\n",
        },
        driving.telethon_bot,
        {"updates": ["/rules"]},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    SafetyCase(
        "aiofiles as a dependency of the project",
        {"bot.py": _READS, "rules.log": "be kind", "pyproject.toml": _HARD},
        driving.telethon_bot,
        {"updates": ["/rules"]},
        held="TGF302",
        granted="interleaving,ordering",
    ),
    _old(
        "an old Python by setup.py",
        {"setup.py": 'from setuptools import setup\n\nsetup(name="up", python_requires=">=3.7")\n'},
    ),
    _old("an old Python by setup.cfg", {"setup.cfg": "[metadata]\nname = up\n\n[options]\npython_requires = >=3.6\n"}),
    _old(
        "an old Python by a Pipfile", {"Pipfile": '[packages]\ntelethon = "*"\n\n[requires]\npython_version = "3.8"\n'}
    ),
    _old(
        "an old Python by Poetry",
        {"pyproject.toml": '[tool.poetry]\nname = "up"\n\n[tool.poetry.dependencies]\npython = "^3.8"\n'},
    ),
    _old(
        "an old Python in a container",
        {"Dockerfile": 'FROM python:3.8-slim\nCOPY . /bot\nCMD ["python", "/bot/bot.py"]\n'},
    ),
    _old(
        "an old Python on a hosting service", {"runtime.txt": "python-3.8.18\n", "Procfile": "worker: python bot.py\n"}
    ),
    SafetyCase(
        "a Python that is new enough",
        {"bot.py": _ASKS, "pyproject.toml": _HARD},
        driving.telethon_bot,
        {"updates": ["/up"]},
        held="TGF502",
        granted="interleaving,ordering",
    ),
]
