"""How a blocking call is written as an awaited one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.rewriting.awaits import awaited, is_plain
from tgfix.engine.rewriting.compose import apply_edits
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile


def rewritten(text: str, argument: str = "a") -> str:
    source = SourceFile.from_bytes(Path("/project/bot.py"), text.encode())
    module = Module(source, Project(Settings(root=Path("/project")), []))
    call = next(call for call in module.all(ast.Call) if getattr(call.func, "id", "") == "f")
    return apply_edits(text, awaited(module, call, "g", argument), "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(x)", "await g(a, x)"),
        ("f()", "await g(a)"),
        ("f(*x)", "await g(a, *x)"),
        ("f(**x)", "await g(a, **x)"),
        ("f( x)", "await g(a,  x)"),
        ("y = f(x).text", "y = (await g(a, x)).text"),
        ("y = f(x)[0]", "y = (await g(a, x))[0]"),
        ("y = f(x)(1)", "y = (await g(a, x))(1)"),
        ("y = (f(x)).text", "y = (await g(a, x)).text"),
        ("y = (\n    f(x)\n).text", "y = (\n    await g(a, x)\n).text"),
        ("y = d[f(x)]", "y = d[await g(a, x)]"),
        ("y = not f(x)", "y = not await g(a, x)"),
        ("y = -f(x) ** 2", "y = -await g(a, x) ** 2"),
        ("h(f(x))", "h(await g(a, x))"),
        ("f(\n    x,\n    y,\n)", "await g(\n    a,\n    x,\n    y,\n)"),
        ("f(\n    (x),\n)", "await g(\n    a,\n    (x),\n)"),
        ("f(  # why\n    x\n)", "await g(a,  # why\n    x\n)"),
    ],
)
def test_the_layout_stays(before: str, after: str) -> None:
    assert rewritten(before) == after
    compiled = compile("async def _():\n" + "".join(f"    {line}\n" for line in after.splitlines()), "bot.py", "exec")
    assert compiled


def test_without_an_argument_in_front_only_the_function_changes() -> None:
    assert rewritten("f(x, y=1).z", "") == "(await g(x, y=1)).z"


@pytest.mark.parametrize(("text", "plain"), [("f(x)", True), ("(f)(x)", False), ('y = f"{f(x)}"', False)])
def test_a_call_whose_text_is_not_its_own(text: str, plain: bool) -> None:
    source = SourceFile.from_bytes(Path("/project/bot.py"), text.encode())
    module = Module(source, Project(Settings(root=Path("/project")), []))
    assert is_plain(module, next(module.all(ast.Call))) is plain
