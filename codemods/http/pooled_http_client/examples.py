"""The examples of TGF201. All but the first ones are bots of several files that have the support code already."""

from __future__ import annotations

from typing import Any

from ....engine.codemod import Example, fixed, left, patched, untouched
from ....engine.model import Safety
from ....engine.rewriting.support import HEADER, text_of
from .. import support as helpers

_TLS = helpers.tls("httpx")
_SUPPORT = HEADER + "\n" + text_of(helpers.client("httpx"), helpers.client("httpx2"), helpers.CONNECTOR)


def _fixed(diff: str, title: str, **more: Any) -> Example:
    """A file of a project whose support module is there."""
    return patched({"bot.py": diff, "main.py": "import bot\n", "_tgfix_support.py": _SUPPORT}, title, **more)


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
async def client():
    import httpx

    return httpx.AsyncClient()
"""
_HEAD = "import functools\nimport ssl\n\nimport httpx\n"
_HELPER = "\n\n" + _TLS.source + "\n\n"

EXAMPLES: tuple[Example, ...] = (
    fixed(
        _ALONE,
        _HEAD
        + "from telegram import Update\n"
        + _HELPER
        + _ALONE.partition("\n\n\n")[2].replace("AsyncClient(", "AsyncClient(verify=tls_context(), "),
        "a bot of one file gets the helper there",
    ),
    left(
        {
            f"plugins/{name}.py": f"""\
import httpx


async def {name}(event):
    async with httpx.AsyncClient() as client:
        await event.reply((await client.get("https://example.org/{name}")).text)
"""
            for name in ("rate", "news")
        },
        "makes clients as well",
        "plugins that share no module",
    ),
    left(
        """\
import aiohttp
from telegram import Update


async def paint(update: Update, context):
    for word in context.args:
        async with aiohttp.ClientSession() as session:
            await session.post("https://example.org/paint", json={"prompt": word})
""",
        "a request that changes something must not go out on a connection",
        "sessions that find no connection they may use",
    ),
    _fixed(
        """\
 import httpx
+
+from _tgfix_support import tls_context


 class Api:
     def __init__(self, token):
         self.headers = {"Authorization": f"Bearer {token}"}

     async def requests(self):
-        async with httpx.AsyncClient() as client:
+        async with httpx.AsyncClient(verify=tls_context()) as client:
             try:
                 response = await client.get("https://example.org/requests", headers=self.headers)
                 response.raise_for_status()
                 return response.json()
             except httpx.HTTPStatusError as error:
                 print(error)
                 raise
""",
        "a method of an API class, in a project of several files",
    ),
    _fixed(
        """\
 from httpx import AsyncClient
+
+from _tgfix_support import tls_context


 async def links(urls):
     for url in urls:
         async with AsyncClient(
             follow_redirects=True,
-            verify=True,  # as it is by default
+            verify=tls_context(),  # as it is by default
         ) as client:
             yield (await client.head(url)).url
""",
        "a loop in an asynchronous generator, and settings that are spelled out",
    ),
    _fixed(
        """\
 import httpx2
+
+from _tgfix_support import httpx2_tls_context


 async def client_for(proxy):
     return httpx2.AsyncClient(
+        verify=httpx2_tls_context(),
         proxy=proxy,
         limits=httpx2.Limits(max_connections=5),
     )
""",
        "httpx2, and a client that is returned",
    ),
    fixed(
        _LATE,
        _HEAD + _HELPER + _LATE.replace("AsyncClient(", "AsyncClient(verify=tls_context()"),
        "a library that is imported only when it is needed",
        safety=Safety.UNSAFE,
        options={"connections": "always"},
    ),
    _fixed(
        """\
 import httpx
+
+from _tgfix_support import pooled_client


 class Api:
     def __init__(self, token):
         self.headers = {"Authorization": f"Bearer {token}"}

     async def requests(self):
-        async with httpx.AsyncClient() as client:
+        async with pooled_client() as client:
             try:
                 response = await client.get("https://example.org/requests", headers=self.headers)
                 response.raise_for_status()
                 return response.json()
             except httpx.HTTPStatusError as error:
                 print(error)
                 raise
""",
        "with kept connections, by whose server nothing may be lost",
        safety=Safety.UNSAFE,
        options={"connections": "always"},
    ),
    _fixed(
        """\
-import httpx2
-
-from _tgfix_support import httpx2_tls_context
+from _tgfix_support import httpx2_tls_context, pooled_httpx2_client


 async def rates():
-    client = httpx2.AsyncClient(verify=httpx2_tls_context(), base_url="https://example.org")
+    client = pooled_httpx2_client(verify=httpx2_tls_context(), base_url="https://example.org")
     try:
         return (await client.get("/rates")).json()
     finally:
         await client.aclose()
""",
        "kept connections later on, and a client without a block",
        safety=Safety.UNSAFE,
        options={"connections": "always"},
    ),
    _fixed(
        """\
 import aiohttp
+
+from _tgfix_support import PooledConnector


 async def cat(event):
-    async with aiohttp.ClientSession() as session:
+    async with aiohttp.ClientSession(connector=PooledConnector()) as session:
         async with session.get("https://example.org/cat") as response:  # a new one every time
             data = await response.json()
     await event.reply(data["url"])
""",
        "a session of aiohttp",
        safety=Safety.UNSAFE,
        options={"connections": "always"},
    ),
    _fixed(
        """\
 from aiohttp import ClientSession, ClientTimeout
+
+from _tgfix_support import PooledConnector


 async def upload(url, path, data):
     async with (
-        ClientSession((url), timeout=ClientTimeout(total=10)) as session,
+        ClientSession((url), connector=PooledConnector(), timeout=ClientTimeout(total=10)) as session,
         session.post(path, data=data) as response,
     ):
         return await response.json()
""",
        "session and request in one statement",
        safety=Safety.UNSAFE,
        options={"connections": "always"},
    ),
    _fixed(
        """\
 import aiohttp
+
+from _tgfix_support import PooledConnector


 async def status(url):
-    connector = aiohttp.TCPConnector(ssl=False, limit=5)
+    connector = PooledConnector(ssl=False, limit=5)
     async with aiohttp.ClientSession(connector=connector) as session:
         async with session.head(url) as response:
             return response.status
""",
        "a connector with settings of its own",
        safety=Safety.UNSAFE,
        options={"connections": "always"},
    ),
    left(
        """\
import aiohttp


async def rate(update, context):
    async with aiohttp.ClientSession() as session:
        async with session.get("https://example.org/rate") as response:
            await update.message.reply_text(await response.text())
""",
        "nothing shows that it asks the same server twice within a second",
        "one request now and then",
    ),
    left(
        """\
import asyncio

import aiohttp


async def watch(bot, chat):
    while True:
        async with aiohttp.ClientSession() as session:
            async with session.get("https://example.org/rate") as response:
                await bot.send_message(chat, await response.text())
        await asyncio.sleep(5)
""",
        "nothing shows that it asks the same server twice within a second",
        "one request every five seconds",
    ),
    left(
        """\
import aiohttp


async def feeds(addresses):
    for address in addresses:
        async with aiohttp.ClientSession() as session:
            async with session.get(address) as response:
                print(await response.text())
""",
        "the loop may ask another server each time",
        "other servers",
    ),
    patched(
        """\
 import aiohttp


 async def rates(currencies):
-    for currency in currencies:
-        async with aiohttp.ClientSession() as session:
+    async with aiohttp.ClientSession() as session:
+        for currency in currencies:
             async with session.get(f"https://example.org/{currency}") as response:
                 print(await response.text())
""",
        "a session for each turn of a loop",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import aiohttp

 LONGEST = aiohttp.ClientTimeout(total=10)


 async def pages(token):
     found = []
     page = 1
-    # one after the other
-    while page:
-        try:
-            async with (
-                aiohttp.ClientSession("https://example.org", headers={"Token": token}, timeout=LONGEST) as session,
-                session.get("/pages", params={"page": page}) as response,
-            ):
-                answer = await response.json()
-        except aiohttp.ClientError:
-            break
-        found += answer["items"]
-        page = answer["next"]
+    # one after the other
+    async with aiohttp.ClientSession("https://example.org", headers={"Token": token}, timeout=LONGEST) as session:
+        while page:
+            try:
+                async with session.get("/pages", params={"page": page}) as response:
+                    answer = await response.json()
+            except aiohttp.ClientError:
+                break
+            found += answer["items"]
+            page = answer["next"]
     return found
""",
        "a session that a block makes together with its request, until there are no pages left",
        safety=Safety.UNSAFE,
    ),
    *(
        left(source, reason, title)
        for source, reason, title in (
            (
                """\
import aiohttp


async def read(word):
    async with aiohttp.ClientSession() as session:
        async with session.get(f"https://example.org/{word}") as response:
            return await response.text()


async def words(update, context):
    for word in context.args:
        await update.message.reply_text(await read(word))
""",
                "a loop calls `read()`: a client that is made around the loop and handed in",
                "a function that a loop calls",
            ),
            (
                """\
import aiohttp


async def rate():
    for _ in range(3):
        async with aiohttp.ClientSession() as session:
            async with session.get("https://example.org/rate") as response:
                if response.status == 200:
                    return await response.text()
""",
                "the loop goes round again only where something has failed",
                "attempts, of which the first succeeds",
            ),
            (
                """\
import aiohttp


async def files(tokens):
    for token in tokens:
        async with aiohttp.ClientSession(headers={"Token": token}) as session:
            async with session.get("https://example.org/files") as response:
                print(await response.text())
""",
                "an argument may be another one",
                "each turn logs somebody else in",
            ),
            (
                """\
import aiohttp


async def sizes(names):
    for name in names:
        async with aiohttp.ClientSession() as session:
            response = await session.get(f"https://example.org/{name}")
            print(response.headers["Content-Length"])
""",
                "an answer that is not closed in its turn",
                "answers that nobody closes",
            ),
            (
                """\
import httpx
import yt_dlp


async def clip(update, context):
    async with httpx.AsyncClient() as client:
        title = (await client.get(f"https://example.org/{context.args[0]}")).text
    with yt_dlp.YoutubeDL({"outtmpl": title}) as loader:
        loader.download([context.args[0]])
    await update.message.reply_text(title)
""",
                "`yt_dlp` takes longer by far",
                "a film that is loaded as well",
            ),
            (
                """\
import httpx


async def ask(update, context):
    told = {"model": "small", "messages": [{"role": "user", "content": update.message.text}]}
    async with httpx.AsyncClient() as client:
        answer = await client.post("https://example.org/v1/chat", json=told)
    await update.message.reply_text(answer.json()["text"])
""",
                "a language model takes longer by far to answer",
                "a question to a language model",
            ),
            (
                """\
import httpx


async def picture(update, context):
    async with httpx.AsyncClient(timeout=120) as client:
        answer = await client.get(f"https://example.org/draw/{context.args[0]}")
    await update.message.reply_text(answer.text)
""",
                "its requests may take a minute and more, as its timeout says",
                "a server that takes its time",
            ),
        )
    ),
    left(
        """\
import httpx


async def fetch(url):
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(retries=3)) as client:
        return await client.get(url)
""",
        "transport= is about connections of its own",
        "a transport of its own",
    ),
    left(
        """\
import aiohttp
from aiohttp_socks import ProxyConnector


async def fetch(url):
    async with aiohttp.ClientSession(connector=ProxyConnector.from_url("socks5://localhost")) as session:
        async with session.get(url) as response:
            return await response.text()
""",
        "it brings a connector of its own",
        "a connector of its own",
    ),
    left(
        """\
import httpx


async def fetch(url, **options):
    async with httpx.AsyncClient(**options) as client:
        return await client.get(url)
""",
        "unpacked with **",
        "settings that are not seen",
    ),
    left(
        """\
import aiohttp


async def connect(url):
    session = aiohttp.ClientSession(url)
    await session.get("/login")
    return session
""",
        "it is not closed here",
        "a session that lives longer",
    ),
    left(
        """\
import httpx
from httpx_ntlm import HttpNtlmAuth


async def mail(user, password, context):
    async with httpx.AsyncClient(auth=HttpNtlmAuth(user, password), verify=context) as client:
        return (await client.get("https://example.org/mail")).text
""",
        "logs a user in for a whole connection",
        "a login that belongs to the connection",
    ),
    left(
        """\
import httpx


async def settings():
    async with httpx.AsyncClient() as client:
        return client._transport._pool._ssl_context
""",
        "the code reaches for client._transport",
        "the client's insides",
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


def client():
    return httpx.AsyncClient()


async def main(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            print(await response.text())


asyncio.run(main("https://example.org"))
""",
        "clients that are shared already, and plain functions",
    ),
    untouched(
        {
            "prices.py": """\
import httpx


class Prices:
    def __init__(self, url):
        self.client = httpx.AsyncClient(base_url=url)

    async def of(self, coin):
        return (await self.client.get(coin)).json()


def made(url):
    return httpx.AsyncClient(base_url=url)
""",
            "bot.py": """\
from telethon import TelegramClient, events

from prices import Prices, made

client = TelegramClient("bot", 1, "hash")
prices = Prices("https://prices.example.org")
rates = made("https://rates.example.org")


@client.on(events.NewMessage(pattern="/price (.+)"))
async def price(event):
    await event.reply(str(await prices.of(event.pattern_match[1])))
""",
            "tests/test_prices.py": """\
from prices import Prices, made


async def test_a_price():
    prices = Prices("http://localhost")
    assert await prices.of("btc") == 1
    async with made("http://localhost") as client:
        assert await client.get("btc")
""",
        },
        "a client that the bot makes once, and its tests for each of them",
    ),
    untouched(
        """\
import httpx


async def enter(stack, url):
    client = await stack.enter_async_context(httpx.AsyncClient())
    return await stack.enter_async_context(connected(url, client))
""",
        "a client that a stack of the caller keeps",
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
    left(
        """\
import aiohttp


async def price(coin):
    async with aiohttp.request("GET", f"https://api.example.com/{coin}") as response:
        return await response.json()
""",
        "it makes a session for this request alone; `session.request()` of one that is kept spares the connection",
        "a request without a session",
    ),
    left(
        """\
import aiohttp


def session():
    return aiohttp.ClientSession()


async def price(coin):
    async with session() as s, s.get(f"https://api.example.com/{coin}") as response:
        return await response.json()
""",
        "session() makes one for each coroutine that asks; one that it keeps spares the connection",
        "a function that makes sessions",
    ),
    left(
        """\
import httpx
from telethon import TelegramClient, events

client = TelegramClient("me", 1, "hash")


@client.on(events.NewMessage(outgoing=True, pattern=r"\\.weather"))
async def weather(event):
    async with httpx.AsyncClient() as http:
        answer = await http.get("https://example.org/weather")
    await event.edit(answer.text)


client.run_until_disconnected()
""",
        "only the owner of the account sends this command",
        "a command of a userbot, whose owner is the only one to wait",
    ),
    left(
        """\
import asyncio

import httpx

MINUTES = 10


async def keep_awake():
    while True:
        try:
            async with httpx.AsyncClient(timeout=30) as client:
                await client.get("https://example.org/health")
        except httpx.HTTPError:
            print("no answer")
        await asyncio.sleep(MINUTES * 60)


async def start(application):
    asyncio.create_task(keep_awake())
""",
        "the loop around it pauses for a minute or more",
        "a client that is made every ten minutes",
    ),
    left(
        """\
import httpx


async def on_error(update, context):
    try:
        await context.bot.send_message(1, "error")
    except OSError:
        async with httpx.AsyncClient() as client:
            await client.post("https://example.org/alarm", json={"text": "the bot cannot send"})
""",
        "only where something has failed",
        "a client that is made where something has failed",
    ),
    *(
        left(
            {"bot.py": _ALONE, "requirements.txt": f"{asked}\n"},
            "requirements.txt:1 asks for a release of `httpx` before 0.24",
            f"httpx is held at a release without what the helper uses: {asked}",
        )
        for asked in ("httpx==0.13.3", "httpx<0.14", "googletrans==4.0.0rc1")
    ),
)
