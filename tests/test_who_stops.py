"""What a change says that stops: the bot, or a program beside it which is none, as its web server is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import tgfix

#: It has a library for bots, to send by it: else nothing is looked for in what imports it.
SHARED = """\
from telegram import Bot

TEXT = "Hello"
SENDER = Bot("token")
"""
BOT = """\
from telethon import TelegramClient, events

import shared

client = TelegramClient("shop", 1, "hash")


@client.on(events.NewMessage)
async def answer(event):
    await event.reply(shared.TEXT)


client.run_until_disconnected()
"""
WEB = """\
import subprocess
import time

import requests
import uvicorn
from fastapi import FastAPI

import shared

app = FastAPI()


@app.middleware("http")
async def look(request, go_on):
    time.sleep(1)
    return await go_on(request)


@app.middleware("http")
async def ask(request, go_on):
    requests.get("https://example.org")
    return await go_on(request)


@app.middleware("http")
async def run(request, go_on):
    subprocess.run(["make", "all"])
    return await go_on(request)


@app.middleware("http")
async def do_all(request, go_on):
    time.sleep(1)
    subprocess.run(["make", "all"])
    return await go_on(request)


if __name__ == "__main__":
    uvicorn.run(app)
"""


def sentences(directory: Path, **files: str) -> list[str]:
    """What is told of each change in `web.py`: why, and what it assumes."""
    for name, text in {"bot": BOT, "shared": SHARED, "web": WEB, **files}.items():
        (directory / f"{name}.py").write_text(text)
    args = ("apply", "--dry-run", "--unsafe-fixes", "--format", "json", "--select", "TGF202,TGF501,TGF502", ".")
    found = json.loads(tgfix(*args, cwd=directory).text)["findings"]
    told = (" ".join([f["why"], *(one["sentence"] for one in f["assumes"])]) for f in found)
    return [
        text
        for text, finding in zip(told, found, strict=True)
        if finding["path"] == "web.py" and finding["safety"] != "report"
    ]


def test_a_web_server_beside_a_bot_is_no_bot(tmp_path: Path) -> None:
    told = sentences(tmp_path)
    assert len(told) == 4
    assert all("whole program" in one and "bot" not in one and "update" not in one for one in told), told
    assert any("a later request" in one for one in told) and any("other code of the program" in one for one in told)


@pytest.mark.parametrize(
    "files",
    [
        {"web": WEB.replace("import shared", "import bot, shared")},
        {"bot": BOT.replace("import shared", "import shared, web")},
        {"shared": "from bot import client\nTEXT = ''\n"},
        {"shared": f"{SHARED}\n\nasync def start():\n    await SENDER.initialize()\n"},
    ],
)
def test_a_bot_is_what_a_program_is_that_may_start_one(tmp_path: Path, files: dict[str, str]) -> None:
    told = sentences(tmp_path, **files)
    assert told and all("whole bot" in one for one in told), told


def test_what_is_started_under_its_name_is_a_program(tmp_path: Path) -> None:
    (tmp_path / "start.py").write_text("import uvicorn\n\nuvicorn.run('web:app')\n")
    told = sentences(tmp_path, web=WEB.partition("\n\nif __name__")[0])
    assert told and all("whole program" in one for one in told), told
