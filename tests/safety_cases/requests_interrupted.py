"""TGF202: requests that block the event loop, in code that is cancelled, timed out or stopped."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time

from twin import Run

from . import SafetyCase, driving
from .loopback import serving

_ORDER = """\
import asyncio
import os

import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
paid = []


async def pay(chat):
    requests.post(f"{os.environ['API']}/charge/{chat}", timeout=10)
    paid.append(chat)


@client.on(events.NewMessage(pattern="/pay"))
async def order(event):
    try:
        await asyncio.wait_for(pay(event.chat_id), timeout=0.1)
    except asyncio.TimeoutError:
        await event.reply("That took too long, nothing was paid.")
    else:
        await event.reply(f"paid: {paid}")
"""


_FIRST_OF = """\
import asyncio
import os

import requests


async def ask(name):
    requests.get(f"{os.environ['API']}/{name}", timeout=10)
    print("answer of", name)
    return name


async def main():
    tasks = [asyncio.create_task(ask(name)) for name in ("a", "b")]
    done, late = await asyncio.wait(tasks, timeout=0.1, return_when=asyncio.FIRST_COMPLETED)
    for task in late:
        task.cancel()
    await asyncio.sleep(0.5)
    return sorted(task.result() for task in done)
"""


_PUBLISH = """\
import os

import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/publish (.+)"))
async def publish(event):
    requests.post(os.environ["API"] + "/posts", data={"text": event.pattern_match.group(1)}, timeout=10)
    with open("published.txt", "a") as file:
        file.write(event.pattern_match.group(1) + "\\n")
"""


_SESSION = """\
import asyncio
import os

import requests


async def session():
    try:
        await asyncio.sleep(60)
    finally:
        requests.delete(os.environ["API"] + "/session", timeout=5)
        print("signed out")
"""


_CLOSING = """\
import asyncio
import os

import requests


class Presence:
    async def __aenter__(self):
        print("here")
        return self

    async def __aexit__(self, *error):
        requests.post(os.environ["API"] + "/away", timeout=5)
        print("away")


async def present():
    async with Presence():
        await asyncio.sleep(60)
"""


_LEFT_BEHIND = """\
import asyncio
import gc
import os

import requests


async def lease():
    try:
        while True:
            await asyncio.sleep(30)
    finally:
        answer = requests.post(os.environ["API"] + "/release", timeout=5)
        print("released", answer.status_code)


def main():
    loop = asyncio.new_event_loop()
    loop.create_task(lease())
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()
    gc.collect()
    return "ended"
"""


_GENERATOR = """\
import asyncio
import os

import requests


async def pages():
    try:
        for number in range(3):
            yield number
    finally:
        requests.post(os.environ["API"] + "/done", timeout=5)
        print("done")


def main():
    loop = asyncio.new_event_loop()
    source = pages()
    first = loop.run_until_complete(source.__anext__())
    loop.close()
    del source
    return first
"""


_WATCH = """\
import asyncio
import os

import requests


async def watch():
    while True:
        requests.get(os.environ["API"] + "/state", timeout=10)
        await asyncio.sleep(0.1)


def main():
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(watch())
    except KeyboardInterrupt:
        print("stopped", flush=True)


if __name__ == "__main__":
    main()
"""


_ALARM = """\
import asyncio
import os
import signal

import requests


class TooSlow(Exception):
    pass


def on_alarm(*args):
    raise TooSlow


async def ask():
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        return requests.get(os.environ["API"] + "/slow", timeout=10).status_code
    except TooSlow:
        return "too slow"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


async def main():
    signal.signal(signal.SIGALRM, on_alarm)
    return await ask()
"""


def ended_by_ctrl_c(run: Run) -> None:
    """Run the program as a script, press Ctrl-C during its request, and say whether it ends soon."""
    with serving(delay=6.0) as server:
        process = subprocess.Popen([sys.executable, "bot.py"], stdout=subprocess.PIPE, text=True)
        while not server.requests:
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        print(process.communicate()[0], "at once" if time.monotonic() - begin < 3 else "late")


async def cancelled_twice(run: Run, function: str) -> None:
    """Cancel a task that has begun, and again while it deals with that; then let it end."""
    with serving(delay=0.2) as server:
        task = asyncio.create_task(getattr(run.module, function)())
        for pause in (0.05, 0.1):
            await asyncio.sleep(pause)
            task.cancel()
        await asyncio.wait([task], timeout=5)
        print("cancelled:", task.cancelled())
        driving.counts(server, ["requests"])


_SLOW = {"delay": 0.3}


CASES = [
    SafetyCase(
        "a payment that may take a tenth of a second",
        {"bot.py": _ORDER},
        driving.telethon_bot,
        {"updates": ["/pay"], "server": _SLOW},
    ),
    SafetyCase("the first of two answers", {"bot.py": _FIRST_OF}, driving.call, {"function": "main", "server": _SLOW}),
    SafetyCase(
        "the client disconnects between a request and its record",
        {"bot.py": _PUBLISH},
        driving.telethon_bot,
        {"updates": ["/publish a"], "gap": 0.05, "disconnect_after": 0.05, "server": _SLOW, "show": ["published.txt"]},
    ),
    SafetyCase("signing out when cancelled twice", {"bot.py": _SESSION}, cancelled_twice, {"function": "session"}),
    SafetyCase("going away when cancelled twice", {"bot.py": _CLOSING}, cancelled_twice, {"function": "present"}),
    SafetyCase(
        "a lease given back when its loop is gone",
        {"bot.py": _LEFT_BEHIND},
        driving.call,
        {"function": "main", "server": {}},
    ),
    SafetyCase(
        "a generator that is left behind", {"bot.py": _GENERATOR}, driving.call, {"function": "main", "server": {}}
    ),
    SafetyCase("Ctrl-C during a request", {"bot.py": _WATCH}, ended_by_ctrl_c),
    SafetyCase(
        "an alarm ends a slow request", {"bot.py": _ALARM}, driving.call, {"function": "main", "server": {"delay": 0.6}}
    ),
]
