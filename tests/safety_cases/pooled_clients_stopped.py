"""TGF201: clients made for a request, in bots that do something when they stop."""

from __future__ import annotations

import os
import signal
import threading

from twin import Run

from . import SafetyCase, driving
from .loopback import serving

HOOKED = """\
import functools
import os

import httpx
from telegram.ext import Application, CommandHandler


async def save(what, application):
    print("saved", what)


async def fact(update, context):
    async with httpx.AsyncClient() as client:
        await update.message.reply_text((await client.get(os.environ["API"])).json()["path"])

"""


_HOOKS_IN_A_CLASS = (
    HOOKED
    + """
class Bot:
    def __init__(self):
        self.builder = Application.builder().token("1:A")
        self.prepare()

    def prepare(self):
        self.builder = self.builder.post_shutdown(functools.partial(save, "state"))

    def run(self):
        application = self.builder.build()
        application.add_handler(CommandHandler("fact", fact))
        application.run_polling()


def main():
    Bot().run()
"""
)


_HOOK_SET_AFTERWARDS = (
    HOOKED
    + """
def main():
    application = Application.builder().token("1:A").build()
    application.add_handler(CommandHandler("fact", fact))
    application.post_shutdown = functools.partial(save, "state")
    application.run_polling()
"""
)


_HOOK_IN_ANOTHER_FILE = """\
from telegram.ext import Application

import bot


def new_builder(token):
    return Application.builder().token(token).post_shutdown(bot.on_stop)
"""


_HOOK_FROM_ANOTHER_FILE = """\
import os

import httpx
from telegram.ext import CommandHandler

import builders


async def on_stop(application):
    print("state saved")


async def fact(update, context):
    async with httpx.AsyncClient() as client:
        await update.message.reply_text((await client.get(os.environ["API"])).json()["path"])


def main():
    builder = builders.new_builder("1:A")
    application = builder.build()
    application.add_handler(CommandHandler("fact", fact))
    application.run_polling()
"""


_KEPT_LOOP = """\
import asyncio
import os

import aiohttp


async def ask():
    async with aiohttp.ClientSession() as session:
        async with session.get(os.environ["API"] + "/ask") as response:
            return response.status


async def work():
    while True:
        print(await ask(), flush=True)
        await asyncio.sleep(0.2)


def main():
    loop = asyncio.new_event_loop()
    task = loop.create_task(work())
    try:
        loop.run_forever()
    except KeyboardInterrupt:
        print("stopping")
        task.cancel()
    return loop.run_until_complete(asyncio.gather(task, return_exceptions=True))
"""


def stopped_by_ctrl_c(run: Run, function: str) -> None:
    """Call a function that runs until Ctrl-C, which comes after half a second."""
    with serving():
        timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        ended = getattr(run.module, function)()
        print("ended", ended)


_POLLED = {"updates": ["/fact"], "server": {}}


CASES = [
    SafetyCase("hooks of a builder that is an attribute", {"bot.py": _HOOKS_IN_A_CLASS}, driving.ptb_polling, _POLLED),
    SafetyCase("a hook that is set on the application", {"bot.py": _HOOK_SET_AFTERWARDS}, driving.ptb_polling, _POLLED),
    SafetyCase(
        "a builder with a hook from another file",
        {"bot.py": _HOOK_FROM_ANOTHER_FILE, "builders.py": _HOOK_IN_ANOTHER_FILE},
        driving.ptb_polling,
        _POLLED,
    ),
    SafetyCase("a loop that runs until Ctrl-C", {"bot.py": _KEPT_LOOP}, stopped_by_ctrl_c, {"function": "main"}),
]
