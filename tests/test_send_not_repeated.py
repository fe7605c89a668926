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


@pytest.mark.parametrize(("failure", "after"), [("TimedOut", 1), ("RetryAfter", 3)])
def test_only_what_timed_out_is_sent_once(worker: Worker, failure: str, after: int) -> None:
    runs = [worker.run(Case(t, scenario=late, arguments={"failure": failure})) for t in (BOT, rewritten(BOT))]
    sent = [sum(call["method"] == "sendMessage" for call in seen.of("bot api")) for seen in runs]
    assert sent == [3, after]
    assert all(seen.exception is None and seen.stdout.endswith("next\n") for seen in runs)


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
