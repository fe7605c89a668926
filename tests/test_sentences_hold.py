"""What a sentence says is so in the program at hand: it names what stands on this way, and leaves away what is settled."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from analysis import ROOT, project
from command import tgfix

from tgfix.engine.analysis.immutable import Options
from tgfix.engine.analysis.touch import Touch
from tgfix.engine.proofs.thread_values import logs_alone
from tgfix.engine.proofs.waited import nearest

EDITS = """\
import time
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


def register(**options):
    forwarded = options.get("forwarded", False)
    options.pop("forwarded", None)

    def decorate(function):
        async def wrapper(event):
            if not forwarded and event.fwd_from:
                return
            await function(event)

        client.add_event_handler(wrapper, events.NewMessage(**options))
        return wrapper

    return decorate


@register(outgoing=True)
async def count(event):
    await event.edit("1")
    time.sleep(1)
    await event.edit("2")


client.run_until_disconnected()
"""

SHOWN = """\
import time, requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


async def show(event, text, paste=False, link=None):
    link = link or "here"
    if len(text) < 100 and not paste:
        await event.edit(text)
        return event
    await event.edit(requests.post("https://example.org", text).text + link)
    return event


@client.on(events.NewMessage)
async def count(event):
    shown = await show(event, "1")
    time.sleep(1)
    await shown.edit("2")


client.run_until_disconnected()
"""


def told(tmp_path: Path, text: str, code: str, *more: str) -> str:
    (tmp_path / "bot.py").write_text(text)
    return tgfix("check", "-v", "--no-cache", "--select", code, *more, cwd=tmp_path).text


def test_a_wait_behind_an_await_that_may_have_waited_asks_whether_it_has(tmp_path: Path) -> None:
    found = told(tmp_path, EDITS, "TGF501", "--assume", "interleaving,interruption")
    assert '`event.edit("1")` (line 25) has waited, so that a later update could overtake this one already' in found
    assert "may overtake this one before" not in found


def test_an_option_that_every_call_gives_as_a_constant_is_nothing_that_others_change() -> None:
    for call, constant in (
        ("outgoing=True", True),
        ("forwarded=True", True),
        ("forwarded=RULES", False),
        ("**RULES", False),
    ):
        found = project(bot=EDITS.replace("outgoing=True", call))
        module = found.module(ROOT / "bot.py")
        value = next(node.value for node in module.all(ast.Assign) if ast.unparse(node.targets[0]) == "forwarded")
        assert found.fact(Options).is_constant(module, value) is constant, call


def test_a_request_before_a_block_holds_nothing_of_it(tmp_path: Path) -> None:
    body = (
        '    with open("a.png", "wb") as file:\n        file.write(requests.get("https://example.org/a.png").content)\n'
    )
    text = SHOWN.split("@client.on")[0] + "@client.on(events.NewMessage)\nasync def fetch(event):\n" + body
    found = told(tmp_path, text, "TGF202")
    assert "emptied where the request fails" in found
    assert "holds meanwhile" not in found and "leaving `open" not in found
    locked = text.replace("    with open", "    with guard, open").replace("import time", "import threading, time")
    locked = locked.replace("client =", "guard = threading.Lock()\nclient =", 1)
    assert "what `guard` holds meanwhile" in told(tmp_path, locked, "TGF202")


def test_a_session_made_a_line_above_is_nobody_elses(tmp_path: Path) -> None:
    text = """\
import cloudscraper
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage)
async def fetch(event):
    scraper = cloudscraper.create_scraper()
    await event.reply(scraper.get("https://example.org").text)
"""
    found = told(tmp_path, text, "TGF202")
    assert "TGF202" in found and "session" not in found
    shared = text.replace("    scraper = ", "    global scraper\n    scraper = ")
    assert "nobody else uses the session `scraper` while the thread does" in told(tmp_path, shared, "TGF202")


def test_a_feed_that_was_fetched_before_sends_no_request(tmp_path: Path) -> None:
    text = """\
import feedparser
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage)
async def news(event):
    found = feedparser.parse(event.raw_text)
    await event.reply(found.entries[0].title)
"""
    assert "feedparser" not in told(tmp_path, text, "TGF502")
    assert "feedparser" in told(tmp_path, text.replace("event.raw_text", '"https://example.org/rss"'), "TGF502")


def test_what_cancels_leftover_tasks_is_named(tmp_path: Path) -> None:
    text = """\
import asyncio, subprocess
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage)
async def count(event):
    subprocess.run(["backup"])
    await event.reply("done")


async def stop():
    for task in asyncio.all_tasks():
        task.cancel()
"""
    assert "`task.cancel()` (bot.py:15) does not come while it waits" in told(tmp_path, text, "TGF502")


def test_code_that_only_unlike_things_might_call_is_no_finding(tmp_path: Path) -> None:
    text = """\
import requests
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


class Stats:
    def of(self, name):
        return getattr(self.counts, name, 0)


async def quote(msg, user, client, reply):
    return requests.get("https://example.org").text


@client.on(events.NewMessage)
async def count(event):
    await event.reply("done")
"""
    assert "TGF202" not in told(tmp_path, text, "TGF202")
    assert "TGF202" in told(tmp_path, text.replace('"done"', "await quote(event, 1, client, 2)"), "TGF202")


DATABASE = """\
import logging, os, psycopg2
from contextlib import contextmanager
from telethon import TelegramClient, events

log = logging.getLogger(__name__)
client = TelegramClient("bot", 1, "hash")
HOST = os.environ["HOST"]
last = None


def connect():
    return psycopg2.connect(host=HOST, dbname="bot")


@contextmanager
def cursor():
    connection = None
    try:
        connection = connect()
        with connection.cursor() as opened:
            yield opened, connection
            connection.commit()
    finally:
        if connection:
            connection.close()


def count(user):
    with cursor() as (opened, _):
        opened.execute("UPDATE users SET n = n + 1 WHERE id = %s", (user,))
        log.info("counted")


@client.on(events.NewMessage)
async def handle(event):
    await event.reply("...")
    count(event.sender_id)
"""


def test_a_connection_that_its_function_opens_and_closes_may_do_so_in_a_thread(tmp_path: Path) -> None:
    assert "`thread`" not in told(tmp_path, DATABASE, "TGF502")
    kept = DATABASE.replace("        log.info", "        global last\n        last = opened\n        log.info")
    assert "`thread`" in told(tmp_path, kept, "TGF502")
    given = DATABASE.replace('        log.info("counted")', "        return opened")
    assert "one thread at a time uses the connection that `count()` hands on" in told(tmp_path, given, "TGF502")
    filtered = DATABASE.replace(
        "last = None", "class Own(logging.Filter):\n    def filter(self, record):\n        return True"
    )
    told(tmp_path, filtered, "TGF502")
    granted = ("--assume", "interleaving,ordering,outside,resources,interruption")
    said = tgfix("check", "-v", "--no-cache", "--select", "TGF502", *granted, cwd=tmp_path).text
    assert "the log's filters and handlers may run in a thread" in said


@pytest.mark.parametrize(
    "line",
    [
        'logging.basicConfig(format="%(thread)d %(message)s")',
        'logging.basicConfig(format="{taskName} {message}", style="{")',
        "logging.setLogRecordFactory(made)",
        "class Own(logging.LoggerAdapter):\n    def process(self, message, more):\n        return message, more",
        "class Own(logging.handlers.QueueHandler):\n    def enqueue(self, record):\n        pass",
    ],
    ids=["the thread's number", "the task", "a factory", "an adapter", "a queue"],
)
def test_a_log_of_which_code_of_the_bots_own_or_the_thread_is_a_part_is_no_threads(line: str) -> None:
    assert logs_alone(project(bot=DATABASE))
    assert not logs_alone(project(bot=DATABASE, logs=f"import logging\n\n{line}\n"))


def test_of_waits_on_the_same_line_of_several_files_the_same_one_is_always_named() -> None:
    module = project(bot="").module(ROOT / "bot.py")
    waits = [Touch(ROOT / name, line, "`edit()`") for name, line in (("b.py", 3), ("a.py", 3), ("bot.py", 1))]
    assert nearest(module, waits) == nearest(module, waits[::-1])
    assert [touch.path.name for touch in nearest(module, waits)] == ["bot.py", "a.py", "b.py"]
