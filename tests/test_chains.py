"""Another call in a chain, in the layout that stands there."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tgfix.engine.analysis.module import Project
from tgfix.engine.rewriting.chains import before_last
from tgfix.engine.rewriting.compose import apply_edits
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile

LONG = '    application = Application.builder().token(os.environ["THE_TOKEN_OF_THE_BOT"]).build()\n'
IN_LINES = """\
    application = (
        Application.builder()
        .token(os.environ["THE_TOKEN_OF_THE_BOT"])
        .added()
        .build()
    )
"""


def rewritten(line: str, root: Path) -> str:
    text, path = f"def main():\n{line}", root / "bot.py"
    module = Project(Settings(root=root), [path], {path: SourceFile.from_bytes(path, text.encode())}).module(path)
    (build,) = (call for call in module.all(ast.Call) if getattr(call.func, "attr", "") == "build")
    return apply_edits(text, [before_last(module, build, ".added()")], "\n").removeprefix("def main():\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("    app = builder().build()\n", "    app = builder().added().build()\n"),
        (
            "    app = (builder()\n           .build())\n",
            "    app = (builder()\n           .added()\n           .build())\n",
        ),
        (LONG, IN_LINES),
        (
            LONG.replace("Application.builder()", "ApplicationBuilder()"),
            IN_LINES.replace("Application.builder()", "ApplicationBuilder()"),
        ),
        (LONG.replace("\n", "  # of the bot\n"), LONG.replace(".build()\n", ".added().build()  # of the bot\n")),
    ],
    ids=[
        "a short chain",
        "a chain in lines",
        "a chain that gets too long",
        "a builder that is made",
        "a comment behind it",
    ],
)
def test_a_call_is_added_as_the_formatter_would_have_it(line: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.black]\n")
    assert rewritten(line, tmp_path) == expected


def test_a_chain_stays_on_its_line_where_nothing_formats_the_file(tmp_path: Path) -> None:
    assert rewritten(LONG, tmp_path) == LONG.replace(".build()", ".added().build()")
