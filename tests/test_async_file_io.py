"""async-file-io: the same bytes, values and exceptions, the event loop goes on, and safe is only what is proved."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401  a run without rights cannot import it later
import csv  # noqa: F401  so that each run finds them loaded
import os
import pathlib  # noqa: F401
import textwrap
import threading
import time
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from analysis import named
from command import tgfix
from file_shapes import FILES, READS, WRITES
from twin import Case, Observation, Run, Worker, compare

from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.codemods.files.async_file_io import AsyncFileIo
from tgfix.codemods.files.batched_writes import BatchedWrites
from tgfix.codemods.files.cached_json import CachedJson
from tgfix.engine import harness
from tgfix.engine.model import Hazard
from tgfix.engine.run.plan import Plan

SHAPES = {**READS, **WRITES}
FIXTURES = Path(__file__).parents[1] / "fixtures" / "async-file-io"


def planned(source: str | dict[str, str], *, unsafe: bool = True, **options: Any) -> Plan:
    sources = {"bot.py": source} if isinstance(source, str) else source
    return harness.run([AsyncFileIo()], harness.plain(sources), unsafe=unsafe, options={"async-file-io": options})


def rewritten(source: str, **options: Any) -> str:
    """The program after the codemod; it must have changed."""
    plan = planned(source, **options)
    assert not plan.problems and plan.files, plan.problems
    return harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()


def reasons(source: str | dict[str, str]) -> str:
    """Why the places of a program are left alone."""
    plan = planned(source)
    assert not plan.files and not plan.problems
    return " | ".join(finding.reason or "" for finding in plan.left)


def assumed(source: str | dict[str, str]) -> set[Hazard]:
    """What all changes of a program together assume that names something."""
    plan = planned(source)
    assert plan.chosen and not plan.problems
    return {hazard for proposal in plan.chosen for hazard in named(proposal.change.verdicts)}


async def call(run: Run) -> Any:
    """`work` twice, with what it returns or raises."""
    found: list[Any] = []
    for argument in ("text", "b"):
        try:
            found.append(await run.module.work(argument))
        except Exception as error:
            found.append(error)
    return found


async def together(run: Run) -> Any:
    """Eight calls of `work` at once."""
    return await asyncio.gather(*(run.module.work("text") for _ in range(8)), return_exceptions=True)


# Shapes


@cache
def called(source: str, worker: Worker) -> Observation:
    """What a program does."""
    return worker.run(Case(source, scenario=call, files=FILES))


@pytest.mark.parametrize("name", SHAPES)
def test_a_program_stays_the_same(worker: Worker, name: str) -> None:
    before = called(SHAPES[name], worker)
    assert before.exception is None and compare(before, called(rewritten(SHAPES[name]), worker)) == []


@pytest.mark.parametrize("name", READS)
def test_what_only_reads_stays_the_same_when_many_handlers_run_at_once(worker: Worker, name: str) -> None:
    assert worker.differences(READS[name], rewritten(READS[name]), scenario=together, files=FILES) == []


def test_what_aiofiles_opens_stays_the_same(worker: Worker) -> None:
    done, wrong = 0, {}
    for name, source in SHAPES.items():
        after = rewritten(source, style="aiofiles")
        done += "aiofiles.open" in after
        if found := compare(called(source, worker), called(after, worker)):
            wrong[name] = found
    assert not wrong and done >= 25


def stall(run: Run) -> float:
    """The longest time in which the event loop did nothing else, in seconds, while `work` waits for a named pipe."""

    async def main() -> float:
        os.mkfifo("pipe.log")
        threading.Timer(0.3, lambda: Path("pipe.log").write_text("late")).start()
        longest, last = 0.0, time.monotonic()
        task = asyncio.create_task(run.module.work("x"))
        while not task.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert await task == "late"
        return longest

    return asyncio.run(main())


def test_slow_storage_no_longer_stops_the_event_loop(worker: Worker) -> None:
    source = 'async def work(arg):\n    with open("pipe.log") as f:\n        return f.read()\n'
    before, after = (worker.run(Case(s, scenario=stall)).result for s in (source, rewritten(source)))
    assert before > 0.25 and after < 0.15


def test_a_bot_is_rewritten_as_its_fixture_shows() -> None:
    before, after = (
        {path.relative_to(FIXTURES / v).as_posix(): path.read_text() for path in sorted((FIXTURES / v).rglob("*.py"))}
        for v in ("before", "after")
    )
    files = harness.plain(before)
    plan = harness.run([AsyncFileIo()], files, unsafe=True)
    assert not plan.problems and harness.result(plan, files) == harness.plain(after)
    assert not any(named(proposal.change.verdicts) for proposal in plan.chosen)


SENDER = """\
from telegram.ext import ApplicationBuilder, MessageHandler, filters


async def send(update, context):
    with open("data.bin", "rb") as f:
        f.seek(2)
        await update.message.reply_document(document=f, filename="a.pdf", caption="c")
    with open("data.bin", "rb") as f:
        await update.effective_chat.send_voice(f, filename="voice")
    with open("data.bin", "rb") as f:
        await context.bot.send_photo(update.message.chat_id, f, filename=f"{update.message.text}.jpg")
        await update.message.reply_video(f, filename="again.mp4")
    with open("missing.mp4", "rb") as f:
        await context.bot.send_video(chat_id=1, video=f, filename="b.mp4")


def build():
    application = ApplicationBuilder().token("1:a").build()
    application.add_handler(MessageHandler(filters.TEXT, send))
    return application
"""


async def feed_sender(run: Run) -> None:
    from twin import ptb

    with ptb.offline(run) as telegram:
        await telegram.feed(run.module.build(), [ptb.message("a"), ptb.message("b")])


def test_what_is_uploaded_under_a_given_name_stays_the_same(worker: Worker) -> None:
    after = rewritten(SENDER)
    assert after.count("await asyncio.to_thread(f.read)") == 4 and "send_voice(f, " in after
    seen = worker.run(Case(after, scenario=feed_sender, files=FILES))
    assert [call["method"] for call in seen.of("bot api") if call["method"].startswith("send")].count("sendPhoto") == 2
    assert worker.differences(SENDER, after, scenario=feed_sender, files=FILES) == []


# What pays


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("with open('/proc/meminfo') as f:\n        return f.read()", "no disk is behind it"),
        ("with open(f'/proc/{arg}/stat') as f:\n        return f.read()", "no disk is behind it"),
        ("with open('/dev/tty') as f:\n        return f.read()", "no disk is behind it"),
        ("with open('rules.txt') as f:\n        return f.read()", "a small file"),
        ("with open(f'state/{arg}.json') as f:\n        return f.read()", "a small file"),
        ("with open('state.json', 'w') as f:\n        f.write(arg)", "a small file"),
        ("with open('users.csv') as f:\n        return yaml.safe_load(f)", "while it parses"),
        ("with open(arg) as f:\n        return f.read()", "nothing tells that it is large"),
        ("with open('up/photo.PNG', 'rb') as f:\n        return f.read()", "nothing tells that it is large"),
        ("with open('text.log', 'w') as f:\n        f.write(arg)", "the system's memory"),
        ("await save(arg, 'a.zip')\n    with open('a.zip', 'rb') as f:\n        return f.read()", "made or downloaded"),
        ("await asyncio.sleep(0)\n    shutil.move('a.zip', 'b.zip')", "another name"),
        ("shutil.rmtree(arg)", "a few files"),
        ("glob.glob('data/**', recursive=True)", "few files"),
        ("shutil.copy(arg, 'b')", "nothing tells that it is large"),
        ("with open('schema.sql') as f:\n        return f.read()", "nothing tells that it is large"),
        ("with open('bot.dat', 'w'):\n        pass", "what is done with the open file is not known"),
        ("with open('bot.log', 'a') as f:\n        f.write(arg)", "is appended"),
        ("with open('bot.log') as f:\n        return f.name", "nothing is read or written"),
        ("with open('bot.log', 'rb') as f:\n        return list(iter(lambda: f.read(9), b''))", "lambda"),
        ("with open('bot.log', 'rb') as f:\n        while part := f.read(9):\n            print(part)", "in pieces"),
        ("with open('bot.log') as f:\n        return [line for line in f]", "line by line"),
        ("f = open('bot.log')\n    return f.read()", "not opened by a `with` block"),
        ("read = lambda: open('bot.log').read()\n    return read()", "lambda"),
    ],
)
def test_where_nothing_is_gained_nothing_is_rewritten(body: str, reason: str) -> None:
    assert reason in reasons(f"import glob\nimport shutil\n\nimport yaml\n\n\nasync def work(arg):\n    {body}\n")


@pytest.mark.parametrize("path", ["'log_2024.txt'", "'data/export'", "'a.zip'", "f'films/{arg}.MP4'", "f'{arg}.log'"])
def test_what_may_be_large_is_meant(path: str) -> None:
    assert planned(f"async def work(arg):\n    with open({path}) as f:\n        return f.read()\n").files


def test_a_file_that_a_helper_is_given_counts_as_what_its_caller_names() -> None:
    helper = "def load(path):\n    with open(path) as f:\n        return f.read()\n\n\n"
    assert "a small file" in reasons(helper + "async def work(arg):\n    return load('rules.txt')\n")
    assert planned(helper + "async def work(arg):\n    return load('bot.log')\n").files


def test_the_gain_is_not_promised_to_users_who_wait_anyway() -> None:
    bot = (
        "from telegram.ext import Application, CommandHandler\n\n\nasync def log(update, context):\n"
        "    with open('bot.log') as f:\n        text = f.read()\n    await update.message.reply_text(text)\n\n\n"
        "def main():\n    app = Application.builder().token('1:A').build()\n"
        "    app.add_handler(CommandHandler('log', log))\n    app.run_polling()\n\n\nmain()\n"
    )
    assert not planned(bot).chosen
    job = bot.replace("    app.run", "    app.job_queue.run_repeating(tick, 10)\n    app.run")
    job = job.replace("def main", "async def tick(context):\n    pass\n\n\ndef main", 1)
    assert "Polling, jobs and connections go on" in planned(job).chosen[0].change.why
    concurrent = bot.replace(".build()", ".concurrent_updates(True).build()")
    assert "Everything else goes on" in planned(concurrent).chosen[0].change.why


# What is proved

BOT = """\
import os
import subprocess
from pathlib import Path

from telethon import TelegramClient, events

client = TelegramClient("bot", 1, "hash")
STATE = {{"n": 0}}


def size(path):
    with open(path) as f:
        return len(f.read())


@client.on(events.NewMessage)
async def work(event):
    {}
    await event.reply(str(text))
"""
EVER = """
import asyncio


def ever():
    while True:
        pass


async def run():
    await asyncio.to_thread(ever)
"""
MAIN = """
import threading


def is_main():
    return threading.current_thread() is threading.main_thread()


def count(path):
    return open(path).read() if is_main() else "no"
"""
READ = 'with open("bot.log") as f:\n        text = f.read()'


def test_nothing_is_named_where_a_file_is_read_that_nobody_changes() -> None:
    for body in (READ, 'text = Path("bot.log").read_text()', 'text = size("bot.log")', 'text = open("bot.log").read()'):
        assert assumed(BOT.format(body)) == set(), body


@pytest.mark.parametrize(
    ("body", "more", "hazard"),
    [
        (READ, "def save(x):\n    open('bot.log', 'w').write(x)\n", Hazard.OUTSIDE),
        (READ, "def save(x, path):\n    open(path, 'w').write(x)\n", Hazard.OUTSIDE),
        (READ, "def clear():\n    os.remove('bot.log')\n", Hazard.OUTSIDE),
        (READ, "import logging\n\nlogging.basicConfig(filename='bot.log')\n", Hazard.OUTSIDE),
        (READ, "def rotate():\n    subprocess.run(['logrotate', 'bot.conf'])\n", Hazard.OUTSIDE),
        ("with open(f'{event.id}.dat', 'w') as f:\n        text = f.write(event.text)", "", Hazard.OUTSIDE),
        ("n = STATE['n']\n    " + READ + "\n    STATE['n'] = n + 1", "", Hazard.INTERLEAVING),
        ("n = STATE['n']\n    text = size('bot.log')\n    STATE['n'] = n + 1", "", Hazard.INTERLEAVING),
        ("text = [size('bot.log') for _ in STATE]", "", Hazard.INTERLEAVING),
        ("os.chdir('x')\n    " + READ + "\n    os.chdir('..')", "", Hazard.INTERLEAVING),
        ("try:\n        " + READ.replace("\n", "\n    ") + "\n    except BaseException:\n        text = ''", "", Hazard.INTERRUPTION),
        ("with open('bot.log') as f:\n        text = f.readlines()", "", Hazard.RESOURCES),
        ("text = count('bot.log')", "def count(path):\n    STATE['n'] += 1\n    return open(path).read()\n", Hazard.THREAD),
        ("text = count('bot.log')", "def count(path):\n    client.seen = open(path).read()\n", Hazard.THREAD),
        ("text = count('bot.log')", "def count(path):\n    return next(open(path))\n", Hazard.THREAD),
        ("text = count('bot.log')", "def count(path):\n    raise StopIteration(open(path).read())\n", Hazard.THREAD),
        ("text = count('bot.log')", "def count(path, seen=[]):\n    seen.append(path)\n    return open(path).read()\n", Hazard.THREAD),
        ("text = count('bot.log')", "def count(path):\n    print(path)\n    return open(path).read()\n", Hazard.THREAD),
        (READ, EVER, Hazard.RESOURCES),
        ("text = count('bot.log')", MAIN, Hazard.THREAD),
        ("text = count(STATE, 'bot.log')", "def count(x, path):\n    return open(path).read(), x\n", Hazard.THREAD),
    ],
)  # fmt: skip
def test_what_is_not_proved_is_assumed(body: str, more: str, hazard: Hazard) -> None:
    assert hazard in assumed(BOT.format(body) + more)


def test_what_older_pythons_and_tests_would_notice_is_assumed() -> None:
    bot = BOT.format(READ)
    older = '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.8"\n'
    test = "from unittest import mock\n\ndef test_it():\n    with mock.patch('builtins.open', mock.mock_open()):\n        pass\n"
    assert assumed({"bot.py": bot, "pyproject.toml": older}) == {Hazard.ENVIRONMENT}
    assert assumed({"bot.py": bot, "tests/test_bot.py": test}) == {Hazard.IDENTITY}


def test_a_file_of_its_own_may_be_written() -> None:
    bot = BOT.format("text = Path(tempfile.mktemp() + '.dat').write_text(event.text)").replace(
        "import os", "import os\nimport tempfile"
    )
    assert Hazard.OUTSIDE not in assumed(bot) and Hazard.OUTSIDE in assumed(bot.replace("tempfile.mktemp()", "'a'"))


def test_helpers_stay_plain_functions_whoever_else_calls_them() -> None:
    after = rewritten(BOT.format("text = size('bot.log')") + "\n\nprint(size('old.log'))\n")
    assert "async def size" not in after and "await asyncio.to_thread(size, 'bot.log')" in after
    assert "print(size('old.log'))" in after


# Together with others

PAIRS = {
    "a cache and a thread": textwrap.dedent("""\
        import json

        def load_links():
            with open("links.json") as f:
                return json.load(f)

        async def get(update, context):
            with open("bot.log") as f:
                log = f.read()
            await update.message.reply_text(load_links()["a"] + log)

        async def add(update, context):
            links = load_links()
            links["a"] = context.args[0]
            with open("links.json", "w") as f:
                json.dump(links, f)
    """),
    "a program and its output": textwrap.dedent("""\
        import subprocess

        def render(name):
            subprocess.run(["plot", name])
            with open(f"{name}.png", "rb") as f:
                return f.read()

        async def plot(update, context):
            picture = render(context.args[0])
            await update.message.reply_photo(picture)
    """),
    "a file that grows line by line": textwrap.dedent("""\
        from telethon import TelegramClient

        client = TelegramClient("x", 1, "y")

        async def backup(chat, path):
            async for message in client.iter_messages(chat):
                with open(path, "a") as f:
                    f.write(message.text)
    """),
}


def projects() -> dict[str, dict[str, str]]:
    found = {name: {"bot.py": source} for name, source in PAIRS.items()}
    for folder in FIXTURES.parent.glob("*/before"):
        files = {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.py"))}
        found[f"the fixture of {folder.parent.name}"] = files
    return found


@pytest.mark.parametrize("name", projects())
def test_codemods_in_one_run_keep_what_each_alone_promises(name: str) -> None:
    files = harness.plain(projects()[name])
    pair = [AsyncFileIo(), CachedJson(), BlockingCall(), BatchedWrites()]
    alone = {codemod.code: harness.run([codemod], files, unsafe=True).chosen for codemod in pair}
    for codemods in (pair, pair[::-1]):
        plan = harness.run(codemods, files, unsafe=True)
        assert not plan.problems
        for proposal in plan.chosen:  # no change assumes less than it does alone
            same = [p for p in alone[proposal.finding.code] if p.change.title == proposal.change.title]
            assert any(
                {a.hazard for a in p.change.assumes} <= {a.hazard for a in proposal.change.assumes} for p in same
            )
        after = harness.result(plan, files)
        assert harness.run(codemods, after, unsafe=True).files == ()
        assert not any(b"to_thread(cached_read" in text for text in after.values())


@pytest.mark.parametrize(
    ("call", "safe"),
    [
        ("shutil.copy('prices.csv', tempfile.mkdtemp())", True),
        ("shutil.copy(src='prices.csv', dst='new.csv')", False),
        ("shutil.copy('prices.csv', 'new.csv')", False),
        ("shutil.copytree('exports', tempfile.mkdtemp())", False),
        ("shutil.rmtree('backup')", False),
        ("shutil.rmtree('backup', onerror=lambda *_: None)", False),
    ],
)
def test_what_works_on_many_files_is_nearly_never_proved(call: str, safe: bool) -> None:
    bot = BOT.format(f"text = {call}").replace("import os", "import glob\nimport os\nimport shutil\nimport tempfile")
    assert (Hazard.OUTSIDE in assumed(bot)) is not safe
    assert (Hazard.THREAD in assumed(bot)) is ("lambda" in call)


SOUND = """\
from random import randint

from aiogram import Router
from aiogram.types import BufferedInputFile

router = Router()


@router.message()
async def play(message):
    with open(f"sounds/song{randint(1, 9)}.mp3", "rb") as file:
        await message.answer_audio(BufferedInputFile(file.read(), "song.mp3"))
"""


def test_files_that_the_project_has_are_as_large_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "sounds").mkdir()
    (tmp_path / "bot.py").write_text(SOUND)
    for size, told in ((0, "[unsafe]"), (50_000, "have 51 kB at the most"), (5_000_000, "[unsafe]")):
        if size:
            (tmp_path / "sounds/song1.mp3").write_bytes(bytes(size))
        for _ in range(2):  # the second time from the cache
            run = tgfix("check", "--all", "--select", "TGF302", cwd=tmp_path)
            assert told in " ".join(run.text.split())
