"""TGF501 where something around a wait catches what ends it, in ways that do not show at first sight."""

from __future__ import annotations

from . import SafetyCase, driving


def _bot(handlers: str, top: str = "") -> str:
    return f"""\
import asyncio
import contextlib
import functools
import time

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
{top}
{handlers}"""


_ON = '@client.on(events.NewMessage(pattern="/x"))\n'
_WORK = """
async def work(event: events.NewMessage.Event):
    await event.reply("a")
    time.sleep(0.6)
    await event.reply("b")
"""


def _tried(caught: str, top: str = "") -> str:
    handler = f"""
async def handle(event):
    await event.reply("a")
    try:
        time.sleep(0.6)
    except {caught}:
        await event.reply("stopped")
    await event.reply("b")
"""
    return _bot(_ON + handler.lstrip(), top)


def _inside(block: str, top: str = "") -> str:
    handler = f"""
async def handle(event):
    async with {block}:
        await event.reply("a")
        time.sleep(0.6)
        await event.reply("b")
"""
    return _bot(_ON + handler.lstrip(), top)


_SUPPRESSED = _bot(f"""
{_ON}async def handle(event):
    await event.reply("a")
    with contextlib.suppress(KeyboardInterrupt):
        time.sleep(0.6)
    await event.reply("b")
""")

_CLASS = """
class Quiet:
    async def __aenter__(self):
        return self

    async def __aexit__(self, kind, error, trace):
        return kind is KeyboardInterrupt
"""

_GENERATOR = """
@contextlib.asynccontextmanager
async def quiet(event):
    try:
        yield
    except BaseException as error:
        await event.reply(type(error).__name__)
"""

_STACK = """
def swallow(kind, error, trace):
    return True


def stack():
    found = contextlib.AsyncExitStack()
    found.push(swallow)
    return found
"""

#: A decorator that is not written in the source, but made.
_MADE = """
import builtins


def quiet(*names):
    kinds = tuple(getattr(builtins, name) for name in names)

    def guard(call, event):
        async def run():
            try:
                await call(event)
            except kinds:
                await event.reply("stopped")

        return run()

    return lambda call: functools.wraps(call)(functools.partial(guard, call))
"""

_GUARDED = """
def guarded(call):
    async def guard(event):
        try:
            await call(event)
        except KeyboardInterrupt:
            await event.reply("stopped")

    return guard
"""

_TABLE = f"""{_WORK}

ANSWERS = {{"/x": work}}


{_ON}async def handle(event):
    try:
        await ANSWERS[event.raw_text](event)
    except KeyboardInterrupt:
        await event.reply("stopped")
"""

_LIMITED = f"""{_WORK}

limit = asyncio.wait_for


{_ON}async def handle(event):
    try:
        await limit(work(event), 0.3)
    except asyncio.TimeoutError:
        await event.reply("too late")
"""

_WAITED_FOR = f"""
async def work(event: events.NewMessage.Event):
    await event.reply("a")
    time.sleep(0.6)


{_ON}async def handle(event):
    done, pending = await asyncio.wait([asyncio.ensure_future(work(event))], timeout=0.3)
    await event.reply(f"{{len(done)}} done, {{len(pending)}} go on")
    await asyncio.wait(pending or done)
"""

_INTERRUPTED = {
    "a block that suppresses Ctrl-C": _SUPPRESSED,
    "a tuple of exceptions with a name": _tried("ENDS", "ENDS = (KeyboardInterrupt, SystemExit)\n"),
    "another name for Ctrl-C": _tried("Stop", "Stop = KeyboardInterrupt\n"),
    "exceptions that a list unpacks": _tried("(OSError, *OTHERS)", "OTHERS = [KeyboardInterrupt]\n"),
    "exceptions that a function gives": _tried("kinds()", "\n\ndef kinds():\n    return (KeyboardInterrupt,)\n"),
    "exceptions of a class": _tried("Settings.ends", "\n\nclass Settings:\n    ends = (KeyboardInterrupt,)\n"),
    "a class whose blocks swallow Ctrl-C": _inside("Quiet()", _CLASS),
    "a generator whose blocks swallow all": _inside("quiet(event)", _GENERATOR),
    "a stack of exits that swallows all": _inside("stack()", _STACK),
    "a decorator that is made": _bot(f"{_ON}@quiet('KeyboardInterrupt')" + _WORK, _MADE),
    "a handler that is handed through a guard": _bot(
        f"{_WORK}\n\nclient.add_event_handler(guarded(work), events.NewMessage(pattern='/x'))\n", _GUARDED
    ),
    "answers in a table": _bot(_TABLE),
}

CASES = [
    *(
        SafetyCase(
            f"Ctrl-C and {name}",
            {"bot.py": bot},
            driving.telethon_bot,
            {"updates": ["/x"], "ctrl_c_after": 0.3},
            fast=name == "a tuple of exceptions with a name",
        )
        for name, bot in _INTERRUPTED.items()
    ),
    SafetyCase("a time limit of another name", {"bot.py": _bot(_LIMITED)}, driving.telethon_bot, {"updates": ["/x"]}),
    SafetyCase("a task waited for a while", {"bot.py": _bot(_WAITED_FOR)}, driving.telethon_bot, {"updates": ["/x"]}),
    SafetyCase(
        "a lock of asyncio around a pause between two answers",
        {"bot.py": _inside("lock", "lock = asyncio.Lock()\n")},
        driving.telethon_bot,
        {"updates": ["/x"]},
        held="TGF501",
        granted="interleaving",
    ),
]
