"""A file is written as a whole or not at all, and so are the files that one change spans."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest

from tgfix.engine.model import Change, FileChange, Finding
from tgfix.engine.rewriting.compose import FileResult
from tgfix.engine.run import write
from tgfix.engine.run.atomic import WriteError, remove_file, write_file
from tgfix.engine.run.journal import Journal
from tgfix.engine.run.plan import Plan, Proposal
from tgfix.engine.run.write import execute

BEFORE, AFTER = b"time.sleep(1)\r\n", b"await asyncio.sleep(1)\r\n"


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    path = tmp_path / "bot.py"
    path.write_bytes(BEFORE)
    return path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def as_ordinary_user(function: Callable[[], str]) -> str:
    """The text that `function` returns when it runs without root's privileges."""
    if os.geteuid() != 0:
        return function()
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)
            os.write(writable, function().encode())
        except BaseException as error:
            os.write(writable, repr(error).encode())
        finally:
            os._exit(0)
    os.close(writable)
    with os.fdopen(readable, "rb") as pipe:
        text = pipe.read().decode()
    os.waitpid(child, 0)
    return text


@pytest.fixture
def public_directory() -> Iterator[Path]:
    """A directory that other users can reach, which pytest's are not."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o777)
        yield path


# One file


def test_the_content_is_replaced_and_nothing_else_is_left(bot: Path) -> None:
    write_file(bot, BEFORE, AFTER)
    assert bot.read_bytes() == AFTER
    assert list(bot.parent.iterdir()) == [bot]


@pytest.mark.parametrize("bits", [0o644, 0o755, 0o600, 0o664, 0o200 | 0o444])
def test_the_mode_is_kept(bot: Path, bits: int) -> None:
    bot.chmod(bits)
    write_file(bot, BEFORE, AFTER)
    assert mode(bot) == bits


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to others")
def test_the_owner_is_kept(bot: Path) -> None:
    os.chown(bot, 12345, 54321)
    bot.chmod(0o640)
    write_file(bot, BEFORE, AFTER)
    assert (bot.stat().st_uid, bot.stat().st_gid, mode(bot)) == (12345, 54321, 0o640)


@pytest.mark.parametrize("umask", [0o022, 0o077])
def test_a_new_file_has_the_mode_of_any_new_file(tmp_path: Path, umask: int) -> None:
    old = os.umask(umask)
    try:
        write_file(tmp_path / "new.py", None, AFTER)
    finally:
        os.umask(old)
    assert mode(tmp_path / "new.py") == 0o666 & ~umask
    assert (tmp_path / "new.py").read_bytes() == AFTER
    assert len(list(tmp_path.iterdir())) == 1


def test_a_symbolic_link_stays_a_link_and_its_target_is_written(bot: Path, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    first, second = tmp_path / "sub" / "first.py", tmp_path / "second.py"
    first.symlink_to("../bot.py")
    second.symlink_to(first)
    write_file(second, BEFORE, AFTER)
    assert first.is_symlink() and second.is_symlink() and not bot.is_symlink()
    assert bot.read_bytes() == second.read_bytes() == AFTER
    assert list((tmp_path / "sub").iterdir()) == [first]


def test_a_hard_link_is_broken_because_the_write_is_atomic(bot: Path, tmp_path: Path) -> None:
    os.link(bot, tmp_path / "other.py")
    write_file(bot, BEFORE, AFTER)
    assert (bot.read_bytes(), (tmp_path / "other.py").read_bytes()) == (AFTER, BEFORE)


def test_a_file_that_does_not_change_is_not_touched(bot: Path) -> None:
    os.utime(bot, ns=(1, 1))
    inode = bot.stat().st_ino
    write_file(bot, BEFORE, BEFORE)
    assert (bot.stat().st_mtime_ns, bot.stat().st_ino) == (1, inode)


def refused(message: str, path: Path, before: bytes | None) -> None:
    """Writing fails with `message`, and nothing has changed anywhere."""

    def state() -> dict[str, object]:
        return {
            str(p): (p.stat().st_mtime_ns, p.stat().st_ino, p.read_bytes())
            for p in path.parent.rglob("*")
            if p.is_file()
        }

    earlier = state()
    with pytest.raises(WriteError, match=message):
        write_file(path, before, AFTER)
    assert state() == earlier


def test_a_read_only_file_is_left_alone_even_by_root(bot: Path) -> None:
    bot.chmod(0o444)
    refused("is read-only", bot, BEFORE)


def test_a_file_in_a_read_only_directory_is_left_alone_even_by_root(bot: Path) -> None:
    bot.parent.chmod(0o555)
    try:
        refused("directory .* is read-only", bot, BEFORE)
        refused("directory .* is read-only", bot.parent / "new.py", None)
    finally:
        bot.parent.chmod(0o755)


def test_a_file_of_somebody_else_is_left_alone(public_directory: Path) -> None:
    bot = public_directory / "bot.py"
    bot.write_bytes(BEFORE)
    bot.chmod(0o644 if os.geteuid() == 0 else 0o444)

    def attempt() -> str:
        with pytest.raises(WriteError) as caught:
            write_file(bot, BEFORE, AFTER)
        return str(caught.value)

    assert as_ordinary_user(attempt) == "is read-only"
    assert bot.read_bytes() == BEFORE


def test_a_file_in_a_directory_of_somebody_else_is_left_alone(public_directory: Path) -> None:
    bot = public_directory / "bot.py"
    bot.write_bytes(BEFORE)
    bot.chmod(0o666)
    public_directory.chmod(0o755 if os.geteuid() == 0 else 0o555)

    def attempt() -> str:
        with pytest.raises(WriteError) as caught:
            write_file(bot, BEFORE, AFTER)
        return str(caught.value)

    assert "directory" in as_ordinary_user(attempt)
    public_directory.chmod(0o755)
    assert bot.read_bytes() == BEFORE


def test_a_file_that_changed_since_it_was_read_is_left_alone(bot: Path) -> None:
    bot.write_bytes(BEFORE + b"# mine\n")
    refused("has changed on disk", bot, BEFORE)


def test_a_file_that_is_gone_does_not_come_back(bot: Path) -> None:
    bot.unlink()
    refused("has been removed", bot, BEFORE)


def test_a_file_that_has_become_a_directory_is_left_alone(bot: Path) -> None:
    bot.unlink()
    bot.mkdir()
    refused("not a regular file", bot, BEFORE)


def test_a_new_file_that_exists_meanwhile_is_left_alone(bot: Path, tmp_path: Path) -> None:
    refused("has come into being", bot, None)
    (tmp_path / "link.py").symlink_to("nowhere.py")
    refused("has come into being", tmp_path / "link.py", None)
    assert not (tmp_path / "nowhere.py").exists()


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    refused(f"no directory {tmp_path / 'missing'}", tmp_path / "missing" / "new.py", None)


def at_fsync(monkeypatch: pytest.MonkeyPatch, action: Callable[[], object]) -> None:
    """Let `action` happen when the temporary file is complete and not yet in place."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        monkeypatch.setattr(os, "fsync", real)
        action()
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("before", [BEFORE, None], ids=["existing", "new"])
def test_a_failure_on_the_way_leaves_no_trace(
    bot: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, before: bytes | None
) -> None:
    def fail() -> NoReturn:
        raise error

    path = bot if before else bot.parent / "new.py"
    at_fsync(monkeypatch, fail)
    with pytest.raises(WriteError if isinstance(error, OSError) else KeyboardInterrupt):
        write_file(path, before, AFTER)
    assert list(bot.parent.iterdir()) == [bot]
    assert bot.read_bytes() == BEFORE


def test_an_edit_made_while_the_new_bytes_were_written_wins(bot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    at_fsync(monkeypatch, lambda: bot.write_bytes(b"mine"))
    with pytest.raises(WriteError, match="has changed"):
        write_file(bot, BEFORE, AFTER)
    assert bot.read_bytes() == b"mine"


@pytest.mark.parametrize("links", [True, False], ids=["with_links", "without_links"])
def test_a_file_created_while_the_new_bytes_were_written_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def link(source: object, target: object) -> NoReturn:
        raise OSError(errno.EPERM, "this file system has no links")

    if not links:
        monkeypatch.setattr(os, "link", link)
    write_file(tmp_path / "free.py", None, AFTER)
    assert (tmp_path / "free.py").read_bytes() == AFTER

    path = tmp_path / "new.py"
    at_fsync(monkeypatch, lambda: path.write_bytes(b"mine"))
    with pytest.raises(WriteError, match="has come into being"):
        write_file(path, None, AFTER)
    assert path.read_bytes() == b"mine"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["free.py", "new.py"]


def test_only_the_expected_content_is_deleted(bot: Path) -> None:
    with pytest.raises(WriteError, match="has changed"):
        remove_file(bot, AFTER)
    remove_file(bot, BEFORE)
    assert not bot.exists()


# Plans


def plan(root: Path, files: dict[str, tuple[bytes | None, bytes]], *spans: Iterable[str]) -> Plan:
    """A plan for files by name, with one change for each span of files."""
    chosen = []
    for span in spans:
        paths = [root / name for name in span]
        change = Change("Do better", "It is better.", (), tuple(FileChange(path) for path in paths))
        finding = Finding("TGF999", "do-better", paths[0], 1, 0, 1, 4, "This is slow", change)
        chosen.append(Proposal(finding, change, cast(Any, None)))  # the project is of no interest to writing
    results = tuple(FileResult(root / name, before, after) for name, (before, after) in sorted(files.items()))
    return Plan(tuple(result.path for result in results), results, tuple(chosen), (), ())


def lay_out(root: Path, files: dict[str, tuple[bytes | None, bytes]]) -> None:
    for name, (before, _) in files.items():
        if before is not None:
            (root / name).write_bytes(before)


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}


FILES: dict[str, tuple[bytes | None, bytes]] = {
    "a.py": (b"a", b"A"), "b.py": (b"b", b"B"), "c.py": (b"c", b"C"), "support.py": (None, b"S"),
}  # fmt: skip
OLD = {name: before for name, (before, _) in FILES.items() if before is not None}
NEW = {name: after for name, (_, after) in FILES.items()}


def test_a_plan_is_written_as_a_whole(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    report = execute(plan(tmp_path, FILES, ["a.py"], ["b.py", "support.py"], ["c.py"]), Journal(tmp_path))
    assert report.problems == ()
    assert report.written == tuple(tmp_path / name for name in sorted(FILES))
    assert contents(tmp_path) == NEW


def test_a_plan_that_changes_nothing_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"a")
    os.utime(tmp_path / "a.py", ns=(1, 1))
    report = execute(plan(tmp_path, {"a.py": (b"a", b"a")}, ["a.py"]), Journal(tmp_path))
    assert (report.written, report.problems) == ((), ())
    assert (tmp_path / "a.py").stat().st_mtime_ns == 1
    assert [path.name for path in tmp_path.iterdir()] == ["a.py"]


def test_a_file_that_cannot_be_written_does_not_stop_the_others(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    (tmp_path / "a.py").chmod(0o444)
    journal = Journal(tmp_path)
    report = execute(plan(tmp_path, FILES, ["a.py"], ["b.py"], ["c.py"]), journal)
    assert [(p.path.name, p.message, p.fatal) for p in report.problems] == [("a.py", "is read-only", True)]
    assert contents(tmp_path) == NEW | {"a.py": b"a"}
    assert [path.name for path in journal.runs()[0].files] == ["b.py", "c.py", "support.py"]


def test_files_that_a_change_spans_are_written_all_or_none(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    (tmp_path / "a.py").chmod(0o444)
    # a and b are held together by the support module, which both need
    report = execute(plan(tmp_path, FILES, ["a.py", "support.py"], ["b.py", "support.py"], ["c.py"]), Journal(tmp_path))
    assert contents(tmp_path) == OLD | {"c.py": b"C"}
    assert [path.name for path in report.written] == ["c.py"]
    assert [(p.path.name, p.fatal) for p in report.problems] == [("a.py", True), ("b.py", True), ("support.py", True)]
    assert "also needs a.py, and that file is read-only" in report.problems[1].message


class MeddlingJournal(Journal):
    """Somebody edits a file at the worst moment: everything is checked and recorded, nothing is written."""

    meddle: Callable[[], object]

    def record(self, files: Iterable[FileResult]) -> None:
        super().record(files)
        self.meddle()


def test_files_already_written_are_taken_back_when_another_of_the_change_fails(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    (tmp_path / "a.py").chmod(0o750)
    journal = MeddlingJournal(tmp_path)
    journal.meddle = lambda: (tmp_path / "b.py").write_bytes(b"mine")
    report = execute(plan(tmp_path, FILES, ["a.py", "b.py", "support.py"], ["c.py"]), journal)
    assert contents(tmp_path) == OLD | {"b.py": b"mine", "c.py": b"C"}
    assert mode(tmp_path / "a.py") == 0o750
    assert {p.path.name for p in report.problems} == {"a.py", "b.py", "support.py"}
    assert [path.name for path in journal.runs()[0].files] == ["c.py"]


def test_what_cannot_be_taken_back_is_named_and_can_be_undone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_out(tmp_path, FILES)
    real = write.write_file

    def locked_behind_us(path: Path, before: bytes | None, after: bytes) -> None:
        real(path, before, after)
        if path.name == "a.py":
            path.chmod(0o444)

    monkeypatch.setattr(write, "write_file", locked_behind_us)
    journal = MeddlingJournal(tmp_path)
    journal.meddle = lambda: (tmp_path / "b.py").write_bytes(b"mine")
    report = execute(plan(tmp_path, FILES, ["a.py", "b.py"]), journal)
    assert [path.name for path in report.written] == ["c.py", "support.py"]
    assert [p.path.name for p in report.problems] == ["a.py", "b.py"]
    assert report.problems[0].message == "is written although others of its change are not, and is read-only"
    (tmp_path / "a.py").chmod(0o644)
    journal.undo()
    assert contents(tmp_path) == OLD | {"b.py": b"mine"}


def test_a_run_whose_every_file_failed_leaves_no_run(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    journal = MeddlingJournal(tmp_path)
    journal.meddle = lambda: (tmp_path / "a.py").write_bytes(b"mine")
    report = execute(plan(tmp_path, {"a.py": FILES["a.py"]}, ["a.py"]), journal)
    assert (report.written, len(report.problems), journal.runs()) == ((), 1, [])


def test_an_interrupt_keeps_complete_changes_and_takes_back_the_incomplete_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lay_out(tmp_path, FILES)
    real = write.write_file

    def interrupted_behind_b(path: Path, before: bytes | None, after: bytes) -> None:
        real(path, before, after)
        if path.name == "b.py" and after == b"B":
            raise KeyboardInterrupt

    monkeypatch.setattr(write, "write_file", interrupted_behind_b)
    journal = Journal(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        execute(plan(tmp_path, FILES, ["a.py"], ["b.py", "c.py", "support.py"]), journal)
    assert contents(tmp_path) == OLD | {"a.py": b"A"}
    assert [path.name for path in journal.runs()[0].files] == ["a.py"]


def test_old_bytes_are_in_the_journal_before_the_first_file_is_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies behind the second file: undo brings back what was written and no more."""
    lay_out(tmp_path, FILES)
    child = os.fork()
    if child == 0:
        real, done = write.write_file, []

        def die_behind_the_second(path: Path, before: bytes | None, after: bytes) -> None:
            real(path, before, after)
            done.append(path)
            if len(done) == 2:
                os._exit(0)

        write.write_file = die_behind_the_second
        execute(plan(tmp_path, FILES, *([name] for name in FILES)), Journal(tmp_path))
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert contents(tmp_path) == OLD | {"a.py": b"A", "b.py": b"B"}
    (run,) = Journal(tmp_path).runs()
    assert len(run.files) == 4
    report = Journal(tmp_path).undo()
    assert (report.restored, report.changed_since) == ((tmp_path / "a.py", tmp_path / "b.py"), ())
    assert contents(tmp_path) == OLD


def test_a_file_and_a_link_to_it_are_written_once(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(b"a")
    (tmp_path / "link.py").symlink_to("a.py")
    files: dict[str, tuple[bytes | None, bytes]] = {"a.py": (b"a", b"A"), "link.py": (b"a", b"A")}
    journal = Journal(tmp_path)
    report = execute(plan(tmp_path, files, ["a.py"], ["link.py"]), journal)
    assert (report.written, report.problems) == ((tmp_path / "a.py", tmp_path / "link.py"), ())
    assert (tmp_path / "link.py").is_symlink() and (tmp_path / "a.py").read_bytes() == b"A"
    assert journal.undo().problems == ()
    assert (tmp_path / "link.py").is_symlink() and (tmp_path / "a.py").read_bytes() == b"a"


def nothing_is_written(root: Path, message: str) -> None:
    report = execute(plan(root, FILES, *([name] for name in FILES)), Journal(root))
    assert report.written == () and contents(root) == OLD
    (problem,) = report.problems
    assert problem.fatal and message in problem.message


def test_without_a_journal_nothing_is_written(tmp_path: Path) -> None:
    lay_out(tmp_path, FILES)
    (tmp_path / ".tgfix").mkdir(mode=0o555)
    nothing_is_written(tmp_path, f"the journal that undo needs cannot be written: its directory {tmp_path}/.tgfix is")
    (tmp_path / ".tgfix").rmdir()
    (tmp_path / ".tgfix").symlink_to("/dev/null")
    nothing_is_written(tmp_path, "nothing is written, because the journal that undo needs cannot be written")


def test_without_permission_for_the_root_nothing_is_written(public_directory: Path) -> None:
    """The files stand in a directory that is ours, the project's root is not."""
    source = public_directory / "source"
    source.mkdir(mode=0o777)
    source.chmod(0o777)
    lay_out(source, FILES)
    for path in source.iterdir():
        path.chmod(0o666)
    public_directory.chmod(0o755 if os.geteuid() == 0 else 0o555)

    def attempt() -> str:
        report = execute(plan(source, FILES, *([name] for name in FILES)), Journal(public_directory))
        return f"{len(report.written)} {len(report.problems)} {report.problems[0].message}"

    text = as_ordinary_user(attempt)
    public_directory.chmod(0o755)
    assert text.startswith("0 1 nothing is written") and "read-only" in text
    assert contents(source) == OLD
