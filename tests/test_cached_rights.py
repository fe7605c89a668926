"""TGF605 on running bots: rights are asked for once in half a minute, errors are not kept, and it is off unless it is selected."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from command import tgfix
from twin import Case, Observation, Run, Worker, ptb, telethon

from tgfix.codemods import load_codemods
from tgfix.codemods.telegram_api.by_hand import ByHand
from tgfix.codemods.telegram_api.cached_rights import CachedRights
from tgfix.engine import harness
from tgfix.engine.model import Hazard
from tgfix.engine.run.plan import Plan
from tgfix.engine.sources.config import select_codemods

FIXTURE = Path(__file__).parents[1] / "fixtures" / "cached-rights"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
TELETHON = """\
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")


@client.on(events.NewMessage)
async def hello(event):
    rights = await client.get_permissions(event.chat_id, event.sender_id)
    if rights.is_admin:
        print("boss")
"""
AIOGRAM = """\
from aiogram import Bot, Dispatcher, Router
from aiogram.types import Message

bot = Bot("42:TOKEN")
dp = Dispatcher()
dp.include_router(router := Router())


@router.message()
async def hello(message: Message, bot: Bot):
    asking = await bot.get_chat_member(message.chat.id, message.from_user.id)
    print("boss" if asking.status in ("administrator", "creator") else asking.status)
"""
PYROGRAM = """\
from pyrogram import Client, filters

app = Client("bot", bot_token="42:TOKEN", api_id=1, api_hash="hash")


@app.on_message(filters.text)
async def hello(client: Client, message):
    asking = await client.get_chat_member(message.chat.id, message.from_user.id)
    print("boss" if asking.status.name in ("ADMINISTRATOR", "OWNER") else asking.status)
"""


def planned(text: str, **others: str) -> Plan:
    """What TGF605 plans for a bot, beside which other files lie."""
    names = {name.replace("_", ".", 1): content for name, content in others.items()}
    plan = harness.run([CachedRights()], harness.plain({"bot.py": text, **names}), unsafe=True)
    assert not plan.problems
    return plan


def rewritten(text: str) -> str:
    """A bot after TGF605."""
    (changed,) = planned(text).files
    return changed.after.decode()


def reason(text: str, **others: str) -> str:
    """Why the one place of a bot is left alone."""
    (finding,) = planned(text, **others).findings
    assert finding.change is None and finding.reason is not None
    return finding.reason


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    assert rewritten(BEFORE) == AFTER


# What runs


async def rights(run: Run, updates: list[str], failing: int = 0, how: str = "sequence") -> None:
    """Messages of an administrator; the first `failing` questions for his rights get an error."""
    member = {"status": "creator", "is_anonymous": False, "user": {"id": 5, "is_bot": False, "first_name": "U"}}
    errors = [ptb.Failure(400, "Chat not found")] * failing
    answers = {"getChatMember": lambda parameters: errors.pop() if errors else member}
    with ptb.offline(run, answers=answers, watch=()) as telegram:
        await telegram.feed(run.module.build(), [ptb.message(text) for text in updates], how)


async def in_a_group(run: Run, updates: list[str]) -> None:
    """The same for Telethon's client, in a group of which the sender is the owner."""
    from telethon import types

    made = telethon._made
    chat = made(
        types.Chat, id=7, title="G", photo=types.ChatPhotoEmpty(), participants_count=1, date=telethon.DATE, version=1
    )
    owner = made(types.ChatParticipantCreator, user_id=5)
    members = made(types.ChatParticipants, chat_id=7, participants=[owner], version=1)
    full = made(types.ChatFull, id=7, about="", participants=members, notify_settings=types.PeerNotifySettings())
    answers = {
        "GetChatsRequest": types.messages.Chats([chat]),
        "GetFullChatRequest": types.messages.ChatFull(full, [chat], [telethon.user(5)]),
    }
    with telethon.offline(run, answers=answers) as telegram:
        client = run.module.client
        await client.connect()
        telethon.meet(client, telethon.user(5), chat)
        for number, text in enumerate(updates, 1):
            said = types.Message(
                id=number,
                peer_id=types.PeerChat(7),
                from_id=types.PeerUser(5),
                message=text,
                date=telethon.DATE,
                out=False,
            )
            await telegram.deliver(client, [types.UpdateNewMessage(said, pts=number, pts_count=1)])
        await client.disconnect()


async def of_another_library(run: Run, library: str, updates: list[str]) -> None:
    """The same for aiogram and Pyrogram, which are told by their own objects."""
    from types import SimpleNamespace
    from unittest import mock

    async def told(client: object, chat: int, user: int) -> object:
        run.record("request", request="GetChatMember", chat=chat, user=user)
        await asyncio.sleep(0)
        return SimpleNamespace(status="creator" if library == "aiogram" else SimpleNamespace(name="OWNER"))

    if library == "aiogram":
        import aiogram as itself
        from twin import aiogram as twin

        with twin.offline(run), mock.patch.object(itself.Bot, "get_chat_member", told):
            await twin.feed(run.module.dp, run.module.bot, updates)
        return
    import pyrogram
    from twin import pyrogram as of_pyrogram

    with of_pyrogram.offline(run), mock.patch.object(pyrogram.Client, "get_chat_member", told):
        await of_pyrogram.feed(run.module.app, updates)


def both(worker: Worker, text: str, scenario: Any, **arguments: Any) -> list[Observation]:
    """A run before and one after."""
    return [worker.run(Case(one, scenario=scenario, arguments=arguments)) for one in (text, rewritten(text))]


def asked(seen: Observation) -> int:
    """How many requests asked for rights."""
    calls = [call.get("method") or call["request"] for call in (*seen.of("bot api"), *seen.of("request"))]
    return len([name for name in calls if name not in ("sendMessage", "SendMessageRequest", "getMe")])


def said(seen: Observation) -> list[Any]:
    """What is sent."""
    calls = (*seen.of("bot api"), *seen.of("request"))
    return [call for call in calls if (call.get("method") or call["request"]) in ("sendMessage", "SendMessageRequest")]


@pytest.mark.parametrize("how", ["sequence", "together"])
def test_who_writes_again_is_not_asked_about_again(worker: Worker, how: str) -> None:
    before, after = both(worker, BEFORE, rights, updates=["one", "two", "three"], how=how)
    assert before.exception is after.exception is None
    assert (asked(before), asked(after)) == (3, 1)
    assert said(before) == said(after) and len(said(after)) == 3


def test_an_error_is_not_kept(worker: Worker) -> None:
    before, after = both(worker, BEFORE, rights, updates=["one", "two", "three"], failing=1)
    assert (asked(before), asked(after)) == (3, 2)
    assert said(before) == said(after) and len(said(after)) == 2


def test_an_answer_is_kept_for_its_time_only(worker: Worker) -> None:
    wait = "    asking = await asked_lately"
    text = rewritten(BEFORE).replace("ttl=30", "ttl=0.01").replace(wait, f"    await asyncio.sleep(0.05)\n{wait}")
    seen = worker.run(Case(f"import asyncio\n{text}", scenario=rights, arguments={"updates": ["one", "two"]}))
    assert (seen.exception, asked(seen), len(said(seen))) == (None, 2, 2)


def test_telethons_permissions_are_asked_for_once(worker: Worker) -> None:
    before, after = both(worker, TELETHON, in_a_group, updates=["one", "two", "three"])
    assert before.exception is after.exception is None
    assert asked(before) - asked(after) == 4, "two requests less for each message but the first"
    assert before.stdout == after.stdout == "boss\n" * 3


@pytest.mark.slow
@pytest.mark.parametrize(("library", "text"), [("aiogram", AIOGRAM), ("pyrogram", PYROGRAM)])
def test_rights_in_another_library_are_asked_for_once(worker: Worker, library: str, text: str) -> None:
    before, after = both(worker, text, of_another_library, library=library, updates=["one", "two", "three"])
    assert before.exception is after.exception is None
    assert before.stdout == after.stdout == "boss\n" * 3
    assert (asked(before), asked(after)) == (3, 1)


# What is assumed, and what stays


def test_it_is_never_safe() -> None:
    for text in (BEFORE, TELETHON):
        (finding,) = planned(text).findings
        assert finding.change
        assert {a.hazard for a in finding.change.assumes} == {Hazard.STALENESS, Hazard.ORDERING, Hazard.ENVIRONMENT}


@pytest.mark.parametrize(
    ("declared", "added"),
    [
        ("python-telegram-bot==22.5\n", "python-telegram-bot==22.5\nasync-lru>=2.0\n"),
        ("async-lru==2.0.5\n", None),
    ],
    ids=["it is not declared", "it is declared"],
)
def test_the_package_is_added_where_it_is_not_declared(declared: str, added: str | None) -> None:
    files = {file.path.name: file.after.decode() for file in planned(BEFORE, requirements_txt=declared).files}
    assert files.get("requirements.txt") == added


def test_a_project_that_keeps_an_older_release_stays() -> None:
    assert "older than 2.0" in reason(BEFORE, requirements_txt="async-lru==1.0.3\n")


ASKS = "context.bot.get_chat_member(update.effective_chat.id, update.effective_user.id)"


@pytest.mark.parametrize(
    ("text", "others", "why"),
    [
        (BEFORE, {"guard_py": "async def out(chat, user):\n    await chat.ban_member(user)\n"}, "guard.py has `ban_member`"),
        (BEFORE, {"guard_py": "async def out(app):\n    await app.kick_chat_member(1, 2)\n"}, "guard.py has `kick_chat_member`"),
        (BEFORE.replace("reply_text", "pin"), {}, "bot.py has `pin`"),
        (BEFORE.replace('reply_text("Hello, boss")', "delete()"), {}, "bot.py has `delete`"),
        (BEFORE.replace('"creator"', '"creator", "member"'), {}, "may have joined"),
        (BEFORE.replace("update.effective_user.id", "context.bot.id"), {}, "its own rights"),
        (BEFORE.replace("update.effective_user.id", "context.user_data['who']"), {}, "need not be a number"),
        (TELETHON.replace("if rights.is_admin", "if is_admin(rights)"), {}, "handed on"),
        (TELETHON.replace("rights.is_admin:", "rights.is_admin and rights.refresh():"), {}, "handed on"),
        (BEFORE.replace("def build", "def asked_lately():\n    pass\n\n\ndef build"), {}, "asked_lately is taken"),
    ],
    ids=[
        "somebody is banned in another file",
        "somebody is kicked in another file",
        "a message is pinned by it",
        "a message is deleted by it",
        "whether somebody has joined",
        "the bot's own",
        "a user out of a collection",
        "an answer that is handed on",
        "a method of the answer",
        "a name that is taken",
    ],
)  # fmt: skip
def test_why_a_question_stays(text: str, others: dict[str, str], why: str) -> None:
    assert why in reason(text, **others)


# Off unless it is selected


def test_only_its_whole_code_or_name_selects_it() -> None:
    codemods = load_codemods()

    def on(*select: str, ignore: tuple[str, ...] = ()) -> bool:
        return "TGF605" in [codemod.code for codemod in select_codemods(codemods, select, ignore)]

    assert not any(on(*select) for select in ((), ("ALL",), ("TGF6",), ("TGF60",), ("TGF601",)))
    assert all(on(*select) for select in (("TGF605",), ("ALL", "TGF605"), ("cached-rights",), ("tgf605",)))
    assert not on("TGF605", ignore=("TGF605",))


def test_a_list_says_that_it_is_off(tmp_path: Path) -> None:
    (line,) = [line for line in tgfix("list", cwd=tmp_path).out.decode().splitlines() if line.startswith("TGF605")]
    assert line.endswith("(off unless selected)")


def test_its_places_are_listed_once(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BEFORE)

    def told(select: str) -> list[bytes]:
        out = tgfix("check", "--all", "--format", "concise", "--no-cache", "--select", select, ".", cwd=tmp_path).out
        return [line.split(b": ")[1].split()[0] for line in out.splitlines() if b"get" in line or b"rights" in line]

    assert told("ALL") == [b"TGF606"]
    assert told("ALL,TGF605") == [b"TGF605"]


def test_a_right_to_ban_is_no_ban() -> None:
    assert planned(
        BEFORE, guard_py="def may(member):\n    return member.can_restrict_members or member.can_pin_messages\n"
    ).files


def test_what_bans_is_no_place_to_mend_by_hand() -> None:
    files = {"bot.py": BEFORE, "guard.py": "async def out(chat, user):\n    await chat.ban_member(user)\n"}
    assert [
        len(harness.run([ByHand()], harness.plain(f), unsafe=True).findings) for f in ({"bot.py": BEFORE}, files)
    ] == [1, 0]
