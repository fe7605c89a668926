"""TGF204's updates of different chats side by side: what the processor does, and what of a bot stays the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import per_chat_updates
import pytest
from safety_cases import driving
from twin import Case, Run, Worker, ptb

from tgfix.codemods.http.bot_request_pool import BotRequestPool
from tgfix.codemods.http.bot_request_pool.support import ONE_AT_A_TIME, PER_CHAT
from tgfix.engine import harness
from tgfix.engine.model import Finding, Hazard
from tgfix.engine.rewriting.support import text_of

FIXTURE = Path(__file__).parents[1] / "fixtures" / "bot-request-pool"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
LIMITED = "python-telegram-bot[rate-limiter]==22.5\n"


def support() -> dict[str, Any]:
    """The support code as a program has it."""
    names: dict[str, Any] = {}
    exec(compile(text_of(PER_CHAT, ONE_AT_A_TIME), "support.py", "exec"), names)
    return names


@pytest.mark.parametrize("check", per_chat_updates.CHECKS, ids=lambda check: check.__name__)
@pytest.mark.filterwarnings("ignore:Tasks created via")
def test_the_processor_on_the_installed_release(check: Callable[[dict[str, Any]], Any]) -> None:
    asyncio.run(check(support()))


def plan_of(text: str, requirements: str = LIMITED) -> harness.Plan:
    """What TGF204 finds in a bot."""
    files = harness.plain({"bot.py": text, "requirements.txt": requirements})
    return harness.run([BotRequestPool()], files, unsafe=True)


def rewritten(text: str) -> str:
    """The bot with the processor."""
    plan = plan_of(text)
    assert not plan.problems
    return plan.files[0].after.decode()


def only(text: str) -> Finding:
    """The one finding in a bot."""
    (finding,) = plan_of(text).findings
    return finding


# A whole bot


async def feed(run: Run, updates: list[tuple[str, int]]) -> None:
    """Hand over the updates as polling does."""
    with ptb.offline(run, watch=()) as telegram:
        await telegram.feed(run.module.build(), [ptb.message(text, user_id=user) for text, user in updates], "queue")


def told(worker: Worker, text: str, updates: list[tuple[str, int]]) -> dict[int, list[str]]:
    """What a bot tells each user, in order."""
    said: dict[int, list[str]] = {}
    for sent in worker.run(Case(text, scenario=feed, arguments={"updates": updates})).of("bot api"):
        if "text" in sent["parameters"]:
            said.setdefault(int(sent["parameters"]["chat_id"]), []).append(sent["parameters"]["text"])
    return said


TALKS = [(text, user) for text in ("/start", "Ann", "33", "/count", "/count") for user in range(1, 13)]


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    assert rewritten(BEFORE) == AFTER


def test_each_user_is_told_the_same_in_the_same_order(worker: Worker) -> None:
    before = told(worker, BEFORE, TALKS)
    assert told(worker, AFTER, TALKS) == before
    assert [len(texts) for texts in before.values()] == [5] * 12
    plain = AFTER.replace("concurrent_updates(PerChatUpdates())", "concurrent_updates(True)")
    assert told(worker, plain, TALKS) != before, "the order is what the processor is for"


def test_no_place_is_sold_twice(worker: Worker) -> None:
    buying = [("/buy", user) for user in range(1, 7)]
    sold = []
    for text in (BEFORE, AFTER, AFTER.replace("one_at_a_time(buy)", "buy")):
        sold.append(sum("One of them is yours." in texts for texts in told(worker, text, buying).values()))
    assert sold[:2] == [3, 3]
    assert sold[2] > 3, "the wrapper is what it takes"


# What is proved of handlers

HEAD = """\
import asyncio

from telegram.ext import AIORateLimiter, Application, CommandHandler, ConversationHandler, MessageHandler, filters

"""
BUILD = """

def build():
    app = Application.builder().token("1:A").rate_limiter(AIORateLimiter()).build()
    {register}
    return app


if __name__ == "__main__":
    build().run_polling()
"""
HANDLE = "app.add_handler(MessageHandler(filters.ALL, handle))"

_TALK = """
async def begin(update, context):
    await asyncio.sleep(0.01)
    await update.message.reply_text("Your name?")
    return 1


async def name(update, context):
    context.user_data["name"] = update.message.text
    await asyncio.sleep(0.005)
    await update.message.reply_text("Your age?")
    return 2


async def age(update, context):
    await update.message.reply_text(f"{context.user_data['name']}, {update.message.text}")
    return ConversationHandler.END
"""
_TALKING = """app.add_handler(ConversationHandler(
        [CommandHandler("start", begin)],
        {1: [MessageHandler(filters.TEXT & ~filters.COMMAND, name)], 2: [MessageHandler(filters.TEXT, age)]},
        [],
    ))"""
_COUNTING = """
async def handle(update, context):
    before = context.user_data.get("n", 0)
    await asyncio.sleep(0.002)
    context.user_data["n"] = before + 1
    if before == 2:
        raise ValueError("the third is wrong")
    await update.message.reply_text(f"{before + 1}")
"""
_DATES = """
def spelled(text):
    return " ".join(word.capitalize() for word in text.split())


async def handle(update, context):
    words = [spelled(word) for word in update.message.text.split(",")]
    for word in words:
        await update.message.reply_text(word)
        await asyncio.sleep(0)
"""


@pytest.mark.parametrize(
    ("body", "register", "updates"),
    [
        (_TALK, _TALKING, [("/start", 1), ("Ann", 1), ("33", 1)]),
        (_COUNTING, HANDLE, [("hello", 1)] * 6),
        (_DATES, HANDLE, [("a b,c d", 1), ("e", 1), ("f g,h", 1)]),
    ],
    ids=["a user who does not wait for the questions", "an update that fails", "several messages for one"],
)
def test_one_users_updates_do_what_they_did(worker: Worker, body: str, register: str, updates: list[Any]) -> None:
    before = HEAD + body + BUILD.format(register=register)
    after = rewritten(before)
    assert "PerChatUpdates()" in after
    assert "one_at_a_time(" not in after
    found = worker.differences(
        before, after, scenario=driving.ptb_bot, arguments={"updates": updates}, ignoring={"warnings", "callback"}
    )
    assert found == []


def assumed(body: str, register: str = HANDLE) -> set[Hazard]:
    """The hazards that stay open for a bot."""
    change = only(HEAD + body + BUILD.format(register=register)).change
    assert change is not None
    return {assumption.hazard for assumption in change.assumes}


HELLO = "async def handle(update, context):\n    await update.message.reply_text('hello')\n"
ALWAYS = {Hazard.INTERRUPTION}


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (HELLO, set()),
        ("async def handle(update, context):\n    context.user_data['n'] = context.user_data.get('n', 0) + 1\n", set()),
        (HELLO + "    await context.bot.send_message(1, 'somebody wrote')\n", {Hazard.ORDERING}),
        ("users = set()\n" + HELLO + "    users.add(update.effective_user.id)\n", {Hazard.ORDERING, Hazard.RESOURCES}),
        ("TEXTS = {'a': 'b'}\n" + HELLO + "    await update.message.reply_text(TEXTS['a'])\n", set()),
    ],
    ids=["an answer", "data of a user", "a message elsewhere", "one look at what all share", "a constant"],
)
def test_what_is_assumed_of_a_handler(body: str, more: set[Hazard]) -> None:
    assert assumed(body) == ALWAYS | more


ASKS = """
async def handle(update, context):
    text: str = update.message.text
    {wait}
    await update.message.reply_text(text.replace("@bot", "").strip())


async def start(update, context):
    await update.message.reply_text("hello")
"""
TWO = HANDLE + "\n    app.add_handler(CommandHandler('start', start))"


def test_where_what_takes_its_time_stays_alone_nothing_is_proposed() -> None:
    """The others only answer: nobody would be served sooner."""
    for wait in ("await ask(text)", "ask(text); await update.message.reply_text(text); time.sleep(3); ask(text)"):
        text = "import time\n" + HEAD + ASKS.format(wait=wait) + BUILD.format(register=TWO)
        assert "the others only answer: `handle` (" in (only(text).reason or "")


REACHES_OTHERS = """
async def pay(update, context):
    if context.user_data.get("blocked"):
        return
    await update.message.reply_text("a moment")
    await asyncio.sleep(1)
    context.user_data["paid"] = not context.user_data.get("blocked")


async def block(update, context):
    context.application.user_data[int(context.args[0])]["blocked"] = True
    await update.message.reply_text("done")
    context.application.user_data[int(context.args[0])]["told"] = True
"""


@pytest.mark.parametrize(
    ("line", "stops"),
    [("time.sleep(1)", True), ("await asyncio.sleep(1)", False), ("time.sleep(1); await asyncio.sleep(1)", False)],
)
def test_what_stops_all_chats_side_by_side_too_is_told(line: str, stops: bool) -> None:
    change = only(f"""\
import asyncio, time
from telegram.ext import Application, CommandHandler

async def wait(update, context):
    {line}
    await update.message.reply_text("Now")

app = Application.builder().token("1:A").build()
app.add_handler(CommandHandler("wait", wait))
app.run_polling()
""").change
    assert change is not None and ("`time.sleep()` (bot.py, line 5) still stops all of them" in change.why) is stops


def test_data_of_a_user_that_others_work_on_is_nobodys_own() -> None:
    register = "app.add_handler(CommandHandler('pay', pay))\n    app.add_handler(CommandHandler('block', block))"
    finding = only(HEAD + REACHES_OTHERS + BUILD.format(register=register))
    assert finding.change is None and "`pay` (" in (finding.reason or "")


def test_a_handler_that_works_with_a_text_may_run_beside_others() -> None:
    text = HEAD + ASKS.format(wait="await asyncio.sleep(3)") + BUILD.format(register=TWO)
    change = only(text).change
    assert change is not None
    assert "No handler touches anything" in change.why


def test_a_bot_without_a_rate_limiter_may_send_too_much_at_once() -> None:
    text = (HEAD + HELLO + BUILD.format(register=HANDLE)).replace(".rate_limiter(AIORateLimiter())", "")
    change = only(text).change
    assert change is not None
    assert {a.hazard for a in change.assumes} == ALWAYS | {Hazard.RESOURCES}


@pytest.mark.parametrize(
    ("chain", "processor"),
    [
        (".connection_pool_size(16)", "PerChatUpdates(16)"),
        ("", "PerChatUpdates()"),
        (".connection_pool_size(512)", "PerChatUpdates()"),
        (".request(HTTPXRequest(connection_pool_size=20))", "PerChatUpdates(20)"),
    ],
    ids=["a small pool", "the builder's pool", "a large pool", "a request object"],
)
def test_no_more_run_than_there_are_connections(chain: str, processor: str) -> None:
    text = "from telegram.request import HTTPXRequest\n" + HEAD + HELLO + BUILD.format(register=HANDLE)
    text = text.replace(".build()\n    app", f"{chain}.build()\n    app")
    finding = next(f for f in plan_of(text).findings if f.change and "side by side" in f.change.title)
    assert finding.change is not None
    assert any(f"concurrent_updates({processor})" in e.text for part in finding.change.files for e in part.edits)


@pytest.mark.parametrize("chain", [".request(HTTPXRequest())", ".request(request)", ".bot(bot)"])
def test_where_the_pool_is_not_known_nothing_is_proposed(chain: str) -> None:
    text = "from telegram.request import HTTPXRequest\n" + HEAD + HELLO + BUILD.format(register=HANDLE)
    text = text.replace(".build()\n    app", f"{chain}.build()\n    app")
    reasons = [finding.reason or "" for finding in plan_of(text).findings]
    assert any("connection" in reason for reason in reasons)


@pytest.mark.parametrize(
    ("requirement", "proposed"),
    [
        ("python-telegram-bot[rate-limiter]==20.3", False),
        ("python-telegram-bot[rate-limiter]<20.4,>=20", False),
        ("python-telegram-bot[rate-limiter]~=20.3", True),
        ("python-telegram-bot[rate-limiter]>=20.4", True),
        ("python-telegram-bot[rate-limiter]==21.*", True),
    ],
)
def test_a_release_without_processors_gets_none(requirement: str, proposed: bool) -> None:
    (finding,) = plan_of(HEAD + HELLO + BUILD.format(register=HANDLE), requirement + "\n").findings
    assert (finding.change is not None) is proposed
