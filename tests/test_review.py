"""Deciding changes one by one: what is written when, what is asked afresh, what is remembered, what undo takes back."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from command import tree
from hypothesis import given, settings
from hypothesis import strategies as st
from reviewing import BOT, CODEMODS, WORDS, Unwrap, review, write_bot

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine.analysis.module import Module
from tgfix.engine.codemod import Codemod, replace
from tgfix.engine.model import Finding, Safety
from tgfix.engine.review.item import Item, State
from tgfix.engine.review.session import Review
from tgfix.engine.review.step import ReviewError
from tgfix.engine.run.decisions import Decisions
from tgfix.engine.run.journal import Journal
from tgfix.engine.run.plan import Plan
from tgfix.engine.run.planner import make_plan
from tgfix.engine.run.write import execute
from tgfix.engine.sources.config import Settings


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    """A directory with the bot."""
    write_bot(tmp_path)
    return tmp_path


@contextmanager
def fresh_bot() -> Iterator[Path]:
    """The same for a property, which wants a new one each time."""
    directory = Path(tempfile.mkdtemp(prefix="tgfix-review-"))
    try:
        write_bot(directory)
        yield directory
    finally:
        shutil.rmtree(directory)


def plan_of(directory: Path, decisions: Decisions, *, replay: bool = False, unsafe: bool = False) -> Plan:
    """The plan of a run over the bot."""
    files = sorted(path for path in directory.glob("*.py") if not path.name.startswith("_"))
    chosen = Settings(root=directory, unsafe_fixes=unsafe)
    return make_plan(files, CODEMODS, chosen, decisions=decisions, replay=replay)


def item_at(of: Review, line: int, name: str = "bot.py") -> Item:
    """The first change that is open in a line."""
    return next(i for i in of.open() if i.finding.line == line and i.finding.path.name == name)


def decide(of: Review, answers: Sequence[tuple[str, int]]) -> None:
    """Answer, each time about one of the open changes; the answers are repeated until nothing is open."""
    for number in range(200):
        if not of.open():
            return
        answer, place = answers[number % len(answers)] if number < 60 else ("y", 0)
        item = of.open()[place % len(of.open())]
        match answer:
            case "y":
                of.accept([item])
            case "n":
                of.refuse([item])
            case "all":
                of.accept([other for other in of.open() if other.finding.code == item.finding.code])
            case "tab":
                of.switch(item)
            case "undo" if of.can_undo:
                of.undo()


ANSWERS = st.tuples(st.sampled_from(["y", "n", "y", "n", "all", "tab", "undo"]), st.sampled_from([0, 0, 1, 3, 6, 9]))


@settings(deadline=None, max_examples=10)
@given(st.lists(ANSWERS, min_size=1, max_size=20))
def test_any_answers_leave_programs_and_replaying_them_leads_to_the_same(answers: list[tuple[str, int]]) -> None:
    with fresh_bot() as reviewed, fresh_bot() as replayed:
        one = review(reviewed)
        decide(one, answers)
        assert not one.problems
        result = tree(reviewed)
        for text in result.values():
            ast.parse(text)
        plan = plan_of(replayed, Decisions.parse(one.decisions.dump()), replay=True)
        assert not plan.problems
        execute(plan, Journal(replayed))
        assert tree(replayed) == result
        # decisions hold on what they led to: nothing is asked, applied or replayed again
        assert not review(reviewed, Decisions(one.decisions)).open()
        assert not plan_of(reviewed, one.decisions, unsafe=True).files
        assert not plan_of(reviewed, one.decisions, replay=True).files
        while one.can_undo:
            one.undo()
        assert tree(reviewed)["bot.py"] == BOT.encode() and len(tree(reviewed)) == 2 and not len(one.decisions)


class Drop(Unwrap):
    """`drop(x)` goes, with whatever stands in it."""

    code, name = "TGF993", "no-drop"
    needles = (b"drop(",)

    def find(self, module: Module) -> Iterator[Finding]:
        for call in module.all(ast.Call):
            if isinstance(call.func, ast.Name) and call.func.id == "drop":
                edits = [replace(module, call, "None")]
                yield self.finding(module, call, "it does nothing", change=self.change(module, edits, "Less to do."))


def test_a_place_that_disappears_with_another_change_leaves_equal_ones_their_decisions(tmp_path: Path) -> None:
    path = tmp_path / "bot.py"
    path.write_text("from words import drop, new, newer, old\n\n\ndef f():\n    drop(old(7))\n    old(7)\n    old(7)\n")
    one = Review([path], [*CODEMODS, Drop()], Settings(root=tmp_path), Journal(tmp_path))
    drop, inside, second, third = one.items
    one.refuse([third])
    one.accept([drop])
    assert [item.state for item in one.items] == [State.ACCEPTED, State.GONE, State.OPEN, State.REFUSED]
    assert one.accept([second]) == [second]
    assert path.read_text().endswith("    None\n    new(7)\n    old(7)\n")
    one.undo()
    one.undo()
    assert [item.state for item in one.items] == [State.OPEN, State.OPEN, State.OPEN, State.REFUSED]
    assert [item.finding.line for item in one.items] == [5, 5, 6, 7]
    one.accept([inside])
    assert second.state is State.OPEN and third.state is State.REFUSED


def test_an_accepted_change_is_on_disk_at_once_with_all_its_files(bot: Path) -> None:
    one = review(bot)
    (done,) = one.accept([item_at(one, 10)])
    assert done.state is State.ACCEPTED
    assert b'await guest.reply(shout("tea"))' in tree(bot)["bot.py"] and b"def shout" in tree(bot)["_support.py"]
    assert [path.name for path in Journal(bot).runs()[0].files] == ["_support.py", "bot.py"]


def test_a_second_change_uses_the_support_code_of_the_first(bot: Path) -> None:
    one = review(bot)
    one.accept([item_at(one, 10)])
    one.accept([next(i for i in one.open() if i.finding.code == "TGF991")])
    assert tree(bot)["_support.py"].count(b"def shout") == 1
    one.undo()
    assert b"def shout" in tree(bot)["_support.py"], "the first change still needs it"
    one.undo()
    assert "_support.py" not in tree(bot)


def test_undoing_everything_leaves_no_run_behind(bot: Path) -> None:
    one = review(bot)
    one.accept(one.open())
    assert Journal(bot).runs()
    while one.can_undo:
        one.undo()
    assert not Journal(bot).runs() and tree(bot)["bot.py"] == BOT.encode()


def test_changes_in_the_same_lines_are_shown_afresh_after_the_first(bot: Path) -> None:
    one = review(bot)
    nested = [item for item in one.items if item.finding.code == "TGF992"]
    assert len(nested) == 4
    one.accept([nested[1]])
    assert nested[0].state is State.GONE and nested[1].state is State.ACCEPTED and nested[2].state is State.OPEN
    fresh = [item for item in one.open() if item.finding.code == "TGF992" and item.afresh]
    assert [item.change.files[0].edits[0].text for item in fresh] == ["new(new(old(1)), old(2))"]
    one.undo()
    assert nested[0].state is State.OPEN and not any(item in one.open() for item in fresh)


def test_several_accepted_at_once_leave_what_looks_different_by_then_to_be_looked_at(bot: Path) -> None:
    one = review(bot)
    outer, *inner = [item for item in one.items if item.finding.code == "TGF992"]
    done = one.accept([*inner, outer])
    assert outer not in done and outer.state is State.GONE
    assert [item.afresh for item in one.open() if item.finding.code == "TGF992"] == [True]
    assert one.undo() == done and tree(bot)["bot.py"] == BOT.encode(), "they were one decision"


class WhereWordsWait(Codemod):
    """`loud(x)` becomes `calm(x)` while words.py sleeps: what is found in one file depends on another."""

    code, name, title = "TGF993", "calm-it", "Call calm()"
    needles = (b"loud(",)

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `loud`, as long as it is slow."""
        words = module.project.source(module.path.with_name("words.py"))
        for call in module.all(ast.Call):
            if words and "time.sleep" in words.text and isinstance(call.func, ast.Name) and call.func.id == "loud":
                change = self.change(module, [replace(module, call.func, "calm")], "It is calm.")
                yield self.finding(module, call, "it is loud", change=change)


def review_depending(directory: Path) -> Review:
    files = [directory / "bot.py", directory / "words.py"]
    return Review(files, (AsyncSleep(), WhereWordsWait()), Settings(root=directory), Journal(directory, ["tgfix"]))


def test_a_change_that_another_file_has_made_pointless_is_gone_when_it_is_shown(bot: Path) -> None:
    one = review_depending(bot)
    pointless = [item for item in one.open() if item.finding.code == "TGF993"]
    assert len(pointless) == 2
    one.accept([item_at(one, WORDS.splitlines().index("    time.sleep(2)") + 1, "words.py")])
    one.proposal(pointless[0])
    assert [item.state for item in pointless] == [State.GONE, State.GONE]
    assert b"calm" not in tree(bot)["bot.py"]


def test_a_change_that_another_file_has_made_pointless_is_not_written(bot: Path) -> None:
    one = review_depending(bot)
    pointless = [item for item in one.open() if item.finding.code == "TGF993"]
    slow = item_at(one, WORDS.splitlines().index("    time.sleep(2)") + 1, "words.py")
    assert one.accept([slow, *pointless]) == [slow], "even when they are accepted at once"
    assert tree(bot)["bot.py"] == BOT.encode()


def test_the_safe_form_comes_first_and_the_other_is_a_switch_away(bot: Path) -> None:
    one = review(bot)
    item = next(i for i in one.open() if i.finding.code == "TGF992")
    assert (item.change.title, item.change.safety) == ("Call new()", Safety.SAFE)
    assert one.switch(item) and (item.change.title, item.change.safety) == ("Call newer()", Safety.UNSAFE)
    one.accept([item])
    assert b"newer(old(old(1)), old(2))" in tree(bot)["bot.py"]
    assert next(iter(one.decisions)).style == "newer"
    assert not one.switch(item_at(one, 14))


def test_a_refused_one_of_equal_places_stays_refused_when_the_others_are_gone(bot: Path) -> None:
    one = review(bot)
    first, second, third = (i for i in one.items if i.finding.scope == "remind" and i.finding.code == "TGF501")
    one.refuse([second])
    one.accept([first, third])
    assert tree(bot)["bot.py"].count(b"time.sleep(1)") == 1
    again = review(bot, one.decisions)
    assert again.refused_before == 1 and not [
        i for i in again.items if i.finding.scope == "remind" and i.finding.code == "TGF501"
    ]
    plan = plan_of(bot, one.decisions)
    place = tree(bot)["bot.py"][: tree(bot)["bot.py"].index(b"time.sleep(1)")].count(b"\n") + 1
    assert [p.finding.line for p in plan.refused] == [place]
    assert all(finding.line != place for finding in plan.findings)


def test_a_refused_change_is_asked_again_when_its_code_changes(bot: Path) -> None:
    one = review(bot)
    one.refuse([item_at(one, 27)])
    (bot / "bot.py").write_text("# moved\n\n" + BOT)
    assert not [i for i in review(bot, one.decisions).items if i.finding.line == 29]
    (bot / "bot.py").write_text(BOT.replace("sleep(3)", "sleep(4)"))
    assert item_at(review(bot, one.decisions), 27)


def test_a_further_equal_place_does_not_lift_a_refusal(bot: Path) -> None:
    one = review(bot)
    one.refuse([item_at(one, 27)])
    flush = BOT.partition("async def flush")
    (bot / "bot.py").write_text(f"{BOT}\n\n{flush[1]}{flush[2]}")
    plan = plan_of(bot, one.decisions, unsafe=True)
    assert [p.finding.line for p in plan.refused] == [27, 34]


def test_a_change_that_somebody_made_on_disk_is_kept_and_looked_at_afresh(bot: Path) -> None:
    one = review(bot)
    item = item_at(one, 9)
    mine = BOT.replace("# first", "# mine")
    (bot / "bot.py").write_text(mine)
    assert one.accept([item]) == [] and item.state is State.OPEN
    assert (bot / "bot.py").read_text() == mine
    assert "has changed on disk" in one.failures[item][0].message and not one.failures[item][0].fatal
    assert one.accept([item]) == [item] and not one.problems
    assert "await asyncio.sleep(1)  # mine" in (bot / "bot.py").read_text()


def test_a_file_that_cannot_be_written_is_a_problem_and_its_change_stays_open(bot: Path) -> None:
    one = review(bot)
    item = item_at(one, 9)
    (bot / "bot.py").chmod(0o444)
    assert one.accept([item]) == [] and item.state is State.OPEN
    assert [p.fatal for p in one.problems] == [True] and not len(one.decisions)
    (bot / "bot.py").chmod(0o644)
    assert one.accept([item]) == [item] and not one.problems


def test_undo_does_not_touch_what_somebody_has_changed_since(bot: Path) -> None:
    one = review(bot)
    one.accept([item_at(one, 9)])
    mine = (bot / "bot.py").read_text() + "# mine\n"
    (bot / "bot.py").write_text(mine)
    with pytest.raises(ReviewError, match="has changed"):
        one.undo()
    assert (bot / "bot.py").read_text() == mine and one.can_undo


def test_an_edited_result_is_verified_written_remembered_and_replayed(bot: Path) -> None:
    one = review(bot)
    item = item_at(one, 9)
    path = item.finding.path
    texts = {path: one.proposal(item).alone[path][1].decode().replace("sleep(1)  # first", "sleep(0.5)  # first")}
    assert one.accept_edited(item, texts)
    assert b"await asyncio.sleep(0.5)  # first" in tree(bot)["bot.py"]
    decisions = Decisions.parse(one.decisions.dump())
    assert not [i for i in review(bot, decisions).items if i.key == item.key]
    (bot / "bot.py").write_text("# moved\n" + BOT)
    execute(plan_of(bot, decisions, replay=True), Journal(bot))
    assert b"await asyncio.sleep(0.5)  # first" in tree(bot)["bot.py"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda text: text.replace("sleep(1)", "sleep(1"), "would not be a program"),
        (lambda text: text.replace("asyncio.sleep", "trio.sleep"), "trio would be undefined"),
        (lambda text: text.replace("  # first", ""), "comment"),
        (lambda text: BOT, "hold already"),
    ],
)
def test_an_edited_result_that_is_wrong_is_not_taken(bot: Path, wrong, message: str) -> None:  # type: ignore[no-untyped-def]
    one = review(bot)
    item = item_at(one, 9)
    text = one.proposal(item).alone[item.finding.path][1].decode()
    with pytest.raises(ReviewError, match=message):
        one.accept_edited(item, {item.finding.path: wrong(text)})
    assert tree(bot)["bot.py"] == BOT.encode() and item.state is State.OPEN


def test_decisions_that_cannot_be_saved_are_a_problem_and_the_change_is_made(bot: Path) -> None:
    from tgfix.engine.run.atomic import WriteError

    def fail() -> None:
        raise WriteError("is read-only")

    files = write_bot(bot)
    one = Review(files, CODEMODS, Settings(root=bot), Journal(bot), save=fail)
    one.accept([item_at(one, 9)])
    assert b"await asyncio.sleep" in tree(bot)["bot.py"]
    assert ["not remembered" in problem.message for problem in one.problems] == [True]


KILLED = """
import os, sys
from pathlib import Path
sys.path[:0] = {tests!r}
from reviewing import review
from tgfix.engine.run import write

bot, moment = Path(sys.argv[1]), int(sys.argv[2])
calls = 0
def counted(function):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == moment:
            os.kill(os.getpid(), 9)
        return function(*args, **kwargs)
    return call
for name in ("fsync", "replace", "link", "open", "unlink"):
    setattr(os, name, counted(getattr(os, name)))
Path.replace = counted(Path.replace)
one = review(bot)
calls = 0
for item in list(one.open()):
    if one.accept([item]):
        print(item.key, flush=True)
"""


@pytest.mark.slow
@pytest.mark.parametrize("moment", [*range(1, 40, 3), 60, 90])
def test_killed_at_any_moment_no_accepted_change_is_lost_and_undo_gives_everything_back(
    tmp_path: Path, moment: int
) -> None:
    bot = tmp_path / "bot"
    bot.mkdir()
    write_bot(bot)
    before = tree(bot)
    import tgfix

    paths = [str(Path(tgfix.__file__).parents[1]), str(Path(__file__).parent)]
    script = KILLED.format(tests=paths)
    run = subprocess.run(
        [sys.executable, "-c", script, str(bot), str(moment)], capture_output=True, text=True, timeout=60
    )
    assert run.returncode == -9, run.stderr
    reported = run.stdout.split()
    files = {name: data for name, data in tree(bot).items() if not name.endswith(".tmp")}
    for name, data in files.items():
        ast.parse(data)
        assert name in before or name == "_support.py"
    # every change that was reported as accepted is there: it is not found any more
    still = {item.key for item in review(bot).items} if not reported else set()
    made = sum(
        data.count(b"await asyncio.sleep") + data.count(b"shout(") - (b"def shout" in data) for data in files.values()
    )
    assert made + files["bot.py"].count(b"new(") >= len(reported) and not still & set(reported)
    Journal(bot).undo()
    assert {n: d for n, d in tree(bot).items() if not n.endswith(".tmp")} == before


def test_a_review_of_nothing_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text("print()\n")
    one = review(tmp_path)
    assert not one.items and not one.can_undo
    with pytest.raises(ReviewError, match="no decision"):
        one.undo()
    assert os.listdir(tmp_path) == ["bot.py"]
