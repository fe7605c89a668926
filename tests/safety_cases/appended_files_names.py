"""TGF301: a file opened for every message, whose name means another file later, or which counts on being closed."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

from twin import Run

from . import SafetyCase, driving
from .appended_files import Chat
from .appended_files_renamed import file_case

_PARTS = """\
class Parts:
    def __init__(self):
        self.names = ["part0.txt"]

    def turn(self):
        self.names.append(f"part{len(self.names)}.txt")

    @property
    def size(self):
        return sum(1 for name in self.names[-1:])


def work(messages):
    parts = Parts()
    for number, message in enumerate(messages, 1):
        with open(parts.names[-1], "a") as file:
            file.write(message + "\\n")
        if number % 3 == 0:
            parts.turn()
"""


_LAZY = """\
class Settings:
    count = 0

    def __getattr__(self, name):
        return f"{name}{self.count // 3}.txt"


settings = Settings()


def work(messages):
    for message in messages:
        with open(settings.output, "a") as file:
            file.write(message + "\\n")
        settings.count += 1
"""


_ENVIRONMENT = """\
import os

os.environ["PART"] = "part0.txt"


def turn(number):
    os.environ.update(PART=f"part{number}.txt")


def work(messages):
    for number, message in enumerate(messages, 1):
        with open(os.environ["PART"], "a") as file:
            file.write(message + "\\n")
        if number % 3 == 0:
            turn(number)
"""


_OWN_CD = """\
import os


class inside:
    def __init__(self, folder):
        self.folder = folder

    def __enter__(self):
        os.chdir(self.folder)

    def __exit__(self, *error):
        os.chdir("..")


def work(chats):
    for chat in chats:
        os.mkdir(chat)
        with inside(chat):
            with open("index.txt", "a") as file:
                file.write(chat + "\\n")
"""


_BYTE_ORDER = """\
import codecs


def work(messages):
    for message in messages:
        with codecs.open("out.txt", "a", {encoding!r}) as file:
            file.write(message)
"""


_TO_A_PIPE = """\
from pathlib import Path


def work(messages):
    for message in messages:
        with Path("commands").open("a") as pipe:
            pipe.write(message + "\\n")
"""


_PER_CHAT = """\
import asyncio


async def save(client, name):
    async for message in client.iter_messages(name):
        with open(f"{name}.txt", "a") as file:
            file.write(message.text + "\\n")
    return 1


async def work(client, count):
    found = await asyncio.gather(*(save(client, f"chat{number}") for number in range(count)), return_exceptions=True)
    return [type(item).__name__ for item in found if item != 1][:1], sum(item == 1 for item in found)
"""


_TEST = """\
from unittest import mock

import bot


def test_every_message_is_written():
    with mock.patch("builtins.open", mock.mock_open()) as opened:
        bot.work(["a", "b", "c"])
    assert opened.call_count == 3
    assert [call.args[0] for call in opened().write.call_args_list] == ["a\\n", "b\\n", "c\\n"]
"""


_PLAIN = """\
def work(messages):
    for message in messages:
        with open("out.txt", "a") as file:
            file.write(message + "\\n")
"""


def to_a_reader(run: Run, messages: Sequence[str]) -> None:
    """Call `work` while a thread reads the pipe, a message each time it opens it."""
    os.mkfifo("commands")
    taken = threading.Event()

    def read() -> None:
        for _ in messages:
            with open("commands") as pipe:
                print("a reader got", pipe.read().split())
            taken.set()

    def given() -> object:
        for message in messages:
            yield message
            taken.wait(2)
            taken.clear()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    run.module.work(given())
    reader.join(2)
    print("reader at the end:", not reader.is_alive())


_OUT = {"show": ["out.txt"]}


_PART = {"show": [f"part{number}.txt" for number in range(7)]}


CASES = [
    file_case("the last name of a list", _PARTS, **_PART),
    file_case("a name made when it is asked for", _LAZY, show=[f"output{number}.txt" for number in range(4)]),
    file_case("a name in the environment", _ENVIRONMENT, **_PART),
    file_case("a folder of its own for each chat", _OWN_CD, given=[["a", "b"]], show=["a", "b"]),
    file_case("a byte order mark for each message, utf-32", _BYTE_ORDER.format(encoding="utf-32"), **_OUT),
    file_case("a byte order mark for each message, utf-8", _BYTE_ORDER.format(encoding="UTF_8_SIG"), **_OUT),
    SafetyCase(
        "a reader of a pipe for each message",
        {"bot.py": _TO_A_PIPE, "start.sh": "mkfifo commands\npython player.py < commands &\npython bot.py\n"},
        to_a_reader,
        {"messages": ["on", "off", "end"]},
    ),
    file_case(
        "a hundred chats at once and few file descriptors",
        _PER_CHAT,
        given=[Chat("ab", pause=0.01), 100],
        open_files=64,
        show=["chat99.txt"],
    ),
    SafetyCase(
        "a test counts how often the file is opened",
        {"bot.py": _PLAIN, "test_bot.py": _TEST},
        driving.project_tests,
        {"arguments": ["test_bot.py"]},
    ),
]
