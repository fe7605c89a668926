"""TGF601 on running bots: the same answers with fewer requests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from safety_cases import driving
from twin import Case, Observation, Run, Worker, telethon

from tgfix.codemods.telegram_api.request_saved import RequestSaved
from tgfix.engine import harness
from tgfix.engine.model import Hazard

FIXTURE = Path(__file__).parents[1] / "fixtures" / "request-saved"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
TELETHON = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage)
async def handle(event):
"""
PEER = """\
    friend = await client.get_entity(5)
    await client.send_message(friend, event.raw_text)
"""
PTB = """\
from telegram.ext import Application, CommandHandler


async def who(update, context):
    me = await context.bot.get_me()
    print(me.id, update.effective_user.id == (await context.bot.get_me()).id)
    await update.message.reply_text(me.username)


def build():
    app = Application.builder().token("1:A").build()
    app.add_handler(CommandHandler("who", who))
    return app
"""


def rewritten(text: str, *, unsafe: bool = True) -> str:
    """A bot after TGF601."""
    files = harness.plain({"bot.py": text})
    plan = harness.run([RequestSaved()], files, unsafe=unsafe)
    assert not plan.problems
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def open_hazards(text: str) -> set[Hazard]:
    """What is assumed of the changes in a bot."""
    plan = harness.run([RequestSaved()], harness.plain({"bot.py": text}), unsafe=True)
    return {a.hazard for finding in plan.findings if finding.change for a in finding.change.assumes}


async def three_messages(run: Run) -> None:
    with telethon.offline(run) as telegram:
        await run.module.client.connect()
        await telegram.deliver(run.module.client, [telethon.new_message("hi", n, chat=5) for n in (1, 2, 3)])
        await run.module.client.disconnect()


def requests(seen: Observation) -> dict[str, int]:
    """The requests of each kind."""
    counted: dict[str, int] = {}
    for call in seen.of("request"):
        counted[call["request"]] = counted.get(call["request"], 0) + 1
    return counted


def both(worker: Worker, text: str, scenario: Any, **arguments: Any) -> list[Observation]:
    """A run before and one after."""
    after = rewritten(text)
    assert after != text
    return [worker.run(Case(one, scenario=scenario, arguments=arguments)) for one in (text, after)]


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    assert rewritten(BEFORE) == AFTER


def test_an_event_tells_who_and_where_without_a_request(worker: Worker) -> None:
    before, after = both(worker, BEFORE, three_messages)
    assert before.stdout == after.stdout != ""
    assert before.exception is after.exception is None
    assert requests(before)["GetUsersRequest"] >= 9
    assert requests(after).get("GetUsersRequest", 0) <= 1, (
        "newer clients ask for themselves when they start to take updates"
    )
    sent = [[c for c in seen.of("request") if c["request"] == "SendMessageRequest"] for seen in (before, after)]
    assert sent[0] == sent[1] != []


def test_a_bot_knows_itself(worker: Worker) -> None:
    arguments = {"updates": ["/who", "/who"]}
    before, after = both(worker, PTB, driving.ptb_bot, **arguments)
    assert before.stdout == after.stdout != ""
    asked = [sum(call["method"] == "getMe" for call in seen.of("bot api")) for seen in (before, after)]
    assert asked == [5, 1], "the one is sent when the bot starts"
    texts = [[call for call in seen.of("bot api") if call["method"] == "sendMessage"] for seen in (before, after)]
    assert texts[0] == texts[1]


OTHERS = {
    "aiogram": """\
from aiogram import Bot, Dispatcher, Router
from aiogram.types import Message

bot = Bot("42:TOKEN")
dp = Dispatcher()
dp.include_router(router := Router())


@router.message()
async def who(message: Message, bot: Bot):
    me = await bot.get_me()
    print(me.username, (await bot.get_me()).id)
    await message.answer(message.text)
""",
    "pyrogram": """\
from pyrogram import Client, filters

app = Client("bot", bot_token="42:TOKEN", api_id=1, api_hash="hash")


@app.on_message(filters.text)
async def who(client: Client, message):
    me = await client.get_me()
    print(me.username, (await client.get_me()).id)
    await message.reply(message.text)
""",
}


async def others(run: Run, library: str) -> None:
    """Two messages for a bot of another library."""
    if library == "aiogram":
        from twin import aiogram

        with aiogram.offline(run):
            await aiogram.feed(run.module.dp, run.module.bot, ["hi", "ho"])
        return
    from unittest import mock

    import pyrogram as library_itself
    from twin import pyrogram

    async def get_me(client: Any) -> object:
        run.record("request", request="GetMe")
        return client.me

    with pyrogram.offline(run), mock.patch.object(library_itself.Client, "get_me", get_me):
        await pyrogram.feed(run.module.app, ["hi", "ho"])


@pytest.mark.slow
@pytest.mark.parametrize(("library", "asked"), [("aiogram", [4, 1]), ("pyrogram", [4, 0])])
def test_a_bot_of_another_library_knows_itself(worker: Worker, library: str, asked: list[int]) -> None:
    runs = both(worker, OTHERS[library], others, library=library)
    assert all(seen.exception is None for seen in runs), runs
    assert runs[0].stdout == runs[1].stdout == "the_bot 42\nthe_bot 42\n"
    calls = [[c.get("method") or c["request"] for c in (*s.of("bot api"), *s.of("request"))] for s in runs]
    assert [names.count("GetMe") for names in calls] == asked
    sent = [[name for name in names if name != "GetMe"] for names in calls]
    assert sent[0] == sent[1] and len(sent[0]) == 2


@pytest.mark.parametrize(
    ("body", "hazards"),
    [
        ("    print((await event.client.get_me()).id)\n", set()),
        ("    print((await event.client.get_entity(event.chat_id)).megagroup)\n", set()),
        ("    print((await event.client.get_entity(event.chat_id)).title)\n", {Hazard.IDENTITY}),
        (
            "    chat = await event.client.get_entity(event.chat_id)\n    print(chat.participants_count)\n",
            {Hazard.IDENTITY},
        ),
        ("    chat = await event.client.get_entity(event.chat_id)\n    print(chat)\n", {Hazard.IDENTITY}),
        ("    print((await client.get_entity(event.chat_id)).megagroup)\n", {Hazard.WIRE}),
        (
            "    try:\n        print((await event.client.get_me()).id)\n    except OSError:\n        print('offline')\n",
            {Hazard.ERRORS},
        ),
        (PEER, {Hazard.ERRORS}),
    ],
    ids=[
        "one's own id",
        "whether it is a group",
        "a title, which may be changed meanwhile",
        "a number that updates do not tell",
        "all of a chat",
        "a client that may be another one",
        "a request that is made to see whether it fails",
        "a peer",
    ],
)
def test_what_is_assumed_of_a_saved_request(body: str, hazards: set[Hazard]) -> None:
    assert open_hazards(TELETHON + body) == (hazards or {Hazard.ORDERING})


@pytest.mark.parametrize(
    "change",
    [
        "class Quiet(TelegramClient):\n    async def get_me(self, input_peer=False):\n        return None\n",
        "client.get_me = None\n",
    ],
    ids=["a method of the project's own", "something in its place"],
)
def test_a_method_that_may_be_another_one_is_assumed_to_be_the_librarys(change: str) -> None:
    text = TELETHON.replace("\n\n@", f"\n{change}\n\n@") + "    print((await event.client.get_me()).id)\n"
    assert open_hazards(text) == {Hazard.IDENTITY}


LEFT_BEFORE = """\
from telegram.ext import Application

known = None


async def who(update, context):
    global known
    if {test}:
        return known
    me = await context.bot.get_me()
    {keep} = me.username
    return me.username
"""
KEPT = """\
from telegram.ext import Application


async def who(update, context):
    if {test}:
        me = await context.bot.get_me()
        {keep} = me.username
"""


@pytest.mark.parametrize(
    "text",
    [
        TELETHON + "    print(await event.client.get_me(input_peer=True))\n",
        "from telethon import TelegramClient\nclient = TelegramClient('a', 1, 'b')\nasync def main():\n    me = await client.get_me()\n"
        "    print(me.id)\nclient.loop.run_until_complete(main())\n",
        "async def handle(event):\n    me = await event.api.get_me()\n    print(me.id)\n",
        KEPT.format(test='"name" not in context.bot_data', keep='context.bot_data["name"]'),
        KEPT.format(test="not context.bot.known", keep="context.bot.known"),
        "known = None\n"
        + KEPT.format(test="known is None", keep="known").replace("    if", "    global known\n    if"),
        LEFT_BEFORE.format(test="known is not None", keep="known"),
        LEFT_BEFORE.format(test="known", keep="known"),
        LEFT_BEFORE.format(test='"name" in context.bot_data', keep='context.bot_data["name"]'),
    ],
    ids=[
        "saved already",
        "asked once",
        "another library",
        "kept in a dict",
        "kept as an attribute",
        "kept in a variable",
        "returned where it is there",
        "returned where it is no empty one",
        "returned from a dict",
    ],
)
def test_what_saves_nothing_is_no_finding(text: str) -> None:
    assert not harness.run([RequestSaved()], harness.plain({"bot.py": text}), unsafe=True).findings


def test_what_is_not_kept_is_a_finding() -> None:
    others = [KEPT.format(test="not update.args", keep="update.name"), KEPT.format(test="me is None", keep="me")]
    others += [LEFT_BEFORE.format(test=test, keep="known") for test in ("known is None", "update.args")]
    for text in (*others, LEFT_BEFORE.format(test="known", keep="context.known")):
        assert harness.run([RequestSaved()], harness.plain({"bot.py": text}), unsafe=True).findings


def test_beside_a_conversation_a_request_is_no_matter() -> None:
    text = TELETHON + (
        "    print((await event.client.get_me()).id)\n    async with event.client.conversation(5) as talk:\n"
        "        await talk.get_response()\n"
    )
    (finding,) = harness.run([RequestSaved()], harness.plain({"bot.py": text}), unsafe=True).findings
    assert finding.reason == "nobody feels a tenth of a second: the conversation of line 9 waits for answers"
