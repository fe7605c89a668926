"""TGF602 on running bots: the same messages are gone after fewer requests, also where some may not be deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twin import Case, Run, Worker, ptb, telethon

from tgfix.codemods.telegram_api.delete_in_bulk import DeleteInBulk
from tgfix.engine import harness

FIXTURE = Path(__file__).parents[1] / "fixtures" / "delete-in-bulk"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
#: Numbers of messages that Telegram does not delete.
REFUSED = (1010, 1020, 1240)


def rewritten(text: str, requirements: str = "python-telegram-bot==22.5\n") -> str:
    """A bot after TGF602."""
    files = harness.plain({"bot.py": text, "requirements.txt": requirements})
    plan = harness.run([DeleteInBulk()], files, unsafe=True)
    assert not plan.problems
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    assert rewritten(BEFORE) == AFTER


async def say_and_tidy(run: Run, refused: tuple[int, ...]) -> list[int]:
    """What is deleted in the end, where Telegram refuses some messages."""
    gone: set[int] = set()

    def one(parameters: dict[str, Any]) -> object:
        return many({"message_ids": [parameters["message_id"]]})

    def many(parameters: dict[str, Any]) -> object:
        import json

        asked = parameters["message_ids"]
        numbers = json.loads(asked) if isinstance(asked, str) else asked
        if set(numbers) & set(refused):
            return ptb.Failure(400, "Message can't be deleted")
        gone.update(numbers)
        return True

    answers = {"deleteMessage": one, "deleteMessages": many}
    with ptb.offline(run, answers=answers, watch=()) as telegram:
        await telegram.feed(run.module.build(), [ptb.message("/say"), ptb.message("/tidy")])
    return sorted(gone)


@pytest.mark.parametrize(
    ("refused", "requests"), [((), (250, 3)), (REFUSED, (250, 153))], ids=["all may be deleted", "some may not"]
)
def test_the_same_messages_are_gone(worker: Worker, refused: tuple[int, ...], requests: tuple[int, int]) -> None:
    gone, asked, said = [], [], []
    for text in (BEFORE, AFTER):
        seen = worker.run(Case(text, scenario=say_and_tidy, arguments={"refused": refused}))
        assert seen.exception is None
        gone.append(seen.result)
        calls = seen.of("bot api")
        asked.append(sum(call["method"].startswith("deleteMessage") for call in calls))
        said.append([call for call in calls if call["method"] == "sendMessage"])
    assert gone[0] == gone[1]
    assert len(gone[0]) == 250 - len(refused)
    assert tuple(asked) == requests
    assert said[0] == said[1]


async def flooded(run: Run) -> None:
    """Telegram wants a rest from the first message on."""
    from telegram.error import RetryAfter

    answers = {"deleteMessage": RetryAfter(30), "deleteMessages": RetryAfter(30)}
    with ptb.offline(run, answers=answers, watch=()) as telegram:
        await telegram.feed(run.module.build(), [ptb.message("/say"), ptb.message("/tidy")])


def test_a_flood_wait_ends_it(worker: Worker) -> None:
    seen = [worker.run(Case(text, scenario=flooded)) for text in (BEFORE, AFTER)]
    asked = [sum(call["method"].startswith("deleteMessage") for call in one.of("bot api")) for one in seen]
    assert asked == [250, 1]
    assert all(one.exception is None and one.of("bot api")[-1]["method"] == "sendMessage" for one in seen)


TELETHON = """\
from telethon import TelegramClient

client = TelegramClient("bot", 1, "hash")


async def purge(chat):
    async for message in client.iter_messages(chat):
        await message.delete()
"""


async def purge(run: Run, messages: int, refused: int) -> list[Any]:
    """What is deleted of a chat with so many messages, and what is raised where one of them may not be."""
    gone: list[int] = []

    with telethon.offline(run) as telegram:
        plausible = telegram.answers.get("DeleteMessagesRequest")

        def delete(request: object) -> object:
            from telethon import types

            if refused in request.id:  # type: ignore[attr-defined]
                raise telethon.rpc_error("MESSAGE_DELETE_FORBIDDEN")
            gone.extend(request.id)  # type: ignore[attr-defined]
            return types.messages.AffectedMessages(1, len(request.id))  # type: ignore[attr-defined]

        assert plausible is None
        telegram.answers["DeleteMessagesRequest"] = delete
        telegram.history = telethon.history(messages)
        await run.module.client.connect()
        from telethon import types

        error = ""
        try:
            await run.module.purge(types.InputPeerUser(5, 5))
        except Exception as raised:
            error = type(raised).__name__
        await run.module.client.disconnect()
    return [sorted(gone), error]


SWALLOWED = "        try:\n            await message.delete()\n        except Exception:\n            pass\n"


@pytest.mark.parametrize(
    ("body", "messages", "refused", "requests", "kept"),
    [
        ("", 250, 0, [250, 3], [0, 0]),
        ("", 0, 0, [0, 0], [0, 0]),
        ("", 50, 20, [31, 1], [20, 50]),
        (SWALLOWED, 250, 0, [250, 3], [0, 0]),
        (SWALLOWED, 250, 170, [250, 103], [1, 1]),
    ],
    ids=[
        "a long chat",
        "an empty one",
        "one may not be deleted",
        "errors are swallowed",
        "one that may not be deleted is",
    ],
)
def test_a_chat_is_purged_in_parts_of_a_hundred(
    worker: Worker, body: str, messages: int, refused: int, requests: list[int], kept: list[int]
) -> None:
    text = TELETHON.replace("        await message.delete()\n", body) if body else TELETHON
    arguments = {"messages": messages, "refused": refused}
    seen = [worker.run(Case(one, scenario=purge, arguments=arguments)) for one in (text, rewritten(text))]
    assert seen[0].exception is seen[1].exception is None
    assert [messages - len(one.result[0]) for one in seen] == kept
    assert seen[0].result[1] == seen[1].result[1] == ("" if body or not refused else "MessageDeleteForbiddenError")
    asked = [sum(call["request"] == "DeleteMessagesRequest" for call in one.of("request")) for one in seen]
    assert asked == requests


@pytest.mark.parametrize(
    ("taken", "written"),
    [("numbers", "list(numbers)"), ("list", "[one for one in list]")],
    ids=["numbers", "a name that hides a function"],
)
def test_numbers_become_a_list(taken: str, written: str) -> None:
    loop = f"\n\nasync def tidy(chat, {taken}):\n    for one in {taken}:\n        await client.delete_messages(chat, one)\n"
    assert f"    await client.delete_messages(chat, {written})\n" in rewritten(TELETHON + loop)


LOOP = "from telegram.ext import Application\nasync def tidy(update, context):\n    for n in numbers():\n"


@pytest.mark.parametrize(
    "body",
    [
        "        await context.bot.delete_message(1, n)\n        print(n)\n",
        "        await context.bot.delete_message(1, 5)\n",
        "        await context.bot.delete_message(1, n, read_timeout=5)\n",
        "        await context.bot.delete_message(1, number_of(n))\n",
    ],
    ids=["more than deleting", "the same one each time", "a time of its own", "a call for each"],
)
def test_what_does_more_than_to_delete_is_no_finding(body: str) -> None:
    files = harness.plain({"bot.py": LOOP + body})
    assert not harness.run([DeleteInBulk()], files, unsafe=True).findings


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("        try:\n            await context.bot.delete_message(1, n)\n        except Exception:\n            failed.append(n)\n",
         "what happens when one of them"),
        ("        try:\n            await context.bot.delete_message(1, n)\n        except:\n            pass\n", "what happens when"),
        ("        await context.bot.delete_message(n, n)\n", "several chats"),
        ("        await context.bot.delete_message(chat(), n)\n", "asked for each time"),
        ("        await context.bot.delete_message(1, n)\n    print(n)\n", "used elsewhere"),
        ("        # one by one\n        await context.bot.delete_message(1, n)\n", "comments"),
        ("        await context.bot.delete_message(1, n)\n\n        # print(n)\n", "comments at its end"),
    ],
    ids=["failures that are kept", "a bare except", "several chats", "a chat that is asked for", "the last one", "a comment",
         "a comment behind it"],
)  # fmt: skip
def test_why_a_loop_stays(body: str, reason: str) -> None:
    (finding,) = harness.run([DeleteInBulk()], harness.plain({"bot.py": LOOP + body}), unsafe=True).findings
    assert finding.reason is not None
    assert reason in finding.reason


GIVEN = """\
from telegram.ext import Application, CommandHandler, ContextTypes


async def tidy(context: ContextTypes.DEFAULT_TYPE, numbers=()):
    for number in numbers:
        await context.bot.delete_message(1, number)


async def start(update, context):
    await tidy(context, {first})
    await tidy(context, {second})


Application.builder().token("1:A").build().add_handler(CommandHandler("start", start))
"""


@pytest.mark.parametrize(
    ("first", "second", "found"),
    [("[1, 2]", "(update.message.id,)", 0), ("[1, 2]", "context.chat_data", 1), ("[1, 2]", "[*context.chat_data]", 1)],
    ids=["few in all", "many in one", "many in a list"],
)
def test_a_function_that_is_given_a_few_is_no_finding(first: str, second: str, found: int) -> None:
    files = harness.plain({"bot.py": GIVEN.format(first=first, second=second)})
    assert len(harness.run([DeleteInBulk()], files, unsafe=True).findings) == found
