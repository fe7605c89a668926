"""Undo gives back exactly what a run has changed, and never takes what somebody did since."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tgfix.engine.rewriting.compose import FileResult
from tgfix.engine.run.atomic import write_file
from tgfix.engine.run.journal import Journal, JournalError, Run, prepare_state_directory
from tgfix.engine.run.plan import Plan
from tgfix.engine.run.write import execute


def run(root: Path, after: Mapping[str, bytes], journal: Journal | None = None, *command: str) -> Journal:
    """Make the files what `after` says, as a run of tgfix does."""
    journal = journal or Journal(root, command)
    results = []
    for name, data in sorted(after.items()):
        path = root / name
        results.append(FileResult(path, path.read_bytes() if path.exists() else None, data))
    report = execute(Plan((), tuple(results), (), (), ()), journal)
    assert report.problems == ()
    return journal


def tree(root: Path) -> dict[str, bytes]:
    files = (path for path in root.rglob("*") if path.is_file() and ".tgfix" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.py").write_bytes(b"a\r\n")
    (tmp_path / "sub" / "b.py").write_bytes(b"# coding: latin-1\n'\xe9'")
    return tmp_path


CHANGES = {"a.py": b"A\r\n", "sub/b.py": b"# coding: latin-1\n'\xe8'", "support.py": b"S\n"}


def test_undo_restores_every_byte_and_mode_and_removes_what_was_created(project: Path) -> None:
    (project / "a.py").chmod(0o751)
    before = tree(project)
    run(project, CHANGES)
    assert tree(project) == CHANGES
    report = Journal(project).undo()
    assert report.restored == tuple(project / name for name in sorted(CHANGES))
    assert (report.changed_since, report.problems) == ((), ())
    assert tree(project) == before
    assert stat.S_IMODE((project / "a.py").stat().st_mode) == 0o751


def test_a_run_that_writes_nothing_leaves_no_journal(project: Path) -> None:
    run(project, {"a.py": b"a\r\n"})
    Journal(project).record([])
    assert not (project / ".tgfix").exists()
    assert Journal(project).runs() == []


def test_runs_say_when_what_and_how(project: Path) -> None:
    earliest = datetime.now(timezone.utc) - timedelta(seconds=1)
    run(project, CHANGES, None, "tgfix", "apply", "--select", "TGF501", "späße")
    (found,) = Journal(project).runs()
    assert earliest <= found.time <= datetime.now(timezone.utc)
    assert found.files == tuple(project / name for name in sorted(CHANGES))
    assert (found.undone, found.command) == (False, ("tgfix", "apply", "--select", "TGF501", "späße"))
    directory = project / ".tgfix" / "journal" / found.id
    manifest = json.loads((directory / "manifest.json").read_text())
    stored = {entry["before"] for entry in manifest["files"]} - {None}
    assert {path.name for path in directory.iterdir()} == {"manifest.json", *stored}


def test_undo_again_goes_to_the_run_before(project: Path) -> None:
    states = [tree(project)]
    for number in range(12):  # more than nine in one second: the order is that of numbers, not of letters
        run(project, {"a.py": b"%d" % number})
        states.append(tree(project))
    runs = Journal(project).runs()
    assert len({found.id for found in runs}) == 12
    for newest in runs:
        states.pop()
        assert Journal(project).undo().run == Run(newest.id, newest.time, newest.files, True, newest.command)
        assert tree(project) == states[-1]
    assert Journal(project).undo().run is None
    assert tree(project) == states[0]


def test_a_run_can_be_undone_by_its_name(project: Path) -> None:
    run(project, {"a.py": b"A"})
    run(project, {"sub/b.py": b"B"})
    newer, older = Journal(project).runs()
    assert Journal(project).undo(older.id).restored == (project / "a.py",)
    assert (project / "sub" / "b.py").read_bytes() == b"B"
    assert [found.undone for found in Journal(project).runs()] == [False, True]
    assert Journal(project).undo(older.id).restored == ()
    assert Journal(project).undo().run == Run(newer.id, newer.time, newer.files, True, newer.command)
    with pytest.raises(JournalError, match=f"holds no run yesterday .*: {newer.id}, {older.id}"):
        Journal(project).undo("yesterday")


def test_a_file_changed_since_is_left_alone_and_named(project: Path) -> None:
    run(project, CHANGES)
    (project / "a.py").write_bytes(b"A\r\n# mine\r\n")
    (project / "sub" / "b.py").unlink()
    report = Journal(project).undo()
    assert report.restored == (project / "support.py",)
    assert report.changed_since == (project / "a.py", project / "sub" / "b.py")
    assert tree(project) == {"a.py": b"A\r\n# mine\r\n"}
    assert Journal(project).undo().run is None


def test_an_undo_that_could_do_nothing_does_not_go_on_to_an_older_run(project: Path) -> None:
    run(project, {"sub/b.py": b"B"})
    run(project, {"a.py": b"A"})
    (project / "a.py").write_bytes(b"mine")
    for _ in range(2):
        report = Journal(project).undo()
        assert (report.restored, report.changed_since) == ((), (project / "a.py",))
    assert (project / "sub" / "b.py").read_bytes() == b"B"


def test_a_created_file_stays_while_a_file_that_is_left_alone_needs_it(project: Path) -> None:
    run(project, {"a.py": b"from _tgfix_support import Pool\n", "_tgfix_support.py": b"class Pool: ...\n"})
    (project / "a.py").write_bytes(b"from _tgfix_support import Pool\nprint(1)\n")
    report = Journal(project).undo()
    assert (project / "_tgfix_support.py").exists()
    (problem,) = report.problems
    assert problem.path.name == "_tgfix_support.py" and "a.py may need it" in problem.message and not problem.fatal


def test_a_file_that_cannot_be_restored_can_be_tried_again(project: Path) -> None:
    before = tree(project)
    run(project, CHANGES)
    (project / "a.py").chmod(0o444)
    report = Journal(project).undo()
    assert [(p.path.name, p.message, p.fatal) for p in report.problems] == [("a.py", "is read-only", True)]
    assert tree(project) == before | {"a.py": b"A\r\n"}
    (project / "a.py").chmod(0o644)
    assert Journal(project).undo().restored == (project / "a.py",)
    assert tree(project) == before


def test_damaged_old_bytes_are_not_written(project: Path) -> None:
    run(project, {"a.py": b"A"})
    (found,) = Journal(project).runs()
    (stored,) = (p for p in (project / ".tgfix" / "journal" / found.id).iterdir() if p.suffix != ".json")
    stored.write_bytes(b"something else")
    report = Journal(project).undo()
    assert "missing or damaged" in report.problems[0].message and report.problems[0].fatal
    assert (project / "a.py").read_bytes() == b"A"


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff", b"{}", b"[" * 100_000, b'{"version": 1, "files": [1]}',
     b'{"version": 1, "files": [{"path": 1, "before": null}], "command": [], "time": "", "undone": false}'],
)  # fmt: skip
def test_a_damaged_manifest_is_named_and_nothing_is_undone(project: Path, content: bytes) -> None:
    run(project, {"sub/b.py": b"B"})
    run(project, {"a.py": b"A"})
    newest = Journal(project).runs()[0]
    manifest = project / ".tgfix" / "journal" / newest.id / "manifest.json"
    manifest.write_bytes(content)
    for attempt in (Journal(project).runs, Journal(project).undo):
        with pytest.raises(JournalError, match=f"is damaged: .*{newest.id}/manifest.json .*delete .*{newest.id} "):
            attempt()
    assert (project / "sub" / "b.py").read_bytes() == b"B"
    run(project, {"a.py": b"AA"})  # a new run does not care


def test_a_manifest_of_another_version_is_not_guessed_at(project: Path) -> None:
    run(project, {"a.py": b"A"})
    (manifest,) = (project / ".tgfix" / "journal").rglob("manifest.json")
    manifest.write_text(manifest.read_text().replace('"version": 1', '"version": 2'))
    with pytest.raises(JournalError, match="another version of tgfix"):
        Journal(project).undo()


def test_a_run_that_died_before_its_manifest_is_no_run(project: Path) -> None:
    run(project, {"a.py": b"A"})
    (project / ".tgfix" / "journal" / "29990101T000000Z-1").mkdir()
    (project / ".tgfix" / "journal" / "notes").mkdir()
    assert len(Journal(project).runs()) == 1
    run(project, {"a.py": b"AA"})
    assert Journal(project).runs()[0].id == "29990101T000000Z-2", "the newest run sorts first whatever the clock says"


def test_only_the_newest_runs_are_kept(project: Path) -> None:
    for number in range(5):
        run(project, {"a.py": b"%d" % number}, Journal(project, keep=3))
    assert len(Journal(project).runs()) == len(list((project / ".tgfix" / "journal").iterdir())) == 3
    for _ in range(3):
        Journal(project).undo()
    assert (project / "a.py").read_bytes() == b"1"


def test_a_file_written_twice_in_one_run_goes_back_to_the_beginning(project: Path) -> None:
    before = tree(project)
    journal = run(project, {"a.py": b"one"})
    run(project, {"a.py": b"two", "sub/b.py": b"B"}, journal)
    assert len(journal.runs()) == 1
    journal.undo()
    assert tree(project) == before


def test_an_edit_between_two_writes_of_one_run_is_not_lost(project: Path) -> None:
    journal = run(project, {"a.py": b"one"})
    (project / "a.py").write_bytes(b"mine")
    run(project, {"a.py": b"two"}, journal)
    journal.undo()
    assert (project / "a.py").read_bytes() == b"mine"


def test_what_was_recorded_and_not_written_is_forgotten(project: Path) -> None:
    journal = run(project, {"a.py": b"one"})
    journal.record([FileResult(project / "a.py", b"one", b"two"), FileResult(project / "new.py", None, b"new")])
    journal.discard([project / "a.py", project / "new.py"])
    assert journal.runs()[0].files == (project / "a.py",)
    assert journal.undo().restored == (project / "a.py",)
    assert (project / "a.py").read_bytes() == b"a\r\n"


def test_files_outside_the_root_and_strange_names_come_back(project: Path) -> None:
    root = project / "sub"
    strange = "späße \n" + os.fsdecode(b"\xff.py")
    (root / strange).write_bytes(b"x")
    before = tree(project)
    run(root, {"../a.py": b"A", strange: b"X"})
    assert Journal(root).undo().problems == ()
    assert tree(project) == before


def test_a_moved_project_can_be_undone(tmp_path: Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "a.py").write_bytes(b"a")
    run(tmp_path / "here", {"a.py": b"A"})
    (tmp_path / "here").rename(tmp_path / "there")
    Journal(tmp_path / "there").undo()
    assert (tmp_path / "there" / "a.py").read_bytes() == b"a"


def test_old_versions_are_as_private_as_can_be(project: Path) -> None:
    (project / "a.py").chmod(0o600)
    run(project, {"a.py": b"A"})
    (stored,) = (p for p in (project / ".tgfix" / "journal").rglob("*") if p.is_file() and p.name != "manifest.json")
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600


def test_git_sees_decisions_and_no_journal(project: Path) -> None:
    run(project, {"a.py": b"A"})
    (project / ".tgfix" / "decisions.json").write_text("{}")

    def git(*arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(project), "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", *arguments]
        return subprocess.run(command, cwd=project, env=environment, capture_output=True, check=True, text=True).stdout

    git("init", "-q")
    seen = git("status", "--porcelain", "--untracked-files=all", ".tgfix").split()
    assert seen == ["??", ".tgfix/decisions.json"]


def test_rules_of_the_user_about_the_state_directory_are_kept(project: Path) -> None:
    prepare_state_directory(project)
    (project / ".tgfix" / ".gitignore").write_text("journal\n")
    run(project, {"a.py": b"A"})
    assert (project / ".tgfix" / ".gitignore").read_text() == "journal\n"


def test_a_journal_that_cannot_be_written_says_where(project: Path) -> None:
    (project / ".tgfix").write_bytes(b"")
    with pytest.raises(JournalError, match=r"cannot be written: .*\.tgfix"):
        Journal(project).record([FileResult(project / "a.py", b"a\r\n", b"A")])


NAMES = ["a.py", "sub/b.py", "new.py"]
VERSIONS = st.dictionaries(st.sampled_from(NAMES), st.sampled_from([b"1", b"2", b"3\r\n", b""]), min_size=1)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(runs=st.lists(VERSIONS, max_size=4))
def test_undoing_all_runs_gives_the_beginning(
    runs: list[dict[str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("project")
    (root / "sub").mkdir()
    (root / "a.py").write_bytes(b"0")
    write_file(root / "sub" / "b.py", None, b"0")
    before = tree(root)
    for versions in runs:
        run(root, versions)
    while (report := Journal(root).undo()).run:
        assert (report.changed_since, report.problems) == ((), ())
    assert tree(root) == before
