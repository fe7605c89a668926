"""`--staged` and `--since`: a run is limited to files and findings that somebody has touched."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from command import Result, environment, launcher, tgfix

#: Six sleeps, in lines 5, 9, 13, 17, 21 and 25.
BOT = "import time\n\n\n" + "\n\n".join(f"async def handler_{n}():\n    time.sleep({n})\n" for n in range(6))
LINES = {number: 5 + 4 * number for number in range(6)}


def git(directory: Path, *args: str, **env: str) -> str:
    """Run git with an identity of its own."""
    variables = {name: value for name, value in environment().items() if not name.startswith("GIT_")}
    variables |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", **env}
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main", *args]
    run = subprocess.run(command, cwd=directory, env=variables, capture_output=True, text=True, check=True)
    return run.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with two bots and a subdirectory, all committed."""
    directory = tmp_path / "r\u00e9po"
    (directory / "sub dir").mkdir(parents=True)
    (directory / "bot.py").write_text(BOT)
    (directory / "sub dir" / "b\u00f6t.py").write_text(BOT)
    (directory / "crlf.py").write_bytes(BOT.replace("\n", "\r\n").encode())
    git(directory, "init", "-q")
    git(directory, "add", "-A")
    git(directory, "commit", "-q", "-m", "first")
    return directory


def edit(path: Path, *numbers: int, comment: str = "touched") -> None:
    """Touch the lines of some of the sleeps."""
    text = path.read_bytes().decode()
    for number in numbers:
        text = text.replace(f"time.sleep({number})", f"time.sleep({number})  # {comment}")
    path.write_bytes(text.encode())


def found(run: Result) -> list[tuple[str, int]]:
    """File and sleep of each finding of a check."""
    assert run.code in (0, 1), run.err
    places = []
    for line in run.text.splitlines():
        path, row, _ = line.split(":", 2)
        places.append((path, (int(row) - 5) // 4))
    return places


def check(directory: Path, *args: str, **env: str) -> list[tuple[str, int]]:
    """What `tgfix check --quiet` finds."""
    return found(tgfix("check", "--quiet", "--format", "concise", *args, cwd=directory, **env))


def test_only_findings_on_staged_lines_are_reported(repository: Path) -> None:
    edit(repository / "bot.py", 1, 4)
    git(repository, "add", "bot.py")
    edit(repository / "crlf.py", 2)
    assert check(repository, "--staged") == [("bot.py", 1), ("bot.py", 4)]
    assert len(check(repository)) == 18


def test_lines_changed_after_they_were_staged_do_not_count_and_the_others_are_found_where_they_stand_now(
    repository: Path,
) -> None:
    edit(repository / "bot.py", 1, 4)
    git(repository, "add", "bot.py")
    edit(repository / "bot.py", 0, 4, comment="later")
    text = (repository / "bot.py").read_text()
    (repository / "bot.py").write_text("# new\n# lines\n# above\n# all\n" + text)
    assert check(repository, "--staged") == [("bot.py", 2)]  # sleep 1, four lines further down


def test_apply_rewrites_what_is_staged_and_nothing_else(repository: Path) -> None:
    edit(repository / "bot.py", 3)
    git(repository, "add", "bot.py")
    before = (repository / "crlf.py").read_bytes()
    run = tgfix("apply", "--staged", cwd=repository)
    assert run.code == 0 and "1 file rewritten (1 change)" in run.err
    after = (repository / "bot.py").read_text()
    assert after.count("await asyncio.sleep(") == 1 and "await asyncio.sleep(3)  # touched" in after
    assert (repository / "crlf.py").read_bytes() == before


def test_since_counts_commits_changes_and_files_not_tracked_yet(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature")
    edit(repository / "bot.py", 0)
    git(repository, "commit", "-q", "-a", "-m", "second")
    edit(repository / "sub dir" / "b\u00f6t.py", 5)
    edit(repository / "crlf.py", 2)
    git(repository, "add", "crlf.py")
    (repository / "new.py").write_text(BOT)
    expected = [("bot.py", 0), ("crlf.py", 2), *(("new.py", n) for n in range(6)), ("sub dir/b\u00f6t.py", 5)]
    assert check(repository, "--since", "main") == expected
    assert check(repository, "--since", "HEAD") == expected[1:]
    assert check(repository / "sub dir", "--since", "main") == [("b\u00f6t.py", 5)]


def test_since_a_branch_that_went_on_counts_from_where_it_was_left(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature")
    edit(repository / "bot.py", 1)
    git(repository, "commit", "-q", "-a", "-m", "mine")
    git(repository, "checkout", "-q", "main")
    edit(repository / "crlf.py", 4)
    git(repository, "commit", "-q", "-a", "-m", "theirs")
    git(repository, "checkout", "-q", "feature")
    assert check(repository, "--since", "main") == [("bot.py", 1)]


def test_before_the_first_commit_everything_staged_counts(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "bot.py").write_text(BOT)
    (tmp_path / "other.py").write_text(BOT)
    git(tmp_path, "add", "bot.py")
    assert check(tmp_path, "--staged") == [("bot.py", n) for n in range(6)]


def test_a_finding_around_deleted_lines_counts(repository: Path) -> None:
    (repository / "bot.py").write_text(BOT.replace("time.sleep(2)", "time.sleep(\n        # two\n        2\n    )"))
    git(repository, "commit", "-q", "-a", "-m", "longer")
    (repository / "bot.py").write_text(BOT.replace("time.sleep(2)", "time.sleep(\n        2\n    )"))
    assert check(repository, "--since", "HEAD", "bot.py") == [("bot.py", 2)]


def test_the_index_of_a_running_commit_is_the_one_that_counts(repository: Path) -> None:
    """`git commit FILE` runs its hooks with an index that holds that file alone."""
    edit(repository / "bot.py", 1)
    edit(repository / "crlf.py", 2)
    git(repository, "add", "-A")
    hook = repository / ".git" / "hooks" / "pre-commit"
    launcher(hook.with_name("tgfix"))
    hook.write_text("#!/bin/sh\n.git/hooks/tgfix check --quiet --exit-zero --staged > .git/found\n")
    hook.chmod(0o755)
    git(repository, "commit", "-q", "-m", "one", "bot.py")
    lines = (repository / ".git" / "found").read_text().splitlines()
    assert [line.split(" ")[0] for line in lines] == ["bot.py:9:5"]


def test_what_a_user_has_configured_for_diffs_changes_nothing(repository: Path) -> None:
    edit(repository / "bot.py", 1, 3)
    settings = {"diff.noprefix": "true", "diff.interHunkContext": "50", "diff.context": "9", "color.ui": "always"}
    settings |= {
        "diff.external": "false",
        "diff.mnemonicPrefix": "true",
        "core.quotePath": "true",
        "diff.renames": "copies",
    }
    for key, value in settings.items():
        git(repository, "config", key, value)
    (repository / ".gitattributes").write_text("*.py binary\n")
    assert check(repository, "--since", "HEAD") == [("bot.py", 1), ("bot.py", 3)]


def test_a_file_in_a_conflict_is_no_obstacle(repository: Path) -> None:
    git(repository, "checkout", "-q", "-b", "feature")
    edit(repository / "bot.py", 1, comment="mine")
    git(repository, "commit", "-q", "-a", "-m", "mine")
    git(repository, "checkout", "-q", "main")
    edit(repository / "bot.py", 1, comment="theirs")
    git(repository, "commit", "-q", "-a", "-m", "theirs")
    with pytest.raises(subprocess.CalledProcessError):
        git(repository, "merge", "feature")
    edit(repository / "crlf.py", 2)
    git(repository, "add", "crlf.py")
    assert check(repository, "--staged") == [("crlf.py", 2)]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--since", "nowhere"], "--since nowhere: git knows no such revision; give a branch, a tag or a commit"),
        (["--since=--all"], "--since --all: git knows no such revision; give a branch, a tag or a commit"),
        (["--since", "HEAD", "--staged"], "--staged and --since exclude each other; choose one"),
        (["--staged", "-"], "--staged and --since are about files, and `-` reads from stdin; choose one"),
    ],
)
def test_a_wrong_call_is_told_of(repository: Path, args: list[str], message: str) -> None:
    run = tgfix("check", *args, cwd=repository)
    assert run.code == 2 and run.error == message


def test_outside_of_a_repository_nothing_is_staged(tmp_path: Path) -> None:
    run = tgfix("check", "--staged", cwd=tmp_path)
    assert run.code == 2 and run.error.endswith("is in no git repository")
