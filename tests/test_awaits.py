"""How a blocking call is written as an awaited one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tgfix.engine.analysis.module import Module, Project
from tgfix.engine.rewriting.awaits import awaited, is_plain
from tgfix.engine.rewriting.compose import apply_edits
from tgfix.engine.rewriting.wrapping import broken
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile


def rewritten(text: str, argument: str = "a", root: Path = Path("/project")) -> str:
    source = SourceFile.from_bytes(root / "bot.py", text.encode())
    module = Module(source, Project(Settings(root=root), []))
    call = next(call for call in module.all(ast.Call) if getattr(call.func, "id", "") == "f")
    return apply_edits(text, awaited(module, call, "g", argument), "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("f(x)", "await g(a, x)"),
        ("f()", "await g(a)"),
        ("f(*x)", "await g(a, *x)"),
        ("f(**x)", "await g(a, **x)"),
        ("f( x )", "await g( a, x )"),
        ("f(        x        )", "await g(a, x)"),
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
        ("f(\n    x, y=1\n)", "await g(\n    a, x, y=1\n)"),
        ("f(\n    x, y=(\n        1,\n    )\n)", "await g(\n    a,\n    x, y=(\n        1,\n    )\n)"),
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


LONG = "'https://example.org/a-page', headers"
LEFT = "the_answer_of_the_server ="


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"{LEFT} f({LONG}, timeout=seconds)", f"{LEFT} await g(\n    {{}}, {LONG}, timeout=seconds\n)"),
        (f"{LEFT} f({LONG}).json()['an item']", f"{LEFT} (\n    await g({{}}, {LONG})\n).json()['an item']"),
        (
            f"{LEFT} f({LONG}).json()['an item']  # why",
            f"{LEFT} (\n    await g({{}}, {LONG})\n).json()['an item']  # why",
        ),
        (
            f"{LEFT} f({LONG}, a=1,\n      verify=True)",
            f"{LEFT} await g(\n    {{}}, {LONG}, a=1, verify=True\n)",
        ),
        (
            f"h(f({LONG}), [1, 2], [3, 4], 'and', 'more')",
            f"h(\n    await g({{}}, {LONG}),\n    [1, 2],\n    [3, 4],\n    'and',\n    'more',\n)",
        ),
        (
            f"prints([f(x, y) for x, y in ({LONG}, y)])",
            f"prints(\n    [\n        await g({{}}, x, y)\n        for x, y in ({LONG}, y)\n    ]\n)",
        ),
        (
            f"{LEFT} f({LONG}) if seconds else h(x)",
            f"{LEFT} (\n    await g({{}}, {LONG})\n    if seconds\n    else h(x)\n)",
        ),
        (
            f"{LEFT} h(x) if seconds else f({LONG})",
            f"{LEFT} (\n    h(x)\n    if seconds\n    else await g({{}}, {LONG})\n)",
        ),
        (f"{LEFT} f({LONG}, '''1\n2''')", f"{LEFT} await g({{}}, {LONG}, '''1\n2''')"),
    ],
)
def test_a_line_that_gets_too_long_is_broken_as_black_does(before: str, after: str) -> None:
    argument = "a_function_of_its_own"
    assert rewritten(before, argument) == after.format(argument)


ONE_LINE = "y = await g({}, 'https://example.org/a-page', headers)"
BROKEN = "y = await g(\n    {}, 'https://example.org/a-page', headers\n)"


@pytest.mark.parametrize(
    ("name", "told", "after"),
    [
        ("pyproject.toml", "[tool.black]\nline-length = 60", BROKEN),
        ("pyproject.toml", "[tool.black]", ONE_LINE),
        ("pyproject.toml", "[tool.ruff]\nline-length = 56", BROKEN),
        ("pyproject.toml", "[tool.ruff]\nline-length = 'long'", ONE_LINE),
        ("ruff.toml", "line-length = 60", BROKEN),
        (".flake8", "[flake8]\nmax-line-length = 60", BROKEN),
        ("setup.cfg", "[flake8]\nmax_line_length=60", BROKEN),
        ("tox.ini", "[testenv]\ndeps = pytest", ONE_LINE),
    ],
)
def test_a_line_is_as_long_as_the_projects_formatter_is_told(name: str, told: str, after: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(told)
    wanted = "requests.get"
    assert rewritten(f"y = f({LONG})", wanted, tmp_path) == after.format(wanted)


def test_a_line_is_broken_where_the_file_looks_as_black_leaves_it() -> None:
    line, wanted = f"yield_of_all_things = f({LONG})", "requests_of_this_bot.get"
    blocks = "x = [\n    1,\n]\n" * 3
    assert f"await g(\n    {wanted}, 'h" in rewritten(f"{line}\n{blocks}", wanted)
    assert f"await g({wanted}, 'h" in rewritten(f"{line}\n{blocks}{'a + ' * 30}b\n", wanted)


def test_what_is_broken_stays_the_same_expression() -> None:
    line = "await g(lambda a, b: (a, b), 'a bracket ([', f'{x[1]}', [x + y for x, y in z if x], {1: 2, **more}, *rest)"
    text = broken(line, 7, "", "    ", 40)
    assert text.splitlines()[1:4] == ["    lambda a, b: (a, b),", "    'a bracket ([',", "    f'{x[1]}',"]
    assert max(map(len, text.splitlines())) <= 40
    assert ast.dump(ast.parse(text)) == ast.dump(ast.parse(line))
