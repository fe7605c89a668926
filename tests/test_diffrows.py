"""Diffs in two columns: every line once on its side, and the words that differ."""

from __future__ import annotations

import html
import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tgfix.cli.diffrows import diff_rows, lines_of
from tgfix.cli.page.highlight import line_html, pieces_by_line
from tgfix.cli.review.function import function_rows
from tgfix.engine.model import Finding

TEXTS = st.lists(st.sampled_from(["a\n", "b = 1\n", "b = 2\n", "    return b\n", "\n", "c\r\n"]), max_size=12).map(
    "".join
)


@given(TEXTS, TEXTS)
def test_both_sides_hold_their_text_in_order(before: str, after: str) -> None:
    rows = [row for hunk in diff_rows(before, after, context=100) for row in hunk]
    if before != after and rows:
        assert [row.old for row in rows if row.old_number is not None] == lines_of(before)
        assert [row.new for row in rows if row.new_number is not None] == lines_of(after)
        assert [row.old_number for row in rows if row.old_number] == list(range(1, len(lines_of(before)) + 1))
        assert all(row.changed or row.old == row.new for row in rows)


def test_alike_lines_are_paired_and_their_differing_words_marked() -> None:
    (hunk,) = diff_rows(
        "x = 1\ntime.sleep(5)  # wait\ny = 2\n", "x = 1\nprint()\nawait asyncio.sleep(5)  # wait\ny = 2\n"
    )
    changed = [row for row in hunk if row.changed]
    assert [(row.old, row.new) for row in changed] == [
        ("", "print()"),
        ("time.sleep(5)  # wait", "await asyncio.sleep(5)  # wait"),
    ]
    pair = changed[1]
    assert [pair.old[a:b] for a, b in pair.old_marks] == ["time"]
    assert [pair.new[a:b] for a, b in pair.new_marks] == ["await asyncio"]


def test_lines_that_have_nothing_in_common_are_no_pair() -> None:
    (hunk,) = diff_rows("import json\n", "async def f(): ...\n")
    assert [(row.old, row.new) for row in hunk] == [("import json", ""), ("", "async def f(): ...")]


@given(st.text(alphabet="ab<>&'\"# 1=", max_size=40), st.integers(0, 40), st.integers(0, 40))
def test_html_of_a_line_shows_exactly_the_line(line: str, start: int, end: int) -> None:
    start, end = sorted((min(start, len(line)), min(end, len(line))))
    shown = line_html(line, pieces_by_line(line + "\n").get(1, ()), ((start, end),) if start < end else ())
    assert html.unescape(re.sub(r"</?(?:span|mark)[^>]*>", "", shown)) == line
    marked = "".join(re.findall(r"<mark>(.*?)</mark>", shown))
    assert html.unescape(re.sub(r"</?span[^>]*>", "", marked)) == line[start:end]


def test_strings_over_several_lines_are_coloured_on_each() -> None:
    pieces = pieces_by_line('x = """a\nif b\n"""  # end\n')
    assert [kind for _, _, kind in pieces[2]] == ["s"] and [kind for _, _, kind in pieces[3]] == ["s", "c"]


BEFORE = """\
class Bot:
    @staticmethod
    async def one():
        old()

    async def two():
        old()


old()
"""


def rows_at(line: int, before: str = BEFORE) -> list[str]:
    """The new side of what `v` shows for a change in a line."""
    after = "import new\n\n" + before.replace("old()", "new()")
    finding = Finding("TGF901", "n", Path("bot.py"), line, 0, line, 5, "m", reason="r")
    return [row.new for row in function_rows(before, after, finding) if row.new_number is not None]


def test_a_whole_function_with_its_decorators_is_shown() -> None:
    assert rows_at(4) == ["    @staticmethod", "    async def one():", "        new()"]
    assert rows_at(7) == ["    async def two():", "        new()"]


def test_at_module_level_the_lines_around_are_shown() -> None:
    assert rows_at(10)[-1] == "new()" and "class Bot:" in rows_at(10)
    assert "class Bot:" not in rows_at(50, BEFORE.replace("\n\nold()", "\n" * 41 + "old()"))
