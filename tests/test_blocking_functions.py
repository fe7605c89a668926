"""Plain functions that send requests, moved to a thread as a whole, beside the blocking ones: on the real libraries and a server."""

from __future__ import annotations

import asyncio
import os
import re
import time
from pathlib import Path
from typing import Any

import pytest
from blocking_shapes import BLOCKING, HTTPX_BLOCKING
from twin import Case, Run, Worker
from twin.http import Server

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness
from tgfix.engine.model import Assumption, Hazard
from tgfix.engine.rewriting.several import joined

#: The same requests in a plain function that the handler calls.
BEHIND = {
    name: re.sub(r"^async def handler\(base\):", "def work(base):", source, flags=re.MULTILINE)
    + "\n\nasync def handler(base):\n    return work(base)\n"
    for name, source in {**BLOCKING, **HTTPX_BLOCKING}.items()
    if "await " not in source and "async with" not in source
}


def rewritten(source: str) -> str:
    files = harness.plain({"bot.py": source})
    plan = harness.run([BlockingCall()], files, unsafe=True)
    assert not plan.problems and plan.files, (plan.problems, [finding.reason for finding in plan.left])
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def drive(run: Run) -> Any:
    """Call `handler` twice."""

    async def once() -> Any:
        try:
            return await run.module.handler(os.environ["HTTP_URL"])
        except Exception as error:
            return [type(error).__module__, type(error).__qualname__, re.sub(r"\d{4,}|0x\w+", "N", str(error))]

    async def main() -> Any:
        return [await once() for _ in range(2)]

    return asyncio.run(main())


@pytest.mark.parametrize("shape", BEHIND)
def test_a_function_does_in_a_thread_what_it_did(worker: Worker, http_server: Server, shape: str) -> None:
    after = rewritten(BEHIND[shape])
    assert "await asyncio.to_thread(work, base)" in after
    assert worker.differences(BEHIND[shape], after, scenario=drive, outside=[http_server]) == []


THROUGH_A_METHOD = """\
import time
import requests


class Weather:
    def __init__(self):
        self.session = requests.Session()

    def ask(self, base):
        time.sleep(0.3)
        return self.session.get(f"{base}/json").json()

    def forecast(self, base):
        return self.ask(base)


async def handler(base):
    return Weather().forecast(base)
"""


def seconds(run: Run) -> float:
    """How long four handlers take that run side by side."""

    async def main() -> None:
        await asyncio.gather(*(run.module.handler(os.environ["HTTP_URL"]) for _ in range(4)))

    start = time.monotonic()
    asyncio.run(main())
    return time.monotonic() - start


@pytest.mark.slow
def test_a_method_behind_another_answers_the_same_and_stops_nobody(worker: Worker, http_server: Server) -> None:
    after = rewritten(THROUGH_A_METHOD)
    assert "return await asyncio.to_thread(Weather().forecast, base)" in after
    before_and_after = [
        worker.run(Case(source, scenario=seconds), outside=[http_server]).result for source in (THROUGH_A_METHOD, after)
    ]
    assert before_and_after[0] > 1.2 > before_and_after[1] + 0.2
    assert worker.differences(THROUGH_A_METHOD, after, scenario=drive, outside=[http_server]) == []


_ONE_BY_ONE = """\
import subprocess
from telegram.ext import Application, CommandHandler, Defaults


async def show(update, context):
    done = subprocess.run(["make", "report"])
    await update.message.reply_text(str(done.returncode))


app = Application.builder().token("1:A").build()
app.add_handler(CommandHandler("show", show))
app.run_polling()
"""


@pytest.mark.parametrize(
    ("setting", "offered"), [("", 0), (".concurrent_updates(True)", 1), (".defaults(Defaults(block=False))", 1)]
)
def test_a_thread_is_offered_where_somebody_is_served_meanwhile(setting: str, offered: int) -> None:
    source = _ONE_BY_ONE.replace(".build()", f"{setting}.build()")
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    assert len(plan.chosen) == offered
    assert all("stops only this coroutine" in finding.change.why for finding in plan.chosen if finding.change)


def test_sentences_name_what_is_shared_rather_than_a_log_or_what_is_given() -> None:
    source = """\
import logging

import requests
from telethon import TelegramClient, events

client = TelegramClient("a", 1, "b")
logger = logging.getLogger()
asked = {}


def price(coin):
    logger.info("asked for %s", coin)
    asked[coin] = requests.get("https://prices.example/" + coin, timeout=5).json()
    return asked[coin]


@client.on(events.NewMessage)
async def show(event):
    try:
        found = price(event.text_of)
        logger.info("found")
        asked["last"] = found
        await event.reply(found)
    except:
        pass
"""
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    (finding,) = plan.chosen
    assert finding.change is not None
    sentences = {assumption.hazard.value: assumption.sentence for assumption in finding.change.open}
    assert sentences["interleaving"].endswith("changing `asked`")
    assert sentences["thread"] == "nobody else uses `asked` while `price()` changes it in a thread"
    assert "would catch the cancellation" in sentences["interruption"]


def test_of_many_assumptions_alike_the_first_is_told_with_their_number() -> None:
    asked = [Assumption(Hazard.OUTSIDE, f"nobody changes `{name}`", Path("bot.py"), 1) for name in "abc"]
    assert joined(asked[:2]) == asked[:2]
    assert [one.sentence for one in joined(asked)] == [
        "nobody changes `a`, and the same for 2 more places of these calls"
    ]


@pytest.mark.parametrize(
    ("client", "asked", "offered"),
    [
        ("redis.StrictRedis(host=HOST, port=6379, db=0)", "get('a')", 0),
        ("redis.Redis(decode_responses=True)", "ping()", 0),
        ("redis.from_url('redis://localhost:6379/0')", "incr('a')", 0),
        ("redis.Redis(unix_socket_path='/run/redis.sock')", "get('a')", 0),
        ("redis.Redis(host=HOST)", "keys('*')", 1),
        ("redis.Redis(host=HOST)", "hgetall('a')", 1),
        ("redis.Redis(host=os.environ.get('HOST', 'localhost'))", "get('a')", 0),
        ("redis.Redis(host='redis', port=6379)", "get('a')", 0),
        ("redis.Redis(host='redis-12.eu.cloud.example.org')", "get('a')", 1),
        ("redis.Redis(**SETTINGS)", "get('a')", 1),
        ("redis.Redis(connection_pool=POOL)", "get('a')", 1),
        ("redis.from_url(os.environ['REDIS'])", "get('a')", 1),
    ],
)
def test_what_a_server_on_the_same_machine_answers_at_once_stays(client: str, asked: str, offered: int) -> None:
    source = f"""\
import os
import redis
from settings import POOL, SETTINGS
from telethon import TelegramClient, events

bot = TelegramClient("a", 1, "b")
HOST = "localhost"
store = {client}


def known():
    return store.{asked}


@bot.on(events.NewMessage)
async def show(event):
    if known():
        await event.reply(str(store.{asked}))
"""
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)
    assert sum(len(proposal.finding.places) for proposal in plan.chosen) == offered * 2 and not plan.left


def test_both_ways_of_a_conditional_expression_stand_on_lines_of_their_own() -> None:
    line = 'table = pd.read_excel(event.path) if event.path.endswith(".xlsx") else pd.read_csv(event.path)'
    source = f"""\
import pandas as pd
from telethon import TelegramClient, events

client = TelegramClient("a", 1, "b")


@client.on(events.NewMessage)
async def show(event):
    {line}
    await event.reply(str(table))
"""
    assert """
    table = (
        await asyncio.to_thread(pd.read_excel, event.path)
        if event.path.endswith(".xlsx")
        else await asyncio.to_thread(pd.read_csv, event.path)
    )
""" in rewritten(source)


MAIL = """\
import smtplib
from telethon import TelegramClient, events

client = TelegramClient("a", 1, "b")
hosts = {}


@client.on(events.NewMessage)
async def send(event):
    host = hosts.get(event.chat_id)
    text = str(event.raw_text)
    server = smtplib.SMTP(host, 587)
    server.starttls()
    server.login("bot", "word")
    server.sendmail("a@example.org", "b@example.org", text)
    server.quit()
    await event.reply("Sent")
"""


def test_what_is_made_for_the_calls_behind_it_goes_into_their_thread() -> None:
    after = rewritten(MAIL)
    assert (
        """
    def steps():
        server = smtplib.SMTP(host, 587)
        server.starttls()
        server.login("bot", "word")
        server.sendmail("a@example.org", "b@example.org", text)
        server.quit()

    await asyncio.to_thread(steps)
"""
        in after
    )
    later = rewritten(MAIL.replace('reply("Sent")', 'reply(f"Sent by {server}")'))
    assert "    server = await asyncio.to_thread(smtplib.SMTP, host, 587)" in later
    assert "    def steps():\n        server.starttls()" in later


def test_addresses_that_a_client_of_mails_takes_are_no_risk_in_a_thread() -> None:
    (finding,) = harness.run([BlockingCall()], harness.plain({"bot.py": MAIL}), unsafe=True).chosen
    assert finding.change is not None
    assert not [v for v in finding.change.open if v.hazard is Hazard.THREAD]
    kept = MAIL.replace("smtplib.SMTP(host, 587)", "smtplib.SMTP(**hosts)")
    (finding,) = harness.run([BlockingCall()], harness.plain({"bot.py": kept}), unsafe=True).chosen
    assert finding.change is not None
    (asked,) = (v.sentence for v in finding.change.open if v.hazard is Hazard.THREAD)
    assert asked.startswith("nobody changes `hosts` while a thread uses it")


CHAIN = """\
from sqlalchemy import create_engine
from sqlalchemy.orm import sessionmaker
from telethon import TelegramClient, events

from models import Message

client = TelegramClient("bot", 1, "hash")
Session = sessionmaker(create_engine("postgresql://bot@db.example.org/messages"))


@client.on(events.NewMessage)
async def show(event):
    session = Session()
    latest = (
        session.query(Message)
        .filter(Message.chat_id == event.chat_id)
        .limit(3)
        .all()
    )
    await event.reply(str(latest))


client.run_until_disconnected()
"""


def test_a_chain_on_several_lines_keeps_its_lines() -> None:
    assert (
        "    latest = await asyncio.to_thread(\n        session.query(Message)\n        .filter(Message.chat_id == event.chat_id)\n"
        "        .limit(3)\n        .all\n    )\n"
    ) in rewritten(CHAIN)
