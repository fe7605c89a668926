"""Single queries of a database: where a thread for them gains something, and where nobody would be served sooner."""

from __future__ import annotations

import pytest

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.codemods.http.blocking_http import BlockingHttp
from tgfix.engine import harness
from tgfix.engine.run.plan import Plan

_USERBOT = """\
import requests
from pymongo import MongoClient
from telethon import TelegramClient, events

client = TelegramClient("a", 1, "b")
notes = MongoClient("mongodb+srv://db.example.org")["bot"]["notes"]


def is_owner(event):
    return event.sender_id == 1


def command(pattern):
    def wrap(function):
        client.add_event_handler(function, events.NewMessage(outgoing=True, pattern=pattern))
        return function

    return wrap


{decorator}
async def save(event):
    {first}
    {query}
    await event.reply("saved")


client.start()
client.run_until_disconnected()
"""
_EVERYBODY = "@client.on(events.NewMessage)"
_GUARD = "if not is_owner(event):\n        return"
_INSERT = "notes.insert_one({'text': event.raw_text})"


def plan_of(source: str) -> Plan:
    return harness.run([BlockingCall()], harness.plain({"bot.py": source}), unsafe=True)


@pytest.mark.parametrize(
    ("decorator", "first", "query", "offered"),
    [
        (_EVERYBODY, "pass", _INSERT, 1),
        ("@client.on(events.NewMessage(outgoing=True))", "pass", _INSERT, 0),
        ('@command("save")', "pass", _INSERT, 0),
        ('@client.on(events.NewMessage(pattern="/save"))', _GUARD, _INSERT, 0),
        (_EVERYBODY, "if is_owner(event):\n        return", _INSERT, 1),
        (_EVERYBODY, _GUARD, f"for _ in range(1000):\n        {_INSERT}", 1),
    ],
    ids=["everybody", "a userbot", "a decorator of the bot's own", "a guard", "all but the owner", "a thousand"],
)
def test_a_single_query_at_a_command_of_the_owner_stays(decorator: str, first: str, query: str, offered: int) -> None:
    plan = plan_of(_USERBOT.format(decorator=decorator, first=first, query=query))
    assert len(plan.chosen) == offered
    assert all("only the owner comes here" in one.reason for one in plan.left if one.reason)


_PTB = """\
from sqlalchemy import select
from sqlalchemy.orm import Session
from telegram.ext import Application, CommandHandler

from models import User, engine


def known(chat):
    with Session(engine) as session:
        return session.scalar(select(User).where(User.chat == chat))


async def start(update, context):
    if not known(update.effective_chat.id):
        await update.message.reply_text("who are you?")


async def tick(context):
    await context.bot.send_message(1, "still there")


app = Application.builder().token("1:a"){side_by_side}.build()
app.add_handler(CommandHandler("start", start))
app.job_queue.run_repeating(tick, 60)
app.run_polling()
"""


@pytest.mark.parametrize(("side_by_side", "offered"), [("", 0), (".concurrent_updates(True)", 1)])
def test_a_single_query_stays_where_one_update_is_handled_after_the_other(side_by_side: str, offered: int) -> None:
    plan = plan_of(_PTB.format(side_by_side=side_by_side))
    assert len(plan.chosen) == offered
    assert [one.reason.partition(",")[0] for one in plan.left if one.reason] == [
        "the bot handles one update after the other"
    ] * (1 - offered)


_KEPT = """\
import requests
from telegram.ext import Application, BasePersistence, CommandHandler


class Kept(BasePersistence):
    async def flush(self):
        requests.post("https://store.example.org", json=self.data)

    async def update_bot_data(self, data):
        requests.post("https://store.example.org/bot", json=data)


async def start(update, context):
    await update.message.reply_text("hi")


app = Application.builder().token("1:a").persistence(Kept()).concurrent_updates(True).build()
app.add_handler(CommandHandler("start", start))
app.run_polling()
"""


def test_what_a_persistence_writes_when_the_bot_stops_is_no_finding() -> None:
    plan = harness.run([BlockingHttp()], harness.plain({"bot.py": _KEPT}), unsafe=True)
    assert [_KEPT.splitlines()[one.finding.line - 1].strip() for one in plan.chosen] == [
        'requests.post("https://store.example.org/bot", json=data)'
    ]


POOLED = """\
import psycopg2
from psycopg2.pool import SimpleConnectionPool
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
pool = SimpleConnectionPool(1, 5, "bot")


def price(coin):
    connection = pool.getconn() if pool else psycopg2.connect("bot")
    cursor = connection.cursor()
    cursor.execute("SELECT price FROM coins WHERE name = %s", (coin,))
    return cursor.fetchone()[0]


@client.on(events.NewMessage)
async def tell(event):
    await event.reply(str(price(event.raw_text)))
"""


def test_a_pool_that_raises_an_error_when_it_is_empty_is_a_question() -> None:
    asked = "an empty pool raises an error"
    for text, told in ((POOLED, True), (POOLED.replace("psycopg2.pool", "pools_that_wait"), False)):
        findings = harness.run([BlockingCall()], harness.plain({"bot.py": text}), unsafe=True).findings
        sentences = [a.sentence for finding in findings if finding.change for a in finding.change.assumes]
        assert any(asked in sentence for sentence in sentences) is told
