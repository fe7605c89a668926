"""The examples of TGF202."""

from __future__ import annotations

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety
from ....engine.rewriting.support import HEADER, text_of
from .. import support as helpers

_SUPPORT = HEADER + "\n" + text_of(helpers.request("httpx"))

EXAMPLES: tuple[Example, ...] = (
    fixed(
        """\
import requests


async def quote(event):
    response = requests.get("https://example.org/quote", timeout=10)
    response.raise_for_status()
    await event.reply(response.text)
""",
        """\
import asyncio

import requests


async def quote(event):
    response = await asyncio.to_thread(requests.get, "https://example.org/quote", timeout=10)
    response.raise_for_status()
    await event.reply(response.text)
""",
        "a request",
    ),
    fixed(
        """\
import asyncio
import requests as r
from requests import post


async def rate(event):
    await event.reply(r.get("https://example.org/rate").json()["rate"])  # in euros
    if post(
        "https://example.org/seen",
        json={"chat": event.chat_id},
    ).ok:
        await asyncio.sleep(1)
""",
        """\
import asyncio
import requests as r
from requests import post


async def rate(event):
    await event.reply((await asyncio.to_thread(r.get, "https://example.org/rate")).json()["rate"])  # in euros
    if (await asyncio.to_thread(
        post,
        "https://example.org/seen",
        json={"chat": event.chat_id},
    )).ok:
        await asyncio.sleep(1)
""",
        "a result that is used at once, other names, and a call over several lines",
    ),
    fixed(
        """\
import urllib.request


async def page(event, *more, **options):
    with urllib.request.urlopen(event.text, *more, **options) as answer:
        return answer.status
""",
        """\
import asyncio
import urllib.request


async def page(event, *more, **options):
    with await asyncio.to_thread(urllib.request.urlopen, event.text, *more, **options) as answer:
        return answer.status
""",
        "urlopen",
    ),
    fixed(
        """\
import requests


async def login(url, user):
    with requests.Session() as session:
        session.headers["User-Agent"] = "bot"
        session.post(f"{url}/login", data=user)
        return [item["id"] for item in session.get(f"{url}/items").json()]
""",
        """\
import asyncio

import requests


async def login(url, user):
    with requests.Session() as session:
        session.headers["User-Agent"] = "bot"
        await asyncio.to_thread(session.post, f"{url}/login", data=user)
        return [item["id"] for item in (await asyncio.to_thread(session.get, f"{url}/items")).json()]
""",
        "a session of the coroutine",
    ),
    fixed(
        """\
import requests

session = requests.Session()


async def items(event):
    await event.reply(session.get("https://example.org/items").text)
""",
        """\
import asyncio

import requests

session = requests.Session()


async def items(event):
    await event.reply((await asyncio.to_thread(session.get, "https://example.org/items")).text)
""",
        "a session that all share needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import requests

rates = {}


async def rate(event, currency):
    if currency not in rates:
        rates[currency] = requests.get(f"https://example.org/{currency}").json()
    await event.reply(rates[currency])
""",
        """\
import asyncio

import requests

rates = {}


async def rate(event, currency):
    if currency not in rates:
        rates[currency] = (await asyncio.to_thread(requests.get, f"https://example.org/{currency}")).json()
    await event.reply(rates[currency])
""",
        "shared state around it needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    fixed(
        {
            "bot.py": """\
import requests
from telegram import Update


async def weather(update: Update, context):
    try:
        report = requests.get("https://example.org/weather", params={"q": "Bonn"}, timeout=10)
        if not report.ok:
            return
        await update.message.reply_text(report.json()["text"])
    except requests.exceptions.RequestException as error:
        print(error)
""",
            "main.py": "import bot\n",
            "_tgfix_support.py": _SUPPORT,
            "requirements.txt": "python-telegram-bot>=22\nhttpx\nrequests\n",
        },
        {
            "bot.py": """\
import httpx
from telegram import Update

from _tgfix_support import pooled_request


async def weather(update: Update, context):
    try:
        report = await pooled_request("GET", "https://example.org/weather", params={"q": "Bonn"}, timeout=10, follow_redirects=True)
        if not (not report.is_error):
            return
        await update.message.reply_text(report.json()["text"])
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        print(error)
"""
        },
        "a pooled connection of httpx, where the project has httpx",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import httpx


async def weather(update, context):
    await update.message.reply_text(
        httpx.post(
            "https://example.org/weather",
            json=context.args,
        ).text
    )
""",
        """\
import asyncio

import httpx


async def weather(update, context):
    await update.message.reply_text(
        (await asyncio.to_thread(
            httpx.post,
            "https://example.org/weather",
            json=context.args,
        )).text
    )
""",
        "a function of httpx that blocks",
    ),
    fixed(
        {
            "bot.py": """\
import httpx


async def weather(update, context):
    report = httpx.get("https://example.org/weather", params={"q": context.args[0]}).json()
    await update.message.reply_text(report["text"])
""",
            "main.py": "import bot\n",
            "_tgfix_support.py": _SUPPORT,
        },
        {
            "bot.py": """\
from _tgfix_support import pooled_request


async def weather(update, context):
    report = (await pooled_request("GET", "https://example.org/weather", params={"q": context.args[0]})).json()
    await update.message.reply_text(report["text"])
"""
        },
        "without a thread, on a connection that may be open already",
        safety=Safety.UNSAFE,
    ),
    fixed(
        """\
import httpx


async def check(urls):
    with httpx.Client() as client:
        return [client.get(url).status_code for url in urls]
""",
        """\
import asyncio

import httpx


async def check(urls):
    with httpx.Client() as client:
        return [(await asyncio.to_thread(client.get, url)).status_code for url in urls]
""",
        "a synchronous client",
    ),
    left(
        """\
import httpx


async def page(url):
    with httpx.stream("GET", url) as response:
        return response.read()
""",
        "would have to be awaited",
        "a stream of httpx",
    ),
    left(
        """\
import httpx


async def later(loop, url):
    loop.call_later(5, lambda: httpx.get(url))
""",
        "lambda",
        "a lambda",
    ),
    left(
        """\
import requests


async def pages(urls):
    return any(requests.get(url).ok for url in urls)
""",
        "generator expression",
        "a generator expression",
    ),
    left(
        """\
import requests


async def page(event):
    def fetch():
        return requests.get("https://example.org").text

    await event.reply(fetch())
""",
        "fetch(), a plain function inside a coroutine",
        "a nested function that is called",
    ),
    left(
        """\
import threading

import requests

lock = threading.Lock()


async def page(event):
    with lock:
        return requests.get("https://example.org")
""",
        "lock is held",
        "a thread's lock",
    ),
    left(
        """\
try:
    from requests import get
except ImportError:
    from mylib import get


async def page(event):
    return get("https://example.org")
""",
        "may also be",
        "a name that may be two things",
    ),
    untouched(
        """\
import asyncio

import requests


def fetch(url):
    return requests.get(url)


async def page(event, loop):
    await loop.run_in_executor(None, lambda: requests.get("https://example.org"))
    await asyncio.to_thread(requests.get, "https://example.org")

    def work():
        return requests.get("https://example.org").text

    await event.reply(await asyncio.to_thread(work))
""",
        "plain functions, and what runs in a thread",
    ),
    untouched(
        """\
import requests


async def page(requests):
    return requests.get("https://example.org")
""",
        "a parameter that hides the library",
    ),
)
