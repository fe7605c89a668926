"""The examples of TGF201. All but the first ones are bots of several files that have the support code already."""

from __future__ import annotations

from typing import Any

from ....engine.codemod import Example, fixed, left, untouched
from ....engine.model import Safety
from ....engine.rewriting.support import HEADER, text_of, with_requirements
from .. import support as helpers

_HTTPX, _AIOHTTP, _HTTPX2 = helpers.client("httpx", 0), helpers.session(0), helpers.client("httpx2", 0)
_SUPPORT = HEADER + "\n" + text_of(
    _HTTPX, _AIOHTTP, _HTTPX2, helpers.request("httpx", 0), helpers.shared_client("httpx", 0), helpers.shared_session(0), helpers.AFTER
)  # fmt: skip


def _fixed(before: str, after: str, title: str, **more: Any) -> Example:
    """A file of a project whose support module is there."""
    files = {"bot.py": before, "main.py": "import bot\n", "_tgfix_support.py": _SUPPORT}
    return fixed(files, {"bot.py": after}, title, **more)


_ALONE = """\
import httpx
from telegram import Update


async def quote(update: Update, context):
    async with httpx.AsyncClient(timeout=10) as client:
        response = await client.get("https://example.org/quote", headers={"Accept": "text/plain"})
        response.raise_for_status()
    await update.message.reply_text(response.text)
"""

_LATE = """\
async def quote(event):
    import httpx

    async with httpx.AsyncClient() as client:
        await event.reply((await client.get("https://example.org/quote")).text)
"""
_HEAD = "import asyncio\nimport atexit\nimport contextlib\nfrom typing import Any\nfrom urllib.request import getproxies\n\n"
_HELPERS = "\n\n".join(part.source for part in with_requirements((_HTTPX,))) + "\n\n"

EXAMPLES: tuple[Example, ...] = (
    fixed(
        _ALONE,
        _HEAD
        + "import httpx\nfrom telegram import Update\n\n\n"
        + _HELPERS
        + _ALONE.partition("\n\n\n")[2].replace("httpx.AsyncClient(", "pooled_client("),
        "a bot of one file gets the helpers there",
    ),
    _fixed(
        """\
import httpx


class Api:
    def __init__(self, token):
        self.headers = {"Authorization": f"Bearer {token}"}

    async def requests(self):
        async with httpx.AsyncClient() as client:
            try:
                response = await client.get("https://example.org/requests", headers=self.headers)
                response.raise_for_status()
                return response.json()
            except httpx.HTTPStatusError as error:
                print(error)
                raise
""",
        """\
import httpx

from _tgfix_support import pooled_client


class Api:
    def __init__(self, token):
        self.headers = {"Authorization": f"Bearer {token}"}

    async def requests(self):
        async with pooled_client() as client:
            try:
                response = await client.get("https://example.org/requests", headers=self.headers)
                response.raise_for_status()
                return response.json()
            except httpx.HTTPStatusError as error:
                print(error)
                raise
""",
        "a method of an API class",
    ),
    _fixed(
        """\
import aiohttp


async def cat(event):
    async with aiohttp.ClientSession() as session:
        async with session.get("https://example.org/cat") as response:  # a new one every time
            data = await response.json()
    await event.reply(data["url"])
""",
        """\
from _tgfix_support import pooled_session


async def cat(event):
    async with pooled_session() as session:
        async with session.get("https://example.org/cat") as response:  # a new one every time
            data = await response.json()
    await event.reply(data["url"])
""",
        "an aiohttp session, and an import that nothing else uses",
    ),
    _fixed(
        """\
from aiohttp import ClientSession, ClientTimeout


async def upload(url, data):
    async with (
        ClientSession(timeout=ClientTimeout(total=10)) as session,
        session.post(url, data=data) as response,
    ):
        return await response.json()
""",
        """\
from aiohttp import ClientTimeout

from _tgfix_support import pooled_session


async def upload(url, data):
    async with (
        pooled_session(timeout=ClientTimeout(total=10)) as session,
        session.post(url, data=data) as response,
    ):
        return await response.json()
""",
        "session and request in one statement",
    ),
    _fixed(
        """\
from httpx import AsyncClient


async def links(urls):
    for url in urls:
        async with AsyncClient(
            follow_redirects=True,
            verify=False,  # self-signed
        ) as client:
            yield (await client.head(url)).url
""",
        """\
from _tgfix_support import pooled_client


async def links(urls):
    for url in urls:
        async with pooled_client(
            follow_redirects=True,
            verify=False,  # self-signed
        ) as client:
            yield (await client.head(url)).url
""",
        "a loop in an asynchronous generator, and constant settings of the connection",
    ),
    _fixed(
        """\
import aiohttp


async def status(url):
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        async with session.head(url) as response:
            return response.status
""",
        """\
from _tgfix_support import pooled_connector, pooled_session


async def status(url):
    connector = pooled_connector(ssl=False)
    async with pooled_session(connector=connector) as session:
        async with session.head(url) as response:
            return response.status
""",
        "a connector with constant settings",
    ),
    _fixed(
        """\
import httpx2


async def rates():
    client = httpx2.AsyncClient(base_url="https://example.org")
    try:
        return (await client.get("/rates")).json()
    finally:
        await client.aclose()
""",
        """\
from _tgfix_support import pooled_httpx2_client


async def rates():
    client = pooled_httpx2_client(base_url="https://example.org")
    try:
        return (await client.get("/rates")).json()
    finally:
        await client.aclose()
""",
        "httpx2, and a client without a block",
    ),
    _fixed(
        """\
import httpx


async def weather(update, context):
    report = httpx.get("https://example.org/weather", params={"q": context.args[0]}).json()
    await update.message.reply_text(report["text"])
""",
        """\
from _tgfix_support import pooled_request


async def weather(update, context):
    report = (await pooled_request("GET", "https://example.org/weather", params={"q": context.args[0]})).json()
    await update.message.reply_text(report["text"])
""",
        "a function of httpx that blocks",
    ),
    _fixed(
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
from _tgfix_support import pooled_request


async def weather(update, context):
    await update.message.reply_text(
        (await pooled_request(
            "POST",
            "https://example.org/weather",
            json=context.args,
        )).text
    )
""",
        "a call over several lines",
    ),
    fixed(
        {
            "api.py": """\
from _tgfix_support import pooled_client


async def rates():
    async with pooled_client() as client:
        return (await client.get("https://example.org/rates")).json()
""",
            "bot.py": """\
from telegram.ext import ApplicationBuilder, CommandHandler

import api


async def rates(update, context):
    await update.message.reply_text(str(await api.rates()))


app = (
    ApplicationBuilder()
    .token("TOKEN")
    .build()
)
app.add_handler(CommandHandler("rates", rates))
app.run_polling()
""",
            "_tgfix_support.py": _SUPPORT,
        },
        {
            "bot.py": """\
from telegram.ext import ApplicationBuilder, CommandHandler

import api
from _tgfix_support import close_http_pools


async def rates(update, context):
    await update.message.reply_text(str(await api.rates()))


app = (
    ApplicationBuilder()
    .token("TOKEN")
    .post_shutdown(close_http_pools)
    .build()
)
app.add_handler(CommandHandler("rates", rates))
app.run_polling()
"""
        },
        "the application closes the pools when it shuts down",
    ),
    _fixed(
        """\
import aiohttp
from telegram.ext import Application


async def ping(update, context):
    async with aiohttp.ClientSession() as session:
        async with session.get("https://example.org/ping"):
            await update.message.reply_text("pong")


async def say_bye(application):
    print("bye")


def main():
    builder = Application.builder().token("TOKEN")
    builder.post_shutdown(say_bye)
    application = builder.build()
    application.run_polling()
""",
        """\
from telegram.ext import Application

from _tgfix_support import closing_http_pools, pooled_session


async def ping(update, context):
    async with pooled_session() as session:
        async with session.get("https://example.org/ping"):
            await update.message.reply_text("pong")


async def say_bye(application):
    print("bye")


def main():
    builder = Application.builder().token("TOKEN")
    builder.post_shutdown(closing_http_pools(say_bye))
    application = builder.build()
    application.run_polling()
""",
        "a callback at shutdown is kept",
    ),
    _fixed(
        """\
import httpx


async def quote(event):
    async with httpx.AsyncClient(timeout=10) as client:
        # one stateless request
        response = await client.get("https://example.org/quote")
        await event.reply(response.text)
""",
        """\
from _tgfix_support import http_client


async def quote(event):
    # one stateless request
    response = await http_client().get("https://example.org/quote", timeout=10)
    await event.reply(response.text)
""",
        "one client for all, by option",
        options={"style": "client"},
    ),
    _fixed(
        """\
import aiohttp


async def cat(event):
    async with aiohttp.ClientSession() as session, session.get("https://example.org/cat") as response:
        await event.reply(await response.text())
""",
        """\
from _tgfix_support import http_session


async def cat(event):
    async with http_session().get("https://example.org/cat") as response:
        await event.reply(await response.text())
""",
        "one session for all, by option; redirects need a person's eye",
        options={"style": "client"},
        safety=Safety.UNSAFE,
    ),
    _fixed(
        """\
import httpx


async def many(urls):
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=5)) as client:
        return [await client.get(url) for url in urls]
""",
        """\
import httpx

from _tgfix_support import pooled_client


async def many(urls):
    async with pooled_client(limits=httpx.Limits(max_connections=5)) as client:
        return [await client.get(url) for url in urls]
""",
        "limits that all blocks share need a person's eye",
        safety=Safety.UNSAFE,
    ),
    fixed(
        _LATE,
        _HEAD
        + "import httpx\n\n\n"
        + _HELPERS
        + _LATE.replace("    import httpx\n\n", "").replace("httpx.AsyncClient(", "pooled_client("),
        "a library that is imported only when it is needed",
        safety=Safety.UNSAFE,
    ),
    _fixed(
        """\
import aiohttp


async def fetch(url):
    async with aiohttp.ClientSession() as session:
        response = await session.get(url)
    return await response.text()
""",
        """\
from _tgfix_support import pooled_session


async def fetch(url):
    async with pooled_session() as session:
        response = await session.get(url)
    return await response.text()
""",
        "a response that is read too late",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import httpx


async def client_for(proxy):
    return httpx.AsyncClient(timeout=5)
""",
        "it is returned",
        "a client that lives longer",
    ),
    left(
        """\
import httpx


async def fetch(url, proxy):
    async with httpx.AsyncClient(proxy=proxy) as client:
        return await client.get(url)
""",
        "proxy=proxy is no constant",
        "settings that vary",
    ),
    left(
        """\
import httpx


async def fetch(url):
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=3)) as client:
        return await client.get(url)
""",
        "transport= gives it connections of its own",
        "a transport of its own",
    ),
    left(
        """\
import aiohttp
from aiohttp_socks import ProxyConnector


async def fetch(url, **options):
    async with aiohttp.ClientSession(connector=ProxyConnector.from_url("socks5://localhost")) as session:
        async with session.get(url) as response:
            return await response.text()


async def post(url, **options):
    async with aiohttp.ClientSession(**options) as session:
        async with session.post(url) as response:
            return await response.text()
""",
        "it brings a connector of its own",
        "a connector of its own",
    ),
    left(
        """\
import httpx


async def fetch(url):
    async with httpx.AsyncClient() as client:
        response = await client.send(client.build_request("GET", url), stream=True)
        return response.headers
""",
        "a response is streamed and not closed",
        "a stream that nobody closes",
    ),
    left(
        """\
import httpx
from httpx_ntlm import HttpNtlmAuth


async def mail(user, password):
    async with httpx.AsyncClient(auth=HttpNtlmAuth(user, password)) as client:
        return (await client.get("https://example.org/mail")).text
""",
        "logs a user in for a whole connection",
        "a login that belongs to the connection",
    ),
    left(
        """\
import httpx


async def by_address(address, name):
    async with httpx.AsyncClient() as client:
        return await client.get(f"https://{address}/", extensions={"sni_hostname": name})
""",
        "are given different server names",
        "a server name of its own",
    ),
    left(
        """\
from contextlib import AsyncExitStack

import httpx


async def connect(stack: AsyncExitStack):
    return await stack.enter_async_context(httpx.AsyncClient())
""",
        "it is handed to stack.enter_async_context()",
        "a client that is handed on",
    ),
    left(
        """\
import httpx


async def check(urls):
    with httpx.Client() as client:
        return [client.get(url).status_code for url in urls]
""",
        "would have to be awaited",
        "a synchronous client",
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
    untouched(
        """\
import asyncio

import aiohttp
import httpx


class Api:
    async def start(self):
        self.client = httpx.AsyncClient()
        self.session = aiohttp.ClientSession()


def check(url):
    with httpx.Client() as client:
        return client.get(url).status_code


async def main(url):
    async with aiohttp.ClientSession() as session:
        await asyncio.to_thread(lambda: httpx.get(url))
        async with session.get(url) as response:
            print(await response.text())


asyncio.run(main("https://example.org"))
""",
        "clients that are shared already, plain functions, and threads",
    ),
    untouched(
        """\
from openai import AsyncClient


async def ask(text):
    async with AsyncClient() as client:
        return await client.responses.create(input=text)
""",
        "another library's client",
    ),
)
