"""The examples of `async-file-io`."""

from __future__ import annotations

from ....engine.codemod import Example, left, patched, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
+import asyncio
+from pathlib import Path
+
 from telethon import TelegramClient, events

 client = TelegramClient("bot", 1, "hash")


 @client.on(events.NewMessage(pattern="/log"))
 async def log(event):
-    with open("bot.log", encoding="utf-8") as file:  # the whole of it
-        lines = file.read().splitlines()
-        last = lines[-1]
+    # the whole of it
+    lines = (await asyncio.to_thread(Path("bot.log").read_text, encoding="utf-8")).splitlines()
+    last = lines[-1]
     await event.reply(last)
""",
        "a file that is read as a whole",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 from pathlib import Path

 from telethon import TelegramClient, events

 client = TelegramClient("bot", 1, "hash")
 FILMS = Path("films")


 @client.on(events.NewMessage(pattern="/size"))
 async def size(event):
-    film = (FILMS / f"{event.chat_id}.mp4").read_bytes()
-    table = open("prices.csv", encoding="utf-8").read()
+    film = await asyncio.to_thread((FILMS / f"{event.chat_id}.mp4").read_bytes)
+    table = await asyncio.to_thread(Path("prices.csv").read_text, encoding="utf-8")
     await event.reply(f"{len(film)} {len(table)}")
""",
        "files that are read at once",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
 import csv


 def sold(path):
     with open(path, newline="") as file:
         return sum(int(row[1]) for row in csv.reader(file))


 async def report(chat):
-    await chat.send(str(sold("sales.csv")))
+    await chat.send(str(await asyncio.to_thread(sold, "sales.csv")))
""",
        "a plain function that works on a large file; nothing else runs meanwhile",
    ),
    patched(
        """\
+import asyncio
+
 from telegram import Update


 async def report(update: Update, context):
     with open("report.pdf", "rb") as file:
-        await update.message.reply_document(document=file, filename="Report.pdf")
+        await update.message.reply_document(document=await asyncio.to_thread(file.read), filename="Report.pdf")
""",
        "an upload under a name of its own",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
+
+
 async def keep(update, context):
     data = await context.bot.get_file(update.message.document.file_id)
     with open(f"{update.message.from_user.id}.zip", "wb") as file:
-        file.write(await data.download_as_bytearray())
+        await asyncio.to_thread(file.write, await data.download_as_bytearray())
""",
        "an archive that is written",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import aiofiles


 async def log(update, context):
-    with open("bot.log") as file:
-        text = file.read()[-4000:]
+    async with aiofiles.open("bot.log") as file:
+        text = (await file.read())[-4000:]
     await update.message.reply_text(text)
""",
        "aiofiles, if asked for",
        safety=Safety.UNSAFE,
        options={"style": "aiofiles"},
    ),
    patched(
        """\
+import asyncio
 import shutil


 async def backup(event):
-    shutil.copytree("data", "backup")
+    await asyncio.to_thread(shutil.copytree, "data", "backup")
     await event.reply("saved")
""",
        "a copy of a folder",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import shutil


async def restore(event):
    shutil.copytree("settings", "new")
    await event.reply("restored")
""",
        "nothing tells that there are many files in it",
        "a copy of a few small files",
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/backup"))
async def backup(event):
    readme = f"backup/{event.id}/backup_readme.txt"
    text = "Unpack it beside the bot.\\n"
    text += "Then start the bot again.\\n"
    with open(readme, "w") as file:
        file.write(text)
    await event.reply(file=readme)
""",
        "what is written goes to the system's memory",
        "a short text in a file that is called like a large one",
    ),
    left(
        """\
import shutil


async def restore(event, work):
    try:
        await work()
    except ValueError:
        shutil.copytree("backup", "data")
        await event.reply("restored")
""",
        "it runs when something has failed",
        "a copy when something fails",
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
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/paste"))
async def paste(event):
    path = await event.download_media()
    with open(path) as file:
        text = file.read()
    await event.reply(str(len(text)))
""",
        "it was made or downloaded just before",
        "a file that was downloaded just before",
    ),
    left(
        """\
import requests


async def keep(event):
    with open("film.mp4", "wb") as file:
        file.write(requests.get(event.text).content)
    await event.reply(file="film.mp4")
""",
        "what takes long is requests.get(), not the disk",
        "an answer that is written",
    ),
    left(
        """\
async def keep(event):
    with open("logs.txt", "w") as file:
        file.write(event.text)
""",
        "goes to the system's memory",
        "a text that is written",
    ),
    untouched(
        """\
import json


def load_links():
    with open("links.json") as file:
        return json.load(file)


async def link(update, context):
    await update.message.reply_text(load_links()[context.args[0]])
""",
        "a file of JSON, which `cached-json` is for",
    ),
    left(
        """\
async def find(event):
    with open("bot.log") as file:
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
    with open("film.mp4", "rb") as file:
        await update.message.reply_video(video=file)
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
