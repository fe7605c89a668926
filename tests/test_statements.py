"""Statements that are rewritten as concrete syntax keep comments, strings and layout, wherever they stand."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from analysis import project

from tgfix.engine.rewriting import statements as cs
from tgfix.engine.rewriting.compose import apply_edits
from tgfix.engine.rewriting.fresh_names import fresh_name

LOOP = """\
def save(rows):
    # all of them
    for row in rows:  # each
        if row:
            with lock:  # one at a time
                # the text
                write(f'''{row}
    and a second line
''')
                # done

        count()
        # counted
    # behind it
    return rows
"""
WRAPPED = """\
def save(rows):
    # all of them
    with lock:
        for row in rows:  # each
            if row:
                # one at a time
                # the text
                write(f'''{row}
    and a second line
''')
                # done

            count()
            # counted
    # behind it
    return rows
"""


def rewritten(text: str, parts: Any, kind: type[ast.stmt] = ast.For, last: type[ast.stmt] | None = None) -> str:
    """The text with `parts`, a function of the module, applied to its first statement of a kind."""
    module = project(bot=text).module(Path("/project/bot.py"))
    first = next(module.all(kind))
    edit = cs.rewritten(module, first, parts(module), next(module.all(last)) if last else None)
    return apply_edits(module.text, [edit], "\n")


def hoisted(module: Any) -> dict[ast.AST, cs.Part]:
    """Put the ``with`` of a loop around it."""
    heads: list[Any] = []

    def inner(node: Any) -> Any:
        heads.append(node)
        return cs.unwrapped(node)

    def outer(node: Any) -> Any:
        return cs.around(node, heads[0].with_changes(body=cs.block([])))

    return {next(module.all(ast.With)): inner, next(module.all(ast.For)): outer}


def test_a_block_is_moved_with_its_comments_and_strings() -> None:
    assert rewritten(LOOP, hoisted) == WRAPPED


@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text.replace("    ", "\t").replace("\tand", "    and"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "x = 1\n\n\n" + text,
        lambda text: text.removesuffix("    # behind it\n    return rows\n").rstrip("\n"),
        lambda text: text.replace("row", "zeile_ä"),
    ],
    ids=["tabs", "CRLF", "lower down", "no final newline", "letters that are not ASCII"],
)
def test_it_keeps_the_dress_of_the_file(dress: Any) -> None:
    assert rewritten(dress(LOOP), hoisted) == dress(WRAPPED)


def test_a_deeper_level_has_the_indentation_of_the_file() -> None:
    before = "class A:\n  def f(self):\n    for x in y:\n      with z: g(x)\n"
    assert rewritten(before, hoisted) == "class A:\n  def f(self):\n    with z:\n      for x in y:\n        g(x)\n"


def test_one_of_several_statements_on_a_line_is_replaced() -> None:
    def parts(module: Any) -> dict[ast.AST, cs.Part]:
        return {list(module.all(ast.Expr))[1]: lambda line: cs.comments_of(line) + cs.parsed("new()\n")}

    before = "for x in y:\n    a(); b(); c()  # three\n"
    assert rewritten(before, parts) == "for x in y:\n    a()\n    new()\n    c()  # three\n"


def test_a_block_on_the_line_of_its_head_gets_lines_of_its_own() -> None:
    def parts(module: Any) -> dict[ast.AST, cs.Part]:
        return {next(module.all(ast.Expr)): lambda line: [line, *cs.parsed("new()\n")]}

    assert rewritten("for x in y: a(); b()\n", parts) == "for x in y:\n    a()\n    new()\n    b()\n"


def test_statements_between_two_others_become_a_block() -> None:
    kept: list[Any] = []

    def parts(module: Any) -> dict[ast.AST, cs.Part]:
        opening, body, closing, _ = list(module.all(ast.Expr))
        return {
            opening: lambda line: cs.comments_of(line),
            body: lambda line: kept.append(line) or [],
            closing: lambda line: cs.around(kept[0], cs.parsed("with z:\n    pass\n")[0]) + cs.comments_of(line),
        }

    before = "if x:\n    a()  # first\n    b()  # second\n    c()  # third\nd()\n"
    after = "if x:\n    # first\n    with z:\n        b()  # second\n    # third\nd()\n"
    assert rewritten(before, parts, ast.If) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f()", "f(b=1)"),
        ("f(a)", "f(a, b=1)"),
        ("f(a, c,)", "f(a, c, b=1,)"),
        ("f(\n    a,\n    c=2,\n)", "f(\n    a,\n    c=2,\n    b=1,\n)"),
        ("f(\n    a\n)", "f(\n    a, b=1\n)"),
        ("f(\n    a,\n)", "f(\n    a,\n    b=1,\n)"),
        ("f(*a, **c)", "f(*a, **c, b=1)"),
    ],
)
def test_an_argument_is_laid_out_as_the_others_are(before: str, after: str) -> None:
    def parts(module: Any) -> dict[ast.AST, cs.Part]:
        return {next(module.all(ast.Call)): lambda call: cs.with_argument(call, "b=1")}

    assert rewritten(before + "\n", parts, ast.Expr) == after + "\n"


def test_a_node_that_is_not_there_is_said() -> None:
    def parts(module: Any) -> dict[ast.AST, cs.Part]:
        return {next(module.all(ast.Return)): lambda line: []}

    with pytest.raises(cs.NotRewritable, match="line 4"):
        rewritten("def f():\n    for x in y:\n        pass\n    return 1\n", parts)


@pytest.mark.parametrize(("used", "expected"), [("", "batch"), ("batch", "pending"), ("batch, pending", "batch2")])
def test_a_fresh_name_is_one_that_the_function_does_not_use(used: str, expected: str) -> None:
    module = project(bot=f"def f({used}):\n    pass\n").module(Path("/project/bot.py"))
    assert fresh_name(module, ("batch", "pending"), next(module.all(ast.Pass))) == expected
