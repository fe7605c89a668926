"""`tgfix measure`: what decides nothing while a bot is measured, and chance."""

from __future__ import annotations

import asyncio
import datetime
import importlib
import logging
import os
import sys
import threading
import time
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from measured import bot, measured, revised

from tgfix.engine.measure import moments
from tgfix.engine.measure.comparing import compared
from tgfix.engine.measure.effects import canonical, differences
from tgfix.engine.measure.running import Outcome
from tgfix.engine.measure.world import counting, outside, resting, settings, values
from tgfix.engine.measure.world.known import NOT_SET
from tgfix.engine.measure.world.texts import Texts, cut

LEAVES = """\
import asyncio


def price(name, found=None):
    known = {"tea": 3}
    found = known.get(name, 0)
    return found + 1


def fails(name):
    raise KeyError(name)


class Shop:
    async def sell(self, name):
        amount = 2
        await asyncio.sleep(0)
        try:
            fails(name)
        except KeyError:
            pass
        return price(name) * amount


def sells():
    return asyncio.run(Shop().sell("tea"))


def guests(table):
    if table is None:
        host = "Ann"
    return [name for name in table or () if name != owner]


def idle():
    pass
"""


def left_by(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> tuple[dict[str, Any], list[str]]:
    """What a function of `LEAVES` and those that it calls leave, by their short names, and what does not run."""
    (tmp_path / "leaves_values.py").write_text(LEAVES)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(counting.counts, "project", str(tmp_path))
    tracing = sys.gettrace()
    module = importlib.import_module("leaves_values")
    values.left.clear()
    values._calls.clear()
    values.install()
    try:
        eval(call, vars(module))
    finally:
        sys.settrace(tracing)
        idle = values.idle()
        del sys.modules["leaves_values"]
    return {name.rpartition(".")[2]: each for name, each in values.left.pop(0).items()}, idle


def test_what_functions_return_and_leave_in_variables_is_written_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found, idle = left_by(tmp_path, monkeypatch, "sells()")
    assert found == {
        "price": {"name": ["'tea'"], "found": ["3"], "known": ["{'tea': 3}"], "": ["4"]},
        "sell": {"name": ["'tea'"], "amount": ["2"], "": ["8"]},
        "sells": {"": ["8"]},
    }
    assert [name.rpartition(".")[2] for name in idle] == ["fails", "guests", "idle"]


def test_a_variable_that_nothing_has_set_is_written_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found, _ = left_by(tmp_path, monkeypatch, "guests(())")
    not_set = [NOT_SET]
    assert found["guests"] == {"table": ["[]"], "host": not_set, "owner": not_set, "": ["[]"]} | (
        {"name": not_set} if sys.version_info >= (3, 12) else {}
    )


def run(kept: dict[str, dict[str, list[str]]] | None, *sent: str, idle: tuple[str, ...] = ()) -> Outcome:
    step: dict[str, Any] = {"update": {"message": {"text": "/tea", "chat": {}}}, "calls": list(sent)}
    report: dict[str, Any] = {"steps": [step]}
    if kept is not None:
        step["values"] = kept
        report |= {"startup_values": {}, "idle": [*idle]}
    return Outcome(report, "", [], {})


PRICE = {"price": {"": ["3"], "tax": ["1", "2"]}}


@pytest.mark.parametrize(
    ("new", "found"),
    [
        (PRICE, []),
        ({"price": {"": ["None"], "tax": ["1", "2"]}}, ["what is returned by `price`"]),
        ({"price": {"": ["3"], "tax": ["1", "0"]}}, ["what is kept in `price: tax`"]),
        ({"price": {"": ["3"], "tax": ["2"]}}, []),  # not called as often
        ({"price": {"": ["3"]}}, []),  # a variable that has gone
        ({"price": {"": ["3"], "tax": [NOT_SET]}}, ["what is kept in `price: tax` at all"]),
        ({"price": {"": ["3"], "tax": ["1"], "more": ["1"]}, "new": {"": ["1"]}}, []),
        ({}, []),  # not called
    ],
)
def test_what_a_function_leaves_is_compared_where_both_sides_have_it(
    new: dict[str, dict[str, list[str]]], found: list[str]
) -> None:
    different, varying = compared([run(PRICE), run(PRICE)], [run(new)])
    assert [each.what for each in different] == found and varying == []


def test_a_function_that_is_there_and_runs_no_more_is_a_difference() -> None:
    different, _ = compared([run(PRICE)], [run({}, idle=("price", "other"))])
    assert [(each.what, *each.lines[2:]) for each in different] == [
        ("what is returned by `price` at all", "-3", "+(it does not return)")
    ]
    assert compared([run({})], [run({}, idle=("price",))])[0] == []


def test_what_runs_beside_updates_leaves_something_else_altogether() -> None:
    def beside(*texts: str) -> Outcome:
        return Outcome({"steps": [], "startup_values": {}, "background_values": {"due": {"": [*texts]}}}, "", [], {})

    before = [beside("tea 1", "tea 2"), beside("tea 1", "tea 2", "tea 3")]
    assert compared(before, [beside("tea 7")]) == ([], [])  # how often it comes round is chance
    assert compared(before, [beside("None", "tea 1")]) == ([], [])
    [found] = compared(before, [beside("None")])[0]
    assert (found.what, *found.lines[2:]) == ("what is returned by `due` beside the updates", "-tea 0", "+None")


def test_a_line_that_is_always_there_is_missed_beside_one_that_varies() -> None:
    def logged(*lines: str) -> Outcome:
        return Outcome({"steps": [], "startup_logs": list(lines)}, "", [], {})

    before = [logged("INFO starts", "INFO CPU 10 %"), logged("INFO starts", "INFO CPU 11 %")]
    different, varying = compared(before, [logged("INFO CPU 12 %")])
    assert [each.what for each in varying] == ["log at the start"]
    assert [(each.what, *each.lines[2:]) for each in different] == [("log at the start", "-INFO starts")]
    assert compared(before, [logged("INFO starts", "INFO CPU 12 %")])[0] == []
    took = [logged("INFO 3 s", "INFO CPU 10 %"), logged("INFO 3 s", "INFO CPU 11 %")]
    assert compared(took, [logged("INFO 4 s", "INFO CPU 10 %")])[0] == []


def test_a_request_that_varies_and_is_missing_is_a_difference() -> None:
    before = [run(None, "pong 3 ms"), run(None, "pong 4 ms")]
    assert compared(before, [run(None, "pong 5 ms")])[0] == []
    for after in (run(None), run(None, "pong 5 ms", "pong 5 ms")):
        assert [each.what for each in compared(before, [after, after])[0]] == ["Telegram requests"]
    often = [*before, run(None, "pong 4 ms", "pong 4 ms")]  # how many there are varies as well
    assert compared(often, [run(None)])[0] == []


def test_what_comes_now_with_one_update_now_with_another_is_no_difference_of_either() -> None:
    def polled(*updates: tuple[str, ...]) -> Outcome:
        steps = [{"update": {"message": {"text": "/tea", "chat": {}}}, "logs": [*lines]} for lines in updates]
        return Outcome({"steps": steps}, "", [], {})

    before = [polled(("tea", "polled 1"), ("tea",), ("tea",)), polled(("tea",), ("tea", "polled 1"), ("tea",))]
    assert compared(before, [polled(("tea",), ("tea",), ("tea", "polled 1"))])[0] == []
    gone = compared(before, [polled(("tea",), ("tea",), ("polled 1",))])[0]
    assert [(each.step, each.what) for each in gone] == [(3, "log")]


def test_what_a_function_leaves_otherwise_in_two_runs_is_no_difference() -> None:
    drawn = {"price": {"": ["7"], "tax": ["1", "2"]}}
    assert compared([run(PRICE), run(drawn)], [run({"price": {"": ["8"]}})]) == ([], [])
    gone = compared([run(PRICE), run(drawn)], [run({"price": {"": [NOT_SET]}})])[0]
    assert [each.what for each in gone] == ["what is returned by `price` at all"]


def test_what_a_function_leaves_is_not_told_beside_what_the_bot_does_otherwise() -> None:
    different, _ = compared([run(PRICE, "3"), run(PRICE, "3")], [run({"price": {"": ["4"]}}, "4")])
    assert [each.what for each in different] == ["Telegram requests"]


def test_what_differs_in_one_of_two_runs_is_chance() -> None:
    before = [run(None, "now"), run(None, "now"), run(None, "now")]
    assert compared(before, [run(None, "later"), run(None, "now")])[0] == []
    assert [each.what for each in compared(before, [run(None, "later"), run(None, "later")])[0]] == [
        "Telegram requests"
    ]


def test_clocks_of_twelve_hours_are_no_effects() -> None:
    assert canonical("6 May | 06:33 AM") == canonical("6 May | 12:34 pm") != canonical("6 May | 06:33")
    assert canonical(repr(datetime.time(9, 5, 1, 7))) == "<clock>" != canonical(repr(datetime.time(9, 5)))


def test_where_a_long_text_is_cut_no_digit_of_a_clock_decides() -> None:
    def at(*clock: int, microsecond: int) -> list[Any]:
        now = datetime.datetime(2026, 5, 6, *clock, microsecond)
        return ["x" * 20, now, "tea" * 9, now.isoformat(), now.time(), 7]

    texts = [Texts().text(at(*clock, microsecond=1 + 99_999 * clock[2])) for clock in ((9, 5, 1), (10, 12, 9))]
    assert canonical(texts[0]) == canonical(texts[1])
    lengths = range(1, 170)
    assert len({canonical(cut(texts[0], most)) for most in lengths}) > 50
    assert [most for most in lengths if canonical(cut(texts[0], most)) != canonical(cut(texts[1], most))] == []


# What is set in libraries


def test_where_the_log_goes_is_looked_at() -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("measured.shop")
    logger.addHandler(handler)
    try:
        first = settings.logs()["logger measured.shop"]
        handler.setLevel(logging.ERROR)
        assert first == [0, True, ["StreamHandler", 0, "%(message)s", None, 0]]
        assert settings.logs()["logger measured.shop"] == [0, True, ["StreamHandler", 40, "%(message)s", None, 0]]
    finally:
        logger.removeHandler(handler)
    assert "logger measured.shop" not in settings.logs()


JOBS = """\
from telegram.ext import Application, CommandHandler


async def ring(context):
    pass


async def start(update, context):
    context.job_queue.run_once(ring, 7200, name="once", data={"tea": 1}, chat_id=7)
    await update.message.reply_text("I will.")


async def stop(update, context):
    for job in context.job_queue.get_jobs_by_name("once"):
        job.schedule_removal()
    await update.message.reply_text("I will not.")


application = Application.builder().token("1:A").build()
application.add_handler(CommandHandler("start", start))
application.add_handler(CommandHandler("stop", stop))
application.run_polling()
"""


@pytest.mark.slow
def test_jobs_that_are_planned_are_compared(tmp_path: Path) -> None:
    revised(bot(tmp_path, JOBS), "job.schedule_removal()", "pass")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert {each["what"] for each in found["differences"]} == {"what is kept in `job_queue`"}


def ring(tea: str) -> None:
    """A job."""


def test_jobs_are_told_by_what_is_called_and_how_often() -> None:
    background = pytest.importorskip("apscheduler.schedulers.background")
    scheduler = background.BackgroundScheduler(timezone="UTC")
    assert settings.jobs(scheduler) == [] and settings.jobs([]) is None
    often = scheduler.add_job(ring, "interval", args=["green"], minutes=5, name="often")
    scheduler.add_job(ring, "date", args=["black"], name="once")
    assert settings.jobs(scheduler) == [
        ["often", "IntervalTrigger", 300, "ring", [], "green"],
        ["once", "DateTrigger", 0, "ring", [], "black"],
    ]
    often.remove()
    assert [job[0] for job in settings.jobs(scheduler) or []] == ["once"]


def test_when_a_job_is_due_is_told_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    base = pytest.importorskip("apscheduler.schedulers.base").BaseScheduler
    monkeypatch.setattr(base, "add_job", base.add_job)
    monkeypatch.setattr(settings, "planned", {})
    planned: list[str] = []
    settings.watch_plans(planned.append)
    scheduler = pytest.importorskip("apscheduler.schedulers.background").BackgroundScheduler(timezone="UTC")
    for seconds in (5, 60, 3600, 86_400):
        due = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        scheduler.add_job(ring, "date", args=["tea"], run_date=due, name="tea")
    assert [each.rpartition(" in ")[2] for each in planned] == ["5 s", "60 s", "3500 s", "85000 s"]
    scheduler.add_job(ring, "cron", args=["tea"], hour=3, name="nightly")
    assert settings.planned["ring"].args[0].args == ("tea",)  # type: ignore[attr-defined]
    assert planned[-1].startswith("['nightly', 'CronTrigger', \"cron[hour='3']\"")


def test_moments_are_told_by_how_many_hours_they_lie_from_the_run_s_begin() -> None:
    began = datetime.datetime(2026, 5, 6, 10, 30, tzinfo=datetime.timezone.utc).timestamp()
    told = [
        ("now 2026-05-06 10:31:07", "now 2026-05-06 10:31:07"),
        ("until 2026-05-06T13:30:02.5Z", "until <+3 h>"),
        ("{'at': datetime.datetime(2026, 5, 5, 10, 30, 1, tzinfo=datetime.timezone.utc)}", "{'at': <-24 h>}"),
        (int(began) + 3601, "<+1 h>"),
        ([f"ban {int(began) + 7200}, of 1700000000"], ["ban <+2 h>, of 1700000000"]),
        ("2030-01-15 10:30 and 2026-13-45 10:30", "2030-01-15 10:30 and 2026-13-45 10:30"),
        (True, True),
    ]
    for value, wanted in told:
        assert moments.relative({"steps": [{"calls": value}]}, began) == {"steps": [{"calls": wanted}]}
    update = {"update": {"message": {"text": "2026-05-06 13:30"}}}
    assert moments.relative({"steps": [update], "started": True}, began) == {"steps": [update], "started": True}


UNSEEN = """\
from telegram.ext import Application, CommandHandler


def is_cheap(price):
    return price < 0


async def start(update, context):
    await update.message.reply_text("cheap" if is_cheap(3) else "dear")


application = Application.builder().token("1:A").build()
application.add_handler(CommandHandler("start", start))
application.run_polling()
"""


@pytest.mark.slow
def test_what_is_returned_is_a_difference_though_it_decides_nothing(tmp_path: Path) -> None:
    revised(bot(tmp_path, UNSEEN), "return price < 0", "pass")
    found = measured(tmp_path, "--before", "HEAD", code=1)
    assert [(each["step"], each["what"]) for each in found["differences"]] == [
        (1, "what is returned by `__main__.is_cheap`")
    ]
    assert found["differences"][0]["lines"][-2:] == ["-False", "+None"]


# What goes on beside updates

WORKS = """\
import asyncio
import queue
import threading
import time

asked, done, orders = asyncio.Queue(), [], queue.Queue()


async def cook():
    while True:
        order = await asked.get()
        await asyncio.to_thread(time.sleep, 0.2)
        done.append(order)


def wash():
    while True:
        order = orders.get()
        time.sleep(0.2)
        done.append(order)


def once():
    time.sleep(0.2)
    done.append("once")


async def tick():
    await asyncio.sleep(0.2)
    while True:
        await asyncio.sleep(0.001)
        await asyncio.sleep(0.001)
"""


@pytest.fixture
def works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    (tmp_path / "works_beside.py").write_text(WORKS)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(counting.counts, "project", str(tmp_path))
    yield importlib.import_module("works_beside")
    del sys.modules["works_beside"]


def test_what_works_beside_updates_is_waited_for(works: Any) -> None:
    async def run() -> None:
        task = asyncio.create_task(works.cook())
        threading.Thread(target=works.wash, daemon=True).start()
        await asyncio.sleep(0.1)
        before = resting.places()
        works.asked.put_nowait("tea")
        works.orders.put_nowait("cup")
        threading.Thread(target=works.once, daemon=True).start()
        await resting.Resting(5.0, 2).wait(before)
        task.cancel()

    asyncio.run(run())
    assert sorted(works.done) == ["cup", "once", "tea"]


def test_what_never_comes_to_rest_is_waited_for_as_often_as_that_is_patience(works: Any) -> None:
    async def run() -> list[float]:
        task, waiting, took = asyncio.create_task(works.tick()), resting.Resting(0.3, 1), []
        await asyncio.sleep(0.05)
        before = resting.places()
        await asyncio.sleep(0.3)
        for _ in range(2):
            started = time.perf_counter()
            await waiting.wait(before)
            took.append(time.perf_counter() - started)
        task.cancel()
        return took

    first, second = asyncio.run(run())
    assert first >= 0.3 > 0.2 > second


def stopped(*logged: str, cut: bool = False) -> Outcome:
    return Outcome(
        {"steps": [], "background_logs": list(logged), "closing": {"background_logs": 1}, "cut": cut}, "", [], {}
    )


def test_what_a_program_that_was_ended_while_it_stopped_had_logged_by_then_is_chance() -> None:
    whole, short = stopped("runs", "stops", "stopped"), stopped("runs", "stops", cut=True)
    assert differences(whole, short) == differences(short, whole) == []
    assert [each.what for each in differences(whole, stopped("runs", "stops"))] == ["log beside the updates"]
    assert [each.what for each in differences(whole, stopped("fails", "stops", cut=True))] == ["log beside the updates"]


def test_a_text_is_cut_at_the_same_place_whatever_the_letters_are_in_what_is_drawn() -> None:
    drawn = ("0f3e2a1b-1111-4222-8333-444455556666", "abcdefab-cdef-4abc-8def-abcdefabcdef")
    texts = [
        f"Button(0x{address}, data='{each}', text='tea')"
        for each, address in zip(drawn, ("1234567", "abcdefa"), strict=True)
    ]
    lengths = range(1, 80)
    assert [most for most in lengths if canonical(cut(texts[0], most)) != canonical(cut(texts[1], most))] == []


def test_a_file_that_is_gone_at_the_end_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for name in ("run/bot.pid", "bot.py", "shop.db-journal"):
        (tmp_path / name).write_text("1")
    assert outside.files(str(tmp_path)) == {os.path.join("run", "bot.pid")}
    sides = [Outcome({"steps": [], "made": made}, "", [], {}) for made in (["bot.pid"], [])]
    assert [each.lines[2] for each in differences(*sides)] == ["-bot.pid"]
    assert not differences(sides[0], sides[0])


def test_what_is_done_beside_the_program_is_not_followed() -> None:
    seen: list[str] = []

    def trace(frame: FrameType, event: str, argument: Any) -> None:
        seen.append(frame.f_code.co_name)

    def beside() -> None: ...
    def own() -> None: ...

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        with values.unwatched():
            beside()
        own()
    finally:
        sys.settrace(before)
    assert "own" in seen and "beside" not in seen
