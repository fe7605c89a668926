"""Changes of random bots of which nothing is named, safe ones among them: whatever order things come in, a bot does nothing that
it could not do before.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from analysis import named
from hypothesis import HealthCheck, Phase, event, given, reject, settings
from interleaving.explore import Program, Trace, news
from interleaving.loop import TooLong
from interleaving.programs import bots, harmless
from interleaving.text import SHAPES, Bot, render

from tgfix.codemods import load_codemods
from tgfix.engine import harness
from tgfix.engine.analysis.module import Project
from tgfix.engine.rewriting.compose import compose

#: Programs leave files open, as bots do.
pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CODEMODS = load_codemods()
REQUIREMENTS = "telethon\npython-telegram-bot\naiofiles\nrequests\n"
OFTEN = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def rewritten(bot: Bot) -> str | None:
    """The program after all changes of which nothing is named, None where there is none."""
    path = harness.ROOT / "bot.py"
    files = harness.plain({"bot.py": bot.text, "requirements.txt": REQUIREMENTS})
    plan = harness.run(CODEMODS, files, unsafe=True)
    assert not plan.problems, plan.problems
    apart = [one for one in plan.chosen if not named(one.change.verdicts) and of_the_bot(one.project) == files[path]]
    return of_the_bot(compose(apart[0].project, [one.change for one in apart])).decode() if apart else None


def of_the_bot(project: Project) -> bytes:
    """The program as it stands there: a plan finds further changes behind the first."""
    source = project.source(harness.ROOT / "bot.py")
    assert source is not None
    return source.data


def new_behaviour(bot: Bot, after: str) -> str | None:
    """What the program may do after a change and could not do before, in words."""
    old, new = Program.of(bot.text, bot.state), Program.of(after, bot.state)
    for scenario in old.scenarios():
        found = news(old, new, scenario)
        if found is not None:
            return f"{scenario} may now do what it never did:\n{found}"
    return None


def assert_nothing_new(bot: Bot) -> bool:
    """Whether something is rewritten, too. Raises TooLong, see `news`."""
    after = rewritten(bot)
    found = None if after is None else new_behaviour(bot, after)
    assert found is None, f"{after}\n{found}"
    return after is not None


def assert_nothing_new_of_a_random(bot: Bot) -> None:
    try:
        event("rewritten" if assert_nothing_new(bot) else "left alone")
    except TooLong:
        reject()


@OFTEN
@given(bots())
def test_changes_of_which_nothing_is_named_bring_no_new_behaviour(bot: Bot) -> None:
    assert_nothing_new_of_a_random(bot)


#: Handlers that a tool which looks for dangers that it knows took for safe.
MISTAKEN = {
    "a line in the terminal, then a message": "await REPLY(TEXT)\nprint(TEXT)\ntime.sleep(0.1)\nawait SEND(1000, TEXT)",
    "an order between two methods": 'if shop.stock < 1:\n    return\nrequests.post(URL, json={"n": 1}, timeout=5)\nshop.take()',
    "a sale between two helpers": 'if in_stock() < 1:\n    return\nrequests.post(URL, json={"n": 1}, timeout=5)\nsell(1)',
    "coins of a user that a helper gives": 'if user_of(WHO)["coins"] < 9:\n    return\ntime.sleep(0.1)\nuser_of(WHO)["coins"] -= 9',
    "a lock of some name": "with guard:\n    text1 = requests.get(URL, timeout=5).text\nawait REPLY(text1)",
    "a number in a file": 'n1 = read_log()\nsubprocess.run(["uptime"], check=True)\nwrite_log(n1)',
    "messages that are passed on": 'with open("rules.txt") as f:\n    text1 = f.read()\nawait SEND(1000, TEXT + text1)',
    "posts that nothing comes before": 'requests.post(URL, json={"n": TEXT}, timeout=5)\nawait REPLY("posted")',
    "a helper that changes something in a thread": "text1 = measured()\nawait REPLY(text1)",
    "a dictionary gone through": "for key in state:\n    text1 = uptime()\nstate[TEXT] = 1\nawait REPLY(TEXT)",
    "a log around a request": "print(TEXT)\ntext1 = requests.get(URL, timeout=5).text\nprint(TEXT)",
}


@pytest.mark.parametrize("kind", MISTAKEN)
@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_mistaken_for_safe_brings_no_new_behaviour(kind: str, shape: str) -> None:
    assert_nothing_new(render(shape, [MISTAKEN[kind], MISTAKEN[kind]]))


@pytest.mark.slow
@settings(OFTEN, max_examples=2000)
@given(bots())
def test_changes_of_many_bots_of_which_nothing_is_named_bring_no_new_behaviour(bot: Bot) -> None:
    assert_nothing_new_of_a_random(bot)


def test_nothing_is_named_of_what_is_plainly_harmless() -> None:
    done: Counter[tuple[str, bool]] = Counter()

    @settings(OFTEN, phases=[Phase.generate])
    @given(bots(harmless()))
    def count(bot: Bot) -> None:
        after = rewritten(bot)
        done[bot.shape, after is not None] += 1
        if after is not None:
            assert new_behaviour(bot, after) is None

    count()
    for shape in SHAPES:
        if shape in IN_TURN:
            assert not done[shape, True], "nobody is served sooner there"
            continue
        # what else is asked of a rewrite (resources, interruption) leaves some of them to a person
        assert 3 * done[shape, True] >= done[shape, False], f"{shape}: {done}"


#: Nothing runs beside the handlers, which come one after the other.
IN_TURN = ("telethon in turn", "ptb")
#: Handlers in which the waiting that no longer holds up the loop shows, by what is seen of it then.
RACES = {
    "check then act": 'if state["n"] < 1:\n    return\nWAIT\nstate["n"] -= 1\nawait REPLY(state["n"])',
    "lost update": 'n1 = shop.stock\nWAIT\nshop.stock = n1 + 1\nawait REPLY("done")',
    "a lock that is held": 'with guard:\n    WAIT\nawait REPLY("done")',
    "a dictionary that grows meanwhile": "state[TEXT] = 1\nfor key in state:\n    WAIT",
    "two rows in one file": 'with open("log.txt", "a") as f:\n    f.write(TEXT)\nWAIT\nwith open("log.txt", "a") as f:\n    f.write(TEXT)',
    "lines of a log that change places": 'await REPLY("wait")\nprint(TEXT)\nWAIT\nprint(TEXT)',
    "a row that is read and written": 'n1 = db.execute("SELECT n FROM stock").fetchone()[0]\nWAIT\n'
    'db.execute("UPDATE stock SET n = ?", (n1 + 1,))',
}
#: Only the order of updates among themselves is fixed: a job may come at any time.
ORDER = {
    "messages that change places": "WAIT\nawait SEND(1000, TEXT)",
    "writes that change places": 'WAIT\nstate["n"] = TEXT',
}
QUIET = {
    "an answer": "WAIT\nawait REPLY(TEXT)",
    "an answer after a lookup": 'text1 = state["n"]\nWAIT\nawait REPLY(text1)',
    "a broadcast": 'for word in ("a", "b"):\n    await REPLY(word)\n    WAIT',
    "touched behind an answer": 'await REPLY("wait")\nWAIT\nstate["n"] += 1\nawait REPLY(state["n"])',
    "a lock of asyncio": 'await REPLY("wait")\nasync with gate:\n    n1 = state["n"]\n    WAIT\n    state["n"] = n1 + 1',
}


def found_in(body: str, shape: str) -> str | None:
    before, after = (body.replace("WAIT", wait) for wait in ("time.sleep(1)", "await asyncio.sleep(1)"))
    return new_behaviour(render(shape, [before, before]), render(shape, [after, after]).text)


@pytest.mark.parametrize("kind", RACES)
@pytest.mark.parametrize("shape", ["telethon", "ptb with a job", "ptb side by side"])
def test_races_are_found(kind: str, shape: str) -> None:
    assert found_in(RACES[kind], shape) is not None


@pytest.mark.parametrize("kind", ORDER)
@pytest.mark.parametrize("shape", ["telethon", "ptb side by side"])
def test_updates_that_change_places_are_found(kind: str, shape: str) -> None:
    assert found_in(ORDER[kind], shape) is not None
    assert found_in(ORDER[kind], "ptb with a job") is None


@pytest.mark.parametrize("kind", RACES | ORDER)
@pytest.mark.parametrize("shape", IN_TURN)
def test_nothing_races_where_updates_are_handled_in_turn(kind: str, shape: str) -> None:
    assert found_in((RACES | ORDER)[kind], shape) is None


@pytest.mark.parametrize("kind", QUIET)
@pytest.mark.parametrize("shape", SHAPES)
def test_where_nothing_races_nothing_is_found(kind: str, shape: str) -> None:
    assert found_in(QUIET[kind], shape) is None


def test_a_function_in_a_thread_stands_still_at_every_line() -> None:
    body = "text1 = await asyncio.to_thread(measured)\nawait REPLY(text1)"
    bot = render("telethon", [body.replace("await asyncio.to_thread(measured)", "measured()")])
    found = new_behaviour(bot, render("telethon", [body]).text)
    assert found is not None and "up 3" in found


def test_a_lock_that_is_held_stops_the_bot() -> None:
    found = found_in(RACES["a lock that is held"], "telethon")
    assert found is not None and "stands still" in found


def test_a_trace_says_what_each_activation_did() -> None:
    assert "reply" in str(Trace(((("reply", "x"),),), (), (), (), False))
