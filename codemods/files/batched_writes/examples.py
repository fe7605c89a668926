"""Examples of batched-writes."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, patched, untouched
from ....engine.model import Safety
from .support import BATCHED_WRITER

#: A file that begins with the support code, as examples write it.
_IMPORTS = "".join(f"{item.statement}\n" for item in BATCHED_WRITER.imports)
_WRITER = f"{_IMPORTS}\n\n{BATCHED_WRITER.source}"

_BACKUP = """\
async def backup(client, entity, path):
    count = 0
    async for message in client.iter_messages(entity):
        with open(path, "a", encoding="utf-8") as f:
            f.write(message.to_json() + "\\n")
        count += 1
    return count
"""

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
 import csv

 from telethon import TelegramClient

 client = TelegramClient("export", 1, "hash")
 TABLE = "members.csv"


 async def export(chat):
     with open(TABLE, "w", newline="") as table:
         csv.writer(table).writerow(["id", "name"])
-    async for user in client.iter_participants(chat):
-        with open(TABLE, "a", newline="") as table:
+    with open(TABLE, "a", newline="") as table:
+        async for user in client.iter_participants(chat):
             # one row each
             csv.writer(table).writerow([user.id, user.first_name])
-        print(user.id)
+            table.flush()
+            print(user.id)


 with client:
     client.loop.run_until_complete(export("friends"))
""",
        "a table that has its header already",
    ),
    patched(
        """\
 LANGUAGES = ("en", "de", "fr")


 def write_index(texts):
-    for language in LANGUAGES:
-        with open("index.txt", "a", encoding="utf-8") as index:
+    with open("index.txt", "a", encoding="utf-8", buffering=1) as index:
+        for language in LANGUAGES:
             index.write(f"{language}: {len(texts)}\\n")
""",
        "a line for each of a few things",
    ),
    fixed(
        _BACKUP,
        """\
async def backup(client, entity, path):
    count = 0
    with open(path, "a", encoding="utf-8", buffering=1) as f:
        async for message in client.iter_messages(entity):
            f.write(message.to_json() + "\\n")
            count += 1
    return count
""",
        "a backup, to a file that its caller names",
        safety=Safety.UNSAFE,
    ),
    fixed(
        _BACKUP,
        """\
async def backup(client, entity, path):
    count = 0
    batch = []
    try:
        async for message in client.iter_messages(entity):
            batch.append(message.to_json() + "\\n")
            if len(batch) >= 20:
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
        "the same backup in batches of 20",
        safety=Safety.UNSAFE,
        options={"style": "batch", "size": 20},
    ),
    patched(
        """\
 from pathlib import Path


 def archive(messages, folder: Path):
     log = folder / "messages.txt"
-    for message in messages:
-        if not message.text:
-            continue
-        with log.open("a", encoding="utf-8") as out:  # all or nothing
-            out.write(message.text)
-            if message.id == 1:
+    with log.open("a", encoding="utf-8") as out:
+        for message in messages:
+            if not message.text:
                 continue
-            out.write("\\n")
-    else:
-        print("done")
+            try:
+                # all or nothing
+                out.write(message.text)
+                if message.id == 1:
+                    continue
+                out.write("\\n")
+            finally:
+                out.flush()
+        else:
+            print("done")
""",
        "a continue in the block",
        safety=Safety.UNSAFE,
    ),
    patched(
        '''\
 def save(rows, path):
-    for row in rows:
-        if row.reply:
-            with open(path, "a") as f:
-                f.write(f"""> {row.reply}
+    with open(path, "a", buffering=1) as f:
+        with open("rest.txt", "a") as out:
+            for row in rows:
+                if row.reply:
+                    f.write(f"""> {row.reply}
   {row.text}
 """)
-        else:
-            out = open("rest.txt", "a"); out.write(row.text); out.close()  # later
+                else:
+                    out.write(row.text)
+                    # later
+                    out.flush()
''',
        "two files, a text over several lines, and a file that is opened and closed on one line",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import aiofiles


 async def backup(client, entity, path):
-    async for message in client.iter_messages(entity):
-        async with aiofiles.open(path, "a") as f:
+    async with aiofiles.open(path, "a", buffering=1) as f:
+        async for message in client.iter_messages(entity):
             await f.write(f"{message.id}: {message.text}\\n")
""",
        "aiofiles",
        safety=Safety.UNSAFE,
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
        _WRITER.replace("import time\n", "import time\n\nfrom telethon import TelegramClient, events\n", 1)
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
        options={"style": "batch"},
    ),
    fixed(
        {
            "log.py": """\
from pathlib import Path

LOG = Path("logs") / "bot.log"


def log(text):
    f = LOG.open("a")
    f.write(text)
    # a line each
    f.write("\\n")
    f.close()
""",
            "bot.py": """\
from log import log


async def answer(update, context):
    log(update.message.text)
""",
        },
        {
            "log.py": """\
from pathlib import Path

from _tgfix_support import BatchedWriter

LOG = Path("logs") / "bot.log"


def log(text):
    with BatchedWriter(LOG, "a", size=20) as f:
        f.write(text)
        # a line each
        f.write("\\n")
""",
            "_tgfix_support.py": '"""Support code for this bot, written by tgfix. It is yours: read it, change it, keep it."""\n\n'
            + _WRITER,
        },
        "a function that handlers call, in a larger project",
        safety=Safety.UNSAFE,
        options={"style": "batch", "size": 20},
    ),
    left(
        """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "x")


@client.on(events.NewMessage)
async def on_message(event):
    with open("messages.log", "a") as f:
        f.write(event.raw_text)
""",
        "it writes once each time",
        "an event handler that appends a line",
    ),
    left(
        """\
import time


def register(accounts, sign_up, confirm):
    for account in accounts:
        try:
            print("registering", account)
            session = sign_up(account)
            time.sleep(5)
            token = confirm(session)
            accounts.remove(account)
            if not token:
                print("no token for", account)
                continue
            with open("accounts.txt", "a") as f:
                f.write(f"{account}:{token}\\n")
            print("done")
        except OSError as e:
            print("failed", e)
""",
        "the loop pauses for longer, and 14 lines would have to be indented",
        "a long loop that pauses for seconds",
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
class Archive:
    @property
    def path(self):
        return f"part{self.number}.txt"

    def save(self, messages):
        for self.number, message in enumerate(messages):
            with open(self.path, "a") as f:
                f.write(message.text)
""",
        "works out each time",
        "a path that a property works out",
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
        "may take the file away, or looks whether it is there",
        "a file that a function renames",
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
        "by known_users(), which is called there",
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
import logging


class Failures(logging.Handler):
    def emit(self, record):
        for word in ("OSError", "TimeoutError"):
            if word in record.getMessage():
                self.keep(record.getMessage())

    def keep(self, text):
        with open("errors.txt", "a") as f:
            f.write(text)


def refuse(texts):
    for text in texts:
        with open("errors.txt", "a") as f:
            f.write(text)
        raise ValueError(text)
""",
        "what is written when something has failed",
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
    left(
        """\
async def backup(client, chat):
    async for message in client.iter_messages(chat):
        open("backup.txt", "a").write(f"{message.text}\\n")
""",
        'it is opened on the line that writes to it; `with open(…, "a") as f:` around the loop keeps it open',
        "one line that opens and writes",
    ),
    left(
        """\
async def backup(client, chat):
    async for message in client.iter_messages(chat):
        f = open("backup.txt", "a")
        try:
            f.write(f"{message.text}\\n")
        finally:
            f.close()
""",
        "a `finally` closes it for each message",
        "a file that is closed at last",
    ),
    left(
        """\
import pandas


async def backup(client, chat):
    async for message in client.iter_messages(chat):
        pandas.DataFrame([message.to_dict()]).to_csv("backup.csv", mode="a")
""",
        "to_csv() opens and closes it; rows that are collected and written together open it once",
        "a table that grows row by row",
    ),
    untouched(
        """\
async def backup(client, chat):
    async for message in client.iter_messages(chat):
        open(f"{message.id}.txt", "a").write(message.text)
        print(message.text, file=open("log.txt", "w"))
""",
        "a file for each message, and one that is written anew",
    ),
)
