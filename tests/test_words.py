"""Which texts hold which words: the same answers from a search of the texts and from the index, in every state of a project."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path

import pytest
from analysis import ROOT, project

from tgfix.engine.analysis.calls.graph import CallGraph
from tgfix.engine.sources import words
from tgfix.engine.sources.source import SourceFile
from tgfix.engine.sources.told import Told

PARTS = [b"save", b"save2", b"xsave", b"_save", b"save_", b"s", b" ", b".", b"(", "é".encode(), b"\n", b"1"]


@pytest.mark.parametrize("stored", [False, True])
@pytest.mark.parametrize("few", [0, 3, 1000])
def test_a_search_the_index_and_what_is_stored_tell_the_same(
    few: int, stored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "_FEW", few)
    monkeypatch.setattr(words, "_SEVERAL", few)
    random_ = random.Random(few)
    known, told = words.Words(), Told()
    texts = {Path(f"m{number}.py"): b"" for number in range(9)}
    for state in range(5):
        for path in random_.sample(sorted(texts), 4):
            texts[path] = b"".join(random_.choices(PARTS, k=random_.randint(0, 12)))
        if stored:
            earlier = Told()
            for text in texts.values():
                earlier.words(text)
            told.load(earlier.to_store(texts.values()) or {})
            known = words.Words()
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
    assert not known.holds(Path("elsewhere.py"), b"save")


def test_uses_of_a_function_whose_name_has_other_letters_are_seen_however_the_file_is_encoded() -> None:
    made = project(one="def привет(): ...\n", two="import one\none.привет()\n", three="привет = 1\n")
    made._sources[ROOT / "two.py"] = SourceFile.from_text(
        ROOT / "two.py", "# coding: cp1251\nimport one\none.привет()\n"
    )
    one = made.module(ROOT / "one.py")
    function = next(one.all(ast.FunctionDef))
    [use] = made.fact(CallGraph).uses([(one, function)])[function]
    assert use.place == "two.py, line 3"
