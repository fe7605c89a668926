"""TGF302, TGF501 and TGF502: files of a fixed name, and programs and libraries that write them, beside others."""

from __future__ import annotations

import os
from typing import Any

from twin import Run

from . import SafetyCase, driving

_CONVERT = """\
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/thumb (.+)"))
async def thumb(event):
    name = event.pattern_match.group(1)
    subprocess.run(["convert", f"{name}.png", "-resize", "90x90", "thumb.png"], check=True)
    with open("thumb.png") as picture:
        await event.reply(picture.read())
"""

_FOLDER = """\
import os
import subprocess

from telegram.ext import Application, CommandHandler


async def report(update, context):
    os.makedirs("out", exist_ok=True)
    subprocess.run("report " + context.args[0], shell=True, cwd="out")
    texts = [open(os.path.join("out", name)).read() for name in sorted(os.listdir("out"))]
    await update.message.reply_text(" ".join(texts))


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("report", report))
    return app
"""

_CHECKOUT = """\
import os
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
HOME = os.path.join(os.getcwd(), "repo")


def run(*command):
    return subprocess.run(command, cwd=HOME, capture_output=True, text=True).stdout.strip()


@client.on(events.NewMessage(pattern="/show (.+)"))
async def show(event):
    run("switch", event.pattern_match.group(1))
    await event.reply(run("cat", "VERSION"))
"""

_IMAGE = """\
import time

import pictures
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/qr (.+)"))
async def qr(event):
    pictures.make(event.pattern_match.group(1)).save("qr.png")
    time.sleep(0.1)  # the disk is slow
    await event.reply(open("qr.png").read())
"""

_PICTURES = """\
class Picture:
    def __init__(self, text):
        self.text = text

    def save(self, path):
        with open(path, "w") as file:
            file.write(f"<{self.text}>")


def make(text):
    return Picture(text)
"""

_ARCHIVE = """\
import zipfile

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def pack(text):
    with zipfile.ZipFile("all.zip", "w") as archive:
        archive.writestr("text.txt", text)


@client.on(events.NewMessage(pattern="/zip (.+)"))
async def pack_and_send(event):
    pack(event.pattern_match.group(1))
    with open("all.zip", "rb") as file:
        data = file.read()
    await event.reply(str(data[38:48]))
"""

_INPUT = """\
import subprocess

from telegram.ext import Application, CommandHandler

PROGRAM = "program.txt"


async def run(update, context):
    with open(PROGRAM, "w") as file:
        file.write(" ".join(context.args))
    done = subprocess.run(["sh", "-c", "sleep 0.1; cat program.txt"], capture_output=True, text=True)
    await update.message.reply_text(done.stdout)


def build():
    app = Application.builder().token("1:A").concurrent_updates(True).build()
    app.add_handler(CommandHandler("run", run))
    return app
"""

_HALF_READ = """\
import shutil

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/rules"))
async def rules(event):
    with open("data/rules.txt") as file:
        head = file.readline()
        rest = file.read()
    await event.reply("whole" if head.strip() == rest.strip() else f"torn: {head.strip()} {len(rest)}")


@client.on(events.NewMessage(pattern="/reset"))
async def reset(event):
    shutil.copyfile("data/other.txt", "data/rules.txt")
    shutil.copyfile("data/empty.txt", "data/rules.txt")
    shutil.copyfile("data/default.txt", "data/rules.txt")
"""

_MOVED = """\
import os

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/next"))
async def next_text(event):
    names = sorted(os.listdir("queue"))
    if not names:
        await event.reply("nothing left")
        return
    path = os.path.join("queue", names[0])
    with open(path) as file:
        text = file.read()
    os.rename(path, os.path.join("done", names[0]))
    await event.reply(text)
"""

_OWN_FOLDER = """\
import subprocess
import tempfile
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/upper (.+)"))
async def upper(event):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "text.txt")
        path.write_text(event.pattern_match.group(1))
        out = subprocess.run(["tr", "a-z", "A-Z"], stdin=path.open(), capture_output=True, text=True).stdout
    await event.reply(out)
"""

_PROGRAMS = {
    "convert": 'sleep 0.1; for last; do :; done; echo "small $1" > "$last"; sleep 0.1',
    "report": 'sleep 0.1; echo "report on $1" > report.html; sleep 0.1',
    "switch": 'sleep 0.1; echo "version of $1" > VERSION; sleep 0.1',
}


def with_programs(run: Run, drive: Any, **arguments: Any) -> None:
    """Drive the program where the programs that it starts are on the search path."""
    os.mkdir("programs")
    for name, text in _PROGRAMS.items():
        path = os.path.join("programs", name)
        with open(path, "w") as file:
            file.write(f"#!/bin/sh\n{text}\n")
        os.chmod(path, 0o755)
    os.environ["PATH"] = os.path.abspath("programs") + os.pathsep + os.environ["PATH"]
    drive(run, **arguments)


_TELETHON = {"drive": driving.telethon_bot}
_PTB = {"drive": driving.ptb_bot}
_WITH_AIOFILES = "telethon\npython-telegram-bot\naiofiles\n"

CASES = [
    SafetyCase(
        "a thumbnail of a fixed name",
        {"bot.py": _CONVERT},
        with_programs,
        _TELETHON | {"updates": ["/thumb a", "/thumb b"]},
    ),
    SafetyCase(
        "a report in a folder that is the program's working folder",
        {"bot.py": _FOLDER},
        with_programs,
        _PTB | {"updates": ["/report a", "/report b"]},
    ),
    SafetyCase(
        "a folder that a command switches",
        {"bot.py": _CHECKOUT, "repo/VERSION": "none"},
        with_programs,
        _TELETHON | {"updates": ["/show a", "/show b"]},
    ),
    SafetyCase(
        "a picture saved by a library",
        {"bot.py": _IMAGE, "pictures.py": _PICTURES},
        driving.telethon_bot,
        {"updates": ["/qr a", "/qr b"]},
        fast=True,
    ),
    SafetyCase(
        "an archive written before it is read",
        {"bot.py": _ARCHIVE, "requirements.txt": _WITH_AIOFILES},
        driving.telethon_bot,
        {"updates": ["/zip aaa", "/zip bbb"]},
    ),
    SafetyCase(
        "input for a program in a fixed file", {"bot.py": _INPUT}, driving.ptb_bot, {"updates": ["/run a", "/run b"]}
    ),
    SafetyCase(
        "rules copied over while they are read",
        {
            "bot.py": _HALF_READ,
            "requirements.txt": _WITH_AIOFILES,
            "data/rules.txt": "same\nsame\n",
            "data/default.txt": "same\nsame\n",
            "data/other.txt": "other\nother\n",
            "data/empty.txt": "",
        },
        driving.telethon_bot,
        {"updates": ["/rules", "/reset"] * 20},
    ),
    SafetyCase(
        "a text that is moved away behind the read",
        {
            "bot.py": _MOVED,
            "requirements.txt": _WITH_AIOFILES,
            "queue/1.txt": "one",
            "queue/2.txt": "two",
            "done/0.txt": "zero",
        },
        driving.telethon_bot,
        {"updates": ["/next", "/next", "/next"], "show": ["queue", "done"]},
    ),
    SafetyCase(
        "a program that works in a folder of its own",
        {"bot.py": _OWN_FOLDER},
        driving.telethon_bot,
        {"updates": ["/upper hello"]},
    ),
]
