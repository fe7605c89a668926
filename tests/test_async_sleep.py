"""TGF501 on a running bot: the same answers in the same order, and nobody waits for somebody else."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from analysis import ROOT, calls, module, project
from twin import Case, Run, Worker, moments, ptb

from tgfix.codemods.event_loop.async_sleep import AsyncSleep, is_short
from tgfix.engine import harness
from tgfix.engine.model import Proof
from tgfix.engine.proofs.errors import delay

FIXTURE = Path(__file__).parents[1] / "fixtures" / "async-sleep"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))


async def feed(run: Run, texts: list[str], slow_down: int = 0) -> None:
    failures = iter([ptb.Failure(429, "Too Many Requests: retry after 3", retry_after=3)] * slow_down)

    def answer(parameters: dict[str, Any]) -> Any:
        failure = next(failures, None) if parameters["text"] == "News!" else None
        return failure or {"message_id": 1, "date": 1, "chat": {"id": 5, "type": "private"}, "text": parameters["text"]}

    with moments.instant_sleep(run), ptb.offline(run, answers={"sendMessage": answer}) as telegram:
        await telegram.feed(run.module.build(), [ptb.message(text) for text in texts])


async def overlapping(run: Run) -> int:
    """How many reminders wait at the same time, of four that are asked for at once."""
    waiting = most = 0
    real = asyncio.sleep

    async def asleep(delay: float) -> None:
        nonlocal waiting, most
        if delay == 5:
            waiting += 1
            most = max(most, waiting)
            for _ in range(50):
                await real(0)
            waiting -= 1

    with moments.instant_sleep(run), ptb.offline(run) as telegram:
        application = run.module.build()
        run.module.asyncio.sleep = asleep
        await telegram.feed(application, [ptb.message("/remind")] * 4, "together")
    return most


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    plan = harness.run([AsyncSleep()], harness.plain({"bot.py": BEFORE}), unsafe=True)
    assert plan.files[0].after.decode() == AFTER
    assert not plan.hidden and not plan.left, "the function for the thread is no finding"


@pytest.mark.parametrize(
    "texts", [["/remind"], ["/broadcast"], ["/count"], ["/remind", "/count", "/broadcast", "/remind"]]
)
@pytest.mark.parametrize("slow_down", [0, 2])
def test_the_bot_says_the_same_in_the_same_order(texts: list[str], slow_down: int, worker: Worker) -> None:
    arguments = {"texts": texts, "slow_down": slow_down}
    differences = worker.differences(BEFORE, AFTER, scenario=feed, arguments=arguments, ignoring={"sleep.blocking"})
    assert differences == []


def test_the_bot_waits_as_long_as_before_and_only_the_loop_is_free(worker: Worker) -> None:
    runs = [
        worker.run(Case(text, scenario=feed, arguments={"texts": ["/remind", "/count"]})) for text in (BEFORE, AFTER)
    ]
    old, new = ([(call["seconds"], call["blocking"]) for call in run.of("sleep")] for run in runs)
    assert [seconds for seconds, _ in old] == [seconds for seconds, _ in new]
    assert (5, True) in old and (5, False) in new
    assert [seconds for seconds, blocking in new if blocking] == [0.01] * 3, "only the thread still blocks"


def test_four_users_wait_side_by_side(worker: Worker) -> None:
    assert worker.run(Case(BEFORE, scenario=overlapping)).result == 0
    assert worker.run(Case(AFTER, scenario=overlapping)).result == 4


@pytest.mark.parametrize(
    ("code", "known"),
    [
        ("d = 1\nwhile x:\n time.sleep(d)\n d *= 2", True),
        ("d = 1\nwhile x:\n time.sleep(d)\n d = min(d * 2, 60)", True),
        ("d = 1\nwhile x:\n time.sleep(d)\n d -= 1", False),
        ("d = 1\nwhile x:\n time.sleep(d)\n d = x", False),
        ("d = d\ntime.sleep(d)", False),
        ("d = 1\n(d := x)\ntime.sleep(d)", False),
        ("d = 1\nfor d, e in x:\n time.sleep(d)", False),
        ("for d in [1, 2.5]:\n time.sleep(d)", True),
        ("for d in (1, -2):\n time.sleep(d)", False),
        ("for d in range(5, 0, -1):\n time.sleep(d)", True),
        ("for d in range(5, -3, -1):\n time.sleep(d)", False),
        ("time.sleep(random.choice([1, 2]))", True),
        ("ds = (1, 2)\ntime.sleep(random.choice(ds))", True),
        ("ds = [1, 2]\nds.append(-1)\ntime.sleep(random.choice(ds))", False),
        ("time.sleep(random.choice((1, -2)))", False),
        ("time.sleep(max(0, 9 - time.time()))", True),
        ("now = time.monotonic()\ntime.sleep(max(0, now + 5 - time.monotonic()))", True),
        ("time.sleep(max(0, int(x.text)))", False),  # a user may ask for centuries, for which time.sleep() fails
        ("time.sleep(abs(float(x.text)))", False),
        ("time.sleep(2 ** len(x.text))", False),
        ("for d in range(5):\n time.sleep(2 ** d)", True),
    ],
)
def test_whether_a_delay_may_be_negative_or_endless(code: str, known: bool) -> None:
    found = project(bot="import random, time\ndef f(x):\n" + "".join(f" {line}\n" for line in code.split("\n")))
    module = found.module(ROOT / "bot.py")
    assert isinstance(delay(module, calls(module, "time.sleep")[0].args[0]), Proof) == known


def test_the_pauses_of_a_function_are_one_change_with_those_of_its_loops() -> None:
    def told(*pauses: float, loop: str = "") -> str:
        lines = "".join(f"    await event.edit('.')\n    time.sleep({seconds})\n" for seconds in pauses)
        bot = f"import time\n\n\nasync def wave(event):\n{lines}{loop}    await event.edit('!')\n"
        plan = harness.run([AsyncSleep()], harness.plain({"bot.py": bot}), unsafe=True)
        (proposal,) = plan.chosen
        assert plan.files[0].after.decode().count("await asyncio.sleep(") == len(pauses) + bool(loop)
        return f"{proposal.change.title}: {proposal.change.why}"

    many = "Await asyncio.sleep() 4 times: 4 calls of time.sleep() stop the whole bot for 6 seconds together;"
    assert told(1, 2, 1, 2).startswith(many)
    loop = "    for _ in range(3):\n        time.sleep(2)\n        await event.edit('!')\n"
    mixed = "Await asyncio.sleep() 3 times: 3 calls of time.sleep() stop the whole bot for up to 2 seconds each;"
    assert told(0.03, 1, loop=loop).startswith(mixed)


@pytest.mark.parametrize(
    ("delay", "short"),
    [
        ("0.002", True),
        ("min(delay, 0.001)", True),
        ("min(delay, 1)", False),
        ("max(delay, 0.001)", False),
        ("min(delay, 0)", False),
    ],
)
def test_a_pause_that_nobody_notices_is_left_as_it_is(delay: str, short: bool) -> None:
    found = module(f"import time\nasync def f(delay: float):\n    time.sleep({delay})\n")
    assert is_short(found, calls(found, "time.sleep")[0]) is short
