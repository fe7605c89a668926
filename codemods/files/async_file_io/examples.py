"""The examples of `async-file-io`."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    fixed(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/log"))
async def log(event):
    with open("bot.log", encoding="utf-8") as file:  # the whole of it
        lines = file.read().splitlines()
        last = lines[-1]
    await event.reply(last)
""",
        """\
import asyncio
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/log"))
async def log(event):
    # the whole of it
    lines = (await asyncio.to_thread(Path("bot.log").read_text, encoding="utf-8")).splitlines()
    last = lines[-1]
    await event.reply(last)
""",
        "a file that is read as a whole",
    ),
    fixed(
        """\
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
PICTURES = Path("pictures")


@client.on(events.NewMessage(pattern="/size"))
async def size(event):
    picture = (PICTURES / f"{event.chat_id}.png").read_bytes()
    table = open("prices.csv", encoding="utf-8").read()
    await event.reply(f"{len(picture)} {len(table)}")
""",
        """\
import asyncio
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
PICTURES = Path("pictures")


@client.on(events.NewMessage(pattern="/size"))
async def size(event):
    picture = await asyncio.to_thread((PICTURES / f"{event.chat_id}.png").read_bytes)
    table = await asyncio.to_thread(Path("prices.csv").read_text, encoding="utf-8")
    await event.reply(f"{len(picture)} {len(table)}")
""",
        "files that are read at once",
    ),
    fixed(
        """\
import csv

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def sold(path):
    with open(path, newline="") as file:
        return sum(int(row[1]) for row in csv.reader(file))


@client.on(events.NewMessage(pattern="/sold"))
async def report(event):
    await event.reply(str(sold("sales.csv")))
""",
        """\
import asyncio
import csv

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def sold(path):
    with open(path, newline="") as file:
        return sum(int(row[1]) for row in csv.reader(file))


@client.on(events.NewMessage(pattern="/sold"))
async def report(event):
    await event.reply(str(await asyncio.to_thread(sold, "sales.csv")))
""",
        "a plain function that works on a large file",
    ),
    fixed(
        """\
from telegram import Update


async def report(update: Update, context):
    with open("report.pdf", "rb") as file:
        await update.message.reply_document(document=file, filename="Report.pdf")
""",
        """\
import asyncio

from telegram import Update


async def report(update: Update, context):
    with open("report.pdf", "rb") as file:
        await update.message.reply_document(document=await asyncio.to_thread(file.read), filename="Report.pdf")
""",
        "an upload under a name of its own",
    ),
    fixed(
        """\
async def keep(update, context, path):
    data = await context.bot.get_file(update.message.document.file_id)
    with open(path, "wb") as file:
        file.write(await data.download_as_bytearray())
""",
        """\
import asyncio


async def keep(update, context, path):
    data = await context.bot.get_file(update.message.document.file_id)
    with open(path, "wb") as file:
        await asyncio.to_thread(file.write, await data.download_as_bytearray())
""",
        "a file that is written",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import aiofiles


async def log(update, context):
    with open("bot.log") as file:
        text = file.read()[-4000:]
    await update.message.reply_text(text)
""",
        """\
import aiofiles


async def log(update, context):
    async with aiofiles.open("bot.log") as file:
        text = (await file.read())[-4000:]
    await update.message.reply_text(text)
""",
        "aiofiles, if asked for",
        safety=Safety.UNSAFE,
        options={"style": "aiofiles"},
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
    left(
        """\
async def rules(update, context):
    with open("rules.txt") as file:
        text = file.read()
    await update.message.reply_text(text)
""",
        "a small file takes 10 µs",
        "a small file",
    ),
    left(
        """\
import json


def load_links():
    with open("links.json") as file:
        return json.load(file)


async def link(update, context):
    await update.message.reply_text(load_links()[context.args[0]])
""",
        "while it parses",
        "a file that is parsed",
    ),
    left(
        """\
async def find(event, path):
    with open(path) as file:
        for line in file:
            if event.text in line:
                await event.reply(line)
""",
        "it is read line by line",
        "lines",
    ),
    left(
        """\
async def send(update, context):
    with open("photo.jpg", "rb") as file:
        await update.message.reply_photo(photo=file)
""",
        "the open file is handed to",
        "an upload",
    ),
    untouched(
        """\
import asyncio
import os

import aiofiles


def load():
    with open("export.csv") as file:
        return file.read()


async def export(event):
    async with aiofiles.open("export.csv") as file:
        text = await file.read()
    if os.path.exists("more.csv"):
        os.remove("more.csv")
    await event.reply(text + await asyncio.to_thread(load))
""",
        "aiofiles, threads, metadata, and code outside coroutines",
    ),
)
