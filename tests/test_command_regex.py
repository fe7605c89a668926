"""From a set of names to a regular expression: what it looks like, and that it accepts exactly the set."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tgfix.codemods.handlers.one_regex_handler.number_regex import (
    LONGEST,
    MOST_NAMES,
    NotExpressible,
    expression,
    is_command,
)
from tgfix.codemods.handlers.one_regex_handler.regex_text import accepted

#: The ways to write a number that bots use, by an example of the source.
SPELLINGS: dict[str, Callable[[int], str]] = {
    "{i}": str,
    "{i:02}": lambda i: f"{i:02}",
    "{i:04d}": lambda i: f"{i:04d}",
    "%03d": lambda i: "%03d" % i,  # noqa: UP031 - one of the spellings
    "zfill(5)": lambda i: str(i).zfill(5),
    "rjust(3, '0')": lambda i: str(i).rjust(3, "0"),
    "{i:x}": lambda i: f"{i:x}",
    "{i:03X}": lambda i: f"{i:03X}".lower(),
    "{i:o}": lambda i: f"{i:o}",
    "{i:04o}": lambda i: f"{i:04o}",
    "{i:b}": lambda i: f"{i:b}",
    "{i:08b}": lambda i: f"{i:08b}",
}

WORDS = """admin balance cancel deposit exchange feedback groups history invite join kick language mute notify order
    profile quiz report subscribe timezone unsubscribe version withdraw"""


class Slot(NamedTuple):
    """The place in a name where the value of a loop variable is written: of which loop, and how."""

    loop: int
    write: Callable[[Any], str] = str


def spelled(parts: Sequence[str | Slot], loops: Sequence[Sequence[Any]]) -> list[str]:
    """Every name that `parts` spell, in the order in which nested `loops` come to it."""
    return [
        "".join(part if isinstance(part, str) else part.write(values[part.loop]) for part in parts)
        for values in itertools.product(*loops)
    ]


def near_misses(names: Collection[str], alphabet: str) -> Iterator[str]:
    """Strings one edit away from a name: a character dropped, added or exchanged, or other digits, letters and ends."""
    for name in names:
        for at in range(len(name) + 1):
            yield name[:at] + name[at + 1 :]
            for character in alphabet:
                yield name[:at] + character + name[at:]
                yield name[:at] + character + name[at + 1 :]
        yield from (name + "\n", "\n" + name, name + " ", "/" + name, name + "@bot")
        yield "".join(chr(0x0660 + int(c)) if c.isdecimal() else c for c in name)
        yield "".join(chr(0xFF10 + int(c)) if c.isdecimal() else c for c in name)
        yield name.replace("s", "\u017f").replace("k", "\u212a")


def check(text: str, names: Iterable[str], others: Iterable[str]) -> None:
    """`text` accepts `names`, in any case if asked to, and of `others` those that are names."""
    wanted = set(names)
    lower = {name.lower() for name in wanted}
    exact, any_case = re.compile(text), re.compile(text, re.IGNORECASE | re.ASCII)
    assert "\\d" not in text and "\\w" not in text
    for name in wanted:
        assert exact.fullmatch(name), (text, name)
        assert any_case.fullmatch(name.upper()), (text, name.upper())
    for other in others:
        assert bool(exact.fullmatch(other)) == (other in wanted), (text, other)
        if other.isascii():
            assert bool(any_case.fullmatch(other)) == (other.lower() in lower), (text, other)
        else:
            assert not any_case.fullmatch(other), (text, other)


@pytest.mark.parametrize(
    ("numbers", "spec", "expected"),
    [
        (range(10000), "04", "[0-9]{4}"),
        (range(10000), "", "0|[1-9][0-9]{0,3}"),
        (range(20000), "04", "1?[0-9]{4}"),
        (range(12345), "04", "[0-9]{4}|1[01][0-9]{3}|12[0-2][0-9]{2}|123[0-3][0-9]|1234[0-4]"),
        (range(1, 366), "", "[1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-5]"),
        (range(1, 366), "03", "00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-5]"),
        (range(1, 1000), "", "[1-9][0-9]{0,2}"),
        (range(1, 1001), "", "[1-9][0-9]{0,2}|1000"),
        (range(100), "", "[1-9]?[0-9]"),
        (range(99, -1, -1), "", "[1-9]?[0-9]"),
        (range(10), "", "[0-9]"),
        (range(5), "", "[0-4]"),
        (range(2), "", "[01]"),
        (range(7, 8), "", "7"),
        (range(1, 13), "", "[1-9]|1[0-2]"),
        (range(1, 13), "02", "0[1-9]|1[0-2]"),
        (range(1, 32), "", "[1-9]|[12][0-9]|3[01]"),
        (range(24), "", "1?[0-9]|2[0-3]"),
        (range(60), "02", "[0-5][0-9]"),
        (range(256), "", "[1-9]?[0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]"),
        (range(95, 1203), "02", "9[5-9]|[1-9][0-9]{2}|1[01][0-9]{2}|120[0-2]"),
        (range(0, 100, 2), "02", "[0-9][02468]"),
        (range(1, 50, 2), "", "[1-4]?[13579]"),
        (range(0, 100, 5), "", "[1-9]?[05]"),
        (range(0, 1000, 10), "03", "[0-9]{2}0"),
        (range(0, 10000, 100), "04", "[0-9]{2}00"),
        (range(0, 30, 3), "", "[0369]|1[258]|2[147]"),
        (range(256), "02x", "[0-9a-f]{2}"),
        (range(256), "x", "[1-9a-f]?[0-9a-f]"),
        (range(64), "o", "[1-7]?[0-7]"),
        (range(256), "08b", "[01]{8}"),
    ],
    ids=str,
)
def test_a_range_is_written_as_a_careful_person_would(numbers: range, spec: str, expected: str) -> None:
    names = [f"{number:{spec}}" for number in numbers]
    assert expression(names) == expected
    length = max(map(len, names)) + 1
    check(
        expected,
        names,
        _digit_strings(length) if length < 6 else near_misses(names[:200] + names[-200:], "0123456789af"),
    )


def _digit_strings(longest: int) -> Iterator[str]:
    for length in range(longest + 1):
        yield from map("".join, itertools.product("0123456789", repeat=length))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (spelled(["postno", Slot(0, lambda i: f"{i:04}")], [range(10000)]), "postno[0-9]{4}"),
        (spelled(["p", Slot(0), "_x"], [range(1, 32)]), "p(?:[1-9]|[12][0-9]|3[01])_x"),
        (
            spelled([Slot(0), "_", Slot(1)], [["mon", "tue", "wed"], range(1, 32)]),
            "(?:mon|tue|wed)_(?:[1-9]|[12][0-9]|3[01])",
        ),
        (
            spelled(["at", Slot(0), "_", Slot(1, lambda i: f"{i:02}")], [range(24), range(60)]),
            "at(?:1?[0-9]|2[0-3])_[0-5][0-9]",
        ),
        (spelled(["q", Slot(0), Slot(1)], [range(1, 4), ["", "a", "b"]]), "q[1-3][ab]?"),
        (spelled(["x", Slot(0), "_", Slot(0)], [range(3)]), "x0_0|x1_1|x2_2"),
        (["start", "help", "stop", "menu"], "help|menu|start|stop"),
        (["help_en", "help_de", "help_fr"], "help_(?:de|en|fr)"),
        (["level_a", "level_b", "level_c"], "level_[a-c]"),
        (["cat", "car"], "car|cat"),
        (["posts", "post"], "posts?"),
        (["pass"], "pass"),
        (["aaaaaaaa"], "a{8}"),
        (["", "a"], "a?"),
        ([f"/p.{i}-[x]^" for i in range(20)], r"/p\.1?[0-9]-\[x\]\^"),
        (["a-", "a]", "a^", "a\\", "a."], r"a[\-.\\-\^]"),
        (["a", "a", "b"], "[ab]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names_of_other_shapes(names: list[str], expected: str) -> None:
    assert expression(names) == expected
    check(expected, names, near_misses(names[:100] + names[-100:], "019abs_-]^\\."))


@settings(max_examples=30, deadline=None)
@given(
    st.integers(0, 1200),
    st.integers(0, 1200),
    st.sampled_from([1, 1, 1, 2, 3, 4, 5, 7, 10, 20, 25, 50, 100]),
    st.booleans(),
    st.sampled_from(sorted(SPELLINGS)),
    st.sampled_from([("", ""), ("postno", ""), ("p", "_x"), ("p1", "1"), ("", "0")]),
)
@example(0, 1000, 1, False, "{i}", ("0", "0"))
@example(99, 901, 10, True, "{i:02}", ("", ""))
def test_it_accepts_exactly_the_names(
    start: int, count: int, step: int, downwards: bool, spelling: str, around: tuple[str, str]
) -> None:
    numbers = range(start, start + count * step, step)
    numbers = numbers[::-1] if downwards else numbers
    names = spelled([around[0], Slot(0, SPELLINGS[spelling]), around[1]], [numbers])
    try:
        text = expression(names)
    except NotExpressible:
        assert not names or step not in (1, 10, 100) or spelling[-2] in "xXob", (names[0], names[-1])
        return
    assert len(text) <= LONGEST
    digits = "0123456789abcdef"
    some = names[:20] + names[len(names) // 2 :][:20] + names[-20:]
    beside = (SPELLINGS[spelling](n) for n in range(max(0, start - 3), start + count * step + 3))
    check(text, names, itertools.chain((around[0] + n + around[1] for n in beside), near_misses(some, digits)))
    if not any(around) and max(map(len, names)) <= 3:
        check(text, names, _digit_strings(4))


@settings(max_examples=40, deadline=None)
@given(st.sets(st.text("ab1", max_size=5), min_size=1, max_size=60))
def test_any_set_of_words_is_met_exactly_or_refused(names: set[str]) -> None:
    try:
        text = expression(names, longest=400)
    except NotExpressible:
        return
    every = ("".join(word) for length in range(7) for word in itertools.product("ab1", repeat=length))
    check(text, names, every)
    assert accepted(text, 10_000) == names


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 40)), min_size=2, max_size=3),
    st.sampled_from(["", "_", "x0"]),
)
def test_nested_loops_give_the_product(bounds: list[tuple[int, int]], between: str) -> None:
    loops = [range(low, low + count) for low, count in bounds]
    parts: list[str | Slot] = ["p"]
    for loop in range(len(loops)):
        parts += [Slot(loop), between]
    try:
        names = spelled(parts, loops)
        text = expression(names)
    except NotExpressible:
        return
    check(text, names, near_misses(names[:5] + names[-5:], "0123456789_x"))
    assert accepted(text, 2 * MOST_NAMES) == set(names)


def test_days_of_leap_years_that_a_hasty_pattern_gets_wrong() -> None:
    pattern = re.compile(expression([str(day) for day in range(1, 366)]))
    assert not [text for text in ("0", "000", "007", "366", "999") if pattern.fullmatch(text)]


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ([], "no names"),
        ([f"p{i}" for i in range(0, 3000, 3)], "characters"),
        ([f"p{i:06}" for i in range(0, 300_000, 3)], "no pattern"),
        ([f"p{i * i}" for i in range(1000)], "no pattern"),
        ([f"p{i}" for i in range(MOST_NAMES + 1)], "more than 100,000"),
        (["ok\n"], "cannot be printed"),
        (WORDS.split(), "characters"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_names_without_a_readable_expression_are_refused(names: list[str], reason: str) -> None:
    with pytest.raises(NotExpressible, match=reason):
        expression(names)


@pytest.mark.parametrize("name", ["start", "START", "a", "postno0001", "a_b", "x" * 32])
def test_a_name_that_telegram_allows(name: str) -> None:
    assert is_command(name)


@pytest.mark.parametrize("name", ["", "post-1", "x" * 33, "p\u0660", "ok\n", "/start", "a b", "\u017ftart", "a@b"])
def test_a_name_that_telegram_does_not_allow(name: str) -> None:
    assert not is_command(name)


def test_reading_back_notices_what_is_not_written_here() -> None:
    assert accepted("a(?:b|c)?[0-2]{1,2}", 100) == {
        "a" + letter + "".join(digits)
        for letter in ("", "b", "c")
        for count in (1, 2)
        for digits in itertools.product("012", repeat=count)
    }
    with pytest.raises(ValueError, match="more than"):
        accepted("[0-9]{5}", 99_999)
    with pytest.raises(ValueError, match="not written as here"):
        accepted("a)b", 10)
