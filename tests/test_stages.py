"""One codemod after the other: `--verify` with bisection, `--commit-per-codemod`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pexpect
import pytest
from command import Result, environment, tgfix, tree
from reviewing import BOT, install_codemods, write_bot

CODES = "--select=TGF501,TGF991,TGF992"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot."""
    directory = tmp_path / "bot"
    directory.mkdir()
    write_bot(directory)
    return directory


@pytest.fixture
def repository(bot: Path) -> Path:
    """The same as a git repository."""
    git(bot, "init", "-q")
    git(bot, "config", "user.name", "Somebody")
    git(bot, "config", "user.email", "somebody@example.org")
    (bot / ".gitignore").write_text(".tgfix/\n")
    git(bot, "add", ".")
    git(bot, "commit", "-q", "-m", "A bot")
    return bot


def git(directory: Path, *args: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *args], cwd=directory, capture_output=True, text=True, check=True)
    return done.stdout


def apply(bot: Path, *args: str) -> Result:
    """`tgfix apply` with the codemods of the tests."""
    return tgfix("apply", CODES, *args, cwd=bot, PYTHONPATH=install_codemods(bot.parent))


def fails_on(bot: Path, *needles: str) -> str:
    """A command that fails when bot.py holds all of `needles`, and writes down each run."""
    check = bot.parent / "check.py"
    check.write_text(
        f"import sys\ntext = open({str(bot / 'bot.py')!r}).read()\nopen({str(bot.parent / 'runs')!r}, 'a').write('x')\n"
        f"print('checking')\nsys.exit(3 * all(needle in text for needle in {needles!r}))\n"
    )
    return f"{sys.executable} {check}"


def runs(bot: Path) -> int:
    """How often the command ran."""
    return len((bot.parent / "runs").read_text())


def test_a_run_that_verifies_comes_to_the_same_as_one_that_does_not(bot: Path) -> None:
    assert apply(bot).code == 0
    plain = tree(bot)
    (bot / "_support.py").unlink()
    write_bot(bot)
    result = apply(bot, "--verify", fails_on(bot, "nothing such"))
    assert result.code == 0 and tree(bot) == plain
    assert result.text.splitlines() == [
        "TGF501 async-sleep: 4 changes in 2 files, verified",
        "TGF991 shout-it: 2 changes in 2 files, verified",
        "TGF992 no-old: 4 changes in 1 file, verified",
    ]
    assert runs(bot) == 4, "once before, once for each codemod"


@pytest.mark.slow
def test_changes_with_which_the_command_fails_are_found_by_halving(bot: Path) -> None:
    many = "".join(f"\n\nasync def wait{n}(seconds):\n    time.sleep({n})\n" for n in range(100, 132))
    (bot / "bot.py").write_text(BOT + many)
    result = apply(bot, "--verify", fails_on(bot, "await asyncio.sleep(117)"))
    assert result.code == 2
    text = (bot / "bot.py").read_text()
    assert text.count("await asyncio.sleep(") == 34 and "\n    time.sleep(117)\n" in text
    (line,) = [line for line in result.err.splitlines() if "error" in line]
    assert "bot.py:101: TGF501 async-sleep: Await asyncio.sleep(): not applied, because `" in line
    assert "1 change not applied" in result.err and "35 changes in 2 files" in result.text
    assert runs(bot) <= 4 + 2 * 6, "halving, not trying each"


def test_two_changes_that_break_only_together_lose_one(bot: Path) -> None:
    result = apply(bot, "--verify", fails_on(bot, 'shout("tea")', "shout(str(batch))"))
    assert result.code == 2
    text = (bot / "bot.py").read_text()
    assert 'shout("tea")' in text and "loud(str(batch))" in text and text.count("new(") == 4


def test_one_of_equal_places_that_breaks_is_not_mistaken_for_the_others(bot: Path) -> None:
    result = apply(bot, "--verify", fails_on(bot, "await asyncio.sleep(1)  # first"))
    text = (bot / "bot.py").read_text()
    assert result.code == 2 and "time.sleep(1)  # first" in text and text.count("await asyncio.sleep(1)") == 2
    assert [line for line in result.err.splitlines() if "error" in line][1:] == [], "it is reported once"


def test_undo_takes_a_bisected_run_back(bot: Path) -> None:
    before = tree(bot)
    apply(bot, "--verify", fails_on(bot, "await asyncio.sleep(1)  # first"))
    assert tree(bot) != before
    assert tgfix("undo", cwd=bot).code == 0 and tree(bot) == before


def test_a_command_that_fails_before_any_change_stops_the_run(bot: Path) -> None:
    result = apply(bot, "--verify", fails_on(bot, "time.sleep"))
    assert result.code == 2 and "fails before any change (exit code 3)" in result.error and "checking" in result.err
    assert tree(bot)["bot.py"] == BOT.encode() and not (bot / ".tgfix").exists()


def test_nothing_to_apply_runs_nothing(bot: Path) -> None:
    (bot / "bot.py").write_text("print()\n")
    (bot / "words.py").unlink()
    result = apply(bot, "--verify", "touch ran")
    assert result.code == 0 and not (bot / "ran").exists() and "nothing rewritten" in result.err


def test_an_interrupt_takes_the_unfinished_codemod_back_and_keeps_the_others(bot: Path) -> None:
    command = f"grep -q 'shout(' {bot / 'bot.py'} && sleep 30 || true"
    args = ["-m", "tgfix", "apply", CODES, "--verify", command]
    env = environment(PYTHONPATH=install_codemods(bot.parent))
    child = pexpect.spawn(sys.executable, args, cwd=str(bot), env=env, encoding="utf-8", timeout=20)
    child.expect_exact("TGF501 async-sleep: 4 changes")
    while "shout(" not in (bot / "bot.py").read_text():
        assert child.isalive()
    child.sendintr()
    child.expect_exact("interrupted: 2 files rewritten (4 changes)")
    child.expect(pexpect.EOF)
    child.close()
    text = (bot / "bot.py").read_text()
    assert child.exitstatus == 130 and "await asyncio.sleep(1)" in text and "shout(" not in text
    assert "_support.py" not in tree(bot)
    assert tgfix("undo", cwd=bot).code == 0 and (bot / "bot.py").read_text() == BOT


# Commits


def test_each_codemod_gets_a_commit_that_says_what_and_why(repository: Path) -> None:
    result = apply(repository, "--commit-per-codemod", "--unsafe-fixes")
    assert result.code == 0 and git(repository, "status", "--porcelain") == ""
    subjects = git(repository, "log", "--format=%s", "--reverse").splitlines()
    assert subjects == [
        "A bot",
        "Await asyncio.sleep() (TGF501 async-sleep)",
        "Shout (TGF991 shout-it)",
        "Call new() (TGF992 no-old)",
    ]
    body = git(repository, "log", "--format=%b", "-1", "HEAD~2")
    assert "5 changes in 2 files, 4 safe, 1 looked at by a person." in body
    assert "bot.py:10, bot.py:15, bot.py:19: time.sleep() stops the whole bot" in body.replace("\n", " ") or (
        "bot.py:9, bot.py:14, bot.py:18: time.sleep() stops the whole bot" in body.replace("\n", " ")
    )
    assert git(repository, "show", "--name-only", "--format=", "HEAD~1").split() == ["_support.py", "bot.py"]
    assert result.text.splitlines()[0].startswith("TGF501 async-sleep: 5 changes in 2 files, committed as ")


def test_edits_that_are_not_committed_stay_out_of_the_commits(repository: Path) -> None:
    mine = BOT.replace("pending = []", "pending = []\nmine = 1").replace(
        "async def nested", "more = 2\n\n\nasync def nested"
    )
    (repository / "bot.py").write_text(mine)
    (repository / "notes.txt").write_text("mine")
    assert apply(repository, "--commit-per-codemod").code == 0
    committed = git(repository, "show", "HEAD:bot.py")
    assert "mine = 1" not in committed and "more = 2" not in committed and "await asyncio.sleep(1)" in committed
    assert "mine = 1" in (repository / "bot.py").read_text() and "more = 2" in (repository / "bot.py").read_text()
    changed = [line for line in git(repository, "diff", "-U0").splitlines() if line[:1] in ("+", "-")]
    assert [line for line in changed if line.strip("+- ") and "/bot.py" not in line] == ["+mine = 1", "+more = 2"]


def test_an_edit_around_the_same_lines_is_named_and_the_codemod_taken_back(repository: Path) -> None:
    mine = BOT.replace("# first", "# mine")
    (repository / "bot.py").write_text(mine)
    result = apply(repository, "--commit-per-codemod", "--select=TGF501")
    assert result.code == 2 and "edited around the same lines" in result.err
    assert (repository / "bot.py").read_text() == mine and git(repository, "diff", "--cached") == ""
    assert len(git(repository, "log", "--format=%s").splitlines()) == 1


def test_staged_changes_are_refused(repository: Path) -> None:
    (repository / "words.py").write_text("x = 1\n")
    git(repository, "add", "words.py")
    result = apply(repository, "--commit-per-codemod")
    assert result.code == 2 and "changes are staged" in result.error and (repository / "bot.py").read_text() == BOT


def test_files_that_git_does_not_track_are_refused_before_anything_is_written(repository: Path) -> None:
    (repository / "new.py").write_text("import time\n\n\nasync def f():\n    time.sleep(1)\n")
    result = apply(repository, "--commit-per-codemod")
    assert (
        result.code == 2 and "git does not track new.py" in result.error and (repository / "bot.py").read_text() == BOT
    )


def test_without_a_repository_or_a_commit_it_is_refused(bot: Path) -> None:
    assert "in no git repository" in apply(bot, "--commit-per-codemod").error
    git(bot, "init", "-q")
    assert "has no commit yet" in apply(bot, "--commit-per-codemod").error


def test_a_hook_that_refuses_the_commit_leaves_everything_as_it_was(repository: Path) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.write_text("#!/bin/sh\necho not today >&2\nexit 1\n")
    hook.chmod(0o755)
    result = apply(repository, "--commit-per-codemod")
    assert result.code == 2 and "git does not commit: not today" in result.err
    assert git(repository, "status", "--porcelain") == "" and (repository / "bot.py").read_text() == BOT


def test_a_file_with_crlf_in_the_work_tree_only_is_committed_as_git_keeps_it(repository: Path) -> None:
    git(repository, "config", "core.autocrlf", "true")
    git(repository, "add", "--renormalize", ".")
    git(repository, "commit", "-q", "-m", "lines")
    assert apply(repository, "--commit-per-codemod", "--select=TGF501").code == 0
    assert "\r" not in git(repository, "show", "HEAD:words.py") and b"\r\n" in (repository / "words.py").read_bytes()


def test_git_blame_is_told_to_look_through_the_commits(repository: Path) -> None:
    result = apply(repository, "--commit-per-codemod", "--blame-ignore-revs")
    assert result.code == 0 and git(repository, "status", "--porcelain") == ""
    listed = (repository / ".git-blame-ignore-revs").read_text()
    assert listed.startswith("# Await asyncio.sleep() (TGF501)\n")
    made = git(repository, "log", "--format=%H", "--reverse").split()[1:-1]
    assert [line for line in listed.splitlines() if not line.startswith("#")] == made
    blame = git(repository, "blame", "--ignore-revs-file", ".git-blame-ignore-revs", "-s", "bot.py")
    sleep = next(line for line in blame.splitlines() if "await asyncio.sleep(1)" in line)
    assert sleep.startswith("^"), "the line is still that of the first commit"


def test_verifying_and_committing_go_together(repository: Path) -> None:
    command = fails_on(repository, "await asyncio.sleep(1)  # first")
    result = apply(repository, "--commit-per-codemod", "--verify", command)
    assert result.code == 2 and git(repository, "status", "--porcelain") == ""
    assert len(git(repository, "log", "--format=%s").splitlines()) == 4
    assert "time.sleep(1)  # first" in git(repository, "show", "HEAD:bot.py")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--verify=true", "--dry-run"), "does not go with --dry-run"),
        (("--commit-per-codemod", "--format=json"), "does not go with --format json"),
        (("--verify= ",), "the command is empty"),
        (("--verify=true", "--verify-measure"), "--verify does not go with --verify-measure"),
        (("--verify-measure",), "tgfix apply --verify-measure runs the bot of"),
        (("--blame-ignore-revs",), "goes with --commit-per-codemod"),
    ],
)
def test_a_wrong_call_says_what_is_wrong(repository: Path, args: tuple[str, ...], said: str) -> None:
    assert said in apply(repository, *args).error and (repository / "bot.py").read_text() == BOT
