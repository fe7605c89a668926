"""TGF504 on a running bot, and where it must not believe in a running loop."""

from __future__ import annotations

from pathlib import Path

import pytest
from analysis import ROOT, calls, project
from twin import Run, Worker, ptb

from tgfix.codemods.event_loop.running_loop import RunningLoop
from tgfix.engine import harness
from tgfix.engine.analysis.closing import Closing

FIXTURE = Path(__file__).parents[1] / "fixtures" / "running-loop"
BEFORE, AFTER = ((FIXTURE / side / "bot.py").read_text() for side in ("before", "after"))
COMMANDS = ["/draw", "/both", "/soon", "/thread", "/watching"]


async def feed(run: Run) -> None:
    with ptb.offline(run) as telegram:
        await telegram.feed(run.module.build(), [ptb.message(text) for text in COMMANDS])


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    plan = harness.run([RunningLoop()], harness.plain({"bot.py": BEFORE}), unsafe=False)
    assert plan.files[0].after.decode() == AFTER
    assert [finding.line for finding in plan.left] == [39, 51], "the thread and the cleaning up"


def test_the_bot_says_the_same(worker: Worker) -> None:
    assert worker.differences(BEFORE, AFTER, scenario=feed) == []


def test_the_call_in_an_f_string_is_rewritten_or_left_but_never_damaged() -> None:
    text = "import asyncio\n\n\nasync def now(event):\n    return f'{asyncio.get_event_loop().time():.1f} ä {asyncio.get_event_loop()}'\n"
    plan = harness.run([RunningLoop()], harness.plain({"bot.py": text}), unsafe=False)
    after = plan.files[0].after.decode() if plan.files else text
    assert after.replace("get_running_loop", "get_event_loop") == text
    assert len(plan.left) == after.count("get_event_loop")


def without_loop(text: str) -> int | None:
    """The line because of which `LOOP` in `text` may run without a loop."""
    found = project(bot=text)
    module = found.module(ROOT / "bot.py")
    place = found.fact(Closing).without_loop(module, calls(module, "asyncio.get_event_loop")[0])
    return place and place[1]


HEAD = "import asyncio, contextlib\nasync def f(self=None):\n"
LOOP = "asyncio.get_event_loop()"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{HEAD} try: await g()\n finally: {LOOP}", 4),
        (f"{HEAD} try: await g()\n except GeneratorExit:\n  {LOOP}\n  raise", 4),
        (f"{HEAD} try: await g()\n except (ValueError, BaseException): pass\n {LOOP}", 3),
        (f"{HEAD} try: await g()\n except ERRORS: pass\n {LOOP}", 3),
        (f"{HEAD} while True:\n  {LOOP}\n  try: await g()\n  except: pass", 5),
        (f"{HEAD} for i in 1, 2:\n  try: await g()\n  finally: continue\n {LOOP}", 4),
        (f"{HEAD} with contextlib.suppress(BaseException): await g()\n {LOOP}", 3),
        (f"{HEAD} while {LOOP}:\n  try: await g()\n  except: pass", 4),
        (f"{HEAD} {LOOP}\nasync def g():\n try: await x\n finally: await f()", 6),
        (f"{HEAD} {LOOP}\nasync def h(): await f()\nasync def g():\n try: await x\n finally: await h()", 7),
        (f"{HEAD} {LOOP}\nend = f\nasync def g():\n try: await x\n finally: await end()", 7),
        (f"{HEAD} {LOOP}\nasync def g(stack):\n stack.push_async_callback(f)", 5),
        (f"import asyncio\nclass A:\n async def __aexit__(self, *_): {LOOP}", 3),
    ],
)
def test_what_may_run_when_a_coroutine_is_closed_is_left(text: str, line: int) -> None:
    assert without_loop(text) == line


@pytest.mark.parametrize(
    "text",
    [
        f"{HEAD} try: await g()\n except Exception: {LOOP}",
        f"{HEAD} try: await g()\n except asyncio.CancelledError: pass\n {LOOP}",
        f"{HEAD} try: await g()\n except BaseException: raise\n {LOOP}",
        f"{HEAD} try: print()\n except: pass\n {LOOP}",
        f"{HEAD} {LOOP}\n try: await g()\n except: pass",
        f"{HEAD} await g()\n {LOOP}\nasync def g():\n try: await x\n except: return",
        f"{HEAD} try: {LOOP}\n finally: print()",
        f"{HEAD} {LOOP}\nasync def g():\n try: await f()\n finally: print()",
    ],
)
def test_what_only_a_running_loop_reaches_is_rewritten(text: str) -> None:
    assert without_loop(text) is None


DRIVE = f"{HEAD} return {LOOP}\ndef drive(coroutine):\n "


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        (f"{DRIVE}coroutine.send( None)", False),
        (f"{DRIVE}step = coroutine.send\n step(None)", False),
        (f"{DRIVE}next(coroutine.__await__())", False),
        (f"{DRIVE}return (yield from coroutine.__await__())", False),
        (f"{DRIVE}coroutine.send(b'text')", True),
        (f"{HEAD} return {LOOP}\nclass Later:\n def __await__(self): return f().__await__()", True),
    ],
)
def test_what_a_project_drives_by_itself_may_run_without_a_loop(text: str, safe: bool) -> None:
    plan = harness.run([RunningLoop()], harness.plain({"bot.py": text}), unsafe=False)
    assert bool(plan.chosen) is safe
