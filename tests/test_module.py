"""Name resolution, scopes and positions."""

from __future__ import annotations

import ast
import io
import sys
import tokenize

import pytest
from analysis import calls, module
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tgfix.engine.analysis.module import ParseError


@pytest.mark.parametrize(
    ("text", "spelled", "expected"),
    [
        ("import time\ntime.sleep(1)", "time.sleep", "time.sleep"),
        ("import time as t\nt.sleep(1)", "t.sleep", "time.sleep"),
        ("from time import sleep\nsleep(1)", "sleep", "time.sleep"),
        ("from time import sleep as pause\npause(1)", "pause", "time.sleep"),
        ("import os.path\nos.path.join(1)", "os.path.join", "os.path.join"),
        ("import os.path as p\np.join(1)", "p.join", "os.path.join"),
        ("from . import errors\nerrors.x()", "errors.x", ".errors.x"),
        ("from ..pkg import errors\nerrors.x()", "errors.x", "..pkg.errors.x"),
        ("open(1)", "open", "builtins.open"),
        ("def open(x): ...\nopen(1)", "open", None),
        ("import time\nnap = time.sleep\nnap(1)", "nap", "time.sleep"),
        ("import time\ndef f(time):\n    time.sleep(1)", "time.sleep", None),
        ("import time\ndef f():\n    import asyncio as time\n    time.sleep(1)", "time.sleep", "asyncio.sleep"),
        ("def f():\n    import time\n    def g():\n        time.sleep(1)", "time.sleep", "time.sleep"),
        ("import time\nclass A:\n    time = None\n    def f(self):\n        time.sleep(1)", "time.sleep", "time.sleep"),
        ("import time\nclass A:\n    time = None\n    time.sleep(1)", "time.sleep", None),
        ("import time\n[time.sleep(1) for time in []]", "time.sleep", None),
        ("import time\nfor time in []: pass\ntime.sleep(1)", "time.sleep", None),
        (
            "try:\n    import aiohttp\nexcept ImportError:\n    aiohttp = None\naiohttp.get(1)",
            "aiohttp.get",
            "aiohttp.get",
        ),
        ("try:\n    import ujson as json\nexcept ImportError:\n    import json\njson.loads(1)", "json.loads", None),
        ("from os import *\nopen(1)", "open", "os.open"),
        ("from telegram import *\nopen(1)", "open", "builtins.open"),
        ("import time\ndef f():\n    global time\n    time = 1\ntime.sleep(1)", "time.sleep", None),
        ("import time\nlambda time: time.sleep(1)", "time.sleep", None),
        ("import time\nlambda x=time.sleep(1): x", "time.sleep", "time.sleep"),
        ("import time\nif (time := 1): time.sleep(1)", "time.sleep", None),
        ("import time\nmatch 1:\n    case time: time.sleep(1)", "time.sleep", None),
        ("import time\ntry: ...\nexcept Exception as time: time.sleep(1)", "time.sleep", None),
        ("event = event.chat\nevent.sleep()", "event.sleep", None),
    ],
)
def test_a_name_resolves_as_the_language_says(text: str, spelled: str, expected: str | None) -> None:
    parsed = module(text)
    (call,) = calls(parsed, spelled)
    assert parsed.resolve(call.func) == expected


def test_a_name_that_may_be_two_things_has_two_candidates() -> None:
    parsed = module("try:\n    import ujson as json\nexcept ImportError:\n    import json\njson.loads(1)")
    assert parsed.candidates(calls(parsed)[0].func) == {"ujson.loads", "json.loads"}


def test_defaults_decorators_and_annotations_belong_to_the_code_around() -> None:
    parsed = module("@deco(1)\nasync def f(x: note(2) = default(3)) -> back(4):\n    inner(5)\n")
    inside = {ast.unparse(call.func): parsed.function(call) is not None for call in calls(parsed)}
    assert inside == {"deco": False, "note": False, "default": False, "back": False, "inner": True}


def test_the_statement_at_a_line_is_the_innermost_and_the_first_of_several() -> None:
    parsed = module("with a:\n    with b:\n        x(\n            1)\n    y()\nz(1); z(2)\n\nclass C: ...\n")
    found = [parsed.statement_at(line, ast.Expr, ast.With) for line in range(1, 9)]
    shown = [statement and ast.unparse(statement).partition("\n")[0] for statement in found]
    assert shown == ["with a:", "with b:", "x(1)", "x(1)", "y()", "z(1)", None, "..."]
    assert parsed.statement_at(3, ast.With) is found[1] and parsed.statement_at(8, ast.ClassDef) is not None


def test_the_first_iterable_of_a_comprehension_is_evaluated_outside() -> None:
    parsed = module("class A:\n    names = [1]\n    x = [f(names) for i in g(names) for j in h(names)]\n")
    found = {ast.unparse(c.func): parsed.scope(c.args[0]).find("names") is not None for c in calls(parsed)}
    assert found == {"f": False, "g": True, "h": False}


def test_undefined_names_are_those_that_nothing_defines() -> None:
    parsed = module("import a\nprint(a, b, __file__)\ndef f(c): return c, d\nclass E:\n    def g(self): return E, h\n")
    assert parsed.undefined == {"b", "d", "h"}


def test_type_parameters_are_names_of_their_function() -> None:
    if sys.version_info < (3, 12):
        with pytest.raises(ParseError):
            module("def f[T](x: T) -> T: return x\n")
    else:
        assert module("def f[T](x: T) -> T: return T\n").undefined == set()
        assert module("class A[T](list[T]):\n    def f[U](self, x: U) -> T: return (T, U)\n").undefined == set()
        assert module("type Pair[T] = tuple[T, T]\n").undefined == set()


@given(
    st.lists(st.sampled_from(["x = 1", "é = 'ü'", "# 🤖", "", "  ", "y = f('\\t', 'ß')"]), max_size=8),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_the_segment_of_every_node_is_its_source(lines: list[str], newline: str) -> None:
    parsed = module(newline.join(line.strip() if line.strip() else line for line in lines) + newline)
    for node in parsed.all(ast.Assign, ast.Call, ast.Constant, ast.Name):
        assert ast.dump(ast.parse(parsed.segment(node)).body[0]) == ast.dump(
            node if isinstance(node, ast.stmt) else ast.Expr(node)
        ).replace("Store()", "Load()" if isinstance(node, ast.Name) else "Store()")


def test_five_hundred_elifs_are_walked() -> None:
    text = "if a == 0: f(0)\n" + "".join(f"elif a == {n}: f({n})\n" for n in range(1, 500))
    parsed = module(text)
    assert len(calls(parsed, "f")) == 500 and parsed.undefined == {"a", "f"}


def test_nesting_beyond_the_parser_is_a_parse_error() -> None:
    with pytest.raises(ParseError):
        module("x = " + "(" * 5000 + ")" * 5000)


@pytest.mark.parametrize(
    ("text", "unit"),
    [("def f():\n\treturn", "\t"), ("if 1:\n  x = 1", "  "), ("x = 1", "    "), ("if 1: x = 1", "    ")],
)
def test_the_indentation_of_a_file_is_learnt_from_it(text: str, unit: str) -> None:
    assert module(text).indent_unit == unit


PIECES = [
    "'",
    '"',
    "'''",
    '"""',
    "#",
    "\\",
    "\n",
    "\r\n",
    "x",
    " ",
    "r",
    "b",
    "f",
    "{",
    "}",
    "é",
    "+",
    "(",
    ")",
    "=1\n",
]


@settings(suppress_health_check=[HealthCheck.filter_too_much])
@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join))
def test_comments_are_told_from_texts_as_the_tokenizer_tells_them(text: str) -> None:
    text = f"a = 1\n{text}\n"
    try:
        of = module(text)
    except ParseError:
        assume(False)
    reader = io.StringIO(text, newline=None).readline
    found = [(*t.start, t.string) for t in tokenize.generate_tokens(reader) if t.type == tokenize.COMMENT]
    assert [(of.line_starts[row - 1] + column, comment) for row, column, comment in found] == list(of.comments)


@pytest.mark.parametrize(
    ("text", "kind", "segment"),
    [
        ("x = [a async for a in many(1) if a]", ast.comprehension, "a in many(1) if a"),
        ("with open('a') as f:\n    pass", ast.withitem, "open('a') as f"),
        ("def f(a, b=1): pass", ast.arguments, "a, b=1"),
        ("def f(): pass", ast.arguments, ""),
    ],
)
def test_a_node_without_a_place_has_that_of_its_parts(text: str, kind: type[ast.AST], segment: str) -> None:
    of = module(text)
    assert of.segment(next(of.all(kind))) == segment


def test_nodes_are_evaluated_in_the_scope_of_what_is_around_them_but_for_those_that_say_otherwise() -> None:
    bot = module(
        "def outer(a: str, b=top) -> int:\n    return [x + a for x in a]\n\n"
        "class C(Base):\n    name = other\n\n    @made\n    def m(self):\n        return lambda y=name: y\n"
    )
    names = [node for node in bot.all(ast.Name) if isinstance(node.ctx, ast.Load)]
    found = {(node.id, bot.scope(node).kind, bot.scope(node).qualname) for node in names}
    assert found == {
        ("str", "module", ""), ("top", "module", ""), ("int", "module", ""), ("x", "comprehension", "outer"),
        ("a", "comprehension", "outer"), ("a", "function", "outer"), ("Base", "module", ""), ("other", "class", "C"),
        ("made", "class", "C"), ("name", "function", "C.m"), ("y", "lambda", "C.m"),
    }  # fmt: skip
    plain = module("a = b + c(d)\n" * 9).names
    assert list(plain._scopes) == [plain.root.node], "most nodes need no entry of their own"
