"""TGF603 on a running client: the same files with the same requests, four at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twin import Case, Observation, Run, Worker, telethon

from tgfix.codemods.telegram_api.bounded_downloads import BoundedDownloads
from tgfix.codemods.telegram_api.bounded_downloads.support import ASYNC_FOR, FOR
from tgfix.engine import harness
from tgfix.engine.model import Hazard

FIXTURE = Path(__file__).parents[1] / "fixtures" / "bounded-downloads"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
#: Three parts.
SIZE = 3 * 131072


def plan_of(text: str) -> harness.Plan:
    """What TGF603 finds in a bot."""
    return harness.run([BoundedDownloads()], harness.plain({"bot.py": text}), unsafe=True)


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    plan = plan_of(BEFORE)
    assert not plan.problems
    assert plan.files[0].after.decode() == AFTER
    assert {a.hazard for f in plan.findings if f.change for a in f.change.assumes} == {
        Hazard.RESOURCES,
        Hazard.ORDERING,
        Hazard.ERRORS,
    }


async def keep(run: Run, failing: int, trip: float = 0.001) -> dict[str, Any]:
    """Download twelve files of three parts each: how many requests were under way at a time, and what came of it."""
    import asyncio
    import tempfile
    import time

    from telethon import types

    def document(number: int) -> types.Message:
        file = types.Document(
            number, 1, b"", telethon.DATE, "text/plain", SIZE, 2,
            [types.DocumentAttributeFilename("same.txt" if number % 2 else f"{number}.txt")],
        )  # fmt: skip
        return types.Message(
            number, types.PeerUser(5), telethon.DATE, "", media=types.MessageMediaDocument(document=file)
        )

    def give(request: Any) -> object:
        if request.location.id == failing:
            raise telethon.rpc_error("FILE_REFERENCE_EXPIRED")
        part = bytes([request.location.id]) * (request.limit if request.offset < SIZE else 0)
        return types.upload.File(types.storage.FileUnknown(), 0, part)

    seen: dict[str, Any] = {"now": 0, "most": 0, "requests": 0}
    with telethon.offline(run) as telegram, tempfile.TemporaryDirectory() as folder:
        telegram.answers["GetFileRequest"] = give
        client = run.module.client
        await client.connect()
        client.session.set_dc(2, "149.154.167.51", 443)
        ask = client._call

        async def call(*given: Any, **more: Any) -> Any:
            seen["now"] += 1
            seen["requests"] += 1
            seen["most"] = max(seen["most"], seen["now"])
            try:
                await asyncio.sleep(trip)
                return await ask(*given, **more)
            finally:
                seen["now"] -= 1

        client._call = call
        began = time.monotonic()
        try:
            await run.module.keep([document(number) for number in range(1, 13)], folder)
        except Exception as error:
            seen["error"] = type(error).__name__
        seen["seconds"] = time.monotonic() - began
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir()}
        seen["files"] = {name: (len(content), sorted(set(content))) for name, content in files.items()}
        await client.disconnect()
    return seen


def both(worker: Worker, failing: int = 0) -> list[dict[str, Any]]:
    """What a run before and one after say."""
    runs: list[Observation] = [
        worker.run(Case(text, scenario=keep, arguments={"failing": failing})) for text in (BEFORE, AFTER)
    ]
    assert all(run.exception is None for run in runs), runs[0].exception or runs[1].exception
    return [run.result for run in runs]


def test_the_same_files_come_four_at_a_time(worker: Worker) -> None:
    before, after = both(worker)
    assert before["files"] == after["files"] and len(before["files"]) == 12
    assert before["requests"] == after["requests"] > 12
    assert (before["most"], after["most"]) == (1, 4)


def test_an_error_stops_the_others(worker: Worker) -> None:
    before, after = both(worker, failing=6)
    assert before["error"] == after["error"] == "FileReferenceExpiredError"
    assert before["now"] == after["now"] == 0
    assert after["requests"] < 40, "what comes behind is not begun"


@pytest.mark.parametrize("helper", [FOR, ASYNC_FOR], ids=["for", "async for"])
def test_the_first_error_is_raised_and_nothing_is_left_running(helper: Any) -> None:
    import asyncio

    scope: dict[str, Any] = {"asyncio": asyncio}
    exec(helper.source, scope)
    begun: list[int] = []
    ended: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        try:
            await asyncio.sleep(0 if number == 1 else 5)
            raise KeyError(number)
        finally:
            ended.append(number)

    async def later() -> Any:
        for number in range(9):
            yield work(number)

    async def run() -> int:
        given = later() if helper is ASYNC_FOR else (work(number) for number in range(9))
        with pytest.raises(KeyError, match="1"):
            await scope[helper.name](given)
        return len(asyncio.all_tasks())

    assert asyncio.run(run()) == 1
    assert begun == [0, 1, 2, 3] and sorted(ended) == begun


def test_a_call_over_several_lines_becomes_one_line() -> None:
    spread = "(\n                message,\n                folder,\n            )"
    assert plan_of(BEFORE.replace("(message, folder)", spread)).files[0].after.decode() == AFTER
    tuples = BEFORE.replace("in messages:", "in pick((\n        messages,\n    )):")
    assert "in pick((messages,))\n" in plan_of(tuples).files[0].after.decode(), "a tuple stays one"


def test_the_same_file_in_each_turn_is_no_finding() -> None:
    assert not plan_of(BEFORE.replace("(message, folder)", "(messages[0])")).findings


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("message.file:", "await client.get_me():", "waits"),
        ("(message, folder)", "(await newest(message), folder)", "waited for as well"),
        ('    print("kept")', '    print("kept", message)', "used elsewhere"),
        ("for message in messages:", "for message, folder in messages:", "several variables"),
    ],
    ids=["a condition that waits", "a file that is asked for", "the last message is used", "several variables"],
)
def test_what_stays(old: str, new: str, reason: str) -> None:
    assert old in BEFORE
    (finding,) = plan_of(BEFORE.replace(old, new)).findings
    assert finding.reason and reason in finding.reason
