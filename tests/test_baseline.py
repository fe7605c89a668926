"""What a team lives with: only what is new is shown, rewritten and failed on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import BOT, CLEAN, tgfix, tree

FILE = "tgfix-baseline.json"
NEW = "\n\nasync def nap(chat):\n    time.sleep(9)\n    await chat.send('.')\n"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A bot with a baseline of its three findings."""
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "clean.py").write_text(CLEAN)
    result = tgfix("baseline", cwd=tmp_path)
    assert result.code == 0 and f"{FILE}: 3 findings (3 new in it, 0 gone from it)" in result.err
    return tmp_path


def test_what_is_known_is_neither_shown_nor_rewritten_nor_failed_on(bot: Path) -> None:
    result = tgfix("check", "--baseline", FILE, cwd=bot)
    assert (result.code, result.text) == (0, "")
    assert result.err == "tgfix: 0 findings, 3 known from the baseline; 2 files examined\n"
    before = tree(bot)
    assert tgfix("apply", "--unsafe-fixes", "--baseline", FILE, cwd=bot).code == 0
    assert tree(bot) == before
    assert tgfix("check", cwd=bot).code == 1, "without it all count"


def test_what_is_new_is_shown_wherever_the_known_places_have_moved(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("pending = []", "# moved\n\n\npending = []") + NEW)
    result = tgfix("check", "--baseline", FILE, "--format=json", cwd=bot)
    document = json.loads(result.out)
    assert result.code == 1
    assert [(f["code"], f["line"]) for f in document["findings"]] == [("TGF501", 31)]
    assert document["summary"]["baseline"] == {"known": 3, "gone": []}
    assert tgfix("apply", "--unsafe-fixes", "--baseline", FILE, cwd=bot).code == 0
    text = (bot / "bot.py").read_text()
    assert "await asyncio.sleep(9)" in text and text.count("time.sleep(") == 3


def test_of_equal_places_in_one_function_as_many_are_known_as_there_were(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("    time.sleep(5)  # wait\n", "    time.sleep(5)  # wait\n" * 2))
    result = tgfix("check", "--baseline", FILE, cwd=bot)
    assert result.code == 1 and result.text.count("TGF501") == 1


def test_what_is_gone_is_told_and_taken_out_when_the_baseline_is_written_again(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("    time.sleep(5)  # wait\n", ""))
    result = tgfix("check", "--baseline", FILE, cwd=bot)
    assert result.code == 0
    assert "2 known from the baseline, 1 of it gone (`tgfix baseline` writes it anew)" in result.err
    summary = json.loads(tgfix("check", "--baseline", FILE, "--format=json", cwd=bot).out)["summary"]
    assert summary["baseline"] == {"known": 2, "gone": [{"code": "TGF501", "path": "bot.py", "line": 9}]}
    assert "2 findings (0 new in it, 1 gone from it)" in tgfix("baseline", cwd=bot).err


def test_files_and_codemods_that_a_call_is_not_about_are_not_gone(bot: Path) -> None:
    assert "gone" not in tgfix("check", "--baseline", FILE, "clean.py", cwd=bot).err
    assert "gone" not in tgfix("check", "--baseline", FILE, "--select", "TGF2", cwd=bot).err
    before = (bot / FILE).read_bytes()
    assert tgfix("baseline", "clean.py", cwd=bot).code == 0
    assert (bot / FILE).read_bytes() == before


def test_it_says_what_to_write_where_so_that_every_command_goes_by_it(bot: Path) -> None:
    assert f'`baseline = "{FILE}"` in tgfix.toml every' in tgfix("baseline", cwd=bot).err
    (bot / "pyproject.toml").write_text("[tool.tgfix]\nselect = ['TGF5']\n")
    assert f'`baseline = "{FILE}"` in pyproject.toml every' in tgfix("baseline", cwd=bot).err
    (bot / "pyproject.toml").write_text(f'[tool.tgfix]\nbaseline = "{FILE}"\n')
    assert "every command" not in tgfix("baseline", cwd=bot).err


def test_a_table_that_a_further_file_hides_is_told(bot: Path) -> None:
    (bot / "pyproject.toml").write_text("[tool.tgfix]\nselect = ['TGF5']\n")
    assert "does not count" not in tgfix("check", cwd=bot).err
    (bot / "tgfix.toml").write_text(f'baseline = "{FILE}"\n')
    told = "tgfix: pyproject.toml: its [tool.tgfix] does not count, since there is a tgfix.toml beside it"
    assert told in tgfix("check", cwd=bot).err
    assert "does not count" not in tgfix("check", "--config", "tgfix.toml", cwd=bot).err


def test_a_configured_baseline_holds_for_every_command_and_may_still_be_missing(bot: Path) -> None:
    (bot / "tgfix.toml").write_text(f'baseline = "{FILE}"\n')
    assert tgfix("check", cwd=bot).code == 0
    assert json.loads(tgfix("apply", "--dry-run", "--format=json", cwd=bot).out)["findings"] == []
    assert tgfix("check", "--baseline=none", cwd=bot).code == 1
    (bot / FILE).unlink()
    assert tgfix("check", cwd=bot).code == 1
    assert tgfix("baseline", cwd=bot).code == 0 and (bot / FILE).exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no such file; `tgfix baseline --output other.json` writes it"),
        ("[]", "is no baseline of tgfix: it has no list of findings"),
        ('{"version": 7, "findings": []}', "it is of version 7, and this tgfix knows version 1"),
        ('{"version": 1, "findings": [{"code": "TGF501"}]}', "is no baseline of tgfix"),
        ("{", "is no baseline of tgfix"),
    ],
)
def test_a_file_that_is_no_baseline_is_an_error(bot: Path, content: str | None, message: str) -> None:
    if content is not None:
        (bot / "other.json").write_text(content)
    result = tgfix("check", "--baseline", "other.json", cwd=bot)
    assert result.code == 2 and message in result.error


def test_a_baseline_is_not_made_of_stdin_nor_written_nowhere(bot: Path) -> None:
    before = (bot / FILE).read_bytes()
    result = tgfix("baseline", "-", cwd=bot)
    assert result.code == 2 and "`-` reads from stdin" in result.error
    assert tgfix("baseline", "-o", "no/where.json", cwd=bot).code == 2
    assert (bot / FILE).read_bytes() == before
