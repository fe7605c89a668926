"""Which texts hold which words: the same answers from the index as from a search of the texts, in every state of a project."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest
from analysis import ROOT, project
from test_growth import counted

from tgfix.engine.analysis.calls.graph import CallGraph
from tgfix.engine.analysis.programs import Programs
from tgfix.engine.analysis.replacing import may_show, names_shown
from tgfix.engine.analysis.telegram import project as telegram_project
from tgfix.engine.analysis.telegram.project import TelegramProject
from tgfix.engine.sources import words
from tgfix.engine.sources.source import SourceFile
from tgfix.engine.sources.told import Told

PARTS = [b"save", b"save2", b"xsave", b"_save", b"save_", b"s", b" ", b".", b"(", "é".encode(), b"\n", b"1"]


def test_the_index_tells_what_a_search_of_the_texts_would() -> None:
    random_ = random.Random(1)
    known, told = words.Words(), Told()
    texts = {Path(f"m{number}.py"): b"" for number in range(9)}
    for state in range(5):
        for path in random_.sample(sorted(texts), 4):
            texts[path] = b"".join(random_.choices(PARTS, k=random_.randint(0, 12)))
        known.follow(state, list(texts), texts.values(), told)
        for word in [b"save", b"save2", b"s", b"absent", b"1", "é".encode()]:
            holding = [
                path
                for path, text in texts.items()
                if (word in re.findall(rb"\w+", text) if word.isascii() else not text.isascii())
            ]
            assert known.with_any([word]) == holding
            assert known.with_any([word, b"save_"]) == sorted({*holding, *known.with_any([b"save_"])})
            assert set(known.with_all([word, b"save"])) == set(holding) & set(known.with_any([b"save"]))
            assert [path for path in texts if known.holds(path, word)] == holding
        for text in texts.values():
            for needle in (b"save", b"ave", b".save", b"save(", b"(", b"", "é".encode(), b"_save save"):
                assert told.holds(text, needle) is (needle in text)
    assert not known.holds(Path("elsewhere.py"), b"save")


def test_what_stands_in_the_files_of_a_project_is_told_by_words_that_are_parted_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = project(one="import os\nalpha = 1\n", two="beta = alpha\nclient.send = 1\n")
    sized = counted(monkeypatch, Told, "_count")
    assert [made.contains(needle) for needle in (b"alpha", b"alph", b"beta =", b"gamma")] == [True, True, True, False]
    assert [path.stem for path in made.mentioning(["alpha"])] == ["one", "two"]
    assert Programs.of(made).coming_to(ROOT / "one.py") == []
    assert len([data for _, data in sized if data]) == 2


def test_only_files_that_mention_a_method_are_searched_for_its_definition(monkeypatch: pytest.MonkeyPatch) -> None:
    made = project(one="class A:\n    async def send(self): ...\n", two="client.reply = 1\n", three="x = 1\n")
    searched = counted(monkeypatch, telegram_project, "_is_own")
    known = TelegramProject.of(made)
    assert [known.has_own(method) for method in ("send", "reply", "send", "answer")] == [True, True, True, False]
    assert [name for name, _ in searched] == [b"send", b"reply"]


def test_uses_of_a_function_whose_name_has_other_letters_are_seen_however_the_file_is_encoded() -> None:
    made = project(one="def привет(): ...\n", two="import one\none.привет()\n", three="привет = 1\n")
    made._sources[ROOT / "two.py"] = SourceFile.from_text(
        ROOT / "two.py", "# coding: cp1251\nimport one\none.привет()\n"
    )
    one = made.module(ROOT / "one.py")
    function = next(one.all(ast.FunctionDef))
    [use] = made.fact(CallGraph).uses([(one, function)])[function]
    assert use.place == "two.py, line 3"


@pytest.mark.parametrize(
    "text",
    [
        "time.sleep = 1", "time . sleep: int = 1", "time.sleep += 1", "a, time.sleep = 1, 2", "(time.  # so\n sleep) = 1",
        "time.\\\n sleep = 1", "for time.sleep in x: pass", "with a as time.sleep: pass", "del time.sleep\n(a)()",
        "patch('time.sleep')", "patch('time.' 'sleep')", "patch('time.\\\nsleep')", "patch(f'time.sleep{1}')",
    ],
)  # fmt: skip
def test_a_text_that_shows_a_replacement_is_seen_without_parsing_it(text: str) -> None:
    assert "sleep" in names_shown(project(bot=text).module(ROOT / "bot.py"))
    assert may_show(text.encode(), "sleep")


def test_calls_and_imports_of_a_name_show_no_replacement() -> None:
    text = "import sleep\nfrom time import sleep\ndef sleep(x): pass\nsleep = 3\ntime.sleep(1)\ntime.sleeper = time.sleep.x"
    assert not may_show(text.encode(), "sleep")
