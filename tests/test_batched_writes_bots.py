"""batched-writes on whole bots, and what its support code does under load, age, threads, forks and a kill."""

from __future__ import annotations

import asyncio
import builtins
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from append_shapes import BOTH, PATH
from test_batched_writes import drive, rewritten
from twin import Case, Run, Worker, moments

from tgfix.codemods.files.batched_writes import BatchedWrites
from tgfix.codemods.files.batched_writes.support import BATCHED_WRITER
from tgfix.engine import harness

FIXTURES = Path(__file__).parents[1] / "fixtures" / "batched-writes"
BOTS = [("archiver", "safe"), ("archiver", "unsafe"), ("chat_log", "unsafe")]


def sources(bot: str, version: str) -> dict[str, str]:
    """The files of a bot before the rewrite, or after it with or without unsafe changes."""
    found = {path.name: path.read_text() for path in sorted((FIXTURES / bot / "before").glob("*.py"))}
    return found | {path.name: path.read_text() for path in sorted((FIXTURES / bot / version).glob("*.py"))}


@pytest.mark.parametrize(("bot", "version"), BOTS)
def test_a_bot_is_rewritten_as_its_fixture_shows(bot: str, version: str) -> None:
    files = harness.plain(sources(bot, "before"))
    options = {"batched-writes": {"style": "batch" if version == "unsafe" else "any"}}
    plan = harness.run([BatchedWrites()], files, unsafe=version == "unsafe", options=options)
    assert not plan.problems
    assert harness.result(plan, files) == harness.plain(sources(bot, version))


# A Telethon client that archives a chat


def archive(run: Run, count: int, at: int | None, ending: str) -> Any:
    """Run the archiver over a chat of `count` messages; `ending` happens when it asks for item `at` of all its iterations."""
    from twin import telethon

    def refuses(request: Any) -> Any:
        return telethon.rpc_error("CHAT_WRITE_FORBIDDEN", 403) if "7" in request.message else telegram._sent(request)

    interrupt = None if at is None else (at, ending)
    with telethon.offline(run, interrupt=interrupt) as telegram:
        telegram.answers["SendMessageRequest"] = refuses
        telegram.history = telethon.history(count, lambda n: "" if n % 9 == 0 else f"message {n} http://é{n}")
        asyncio.run(run.module.main())


@pytest.mark.parametrize("version", ["safe", "unsafe"])
@pytest.mark.parametrize(("count", "at", "ending"), [
    (0, None, "end"), (350, None, "end"), (350, 250, "exception"), (350, 250, "cancel"), (350, 250, "exit"), (350, 250, "sigint"),
    (350, 600, "exception"), (350, 900, "cancel"), (350, 1060, "sigint"),
])  # fmt: skip
def test_an_archiver_leaves_the_same_files(
    count: int, at: int | None, ending: str, version: str, worker: Worker
) -> None:
    case = {"scenario": archive, "arguments": {"count": count, "at": at, "ending": ending}}
    raises = ending in ("exception", "cancel", "sigint")
    assert worker.differences(sources("archiver", "before"), sources("archiver", version), raises=raises, **case) == []


# A python-telegram-bot application that logs


def talk(run: Run, texts: list[str], how: str) -> None:
    """Feed messages to the application."""
    from twin import ptb

    with ptb.offline(run) as telegram:
        asyncio.run(telegram.feed(run.module.build(), [ptb.message(text) for text in texts], how))


TEXTS = [f"message {n}" for n in range(120)] + ["/count", "after", "/count"]


@pytest.mark.parametrize("how", ["sequence", "queue", "together"])
@pytest.mark.parametrize(
    "texts", [TEXTS, ["a", "boom", "b"], ["a", "stop", "b"], []], ids=["many", "boom", "stop", "none"]
)
def test_a_bot_that_ends_has_logged_the_same(texts: list[str], how: str, worker: Worker) -> None:
    case = {"scenario": talk, "arguments": {"texts": texts, "how": how}}
    before, after = sources("chat_log", "before"), sources("chat_log", "unsafe")
    assert worker.differences(before, after, ignoring=["stderr"] if how == "queue" else [], **case) == []


ENDLESS = """
async def backup(source):
    while True:
        message = await anext(source)
        with open("out/messages.txt", "a", encoding="utf-8") as f:
            f.write(message.text)
            f.write("\\n")
"""


@pytest.mark.parametrize("ending", ["end", "exception", "cancel", "exit", "sigint"])
@pytest.mark.parametrize("at", [0, 57, 100, 257])
def test_an_endless_loop_has_written_all_when_the_program_ends(at: int, ending: str, worker: Worker) -> None:
    case = {"scenario": drive, "arguments": {"count": 350, "at": at, "ending": ending}, "files": {"out": None}}
    assert worker.differences(ENDLESS, rewritten(ENDLESS, "batch"), raises=None, **case) == []


# The support code by itself

PROGRAM = """

def append(numbers, size=100):
    for number in numbers:
        with BatchedWriter("log.txt", "a", encoding="utf-8", size=size) as file:
            file.write(f"{number} ")
            print("é" * 50, file=file)
"""
WRITER = "\n".join(item.statement for item in BATCHED_WRITER.imports) + "\n\n\n" + BATCHED_WRITER.source + PROGRAM


def append(run: Run, count: int, ending: str = "end", size: int = 100) -> None:
    """Write `count` blocks, one after the other; then `ending`."""
    run.module.append(moments.until_now(range(count + (ending != "end")), count, ending), size)


def lines(count: int) -> bytes:
    """What `append` writes."""
    return "".join(f"{number} {'é' * 50}\n" for number in range(count)).encode()


@pytest.mark.parametrize("ending", ["end", "exception", "exit", "sigint"])
@pytest.mark.parametrize("count", [0, 1, 100, 250])
def test_every_ending_that_python_survives_writes_what_waits(count: int, ending: str, worker: Worker) -> None:
    seen = worker.run(Case(WRITER, scenario=append, arguments={"count": count, "ending": ending}))
    assert seen.files.get("log.txt", b"") == lines(count)
    assert "BatchedWriter" not in seen.stderr


@pytest.mark.parametrize("ending", ["sigkill", "os_exit", "sigterm"])
@pytest.mark.parametrize("size", [100, 7])
def test_a_kill_loses_less_than_a_batch_and_tears_no_block(ending: str, size: int, worker: Worker) -> None:
    seen = worker.run(Case(WRITER, scenario=append, arguments={"count": 250, "ending": ending, "size": size}))
    assert seen.files["log.txt"] == lines(250 // size * size)


def opens(run: Run, count: int) -> int:
    """How often the writer opens its file."""
    with mock.patch.object(builtins, "open", wraps=open) as opened:
        append(run, count)
        run.module.BatchedWriter.end()
    return opened.call_count


def test_the_file_is_opened_once_for_each_batch(worker: Worker) -> None:
    assert worker.run(Case(WRITER, scenario=opens, arguments={"count": 250})).result == 3


def age(run: Run) -> list[int]:
    """The file's size right after a few blocks, and when the age is over; twice."""
    sizes = []
    for _ in range(2):
        append(run, 3)
        sizes.append(os.path.getsize("log.txt"))
        deadline = time.monotonic() + 10
        while os.path.getsize("log.txt") == sizes[-1] and time.monotonic() < deadline:
            time.sleep(0.02)
        sizes.append(os.path.getsize("log.txt"))
        assert threading.active_count() <= 2
    return sizes


@pytest.mark.slow
def test_what_waits_is_written_when_it_gets_old(worker: Worker) -> None:
    written = len(lines(3))
    assert worker.run(Case(WRITER, scenario=age)).result == [0, written, written, 2 * written]


def many_threads(run: Run) -> None:
    """Eight threads that append at the same time, while blocks of other tasks are open."""

    def work(number: int) -> None:
        for turn in range(100):
            with run.module.BatchedWriter("log.txt", "a") as file:
                file.write(f"{number} ")
                time.sleep(0)
                file.write(f"{turn}\n")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_blocks_of_threads_are_neither_torn_nor_lost(worker: Worker) -> None:
    written = worker.run(Case(WRITER, scenario=many_threads)).files["log.txt"].decode().splitlines()
    assert sorted(written) == sorted(f"{number} {turn}" for number in range(8) for turn in range(100))
    for number in range(8):
        own = [line for line in written if line.startswith(f"{number} ")]
        assert own == [f"{number} {turn}" for turn in range(100)]


def fork(run: Run) -> None:
    """A child that writes a block of its own and ends as programs do, while blocks of the parent wait."""
    append(run, 3)
    child = os.fork()
    if child == 0:
        with run.module.BatchedWriter("log.txt", "a") as file:
            file.write("child\n")
        run.module.BatchedWriter.end()
        os._exit(0)
    os.waitpid(child, 0)


def test_a_forked_child_does_not_write_what_waits_in_its_parent(worker: Worker) -> None:
    seen = worker.run(Case(WRITER, scenario=fork))
    assert seen.files["log.txt"] == b"child\n" + lines(3)


def late(run: Run) -> bytes:
    """A block that is written when the program has ended already, by another exit hook."""
    append(run, 1)
    run.module.BatchedWriter.end()
    with run.module.BatchedWriter("log.txt", "a") as file:
        file.write("late")
    return Path("log.txt").read_bytes()


def test_what_comes_after_the_end_is_written_at_once(worker: Worker) -> None:
    assert worker.run(Case(WRITER, scenario=late)).result == lines(1) + b"late"


def test_an_unwritable_file_raises_where_the_open_did(worker: Worker) -> None:
    after = WRITER + "\n\ndef log(text):\n    with BatchedWriter('log.txt', 'a') as f:\n        f.write(text)\n"
    before = after.replace("with BatchedWriter(", "with open(")
    case = {"scenario": call_log, "files": {"log.txt": None}}
    assert worker.differences(before, after, **case) == []


def call_log(run: Run) -> list[str]:
    """The exceptions of three calls."""
    raised = []
    for _ in range(3):
        try:
            run.module.log("text")
        except OSError as error:
            raised.append(repr(error))
    assert len(raised) == 3
    return raised


def test_a_full_disk_raises_in_the_block_that_fills_the_batch(worker: Worker) -> None:
    case = Case(WRITER, scenario=append, arguments={"count": 250}, file_size_limit=5_000)
    seen = worker.run(case)
    assert seen.exception is not None and seen.exception.name == "OSError"
    assert seen.files["log.txt"] == lines(250)[:5_000]


def changed_directory(run: Run) -> None:
    """The current directory changes while blocks wait."""
    append(run, 2)
    os.chdir("elsewhere")


def test_a_relative_path_is_where_it_was_when_the_block_was_written(worker: Worker) -> None:
    seen = worker.run(Case(WRITER, scenario=changed_directory, files={"elsewhere": None}))
    assert seen.files["log.txt"] == lines(2)


# How often the rewritten loops open their file: what the rewrite is for


def count_opens(run: Run, count: int) -> int:
    """The number of opens of the file that the shapes write to."""
    with mock.patch.object(builtins, "open", wraps=open) as opened:
        drive(run, count, -1, "end")
    return sum(call.args[:1] == (PATH,) for call in opened.call_args_list)


@pytest.mark.parametrize(("style", "expected"), [(None, 350), ("batch", 4), ("open", 1)])
def test_the_number_of_opens_is_as_promised(style: str | None, expected: int, worker: Worker) -> None:
    program = BOTH["one line"]
    case = Case(
        rewritten(program, style) if style else program,
        scenario=count_opens,
        arguments={"count": 350},
        files={"out": None},
    )
    assert worker.run(case).result == expected


def test_the_size_option_bounds_what_waits(worker: Worker) -> None:
    program = rewritten(BOTH["one line"], "batch", size=10)
    case = Case(program, scenario=drive, arguments={"count": 350, "at": 57, "ending": "sigkill"}, files={"out": None})
    seen = worker.run(case)
    assert seen.exit_code == -signal.SIGKILL
    assert seen.files[PATH].count(b"\n") == 50


def cancel_while_writing(run: Run, turns: int) -> list[str]:
    """Cancel the task after `turns` steps of the loop, wherever that is, also while aiofiles writes a batch."""

    async def main() -> None:
        async def source() -> Any:
            for number in range(350):
                await asyncio.sleep(0)
                yield type("Message", (), {"id": number, "text": f"{number:04}"})

        task = asyncio.create_task(run.module.backup(source()))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    return Path(PATH).read_text().split() if Path(PATH).exists() else []


@pytest.mark.parametrize("turns", [50, 99, 100, 101, 102, 103, 104, 106, 108, 112, 120, 150])
def test_a_cancellation_while_a_batch_is_written_loses_and_doubles_nothing(turns: int, worker: Worker) -> None:
    program = rewritten(BOTH["aiofiles"], "batch")
    case = Case(program, scenario=cancel_while_writing, arguments={"turns": turns}, files={"out": None})
    written = worker.run(case).result
    assert written == [f"{number:04}" for number in range(len(written))]
