"""TGF201: clients made for a request or two, in packages and plugins and at servers with moods."""

from __future__ import annotations

from collections.abc import Sequence

from twin import Run

from . import SafetyCase, driving
from .loopback import Server, serving

_FEW = """\
import asyncio
import os

import httpx


async def main(count):
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=3), timeout=30) as client:
        found = await asyncio.gather(*(client.get(f"{os.environ['API']}/{number}") for number in range(count)))
    return [response.status_code for response in found]
"""


_VOTE = """\
import os

import aiohttp
from telegram.ext import Application, CommandHandler


async def vote(update, context):
    async with aiohttp.ClientSession() as session:
        try:
            async with session.put(f"{os.environ['API']}/votes/{context.args[0]}") as response:
                await update.message.reply_text(f"counted, {response.status}")
        except aiohttp.ClientError:
            await update.message.reply_text("Your vote may be lost.")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("vote", vote))
    return app
"""


_SUBSCRIBE = """\
import os

import aiohttp


async def subscribe(name):
    async with aiohttp.ClientSession() as session:
        async with session.get(os.environ["API"] + "/subscribe", params={"name": name}) as response:
            return response.status


async def main():
    found = []
    for name in ("ann", "broken"):
        try:
            found.append(await subscribe(name))
        except aiohttp.ClientError:
            found.append("failed")
    return found
"""


REPORT = """\
import asyncio
import collections
import os

import {library}


async def report(number):
    {block}


async def main(count):
    found = collections.Counter()
    for number in range(count):
        try:
            found[await report(number)] += 1
        except {errors}:
            found["failed"] += 1
        await asyncio.sleep(number % 25 * 0.001)
    return dict(found)
"""


WITH_HTTPX = """async with httpx.AsyncClient() as client:
        return (await client.{method}(f"{{os.environ['API']}}/{{number}}"{more})).status_code"""


WITH_AIOHTTP = """async with aiohttp.ClientSession() as session:
        async with session.{method}(f"{{os.environ['API']}}/{{number}}"{more}) as response:
            return response.status"""


def report(method: str, more: str = "", *, httpx: bool = True) -> str:
    block = (WITH_HTTPX if httpx else WITH_AIOHTTP).format(method=method, more=more)
    library, errors = ("httpx", "httpx.TransportError") if httpx else ("aiohttp", "aiohttp.ClientError")
    return REPORT.format(library=library, block=block, errors=errors)


FEEDS = """\
import asyncio
import collections
import os
from urllib.parse import urlsplit

import {library}

together = asyncio.Semaphore({together})
PORT = urlsplit(os.environ["API"]).port


async def title(number):
    url = f"http://127.0.{{number // 200 + 1}}.{{number % 200 + 1}}:{{PORT}}/feed"
    async with together:
        {block}


async def guarded(number):
    try:
        return await title(number)
    except Exception as error:
        return type(error).__name__


async def main(count):
    return dict(collections.Counter(await asyncio.gather(*map(guarded, range(count)))))
"""


_FEEDS_HTTPX = FEEDS.format(
    library="httpx",
    together=10,
    block="""async with httpx.AsyncClient() as client:
            return (await client.get(url)).status_code""",
)


def breaks_at_the_second(path: str) -> bool:
    """Requests of which the connection breaks."""
    return path.endswith(("ticket", "2", "broken"))


def at_most_100(server: Server, path: str) -> int:
    """The status by a server that works on 100 requests at once and no more."""
    return 503 if server.working > 100 else 200


_MANY = {"function": "main", "given": [150], "server": {"delay": 0.2, "status": at_most_100}, "say": []}


_QUIET = {"function": "main", "given": [40], "server": {"closes_quietly": 0.012}, "say": []}


_HOSTS = {"function": "main", "server": {"everywhere": True}, "say": []}


SERVICES = """\
import os

import httpx


async def fact():
    async with httpx.AsyncClient() as client:
        return (await client.get(os.environ["API"] + "/fact")).json()["path"]
"""


NEWS = SERVICES.replace("fact", "news")


MAIN = """\
import asyncio

from news import news
from services import fact


async def main():
    print(await fact(), await news())


if __name__ == "__main__":
    asyncio.run(main())
"""


IN_A_PACKAGE = {
    "facts/__init__.py": "",
    "facts/services.py": SERVICES,
    "facts/news.py": NEWS,
    "facts/__main__.py": MAIN.replace("from ", "from ."),
}


_PLUGIN = """\
import os

import aiohttp


async def answer(word):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{os.environ['API']}/{word}") as response:
            return (await response.json())["path"]
"""


_LOADER = """\
import asyncio
import pathlib
import runpy


async def main():
    found = []
    for path in sorted(pathlib.Path("plugins").glob("*/handler.py")):
        found.append(await runpy.run_path(str(path))["answer"](path.parent.name))
    return found
"""


def from_elsewhere(run: Run, commands: Sequence[Sequence[str]]) -> None:
    """Run scripts of the project beside a server."""
    with serving():
        driving.scripts(run, commands)


CASES = [
    SafetyCase(
        "a client with limits of its own", {"bot.py": _FEW}, driving.call, {**_MANY, "given": [9], "say": ["busiest"]}
    ),
    SafetyCase(
        "a vote that gets no answer",
        {"bot.py": _VOTE},
        driving.ptb_bot,
        {"updates": ["/vote 1", "/vote 2"], "server": {"breaks": breaks_at_the_second}},
    ),
    SafetyCase(
        "a subscription by GET that gets no answer",
        {"bot.py": _SUBSCRIBE},
        driving.call,
        {"function": "main", "server": {"breaks": breaks_at_the_second}},
    ),
    SafetyCase("httpx reads from a server that closes quietly", {"bot.py": report("get")}, driving.call, _QUIET),
    SafetyCase(
        "many feeds and few file descriptors, by httpx",
        {"bot.py": _FEEDS_HTTPX},
        driving.call,
        {**_HOSTS, "given": [60], "open_files": 100},
    ),
    SafetyCase(
        "a package run as a module and as a folder",
        {**IN_A_PACKAGE, "once.py": "import runpy\n\nrunpy.run_module('facts', run_name='__main__')\n"},
        from_elsewhere,
        {"commands": [["-m", "facts"], ["once.py"]]},
    ),
    SafetyCase(
        "plugins that are run by their path",
        {"bot.py": _LOADER, "plugins/echo/handler.py": _PLUGIN, "plugins/note/handler.py": _PLUGIN},
        driving.call,
        {"function": "main", "server": {}},
    ),
]
