"""Decisions that last: the file, replaying it, listing and forgetting."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from command import Result, tgfix, tree
from reviewing import BOT, install_codemods, review, write_bot

from tgfix.engine.rewriting.edited import Hunk
from tgfix.engine.run.decisions import ACCEPTED, NAME, REFUSED, Decision, Decisions

CODES = "--select=TGF501,TGF991,TGF992"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot."""
    directory = tmp_path / "bot"
    directory.mkdir()
    write_bot(directory)
    return directory


def call(bot: Path, *args: str) -> Result:
    """`tgfix` with the codemods of the tests."""
    return tgfix(*args, cwd=bot, PYTHONPATH=install_codemods(bot.parent))


def decided(bot: Path, accepted: Sequence[int] = (), refused: Sequence[int] = ()) -> Path:
    """A file with decisions about changes by their numbers, made on a copy of the bot."""
    one = review(bot)
    decisions = Decisions()
    for numbers, answer in ((accepted, ACCEPTED), (refused, REFUSED)):
        for number in numbers:
            item = one.items[number - 1]
            equal = sum(other.key.split("-")[0] == item.key.split("-")[0] for other in one.items)
            decisions.record(Decision.about(item.finding, item.change, answer, of=equal, root=bot))
    file = bot.parent / "decisions.json"
    file.write_bytes(decisions.dump())
    return file


def test_exactly_what_was_accepted_is_applied_whatever_its_safety(bot: Path) -> None:
    file = decided(bot, accepted=[2, 9], refused=[1])
    shown = call(bot, "apply", "--dry-run", "--format=patch", f"--decisions={file}", CODES)
    assert shown.code == 1
    result = call(bot, "apply", f"--decisions={file}", CODES)
    assert result.code == 0 and "2 changes" in result.err and "8 changes undecided" in result.err
    text = (bot / "bot.py").read_text()
    assert 'shout("tea")' in text and "await asyncio.sleep(3)" in text
    assert text.count("time.sleep(1)") == 3 and "old(old(old(1)), old(2))" in text
    assert tree(bot)["words.py"].count(b"time.sleep(2)") == 1
    applied = tree(bot)
    write_bot(bot)
    (bot / "_support.py").unlink()
    subprocess.run(["git", "apply", "-"], input=shown.out, cwd=bot, check=True)
    assert tree(bot) == applied, "the dry run shows what is done"


def test_a_second_replay_changes_nothing_and_says_that_the_changes_are_not_found(bot: Path) -> None:
    file = decided(bot, accepted=[1, 3], refused=[4])
    call(bot, "apply", f"--decisions={file}", CODES)
    after = tree(bot)
    again = call(bot, "apply", f"--decisions={file}", CODES)
    assert again.code == 0 and tree(bot) == after and "2 accepted changes are not found" in again.err


def test_a_committed_file_keeps_refused_changes_from_everybody(bot: Path) -> None:
    (bot / ".tgfix").mkdir()
    (bot / NAME).write_bytes(decided(bot, refused=[1, 9]).read_bytes())
    result = call(bot, "apply", "--unsafe-fixes", CODES)
    assert result.code == 0 and "2 refused earlier" in result.err
    text = (bot / "bot.py").read_text()
    assert "time.sleep(1)  # first" in text and "time.sleep(3)" in text and text.count("asyncio.sleep(1)") == 2
    checked = call(bot, "check", CODES)
    assert checked.code == 0 and checked.text == "", "a refusal is a baseline"
    document = json.loads(call(bot, "check", "--format=json", CODES).out)
    assert document["findings"] == [] and [entry["safety"] for entry in document["refused"]] == ["safe", "unsafe"]


def test_decisions_are_listed_and_forgotten(bot: Path) -> None:
    (bot / ".tgfix").mkdir()
    (bot / NAME).write_bytes(decided(bot, accepted=[2], refused=[1, 11]).read_bytes())
    first, second, third = call(bot, "decisions", "list").text.splitlines()
    assert "  refused  bot.py:9  TGF501 async-sleep in remind: Await asyncio.sleep()" in first
    assert "  accepted  bot.py:10  TGF991 shout-it in remind: Shout" in second and "words.py:16" in third
    assert call(bot, "decisions", "list", "TGF991").text.splitlines() == [second]
    assert "1 decision forgotten, 2 left" in call(bot, "decisions", "forget", "words.py").err
    assert "1 decision forgotten, 1 left" in call(bot, "decisions", "forget", first.split()[0]).err
    assert call(bot, "decisions").text.splitlines() == [second]
    assert call(bot, "decisions", "forget", "ALL").code == 0 and "nothing is decided" in call(bot, "decisions").err
    assert call(bot, "decisions", "forget", "ALL").code == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("decisions", "keep"), "there is list and forget"),
        (("decisions", "forget"), "name what to forget"),
        (("decisions", "forget", "TGF901"), "no decision is about TGF901"),
        (("decisions", "--project=nowhere"), "no such directory"),
        (("apply", "--decisions=nowhere.json"), "there is no such file"),
        (("apply", "--decisions=bot.py"), "holds no decisions"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(bot: Path, args: tuple[str, ...], said: str) -> None:
    result = call(bot, *args)
    assert result.code == 2 and said in result.error and tree(bot)["bot.py"] == BOT.encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no list of decisions"),
        ('{"version": 9, "decisions": []}', "version 9"),
        ('{"version": 1, "decisions": [1]}', "no object"),
        ('{"version": 1, "decisions": [{"fingerprint": "a-1"}]}', "incomplete"),
        ('{"version": 1, "decisions": [{"fingerprint": 1}]}', "fingerprint is 1"),
        ("{", "holds no decisions"),
    ],
)
def test_a_damaged_file_is_refused_before_anything_is_written(bot: Path, content: str, said: str) -> None:
    (bot / ".tgfix").mkdir()
    (bot / NAME).write_text(content)
    result = call(bot, "apply", CODES)
    assert result.code == 2 and said in result.error and tree(bot)["bot.py"] == BOT.encode()


def test_a_file_holds_all_that_a_decision_says() -> None:
    hunk = Hunk("bot.py", 3, "a\n", "b\n")
    decision = Decision(
        "0f-2", ACCEPTED, 3, "TGF501", "async-sleep", "bot.py", "f", 4, "T", "safe", "strong", True, (hunk,)
    )
    other = Decision("0e-1", REFUSED, 1, "TGF501", "async-sleep", "bot.py", "", 9, "T", "unsafe")
    assert list(Decisions.parse(Decisions([decision, other]).dump())) == [decision, other]
    unknown = Decision("0e-1", "maybe", 1, "TGF501", "async-sleep", "bot.py", "", 9, "T", "unsafe")
    with pytest.raises(ValueError, match="maybe"):
        Decisions.parse(Decisions([unknown]).dump())
