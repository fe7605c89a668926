"""Which places the owner of a bot alone reaches."""

from __future__ import annotations

import pytest
from analysis import calls, module

from tgfix.engine.analysis.owner import only_the_owner_comes

HEAD = """\
from telethon import TelegramClient, events

OWNER_ID = 1
client = TelegramClient("bot", 1, "hash")


def command(**given):
    given["outgoing"] = True
    return client.on(events.NewMessage(**given))


"""


@pytest.mark.parametrize(
    ("code", "only"),
    [
        ("@client.on(events.NewMessage(outgoing=True))\nasync def stats(event):\n    ask()", True),
        ("@client.on(events.NewMessage(incoming=True))\nasync def stats(event):\n    ask()", False),
        ("@client.on(events.NewMessage(from_users=OWNER_ID))\nasync def stats(event):\n    ask()", True),
        ("@command(pattern='stats')\nasync def stats(event):\n    ask()", True),
        (
            "@client.on(events.NewMessage(outgoing=True))\n@client.on(events.NewMessage(pattern='stats'))\n"
            "async def stats(event):\n    ask()",
            False,
        ),
        ("@command(incoming=True)\nasync def stats(event):\n    ask()", False),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if not is_owner(event):\n        return\n    ask()",
            True,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if is_owner(event):\n        return\n    ask()",
            False,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if event.is_group or is_owner(event):\n        return\n    ask()",
            False,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if event.is_group or not is_owner(event):\n"
            "        return\n    ask()",
            True,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if event.is_group and event.sender_id != OWNER_ID:\n"
            "        return\n    ask()",
            False,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if event.sender_id == OWNER_ID:\n        ask()",
            True,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if event.sender_id != OWNER_ID:\n        ask()",
            False,
        ),
        (
            "@client.on(events.NewMessage)\nasync def stats(event):\n    if task.owner_id != event.sender_id:\n        return\n    ask()",
            False,
        ),
    ],
)
def test_a_place_that_only_the_owner_reaches(code: str, only: bool) -> None:
    bot = module(HEAD + code + "\n")
    assert only_the_owner_comes(bot, calls(bot, "ask")[0]) is only


@pytest.mark.parametrize(("other", "only"), [("outgoing=True", True), ("incoming=True", False)])
def test_a_function_of_several_handlers(other: str, only: bool) -> None:
    bot = module(
        f"{HEAD}async def count():\n    ask()\n\n\n@client.on(events.NewMessage(outgoing=True))\nasync def one(event):\n    await count()\n"
        f"\n\n@client.on(events.NewMessage({other}))\nasync def two(event):\n    await count()\n"
    )
    assert only_the_owner_comes(bot, calls(bot, "ask")[0]) is only
