"""A run reads and writes what lies in its project, and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from command import environment, tgfix, tree

SLEEP = "import time\n\n\nasync def start(update, context):\n    time.sleep(1)\n"

#: Runs tgfix and prints which files below a directory are opened or listed, but for those of the project.
WATCHED = """\
import os, sys
outside, inside = sys.argv[1:3]
def hook(event, args):
    if event in ("open", "os.listdir", "os.scandir") and args and isinstance(args[0], (str, bytes)):
        path = os.path.realpath(os.fsdecode(args[0]))
        if path.startswith(outside + os.sep) and not (path + os.sep).startswith(inside + os.sep):
            os.write(2, f"READ {path}\\n".encode())
sys.addaudithook(hook)
from tgfix.cli.main import main
main(sys.argv[3:])
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with links and includes that lead out of it."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "real.py").write_text(SLEEP)
    (elsewhere / "base.txt").write_text("httpx\n")
    (elsewhere / "run.sh").write_text("python -c 'import bot; bot.start()'\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text('[project]\nname = "bot"\nversion = "1"\ndependencies = ["httpx"]\n')
    (root / "bot.py").write_text(SLEEP + "\n\ndef helper():\n    return open('a.txt').read()\n")
    (root / "requirements.txt").write_text("-r ../elsewhere/base.txt\n-c ../elsewhere/base.txt\n")
    (root / "linked.py").symlink_to("../elsewhere/real.py")
    (root / "folder").symlink_to("../elsewhere")
    (root / "run.sh").symlink_to("../elsewhere/run.sh")
    (root / "Dockerfile").symlink_to("../elsewhere/run.sh")
    return root


@pytest.mark.parametrize(
    "command", [["check", "--all"], ["apply", "--dry-run", "--unsafe-fixes"], ["check", "-v", "bot.py"]]
)
def test_nothing_outside_is_read(project: Path, command: list[str]) -> None:
    call = [sys.executable, "-c", WATCHED, str(project.parent), str(project), *command]
    run = subprocess.run(call, cwd=project, capture_output=True, text=True, env=environment(), check=False)
    assert run.returncode == 1, run.stderr
    assert [line for line in run.stderr.splitlines() if line.startswith("READ")] == []


@pytest.mark.parametrize("named", ["linked.py", "folder", "folder/real.py"])
def test_what_is_named_and_leads_out_is_listed_and_left_alone(project: Path, named: str) -> None:
    result = tgfix("apply", "--unsafe-fixes", named, cwd=project)
    assert f"{named}" in result.text and "leads out of the project" in result.text
    assert (project.parent / "elsewhere" / "real.py").read_text() == SLEEP


def test_a_program_behind_a_link_may_use_anything(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("import bot\nbot.handle()\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "bot.py").write_text("")
    from tgfix.engine.sources.mentions import Mentions

    assert Mentions(root).of("handle") is None
    (root / "tool.py").symlink_to("../elsewhere.py")
    found = Mentions(root).of("handle")
    assert found is not None and found.path == root / "tool.py" and found.line is None


HELPED = """\
from telegram.ext import Application, MessageHandler, filters


async def log(update, context):
    with open("log.txt", "a") as file:
        file.write(update.message.text)


app = Application.builder().token("").build()
app.add_handler(MessageHandler(filters.TEXT, log))
app.run_polling()
"""


@pytest.mark.parametrize("there", [True, False], ids=["a file", "nothing there"])
def test_a_support_module_that_is_a_link_out_is_not_written_through(tmp_path: Path, there: bool) -> None:
    target = tmp_path / "shared.py"
    if there:
        target.write_text("# mine\n")
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "bot.py").write_text(HELPED)
    (root / "texts.py").write_text("import bot\n")
    (root / "_tgfix_support.py").symlink_to(target)
    result = tgfix("apply", "--unsafe-fixes", "--select", "TGF301", cwd=root)
    assert (target.read_text() if there else None) == ("# mine\n" if there else None) and target.exists() is there
    changed = (root / "bot.py").read_text() != HELPED
    assert not changed or "_tgfix_support" not in (root / "bot.py").read_text(), result.err


def test_undo_does_not_write_through_a_link_that_came_since(tmp_path: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "pyproject.toml").write_text("")
    (root / "bot.py").write_text(SLEEP)
    assert tgfix("apply", "--unsafe-fixes", cwd=root).code == 0
    after = (root / "bot.py").read_bytes()
    (tmp_path / "mine.py").write_bytes(after)
    (root / "bot.py").unlink()
    (root / "bot.py").symlink_to("../mine.py")
    result = tgfix("undo", cwd=root)
    assert (tmp_path / "mine.py").read_bytes() == after and "leads out of the project" in result.err


def test_what_lies_in_a_home_is_no_project_for_its_git(tmp_path: Path) -> None:
    home = tmp_path / "home"
    bot = home / "bots" / "mine"
    bot.mkdir(parents=True)
    subprocess.run(["git", "init", "-q"], cwd=home, check=True)
    (home / ".gitignore").write_text("*\n")
    (bot / "bot.py").write_text(SLEEP)
    (home / "other.py").write_text(SLEEP)
    before = tree(home)
    result = tgfix("check", "-v", cwd=bot, HOME=str(home))
    assert f"project: {bot}\n" in result.err and "1 file, codemods" in result.err
    assert tree(home) == before and not (home / ".tgfix_cache").exists()


def test_verbose_says_that_the_rest_of_the_project_is_read(project: Path) -> None:
    assert "the rest of the project is read" in tgfix("check", "-v", "bot.py", cwd=project).err
    assert "the rest of the project" not in tgfix("check", "-v", cwd=project).err


# Limits


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("# Generated by the protocol buffer compiler.  DO NOT EDIT!\n" + SLEEP, "a program has generated it"),
        (
            '"""File generated by TLObjects\' generator. All changes will be ERASED"""\n' + SLEEP,
            "a program has generated it",
        ),
        ("# @generated\n" + SLEEP, "a program has generated it"),
        (SLEEP + "\n" * 60_000, "is too long: 60,005 lines"),
        (SLEEP + "    x = " + "+".join(["y"] * 30_000) + "\n", "nests too deeply"),
    ],
    ids=["protobuf", "telethon", "a mark", "lines", "nesting"],
)
def test_a_file_over_a_limit_is_skipped_with_a_word(tmp_path: Path, text: str, word: str) -> None:
    (tmp_path / "made.py").write_text(text)
    (tmp_path / "bot.py").write_text(SLEEP)
    result = tgfix("check", cwd=tmp_path)
    assert word in result.text and "bot.py:5" in result.text and "newer than" not in result.text
    assert os.listdir(tmp_path / ".tgfix_cache") and tgfix("check", cwd=tmp_path).out == result.out


def test_a_file_that_only_speaks_of_generating_is_looked_into(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        '"""A bot that sends generated pictures."""\n# do not edit the token here\n' + SLEEP
    )
    assert "bot.py:7" in tgfix("check", cwd=tmp_path).text
