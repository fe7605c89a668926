"""TGF302, TGF501 and TGF502 where a wait ends early: time limits, cancellation, Ctrl-C, signals, the end of the bot."""

from __future__ import annotations

from . import SafetyCase, driving

_LIMIT_ABOVE = """\
import asyncio
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
orders = []


async def brew(kind):
    time.sleep(0.2)
    orders.append(kind)
    return kind


async def serve(kind):
    return "Your " + await brew(kind)


@client.on(events.NewMessage(pattern="/brew (.+)"))
async def order(event):
    try:
        async with asyncio.timeout(0.1):
            text = await serve(event.pattern_match.group(1))
    except TimeoutError:
        text = "The kitchen is too slow."
    await event.reply(f"{text} {orders}")
"""

_CANCELLED_BY_HAND = """\
import asyncio
import subprocess

done = []


async def upload(name):
    await asyncio.sleep(0)
    subprocess.run(["sleep", "0.2"], check=True)
    done.append(name)


async def main():
    task = asyncio.create_task(upload("a.zip"))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    return done
"""

_WAIT_SOME = """\
import asyncio
import subprocess


async def ask(name, seconds):
    code = subprocess.call(["sleep", str(seconds)])
    print(name, "answered", code)
    return name


async def fastest():
    tasks = [asyncio.create_task(ask("first", 0.2)), asyncio.create_task(ask("second", 0.1))]
    done, pending = await asyncio.wait(tasks, timeout=0.05)
    for task in pending:
        task.cancel()
    return sorted(task.result() for task in done), len(pending)
"""

_DISCONNECTED = """\
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/pay"))
async def pay(event):
    time.sleep(0.2)
    with open("paid.txt", "a") as file:
        file.write(event.raw_text)
"""

_FIRST_OF = """\
import asyncio
import time

log = []


async def shutdown(event):
    await event.wait()
    log.append("closing")
    time.sleep(0.1)
    log.append("closed")


async def main():
    stop = asyncio.Event()
    closing = asyncio.create_task(shutdown(stop))
    await asyncio.sleep(0)
    stop.set()
    await asyncio.sleep(0.05)
    closing.cancel()
    await asyncio.gather(closing, return_exceptions=True)
    return log
"""

_GOODBYE = """\
import asyncio
import time


async def watch():
    rounds = 0
    try:
        while rounds < 20:
            rounds += 1
            time.sleep(0.1)
    except BaseException as error:
        with open("rounds.txt", "w") as file:
            file.write(type(error).__name__)
        raise
    return rounds


def main():
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(watch())
    except KeyboardInterrupt:
        return "interrupted"
"""

_SUPPRESSED = """\
import asyncio
import contextlib
import subprocess


async def record():
    with contextlib.suppress(KeyboardInterrupt):
        subprocess.run(["sleep", "1"], start_new_session=True)
    print("recording ended")
    return "saved"


def main():
    return asyncio.new_event_loop().run_until_complete(record())
"""

_TERMINATED = """\
import asyncio
import os
import signal
import threading
import time


class Stop(Exception):
    pass


def stop(number, frame):
    raise Stop(number)


async def work():
    try:
        time.sleep(0.5)
        return "slept"
    except Stop:
        return "tidied up"


def main():
    signal.signal(signal.SIGTERM, stop)
    threading.Timer(0.15, os.kill, (os.getpid(), signal.SIGTERM)).start()
    try:
        return asyncio.run(work())
    except Stop:
        return "the bot died"
"""

_FINALLY_TWICE = """\
import asyncio
import subprocess


async def session():
    try:
        await asyncio.sleep(60)
    finally:
        subprocess.run(["sleep", "0.2"])
        with open("logout.txt", "w") as file:
            file.write("logged out")
"""

_GENERATOR_CLOSED = """\
import asyncio
import time


async def numbers():
    try:
        for number in range(3):
            yield number
            await asyncio.sleep(0)
    finally:
        time.sleep(0.05)
        print("generator closed")


async def first():
    async for number in numbers():
        return number


def main():
    loop = asyncio.new_event_loop()
    found = loop.run_until_complete(first())
    print("found", found)
    loop.run_until_complete(loop.shutdown_asyncgens())
    return found
"""

_KILLED = """\
import asyncio
import subprocess


async def main():
    for number in range(3):
        subprocess.run(["sleep", "0.3"])
        with open("progress.txt", "a") as file:
            file.write(f"{number}\\n")
    return "done"
"""

_SHIELDED_READ = """\
import asyncio

texts = []


async def load(name):
    with open(name) as file:
        text = file.read()
    texts.append(len(text))


async def main():
    task = asyncio.create_task(load("words.txt"))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return texts
"""

CASES = [
    SafetyCase(
        "a time limit two callers above", {"bot.py": _LIMIT_ABOVE}, driving.telethon_bot, {"updates": ["/brew tea"]}
    ),
    SafetyCase(
        "a task cancelled by hand", {"bot.py": _CANCELLED_BY_HAND}, driving.call, {"function": "main"}, fast=True
    ),
    SafetyCase("tasks that are waited for a while", {"bot.py": _WAIT_SOME}, driving.call, {"function": "fastest"}),
    SafetyCase(
        "a payment while the client disconnects",
        {"bot.py": _DISCONNECTED},
        driving.telethon_bot,
        {"updates": ["/pay"], "disconnect_after": 0.1, "show": ["paid.txt"]},
    ),
    SafetyCase("closing that is broken off", {"bot.py": _FIRST_OF}, driving.call, {"function": "main"}),
    SafetyCase(
        "a state saved at Ctrl-C by whoever catches everything",
        {"bot.py": _GOODBYE},
        driving.call,
        {"function": "main", "how": "ctrl-c", "show": ["rounds.txt"]},
    ),
    SafetyCase(
        "Ctrl-C that ends a recording",
        {"bot.py": _SUPPRESSED},
        driving.call,
        {"function": "main", "how": "ctrl-c"},
    ),
    SafetyCase("a signal that raises", {"bot.py": _TERMINATED}, driving.call, {"function": "main"}),
    SafetyCase(
        "a session that is cancelled twice",
        {"bot.py": _FINALLY_TWICE},
        driving.call,
        {"function": "session", "how": "cancel twice", "seconds": 0.1, "show": ["logout.txt"]},
    ),
    SafetyCase(
        "a generator that waits while it is closed", {"bot.py": _GENERATOR_CLOSED}, driving.call, {"function": "main"}
    ),
    SafetyCase(
        "a bot killed between two programs",
        {"bot.py": _KILLED},
        driving.call,
        {"function": "main", "how": "kill", "seconds": 0.75, "show": ["progress.txt"]},
    ),
    SafetyCase(
        "a read whose task is cancelled",
        {"bot.py": _SHIELDED_READ, "words.txt": "one two", "requirements.txt": "telethon\naiofiles\n"},
        driving.call,
        {"function": "main"},
    ),
]
