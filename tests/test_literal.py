"""Values that the source alone decides."""

from __future__ import annotations

import ast

import pytest
from analysis import module
from hypothesis import given
from hypothesis import strategies as st

from tgfix.engine.analysis.literal import NotLiteral, evaluate


def value(text: str, **names: object) -> object:
    parsed = module(text)
    last = parsed.tree.body[-1]
    assert isinstance(last, ast.Expr)
    return evaluate(parsed, last.value, names)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'a' 'b'", "ab"),
        ("f'p{7:04}'", "p0007"),
        ("f'{7!r:>3}{\"x\"!s}'", "  7x"),
        ("'p%04d' % 7", "p0007"),
        ("'p{:04}-{x}'.format(7, x=1)", "p0007-1"),
        ("'p' + str(7).zfill(4)", "p0007"),
        ("'POST'.lower() + chr(97)", "posta"),
        ("list(range(1, 10, 3))", [1, 4, 7]),
        ("N = 3\ntuple(range(N * 2 - 1))", (0, 1, 2, 3, 4)),
        ("NAMES = ['a', 'b']\nNAMES", ["a", "b"]),
        ("NAMES: list[str] = ['a']\nNAMES[0]", "a"),
        ("def f(): ...\ndef g(): ...\nD = {'a': f, 'b': g}\nlist(D)", ["a", "b"]),
        ("D = {'a': f, 'b': g}\nD.keys()", ("a", "b")),
        ("sorted({'b', 'a'})", ["a", "b"]),
        ("'a b'.split()", ["a", "b"]),
        ("-5 // 2", -3),
    ],
)
def test_what_the_source_decides_is_worked_out(text: str, expected: object) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "f()",
        "open('x').read()",
        "NAMES = load()\nNAMES",
        "NAMES = ['a']\nNAMES.append('b')\nNAMES",
        "NAMES = ['a']\nNAMES[0] = 'b'\nNAMES",
        "NAMES = ['a']\nNAMES = ['b']\nNAMES",
        "NAMES = ['a']\nNAMES += ['b']\nNAMES",
        "if x:\n    N = 1\nN",
        "def g():\n    global N\n    N = 2\nN = 1\nN",
        "[1, *x]",
        "1 / 0",
        "'x' * 10**9",
        "range(10**12)",
        "'x'.zfill(10**9)",
        "str(D)\nD = {'a': f}\nf'{D[\"a\"]}'",
        "(lambda: 1)()",
        "2 ** 10 ** 10",
        "().__class__",
    ],
)
def test_what_only_the_run_decides_is_refused(text: str) -> None:
    with pytest.raises(NotLiteral):
        value(text)


@given(st.integers(-(10**6), 10**6), st.sampled_from(["", "04", "4d", "+d", "x", "04X", ",", "b"]))
def test_formats_are_pythons_own(number: int, spec: str) -> None:
    assert value(f"f'{{n:{spec}}}'", n=number) == format(number, spec)
