"""TGF606: what is only pointed at, where it is seen and where it is not."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

from tgfix.codemods.telegram_api.by_hand import ByHand
from tgfix.engine import harness

LOOP = """\
import asyncio

import telegram

loop = asyncio.get_event_loop()
loop.run_until_complete(main())
"""
SESSION = """\
from telethon import TelegramClient

client = TelegramClient("bot", 1, "hash")
"""
TASK = """\
import asyncio

import telegram


async def start(update, context):
    asyncio.create_task(work())
"""


def told(files: dict[str, str]) -> list[str]:
    """What stands before the colon of each finding's message."""
    plan = harness.run([ByHand()], harness.plain(files), unsafe=True)
    assert not plan.problems
    return [finding.message.partition(":")[0] for finding in plan.findings]


def test_the_places_of_a_file_come_in_their_order() -> None:
    assert told({"bot.py": TASK + "\n\n" + SESSION}) == [
        "a task that nobody keeps",
        "a session file that others may read",
    ]


@pytest.mark.parametrize(
    "files",
    [
        {"bot.py": LOOP, "other.py": "import asyncio\n\nasyncio.set_event_loop(asyncio.new_event_loop())\n"},
        {"bot.py": LOOP.replace("loop.run_until_complete(main())", "print(loop)")},
        {"bot.py": LOOP.replace("import telegram", "import json")},
        {"bot.py": SESSION, "start.py": "import os\n\nos.umask(0o077)\n"},
        {"bot.py": SESSION.replace('"bot"', "None")},
        {"bot.py": TASK.replace("asyncio.create_task", "context.application.create_task")},
        {"bot.py": TASK.replace("asyncio.create_task", "group.create_task")},
        {"bot.py": "import telegram\n", "tests/test_bot.py": TASK},
    ],
    ids=[
        "a loop that is set",
        "a loop that nobody starts here",
        "no bot",
        "a mask",
        "a session in memory",
        "an application keeps its tasks",
        "a group keeps its tasks",
        "a test",
    ],
)
def test_what_does_no_harm_is_no_finding(files: dict[str, str]) -> None:
    assert told(files) == []


def test_a_report_names_each_kind_by_itself(tmp_path: Path) -> None:
    from test_report import report_on

    report = report_on(tmp_path, bot=TASK + "\n\n" + SESSION)
    named = {b.title: b.mend for b in report.others if b.key == "TGF606"}
    assert list(named) == ["A task that nobody keeps", "A session file that others may read"]
    assert named["A task that nobody keeps"].startswith("1 by hand: keep it until it is done")


def test_a_dry_run_counts_it_and_says_who_lists_it(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(SESSION)
    shown = tgfix("apply", "--dry-run", "--no-cache", ".", cwd=tmp_path).out.decode()
    assert "1 place to mend by hand: `tgfix check --all --select TGF606`" in shown and "chmod" not in shown
    assert b"chmod" in tgfix("check", "--all", "--select", "TGF606", "--no-cache", ".", cwd=tmp_path).out
