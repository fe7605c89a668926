"""TGF201: clients made for a few requests, of which the number of connections counts."""

from __future__ import annotations

from . import SafetyCase, driving
from .pooled_clients_in_projects import FEEDS, at_most_100

_CHECKED = """\
import asyncio
import os

import httpx


async def main(count):
    links = [f"{os.environ['API']}/{number}" for number in range(count)]
    async with httpx.AsyncClient(timeout=30) as client:
        tasks = [asyncio.create_task(client.head(link)) for link in links]
        found = [(await task).status_code for task in tasks]
    return sorted(set(found))
"""


_WAITED = """\
import asyncio
import os

import aiohttp


async def size(session, number):
    async with session.get(f"{os.environ['API']}/{number}") as response:
        await response.read()
        return response.status


async def main(count):
    async with aiohttp.ClientSession() as session:
        done, _ = await asyncio.wait([asyncio.ensure_future(size(session, number)) for number in range(count)])
    return sorted({task.result() for task in done})
"""


_IMPATIENT = """\
import asyncio
import collections
import os

import httpx


async def ask(client, number):
    try:
        return (await client.get(f"{os.environ['API']}/{number}")).status_code
    except httpx.PoolTimeout:
        return "too many at once"


async def main(count):
    async with httpx.AsyncClient(timeout=httpx.Timeout(20, pool=0.3)) as client:
        found = await asyncio.gather(*(ask(client, number) for number in range(count)))
    return dict(collections.Counter(found))
"""


_FEEDS_AIOHTTP = FEEDS.format(
    library="aiohttp",
    together=10,
    block="""async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as session:
            async with session.get(url) as response:
                return response.status""",
)


_MIRRORS = """\
import os
from urllib.parse import urlsplit

import aiohttp


async def alive(host):
    try:
        async with aiohttp.ClientSession() as session:
            async with session.head(f"http://{host}:{urlsplit(os.environ['API']).port}/") as response:
                return response.status == 200
    except aiohttp.ClientError:
        return False


async def main(count):
    found = [await alive(f"127.0.0.{number}") for number in range(1, count + 1)]
    return found.count(True)
"""


_JOB = """\
import asyncio
import os

import aiohttp


async def main():
    async with aiohttp.ClientSession(os.environ["API"]) as session:
        async with session.post("/jobs", json={"kind": "render"}) as response:
            job = (await response.json())["path"]
        await asyncio.sleep(0.01)
        async with session.get(job) as response:
            return response.status
"""


_UPLOADS = """\
import asyncio
import os

import httpx


async def main():
    async with httpx.AsyncClient(base_url=os.environ["API"]) as client:
        sent = []
        for part in range(3):
            response = await client.post("/parts", content=bytes([65 + part]) * 10)
            sent.append(response.status_code)
            await asyncio.sleep(1.2)
        return sent
"""


_TOKEN = """\
import os

import httpx


async def main():
    async with httpx.AsyncClient(base_url=os.environ["API"]) as client:
        token = (await client.post("/token", json={"key": "x"})).json()["path"]
        mine = await client.get("/me", headers={"Authorization": token})
        await client.delete("/token")
    return mine.status_code
"""


_MANY = {"function": "main", "given": [150], "server": {"delay": 0.2, "status": at_most_100}, "say": []}


_HOSTS = {"function": "main", "server": {"everywhere": True}, "say": []}


CASES = [
    SafetyCase("a hundred and fifty links at once", {"bot.py": _CHECKED}, driving.call, _MANY),
    SafetyCase("a hundred and fifty pages waited for", {"bot.py": _WAITED}, driving.call, _MANY),
    SafetyCase(
        "a pool that does not wait long", {"bot.py": _IMPATIENT}, driving.call, {**_MANY, "server": {"delay": 1.0}}
    ),
    SafetyCase(
        "many feeds and few file descriptors, by aiohttp",
        {"bot.py": _FEEDS_AIOHTTP},
        driving.call,
        {**_HOSTS, "given": [60], "open_files": 100},
    ),
    SafetyCase(
        "mirrors one after the other and few file descriptors",
        {"bot.py": _MIRRORS},
        driving.call,
        {**_HOSTS, "given": [60], "open_files": 64},
    ),
    SafetyCase(
        "a job and its state in one session",
        {"bot.py": _JOB},
        driving.call,
        {"function": "main", "server": {}, "say": ["accepted"]},
    ),
    SafetyCase(
        "parts sent in turn by one client",
        {"bot.py": _UPLOADS},
        driving.call,
        {"function": "main", "server": {}, "say": ["accepted"]},
    ),
    SafetyCase(
        "a token, a question and the end of the token",
        {"bot.py": _TOKEN},
        driving.call,
        {"function": "main", "server": {}, "say": ["accepted"]},
    ),
]
