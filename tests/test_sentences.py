"""What an owner reads of a change: sentences that name things, what is alike said once, what is worth most first."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from analysis import ROOT, project
from command import tgfix

BOT = """\
import time
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
seen = {}


@client.on(events.NewMessage)
async def count(event):
    seen["n"] = 1
    time.sleep(1)
    print(seen["n"])


@client.on(events.NewMessage)
async def again(event):
    seen["n"] = 1
    time.sleep(2)
    print(seen["n"])


@client.on(events.NewMessage)
async def more(event):
    seen["n"] = 1
    time.sleep(3)
    print(seen["n"])


client.run_until_disconnected()
"""


#: What comes behind the pause is changed there, so that the order of updates matters, too.
CHANGING = BOT.replace('print(seen["n"])', 'seen["n"] = 2')


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("client.send_message(chat, text)", "client.send_message(chat, text)"),
        ("client.send_message(chat, 'a text that is longer than a line of a sentence')", "client.send_message(…)"),
        ("requests.get('https://example.org/' + word, timeout=30).json()", "requests.get(…).json()"),
        ("await event.edit('`a quote of code`')", "await event.edit(…)"),
        ("load(\n    name,\n    folder,\n)", "load(name, folder)"),
        (
            "settings.folder_for_downloads_of_the_bot + '/' + name_of_a_file",
            "(settings.folder_for_downloads_of_the_bot",
        ),
    ],
)
def test_code_in_a_sentence_is_cut_between_its_parts(code: str, shown: str) -> None:
    module = project(bot=f"async def f():\n    {code}\n").module(ROOT / "bot.py")
    (statement,) = module.all(ast.Expr)
    found = module.shown(statement.value)
    assert found == shown or (shown.startswith("(") and found.startswith(shown[1:]))
    assert "`" not in found and "\n" not in found


def test_a_sentence_names_both_places_once(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    told = tgfix("check", "-v", "--select", "TGF501", cwd=tmp_path).text
    assert "other code of the bot may run between changing `seen` (line 10) and reading `seen` (line 12)" in told
    assert not re.search(r"behind it|of which nothing|is called, where", told)


def test_places_that_are_alike_are_one_line_with_what_they_cost(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    told = " ".join(tgfix("check", "--select", "TGF501", cwd=tmp_path).text.split())
    assert told.startswith(
        "bot.py:11:5 TGF501 async-sleep [unsafe] Await asyncio.sleep(): 3 places, lines 11, 18 and 25"
    )
    assert "(1 to 3 seconds; assumes `" in told and told.count("TGF501") == 1
    lines = tgfix("check", "--select", "TGF501", "--format", "concise", cwd=tmp_path).text.splitlines()
    assert len([line for line in lines if " TGF501 " in line]) == 3


def test_what_alike_changes_assume_is_said_once_and_the_rare_first(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(CHANGING.replace("time.sleep(1)", "time.sleep(delay)"))
    told = tgfix("apply", "--dry-run", "--select", "TGF501", cwd=tmp_path).text
    assert told.count("may run between changing `seen` and changing `seen`") == 1, "of two changes"
    assert told.count("may overtake this one before changing `seen`") == 2
    assert re.findall(r"assumes `(\w+)`", told)[-3:] == ["errors", "interleaving", "ordering"]


def test_what_most_changes_assume_is_said_once_for_the_codemod(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(CHANGING)
    comment = tgfix("apply", "--dry-run", "--select", "TGF501", "--format", "markdown", cwd=tmp_path).text
    assert comment.count("a later update may overtake this one") == 1
    assert comment.count("- as most changes of TGF501: `ordering`") == 3
    assert comment.count("other code of the bot may run between changing `seen`") == 3, "these name other lines"


def test_what_is_worth_most_comes_first(tmp_path: Path) -> None:
    handler = "\n\n@client.on(events.NewMessage)\nasync def {}(event):\n    time.sleep({})\n"
    (tmp_path / "a.py").write_text(BOT.partition("seen")[0] + handler.format("short", 0.01))
    (tmp_path / "b.py").write_text(BOT.partition("seen")[0] + handler.format("long", 30))
    told = tgfix("check", "--select", "TGF501", cwd=tmp_path).text
    assert told.index("b.py:9") < told.index("a.py:9") and "(30 seconds" in told
