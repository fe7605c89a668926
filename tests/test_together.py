"""Blocking calls of one function are one change: which belong to it, what is told of them, and what rests on their places."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from textwrap import dedent, indent

import pytest
from command import tgfix

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.codemods.http.blocking_http import BlockingHttp
from tgfix.engine.harness import plain, result, run
from tgfix.engine.model import Assumption, Finding, Hazard
from tgfix.engine.rewriting.several import joined
from tgfix.engine.run.plan import Plan

CODEMODS = (AsyncSleep(), BlockingCall(), BlockingHttp())
TOP = """\
import requests, socket, subprocess, time
from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
seen = []

def page(url):
    return requests.get(url).text

"""


def bot(*handlers: str) -> str:
    """A bot with handlers, each of a name of its own."""
    made = (
        f"@client.on(events.NewMessage)\nasync def handler_{n}(event):\n{indent(dedent(body), '    ')}\n"
        for n, body in enumerate(handlers)
    )
    return "\n".join([TOP, *made, "client.run_until_disconnected()\n"])


def planned(*handlers: str) -> Plan:
    """What is planned for it."""
    return run(CODEMODS, plain({"bot.py": bot(*handlers)}), unsafe=True)


def titles(plan: Plan) -> list[str]:
    """What the changes of a plan do."""
    return [proposal.change.title for proposal in plan.chosen]


def findings(plan: Plan) -> Sequence[Finding]:
    """Those with a change."""
    return [proposal.finding for proposal in plan.chosen]


def test_what_a_library_and_a_function_of_the_bot_do_is_one_change() -> None:
    plan = planned(
        "name = socket.gethostbyname('a')\nawait event.reply(name)\nif name:\n    await event.reply(page(name))\n"
    )
    assert titles(plan) == ["Make 2 calls in threads"]
    (change,) = (proposal.change for proposal in plan.chosen)
    assert change.why.startswith("socket.gethostbyname() and page() stop the whole bot until they are done; in threads")
    (text,) = result(plan, {}).values()
    assert text.count(b"await asyncio.to_thread(") == 2


def test_branches_and_loops_of_a_function_belong_to_it_and_other_functions_do_not() -> None:
    plan = planned(
        "if seen:\n    requests.get('a')\nelse:\n    for _ in seen:\n        requests.post('b')\n", "requests.get('a')"
    )
    assert sorted(titles(plan)) == ["Make 2 calls in threads", "Make the request in a thread"]


def test_a_function_in_another_one_is_a_change_of_its_own() -> None:
    plan = planned("async def inner():\n    time.sleep(1)\ntime.sleep(2)\nawait inner()\n")
    assert titles(plan) == ["Await asyncio.sleep()", "Await asyncio.sleep()"]


def test_handlers_of_one_name_are_changes_of_their_own() -> None:
    text = bot("time.sleep(1)\ntime.sleep(2)", "time.sleep(1)\ntime.sleep(2)").replace("handler_1", "handler_0")
    plan = run(CODEMODS, plain({"bot.py": text}), unsafe=True)
    assert titles(plan) == ["Await asyncio.sleep() 2 times"] * 2
    assert len({finding.fingerprint for finding in findings(plan)}) == 2


def test_what_is_safe_needs_no_question_and_is_a_change_of_its_own() -> None:
    plan = planned("time.sleep(1)\nprint()\ntime.sleep(2)\ntime.sleep(3)\n")
    kinds = [(proposal.change.safety.value, len(proposal.finding.places)) for proposal in plan.chosen]
    assert kinds == [("unsafe", 1), ("safe", 2)]


def test_a_call_that_is_an_argument_of_another_waits_for_a_change_of_its_own() -> None:
    plan = planned("page(page(page('a')))\n")
    (text,) = result(plan, {}).values()
    assert text.count(b"await asyncio.to_thread(") == 3 and not plan.problems


def test_a_comment_takes_out_the_call_on_its_line_and_leaves_the_others() -> None:
    plan = planned(
        "time.sleep(1)\nawait event.reply('a')\ntime.sleep(2)  # tgfix: ignore\nawait event.reply('b')\ntime.sleep(3)\n"
    )
    (finding,) = findings(plan)
    assert plan.suppressed == 1 and [place.line for place in finding.places] == [13, 17]
    (text,) = result(plan, {}).values()
    assert b"    time.sleep(2)  # tgfix" in text and text.count(b"await asyncio.sleep(") == 2


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("time.sleep(1)\ntime.sleep(2)\n", "2 calls of time.sleep() stop the whole bot for 3 seconds together;"),
        ("if seen:\n    time.sleep(1)\nelse:\n    time.sleep(2)\n", "for up to 2 seconds each;"),
        ("if seen:\n    time.sleep(2)\nelse:\n    time.sleep(2)\n", "for 2 seconds each;"),
        ("time.sleep(1)\ntime.sleep(len(seen))\n", "until they are done;"),
    ],
)
def test_how_long_pauses_take_is_said_as_far_as_it_is_known(body: str, told: str) -> None:
    (proposal,) = planned(body).chosen
    assert told in proposal.change.why


def test_that_something_has_waited_already_is_said_once() -> None:
    plan = planned("e = await event.reply('a')\n" + "time.sleep(1)\nawait e.edit('b')\n" * 4)
    (proposal,) = plan.chosen
    sentences = [assumption.sentence for assumption in proposal.change.assumes]
    assert len(proposal.finding.places) == 4 and len(sentences) == len(
        {s.rpartition(", so that")[2] for s in sentences}
    )
    assert not any("places of these calls" in sentence for sentence in sentences)


def test_what_differs_in_kind_is_not_told_as_the_same() -> None:
    asked = [
        Assumption(Hazard.THREAD, f"nobody changes `{name}` while `f()` reads it", Path("bot.py"), line)
        for line, name in enumerate("abc")
    ]
    asked.insert(1, Assumption(Hazard.THREAD, "no hook of `g()` needs the event loop", Path("bot.py"), 9))
    assert [one.sentence for one in joined(asked)] == [
        "nobody changes `a` while `f()` reads it, and the same for 2 more places of these calls",
        "no hook of `g()` needs the event loop",
    ]


def test_lines_between_the_calls_may_change_and_a_further_call_is_asked_about() -> None:
    first, moved, more = (
        findings(planned(f"time.sleep(1)\n{between}time.sleep(2)\n"))[0].fingerprint
        for between in ("", "# more\n\n", "time.sleep(3)\n")
    )
    assert first == moved != more


def test_a_comment_for_each_call_silences_all_of_them(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(bot("time.sleep(1)\nawait event.reply('a')\ntime.sleep(2)\n"))
    assert tgfix("check", "--add-ignore", cwd=tmp_path).code == 0
    text = (tmp_path / "bot.py").read_text()
    assert text.count("# tgfix: ignore[TGF501]\n") == 2
    assert tgfix("check", cwd=tmp_path).code == 0


def test_it_is_the_same_from_the_cache(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(bot("time.sleep(1)\nawait event.reply(page('a'))\ntime.sleep(2)\npage('b')\n"))
    first, second, fresh = (
        json.loads(tgfix("check", "--format", "json", *more, cwd=tmp_path).out)["findings"]
        for more in ((), (), ("--no-cache",))
    )
    assert first == second == fresh and "Make 2 calls in threads" in [found["title"] for found in first]
