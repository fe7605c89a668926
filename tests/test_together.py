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
import asyncio, requests, socket, subprocess, time
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


def test_results_of_a_pool_are_awaited_together() -> None:
    plan = planned(
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as pool:\n"
        "    first = pool.submit(page, event.text)\n"
        "    found = first.result()\n"
        "    later = pool.submit(page, found)\n"
        "    await event.reply(later.result())\n"
    )
    assert titles(plan) == ["Await 2 results"]
    (change,) = (proposal.change for proposal in plan.chosen)
    assert "stop the whole bot until they are done; awaited, everything else goes on meanwhile" in change.why


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


def test_what_is_granted_needs_no_question_and_is_a_change_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(
        bot("time.sleep(1)\nprint()\nawait asyncio.sleep(1)\ntime.sleep(2)\ntime.sleep(3)\n")
    )
    assert tgfix("apply", "--select", "TGF501", "--assume", "interleaving", cwd=tmp_path).code == 0
    text = (tmp_path / "bot.py").read_text()
    assert (
        "time.sleep(1)\n    print()\n    await asyncio.sleep(1)\n    await asyncio.sleep(2)\n    await asyncio.sleep(3)\n"
        in text
    )


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
    (proposal,) = planned("seen.append(0)\n" + "await event.edit('b')\ntime.sleep(1)\nseen.append(1)\n" * 4).chosen
    asked = [verdict for verdict in proposal.change.verdicts if isinstance(verdict, Assumption)]
    assert len(proposal.finding.places) == 4 and all(one.sentence.endswith(" already") for one in asked)
    assert [one.hazard for one in asked] == [Hazard.INTERLEAVING, Hazard.ORDERING]


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
    assert first == second == fresh and "Keep 4 calls off the event loop" in [found["title"] for found in first]


MIXED = "answer = requests.get('a')\ntime.sleep(2)\nseen.append(answer)\nawait event.reply(page('b'))\n"


def test_what_several_codemods_find_in_a_function_is_one_change() -> None:
    plan = planned(MIXED, "requests.get('a')\n")
    mixed, alone = findings(plan)
    assert titles(plan) == ["Keep 3 calls off the event loop", "Make the request in a thread"]
    assert (mixed.codes, alone.codes) == (("TGF202", "TGF501", "TGF502"), ("TGF202",))
    assert plan.chosen[0].change.why == (
        "requests.get(), time.sleep() and page() stop the whole bot until they are done; in threads everything else goes on "
        "meanwhile, and asyncio.sleep() pauses only this coroutine."
    )
    (text,) = result(plan, {}).values()
    assert (text.count(b"await asyncio.to_thread("), text.count(b"await asyncio.sleep(")) == (3, 1)


def test_codemods_whose_calls_threads_make_have_their_title_in_common() -> None:
    (title,) = titles(planned("requests.get('a')\npage('b')\n"))
    assert title == "Make 2 calls in threads"


def test_a_call_that_cannot_move_is_named_where_others_of_its_function_do() -> None:
    plan = planned(
        "name = socket.gethostbyname('a')\nawait event.reply(f'{name} {page(name)}')\n",
        "requests.get('a')\nseen.append(1)\n",
    )
    assert [proposal.change.why.partition(". ")[2] for proposal in plan.chosen if proposal.finding.line < 15] == [
        "page() (line 14) still stops the bot: it stands in an f-string or in parentheses of its own, where it is not rewritten."
    ]
    assert not any("still" in proposal.change.why for proposal in plan.chosen if proposal.finding.line > 15)


def test_of_what_several_codemods_find_one_alone_has_its_part(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(bot(MIXED))
    out = tgfix("check", "--select", "TGF202", "--format", "json", cwd=tmp_path).out
    assert [(found["title"], found["codes"]) for found in json.loads(out)["findings"]] == [
        ("Make the request in a thread", ["TGF202"])
    ]


def decided(folder: Path, answer: str) -> None:
    """Write down that the one change of a bot was accepted, or refused."""
    (found,) = json.loads(tgfix("check", "--select", "TGF202,TGF501,TGF502", "--format", "json", cwd=folder).out)[
        "findings"
    ]
    place = {"path": "bot.py", "scope": found["message"], "line": found["line"]}
    about = {
        "fingerprint": found["fingerprint"],
        "answer": answer,
        "of": 1,
        "code": found["code"],
        "name": found["name"],
    }
    entry = {**about, **place, "title": found["title"], "safety": found["safety"]}
    (folder / ".tgfix").mkdir()
    (folder / ".tgfix" / "decisions.json").write_text(json.dumps({"version": 1, "decisions": [entry]}))


@pytest.mark.parametrize("select", ["ALL", "TGF202", "TGF501,TGF502"])
def test_a_refusal_of_several_codemods_holds_for_each(tmp_path: Path, select: str) -> None:
    (tmp_path / "bot.py").write_text(text := bot(MIXED))
    decided(tmp_path, "refused")
    assert tgfix("apply", "--unsafe-fixes", "--select", select, cwd=tmp_path).code == 0
    assert (tmp_path / "bot.py").read_text() == text


@pytest.mark.parametrize(
    ("more", "threads", "sleeps"),
    [((), 2, 1), (("--select", "TGF501"), 0, 1), (("--select", "TGF5"), 1, 1), (("--verify", "true"), 2, 1)],
)
def test_an_acceptance_of_several_codemods_is_made_by_each(
    tmp_path: Path, more: tuple[str, ...], threads: int, sleeps: int
) -> None:
    (tmp_path / "bot.py").write_text(bot(MIXED))
    decided(tmp_path, "accepted")
    done = tgfix("apply", "--decisions", ".tgfix/decisions.json", *more, cwd=tmp_path)
    text = (tmp_path / "bot.py").read_text()
    assert done.code == 0 and (text.count("asyncio.to_thread("), text.count("asyncio.sleep(")) == (threads, sleeps)


@pytest.mark.parametrize("select", ["ALL", "TGF202", "TGF501,TGF502"])
def test_a_baseline_knows_what_each_codemod_has_found(tmp_path: Path, select: str) -> None:
    (tmp_path / "bot.py").write_text(bot(MIXED))
    assert tgfix("baseline", "--output", "known.json", cwd=tmp_path).code == 0
    found = tgfix("check", "--baseline", "known.json", "--select", select, "--format", "json", cwd=tmp_path)
    report = json.loads(found.out)
    assert (found.code, report["findings"], report["summary"]["baseline"]["gone"]) == (0, [], [])
