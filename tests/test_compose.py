"""Changes put together, verified, and support code put in its place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from analysis import ROOT, calls, module, project
from hypothesis import given
from hypothesis import strategies as st

from tgfix.codemods import load_codemods
from tgfix.engine.analysis.module import Module
from tgfix.engine.model import Change, Edit, FileChange, Helper, Import
from tgfix.engine.rewriting import support
from tgfix.engine.rewriting.compose import ComposeError, apply_edits, compose, overlaps
from tgfix.engine.run.planner import make_plan
from tgfix.engine.sources.config import Settings

BOT = ROOT / "bot.py"
POOL = Helper(
    "pool",
    "def pool():\n    return weakref.ref(_limit)\n",
    (Import("weakref"),),
    requires=(Helper("_limit", "_limit = object()\n"),),
)


def change(
    *edits: Edit,
    imports: tuple[Import, ...] = (),
    helpers: tuple[Helper, ...] = (),
    others: tuple[FileChange, ...] = (),
) -> Change:
    return Change("Do it", "Because.", (), (FileChange(BOT, edits, imports, helpers), *others))


def composed(parsed: Module, *changes: Change) -> str:
    source = compose(parsed.project, changes).source(BOT)
    assert source is not None
    return source.text


@given(st.text("ab\n", max_size=20), st.data())
def test_edits_replace_their_spans_and_nothing_else(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    edits = [Edit(start, end, "X") for start, end in spans]
    pieces, position = [], 0
    for start, end in spans:
        pieces += [text[position:start], "X"]
        position = end
    assert apply_edits(text, edits, "\n") == "".join(pieces) + text[position:]


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ComposeError):
        apply_edits("abcdef", [Edit(0, 3, ""), Edit(2, 4, "")], "\n")


def test_an_edit_takes_the_newline_of_its_place() -> None:
    assert apply_edits("a\r\nb\nc", [Edit(1, 1, "\nx"), Edit(4, 4, "\ny")], "\n") == "a\r\nx\r\nb\ny\nc"


def test_changes_at_the_same_place_overlap() -> None:
    assert overlaps(change(Edit(1, 1, "a")), change(Edit(1, 1, "b")))
    assert overlaps(change(Edit(1, 5, "a")), change(Edit(4, 6, "b")))
    assert not overlaps(change(Edit(1, 4, "a")), change(Edit(4, 6, "b")))


def test_what_several_changes_import_is_imported_once() -> None:
    parsed = module("import os\nf(1)\nf(2)\nos\n")
    wanted = [change(Edit(*parsed.span(call), "time.time()"), imports=(Import("time"),)) for call in calls(parsed, "f")]
    assert composed(parsed, *wanted) == "import os\nimport time\ntime.time()\ntime.time()\nos\n"
    assert composed(parsed, wanted[1]) == "import os\nimport time\nf(1)\ntime.time()\nos\n"


def test_a_module_may_be_imported_under_two_names_in_one_change() -> None:
    parsed = module("import time\nf(1)\ntime\n")
    imports = (Import("asyncio"), Import("asyncio", alias="_asyncio"), Import("asyncio", "sleep"))
    wanted = change(Edit(*parsed.span(calls(parsed, "f")[0]), "asyncio, _asyncio, sleep"), imports=imports)
    assert composed(parsed, wanted) == (
        "import asyncio\nimport asyncio as _asyncio\nimport time\nfrom asyncio import sleep\nasyncio, _asyncio, sleep\ntime\n"
    )


def test_a_helper_comes_once_with_what_it_requires_and_imports() -> None:
    parsed = module("import os\n\n\ndef main():\n    f(1)\n    f(2)\n    os\n")
    wanted = [change(Edit(*parsed.span(call), "pool()"), helpers=(POOL,)) for call in calls(parsed, "f")]
    text = composed(parsed, *wanted)
    assert text == (
        "import os\nimport weakref\n\n\n_limit = object()\n\n\ndef pool():\n    return weakref.ref(_limit)\n\n\n"
        "def main():\n    pool()\n    pool()\n    os\n"
    )
    again = module(text)
    assert (
        composed(again, change(Edit(*again.span(calls(again, "pool")[0]), "pool(1)"), helpers=(POOL,))).count(
            "def pool"
        )
        == 1
    )


@pytest.mark.parametrize(
    ("between", "stands"),
    [
        ("sys.path.append('lib')\n", True),
        ("sys.dont_write_bytecode = True\nprint(sys.path)\n", True),
        ("print(f(0))\n", False),
        ("if sys.path:\n    pass\n", False),
        ("def early():\n    pass\n", False),
    ],
    ids=["a path", "several settings", "what uses the helper", "a condition", "a function"],
)
def test_a_helper_stands_behind_imports_that_follow_settings(between: str, stands: bool) -> None:
    parsed = module(f"import sys\n{between}import os\n\n\ndef main():\n    f(1)\n    os\n")
    wanted = [change(Edit(*parsed.span(call), "pool()"), helpers=(POOL,)) for call in calls(parsed, "f")]
    text = composed(parsed, *wanted)
    assert (text.index("import os") < text.index("def pool")) is stands


@pytest.mark.parametrize(
    ("text", "edit", "fault"),
    [
        ("x = 1  # kept\n", "x = 2\n", "comment"),
        ("x = 1\n", "x = y\n", "undefined"),
        ("x = 1\n", "x = (\n", "not be a program"),
    ],
)
def test_a_result_that_fails_a_check_is_withheld(text: str, edit: str, fault: str) -> None:
    with pytest.raises(ComposeError, match=fault):
        composed(module(text), change(Edit(0, len(text), edit)))


def test_a_line_that_no_edit_covers_may_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = module("a = 1\nb = 2\nc = 3\n")
    real = apply_edits
    monkeypatch.setattr(
        "tgfix.engine.rewriting.compose.apply_edits",
        lambda text, edits, newline: real(text, edits, newline).replace("b = 2", "b = 9"),
    )
    with pytest.raises(ComposeError, match="line 2 would change"):
        composed(parsed, change(Edit(4, 5, "7")))


def test_a_text_that_does_not_fit_the_encoding_is_withheld() -> None:
    parsed = module("# -*- coding: latin-1 -*-\nx = 1\n")
    with pytest.raises(ComposeError):
        composed(parsed, change(Edit(parsed.text.index("1\n"), len(parsed.text) - 1, "'\u20ac'")))


# Where support code goes


def placed(name: str, **files: str) -> tuple[Path | None, str | None]:
    within = project(**files)
    path = ROOT / (name.replace("__", "/") + ".py")
    placement = support.place(within.module(path), POOL)
    assert not isinstance(placement, str), placement
    other = placement.others[0].path.relative_to(ROOT) if placement.others else None
    return other, placement.imports[0].statement if placement.imports else None


IMPORT = "from _tgfix_support import pool"


def test_a_project_of_one_file_gets_its_helper_inside() -> None:
    assert placed("bot", bot="f()\n") == (None, None)
    assert placed("bot", bot="f()\n", tests__test_bot="import bot\n", setup="") == (None, None)


def test_a_script_beside_unrelated_scripts_gets_its_helper_inside() -> None:
    assert placed("bot", bot="import os\n", other="import sys\n") == (None, None)


def test_scripts_that_import_each_other_share_a_support_module() -> None:
    files = {"bot": "import helpers\n", "helpers": "f()\n"}
    assert placed("bot", **files) == placed("helpers", **files) == (Path("_tgfix_support.py"), IMPORT)


def test_the_support_module_stands_where_the_imports_start() -> None:
    files = {
        "src__main": "from handlers.start import f\n",
        "src__handlers__start": "import config\n",
        "src__config": "",
    }
    assert placed("src__handlers__start", **files) == (Path("src/_tgfix_support.py"), IMPORT)


def test_a_package_with_relative_imports_keeps_it_inside(tmp_path: Path) -> None:
    from tgfix.engine.analysis.module import Project
    from tgfix.engine.sources.config import Settings

    package = tmp_path / "bot" / "plugins"
    package.mkdir(parents=True)
    for directory in (package, package.parent):
        (directory / "__init__.py").write_text("")
    (package / "one.py").write_text("from .. import core\n")
    (package.parent / "core.py").write_text("x = 1\n")
    within = Project(Settings(root=tmp_path), [package / "one.py"])
    placement = support.place(within.module(package / "one.py"), POOL)
    assert not isinstance(placement, str)
    assert placement.others[0].path == tmp_path / "bot" / "_tgfix_support.py"
    assert placement.imports[0].statement == "from .._tgfix_support import pool"


def test_a_new_support_module_holds_each_helper_once() -> None:
    within = project(bot="import helpers\nf()\n", helpers="f()\n")
    changes = []
    for path in within.files:
        parsed = within.module(path)
        placement = support.place(parsed, POOL)
        assert not isinstance(placement, str)
        edit = Edit(*parsed.span(calls(parsed, "f")[0]), placement.name + "()")
        changes.append(
            Change("Do it", "Because.", (), (FileChange(path, (edit,), placement.imports), *placement.others))
        )
    after = compose(within, changes)
    target = ROOT / "_tgfix_support.py"
    source = after.source(target)
    assert source is not None and source.text.count("def pool") == 1
    assert source.text.startswith(support.HEADER) and "import weakref" in source.text
    assert ast.parse(source.text)
    assert after.module(BOT).text == "import helpers\nfrom _tgfix_support import pool\npool()\n"
    alone = compose(within, changes[:1]).source(target)
    assert alone is not None and alone.text == source.text


def test_a_taken_name_is_a_reason() -> None:
    assert (
        support.place(module("pool = 1\nx = pool\n"), Helper("pool", "def pool(): ...\n"))
        == "the name pool is taken in this file"
    )


@pytest.mark.parametrize(
    ("text", "settings", "reason"),
    [
        ("from time import *\n", "", "the name time is taken in this file"),
        ("from settings import *\n", "def cached(name): ...\n", "the name cached is taken in this file"),
        ("from settings import *\n", "import time\n", None),
        ("from os import *\n", "", "the name open is no builtin in this file"),
        ("def open(door): ...\n", "", "the name open is no builtin in this file"),
    ],
    ids=["its import", "itself", "the same import", "a builtin", "a builtin of the file's own"],
)
def test_a_name_that_a_star_import_or_the_file_brings_is_not_taken_for_a_helpers(
    text: str, settings: str, reason: str | None
) -> None:
    source = "def cached(path):\n    return open(path), time.time()\n"
    helper = Helper("cached", source, imports=(Import("time"),))
    of = project(bot=text + "x = 1\n", settings=settings)
    placed = support.place(of.module(BOT), helper)
    assert placed == reason if reason else not isinstance(placed, str)


def test_a_requirement_goes_into_setup_py_where_that_is_looked_at_as_well() -> None:
    setup = "from setuptools import setup\n\nsetup(name='bot', install_requires=['telethon'])  # all\n"
    of = project(bot="import telethon\n", setup=setup)
    asks = FileChange(ROOT / "setup.py", requirements=("cryptg",))
    after = compose(of, [Change("Ask for cryptg", "Parts are encrypted sooner", (), (asks,))] * 2)
    assert after.module(ROOT / "setup.py").text == setup.replace("['telethon']", "['telethon', 'cryptg']")


def test_what_another_file_asks_for_counts_for_all_files_of_the_run(tmp_path: Path) -> None:
    texts = {
        "bot.py": """\
import plugin
from telethon import TelegramClient

client = TelegramClient("bot", 1, "x")
plugin.setup(client)
client.run_until_disconnected()
""",
        "plugin.py": """\
from telethon import TelegramClient, events


def setup(client: TelegramClient):
    @client.on(events.NewMessage)
    async def handler(event):
        await event.reply(str(await client.upload_file("film.mp4")))
""",
        "requirements.txt": "telethon\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    settings = Settings(root=tmp_path, unsafe_fixes=True)
    codemods = [codemod for codemod in load_codemods() if codemod.code == "TGF604"]
    plan = make_plan([tmp_path / "bot.py", tmp_path / "plugin.py"], codemods, settings)
    changed = {file.path.name: file.after.decode() for file in plan.files}
    assert "cryptg" in changed["requirements.txt"] and "part_size_kb=512" in changed["plugin.py"]
