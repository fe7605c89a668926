"""Writing codemods: the guide as it stands, `tgfix new` and `tgfix test`, local codemods."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import tgfix

ROOT = Path(__file__).parents[1]
GUIDE = ROOT / "docs" / "writing-a-codemod.md"
BLOCK = re.compile(r"^```(sh|python|toml)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BOT = "from datetime import datetime\n\n\nasync def now(update, context):\n    await update.message.reply_text(str(datetime.utcnow()))\n"


def test_the_guide_works_as_it_is_written(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(BOT)
    for language, name, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if language != "sh":
            (tmp_path / name).write_text(text)
            continue
        for line in text.splitlines():
            program, *arguments = shlex.split(line)
            assert program == "tgfix"
            result = tgfix(*arguments, cwd=tmp_path)
            assert result.code == 0, f"{line}\n{result.text}{result.err}"
    assert "datetime.now(timezone.utc)" in (tmp_path / "bot.py").read_text()


def test_a_run_says_that_it_runs_local_codemods(tmp_path: Path) -> None:
    assert tgfix("new", "quick-clock", cwd=tmp_path).code == 0
    (tmp_path / "tgfix.toml").write_text('codemods = ["tools/quick_clock.py"]\n')
    (tmp_path / "bot.py").write_text("import time\n\nprint(time.clock())\n")
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 0 and "running the codemods of tools/quick_clock.py" in result.err
    assert "perf_counter" in (tmp_path / "bot.py").read_text()
    assert "quick-clock" in tgfix("list", cwd=tmp_path).text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "is no Python file"),
        ("x = 1\n", "defines no codemod"),
        ("import nothing_like_this\n", "cannot be imported"),
    ],
    ids=["missing", "without a codemod", "broken"],
)
def test_a_local_codemod_that_cannot_be_used_is_a_wrong_call(tmp_path: Path, text: str | None, message: str) -> None:
    (tmp_path / "tgfix.toml").write_text('codemods = ["mine.py"]\n')
    (tmp_path / "bot.py").write_text("x = 1\n")
    if text is not None:
        (tmp_path / "mine.py").write_text(text)
    result = tgfix("apply", cwd=tmp_path)
    assert result.code == 2 and message in result.err


def test_an_example_that_does_not_do_what_it_says_fails_the_test_of_its_codemod(tmp_path: Path) -> None:
    assert tgfix("new", "quick-clock", cwd=tmp_path).code == 0
    file = tmp_path / "tools" / "quick_clock.py"
    file.write_text(file.read_text().replace("return time.perf_counter()\\n", "return time.monotonic()\\n"))
    result = tgfix("test", "tools", cwd=tmp_path)
    assert result.code == 1 and "not the expected result" in result.text and "1 failed" in result.text


def test_a_name_or_code_that_is_taken_or_wrong_is_a_wrong_call(tmp_path: Path) -> None:
    assert "taken" in tgfix("new", "async-sleep", cwd=tmp_path).err
    assert "kebab-case" in tgfix("new", "Async_Sleep", cwd=tmp_path).err
    assert tgfix("new", "quick-clock", cwd=tmp_path).code == 0
    assert "exists" in tgfix("new", "quick-clock", cwd=tmp_path).err


def test_a_plugin_passes_the_test_of_its_examples(tmp_path: Path) -> None:
    assert tgfix("new", "quick-clock", "--plugin", "--code", "CLK001", cwd=tmp_path).code == 0
    result = tgfix("test", "tgfix-quick-clock", cwd=tmp_path)
    assert result.code == 0 and "3 examples, 0 failed" in result.text


@pytest.mark.slow
def test_a_new_room_of_the_suite_passes_everything_at_once(tmp_path: Path) -> None:
    """The room is written into a copy of the sources, and the copy's own tests run on it."""
    copy = tmp_path / "tgfix"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "*.egg-info"))
    environment = {"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"}

    def call(*arguments: str, code: int = 0) -> None:
        done = subprocess.run([sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True)
        assert done.returncode == code, done.stdout + done.stderr

    call("-m", "tgfix", "new", "quick-clock", "--code", "TGF599")
    call("-m", "tgfix", "test", "quick-clock")
    call("-m", "pytest", "-q", "-n", "0", "tests/test_codemods.py", "-k", "TGF599", "--snapshot-update", code=1)
    call("-m", "pytest", "-q", "-n", "0", "tests/test_codemods.py", "-k", "TGF599")
    call("-m", "pytest", "-q", "-n", "0", "tests/test_quick_clock.py")
    call("docs/generate.py")
    assert (copy / "docs" / "codemods" / "TGF599-quick-clock.md").exists()
