"""What a person at a terminal sees, and a pipe never gets: colours, the table, the progress bar."""

from __future__ import annotations

import time
from pathlib import Path

import pexpect
import pytest
from command import BOT, environment, program, tgfix

ESCAPE = "\x1b"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with a bot in it."""
    (tmp_path / "bot.py").write_text(BOT)
    return tmp_path


def on_terminal(*args: str, cwd: Path, **env: str) -> tuple[int, str]:
    """Run `tgfix` with a pseudo-terminal of 80 columns; the exit code and all that appeared."""
    given = environment(**env)
    name, *words = program(given)
    child = pexpect.spawn(
        name, [*words, *args], cwd=str(cwd), env=given, dimensions=(24, 80), encoding="utf-8", timeout=60
    )
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus, child.before


def test_a_terminal_gets_colours_and_the_table(bot: Path) -> None:
    code, shown = on_terminal("apply", "--dry-run", cwd=bot)
    assert code == 1
    assert f"{ESCAPE}[31m-    time.sleep(5)" in shown and f"{ESCAPE}[32m [safe]{ESCAPE}[0m" in shown
    for title in ("codemod", "changes", "unsafe hidden", "left alone", "files"):
        assert title in shown


def test_a_pipe_gets_neither(bot: Path) -> None:
    result = tgfix("apply", "--dry-run", cwd=bot)
    assert ESCAPE not in result.text + result.err and "unsafe hidden" not in result.err


def test_no_color_leaves_the_table_and_takes_the_colours(bot: Path) -> None:
    code, shown = on_terminal("apply", "--dry-run", cwd=bot, NO_COLOR="1", FORCE_COLOR="1")
    assert code == 1
    assert f"{ESCAPE}[3" not in shown and "-    time.sleep(5)" in shown and "unsafe hidden" in shown


def test_a_dumb_terminal_gets_plain_text(bot: Path) -> None:
    code, shown = on_terminal("apply", "--dry-run", cwd=bot, TERM="dumb")
    assert code == 1 and ESCAPE not in shown and "unsafe hidden" not in shown


def test_force_color_colours_a_pipe_without_wrapping_or_losing_a_character(bot: Path) -> None:
    import re

    (bot / "bot.py").write_text(BOT.replace("# wait", "# wait " + "x" * 300))
    plain = tgfix("apply", "--dry-run", cwd=bot).text
    coloured = tgfix("apply", "--dry-run", cwd=bot, FORCE_COLOR="1").text
    assert ESCAPE in coloured
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain


def test_control_characters_of_a_source_file_do_not_reach_the_terminal(bot: Path) -> None:
    (bot / "bot.py").write_text(BOT.replace("# wait", "# \x1b[2Jwait\x07"))
    for env in ({}, {"NO_COLOR": "1"}):
        _, shown = on_terminal("apply", "--dry-run", cwd=bot, **env)
        assert f"{ESCAPE}[2J" not in shown and "\x07" not in shown
        assert "\u241b[2Jwait\u2407" in shown


def test_explain_is_coloured_on_a_terminal_and_has_no_fences(bot: Path) -> None:
    code, shown = on_terminal("explain", "TGF501", cwd=bot)
    assert code == 0 and "```" not in shown
    assert f"{ESCAPE}[31m-    time.sleep(5)" in shown


def test_the_progress_bar_waits_a_moment_shows_the_count_and_goes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tgfix.cli.progress import Bar

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    bar = Bar()
    bar(1, 10)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Bar, "DELAY", 0.0)
    bar(2, 10)
    bar(10, 10)
    time.sleep(0.2)
    bar.close()
    shown = capsys.readouterr().err
    assert "examining" in shown and "100%" in shown
    assert shown.endswith(f"{ESCAPE}[2K"), "the line is cleared at the end"
