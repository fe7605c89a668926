"""The examples of `async-file-io`."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety
from ....engine.rewriting.support import HEADER
from .support import FILE_LOCK, REPLACING

#: The support code, as it stands in a file.
_SUPPORT = FILE_LOCK.source + "\n\n" + REPLACING.source

EXAMPLES: tuple[Example, ...] = (
    fixed(
        """\
import json

import aiofiles


async def rules(update, context):
    with open("rules.txt", encoding="utf-8") as file:
        text = file.read().strip()
    with open("config.json") as file:
        limit = json.load(file)["limit"]
    await update.message.reply_text(text[:limit])
""",
        """\
import json

import aiofiles


async def rules(update, context):
    async with aiofiles.open("rules.txt", encoding="utf-8") as file:
        text = (await file.read()).strip()
    async with aiofiles.open("config.json") as file:
        limit = json.loads(await file.read())["limit"]
    await update.message.reply_text(text[:limit])
""",
        "a text that is read",
    ),
    fixed(
        """\
import aiofiles


async def quote(event):
    with open("quotes.txt") as f:  # one to a line
        quotes = [line.strip() for line in f if line.strip()]
    await event.reply(quotes[0])
""",
        """\
import aiofiles


async def quote(event):
    async with aiofiles.open("quotes.txt") as f:  # one to a line
        quotes = [line.strip() for line in await f.readlines() if line.strip()]
    await event.reply(quotes[0])
""",
        "lines",
    ),
    fixed(
        """\
import json
from pathlib import Path

import aiofiles


async def status(event):
    names = json.load(open("names.json"))
    await event.reply(names[0] + Path("motto.txt").read_text())
""",
        """\
import asyncio
import json
from pathlib import Path

import aiofiles


async def status(event):
    async with aiofiles.open("names.json") as file:
        names = json.loads(await file.read())
    await event.reply(names[0] + await asyncio.to_thread(Path("motto.txt").read_text))
""",
        "files that are read at once",
    ),
    fixed(
        """\
import os

import aiofiles


async def rules(update, context):
    await update.message.reply_text(open("rules.txt").read())
    if open("state.txt").readline().strip() == "closed":
        await update.message.reply_text("closed")
    elif os.path.exists("news.txt") and open("news.txt").read(1):
        await update.message.reply_text("there is news")
""",
        """\
import asyncio
import os

import aiofiles


async def rules(update, context):
    async with aiofiles.open("rules.txt") as file:
        text = await file.read()
    await update.message.reply_text(text)
    async with aiofiles.open("state.txt") as file:
        line = await file.readline()
    if line.strip() == "closed":
        await update.message.reply_text("closed")
    elif os.path.exists("news.txt") and await asyncio.to_thread(open("news.txt").read, 1):
        await update.message.reply_text("there is news")
""",
        "files without a name, read ahead",
    ),
    fixed(
        """\
import aiofiles


async def users(event):
    for line in open("users.txt"):  # one to a line
        if line.startswith(event.text):
            await event.reply(line)
""",
        """\
import aiofiles


async def users(event):
    async with aiofiles.open("users.txt") as file:
        lines = await file.readlines()
    for line in lines:  # one to a line
        if line.startswith(event.text):
            await event.reply(line)
""",
        "a loop over a file",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import csv

import aiofiles


async def export(event, path):
    with open(path, "a", newline="") as f:
        writer = csv.writer(f)
        for user in event.users:
            writer.writerow([user.id, user.name])  # one to a line
    await event.reply(file=path)
""",
        """\
import csv
import io

import aiofiles


async def export(event, path):
    async with aiofiles.open(path, "a", newline="") as f:
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for user in event.users:
            writer.writerow([user.id, user.name])  # one to a line
        await f.write(buffer.getvalue())
    await event.reply(file=path)
""",
        "rows of a table",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import aiofiles


async def log(event, path):
    with open(path, "a") as f:
        print(event.id, event.text, sep="\\t", file=f)
        print("--", file=f)
""",
        """\
import aiofiles


async def log(event, path):
    async with aiofiles.open(path, "a") as f:
        await f.write(str(event.id) + "\\t" + str(event.text) + "\\n")
        await f.write("--\\n")
""",
        "print",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import aiofiles
from telegram import Update


async def report(update: Update, context):
    with open("report.pdf", "rb") as f:
        await update.message.reply_document(document=f, filename="Report.pdf")
""",
        """\
import aiofiles
from telegram import Update


async def report(update: Update, context):
    async with aiofiles.open("report.pdf", "rb") as f:
        await update.message.reply_document(document=await f.read(), filename="Report.pdf")
""",
        "an upload under a name of its own",
    ),
    fixed(
        """\
async def rules(update, context):
    with open("rules.txt") as file:
        text = file.read()
    await update.message.reply_text(text)
""",
        """\
import asyncio


async def rules(update, context):
    with open("rules.txt") as file:
        text = await asyncio.to_thread(file.read)
    await update.message.reply_text(text)
""",
        "without aiofiles, in a thread",
        options={"style": "thread"},
    ),
    fixed(
        """\
import json
import os

import aiofiles

LINKS_FILE = "links.json"


def load_links():
    if os.path.exists(LINKS_FILE):
        with open(LINKS_FILE) as f:
            return json.load(f)
    return {}


def save_links(links):
    with open(LINKS_FILE, "w") as f:
        json.dump(links, f, indent=4)


async def addlink(update, context):
    number, link = context.args
    links = load_links()
    links[number] = link
    save_links(links)
    await update.message.reply_text(f"{len(links)} links")


async def getlink(update, context):
    await update.message.reply_text(load_links().get(context.args[0], "unknown"))
""",
        """\
import asyncio
import contextlib
import json
import os
import stat
import uuid
import weakref

import aiofiles


"""
        + _SUPPORT
        + """\


LINKS_FILE = "links.json"


async def load_links():
    if os.path.exists(LINKS_FILE):
        async with aiofiles.open(LINKS_FILE) as f:
            return json.loads(await f.read())
    return {}


async def save_links(links):
    async with replacing(LINKS_FILE, "w") as f:
        await f.write(json.dumps(links, indent=4))


async def addlink(update, context):
    number, link = context.args
    async with file_lock(LINKS_FILE):
        links = await load_links()
        links[number] = link
        await save_links(links)
    await update.message.reply_text(f"{len(links)} links")


async def getlink(update, context):
    await update.message.reply_text((await load_links()).get(context.args[0], "unknown"))
""",
        "helpers that load and save",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import aiofiles


async def note(event):
    with open("note.txt", "w") as f:
        f.write(event.text)
    await event.reply("noted")
""",
        """\
import asyncio
import contextlib
import os
import stat
import uuid
import weakref

import aiofiles


"""
        + _SUPPORT
        + """\


async def note(event):
    async with file_lock("note.txt"), replacing("note.txt", "w") as f:
        await f.write(event.text)
    await event.reply("noted")
""",
        "a file that is only written",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import json


def load_config():
    with open("config.json") as f:
        return json.load(f)


TOKEN = load_config()["token"]


async def limit(update, context):
    await update.message.reply_text(str(load_config()["limit"]))
""",
        """\
import asyncio
import json


def load_config():
    with open("config.json") as f:
        return json.load(f)


TOKEN = load_config()["token"]


async def limit(update, context):
    await update.message.reply_text(str((await asyncio.to_thread(load_config))["limit"]))
""",
        "a helper that has to stay a plain function",
    ),
    fixed(
        {
            "storage.py": """\
import json

import aiofiles

STATE = "state.json"


def load():
    with open(STATE) as f:
        return json.load(f)


def save(state):
    with open(STATE, "w") as f:
        json.dump(state, f)
""",
            "bot.py": """\
import storage
from storage import save


async def count(update, context):
    state = storage.load()
    state["count"] += 1
    save(state)
    await update.message.reply_text(str(state["count"]))
""",
        },
        {
            "storage.py": """\
import json

import aiofiles

from _tgfix_support import replacing

STATE = "state.json"


async def load():
    async with aiofiles.open(STATE) as f:
        return json.loads(await f.read())


async def save(state):
    async with replacing(STATE, "w") as f:
        await f.write(json.dumps(state))
""",
            "bot.py": """\
import storage
from _tgfix_support import file_lock
from storage import save


async def count(update, context):
    async with file_lock(storage.STATE):
        state = await storage.load()
        state["count"] += 1
        await save(state)
    await update.message.reply_text(str(state["count"]))
""",
            "_tgfix_support.py": HEADER
            + """\

import asyncio
import contextlib
import os
import stat
import uuid
import weakref

import aiofiles


"""
            + _SUPPORT
            + """\
""",
        },
        "helpers in another module",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import shutil


async def backup(event):
    shutil.copytree("data", "backup")
    await event.reply("saved")
""",
        """\
import asyncio
import shutil


async def backup(event):
    await asyncio.to_thread(shutil.copytree, "data", "backup")
    await event.reply("saved")
""",
        "a copy of a folder",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import os

import aiofiles


async def clean(event, path):
    if not os.path.exists(path):
        return
    os.remove(path)
""",
        """\
import aiofiles
from aiofiles import os as aios


async def clean(event, path):
    if not await aios.path.exists(path):
        return
    await aios.remove(path)
""",
        "metadata, if asked for",
        safety=Safety.UNSAFE,
        options={"metadata": True},
    ),
    left(
        """\
async def send(update, context):
    with open("photo.jpg", "rb") as f:
        await update.message.reply_photo(photo=f)
""",
        "needs a plain one",
        "an open file that is uploaded",
    ),
    left(
        """\
from telegram import Update


async def send(update: Update, context):
    with open("photo.jpg", "rb") as f:
        await update.message.reply_photo(photo=f)
""",
        "takes the name to send from it",
        "an upload under the name of the file",
    ),
    left(
        """\
import aiofiles


async def export(event, path, batch):
    with open(path, "a") as f:
        f.writelines(batch)
    batch.clear()
""",
        "would be lost",
        "a batch that is emptied",
    ),
    left(
        """\
import json
import threading

import aiofiles


def save(state):
    with open("state.json", "w") as f:
        json.dump(state, f)


threading.Timer(60, save, [{}]).start()


async def reset(event):
    save({})
""",
        "outside of every lock",
        "a file that another function writes in a thread",
    ),
    left(
        """\
import aiofiles


async def rules(event):
    read = lambda: open("rules.txt").read()
    await event.reply(read())
""",
        "lambda",
        "a lambda",
    ),
    untouched(
        """\
import asyncio
import os

import aiofiles


def load():
    with open("rules.txt") as f:
        return f.read()


async def rules(event):
    async with aiofiles.open("rules.txt") as f:
        text = await f.read()
    if os.path.exists("more.txt"):
        os.remove("more.txt")
    await event.reply(text + await asyncio.to_thread(load))
""",
        "aiofiles, threads, metadata, and code outside coroutines",
    ),
)
