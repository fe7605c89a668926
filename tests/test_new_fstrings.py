"""f-strings of Python 3.12, which are seen to be some without a parser that knows them."""

from __future__ import annotations

import sys

import pytest

from tgfix.engine.analysis import newer_syntax
from tgfix.engine.analysis.module import ParseError
from tgfix.engine.analysis.new_fstrings import reads_with_new_fstrings

NEW = [
    'x = f"{args["-m"]}"',
    """x = f'{user['name']!r:>{width}} and {f'{a['b']}'}'""",
    'x = f"{"\\n".join(names)}" "and {this}" f"{{{x["y"]}}}"',
    'x = rf"\\d{{3}}{a["b"]}"',
    "x = f'''{a['b']:%H:%M}\n{(lambda y: y)(1)}''' # {it's}",
    'x = f"{a["b"] = }" + f"{c != d["e"]}"',
    'def f():\n    return b"x", f"\\N{DIGIT ONE}{a["b"]}"',
]
NONE = [
    'x = f"{args["-m]}"',
    'x = f"{args["-m"]"',
    'x = f"}{args["-m"]}"',
    'x = f"{a["b"] c}"',
    'x = f"{}{a["b"]}"',
    'x = f"{a["b"]!z}"',
    'print f"{a["b"]}"',
    'x = f"{a["b"]\n',
]


@pytest.mark.parametrize("code", NEW)
def test_what_python_3_12_reads_is_seen(code: str) -> None:
    assert reads_with_new_fstrings(code)
    if sys.version_info >= (3, 12):
        compile(code, "new.py", "exec")


@pytest.mark.parametrize("code", NONE)
def test_what_no_python_reads_is_not(code: str) -> None:
    assert not reads_with_new_fstrings(code)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="this Python reads them")
def test_libcst_is_not_loaded_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> bool:
        raise AssertionError

    monkeypatch.setattr(newer_syntax, "_reads", fail)
    text = "import os\n\n\n" + "\n".join(NEW) + "\n"
    assert "uses syntax of Python 3.12" in newer_syntax.explain(text, ParseError("f-string: unmatched '['", 4))
