"""Bowler queries in memory, and users' own query scripts under review, undo and outputs of tgfix."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest
from command import environment, tgfix, tree
from hypothesis import given
from hypothesis import strategies as st

from tgfix.codemods.errors.flood_sleep_threshold import FloodSleepThreshold
from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.engine import harness
from tgfix.engine.bowler import adapter as bowler
from tgfix.engine.bowler import script as bowler_script
from tgfix.engine.rewriting.compose import apply_edits
from tgfix.engine.rewriting.difference import difference

CLIENT = 'from telethon import TelegramClient\n\nclient = TelegramClient("bot", 1, "hash", flood_sleep_threshold=0)  # caf\u00e9'
PATH = harness.ROOT / "bot.py"

RENAME = """\
from bowler import Query

Query().select_function("start").rename("begin").select_var("start").rename("begin").write()
"""

BOT = """\
from telegram.ext import Application, CommandHandler

from handlers import start

app = Application.builder().token("T").build()
app.add_handler(CommandHandler("start", start))
"""

HANDLERS = """\
async def start(update, context):
    await update.message.reply_text("start")


async def restart(update, context):
    await start(update, context)  # start again
"""


def normal(text: str) -> str:
    """The text with newlines as ``\\n``."""
    return re.sub(r"\r\n|\r", "\n", text)


# In memory


@pytest.mark.parametrize(
    ("form", "data"),
    [
        ("CRLF", CLIENT.replace("\n", "\r\n").encode() + b"\r\n"),
        ("lone CR", CLIENT.replace("\n", "\r").encode() + b"\r"),
        ("mixed newlines", CLIENT.replace("\n", "\r\n", 1).encode() + b"\n"),
        ("latin-1", b"# coding: latin-1\n" + CLIENT.encode("latin-1") + b"\n"),
        ("BOM", b"\xef\xbb\xbf" + CLIENT.encode() + b"\n"),
        ("no final newline", CLIENT.encode()),
        ("form feed and tabs", b"\x0cif True:\n\tpass\n" + CLIENT.encode() + b"\n"),
        ("no final newline behind CRLF", CLIENT.replace("\n", "\r\n").encode()),
    ],
)
def test_a_query_changes_its_bytes_and_no_others(form: str, data: bytes) -> None:
    plan = harness.run([FloodSleepThreshold()], {PATH: data}, unsafe=True)
    assert not plan.problems
    [result] = plan.files
    assert result.after == data.replace(b"=0)", b"=60)")


@pytest.mark.parametrize(
    "syntax",
    [
        "match 1:\n    case 1:\n        pass\n",
        "def f(a, /):\n    pass\n",
        "with (open(a) as b, open(c) as d):\n    pass\n",
    ],
    ids=["match", "positional-only parameters", "parenthesised with"],
)
def test_syntax_that_bowler_cannot_read_is_told_of_for_its_codemods_alone(syntax: str) -> None:
    slow = "\n\nasync def remind():\n    time.sleep(1)\n"
    data = f"import time\n{syntax}{CLIENT}{slow}".encode()
    plan = harness.run([FloodSleepThreshold(), AsyncSleep()], {PATH: data}, unsafe=True)
    [result] = plan.files
    assert b"await asyncio.sleep(1)" in result.after and b"flood_sleep_threshold=0" in result.after
    [problem] = plan.problems
    assert problem.remark and not problem.fatal and not problem.skipped
    assert problem.message.startswith("TGF403 flood-sleep-threshold did not look into it: uses syntax that Bowler's")
    assert problem.line is not None and problem.line > 1


PIECES = st.lists(st.sampled_from(["a", "b ", "(", "\n", "\r\n", "\n\n", " ", "\u00e9"]), max_size=40).map("".join)


@given(PIECES, PIECES)
def test_the_edits_make_one_text_of_the_other(old: str, new: str) -> None:
    edits = difference(old, new)
    assert normal(apply_edits(old, edits, "\n")) == normal(new)


def test_text_that_does_not_change_has_no_edits() -> None:
    assert difference("a\r\nb\n", "a\nb\n") == ()


def test_a_word_is_edited_and_not_its_line() -> None:
    [edit] = difference("f(a, size=8)  # eight\nx\n", "f(a, size=256)  # eight\nx\n")
    assert (edit.start, edit.end, edit.text) == (10, 11, "256")


def test_bowlers_own_reading_asking_and_writing_is_never_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import bowler as library
    from bowler.tool import BowlerTool

    def forbidden(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("Bowler's own tool was used")

    for name in ("__init__", "run", "refactor_file", "process_hunks", "apply_hunks"):
        monkeypatch.setattr(BowlerTool, name, forbidden)
    script = tmp_path / "rename.py"
    script.write_text(RENAME)
    monkeypatch.chdir(tmp_path)
    execute = library.Query.execute
    [query] = bowler_script.load_scripts([script])
    assert library.Query.execute is execute
    assert query.needles == (b"start",)
    assert bowler.refactored("start(1)", query.query, "bot.py") == "begin(1)"


_CLIENT = "import requests\nfrom telethon import TelegramClient, events\nclient = TelegramClient('a', 1, 'b')\n"
_WRITTEN = (
    "@client.on(events.NewMessage)\nasync def save(event):\n    with open('page', 'wb') as file:\n"
    "        file.write(requests.get('https://example.com', timeout=9).content)\n"
)


@pytest.mark.parametrize(
    "text", [_CLIENT, _CLIENT + _WRITTEN], ids=["nothing found", "an answer that is written to a file"]
)
def test_a_file_without_the_needles_loads_neither_bowler_nor_libcst(text: str, tmp_path: Path) -> None:
    (tmp_path / "bot.py").write_text(text)
    program = (
        "import sys\nfrom tgfix.cli.main import main\n"
        "try:\n    main(['apply', '--dry-run', '.'])\nfinally:\n"
        "    print(sorted({'bowler', 'fissix', 'libcst', 'rich'} & {name.partition('.')[0] for name in sys.modules}))"
    )
    run = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.splitlines()[-1] == "[]"


# A user's script


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A bot in two files, one of them CRLF and without a final newline, and a script that renames a handler."""
    (tmp_path / "bot.py").write_bytes(BOT.replace("\n", "\r\n").encode().removesuffix(b"\r\n"))
    (tmp_path / "handlers.py").write_text(HANDLERS)
    (tmp_path / "rename.py").write_text(RENAME)
    return tmp_path


def renamed(before: dict[str, bytes]) -> dict[str, bytes]:
    """The project as the script is to leave it: names, and not texts and comments."""
    after = dict(before)
    after["bot.py"] = after["bot.py"].replace(b"import start", b"import begin").replace(b", start)", b", begin)")
    after["handlers.py"] = (
        after["handlers.py"].replace(b"def start", b"def begin").replace(b"await start", b"await begin")
    )
    assert after["bot.py"] != before["bot.py"] and after["handlers.py"] != before["handlers.py"]
    return after


def test_a_handler_is_renamed_in_all_files_and_undone(project: Path) -> None:
    before = tree(project)
    run = tgfix("apply", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 0, run.err
    assert "running the Bowler script rename.py, as --bowler asks for" in run.err
    assert "2 files rewritten (1 change)" in run.err
    assert tree(project) == renamed(before)
    again = tgfix("apply", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert again.code == 0 and "nothing to rewrite" in again.err
    assert tgfix("undo", cwd=project).code == 0
    assert tree(project) == before


def test_without_unsafe_fixes_a_query_is_shown_and_not_applied(project: Path) -> None:
    before = tree(project)
    run = tgfix("apply", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 0 and tree(project) == before
    dry = tgfix("apply", "--dry-run", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert dry.code == 0 and dry.text.startswith("Needs a person's eye")
    assert "BOWLER rename [unsafe] Apply the query select_function(start).select_var(start) of rename.py" in dry.text


def test_the_patch_of_a_script_is_what_apply_writes(project: Path) -> None:
    options = ("--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py")
    before = tree(project)
    dry = tgfix("apply", "--dry-run", "--format", "patch", *options, cwd=project)
    assert dry.code == 1
    subprocess.run(["git", "apply", "-"], cwd=project, input=dry.out, check=True)
    assert tree(project) == renamed(before)


def test_json_holds_one_finding_for_a_query(project: Path) -> None:
    run = tgfix("check", "--format", "json", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    [finding] = json.loads(run.text)["findings"]
    assert (finding["code"], finding["name"], finding["safety"]) == ("BOWLER", "rename", "unsafe")
    assert "--- a/bot.py" in finding["diff"] and "--- a/handlers.py" in finding["diff"]
    assert run.code == 1


def test_a_script_runs_only_when_it_is_named(project: Path) -> None:
    (project / "rename.py").write_text("raise SystemExit('it was run')\n")
    run = tgfix("apply", "--unsafe-fixes", "--ignore", "TGF204", cwd=project)
    assert run.code == 0 and "it was run" not in run.err and "Bowler" not in run.err


def test_the_configuration_names_scripts_from_its_own_directory(project: Path) -> None:
    (project / "tools").mkdir()
    (project / "rename.py").rename(project / "tools" / "rename.py")
    (project / "pyproject.toml").write_text('[tool.tgfix]\nselect = ["BOWLER"]\nbowler = ["tools/rename.py"]\n')
    run = tgfix("apply", "--dry-run", "--quiet", "..", cwd=project / "tools")
    assert "running the Bowler script rename.py, as ../pyproject.toml asks for" in run.err
    off = tgfix("apply", "--dry-run", "--ignore", "BOWLER", cwd=project)
    assert off.code == 0 and "running" not in off.err


def test_what_a_script_prints_does_not_mix_with_the_report(project: Path) -> None:
    (project / "rename.py").write_text(
        f"print('loading')\n{RENAME.replace('.write()', '.modify(lambda *a: print(a)).diff()')}"
    )
    run = tgfix("check", "--format", "json", "--bowler", "rename.py", "--select", "BOWLER", cwd=project)
    assert json.loads(run.text)["findings"] and "loading" in run.err


@pytest.mark.parametrize(
    "script",
    [
        "from bowler import Query\ndef main():\n    {query}.execute(interactive=True, write=True)\n",
        "from bowler import Query\ndef main():\n    return {query}\n",
        "from bowler import Query\nquery = {query}\n",
        "from bowler import Query\n{query}.idiff()\nif __name__ == '__main__':\n    raise SystemExit(1)\n",
    ],
    ids=["executed by main", "returned by main", "a global", "asks by itself"],
)
def test_a_script_may_give_its_query_in_any_way_that_bowler_runs(project: Path, script: str) -> None:
    before = tree(project)
    query = "Query('.').select_function('start').rename('begin').select_var('start').rename('begin')"
    (project / "rename.py").write_text(script.replace("{query}", query))
    run = tgfix("apply", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 0, run.err
    after = tree(project)
    del before["rename.py"], after["rename.py"]
    assert after == renamed(before)


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("x = 1\n", "has no query: none is executed by it or by its main(), and none is a global"),
        ("x = \n", "the script fails: SyntaxError: invalid syntax (rename.py:1)"),
        ("\nraise SystemExit(3)\n", "the script fails: SystemExit: 3 (rename.py:2)"),
        ("import not_there\n", "the script fails: ModuleNotFoundError: No module named 'not_there' (rename.py:1)"),
        (
            "from bowler import Query\nQuery().select_function('a').rename('b').process(print).diff()\n",
            "uses .process(), which is about the patches that Bowler writes; use .filter() instead",
        ),
    ],
    ids=["no query", "syntax error", "exit", "import error", "hunk processor"],
)
def test_a_script_that_cannot_be_used_is_a_wrong_call(project: Path, script: str, message: str) -> None:
    (project / "rename.py").write_text(script)
    before = tree(project)
    run = tgfix("apply", "--bowler", "rename.py", cwd=project)
    assert run.code == 2 and tree(project) == before
    assert run.error == f"--bowler {project / 'rename.py'}: {message}"


def test_selecting_bowler_without_a_script_is_a_wrong_call(project: Path) -> None:
    run = tgfix("apply", "--select", "BOWLER", cwd=project)
    assert run.code == 2 and run.error == (
        "BOWLER is selected and nothing is named; name it with --bowler FILE or --libcst module:Class"
    )


def test_a_modifier_that_fails_changes_nothing_and_says_where(project: Path) -> None:
    script = "from bowler import Query\n\n\ndef wrong(node, capture, filename):\n    return 1 / 0\n\n\n"
    (project / "rename.py").write_text(script + "Query().select_function('start').modify(wrong).diff()\n")
    before = tree(project)
    run = tgfix("apply", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 2 and tree(project) == before
    assert "the script fails: ZeroDivisionError: division by zero (rename.py:5)" in run.err


def test_half_a_rename_is_refused_with_the_name_that_it_leaves_undefined(project: Path) -> None:
    (project / "rename.py").write_text(
        "from bowler import Query\nQuery().select_function('start').rename('begin').diff()\n"
    )
    run = tgfix("apply", "--dry-run", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 0
    assert "what the script rename.py makes of the files is refused: the name start would be undefined" in run.text


def test_a_query_that_would_go_on_for_ever_is_applied_once(project: Path) -> None:
    (project / "rename.py").write_text(
        "from bowler import Query\nQuery().select_function('start').is_def().add_argument('extra', 'None').diff()\n"
    )
    run = tgfix("apply", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 0, run.err
    assert (project / "handlers.py").read_text() == HANDLERS.replace("context):", "context, extra=None):", 1)


def test_paths_filters_and_pragmas_keep_a_query_out_of_files(project: Path) -> None:
    before = tree(project)
    (project / "other").mkdir()
    (project / "skipped.py").write_text("# tgfix: skip-file\ndef start():\n    pass\n")
    (project / "other" / "more.py").write_text("def start():\n    pass\n")
    script = RENAME.replace("Query()", "Query('bot.py', 'handlers.py', 'skipped.py')")
    (project / "rename.py").write_text(script)
    run = tgfix("apply", "--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert run.code == 0, run.err
    after = tree(project)
    assert b"start" in after["skipped.py"] and b"start" in after["other/more.py"]
    assert after["handlers.py"] == renamed(before)["handlers.py"]


def test_a_rename_that_would_stop_at_the_files_named_is_refused(project: Path) -> None:
    before = tree(project)
    options = ("--unsafe-fixes", "--select", "BOWLER", "--bowler", "rename.py")
    run = tgfix("apply", "--verbose", *options, "handlers.py", cwd=project)
    assert run.code == 0 and tree(project) == before
    assert "its change also edits bot.py, which this run was not asked to look at" in run.text
    (project / "rename.py").write_text(RENAME.replace("Query()", "Query('handlers.py')"))
    assert tgfix("apply", *options, "handlers.py", cwd=project).code == 0
    assert (project / "handlers.py").read_bytes() == renamed(before)["handlers.py"]


def test_a_file_that_bowler_cannot_read_is_named_in_the_reason(project: Path) -> None:
    (project / "kinds.py").write_text("def kind(x):\n    match x:\n        case 'start':\n            return 1\n")
    (project / "unrelated.py").write_text("def kind(x):\n    match x:\n        case 1:\n            return 1\n")
    run = tgfix("apply", "--dry-run", "--select", "BOWLER", "--bowler", "rename.py", cwd=project)
    assert "Bowler cannot read kinds.py, so what stands there was not looked at." in " ".join(run.text.split())
    assert "kinds.py:2: BOWLER rename did not look into it" in run.err and "unrelated.py" not in run.err


def test_a_script_is_reviewed_by_keys_and_undone(project: Path) -> None:
    before = tree(project)
    for key, expected in (("n", before), ("y", renamed(before))):
        (project / ".tgfix" / "decisions.json").unlink(missing_ok=True)
        args = ["-m", "tgfix", "apply", "-i", "--select", "BOWLER", "--bowler", "rename.py"]
        child = pexpect.spawn(
            sys.executable, args, cwd=str(project), env=environment(NO_COLOR="1"), dimensions=(60, 160), encoding="utf-8",
            timeout=10,
        )  # fmt: skip
        child.expect(r"1/1 \[unsafe\] Apply the query select_function\(start\)\S* of rename.py: apply\?")
        shown = re.sub(r"\x1b\[[\d;]*[A-Za-z]", "", child.before)
        assert "+from handlers import begin" in shown and "+async def begin" in shown, shown
        child.send(key)
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 0
        assert tree(project) == expected
    assert tgfix("undo", cwd=project).code == 0
    assert tree(project) == before
