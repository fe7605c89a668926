"""Examples of batched-writes."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety
from .support import BATCHED_WRITER

#: A file that holds the support code, as examples write it.
_WRITER = BATCHED_WRITER.source

EXAMPLES: tuple[Example, ...] = (
    fixed(
        """\
async def backup(client, entity, path):
    count = 0
    async for message in client.iter_messages(entity):
        with open(path, "a", encoding="utf-8") as f:
            f.write(message.to_json() + "\\n")
        count += 1
    return count
""",
        """\
async def backup(client, entity, path):
    count = 0
    batch = []
    try:
        async for message in client.iter_messages(entity):
            batch.append(message.to_json() + "\\n")
            if len(batch) >= 100:
                with open(path, "a", encoding="utf-8", buffering=1 << 20) as f:
                    lines, batch = batch, []
                    f.writelines(lines)
            count += 1
    finally:
        if batch:
            with open(path, "a", encoding="utf-8", buffering=1 << 20) as f:
                f.writelines(batch)
    return count
""",
        "a backup loop, batches of 100",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
async def backup(client, entity, path):
    count = 0
    async for message in client.iter_messages(entity):
        with open(path, "a", encoding="utf-8") as f:
            f.write(message.to_json() + "\\n")
        count += 1
    return count
""",
        """\
import contextlib


async def backup(client, entity, path):
    count = 0
    with contextlib.ExitStack() as stack:
        f = None
        async for message in client.iter_messages(entity):
            if f is None:
                f = stack.enter_context(open(path, "a", encoding="utf-8"))
            f.write(message.to_json() + "\\n")
            f.flush()
            count += 1
    return count
""",
        "a backup loop, the file kept open",
    ),
    fixed(
        """\
from pathlib import Path


def archive(messages, folder: Path):
    log = folder / "messages.txt"
    for message in messages:
        if not message.text:
            continue
        with log.open("a", encoding="utf-8") as out:  # one line each
            out.write(message.text)
            out.write("\\n")
        if message.id == 1:
            break
    else:
        print("the first message is gone")
""",
        """\
import contextlib
from pathlib import Path


def archive(messages, folder: Path):
    log = folder / "messages.txt"
    with contextlib.ExitStack() as stack:
        out = None
        for message in messages:
            if not message.text:
                continue
            if out is None:
                out = stack.enter_context(log.open("a", encoding="utf-8"))  # one line each
            out.write(message.text)
            out.write("\\n")
            out.flush()
            if message.id == 1:
                break
        else:
            print("the first message is gone")
""",
        "the style stream where unsafe changes are allowed",
        options={"style": "stream"},
    ),
    fixed(
        """\
from pathlib import Path


def archive(messages, folder: Path):
    log = folder / "messages.txt"
    for message in messages:
        if not message.text:
            continue
        with log.open("a", encoding="utf-8") as out:  # one line each
            out.write(message.text)
            out.write("\\n")
        if message.id == 1:
            break
    else:
        print("the first message is gone")
""",
        """\
from pathlib import Path


def archive(messages, folder: Path):
    log = folder / "messages.txt"
    batch = []
    try:
        for message in messages:
            if not message.text:
                continue
            # one line each
            batch.append(message.text)
            batch.append("\\n")
            if len(batch) >= 20:
                with log.open("a", encoding="utf-8", buffering=1 << 20) as out:
                    lines, batch = batch, []
                    out.writelines(lines)
            if message.id == 1:
                break
        else:
            print("the first message is gone")
    finally:
        if batch:
            with log.open("a", encoding="utf-8", buffering=1 << 20) as out:
                out.writelines(batch)
""",
        "smaller batches, and a comment on the open",
        safety=Safety.UNSAFE,
        options={"size": 20},
    ),
    fixed(
        """\
import csv


async def export(client, chat):
    async for user in client.iter_participants(chat):
        with open("members.csv", "a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow([user.id, user.username])
""",
        """\
import csv
import io


async def export(client, chat):
    batch = []
    try:
        async for user in client.iter_participants(chat):
            file = io.StringIO()
            batch.append(file)
            writer = csv.writer(file)
            writer.writerow([user.id, user.username])
            if len(batch) >= 100:
                with open("members.csv", "a", newline="", encoding="utf-8", buffering=1 << 20) as out:
                    lines, batch = batch, []
                    out.writelines(part.getvalue() for part in lines)
    finally:
        if batch:
            with open("members.csv", "a", newline="", encoding="utf-8", buffering=1 << 20) as out:
                out.writelines(part.getvalue() for part in batch)
""",
        "a csv writer needs a file to write to",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import json


def dump(messages, path):
    for message in messages:
        with open(path, "a") as f:
            json.dump(message, f)
            if message.get("end"):
                continue
            print(file=f)
        print("saved", message["id"])
""",
        """\
import io
import json


def dump(messages, path):
    batch = []
    try:
        for message in messages:
            if len(batch) >= 100:
                with open(path, "a", buffering=1 << 20) as file:
                    lines, batch = batch, []
                    file.writelines(part.getvalue() for part in lines)
            f = io.StringIO()
            batch.append(f)
            json.dump(message, f)
            if message.get("end"):
                continue
            print(file=f)
            print("saved", message["id"])
    finally:
        if batch:
            with open(path, "a", buffering=1 << 20) as file:
                file.writelines(part.getvalue() for part in batch)
""",
        "json, print, and a continue in the block",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import json


def dump(messages, path):
    for message in messages:
        with open(path, "a") as f:
            json.dump(message, f)
            if message.get("end"):
                continue
            print(file=f)
        print("saved", message["id"])
""",
        """\
import contextlib
import json


def dump(messages, path):
    with contextlib.ExitStack() as stack:
        f = None
        for message in messages:
            if f is None:
                f = stack.enter_context(open(path, "a"))
            try:
                json.dump(message, f)
                if message.get("end"):
                    continue
                print(file=f)
            finally:
                f.flush()
            print("saved", message["id"])
""",
        "a continue in the block of an open file",
    ),
    fixed(
        """\
import aiofiles


async def backup(client, entity, path):
    async for message in client.iter_messages(entity):
        async with aiofiles.open(path, "a") as f:
            await f.write(f"{message.id}: {message.text}\\n")
""",
        """\

async def backup(client, entity, path):
    batch = []
    try:
        async for message in client.iter_messages(entity):
            batch.append(f"{message.id}: {message.text}\\n")
            if len(batch) >= 100:
                with open(path, "a", buffering=1 << 20) as f:
                    lines, batch = batch, []
                    f.writelines(lines)
    finally:
        if batch:
            with open(path, "a", buffering=1 << 20) as f:
                f.writelines(batch)
""",
        "aiofiles in a loop, batches",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import aiofiles


async def backup(client, entity, path):
    async for message in client.iter_messages(entity):
        async with aiofiles.open(path, "a") as f:
            await f.write(f"{message.id}: {message.text}\\n")
""",
        """\
import contextlib

import aiofiles


async def backup(client, entity, path):
    async with contextlib.AsyncExitStack() as stack:
        f = None
        async for message in client.iter_messages(entity):
            if f is None:
                f = await stack.enter_async_context(aiofiles.open(path, "a"))
            await f.write(f"{message.id}: {message.text}\\n")
            await f.flush()
""",
        "aiofiles in a loop, kept open",
    ),
    fixed(
        """\
def save(rows):
    for row in rows:
        out = open("rows.txt", "a")
        out.write(row)
        out.close()
""",
        """\
import contextlib


def save(rows):
    with contextlib.ExitStack() as stack:
        out = None
        for row in rows:
            if out is None:
                out = stack.enter_context(open("rows.txt", "a"))
            out.write(row)
            out.flush()
""",
        "open and close",
    ),
    fixed(
        """\
def save(rows):
    for row in rows:
        out = open("rows.txt", "a")  # append
        out.write(row)
        out.close()  # done
    print("saved")
""",
        """\
def save(rows):
    batch = []
    try:
        for row in rows:
            # append
            batch.append(row)
            # done
            if len(batch) >= 100:
                with open("rows.txt", "a", buffering=1 << 20) as out:
                    lines, batch = batch, []
                    out.writelines(lines)
    finally:
        if batch:
            with open("rows.txt", "a", buffering=1 << 20) as out:
                out.writelines(batch)
    print("saved")
""",
        "open and close in batches",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
def save(rows, path):
    for row in rows:
        if row.reply:
            with open(path, "a") as f:
                f.write(f\"\"\"> {row.reply}
  {row.text}
\"\"\")
        else:
            with open(path, "a") as f: f.write(row.text + "\\n")
""",
        """\
import contextlib


def save(rows, path):
    with contextlib.ExitStack() as stack:
        f = None
        for row in rows:
            if row.reply:
                if f is None:
                    f = stack.enter_context(open(path, "a"))
                f.write(f\"\"\"> {row.reply}
  {row.text}
\"\"\")
                f.flush()
            else:
                if f is None:
                    f = stack.enter_context(open(path, "a"))
                f.write(row.text + "\\n")
                f.flush()
""",
        "two blocks for one file, and a multi-line string",
    ),
    fixed(
        """\
def recorded(messages, path):
    for message in messages:
        with open(path, "a") as f:
            f.write(message.text)
        yield message
""",
        """\
import contextlib


def recorded(messages, path):
    with contextlib.ExitStack() as stack:
        f = None
        for message in messages:
            if f is None:
                f = stack.enter_context(open(path, "a"))
            f.write(message.text)
            f.flush()
            yield message
""",
        "a generator keeps what it wrote visible",
    ),
    fixed(
        """\
from telethon.errors import FloodWaitError


async def backup(client, ids, path):
    failed = []
    for number in ids:
        try:
            message = await client.get_messages("chat", ids=number)
            with open(path, "a") as f:
                f.write(message.text)
                f.write("\\n")
        except FloodWaitError:
            failed.append(number)
    return failed
""",
        """\
import contextlib

from telethon.errors import FloodWaitError


async def backup(client, ids, path):
    failed = []
    with contextlib.ExitStack() as stack:
        f = None
        for number in ids:
            try:
                message = await client.get_messages("chat", ids=number)
                if f is None:
                    f = stack.enter_context(open(path, "a"))
                f.write(message.text)
                f.write("\\n")
                f.flush()
            except FloodWaitError:
                failed.append(number)
    return failed
""",
        "an except clause for Telegram only",
    ),
    fixed(
        """\
from telethon import TelegramClient, events

LOG = "messages.log"
client = TelegramClient("bot", 1, "x")


@client.on(events.NewMessage)
async def on_message(event):
    with open(LOG, "a", encoding="utf-8") as f:
        f.write(f"{event.sender_id}: {event.raw_text}\\n")
""",
        """\
import atexit
import contextlib
import io
import os
import threading
import time

from telethon import TelegramClient, events


"""
        + _WRITER
        + """\


LOG = "messages.log"
client = TelegramClient("bot", 1, "x")


@client.on(events.NewMessage)
async def on_message(event):
    with BatchedWriter(LOG, "a", encoding="utf-8") as f:
        f.write(f"{event.sender_id}: {event.raw_text}\\n")
""",
        "an event handler that appends",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {
            "log.py": """\
import os

PATH = os.path.join("logs", "bot.log")


def log_message(text):
    f = open(PATH, "a")
    f.write(text)
    f.write("\\n")
    f.close()
""",
            "bot.py": """\
from log import log_message


async def answer(update, context):
    log_message(update.message.text)
""",
        },
        {
            "log.py": """\
import os

from _tgfix_support import BatchedWriter

PATH = os.path.join("logs", "bot.log")


def log_message(text):
    with BatchedWriter(PATH, "a") as f:
        f.write(text)
        f.write("\\n")
""",
            "_tgfix_support.py": """\
\"\"\"Support code for this bot, written by tgfix. It is yours: read it, change it, keep it.\"\"\"

import atexit
import contextlib
import io
import os
import threading
import time


"""
            + _WRITER
            + """\
""",
        },
        "a helper that a handler calls, in a larger project",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
from pathlib import Path


class Journal:
    def __init__(self, folder: Path):
        self.path = folder / "journal.txt"

    def add(self, text):
        with self.path.open(mode="a", encoding="utf-8") as f:
            f.write(text + "\\n")


journal = Journal(Path("data"))


async def listen(update, context):
    journal.add(update.message.text)
""",
        """\
import atexit
import contextlib
import io
import os
import threading
import time
from pathlib import Path


"""
        + _WRITER
        + """\


class Journal:
    def __init__(self, folder: Path):
        self.path = folder / "journal.txt"

    def add(self, text):
        with BatchedWriter(self.path, mode="a", encoding="utf-8", size=20) as f:
            f.write(text + "\\n")


journal = Journal(Path("data"))


async def listen(update, context):
    journal.add(update.message.text)
""",
        "a method that handlers call, with smaller batches",
        safety=Safety.UNSAFE,
        options={"size": 20},
    ),
    fixed(
        """\
import aiofiles


async def consume(queue):
    while True:
        update = await queue.get()
        async with aiofiles.open("updates.log", "a") as f:
            await f.write(update.to_json())
""",
        """\
import atexit
import contextlib
import io
import os
import threading
import time


"""
        + _WRITER
        + """\


async def consume(queue):
    while True:
        update = await queue.get()
        with BatchedWriter("updates.log", "a") as f:
            f.write(update.to_json())
""",
        "an endless loop",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import aiofiles


async def download(client, media, path):
    async for chunk in client.iter_download(media):
        async with aiofiles.open(path, "ab") as f:
            await f.write(chunk)
""",
        """\
import contextlib

import aiofiles


async def download(client, media, path):
    async with contextlib.AsyncExitStack() as stack:
        f = None
        async for chunk in client.iter_download(media):
            if f is None:
                f = await stack.enter_async_context(aiofiles.open(path, "ab"))
            await f.write(chunk)
            await f.flush()
""",
        "the chunks of a download",
    ),
    left(
        """\
async def backup(client, entity):
    async for message in client.iter_messages(entity):
        with open(f"{message.chat_id}.txt", "a") as f:
            f.write(message.text)
""",
        "depends on message, which changes from message to message",
        "a path that depends on the loop",
    ),
    left(
        """\
from datetime import date


def save(messages):
    for message in messages:
        with open(f"log-{date.today()}.txt", "a") as f:
            f.write(message.text)
""",
        "worked out by date.today() each time",
        "a path that depends on the time",
    ),
    left(
        """\
async def answer(update, context):
    with open(f"{update.effective_chat.id}.log", "a") as f:
        f.write(update.message.text)
""",
        "depends on update, which changes from call to call",
        "a path that depends on the event",
    ),
    left(
        """\
def save(messages, path):
    for message in messages:
        with open(path, "w") as f:
            f.write(message.text)
""",
        'the mode "w" starts the file anew',
        "a mode that starts anew",
    ),
    left(
        """\
import logging


def save(messages, path):
    for message in messages:
        try:
            with open(path, "a") as f:
                f.write(message.text)
        except Exception as e:
            logging.warning("not saved: %s", e)
""",
        "handles, for each message, that the file cannot be opened",
        "an except clause that handles the open",
    ),
    left(
        """\
import time


def save(text, path):
    for attempt in range(3):
        with open(path, "a") as f:
            f.write(text)
        break
""",
        "the loop ends with the first write",
        "a loop that tries again",
    ),
    left(
        """\
def save(messages, path):
    for message in messages:
        if message.text not in open(path).read():
            with open(path, "a") as f:
                f.write(message.text)
""",
        "the file is also used in line",
        "a file that is read in the loop",
    ),
    left(
        """\
import os

LOG = "bot.log"


def rotate():
    if os.path.getsize(LOG) > 1_000_000:
        os.replace(LOG, LOG + ".1")


def save(messages):
    for message in messages:
        with open(LOG, "a") as f:
            f.write(message.text)
        rotate()
""",
        "rotate(), which is called there, also uses the file",
        "a file that a function renames",
    ),
    left(
        """\
import fcntl


def save(messages, path):
    for message in messages:
        with open(path, "a") as f:
            fcntl.flock(f, fcntl.LOCK_EX)
            f.write(message.text)
""",
        "the file is locked in line",
        "a file that is locked",
    ),
    left(
        """\
def save(messages, path, render):
    for message in messages:
        with open(path, "a") as f:
            render(message, f)
""",
        "passed on to render()",
        "a file that is passed on",
    ),
    left(
        """\
import csv


def save(rows, path):
    for row in rows:
        with open(path, "a", newline="") as f:
            writer = csv.DictWriter(f, row.keys())
            if f.tell() == 0:
                writer.writeheader()
            writer.writerow(row)
""",
        "position in the file (f.tell)",
        "a header that depends on the position",
    ),
    left(
        """\
def save(messages):
    for message in messages:
        with open("messages.txt", "a") as f:
            f.write(message.text)
        with open("last_id.txt", "w") as f:
            f.write(str(message.id))
""",
        "two files must stay in step",
        "two files that must stay in step",
    ),
    left(
        """\
def save(messages):
    for message in messages:
        with open("texts.txt", "a") as texts, open("ids.txt", "a") as ids:
            texts.write(message.text)
            ids.write(f"{message.id}\\n")
""",
        "two files must stay in step",
        "two files in one with",
    ),
    left(
        """\
def save(messages, archive):
    for message in messages:
        with archive.open("a") as f:
            f.write(message.text)
""",
        "nothing shows that archive is a pathlib.Path",
        "something that is no path for all that can be seen",
    ),
    left(
        """\
LOG = "bot.log"


async def log(update, context):
    with open(LOG, "a") as f:
        f.write(update.message.text)


async def clear(update, context):
    open(LOG, "w").close()
""",
        "deletes, renames or empties the file",
        "a log that a command empties",
    ),
    left(
        """\
import config


def known_users():
    with open(config.USERS) as file:
        return file.read().split()


def add_user(number):
    with open(config.USERS, "a", encoding="utf-8") as file:
        file.write(f"{number}\\n")


async def start(update, context):
    if str(update.effective_chat.id) not in known_users():
        add_user(update.effective_chat.id)
""",
        "known_users(), which is called there, also uses the file",
        "a list of users that is looked into before it grows",
    ),
    left(
        """\
def recorded(messages, path):
    for message in messages:
        with open(path, "a") as f:
            f.write(message.text)
        yield message
""",
        "the loop yields",
        "a generator and the style batch",
        options={"style": "batch"},
    ),
    untouched(
        """\
async def backup(client, entities, path):
    batch = []
    for entity in entities:
        lines = []
        async for message in client.iter_messages(entity):
            lines.append(message.text)
            batch.append(message.id)
            if len(batch) >= 50:
                with open("ids.txt", "a") as f:
                    f.write("".join(batch))
                batch.clear()
        with open(path, "a") as f:
            f.write("\\n".join(lines))
""",
        "code that collects and writes many at once",
    ),
    untouched(
        """\
def export(messages, path):
    for message in messages:
        with open(f"{message.id}.txt", "w") as f:
            f.write(message.text)
        with open(path) as f:
            print(f.read())
    with open(path, "a") as f:
        f.write("the end")


def copy(messages, send, path):
    for message in messages:
        try:
            send(message)
        except ConnectionError:
            with open(path, "a") as f:
                f.write(message.text)


def join(chats, path):
    for chat in chats:
        with open(path, "a") as f:
            for message in chat:
                f.write(message.text)
""",
        "a file for each message, reading, failures, and what is written once or by the chat",
    ),
)
