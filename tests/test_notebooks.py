"""Notebooks: looked at cell by cell, written back with everything else byte for byte, and never passed over in silence."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command import BOT, tgfix, tree

from tgfix.engine.sources.notebook import Notebook
from tgfix.engine.sources.source import SourceError, SourceFile

HANDLER = "async def remind(event):\n    await event.reply('é')\n    time.sleep(5)\n    await event.reply('Done.')"
SETUP = "!pip install telethon\n%matplotlib inline\nimport time\nfrom telethon import events"


def cell(source: Any, kind: str = "code") -> dict[str, Any]:
    found = {"cell_type": kind, "metadata": {"source": ["no code"]}, "source": source}
    return found | ({"execution_count": 3, "outputs": [{"name": "stdout", "text": ["a\n"]}]} if kind == "code" else {})


def lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


def notebook(*cells: dict[str, Any], language: str = "python", indent: int | None = 1) -> bytes:
    document = {
        "cells": list(cells),
        "metadata": {"kernelspec": {"name": "python3"}, "language_info": {"name": language}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(document, indent=indent, ensure_ascii=False).encode() + b"\n"


CELLS = (
    cell(["# Bot\n", "time.sleep(1)"], "markdown"),
    cell(lines(SETUP)),
    cell(lines("%%bash\necho .")),
    cell(lines(HANDLER)),
    cell([]),
    cell("print(1)\n"),
)


@pytest.fixture
def bot(tmp_path: Path) -> Path:
    (tmp_path / "bot.ipynb").write_bytes(notebook(*CELLS))
    return tmp_path


def code_of(data: bytes) -> list[str]:
    return ["".join(c["source"]) for c in json.loads(data)["cells"] if c["cell_type"] == "code"]


def test_findings_are_told_by_cells(bot: Path) -> None:
    result = tgfix("check", "bot.ipynb", cwd=bot)
    assert result.code == 1
    assert result.text.startswith("bot.ipynb:cell 3:3:5 TGF501 async-sleep [unsafe] ")
    assert "(line 2 of cell 3)" in tgfix("check", "--verbose", "--assume", "interleaving", "bot.ipynb", cwd=bot).text, (
        "so are the places in sentences"
    )
    assert "tgfix: bot.ipynb: cell 2 is no Python, and not looked into" in result.err
    (finding,) = json.loads(tgfix("check", "bot.ipynb", "--format=json", cwd=bot).out)["findings"]
    assert (finding["cell"], finding["line"], finding["end_line"], finding["column"]) == (3, 3, 3, 4)


def test_a_change_of_a_notebook_assumes_that_its_cells_run_in_their_order(bot: Path) -> None:
    before = tree(bot)
    assert tgfix("apply", "bot.ipynb", cwd=bot).code == 0
    assert tree(bot) == before
    text = tgfix("check", "--verbose", "bot.ipynb", cwd=bot).text
    assert "assumes `interleaving`: the cells of the notebook run once, in their order" in text


@pytest.mark.parametrize("indent", [1, 4, None])
def test_everything_but_the_changed_lines_stays_byte_for_byte(tmp_path: Path, indent: int | None) -> None:
    path = tmp_path / "bot.ipynb"
    path.write_bytes(notebook(*CELLS, indent=indent))
    before = path.read_bytes()
    assert tgfix("apply", "--unsafe-fixes", "bot.ipynb", cwd=tmp_path).code == 0
    after = path.read_bytes()
    wanted = before.replace(b'"import time\\n"', b'"import asyncio\\n"')
    assert after == wanted.replace(b'"    time.sleep(5)\\n"', b'"    await asyncio.sleep(5)\\n"')
    assert "0 findings" in tgfix("check", "bot.ipynb", cwd=tmp_path).err
    assert tgfix("undo", cwd=tmp_path).code == 0 and path.read_bytes() == before


def test_a_dry_run_shows_diffs_by_cell_and_the_patch_is_of_the_file(bot: Path) -> None:
    text = tgfix("apply", "--dry-run", "--unsafe-fixes", "bot.ipynb", cwd=bot).text
    assert "+++ b/bot.ipynb:cell 1" in text and "+++ b/bot.ipynb:cell 3" in text
    assert "\n !pip install telethon\n %matplotlib inline\n-import time\n+import asyncio\n" in text
    assert "\\n" not in text and "#!tgfix" not in text
    patch = tgfix("apply", "--dry-run", "--unsafe-fixes", "--format=patch", "bot.ipynb", cwd=bot).out
    subprocess.run(["git", "apply", "-"], cwd=bot, input=patch, check=True)
    patched = (bot / "bot.ipynb").read_bytes()
    (bot / "bot.ipynb").write_bytes(notebook(*CELLS))
    assert tgfix("apply", "--unsafe-fixes", "bot.ipynb", cwd=bot).code == 0
    assert (bot / "bot.ipynb").read_bytes() == patched


def test_formats_for_machines_name_the_line_of_the_file(bot: Path) -> None:
    line = 1 + next(n for n, text in enumerate((bot / "bot.ipynb").read_text().splitlines()) if "time.sleep(5)" in text)
    assert f"file=bot.ipynb,line={line}," in tgfix("check", "--format=github", "bot.ipynb", cwd=bot).text
    (found,) = json.loads(tgfix("check", "--format=rdjson", "bot.ipynb", cwd=bot).out)["diagnostics"]
    assert found["location"]["range"]["start"]["line"] == line
    texts = (bot / "bot.ipynb").read_text().split("\n")
    for suggestion in reversed(found["suggestions"]):
        start, end = suggestion["range"]["start"], suggestion["range"]["end"]
        assert start["column"] == 1 and end["column"] == len(texts[end["line"] - 1].encode()) + 1
        texts[start["line"] - 1 : end["line"]] = suggestion["text"].split("\n")
    assert tgfix("apply", "--unsafe-fixes", "bot.ipynb", cwd=bot).code == 0
    assert (bot / "bot.ipynb").read_text() == "\n".join(texts)


def test_what_only_a_magic_uses_is_still_imported(tmp_path: Path) -> None:
    cells = (cell(["import time"]), cell(["%timeit time.time()"]), cell(lines(HANDLER)))
    (tmp_path / "bot.ipynb").write_bytes(notebook(*cells))
    assert tgfix("apply", "--unsafe-fixes", "bot.ipynb", cwd=tmp_path).code == 0
    setup, magic, handler = code_of((tmp_path / "bot.ipynb").read_bytes())
    assert "import time" in setup.split("\n") and "import asyncio" in setup.split("\n")
    assert magic == "%timeit time.time()" and "await asyncio.sleep(5)" in handler


def test_what_only_a_cell_of_another_language_names_is_still_imported(tmp_path: Path) -> None:
    cells = (cell(["import time"]), cell(lines(HANDLER)), cell(lines("%%time\ntime.sleep(0)")))
    (tmp_path / "bot.ipynb").write_bytes(notebook(*cells))
    assert tgfix("apply", "--unsafe-fixes", "bot.ipynb", cwd=tmp_path).code == 0
    assert "import time" in code_of((tmp_path / "bot.ipynb").read_bytes())[0].split("\n")


def test_comments_in_cells_silence_and_can_be_written(bot: Path) -> None:
    assert tgfix("check", "--add-ignore=it is a demo", "bot.ipynb", cwd=bot).code == 0
    handler = code_of((bot / "bot.ipynb").read_bytes())[2]
    assert handler == HANDLER.replace("sleep(5)", "sleep(5)  # tgfix: ignore[TGF501] it is a demo")
    assert "1 suppressed" in tgfix("check", "bot.ipynb", cwd=bot).err


def test_notebooks_in_a_directory_are_named_and_not_searched(bot: Path) -> None:
    (bot / "bot.py").write_text("print()\n")
    (bot / "old").mkdir()
    (bot / "old" / "b.ipynb").write_bytes(notebook(*CELLS))
    expected = "there are 2 notebooks in it, which a search leaves out; name what is to be looked into (bot.ipynb)"
    assert expected in tgfix("check", cwd=bot).err
    subprocess.run(["git", "init", "-q"], cwd=bot, check=True)
    assert expected in tgfix("check", cwd=bot).err
    (bot / ".gitignore").write_text("old\n")
    assert "there is a notebook in it" in tgfix("check", cwd=bot).err
    assert "notebook" not in tgfix("check", "--exclude", "*.ipynb", cwd=bot).err


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{}", "is no notebook of format 4"),
        (b"print()", "is no notebook: "),
        (b'{"worksheets": [{"cells": []}], "nbformat": 3}', "is no notebook of format 4"),
        (notebook(cell(["1"]), language="julia"), "is a notebook in julia"),
        (notebook(cell(["text"], "markdown")), "has no code cells"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "x.ipynb").write_bytes(data)
    result = tgfix("check", "x.ipynb", cwd=tmp_path)
    assert message in result.text and "1 file skipped" in result.err


def test_a_notebook_from_stdin_is_printed_as_one(bot: Path) -> None:
    data = (bot / "bot.ipynb").read_bytes()
    args = ("apply", "--unsafe-fixes", "-", "--stdin-filename", "bot.ipynb")
    printed = tgfix(*args, cwd=bot, stdin=data).out
    assert tgfix("apply", "--unsafe-fixes", "bot.ipynb", cwd=bot).code == 0
    assert printed == (bot / "bot.ipynb").read_bytes()


# The text of a notebook


def read(*sources: Any, **more: Any) -> Notebook:
    found = SourceFile.from_bytes(Path("/x.ipynb"), notebook(*map(cell, sources), **more))
    assert isinstance(found, Notebook)
    return found


@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n",
        "a = 1\n\n",
        "if x:\n    !ls {x}\n",
        "files = !ls\nx = %time f(1)\nprint?\n??print",
        "x = (a\n     % b)",
        '"""\n%not magic\n"""',
        "%%bash\nls",
        "def f(:",
        "s = '\\\\ \u2028 \\n'\nawait f()",
        BOT,
    ],
)
def test_a_text_that_is_not_changed_gives_the_same_bytes(source: str) -> None:
    for form in (source, lines(source)):
        for indent in (1, None):
            found = read("first = 1", form, ["last = 2"], indent=indent)
            assert found.encode(found.text) == found.data
            changed = found.text.replace("first = 1", "import x\nfirst = 1").replace("last = 2", "last = 3\n")
            data = found.encode(changed)
            assert code_of(data) == ["import x\nfirst = 1", source, "last = 3\n"]
            assert SourceFile.from_bytes(found.path, data).text == changed


def test_operators_and_strings_that_look_like_magic_are_none() -> None:
    assert "x = (a\n     % b)" in read("x = (a\n     % b)").text
    assert read("%%bash\nls", "x = 1", "def f(:").opaque == (1, 3)


def test_a_boundary_between_cells_cannot_go() -> None:
    found = read("a = 1", "b = 2")
    for text in (found.text.replace("#%%tgfix cell 2\n", ""), "#%%tgfix cell 7\n" + found.text):
        with pytest.raises(SourceError, match="boundaries"):
            found.encode(text)


def test_lines_are_found_in_their_cells_and_in_the_file() -> None:
    found = read(["a = 1\n", "b = 2"], ["%%bash\n", "ls"], ["c = 3\n", "d = 4"])
    raw = found.data.decode().splitlines()
    for text in ("a = 1", "b = 2", "c = 3", "d = 4"):
        line = found.text.splitlines().index(text) + 1
        number, inside, file_line = found.place(line)
        assert (number, inside) == (
            {"a": 1, "b": 1, "c": 3, "d": 3}[text[0]],
            {"a": 1, "b": 2, "c": 1, "d": 2}[text[0]],
        )
        assert text in raw[file_line - 1]


def test_pages_reports_and_stages_tell_places_by_cells_too(bot: Path) -> None:
    assert "bot.ipynb:cell 3:3" in tgfix("report", "bot.ipynb", cwd=bot).text
    assert tgfix("report", "--html", "page.html", "bot.ipynb", cwd=bot).code == 0
    assert "bot.ipynb:cell 3:3:5" in (bot / "page.html").read_text()
    failing = "grep -q 'time.sleep(5)' bot.ipynb"
    result = tgfix("apply", "--unsafe-fixes", "--verify", failing, "bot.ipynb", cwd=bot)
    assert result.code == 2 and "bot.ipynb:cell 3:3: TGF501" in result.err
    assert "tgfix: bot.ipynb: cell 2 is no Python" in result.err, "the file was not skipped"
