"""Endings at message k, limits of the machine, and sleeps: what happens to a program is the same before and after."""

from __future__ import annotations

from typing import Any

import pytest

from twin import Case, Run, Worker, moments

BACKUP = """
async def backup(messages):
    count = 0
    async for message in messages:
        with open("out.txt", "a", encoding="utf-8") as file:
            file.write(message + "\\n")
        count += 1
    return count
"""
STREAM = """
import contextlib
async def backup(messages):
    count = 0
    with contextlib.ExitStack() as stack:
        file = None
        async for message in messages:
            if file is None:
                file = stack.enter_context(open("out.txt", "a", encoding="utf-8"))
            file.write(message + "\\n")
            file.flush()
            count += 1
    return count
"""
HOISTED = """
async def backup(messages):
    count = 0
    with open("out.txt", "a", encoding="utf-8") as file:
        async for message in messages:
            file.write(message + "\\n")
            count += 1
    return count
"""


async def back_up(run: Run, at: int, ending: str, count: int = 30) -> Any:
    return await run.module.backup(moments.until((f"message {number}" for number in range(count)), at, ending))


@pytest.mark.parametrize("ending", moments.ENDINGS)
def test_every_ending_of_a_run_is_seen_as_it_was(worker: Worker, ending: str) -> None:
    case: dict[str, Any] = {"scenario": back_up, "arguments": {"at": 25, "ending": ending}}
    raises = ending in ("exception", "cancel", "sigint")
    assert worker.differences(BACKUP, STREAM, raises=raises, **case) == []
    assert bool(worker.differences(BACKUP, HOISTED, raises=raises, **case)) == (ending in moments.FATAL)
    seen = worker.run(Case(BACKUP, **case))
    assert seen.files["out.txt"].count(b"\n") == (30 if ending == "end" else 25)
    python = {"end": 0, "exception": 1, "cancel": 1, "exit": 3, "os_exit": 4, "sigint": 130}
    assert seen.exit_code == (python | {"sigterm": -15, "sigkill": -9})[ending]


def test_a_file_that_is_made_without_need_is_found(worker: Worker) -> None:
    nothing = {"at": 0, "ending": "end", "count": 0}
    assert worker.differences(BACKUP, STREAM, scenario=back_up, arguments=nothing) == []
    assert worker.differences(BACKUP, HOISTED, scenario=back_up, arguments=nothing) == ["file out.txt: only after"]


def test_a_full_disk_strikes_at_the_message_that_did_not_fit(worker: Worker) -> None:
    case: dict[str, Any] = {"scenario": back_up, "arguments": {"at": 0, "ending": "end"}, "file_size_limit": 100}
    seen = worker.run(Case(BACKUP, **case))
    assert seen.exception is not None and seen.exception.attributes["errno"] == 27 and len(seen.files["out.txt"]) == 100
    # Closing the file tries once more to write the rest, so the second error arises in the course of the first.
    assert worker.differences(BACKUP, STREAM, raises=True, **case)[0].startswith("exception: context: before")
    assert worker.differences(BACKUP, STREAM, raises=True, ignoring={"exception.context"}, **case) == []


def test_a_read_only_file_is_read_only_for_root_too(worker: Worker) -> None:
    arguments = {"at": 0, "ending": "end"}
    case = Case(BACKUP, scenario=back_up, arguments=arguments, files={"out.txt": "old\n"}, read_only=["out.txt"])
    seen = worker.run(case)
    assert seen.exception is not None and seen.exception.name == "PermissionError"
    assert seen.files["out.txt"] == b"old\n"


def sleepy(run: Run) -> Any:
    with moments.instant_sleep(run):
        return run.module.work("fine")


def test_sleeps_are_recorded_and_cost_nothing(worker: Worker) -> None:
    source = """
import asyncio, time
from asyncio import sleep
async def doze():
    await sleep(900)
    await asyncio.sleep(0)
def work(flag):
    time.sleep(600)
    asyncio.run(doze())
    time.sleep(-1)
"""
    seen = worker.run(Case(source, scenario=sleepy, timeout=5))
    assert [call["seconds"] for call in seen.of("sleep")] == [600, 900, -1]
    assert seen.exception is not None and seen.exception.name == "ValueError"
