"""TGF301: a file opened for every message, which the loop itself or a helper of it moves, renames or removes."""

from __future__ import annotations

from . import SafetyCase, driving
from .appended_files import Chat

BATCHES = """\
import {imports}

NAME = "{name}"


def send(path):
    with open(path) as file:
        print("sent", file.read().split())

{helper}
def work(messages):
    for number, message in enumerate(messages, 1):
        with open(NAME, "a") as file:
            file.write(message + "\\n")
        if number % 3 == 0:
            {done}
"""


def batches(done: str, helper: str = "", imports: str = "os", name: str = "batch.txt") -> str:
    """A program that sends and clears its file at every third message, in the statement `done`."""
    return BATCHES.format(done=done, helper=helper, imports=imports, name=name)


_RESOLVED = batches(
    "flush(Path(NAME).resolve())",
    """
def flush(path):
    send(path)
    path.unlink()

""",
    "pathlib\nfrom pathlib import Path",
)


_FOLDER_MOVED = batches(
    "turn()",
    """
def turn():
    send(NAME)
    os.rename("day", f"day{len(os.listdir())}")
    os.mkdir("day")

""",
    name="day/batch.txt",
)


_FOLDER_REMOVED = batches(
    "clear()",
    """
def clear():
    send(NAME)
    shutil.rmtree(pathlib.Path(NAME).parent)
    os.makedirs(pathlib.Path(NAME).parent)

""",
    "os\nimport pathlib\nimport shutil",
    "tmp/batch.txt",
)


_SHELL = batches('send(NAME)\n            os.system("mv batch.txt sent.txt")')


_ARCHIVED = batches(
    "pack()",
    """
def pack():
    with tarfile.open("batch.tar", "w") as archive:
        archive.add(NAME)
        print("packed", archive.getmember(NAME).size)
    os.unlink(NAME)

""",
    "os\nimport tarfile",
)


_CONSUMED = """\
import os


async def recorded(client, chat):
    async for message in client.iter_messages(chat):
        with open("part.txt", "a") as file:
            file.write(message.text + "\\n")
        yield message


async def work(client, chat):
    async for message in recorded(client, chat):
        if message.id % 3 == 2:
            with open("part.txt") as file:
                print("part", file.read().split())
            os.remove("part.txt")
"""


_LINKED = """\
import os


def turn(number):
    name = f"day{number}.txt"
    if os.path.lexists("today.txt"):
        os.remove("today.txt")
    os.symlink(name, "today.txt")


def work(messages):
    for number, message in enumerate(messages):
        if number % 3 == 0:
            turn(number)
        with open("today.txt", "a") as file:
            file.write(message + "\\n")
"""


_ENTERED = """\
import os


def enter(chat):
    os.makedirs(chat, exist_ok=True)
    descriptor = os.open(chat, os.O_RDONLY)
    os.fchdir(descriptor)
    os.close(descriptor)


def work(chats):
    for chat in chats:
        enter(chat)
        with open("index.txt", "a") as file:
            file.write(chat + "\\n")
        os.chdir(os.pardir)
"""


_ADDED = """\
def work(messages):
    for message in messages:
        with open("out.txt", "a", encoding="utf-16") as file:
            file.write(message)
"""


SEVEN = [f"m{number}" for number in range(7)]


_WORK = {"function": "work", "given": [SEVEN], "show": ["."]}


def file_case(name: str, source: str, **arguments: object) -> SafetyCase:
    """A case in which `work` gets seven messages, unless `arguments` says otherwise."""
    shown = {"function": "work", "given": [SEVEN], "show": ["batch.txt", "sent.txt"]} | arguments
    return SafetyCase(name, {"bot.py": source}, driving.call, shown)


_OUT = {"show": ["out.txt"]}


CASES = [
    file_case("a path that is resolved and removed", _RESOLVED),
    SafetyCase(
        "the folder of the file is moved",
        {"bot.py": _FOLDER_MOVED, "day": None},
        driving.call,
        {**_WORK, "show": ["day"]},
    ),
    SafetyCase(
        "the folder of the file is removed",
        {"bot.py": _FOLDER_REMOVED, "tmp": None},
        driving.call,
        {**_WORK, "show": ["tmp"]},
    ),
    file_case("a shell moves the file", _SHELL),
    file_case("the file is packed and removed", _ARCHIVED),
    file_case("who takes the messages removes the file", _CONSUMED, given=[Chat(SEVEN), "chat"], show=["part.txt"]),
    file_case("a link that points elsewhere later", _LINKED, show=["day0.txt", "day3.txt", "day6.txt"]),
    file_case("a function that enters a folder", _ENTERED, given=[["a", "b"]], show=["a", "b"]),
    file_case("one byte order mark for the file", _ADDED, **_OUT),
]
