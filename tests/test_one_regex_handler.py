"""TGF101 on whole programs: the bot before and after, by the real python-telegram-bot, and the expressions it writes."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import ptb_differential as differential
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tgfix.codemods.handlers.merge_handlers import MergeHandlers
from tgfix.codemods.handlers.one_regex_handler import OneRegexHandler
from tgfix.engine import harness
from tgfix.engine.codemod import Codemod
from tgfix.engine.run.planner import make_plan
from tgfix.engine.sources.config import Settings

HEAD = """\
from telegram.ext import CommandHandler, filters

DAYS = ["mon", "Tue", "wed"]
LAST = 10


async def start(update, context):
    await CALLBACK("start")(update, None)


async def get_post(update, context):
    await CALLBACK("post")(update, None)


async def search(update, context):
    await CALLBACK(f"search {context.args}")(update, None)


def build(app):
"""

LOOPS = {
    "a local": 'for i in range(10):\n    cmd = f"postno{i:04}"\n    app.add_handler(CommandHandler(cmd, get_post))',
    "percent": 'for i in range(LAST):\n    app.add_handler(CommandHandler("postno%04d" % i, get_post))',
    "format": 'for i in range(0, 10, 2):\n    app.add_handler(CommandHandler("postno{:04}".format(i), callback=get_post))',
    "zfill": 'for i in range(9, 0, -1):\n    app.add_handler(handler=CommandHandler("POSTNO" + str(i).zfill(4), get_post))',
    "nested": 'for a in range(3):\n    for b in range(3):\n        app.add_handler(CommandHandler(f"postno00{a}{b}", get_post))',
    "comprehension": 'app.add_handlers([CommandHandler(f"postno{i:04}", get_post) for i in range(10)], 0)',
    "a condition": 'app.add_handlers([CommandHandler(f"postno{i:04}", get_post) for i in range(10) if i % 2])',
    "a constant": "for day in DAYS:\n    app.add_handler(CommandHandler(day.lower(), get_post))",
    "a literal": 'for name in ("postno0001", "start", "help"):\n    app.add_handler(CommandHandler(name, get_post))',
    "arguments": 'for i in range(10):\n    app.add_handler(CommandHandler(f"postno{i:04}", search))',
    "filters": 'for i in range(10):\n    app.add_handler(CommandHandler(f"postno{i:04}", get_post, filters=filters.ALL), group=1)',
    "more filters": (
        "for i in range(10):\n"
        '    app.add_handler(CommandHandler(f"postno{i:04}", get_post, ~filters.ChatType.PRIVATE & filters.UpdateType.MESSAGE))'
    ),
    "block": 'for i in range(10):\n    app.add_handler(CommandHandler(f"postno{i:04}", get_post, block=False), 2)',
    "has_args": 'for i in range(10):\n    app.add_handler(CommandHandler(f"postno{i:04}", get_post, has_args=True))',
}


def program(body: str) -> str:
    registered = "    app.add_handler(CommandHandler('start', start))\n"
    return HEAD + registered + "".join(f"    {line}\n" for line in body.splitlines())


def rewritten_on_disk(text: str, directory: Path, requirements: str) -> str:
    """What becomes of the program in a project with those requirements."""
    (directory / "requirements.txt").write_text(requirements)
    (directory / "bot.py").write_text(text)
    plan = make_plan([directory / "bot.py"], [OneRegexHandler()], Settings(root=directory))
    assert not plan.problems and len(plan.chosen) == 1, (plan.problems, plan.left)
    return plan.files[0].after.decode()


def rewritten(text: str, codemod: Codemod | None = None, **options: object) -> str:
    codemod = codemod or OneRegexHandler()
    files = harness.plain({"bot.py": text})
    plan = harness.run([codemod], files, unsafe=False, options={codemod.name: options})
    assert not plan.problems and len(plan.chosen) == 1, (plan.problems, plan.left)
    return plan.files[0].after.decode()


@pytest.fixture(scope="module")
def fewer() -> list[differential.Labelled]:
    return list(differential.updates(["postno0001", "POSTNO0002", "tue"]))


CASES = [(loop, style) for loop in LOOPS for style in ("regex", "commands")]
#: In the fast suite each loop with the form that is written where it is proved, and one with the other.
EACH = [
    pytest.param(*case, marks=[pytest.mark.slow] * (case[1] == "commands" and case[0] != "block")) for case in CASES
]


@pytest.mark.parametrize(("loop", "style"), EACH)
def test_the_bot_answers_the_same_updates_in_the_same_way(
    loop: str, style: str, fewer: list[differential.Labelled]
) -> None:
    in_turn = fewer[CASES.index((loop, style)) % 8 :: 8]  # other ones for each case
    assert_same_answers(loop, style, in_turn, reached=3)


@pytest.mark.slow
@pytest.mark.parametrize(("loop", "style"), EACH)
def test_the_bot_answers_all_updates_in_the_same_way(loop: str, style: str, fewer: list[differential.Labelled]) -> None:
    assert_same_answers(loop, style, fewer, reached=10)


def assert_same_answers(loop: str, style: str, given: list[differential.Labelled], reached: int) -> None:
    before = program(LOOPS[loop])
    after = rewritten(before, style=style)
    compile(after, "bot.py", "exec")
    assert after.count("add_handler") == 2
    report = differential.run(differential.program(before), differential.program(after), context=(), given=given)
    assert not report.differences, report.differences[:3]
    assert (
        sum(count for ran, count in report.ran.items() if any(n.startswith(("post", "search")) for n in ran)) >= reached
    )


@pytest.mark.slow
def test_the_model_case_is_the_same_for_twenty_thousand_updates() -> None:
    before = program(LOOPS["a local"])
    after = rewritten(before)
    assert 'MessageHandler(CommandPattern(r"postno000[0-9]"), get_post)' in after and "for i" not in after
    report = differential.run(differential.program(before), differential.program(after), context=())
    assert report.updates > 20_000 and not report.differences


@pytest.mark.parametrize("style", ["regex", "commands"])
@pytest.mark.slow
def test_a_thousand_handlers_are_the_same_for_twenty_thousand_updates(style: str) -> None:
    before = program(LOOPS["a local"].replace("range(10)", "range(1000)"))
    after = rewritten(before, style=style)
    report = differential.run(differential.program(before), differential.program(after), context=())
    assert report.updates > 20_000 and not report.differences


@pytest.mark.parametrize(
    "line",
    [
        "print(app.handlers)",
        "print(len(LAST))",
        "print(i, file=LAST)",
        "LAST.append(i)",
        "app.add_handler(CommandHandler(f'p{9 - i}', search))",
        "if i == 3:\n        break",
        "app.add_handler(CommandHandler('again', search))",
        "print((i := i + 1))",
        "name = f'q{i}'\n    app.add_handler(CommandHandler(name, search))\n    print(i)\nprint(name)",
        "app = other(i)\n    app.add_handler(CommandHandler(f'q{i}', search))",
        "call = search if i else start\n    app.add_handler(CommandHandler(f'q{i}', call))",
        "title = f'q{i}'\n    app.add_handler(CommandHandler(f'r{i}', search))\napp.title = title",
        "number = i\n    app.add_handler(CommandHandler(f'q{i}', search), group=number)",
    ],
)
def test_a_loop_with_another_line_stays(line: str) -> None:
    text = program(f"for i in range(10):\n    app.add_handler(CommandHandler(f'p{{i}}', get_post))\n    {line}")
    plan = harness.run([OneRegexHandler()], harness.plain({"bot.py": text}), unsafe=True)
    assert not plan.problems and not plan.chosen and len(plan.left) == 1


def test_merged_handlers_answer_the_same_updates(fewer: list[differential.Labelled]) -> None:
    before = program(
        'app.add_handler(CommandHandler("postno0001", get_post))\napp.add_handler(CommandHandler("tue", search))\n'
        'app.add_handler(CommandHandler(["postno0002", "help"], get_post))'
    )
    after = rewritten(before, MergeHandlers())
    assert '["postno0001", "postno0002", "help"]' in after
    report = differential.run(differential.program(before), differential.program(after), context=(), given=fewer)
    assert not report.differences


OLD = """\
from telegram.ext import CommandHandler, Filters


def get_post(update, context):
    CALLBACK("post")(update, None)


def build(app):
    for i in range(10):
        app.add_handler(CommandHandler(f"postno{i:04}", get_post, Filters.update.messages))
"""


def test_an_old_bot_that_does_not_require_13_keeps_its_command_handler(tmp_path: Path) -> None:
    after = rewritten_on_disk(OLD, tmp_path, "python-telegram-bot\n")
    assert "CommandPattern" not in after and '[f"postno{i:04}" for i in range(10)]' in after


@pytest.mark.slow
@pytest.mark.parametrize("release", ["20.6", "13.15"])
def test_the_rewritten_bot_is_the_same_on_an_older_release(release: str, tmp_path: Path) -> None:
    before = OLD if release.startswith("13") else program(LOOPS["a local"])
    after = rewritten_on_disk(before, tmp_path, f"python-telegram-bot=={release}\n")
    assert "CommandPattern" in after
    (tmp_path / "before.py").write_text(before)
    (tmp_path / "after.py").write_text(after)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    install = [python, "-m", "pip", "install", "--quiet", f"python-telegram-bot=={release}"]
    subprocess.run(install, check=True, capture_output=True)
    script = [python, differential.__file__, "--programs", tmp_path / "before.py", tmp_path / "after.py"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"python-telegram-bot {release}" in done.stdout and " 0 differ" in done.stdout


SPELLINGS = {
    "{:0{w}}": lambda i, w: f"{i:0{w}}",
    "percent": lambda i, w: f"%0{w}d" % i,
    "zfill": lambda i, w: str(i).zfill(w),
    "hex": lambda i, w: f"{i:0{w}x}",
    "plain": lambda i, w: str(i),
}
SOURCES = {
    "{:0{w}}": 'f"p{{i:0{w}}}"',
    "percent": '"p%0{w}d" % i',
    "zfill": '"p" + str(i).zfill({w})',
    "hex": 'f"p{{i:0{w}x}}"',
    "plain": '"p{{}}".format(i)',
}


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 1200), st.integers(0, 1500), st.sampled_from([1, 1, 1, 2, 3, 5, 7, 10, 25, 100, -1, -2]),
    st.integers(1, 5), st.sampled_from(sorted(SPELLINGS)),
)  # fmt: skip
def test_the_expression_accepts_exactly_the_commands(
    start: int, stop: int, step: int, width: int, spelling: str
) -> None:
    numbers = (
        range(max(start, stop), min(start, stop), step) if step < 0 else range(min(start, stop), max(start, stop), step)
    )
    if len(numbers) < 3:
        return
    command = SOURCES[spelling].format(w=width)
    loop = f"for i in range({numbers.start}, {numbers.stop}, {step}):\n    app.add_handler(CommandHandler({command}, get_post))"
    after = rewritten(program(loop))
    words = {f"p{SPELLINGS[spelling](i, width)}" for i in numbers}
    written = re.search(r'CommandPattern\(r"(.*?)"\)', after.replace("\n", "").replace("  ", ""))
    if written is None:
        assert f"range({numbers.start}, {numbers.stop}, {step})]" in after.replace("\n", " ")
        return
    pattern = re.compile(written[1])
    candidates = {
        f"p{format(i, f)}" for i in range(1700) for f in ("d", "02", "03", "04", "05", "x", "02x", "03x", "04x", "05x")
    }
    candidates |= {
        "p",
        "p-1",
        "p0x1",
        "p\u0661",
        "p1\n",
        *(f"{w}0" for w in words),
        *(f"0{w}" for w in words),
        *(w.upper() for w in words),
    }
    assert {word for word in candidates | words if pattern.fullmatch(word)} == words
