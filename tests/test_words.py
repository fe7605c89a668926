"""Which texts hold which words: the same answers from a search of the texts and from the index, in every state of a project."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from tgfix.engine.sources import words

PARTS = [b"save", b"save2", b"xsave", b"_save", b"save_", b"s", b" ", b".", b"(", "é".encode(), b"\n", b"1"]


@pytest.mark.parametrize("few", [0, 3, 1000])
def test_a_search_and_the_index_tell_the_same(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "_FEW", few)
    random_ = random.Random(few)
    known = words.Words()
    texts = {Path(f"m{number}.py"): b"" for number in range(9)}
    for state in range(5):
        for path in random_.sample(sorted(texts), 4):
            texts[path] = b"".join(random_.choices(PARTS, k=random_.randint(0, 12)))
        known.follow(state, list(texts), texts.values())
        for word in [b"save", b"save2", b"s", b"absent", b"1", "é".encode()]:
            holding = [path for path, text in texts.items() if word in re.findall(rb"\w+", text)]
            assert known.with_any([word]) == holding
            assert known.with_any([word, b"save_"]) == sorted({*holding, *known.with_any([b"save_"])})
            assert set(known.with_all([word, b"save"])) == set(holding) & set(known.with_any([b"save"]))
            assert [path for path in texts if known.holds(path, word)] == holding
    assert not known.holds(Path("elsewhere.py"), b"save")
