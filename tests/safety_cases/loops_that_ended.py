"""TGF504 where a coroutine runs without a loop, or a test looks for the old name."""

from __future__ import annotations

from dataclasses import replace

from . import SafetyCase, driving

#: Its loop is closed while `session` waits.
_CLOSED = """\
import asyncio
import gc

log = []


async def start():
    asyncio.ensure_future(session())
    await asyncio.sleep(0.01)


def main():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(start())
    loop.close()
    del loop
    asyncio.set_event_loop(asyncio.new_event_loop())
    gc.collect()
    return log


"""

_CLEANS = """\
async def session():
    try:
        await asyncio.sleep(60)
    finally:
        log.append(asyncio.get_event_loop().time() > 0)
"""

_CALLS = """\
async def farewell():
    log.append(asyncio.get_event_loop().time() > 0)


async def session():
    try:
        await asyncio.sleep(60)
    finally:
        await farewell()
"""

_EXITS = """\
class Session:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        log.append(asyncio.get_event_loop().time() > 0)


async def session():
    async with Session():
        await asyncio.sleep(60)
"""

_GOES_ON = """\
async def session():
    try:
        await asyncio.sleep(60)
    except:
        pass
    log.append(asyncio.get_event_loop().time() > 0)
"""

_BY_HAND = """\
import asyncio


async def now():
    return asyncio.get_event_loop().time() > 0


def main():
    asyncio.set_event_loop(asyncio.new_event_loop())
    try:
        now().send(None)
    except StopIteration as end:
        return end.value
"""

_LATER = """\
import asyncio


async def later(event):
    asyncio.get_event_loop().call_later(5, print, event)
"""

_TEST = """\
import asyncio
from unittest import mock

import bot


def test_later():
    with mock.patch("bot.asyncio.get_event_loop") as loop:
        asyncio.run(bot.later("event"))
    loop.return_value.call_later.assert_called_once_with(5, print, "event")
"""

_THREADS = """\
import asyncio
import threading
from asyncio import get_event_loop as current

seen = []


async def which():
    seen.append((asyncio.get_event_loop() is current(), asyncio.get_event_loop().is_running()))
    await asyncio.sleep(0)
    return current() is asyncio.events.get_event_loop()


def main():
    thread = threading.Thread(target=lambda: seen.append(asyncio.run(which())))
    thread.start()
    thread.join()
    loop = asyncio.new_event_loop()
    seen.append(loop.run_until_complete(which()))
    loop.close()
    return seen
"""

_MAIN = {"function": "main"}

_CASES = [
    SafetyCase("a coroutine that cleans up behind its loop", {"bot.py": _CLOSED + _CLEANS}, driving.call, _MAIN),
    SafetyCase("a farewell behind the loop's end", {"bot.py": _CLOSED + _CALLS}, driving.call, _MAIN),
    SafetyCase("a context that is left behind the loop's end", {"bot.py": _CLOSED + _EXITS}, driving.call, _MAIN),
    SafetyCase("a coroutine that goes on when it is closed", {"bot.py": _CLOSED + _GOES_ON}, driving.call, _MAIN),
    SafetyCase("a coroutine that is driven by hand", {"bot.py": _BY_HAND}, driving.call, _MAIN),
    SafetyCase(
        "a test that replaces the loop",
        {"bot.py": _LATER, "conftest.py": "", "test_bot.py": _TEST},
        driving.project_tests,
    ),
    SafetyCase(
        "loops of several threads, in every spelling",
        {"bot.py": _THREADS},
        driving.call,
        _MAIN,
        held="TGF504",
        fast=True,
    ),
]
#: It is off unless it is selected.
CASES = [replace(case, selected="TGF504") for case in _CASES]
