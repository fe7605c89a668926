"""TGF201: clients made for a request, of which a server notices how long connections live."""

from __future__ import annotations

import logging
import time
from typing import Any

from twin import Run

from . import SafetyCase, driving
from .loopback import serving
from .pooled_clients_in_projects import breaks_at_the_second, report

_TICKET = """\
import os

import httpx
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage(pattern="/(hello|ticket)"))
async def ticket(event):
    async with httpx.AsyncClient() as http:
        try:
            answer = await http.get(os.environ["API"] + event.raw_text)
        except httpx.TransportError:
            await event.reply("The ticket office does not answer.")
        else:
            await event.reply(f"{answer.json()['path']}")
"""


_LARGE = """\
import os

import aiohttp


async def kind_of(path):
    async with aiohttp.ClientSession() as session:
        response = await session.get(os.environ["API"] + path)
        return response.headers["Content-Type"]


async def main():
    return [await kind_of(f"/film{number}") for number in range(6)]
"""


_FIRST_BYTES = """\
import os

import aiohttp


async def begins_with(path, count):
    async with aiohttp.ClientSession() as session:
        async with session.get(os.environ["API"] + path) as response:
            if response.status != 200:
                return b""
            return await response.content.readexactly(count)


async def main():
    return [await begins_with(f"/film{number}", 4) for number in range(6)]
"""


_ONLINE = """\
import os

import aiohttp


async def online(path):
    session = aiohttp.ClientSession()
    try:
        response = await session.get(os.environ["API"] + path)
        response.raise_for_status()
        return True
    except aiohttp.ClientResponseError:
        return False
    finally:
        await session.close()


async def main():
    return [await online(f"/film{number}") for number in range(6)]
"""


_LAMP = """\
import os

import {library}
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


async def state():
    {state}


async def switch(to):
    {switch}


@client.on(events.NewMessage(pattern="/lamp (on|off)"))
async def lamp(event):
    try:
        was = await state()
        done = await switch(event.pattern_match.group(1))
    except Exception as error:
        await event.reply(f"The lamp does not answer: {{type(error).__name__}}")
    else:
        await event.reply(f"{{was}} {{done}}")
"""


_LAMP_HTTPX = _LAMP.format(
    library="httpx",
    state="""async with httpx.AsyncClient(timeout=1) as http:
        return (await http.get(os.environ["API"] + "/lamp")).status_code""",
    switch="""async with httpx.AsyncClient(timeout=1) as http:
        return (await http.post(os.environ["API"] + "/lamp", json={"to": to})).status_code""",
)


_LAMP_AIOHTTP = _LAMP.format(
    library="aiohttp",
    state="""async with aiohttp.ClientSession() as http:
        async with http.get(os.environ["API"] + "/lamp") as response:
            return response.status""",
    switch="""async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=1)) as http:
        async with http.post(os.environ["API"] + "/lamp", data={"to": to}) as response:
            return response.status""",
)


_PRINTER = """\
import asyncio
import os

import httpx


async def jobs():
    async with httpx.AsyncClient(timeout=1, verify=False) as http:
        return (await http.get(os.environ["API"] + "/jobs")).status_code


async def ink():
    async with httpx.AsyncClient(timeout=1) as http:
        return (await http.get(os.environ["API"] + "/ink")).status_code


async def main():
    found = []
    for ask in (jobs, ink, jobs):
        try:
            found.append(await ask())
        except httpx.TimeoutException as error:
            found.append(type(error).__name__)
        await asyncio.sleep(0.05)
    return found
"""


_HEALTH = """\
import asyncio
import http.server
import os
import socketserver
import threading
import time

import aiohttp


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 3

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        pass


class Web(socketserver.ThreadingMixIn, http.server.HTTPServer):
    pass


async def healthy(port):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{port}/health") as response:
            return response.status


async def main():
    web = Web(("127.0.0.1", 0), Handler)
    threading.Thread(target=web.serve_forever, args=(0.05,)).start()
    print("healthy:", await healthy(web.server_address[1]))
    begin = time.monotonic()
    web.shutdown()
    await asyncio.to_thread(web.server_close)
    return "closed at once" if time.monotonic() - begin < 1.5 else "closed late"
"""


def large(path: str, sent: str) -> bytes:
    """More than fits into the buffers of a connection."""
    return b"film" * 2_000_000


async def open_connections(run: Run, function: str, **server: Any) -> None:
    """Call a coroutine function and print how many connections the server still has a moment later. What asyncio logs of
    responses that nobody closed depends on when garbage is collected.
    """
    logging.getLogger("asyncio").disabled = True
    with serving(**server) as running:
        print(await getattr(run.module, function)())
        for _ in range(50):
            if not running.open:
                break
            time.sleep(0.01)
        print("open:", running.open)


_QUIET = {"function": "main", "given": [40], "server": {"closes_quietly": 0.012}, "say": []}


_DEVICE = {"updates": ["/lamp on", "/lamp off"], "pause": 0.02, "server": {"one_at_a_time": True}}


CASES = [
    SafetyCase(
        "a question that takes a ticket and gets no answer",
        {"bot.py": _TICKET},
        driving.telethon_bot,
        {"updates": ["/hello", "/ticket"], "pause": 0.02, "server": {"breaks": breaks_at_the_second}},
    ),
    SafetyCase(
        "httpx posts to a server that closes quietly", {"bot.py": report("post", ", json={}")}, driving.call, _QUIET
    ),
    SafetyCase(
        "aiohttp posts to a server that closes quietly",
        {"bot.py": report("post", ", data=b'x'", httpx=False)},
        driving.call,
        _QUIET,
    ),
    SafetyCase("httpx deletes at a server that closes quietly", {"bot.py": report("delete")}, driving.call, _QUIET),
    SafetyCase(
        "the header of a large answer", {"bot.py": _LARGE}, open_connections, {"function": "main", "body": large}
    ),
    SafetyCase(
        "the first bytes of a large answer",
        {"bot.py": _FIRST_BYTES},
        open_connections,
        {"function": "main", "body": large},
    ),
    SafetyCase(
        "whether a large answer is there", {"bot.py": _ONLINE}, open_connections, {"function": "main", "body": large}
    ),
    SafetyCase("a lamp with one connection, by httpx", {"bot.py": _LAMP_HTTPX}, driving.telethon_bot, _DEVICE),
    SafetyCase("a lamp with one connection, by aiohttp", {"bot.py": _LAMP_AIOHTTP}, driving.telethon_bot, _DEVICE),
    SafetyCase(
        "a printer with one connection",
        {"bot.py": _PRINTER},
        driving.call,
        {"function": "main", "server": {"one_at_a_time": True}},
    ),
    SafetyCase(
        "a server of the bot's own that waits for its clients", {"bot.py": _HEALTH}, driving.call, {"function": "main"}
    ),
]
