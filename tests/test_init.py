"""`tgfix init` adds to a project's own files what is missing, and harms nothing that stands in them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from command import tgfix, tree

from tgfix.cli.init import CannotExtend, with_hook, with_ignored, with_table

yaml = pytest.importorskip("yaml", reason="pre-commit, which brings PyYAML, is not installed")

ENTRY = ["repo: https://example.org/tgfix", "rev: v1", "hooks:", "  - id: tgfix"]

NESTED = """\
# our hooks
default_stages: [pre-commit]  # all of them
repos:
- repo: https://example.org/black
  rev: '25.1'   # keep
  hooks:
  - id: black
    args:
    - --quiet

# and the service
ci:
  skip: [black]
"""

INDENTED = """\
---
repos:
    -   repo: https://example.org/a
        rev: v1
        hooks:
        -   id: a
        -   id: b
"""


def removed(text: str, block: str) -> str:
    """The text without a block that stands in it once."""
    assert text.count(block) == 1
    return text.replace(block, "")


@pytest.mark.parametrize("text", [NESTED, INDENTED, NESTED.removesuffix("\n"), INDENTED.removesuffix("\n")])
def test_a_hook_is_added_to_the_list_and_every_other_line_stays(text: str) -> None:
    after = with_hook(text, ENTRY)
    old, new = yaml.safe_load(text), yaml.safe_load(after)
    assert new == {**old, "repos": [*old["repos"], yaml.safe_load("\n".join(ENTRY))]}
    rest = iter(after.splitlines())
    assert all(line in rest for line in text.splitlines()), "a line is lost or moved"
    assert len(after.splitlines()) == len(text.splitlines()) + len(ENTRY)
    assert with_hook(after, ENTRY) == after


@pytest.mark.parametrize(
    "text", ["", "\n", "repos: []\n", "repos: []  # none yet\nfail_fast: true\n", "repos:\nfail_fast: true\n"]
)
def test_the_first_hook_of_a_configuration(text: str) -> None:
    after = with_hook(text, ENTRY)
    assert yaml.safe_load(after) == {**(yaml.safe_load(text) or {}), "repos": [yaml.safe_load("\n".join(ENTRY))]}
    assert ("# none yet" in after) == ("# none yet" in text)


@pytest.mark.parametrize(
    "text",
    [
        "repos:\n  - repo: x\n    rev: y\n    hooks:\n      - id: tgfix\n",
        "repos:\n  - repo: x\n    rev: y\n    hooks: [{id: tgfix-check}]\n",
        "repos:\n- hooks:\n  - args: []\n    'id': 'tgfix'\n  repo: x\n",
    ],
)
def test_a_hook_that_is_there_is_not_added_again(text: str) -> None:
    assert with_hook(text, ENTRY) == text


def test_a_hook_in_a_comment_is_not_there() -> None:
    assert with_hook("repos:\n# - id: tgfix\n- repo: meta\n  hooks: []\n", ENTRY).count("id: tgfix\n") == 2


@pytest.mark.parametrize(
    "text",
    [
        "fail_fast: true\n",
        "repos: [{repo: meta, hooks: []}]\n",
        "repos:\n  a: b\n",
        "a: 1\n---\nrepos: []\n---\nb: 1\n",
    ],
)
def test_a_configuration_of_another_shape_is_left_to_its_owner(text: str) -> None:
    with pytest.raises(CannotExtend):
        with_hook(text, ENTRY)


@pytest.mark.parametrize("text", ["", "[project]\nname = 'a'  # mine", "tool.black = {}\n", "[[tool.x]]\na = 1\n\n"])
def test_a_table_is_added_behind_what_is_there(text: str) -> None:
    after = with_table(text)
    assert after.startswith(text) and "\n[tool.tgfix]\n" in f"\n{after}"
    assert with_table(after) == after


@pytest.mark.parametrize("text", ["[tool.tgfix]\nselect = ['TGF5']\n", "tool.tgfix.unsafe-fixes = true\n"])
def test_a_table_that_is_there_is_not_added_again(text: str) -> None:
    assert with_table(text) == text


@pytest.mark.parametrize("text", ["[project\n", "tool = {black = {}}\n", "a = 1\na = 2\n"])
def test_a_toml_that_takes_no_table_is_left_to_its_owner(text: str) -> None:
    with pytest.raises(CannotExtend):
        with_table(text)


def test_ignored_lines_are_added_once() -> None:
    after = with_ignored("*.pyc")
    assert after.startswith("*.pyc\n\n") and ".tgfix/*\n!.tgfix/decisions.json\n" in after
    assert with_ignored(after) == after
    assert with_ignored("/.tgfix/\n") == "/.tgfix/\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project in a git repository, with files in several forms."""
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    (tmp_path / ".pre-commit-config.yaml").write_bytes(NESTED.replace("\n", "\r\n").encode())
    (tmp_path / "pyproject.toml").write_bytes(b"[project]\nname = 'a'")
    (tmp_path / ".gitignore").write_bytes(b"\xef\xbb\xbf*.pyc\n")
    return tmp_path


def test_init_extends_the_three_files_and_a_second_call_finds_nothing_to_do(project: Path) -> None:
    before = tree(project)
    run = tgfix("init", "--yes", cwd=project)
    assert run.code == 0, run.err
    after = tree(project)
    assert set(after) == set(before)
    assert after[".pre-commit-config.yaml"].count(b"\r\n") == after[".pre-commit-config.yaml"].count(b"\n")
    assert yaml.safe_load(after[".pre-commit-config.yaml"])["repos"][1]["hooks"][0]["id"] == "tgfix"
    assert after["pyproject.toml"].startswith(before["pyproject.toml"])
    assert after[".gitignore"].startswith(before[".gitignore"])
    again = tgfix("init", "--yes", cwd=project)
    assert again.code == 0 and tree(project) == after
    assert again.err.count("has it already") == 3
    # what was written is a configuration that tgfix takes
    assert tgfix("check", cwd=project).code == 0


def test_what_tgfix_keeps_is_ignored_and_decisions_are_not(project: Path) -> None:
    assert tgfix("init", "--yes", cwd=project).code == 0
    (project / ".tgfix").mkdir(exist_ok=True)
    for name in ("decisions.json", "journal"):
        (project / ".tgfix" / name).write_text("")
    command = ["git", "check-ignore", ".tgfix/decisions.json", ".tgfix/journal"]
    assert subprocess.run(command, cwd=project, capture_output=True, text=True, check=True).stdout == ".tgfix/journal\n"


def test_init_asks_before_each_file_and_shows_what_would_change(project: Path) -> None:
    before = tree(project)
    run = tgfix("init", cwd=project, stdin=b"n\ny\n\n")
    assert run.code == 0, run.err
    assert run.err.count("[y/N]") == 3
    assert "+[tool.tgfix]" in run.text and "+- repo: local" in run.text
    after = tree(project)
    assert after.pop("pyproject.toml") != before.pop("pyproject.toml") and after == before


def test_init_changes_nothing_when_nobody_answers(project: Path) -> None:
    before = tree(project)
    run = tgfix("init", cwd=project)
    assert run.code == 2 and "--yes" in run.err and tree(project) == before


def test_init_creates_what_is_missing(tmp_path: Path) -> None:
    run = tgfix("init", "--yes", ".", cwd=tmp_path)
    assert run.code == 0, run.err
    after = tree(tmp_path)
    assert set(after) == {".gitignore", ".pre-commit-config.yaml", "tgfix.toml"}
    assert yaml.safe_load(after[".pre-commit-config.yaml"])["repos"][0]["hooks"][0]["id"] == "tgfix"
    assert tgfix("check", cwd=tmp_path).code == 0


def test_init_leaves_a_file_that_it_cannot_extend_and_does_the_others(project: Path) -> None:
    (project / ".pre-commit-config.yaml").write_text("repos: [{repo: meta, hooks: [{id: identity}]}]\n")
    before = tree(project)
    run = tgfix("init", "--yes", cwd=project)
    assert run.code == 2 and "add this yourself" in run.err and "id: tgfix" in run.text
    after = tree(project)
    assert after[".pre-commit-config.yaml"] == before[".pre-commit-config.yaml"]
    assert b"[tool.tgfix]" in after["pyproject.toml"] and b".tgfix/*" in after[".gitignore"]


@pytest.mark.slow
def test_the_entry_of_init_blocks_a_slow_commit(project: Path) -> None:
    """With the real pre-commit, and tgfix as it is installed here."""
    import os
    import sys

    from test_pre_commit import FAST, SLOW, git

    (project / ".pre-commit-config.yaml").unlink()
    assert tgfix("init", "--yes", cwd=project).code == 0
    scripts = project / ".git" / "bin"
    scripts.mkdir()
    (scripts / "tgfix").write_text(f"#!/bin/sh\nexec '{sys.executable}' -m tgfix \"$@\"\n")
    (scripts / "tgfix").chmod(0o755)
    (project / "bot.py").write_text(SLOW)
    git(project, "add", ".")
    command = [sys.executable, "-m", "pre_commit", "run"]
    env = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "PRE_COMMIT_HOME": str(scripts / "cache")}
    run = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False, timeout=120)
    assert run.returncode == 1 and "files were modified by this hook" in run.stdout, run.stdout + run.stderr
    assert (project / "bot.py").read_text() == FAST
