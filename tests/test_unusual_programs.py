"""Legal programs that are seldom written so: the engine and the handler and sleep codemods on them."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.codemods.handlers.merge_handlers import MergeHandlers
from tgfix.codemods.handlers.one_regex_handler import OneRegexHandler
from tgfix.engine.codemod import Codemod
from tgfix.engine.harness import ROOT, plain, result, run
from tgfix.engine.run.plan import Plan

HANDLERS = "from telegram.ext import CommandHandler\n\n\n"
SLEEP = "async def remind(seconds):\n    time.sleep(1)\n"
AWAITED = "async def remind(seconds):\n    await asyncio.sleep(1)\n"


def rewritten(codemod: Codemod, text: str) -> tuple[str, Plan]:
    files = plain({"bot.py": text})
    plan = run([codemod], files, unsafe=False)
    assert not plan.problems
    return result(plan, files)[ROOT / "bot.py"].decode(), plan


@pytest.mark.parametrize(
    "rest",
    [
        "exec(command)",
        "names = globals()",
        "print(eval('time.time()'))",
        "def f():\n    # type: () -> time.struct_time\n    pass",
    ],
    ids=["exec", "globals", "eval", "type comment"],
)
def test_an_import_that_text_may_use_stays(rest: str) -> None:
    assert "import time\n" in rewritten(AsyncSleep(), f"import time\n\n{rest}\n\n\n{SLEEP}")[0]


def test_a_text_that_only_spells_an_import_does_not_keep_it() -> None:
    text, _ = rewritten(
        AsyncSleep(), "from time import sleep\n\nHELP = {'sleep': 'rest'}\n\n\nasync def f(e):\n    sleep(1)\n"
    )
    assert "time" not in text


@pytest.mark.parametrize(
    "head",
    ['"""A bot."""; import time\n', "from __future__ import annotations; import time\n"],
    ids=["docstring", "future"],
)
def test_an_import_goes_behind_a_line_that_has_to_be_the_first(head: str) -> None:
    text, _ = rewritten(AsyncSleep(), head + SLEEP)
    assert text == f"{head}import asyncio\n{AWAITED}"
    compile(text, "bot.py", "exec")


def test_no_await_is_put_into_an_annotation() -> None:
    before = "from __future__ import annotations\nimport time\n\n\nasync def f(e):\n    x: time.sleep(1) = 1\n"
    text, plan = rewritten(AsyncSleep(), before)
    assert text == before and "annotation" in (plan.left[0].reason or "")


def test_a_comment_within_the_called_name_keeps_the_call() -> None:
    before = "import time\n\n\nasync def f(e):\n    x = (time  # the module\n         .sleep(1))\n"
    assert rewritten(AsyncSleep(), before)[0] == before


def test_commands_that_a_call_makes_are_unpacked_into_the_list() -> None:
    both = 'def register(app, start):\n    app.add_handler(CommandHandler({}, start))\n    app.add_handler(CommandHandler("q", start))\n'
    assert (
        'CommandHandler([*list("xyz"), "q"], start)'
        in rewritten(MergeHandlers(), HANDLERS + both.format('list("xyz")'))[0]
    )
    assert '[*(["x"] + ["y"]), "q"]' in rewritten(MergeHandlers(), HANDLERS + both.format('["x"] + ["y"]'))[0]


def test_a_comment_for_a_tool_stays_on_its_line() -> None:
    before = HANDLERS + (
        "def register(app, start):\n"
        '    app.add_handler(CommandHandler("a", start))\n'
        '    app.add_handler(CommandHandler("b", start))  # type: ignore\n'
    )
    text, plan = rewritten(MergeHandlers(), before)
    assert text == before and "speaks of that command alone" in (plan.left[0].reason or "")


def test_a_long_list_of_commands_is_broken_into_lines() -> None:
    lines = "".join(f'    app.add_handler(CommandHandler("command_number_{n}", start))\n' for n in range(9))
    text, _ = rewritten(MergeHandlers(), f"{HANDLERS}def register(app, start):\n{lines}")
    assert text.count("CommandHandler(") == 1 and max(map(len, text.splitlines())) <= 88


@pytest.mark.parametrize("several", [3, 7, 12])
def test_a_list_of_commands_is_laid_out_as_a_formatter_does(several: int) -> None:
    registrations = "".join(
        f'    app.add_handler(CommandHandler("name{n}", callback), group=1)\n' for n in range(several)
    )
    text, _ = rewritten(MergeHandlers(), f"{HANDLERS}def register(app, callback):\n{registrations}")
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "-"]
    formatted = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True)
    assert text.count("CommandHandler(") == 1 and text == formatted.stdout


@pytest.mark.parametrize(
    "change",
    ["load(NAMES)", "ALIAS = NAMES\nALIAS.append('d')", "random.shuffle(NAMES)"],
    ids=["call", "alias", "shuffle"],
)
def test_names_that_others_may_change_are_not_in_the_source(change: str) -> None:
    before = (
        f"import random\n{HANDLERS}NAMES = ['a', 'b', 'c']\n{change}\n\n\n"
        "def register(app, start):\n    for name in NAMES:\n        app.add_handler(CommandHandler(name, start))\n"
    )
    assert rewritten(OneRegexHandler(), before)[0] == before


def test_a_loop_variable_that_a_function_reads_later_keeps_its_value() -> None:
    before = HANDLERS + (
        "def register(app, start):\n    n = 7\n\n    def later():\n        return n\n\n"
        "    for n in range(5):\n        app.add_handler(CommandHandler(f'cmd{n}', start))\n    return later\n"
    )
    assert "    n = 4\n    return later\n" in rewritten(OneRegexHandler(), before)[0]


def test_a_program_inside_a_package_keeps_its_support_code() -> None:
    program = HANDLERS + (
        "async def start(update, context):\n    print(update)\n\n\n"
        "def main(app):\n    for name in ('a', 'b', 'c'):\n        app.add_handler(CommandHandler(name, start))\n\n\n"
        "if __name__ == '__main__':\n    main(None)\n"
    )
    files = plain({"bot/__init__.py": "", "bot/main.py": program, "bot/other.py": "x = 1\n"})
    after = result(run([OneRegexHandler()], files, unsafe=False), files)
    assert set(after) == set(files) and b"class CommandPattern" in after[ROOT / "bot/main.py"]
