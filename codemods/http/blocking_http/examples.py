"""The examples of TGF202."""

from __future__ import annotations

from ....engine.codemod import Example, left, patched, untouched
from ....engine.model import Safety

EXAMPLES: tuple[Example, ...] = (
    patched(
        """\
+import asyncio
+
 import requests
 from telegram.ext import Application, CommandHandler


 async def quote(update, context):
-    response = requests.get("https://example.org/quote", timeout=10)
+    response = await asyncio.to_thread(requests.get, "https://example.org/quote", timeout=10)
     response.raise_for_status()
     await update.message.reply_text(response.text)


 async def good_morning(context):
     await context.bot.send_message(-100123, "Good morning!")


 def main():
     application = Application.builder().token("TOKEN").build()
     application.add_handler(CommandHandler("quote", quote))
     application.job_queue.run_repeating(good_morning, interval=86400)
     application.run_polling()
""",
        "a request of a bot that handles one update after the other, and has a job",
        safety=Safety.UNSAFE,
    ),
    untouched(
        """import requests
from telegram.ext import Application, CommandHandler


async def quote(update, context):
    response = requests.get("https://example.org/quote", timeout=10)
    await update.message.reply_text(response.text)


def main():
    application = Application.builder().token("TOKEN").build()
    application.add_handler(CommandHandler("quote", quote))
    application.run_polling()
""",
        "updates come one after the other, and nothing runs beside: nobody would be served sooner",
    ),
    patched(
        """\
+import asyncio
+
 import requests

 LATEST = "https://example.org/latest"


 async def comic(event, number):
     if number is None:
-        number = requests.get(LATEST).json()["num"]
-    told = requests.get(f"https://example.org/{number}").json()
+        number = (await asyncio.to_thread(requests.get, LATEST)).json()["num"]
+    told = (await asyncio.to_thread(requests.get, f"https://example.org/{number}")).json()
     await event.reply(told["title"])
-    await event.reply(file=requests.get(told["img"]).content)
+    await event.reply(file=(await asyncio.to_thread(requests.get, told["img"])).content)
""",
        "two requests with no wait between: one change, and what follows a wait another",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
 import asyncio
 import requests as r
 from requests import post


 async def rate(chat):
-    euro = float(r.get("http://example.org/rate").json()["rate"])  # of one dollar
-    if post(
-        "http://a.test/seen",
-        json=chat,
-    ).ok:
+    euro = float((await asyncio.to_thread(r.get, "http://example.org/rate")).json()["rate"])  # of one dollar
+    if (await asyncio.to_thread(post, "http://a.test/seen", json=chat)).ok:
         await asyncio.sleep(1)
     return euro
""",
        "a result that is used at once, other names, and a call over several lines",
    ),
    patched(
        """\
+import asyncio
 import urllib.request


 async def page(url):
-    with urllib.request.urlopen(url, timeout=10) as answer:
+    with await asyncio.to_thread(urllib.request.urlopen, url, timeout=10) as answer:
         return answer.status
""",
        "urlopen",
    ),
    patched(
        """\
+import asyncio
+
 import requests


 async def login(url, user):
     with requests.Session() as session:
         session.headers["User-Agent"] = "bot"
-        session.post(f"{url}/login", data=user)
-        return [i["id"] for i in session.get(url).json()]
+        await asyncio.to_thread(session.post, f"{url}/login", data=user)
+        return [i["id"] for i in (await asyncio.to_thread(session.get, url)).json()]
""",
        "a session of the coroutine",
    ),
    patched(
        """\
+import asyncio
+
 import requests
 from telethon import TelegramClient, events

 client = TelegramClient("bot", 1, "hash")


 @client.on(events.NewMessage(pattern="/order"))
 async def order(event):
-    requests.post("http://example.org/", hooks={"response": print})
+    await asyncio.to_thread(requests.post, "http://example.org/", hooks={"response": print})
     await event.reply("Thank you!")


 client.run_until_disconnected()
""",
        "a bot that handles updates at the same time, and a hook that would run in a thread",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
+
 import requests

 session = requests.Session()


 async def items(event):
-    await event.reply(session.get("https://example.org/items").text)
+    await event.reply((await asyncio.to_thread(session.get, "https://example.org/items")).text)
""",
        "a session that all share needs a person's eye",
        safety=Safety.UNSAFE,
    ),
    patched(
        """\
+import asyncio
+
 import httpx


 async def weather(places):
     return str(
-        httpx.post(
-            "http://a.test/",
-        ).text
+        (await asyncio.to_thread(httpx.post, "http://a.test/")).text
     )
""",
        "a function of httpx that blocks",
    ),
    patched(
        """\
+import asyncio
+
 import httpx


 async def check(urls):
     with httpx.Client() as client:
-        return [client.get(url).status_code for url in urls]
+        return [(await asyncio.to_thread(client.get, url)).status_code for url in urls]
""",
        "a synchronous client",
    ),
    patched(
        """\
+import asyncio
+
 import requests


 async def picture(update, context):
+    response = await asyncio.to_thread(requests.get, "https://example.org/cat.png", timeout=10)
     with open("temp.png", "wb") as file:
-        file.write(requests.get("https://example.org/cat.png", timeout=10).content)
+        file.write(response.content)
     await update.message.reply_photo("temp.png")
""",
        "an answer that is written to a file",
        safety=Safety.UNSAFE,
    ),
    left(
        """\
import aiohttp
import requests


async def video(event, page):
    async with aiohttp.ClientSession() as session:
        async with session.get(page) as response:
            found = await response.json()
        answer = requests.get(found["video"])
    await event.reply(file=answer.content)
""",
        "is a session of aiohttp that is open here",
        "beside an open session of aiohttp",
    ),
    left(
        """\
import urllib.request


async def picture(event, url):
    await event.reply(file=urllib.request.urlretrieve(url, "a.png")[0])
""",
        "give the result a name on a line of its own first",
        "an item of the result within another await",
    ),
    left(
        """\
import requests


async def download(event, url):
    answer = requests.get(url, stream=True)
    with open("video.mp4", "wb") as file:
        for chunk in answer.iter_content(65536):
            file.write(chunk)
""",
        "the event loop still reads its body",
        "a body that the coroutine reads piece by piece",
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
import requests


def save(response, path):
    with open(path, "wb") as file:
        for chunk in response.iter_content(32768):
            file.write(chunk)


async def fetch(event, url):
    response = requests.get(url, stream=True)
    save(response, "large.bin")
    await event.reply(file="large.bin")
""",
        "the event loop still reads its body",
        "an answer whose body another function reads piece by piece",
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
