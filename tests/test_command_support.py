"""The filter that bots get in the place of many CommandHandlers: that it does the same, and that it can be owned."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import Any

import ptb_differential as differential
import pytest
from telegram.ext import CommandHandler, MessageHandler, filters

from tgfix.codemods.handlers.one_regex_handler.support import CARRIED_OVER, COMMAND_PATTERN, COMMAND_PATTERN_13
from tgfix.engine.model import Helper

HELPERS = pytest.mark.parametrize("helper", [COMMAND_PATTERN, COMMAND_PATTERN_13], ids=["20", "13"])


@pytest.fixture(scope="module")
def given() -> list[differential.Labelled]:
    return list(differential.updates())


@pytest.fixture(scope="module")
def fewer() -> list[differential.Labelled]:
    return list(differential.updates(["postno0001", "POSTNO0002", "postno00010"]))


def test_there_are_updates_of_every_kind_and_enough_of_them(given: list[differential.Labelled]) -> None:
    assert len(given) >= 20_000
    assert {kind for _, update in given for kind in update} >= {*differential.MESSAGE_KINDS, "callback_query"}


@pytest.mark.slow
def test_one_handler_runs_for_the_updates_for_which_ten_did(fewer: list[differential.Labelled]) -> None:
    lists, patterns, args = differential.differences(10, fewer)
    assert sum(count for ran, count in lists.ran.items() if "post" in ran) > 400
    assert sum(count for ran, count in lists.ran.items() if "unknown" in ran) > 1_000
    assert not lists.differences
    assert not patterns.differences
    assert all(d.before[0][1] is not None and d.after[0][1] is None for d in args.differences), "only args, and None"
    assert args.differences


@pytest.mark.slow
@pytest.mark.parametrize("label", differential.filters_to_try())
def test_a_filter_of_the_bot_is_respected(label: str, fewer: list[differential.Labelled]) -> None:
    chosen = differential.filters_to_try()
    in_turn = fewer[list(chosen).index(label) % 4 :: 4]  # other ones for each filter
    respects(chosen[label], in_turn)


@pytest.mark.slow
@pytest.mark.parametrize("label", differential.filters_to_try())
def test_a_filter_of_the_bot_is_respected_in_all_updates(label: str, fewer: list[differential.Labelled]) -> None:
    respects(differential.filters_to_try()[label], fewer)


def respects(chosen: Any, given: list[differential.Labelled]) -> None:
    lists, patterns, _ = differential.differences(10, given, filters=chosen)
    assert any("post" in ran for ran in patterns.ran)
    assert not lists.differences
    assert not patterns.differences


@pytest.mark.slow
def test_handlers_that_do_not_block_run_as_before(fewer: list[differential.Labelled]) -> None:
    lists, patterns, _ = differential.differences(10, fewer, block=False)
    assert not lists.differences
    assert not patterns.differences


@pytest.mark.slow
def test_the_comparison_sees_what_an_ordinary_regex_filter_gets_wrong(fewer: list[differential.Labelled]) -> None:
    many, _, _ = differential.pair(10)

    def regex(application: Any, callback: Any) -> None:
        application.add_handler(CommandHandler("start", callback("start")))
        application.add_handler(MessageHandler(filters.Regex(r"^/postno000\d$"), callback("post")))

    found = differential.run(many, regex, given=fewer, context=()).differences
    labels = {difference.label for difference in found}
    assert {"message", "channel_post", "supergroup", "marked as something else"} <= labels


def test_a_filter_may_speak_for_updates_without_a_message() -> None:
    """A filter with its own `check_update` may let a button press through: CommandHandler asks it, and so must we."""

    class Anything(filters.BaseFilter):
        def check_update(self, update: object) -> bool:
            return True

    given = [update for update in differential.updates(["postno0001"]) if update[0] == "button"]
    lists, patterns, _ = differential.differences(10, given, filters=Anything())
    assert any("post" in ran for ran in lists.ran)
    assert not lists.differences
    assert not patterns.differences


@pytest.mark.slow
def test_one_handler_does_what_ten_thousand_did(given: list[differential.Labelled]) -> None:
    lists, patterns, _ = differential.differences(10_000, given)
    assert not lists.differences
    assert not patterns.differences


@pytest.mark.slow
@pytest.mark.parametrize("version", ["20.6", "13.15"])
def test_the_same_holds_for_an_older_release(version: str, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = str(venv / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    install = [python, "-m", "pip", "install", "--quiet", f"python-telegram-bot=={version}"]
    subprocess.run(install, check=True, capture_output=True)
    script = [python, differential.__file__, "--handlers", "100"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"python-telegram-bot {version}, 100 handlers" in done.stdout


@HELPERS
def test_the_source_stands_by_itself(helper: Helper) -> None:
    tree = ast.parse(helper.source)
    assert [node.name for node in tree.body if isinstance(node, ast.ClassDef)] == [helper.name]
    known = {i.bound_name for i in helper.imports}
    classes = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id[0].isupper()}
    assert classes <= known
    assert helper.source.endswith("\n")
    assert max(map(len, helper.source.splitlines())) <= 120
    # Bots run on older interpreters than tgfix does.
    ast.parse(helper.source, feature_version=(3, 7))
    annotations = [a.annotation for a in ast.walk(tree) if isinstance(a, ast.arg) and a.annotation]
    assert not [a for a in annotations if isinstance(a, ast.BinOp)], "X | Y cannot be evaluated before Python 3.10"


@pytest.mark.slow
def test_the_types_satisfy_a_strict_project(tmp_path: Path) -> None:
    imports = "\n".join(i.statement for i in COMMAND_PATTERN.imports)
    use = 'posts: BaseFilter = CommandPattern(r"postno[0-9]{4}", filters=UpdateType.MESSAGE) & UpdateType.MESSAGES\n'
    (tmp_path / "bot.py").write_text(f"{imports}\n\n\n{COMMAND_PATTERN.source}\n\n{use}", encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "--config-file", "", "bot.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_is_carried_over_means_the_same_on_both_handlers() -> None:
    import inspect

    command, message = (set(inspect.signature(cls).parameters) for cls in (CommandHandler, MessageHandler))
    assert command - {"command", "filters", "has_args"} == message - {"filters"}
    assert message & CARRIED_OVER == {"block"}
