"""TGF302, TGF501 and TGF502 where a wait ends early: time limits, cancellation, Ctrl-C, signals, the end of the bot."""

from __future__ import annotations

from . import SafetyCase, driving

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


CASES = [
    SafetyCase("closing that is broken off", {"bot.py": _FIRST_OF}, driving.call, {"function": "main"}),
    SafetyCase(
        "a session that is cancelled twice",
        {"bot.py": _FINALLY_TWICE},
        driving.call,
        {"function": "session", "how": "cancel twice", "seconds": 0.1, "show": ["logout.txt"]},
    ),
    SafetyCase(
        "a bot killed between two programs",
        {"bot.py": _KILLED},
        driving.call,
        {"function": "main", "how": "kill", "seconds": 0.75, "show": ["progress.txt"]},
    ),
]
