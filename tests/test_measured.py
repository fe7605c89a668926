"""Measuring in the service of other commands: `apply --verify-measure`, and what `report` tells of a measurement."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import tgfix
from measured import bot
from reviewing import install_codemods

from tgfix.engine.report.measured import Measured, Stalled, load, save

BOT = """\
import time

from telegram.ext import Application, CommandHandler

loud = str


async def remind(update, context):
    time.sleep(1)
    await update.message.reply_text(loud("tea"))


application = Application.builder().token("1:A").concurrent_updates(True).build()
application.add_handler(CommandHandler("remind", remind))
application.run_polling()
"""
STALLED = Measured(
    1, [["stalls in all", "1,001 ms", "0 ms"]], [Stalled("/remind", 1.001, 0.0, ["bot.py:9", "bot.py:30"])], 0, 3
)


@pytest.mark.slow
def test_a_change_with_which_the_bot_does_something_else_is_taken_back(tmp_path: Path) -> None:
    directory = tmp_path / "bot"
    directory.mkdir()
    bot(directory, BOT)
    arguments = ("--unsafe-fixes", "--select=TGF501,TGF991", "--verify-measure", "--yes")
    result = tgfix("apply", *arguments, cwd=directory, PYTHONPATH=install_codemods(tmp_path))
    text = (directory / "bot.py").read_text()
    assert result.code == 2 and "await asyncio.sleep(1)" in text and 'loud("tea")' in text and "shout" not in text
    assert "bot.py:10: TGF991 shout-it: Shout: not applied, because the bot does something else with it" in result.err
    assert any(line.startswith("tgfix:     +") and "TEA" in line for line in result.err.splitlines())
    assert "2 of 2 places to be rewritten ran" in result.err and "TGF501 async-sleep: 1 change" in result.text


def test_what_was_measured_stands_in_a_report_as_long_as_the_files_are_the_same(tmp_path: Path) -> None:
    bot(tmp_path, BOT)
    save(tmp_path, [tmp_path / "bot.py"], STALLED)
    told = json.loads(tgfix("report", "--format", "json", cwd=tmp_path).text)
    assert "stalls in all 1,001 ms → 0 ms" in told["measured"]
    [slow] = [each for each in told["bottlenecks"] if each["key"] == "TGF501"]
    assert slow["measured"] and slow["cost"] == "1,001 ms in `/remind`, 0 ms after the changes (measured)"
    assert any(step["measure"].endswith("(measured)") for step in told["steps"])
    (tmp_path / "bot.py").write_text(BOT.replace("sleep(1)", "sleep(2)"))
    again = json.loads(tgfix("report", "--format", "json", cwd=tmp_path).text)
    assert again["measured"] == "" and not any(each["measured"] for each in again["bottlenecks"])


def test_a_measurement_is_for_the_files_that_it_was_made_of(tmp_path: Path) -> None:
    files = [bot(tmp_path, BOT) / "bot.py"]
    assert load(tmp_path, files) is None
    save(tmp_path, files, STALLED)
    assert load(tmp_path, files) == STALLED
    (tmp_path / "more.py").write_text("")
    assert load(tmp_path, [*files, tmp_path / "more.py"]) is None
