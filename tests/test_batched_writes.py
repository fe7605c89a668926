"""batched-writes on running programs: every way a run can end leaves the same bytes as before."""

from __future__ import annotations

import asyncio
import codecs
import concurrent.futures.thread  # noqa: F401  (before a run gives up the right to read where it is)
import inspect
import re
from functools import cache
from typing import Any

import pytest
from append_shapes import BATCH_ONLY, BOTH, OPEN_ONLY, PATH, Message, messages
from twin import Case, Observation, Run, Worker, compare, moments

from tgfix.codemods.files.batched_writes import BatchedWrites
from tgfix.engine import harness

for _name in ("ascii", "utf-8-sig", "utf-16"):
    codecs.lookup(_name)  # likewise

SHAPES = {**BOTH, **OPEN_ONLY, **BATCH_ONLY}
FORMS = [(name, style) for name in BOTH for style in ("batch", "open")]
FORMS += [(name, "open") for name in OPEN_ONLY] + [(name, "batch") for name in BATCH_ONLY]
#: More than two batches, and an ending in the midst of the third.
#: Shapes that do not end what they write with a newline.
NO_LINES = ("two blocks", "a continue in it", "a text over several lines", "a break out of an inner loop")
COUNT, AT, SIZE = 350, 257, 100


def rewritten(source: str, style: str, **options: Any) -> str:
    """The program in the given form."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([BatchedWrites()], files, unsafe=True, options={"batched-writes": {"style": style, **options}})
    assert not plan.problems, plan.problems
    assert plan.files, [finding.reason for finding in plan.left]
    assert all(p.change.style == style for p in plan.chosen)
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


def program(name: str) -> str:
    """The shape of this name before the rewrite."""
    return SHAPES[name]


def drive(run: Run, count: int, at: int, ending: str, odd: int | None = None) -> Any:
    """Let the program back up `count` messages; `ending` happens when it asks for the one with index `at`."""
    source = messages(count)
    if odd is not None:
        source[odd] = Message(odd, "\ud800")  # no encoding has it
    backup = run.module.backup
    if not inspect.iscoroutinefunction(backup):
        return backup(moments.until_now(iter(source), at, ending))

    async def main() -> Any:
        return await backup(moments.until(source, at, ending))

    return asyncio.run(main())


#: What happens → the arguments of `drive` and further fields of a `Case`.
ENDINGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "the end": ({"count": COUNT, "at": AT, "ending": "end"}, {}),
    "exactly two batches": ({"count": 2 * SIZE, "at": AT, "ending": "end"}, {}),
    "an exception": ({"count": COUNT, "at": AT, "ending": "exception"}, {}),
    "a cancellation": ({"count": COUNT, "at": AT, "ending": "cancel"}, {}),
    "sys.exit": ({"count": COUNT, "at": AT, "ending": "exit"}, {}),
    "Ctrl-C": ({"count": COUNT, "at": AT, "ending": "sigint"}, {}),
    "zero messages": ({"count": 0, "at": AT, "ending": "end"}, {}),
    "an exception at the first message": ({"count": COUNT, "at": 0, "ending": "exception"}, {}),
    "zero messages, a file that is there": (
        {"count": 0, "at": AT, "ending": "end"},
        {"files": {PATH: "before\n"}},
    ),
    "an exception at the first message, a file that is there": (
        {"count": COUNT, "at": 0, "ending": "exception"},
        {"files": {PATH: "before\n"}},
    ),
    "a file that is there": ({"count": COUNT, "at": AT, "ending": "end"}, {"files": {PATH: "before\n"}}),
    "no directory": ({"count": COUNT, "at": AT, "ending": "end"}, {"files": {}}),
    "a file that is read-only": (
        {"count": COUNT, "at": AT, "ending": "end"},
        {"files": {PATH: "before\n"}, "read_only": ["out", PATH]},
    ),
    "a full disk": ({"count": COUNT, "at": AT, "ending": "end"}, {"file_size_limit": 9_000}),
    "a full disk at the end": ({"count": COUNT, "at": AT, "ending": "exception"}, {"file_size_limit": 17_500}),
}
#: Without a message, an open file has come to be already: the one thing that the form assumes nobody minds in these programs.
EMPTY = ("zero messages", "an exception at the first message")
#: For the same reason, nothing is done for the first message where the file cannot be opened.
NOT_OPENED = ("no directory", "a file that is read-only")
#: Where the disk refuses, a batch says so up to a batch later, and closing the file says so once more.
FAILURES = {
    "no directory": "builtins.FileNotFoundError",
    "a file that is read-only": "builtins.PermissionError",
    "a full disk": "builtins.OSError: [Errno 27]",
    "a full disk at the end": "builtins.OSError: [Errno 27]",
}


class Before:
    """Runs of the original programs, which several forms are compared with."""

    def __init__(self, worker: Worker) -> None:
        self.run = cache(self._run)
        self.worker = worker

    def _run(self, name: str, ending: str) -> Observation:
        return observed(self.worker, program(name), ending)


@pytest.fixture(scope="module")
def before(worker: Worker) -> Before:
    return Before(worker)


def observed(worker: Worker, source: str, ending: str) -> Observation:
    """One run under one of `ENDINGS`."""
    arguments, more = ENDINGS[ending]
    return worker.run(Case(source, scenario=drive, arguments=arguments, **{"files": {"out": None}, **more}))


def is_asynchronous(source: str) -> bool:
    return "async def backup" in source


def _turn(name: str) -> list[str]:
    """Two of the endings, other ones for each shape, so that the fast tests see each of them with many shapes."""
    names, start = list(ENDINGS), 2 * list(SHAPES).index(name)
    return [names[(start + offset) % len(names)] for offset in range(2)]


@pytest.mark.parametrize(("name", "style"), FORMS, ids=lambda value: re.sub(r"\W+", "-", value))
def test_the_endings_in_turn_leave_the_same_file(name: str, style: str, worker: Worker, before: Before) -> None:
    assert differing(name, style, _turn(name), worker, before) == {}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "style"), FORMS, ids=lambda value: re.sub(r"\W+", "-", value))
def test_every_ending_leaves_the_same_file(name: str, style: str, worker: Worker, before: Before) -> None:
    assert differing(name, style, list(ENDINGS), worker, before) == {}


def differing(name: str, style: str, endings: list[str], worker: Worker, before: Before) -> dict[str, list[str]]:
    """The endings under which the rewritten shape shows something else than the original, and what."""
    after = rewritten(program(name), style)
    wrong = {}
    for ending in endings:
        if ending == "a cancellation" and not is_asynchronous(program(name)):
            continue  # there is no task to cancel
        old, new = before.run(name, ending), observed(worker, after, ending)
        ignoring = ["exception.context", "stderr"] if ending in FAILURES else []
        if ending in FAILURES and style == "batch" or ending in NOT_OPENED:
            ignoring.append("stdout")
        wrong[ending] = compare(old, new, ignoring=ignoring)
        if ending in EMPTY and style == "open":
            assert new.files.get(PATH) == b""
            wrong[ending].remove(f"file {PATH}: only after")
        limit = ENDINGS[ending][1].get("file_size_limit", 0)
        if ending in FAILURES and len(old.files.get(PATH, b"")) >= limit:
            assert str(old.exception).startswith(FAILURES[ending]), "fails for another reason, or not at all"
        assert ending != "the end" or (old.files and old.exit_code == 0), "the program itself does not work"
    return {ending: found for ending, found in wrong.items() if found}


def test_there_are_at_least_thirty_shapes() -> None:
    assert len(BOTH) >= 30


@pytest.mark.parametrize("name", [name for name in BOTH if name != "UTF-16"])
def test_a_hard_kill_loses_at_most_one_batch_and_tears_no_line(name: str, worker: Worker, before: Before) -> None:
    whole = before.run(name, "the end").files[PATH]
    case = {"scenario": drive, "arguments": {"count": COUNT, "at": AT, "ending": "sigkill"}, "files": {"out": None}}
    killed = {style: worker.run(Case(rewritten(program(name), style), **case)) for style in ("batch", "open")}  # type: ignore[arg-type]
    old = worker.run(Case(program(name), **case)).files[PATH]  # type: ignore[arg-type]
    batch = killed["batch"].files[PATH]
    assert killed["batch"].exit_code == -9
    assert whole.startswith(batch)
    assert batch.endswith(b"\n") or name in NO_LINES
    assert killed["open"].files[PATH] == old
    lost = old[len(batch) :]
    assert batch != old, "nothing waited: this shape is no test"
    lines_of_a_message = {
        "a text over several lines": 4,
        "writelines of a generator": 3,
        "two blocks of different kinds": 2,
    }
    assert lost.count(b"\n") <= SIZE * lines_of_a_message.get(name, 1)


@pytest.mark.parametrize("style", ["batch", "open"])
@pytest.mark.parametrize("name", ["one line", "several writes", "print", "json.dump", "a csv writer"])
def test_a_text_that_cannot_be_encoded_keeps_what_came_before_it(name: str, style: str, worker: Worker) -> None:
    case = {
        "scenario": drive,
        "arguments": {"count": COUNT, "at": AT, "ending": "end", "odd": 120},
        "files": {"out": None},
    }
    old, new = (worker.run(Case(source, **case)) for source in (program(name), rewritten(program(name), style)))  # type: ignore[arg-type]
    assert old.exception is not None and old.exception.name == "UnicodeEncodeError"
    differences = compare(old, new, ignoring=["exception.context"])
    if style == "batch" and name in ("print", "json.dump"):  # what one message writes in pieces is one piece of a batch
        differences = [
            d
            for d in differences
            if not d.startswith((f"file {PATH}", "exception: before builtins.UnicodeEncodeError"))
        ]
        assert old.files[PATH].startswith(new.files[PATH])
        assert old.files[PATH].count(b"\n") == new.files[PATH].count(b"\n")
    assert differences == []
