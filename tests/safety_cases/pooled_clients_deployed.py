"""TGF201: clients made for a request, in projects that are packed, tested and stopped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

from twin import Run

from . import SafetyCase, driving
from .loopback import serving
from .pooled_clients_in_projects import IN_A_PACKAGE, MAIN, NEWS, SERVICES
from .pooled_clients_stopped import HOOKED

_DEPLOY = """\
#!/bin/sh
set -e
mkdir -p target
for file in bot.py news.py services.py; do
    cp "$file" target/
done
"""


_ARCHIVE = """\
import zipfile

FILES = ["bot.py", "news.py", "services.py"]

with zipfile.ZipFile("target.pyz", "w") as archive:
    archive.writestr("__main__.py", "import runpy; runpy.run_module('bot', run_name='__main__')")
    for name in FILES:
        archive.write(name)
"""


_PACKED = """\
import json
import pathlib
import shutil

with open("pack.json") as file:
    patterns = json.load(file)["include"]
for pattern in patterns:
    for path in pathlib.Path(".").glob(pattern):
        target = pathlib.Path("target") / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
"""


_TEST_WITH_A_STAND_IN = """\
import asyncio
import sys
import types


class Session:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass

    def get(self, url):
        return Response()


class Response(Session):
    async def json(self):
        return {"path": "a fact"}


def test_fact():
    sys.modules["aiohttp"] = types.SimpleNamespace(ClientSession=Session)
    import services

    assert asyncio.run(services.fact()) == "a fact"
"""


_WITH_AIOHTTP = """\
import aiohttp


async def fact():
    async with aiohttp.ClientSession() as session:
        async with session.get("https://example.org/fact") as response:
            return (await response.json())["path"]
"""


_TEST_WITH_A_TRANSPORT = """\
import asyncio
import functools

import httpx

import services


def test_fact(monkeypatch):
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"path": "a fact"}))
    monkeypatch.setenv("API", "https://example.org")
    monkeypatch.setattr(services.httpx, "AsyncClient", functools.partial(httpx.AsyncClient, transport=transport))
    assert asyncio.run(services.fact()) == "a fact"
"""


_TEST_OF_THE_CALL = """\
import asyncio
from unittest import mock

import services


def test_fact():
    with mock.patch("services.httpx.AsyncClient") as made, mock.patch.dict("os.environ", API="https://example.org"):
        response = mock.Mock()
        response.json.return_value = {"path": "a fact"}
        made.return_value.__aenter__.return_value.get = mock.AsyncMock(return_value=response)
        assert asyncio.run(services.fact()) == "a fact"
    made.assert_called_once_with()
"""


_DRY_RUN = """\
import os

import aiohttp


class DryRun:
    def __init__(self, **options):
        self.options = options

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass

    async def post(self, url, json):
        print("would post", url, json, self.options)


if os.environ.get("DRY_RUN"):
    aiohttp.ClientSession = DryRun
"""


_POSTING = """\
import aiohttp

import dry_run  # noqa: F401


async def publish(text):
    async with aiohttp.ClientSession() as session:
        await session.post("https://example.org/publish", json={"text": text})


async def main():
    await publish("hello")
"""


_HOOKS_IN_A_TABLE = (
    HOOKED
    + """
HOOKS = {"post_init": "settings", "post_shutdown": "state"}


def main():
    builder = Application.builder().token("1:A")
    for hook, what in HOOKS.items():
        getattr(builder, hook)(functools.partial(save, what))
    application = builder.build()
    application.add_handler(CommandHandler("fact", fact))
    application.run_polling()
"""
)


def deployed(run: Run, build: Sequence[str], start: Sequence[str], directory: str = ".") -> None:
    """Run the project's own way to pack itself, and what came of it in `directory`, beside a server."""
    subprocess.run([sys.executable if word == "python" else word for word in build], check=True)
    with serving() as server:
        driving.scripts(run, [start], directory)
        driving.counts(server, ["requests"])


_TESTS = {"arguments": ["-q", "test_services.py"]}


_POLLED = {"updates": ["/fact"], "server": {}}


_TWO = {"bot.py": MAIN, "news.py": NEWS, "services.py": SERVICES}


CASES = [
    SafetyCase(
        "a script of the project copies two files by name",
        {**_TWO, "deploy.sh": _DEPLOY},
        deployed,
        {"build": ["sh", "deploy.sh"], "start": ["bot.py"], "directory": "target"},
    ),
    SafetyCase(
        "an archive of files by name",
        {**_TWO, "make_archive.py": _ARCHIVE},
        deployed,
        {"build": ["python", "make_archive.py"], "start": ["target.pyz"]},
    ),
    SafetyCase(
        "a package of which the files are packed by name",
        {
            **IN_A_PACKAGE,
            "pack.json": '{"include": ["facts/__init__.py", "facts/__main__.py", "facts/news.py", "facts/services.py"]}',
            "pack.py": _PACKED,
        },
        deployed,
        {"build": ["python", "pack.py"], "start": ["-m", "facts"], "directory": "target"},
    ),
    SafetyCase(
        "a test with a stand-in for the library",
        {"services.py": _WITH_AIOHTTP, "test_services.py": _TEST_WITH_A_STAND_IN},
        driving.project_tests,
        _TESTS,
    ),
    SafetyCase(
        "a test that gives every client a transport",
        {"services.py": SERVICES, "test_services.py": _TEST_WITH_A_TRANSPORT},
        driving.project_tests,
        _TESTS,
    ),
    SafetyCase(
        "a test that wants the client made in a certain way",
        {"services.py": SERVICES, "test_services.py": _TEST_OF_THE_CALL},
        driving.project_tests,
        _TESTS,
    ),
    SafetyCase(
        "a dry run replaces the session's class",
        {"bot.py": _POSTING, "dry_run.py": _DRY_RUN},
        driving.call,
        {"function": "main"},
        environment={"DRY_RUN": "1"},
    ),
    SafetyCase("hooks of the builder in a table", {"bot.py": _HOOKS_IN_A_TABLE}, driving.ptb_polling, _POLLED),
]
