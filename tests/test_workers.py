"""Work in several processes gives what work in one gives, whatever becomes of a process."""

from __future__ import annotations

import gc
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import tgfix

from tgfix.codemods import load_codemods
from tgfix.engine.counters import FISSIX, PARSED, WALKED, work
from tgfix.engine.run import first_look, workers
from tgfix.engine.run.first_look import Means
from tgfix.engine.run.planner import look
from tgfix.engine.run.workers import Lost, shared
from tgfix.engine.sources.config import Settings

pytestmark = pytest.mark.skipif(not workers.can_share(), reason="processes cannot be copied here")


@pytest.fixture(autouse=True)
def _frozen() -> Iterator[None]:
    """What `shared` has thawed is frozen again, as the configuration of the tests does."""
    yield
    gc.freeze()


def results(work: object, count: int, jobs: int, **more: float) -> dict[int, object]:
    return dict(shared(range(count), work, jobs, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("jobs", [1, 2, 7])
def test_every_piece_is_done_once(jobs: int) -> None:
    assert results(lambda piece: piece * piece, 20, jobs) == {piece: piece * piece for piece in range(20)}


def test_the_processes_are_copies_of_this_one_and_change_nothing_in_it() -> None:
    known = [1]

    def work(piece: int) -> tuple[int, int]:
        known.append(piece)
        return os.getpid(), known[0]

    found = results(work, 6, 2)
    assert known == [1] and os.getpid() not in {pid for pid, _ in found.values()}  # type: ignore[misc]
    assert len({pid for pid, _ in found.values()}) <= 2  # type: ignore[misc]


def test_a_process_that_dies_loses_its_piece_and_no_other() -> None:
    def work(piece: int) -> int:
        if piece == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return piece

    found = results(work, 8, 2)
    assert isinstance(found[3], Lost) and "SIGTERM" in found[3].reason
    assert {piece: result for piece, result in found.items() if piece != 3} == {p: p for p in range(8) if p != 3}


def test_a_piece_that_hangs_is_given_up() -> None:
    def work(piece: int) -> int:
        if piece == 0:
            time.sleep(60)
        return piece

    started = time.monotonic()
    found = results(work, 4, 2, longest=1.0)
    assert isinstance(found[0], Lost) and "took longer than 1 seconds" in found[0].reason
    assert [found[piece] for piece in (1, 2, 3)] == [1, 2, 3] and time.monotonic() - started < 30


def test_an_error_or_a_result_that_cannot_be_handed_over_is_lost() -> None:
    def work(piece: int) -> object:
        if piece == 0:
            raise ValueError("no")
        return (lambda: None) if piece == 1 else piece

    found = results(work, 3, 2)
    assert isinstance(found[0], Lost) and "ValueError: no" in found[0].reason
    assert isinstance(found[1], Lost) and found[2] == 2


def test_no_process_is_left_behind() -> None:
    pids: set[int] = set()
    for _, pid in shared(range(50), lambda _: os.getpid(), 3):
        pids.add(pid)
        if len(pids) == 2:
            break  # as an interrupt would
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


# Runs


@pytest.fixture
def bots(tmp_path: Path) -> Path:
    """Files that depend on each other, one that does not parse, one that is silenced."""
    for number in range(8):
        (tmp_path / f"bot{number}.py").write_text(
            f"import time, requests, json\nfrom bot{(number + 1) % 8} import save\n\n"
            f"def load():\n    with open('a{number}.json') as file:\n        return json.load(file)\n\n"
            f"def save(user):\n    with open('users{number}.txt', 'a') as file:\n        file.write(user)\n\n"
            "async def start(update, context):\n    load()\n    time.sleep(1)\n    save('x')\n"
            "    requests.get('http://example.org')\n    time.sleep(2)  # tgfix: ignore\n"
        )
    (tmp_path / "main.py").write_text(
        "from telegram.ext import Application, CommandHandler\nfrom bot0 import start\n\n"
        "app = Application.builder().token('').connection_pool_size(4).build()\n"
        "app.add_handler(CommandHandler('start', start))\napp.run_polling()\n"
    )
    (tmp_path / "broken.py").write_text("def time.sleep(:\n")
    (tmp_path / "texts.py").write_text("HELLO = 'hello'\n")
    return tmp_path


@pytest.mark.parametrize(
    "command",
    [["check", "--all"], ["check", "--format", "json"], ["check", "--format", "sarif"], ["apply", "--dry-run"]],
    ids=" ".join,
)
def test_the_output_is_the_same_to_the_byte_for_any_number_of_processes(bots: Path, command: list[str]) -> None:
    alone = tgfix(*command, "--no-cache", "--jobs", "1", cwd=bots)
    for jobs in ("2", "7"):
        several = tgfix(*command, "--no-cache", "--jobs", jobs, cwd=bots)
        assert (several.code, several.out, several.err) == (alone.code, alone.out, alone.err)


def test_a_crash_in_one_file_is_an_error_of_that_file(bots: Path) -> None:
    (bots / "tgfix.toml").write_text('codemods = ["own.py"]\n')
    (bots / "own.py").write_text(
        '"""Crash."""\nimport os, signal\nfrom tgfix import Codemod\n\nclass Crash(Codemod):\n    """Crash."""\n\n'
        '    code, name, title, needles = "OWN001", "crash", "Crash", (b"HELLO",)\n\n'
        "    def find(self, module):\n        os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    result = tgfix("check", "--jobs", "2", "--format", "json", "--exclude", "own.py", cwd=bots)
    report = json.loads(result.out)
    assert result.code == 2
    assert [e["path"] for e in report["errors"] if "SIGKILL" in e["message"]] == ["texts.py"]
    plain = json.loads(
        tgfix(
            "check", "--jobs", "1", "--format", "json", "--no-cache", "--exclude", "own.py", "--ignore", "OWN", cwd=bots
        ).out
    )
    assert report["findings"] == plain["findings"]


def test_a_codemod_of_the_whole_project_that_crashes_is_an_error_of_the_project(bots: Path) -> None:
    (bots / "tgfix.toml").write_text('codemods = ["own.py"]\n')
    (bots / "own.py").write_text(
        '"""Crash."""\nimport os\nfrom tgfix import Codemod\n\nclass Crash(Codemod):\n    """Crash."""\n\n'
        '    code, name, title, needles = "OWN001", "crash", "Crash", (b"HELLO",)\n\n'
        "    def find_in_project(self, project):\n        os._exit(7)\n"
    )
    result = tgfix("check", "--jobs", "2", cwd=bots)
    assert "OWN001 crash did not look into it: the process that looked into it ended with code 7" in result.error


@pytest.mark.parametrize("jobs", ["0", "-1", "many", "1.5"])
def test_a_number_of_processes_that_is_none_is_refused(bots: Path, jobs: str) -> None:
    assert f"--jobs {jobs}: expected how many processes" in tgfix("check", f"--jobs={jobs}", cwd=bots).error


def test_one_process_does_what_little_there_is(bots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = sorted(bots.glob("*.py"))
    monkeypatch.setattr(os, "fork", lambda: pytest.fail("there is not enough to do"))
    alone = look(files, load_codemods(), Settings(root=bots), means=Means(jobs=None))
    monkeypatch.undo()
    monkeypatch.setattr(first_look, "_ENOUGH", 1)
    monkeypatch.setattr(workers, "processors", lambda: 3)
    assert look(files, load_codemods(), Settings(root=bots), means=Means(jobs=None)).findings == alone.findings


def test_a_look_parses_and_walks_no_text_twice(bots: Path) -> None:
    work.clear()
    look(sorted(bots.glob("*.py")), load_codemods(), Settings(root=bots))
    counts = work.counts()
    assert (counts["files"], counts["screened_out"], counts["from_cache"]) == (11, 1, 0)
    assert 0 < counts[PARSED] <= 10 and work.calls[PARSED] == counts[PARSED]
    assert 0 < counts[WALKED] <= counts[PARSED] and work.calls[WALKED] == counts[WALKED]
    assert counts[FISSIX] <= 1 and counts["proofs"] > 0


def test_where_processes_cannot_be_copied_one_does_it_all(bots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "fork")
    assert not workers.can_share()
