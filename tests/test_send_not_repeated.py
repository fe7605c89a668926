"""TGF404 on a running bot: a message that timed out is sent once."""

from __future__ import annotations

import pytest
from twin import Case, Run, Worker, ptb

from tgfix.codemods.errors.send_not_repeated import SendNotRepeated
from tgfix.engine import harness
from tgfix.engine.model import Hazard

BOT = """\
from telegram import Update
from telegram.error import RetryAfter, TelegramError
from telegram.ext import Application, MessageHandler, filters


async def echo(update: Update, context):
    for attempt in range(3):
        try:
            await update.message.reply_text(update.message.text)
            break
        except TelegramError as error:
            print("again", error)
    print("next")


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(MessageHandler(filters.TEXT, echo))
    return app
"""


def rewritten(text: str) -> str:
    """A bot after TGF404."""
    files = harness.plain({"bot.py": text})
    plan = harness.run([SendNotRepeated()], files, unsafe=True)
    assert not plan.problems
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


async def late(run: Run, failure: str) -> None:
    """A server that does what it is asked for, and whose answer is lost the first two times."""
    from telegram.error import RetryAfter, TimedOut

    lost = {"TimedOut": TimedOut(), "RetryAfter": RetryAfter(0)}[failure]
    with ptb.offline(run) as telegram:
        done = {"message_id": 1, "date": 0, "chat": {"id": 1, "type": "private"}, "text": "hi"}
        telegram.answers["sendMessage"] = [lost, lost, done]
        await telegram.feed(run.module.build(), [ptb.message("hi")])


@pytest.mark.slow
@pytest.mark.parametrize(("failure", "after"), [("TimedOut", 1), ("RetryAfter", 3)])
def test_only_what_timed_out_is_sent_once(worker: Worker, failure: str, after: int) -> None:
    runs = [worker.run(Case(t, scenario=late, arguments={"failure": failure})) for t in (BOT, rewritten(BOT))]
    sent = [sum(call["method"] == "sendMessage" for call in seen.of("bot api")) for seen in runs]
    assert sent == [3, after]
    assert all(seen.exception is None and seen.stdout.endswith("next\n") for seen in runs)


AIOGRAM = """\
from aiogram import Bot, Dispatcher
from aiogram.exceptions import TelegramNetworkError
from aiogram.types import Message

bot = Bot("42:TOKEN")
dp = Dispatcher()


@dp.message()
async def echo(message: Message):
    for attempt in range(3):
        try:
            await message.answer(message.text)
            break
        except (TelegramNetworkError, ValueError):
            print("again")
    print("next")
"""


async def lost(run: Run, failure: str) -> int:
    """How often aiogram's own session posts a message whose answer is lost twice."""
    import asyncio
    from unittest import mock

    import aiohttp
    from aiogram.client.session.aiohttp import AiohttpSession
    from twin import aiogram

    failures = [{"timeout": asyncio.TimeoutError(), "connection": aiohttp.ClientConnectionError()}[failure]] * 2
    posted = []

    class Session:
        status = 200

        def post(self, url: str, **_: object) -> Session:
            posted.append(url)
            return self

        async def __aenter__(self) -> Session:
            if failures:
                raise failures.pop()
            return self

        async def __aexit__(self, *_: object) -> None:
            """Nothing to close."""

        async def text(self) -> str:
            return '{"ok": true, "result": {"message_id": 1, "date": 0, "chat": {"id": 5, "type": "private"}, "text": "hi"}}'

    async def session(_: AiohttpSession) -> Session:
        return Session()

    with mock.patch.object(AiohttpSession, "create_session", session):
        await aiogram.feed(run.module.dp, run.module.bot, ["hi"])
    return len(posted)


@pytest.mark.slow
@pytest.mark.parametrize(("failure", "after"), [("timeout", 1), ("connection", 3)])
def test_aiogram_tries_again_what_was_not_sent(worker: Worker, failure: str, after: int) -> None:
    runs = [worker.run(Case(t, scenario=lost, arguments={"failure": failure})) for t in (AIOGRAM, rewritten(AIOGRAM))]
    assert all(seen.exception is None and seen.stdout.endswith("next\n") for seen in runs), runs
    assert [seen.result for seen in runs] == [3, after]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    for attempt", "    error = None\n    for attempt"),
        ('ValueError):\n            print("again")', 'ValueError): print("again")'),
        ("            print", "            await message.answer('once more')\n            print"),
    ],
    ids=["a name that is taken", "one line", "it tells the user"],
)
def test_a_clause_of_aiogram_without_room_stays(old: str, new: str) -> None:
    assert old in AIOGRAM
    (finding,) = harness.run(
        [SendNotRepeated()], harness.plain({"bot.py": AIOGRAM.replace(old, new)}), unsafe=True
    ).findings
    assert finding.change is None and "`__context__`" in str(finding.reason)


def test_what_is_assumed() -> None:
    plan = harness.run([SendNotRepeated()], harness.plain({"bot.py": BOT}), unsafe=True)
    assert {a.hazard for f in plan.findings if f.change for a in f.change.assumes} == {Hazard.WIRE, Hazard.ERRORS}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("            break\n        except", "        except"),
        ('            print("again", error)', '            print("again", error)\n            raise'),
        (
            '            print("again", error)',
            "            if not isinstance(error, RetryAfter):\n                raise",
        ),
        ("reply_text(update.message.text)", "reply_text(str(attempt))"),
        ("update.message.reply_text(", "storage.send_message("),
    ],
    ids=["every turn sends", "it gives up", "it looks which error it is", "other texts", "another library"],
)
def test_what_is_not_sent_again_is_no_finding(old: str, new: str) -> None:
    assert old in BOT
    assert not harness.run([SendNotRepeated()], harness.plain({"bot.py": BOT.replace(old, new)}), unsafe=True).findings
