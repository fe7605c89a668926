"""TGF501 and TGF502 while the whole process is changed: its folder, its environment, a stream, an alarm."""

from __future__ import annotations

from . import SafetyCase, driving

_CHDIR = """\
import os
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/site"))
async def site(event):
    here = os.getcwd()
    try:
        os.chdir("site")
        out = subprocess.check_output("sleep 0.1; ls", shell=True, text=True)
    finally:
        os.chdir(here)
    await event.reply(out.strip())


@client.on(events.NewMessage(pattern="/note"))
async def note(event):
    with open("notes.txt", "a") as file:
        file.write(event.raw_text)
    await event.reply("noted")
"""

_STACK = """\
import contextlib
import os
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Folder(contextlib.ContextDecorator):
    def __init__(self, path):
        self.path = path

    def __enter__(self):
        self.before = os.getcwd()
        os.chdir(self.path)

    def __exit__(self, *error):
        os.chdir(self.before)


@client.on(events.NewMessage(pattern="/site"))
async def site(event):
    with contextlib.ExitStack() as stack:
        stack.enter_context(Folder("site"))
        time.sleep(0.1)
        names = sorted(os.listdir())
    await event.reply(" ".join(names))


@client.on(events.NewMessage(pattern="/where"))
async def where(event):
    await event.reply("at home" if os.path.exists("bot.py") else "elsewhere")
"""

_ENVIRONMENT = """\
import contextlib
import os
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@contextlib.contextmanager
def language(name):
    before = os.environ.get("BOT_LANGUAGE")
    os.environ["BOT_LANGUAGE"] = name
    yield
    if before is None:
        del os.environ["BOT_LANGUAGE"]
    else:
        os.environ["BOT_LANGUAGE"] = before


@client.on(events.NewMessage(pattern="/greet (..)"))
async def greet(event):
    with language(event.pattern_match.group(1)):
        first = subprocess.check_output("sleep 0.1; echo $BOT_LANGUAGE", shell=True, text=True)
        second = subprocess.check_output("echo $BOT_LANGUAGE", shell=True, text=True)
    await event.reply(f"{first.strip()} {second.strip()}")
"""

_STREAM = """\
import contextlib
import io
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/run"))
async def run(event):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print("begin")
        time.sleep(0.1)
        print("end")
    await event.reply(out.getvalue().replace("\\n", " "))


@client.on(events.NewMessage(pattern="/hello"))
async def hello(event):
    print("hello from", event.raw_text)
    await event.reply("hello")
"""

_ALARM = """\
import signal
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Late(Exception):
    pass


def late(number, frame):
    raise Late


signal.signal(signal.SIGALRM, late)


@client.on(events.NewMessage(pattern="/wait"))
async def wait(event):
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        time.sleep(0.4)
        text = "rested"
    except Late:
        text = "woken"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    await event.reply(text)
"""

_ALARM_ABOVE = """\
import contextlib
import signal
import subprocess

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@contextlib.contextmanager
def at_most(seconds):
    def over(*_):
        raise TimeoutError("too long")

    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)


async def evaluate(text):
    return subprocess.check_output(["sh", "-c", text], text=True).strip()


@client.on(events.NewMessage(pattern="/eval (.+)"))
async def answer(event):
    try:
        with at_most(0.15):
            value = await evaluate(event.pattern_match.group(1))
    except TimeoutError as error:
        value = str(error)
    await event.reply(value)
"""

_DEFAULT_TIMEOUT = """\
import socket
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/slow"))
async def slow(event):
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(60)
    time.sleep(0.1)
    now = socket.getdefaulttimeout()
    socket.setdefaulttimeout(before)
    await event.reply(f"waited at most {now}")


@client.on(events.NewMessage(pattern="/now"))
async def now(event):
    await event.reply(f"at most {socket.getdefaulttimeout()}")
"""

_BY_ITS_NAME = """\
import time
from {library} import {name}

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
{name}["MODE"] = "quiet"


@client.on(events.NewMessage(pattern="/mode (.*)"))
async def mode(event):
    {name}["MODE"] = event.pattern_match.group(1)


@client.on(events.NewMessage(pattern="/show"))
async def show(event):
    first = {name}["MODE"]
    time.sleep(0.2)
    second = {name}["MODE"]
    await event.reply(f"{{first}} {{second}}")
"""


CASES = [
    SafetyCase(
        "the environment by its name alone",
        {"bot.py": _BY_ITS_NAME.format(library="os", name="environ")},
        driving.telethon_bot,
        {"updates": ["/show", "/mode loud"]},
        fast=True,
    ),
    SafetyCase(
        "a dictionary of a library",
        {"bot.py": _BY_ITS_NAME.format(library="mimetypes", name="types_map")},
        driving.telethon_bot,
        {"updates": ["/show", "/mode loud"]},
    ),
    SafetyCase(
        "a working folder changed around a command",
        {"bot.py": _CHDIR, "site/index.html": ""},
        driving.telethon_bot,
        {"updates": ["/site", "/note x"], "show": ["notes.txt", "site"]},
    ),
    SafetyCase(
        "a working folder entered by a stack",
        {"bot.py": _STACK, "site/index.html": ""},
        driving.telethon_bot,
        {"updates": ["/site", "/where"]},
        fast=True,
    ),
    SafetyCase(
        "an environment variable around two commands",
        {"bot.py": _ENVIRONMENT},
        driving.telethon_bot,
        {"updates": ["/greet de", "/greet fr"]},
    ),
    SafetyCase("a redirected stream", {"bot.py": _STREAM}, driving.telethon_bot, {"updates": ["/run", "/hello"]}),
    SafetyCase("an alarm set by hand", {"bot.py": _ALARM}, driving.telethon_bot, {"updates": ["/wait"]}),
    SafetyCase(
        "an alarm set around the caller",
        {"bot.py": _ALARM_ABOVE},
        driving.telethon_bot,
        {"updates": ["/eval sleep 0.4; echo slow", "/eval echo 4"], "pause": 0.01},
    ),
    SafetyCase(
        "a default of the whole process",
        {"bot.py": _DEFAULT_TIMEOUT},
        driving.telethon_bot,
        {"updates": ["/slow", "/now"]},
    ),
]
