"""What the project of a path is: the nearest of its markers, never a common parent of unrelated paths."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import BOT, tgfix


@pytest.fixture
def two(tmp_path: Path) -> Path:
    """Two projects in one folder, beside files of nobody."""
    for name, marker in (("one", "pyproject.toml"), ("two", "setup.py")):
        (tmp_path / name).mkdir()
        (tmp_path / name / marker).write_text("")
        (tmp_path / name / "bot.py").write_text(BOT)
    (tmp_path / "other.py").write_text("def broken(:\n")
    return tmp_path


def test_several_projects_in_one_call_are_each_their_own(two: Path) -> None:
    result = tgfix("apply", "--verbose", "one", "two", cwd=two)
    assert result.code == 0
    for name in ("one", "two"):
        assert (two / name / ".tgfix" / "journal").is_dir()
        assert "await asyncio.sleep" in (two / name / "bot.py").read_text()
        assert f"project: {two / name}" in result.err
    assert not (two / ".tgfix").exists() and "other.py" not in result.text + result.err
    assert tgfix("undo", "--project", "two", cwd=two).code == 0
    assert (two / "two" / "bot.py").read_text() == BOT != (two / "one" / "bot.py").read_text()


def test_one_report_tells_of_all_of_them(two: Path) -> None:
    report = json.loads(tgfix("check", "--format", "json", "one/bot.py", "two/bot.py", cwd=two).out)
    assert {finding["path"] for finding in report["findings"]} == {"one/bot.py", "two/bot.py"}
    assert report["summary"]["files"] == 2


@pytest.mark.parametrize("option", ["-i", "--commit-per-codemod"])
def test_what_is_decided_for_a_project_is_asked_for_one_at_a_time(two: Path, option: str) -> None:
    result = tgfix("apply", option, "one", "two", cwd=two)
    assert result.code == 2 and "several projects (one, two)" in result.err
