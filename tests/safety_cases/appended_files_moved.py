"""TGF301: a file opened for every message, which others move or remove."""

from __future__ import annotations

import subprocess

from . import SafetyCase, driving
from .appended_files import Chat
from .appended_files_renamed import SEVEN, batches, file_case

_LISTED = batches(
    "flush()",
    """
def flush():
    for name in sorted(os.listdir("out")):
        send(os.path.join("out", name))
        os.remove(os.path.join("out", name))

""",
    name="out/batch.txt",
)


_IN_A_TABLE = batches(
    'FLUSH["batch"]()',
    """
def flush():
    send("./batch.txt")
    os.replace("./batch.txt", "./sent.txt")


FLUSH = {"batch": flush}

""",
)


_CALLED_BACK = """\
import os


class Sender:
    def __init__(self, path):
        self.path = path
        self.count = 0

    def __call__(self):
        self.count += 1
        if self.count % 3 == 0:
            with open(self.path) as file:
                print("sent", file.read().split())
            os.remove(self.path)


def write(messages, path, written):
    for message in messages:
        with open(path, "a") as file:
            file.write(message + "\\n")
        written()


def work(messages):
    write(messages, "batch.txt", Sender("batch.txt"))
"""


_SENDER = """\
import os


class Outbox:
    path = "outbox.txt"

    @classmethod
    async def flush(cls):
        with open(cls.path) as file:
            print("sent", file.read().split())
        os.remove(cls.path)
"""


_FLUSHED_ELSEWHERE = """\
from outbox import Outbox


async def work(client, chat):
    async for message in client.iter_messages(chat):
        with open(Outbox.path, "a") as file:
            file.write(message.text + "\\n")
        if message.id % 3 == 2:
            await Outbox.flush()
"""


_ROTATED = """\
import logging
from logging.handlers import RotatingFileHandler

PATH = "chat.log"
handler = RotatingFileHandler(PATH, maxBytes=60, backupCount=3, delay=True)
log = logging.getLogger("chat")
log.addHandler(handler)


def work(messages):
    for message in messages:
        with open(PATH, "a") as file:
            file.write(message + "\\n")
        log.warning("wrote %s", message)
"""


_RECORD = """\
async def record(client, chat):
    async for message in client.iter_messages(chat):
        with open("feed.log", "a", encoding="utf-8") as file:
            file.write(message.text + "\\n")
"""


_STREAM = """\
async def record(stream):
    async for message in stream.iter_messages():
        with open("feed.log", "a", encoding="utf-8") as file:
            file.write(message.text + "\\n")
"""


def rotated(number: int) -> None:
    """Another program moves the log in the middle of it."""
    if number == 3:
        subprocess.run(["mv", "feed.log", "feed.log.1"], check=True)


def cleared(number: int) -> None:
    """A rule of the project's Makefile is run in the middle of it."""
    if number == 4:
        subprocess.run(["rm", "-f", "feed.log"], check=True)


def packed(number: int) -> None:
    """The script of the project runs in the middle of it."""
    if number == 2:
        subprocess.run(["sh", "pack.sh"], check=True)


_WORK = {"function": "work", "given": [SEVEN], "show": ["."]}


_FEED = ["feed.log", "feed.log.1"]


CASES = [
    SafetyCase(
        "a folder that is listed and cleared",
        {"bot.py": _LISTED, "out": None},
        driving.call,
        {**_WORK, "show": ["out"]},
    ),
    file_case("a function in a table moves the file", _IN_A_TABLE),
    file_case("an object that is called removes the file", _CALLED_BACK),
    SafetyCase(
        "a class in another file removes it",
        {"bot.py": _FLUSHED_ELSEWHERE, "outbox.py": _SENDER},
        driving.call,
        {"function": "work", "given": [Chat(SEVEN), "chat"], "show": ["outbox.txt"]},
    ),
    file_case(
        "a handler of the log rotates the file", _ROTATED, show=["chat.log", "chat.log.1", "chat.log.2", "chat.log.3"]
    ),
    file_case(
        "a stream without an end, and a program that moves the log",
        _STREAM,
        function="record",
        given=[Chat(SEVEN, rotated)],
        show=_FEED,
    ),
    SafetyCase(
        "a rule to clean up in a Makefile",
        {"bot.py": _RECORD, "Makefile": "run:\n\tpython bot.py\n\nclean:\n\trm -f feed.log\n"},
        driving.call,
        {"function": "record", "given": [Chat(SEVEN, cleared), "chat"], "show": _FEED},
    ),
    SafetyCase(
        "a script that packs the log",
        {"bot.py": _RECORD, "pack.sh": "gzip feed.log\n"},
        driving.call,
        {"function": "record", "given": [Chat(SEVEN, packed), "chat"], "show": _FEED},
    ),
]
