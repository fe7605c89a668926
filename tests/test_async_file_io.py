"""async-file-io: the same bytes, values and exceptions, and nothing lost when handlers run at the same time."""

from __future__ import annotations

import asyncio
import concurrent.futures.thread  # noqa: F401  a run without rights cannot import it later
from pathlib import Path
from typing import Any

import aiofiles  # noqa: F401  so that each run finds them loaded
import pytest
import yaml  # noqa: F401
from file_shapes import FILES, READS
from file_shapes_lines import FAILING, READ_AT_ONCE, TAKEN_ONE_BY_ONE
from file_shapes_written import SHARED, WRITES
from twin import Run, Worker

from tgfix.codemods.files.async_file_io import AsyncFileIo
from tgfix.codemods.files.batched_writes import BatchedWrites
from tgfix.engine import harness
from tgfix.engine.model import Hazard, Safety
from tgfix.engine.run.plan import Plan

SAFE = {**READS, **READ_AT_ONCE}
UNSAFE = {**WRITES, **TAKEN_ONE_BY_ONE}
FIXTURES = Path(__file__).parents[1] / "fixtures" / "async-file-io"


def planned(source: str | dict[str, str], *, unsafe: bool = True, **options: Any) -> Plan:
    sources = {"bot.py": source} if isinstance(source, str) else source
    return harness.run([AsyncFileIo()], harness.plain(sources), unsafe=unsafe, options={"async-file-io": options})


def rewritten(source: str, *, unsafe: bool = True, **options: Any) -> str:
    """The program after the codemod; it must have changed, and nothing may be left."""
    plan = planned(source, unsafe=unsafe, **options)
    assert not plan.problems and plan.files, plan.problems
    assert not plan.left, [finding.reason for finding in plan.left]
    return harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()


def reasons(source: str | dict[str, str]) -> str:
    """Why the places of a program are left alone."""
    plan = planned(source)
    assert not plan.files and not plan.problems
    return " | ".join(finding.reason or "" for finding in plan.left)


async def call(run: Run) -> Any:
    """`work` twice, with what it returns or raises."""
    found: list[Any] = []
    for argument in ("text", "b"):
        try:
            found.append(await run.module.work(argument))
        except Exception as error:
            found.append(error)
    return found


# Shapes


@pytest.mark.parametrize("name", SAFE)
def test_a_program_that_reads_stays_the_same(worker: Worker, name: str) -> None:
    plan = planned(SAFE[name], unsafe=False)
    assert not plan.hidden and {proposal.change.safety for proposal in plan.chosen} == {Safety.SAFE}
    after = rewritten(SAFE[name], unsafe=False)
    assert worker.differences(SAFE[name], after, scenario=call, files=FILES) == []


@pytest.mark.parametrize("name", UNSAFE)
def test_a_program_that_writes_does_the_same_after_a_look(worker: Worker, name: str) -> None:
    safe = planned(UNSAFE[name], unsafe=False)
    assert safe.hidden or {proposal.change.style for proposal in safe.chosen} == {"thread"}
    assert worker.differences(UNSAFE[name], rewritten(UNSAFE[name]), scenario=call, files=FILES) == []


@pytest.mark.parametrize("name", FAILING)
def test_what_fails_raises_the_same(worker: Worker, name: str) -> None:
    assert worker.differences(FAILING[name], rewritten(FAILING[name]), scenario=call, files=FILES) == []


def test_reads_in_threads_stay_the_same(worker: Worker) -> None:
    done, wrong = 0, {}
    for name, source in SAFE.items():
        plan = planned(source, unsafe=False, style="thread")
        if not plan.files or any(proposal.change.style != "thread" for proposal in plan.chosen):
            continue
        after = harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()
        done += 1
        if found := worker.differences(source, after, scenario=call, files=FILES):
            wrong[name] = found
    assert not wrong and done >= 40


def test_without_aiofiles_in_the_project_the_safe_form_needs_no_package() -> None:
    source = 'async def work(arg):\n    with open("a") as f:\n        return f.read()\n'
    assert "await asyncio.to_thread(f.read)" in rewritten(source, unsafe=False)
    plan = planned(source)
    assert [a.hazard for a in plan.chosen[0].change.assumes] == [Hazard.ENVIRONMENT]


async def together(run: Run) -> Any:
    """Eight calls of `work` at once."""

    async def one(number: int) -> Any:
        try:
            return await run.module.work(f"k{number}")
        except Exception as error:
            return error

    return await asyncio.gather(*(one(number) for number in range(8)))


@pytest.mark.parametrize("name", [*UNSAFE, *SHARED])
def test_handlers_that_run_at_once_do_what_they_did_one_after_the_other(worker: Worker, name: str) -> None:
    source = {**UNSAFE, **SHARED}[name]
    plan = planned(source)
    assert plan.files and not plan.problems
    after = harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()
    assert worker.differences(source, after, scenario=together, files=FILES) == []


# What a rewrite must not do

HELPER = (
    'import aiofiles\n\n\ndef load():\n    with open("a.json") as f:\n'
    "        return f.read()\n\n\nasync def work(arg):\n    return load()\n\n\n"
)


@pytest.mark.parametrize(
    "use",
    [
        "atexit = __import__('atexit')\natexit.register(load)",
        "loaded = load()",
        "later = lambda: load()",
        "def other():\n    return load()\n\n\nother()",
        "def names():\n    return [load() for _ in range(2)]\n\n\nprint(names())",
        "def default(text=load()):\n    return text",
        "again = load",
        "class Config:\n    text = load()",
        "class Config:\n    @property\n    def text(self):\n        return load()",
        "class Config:\n    def __str__(self):\n        return load()",
        "async def sorts(xs):\n    return sorted(xs, key=lambda x: load())",
        "async def any_of(xs):\n    return any(load() == x for x in xs)",
        "import sys\ngetattr(sys.modules[__name__], 'load')",
        "__all__ = ['load']",
        "import threading\nthreading.Thread(target=load).start()",
        "async def in_thread():\n    import asyncio\n    return await asyncio.to_thread(load)",
        "def items():\n    yield load()",
        "from functools import lru_cache\n\n\n@lru_cache\ndef cached():\n    return load()",
        "globals()['load']",
    ],
)
def test_a_helper_with_a_use_that_cannot_await_stays_a_plain_function(use: str) -> None:
    sources = {"bot.py": HELPER + use + "\n"}
    plan = planned(sources, unsafe=False)
    after = harness.result(plan, harness.plain(sources))[harness.ROOT / "bot.py"].decode()
    assert not plan.problems and "async def load" not in after
    assert "return await asyncio.to_thread(load)" in after
    assert use in after


def test_a_helper_that_a_test_patches_stays_a_plain_function() -> None:
    sources = {
        "storage.py": HELPER.partition("async def")[0],
        "bot.py": "import storage\n\n\nasync def work(arg):\n    return storage.load()\n",
        "tests/test_bot.py": "from unittest import mock\n\n\ndef test_it():\n    with mock.patch('storage.load'):\n        pass\n",
    }
    plan = planned(sources)
    files = harness.result(plan, harness.plain(sources))
    assert b"async def load" not in files[harness.ROOT / "storage.py"]
    assert b"await asyncio.to_thread(storage.load)" in files[harness.ROOT / "bot.py"]


@pytest.mark.parametrize(
    ("helper", "reason"),
    [
        (
            "def load():\n    global TEXT\n    with open('a') as f:\n        TEXT = f.read()\n    return TEXT\n\n\nload()",
            "changes TEXT",
        ),
        (
            "SEEN = []\n\n\ndef load():\n    with open('a') as f:\n        SEEN.append(f.read())\n    return SEEN\n\n\nload()",
            "uses SEEN",
        ),
        (
            "import asyncio\n\n\ndef load():\n    asyncio.get_event_loop()\n    return open('a').read()\n\n\nload()",
            "uses asyncio",
        ),
        ("def load():\n    for line in open('a'):\n        yield line\n\n\nload()", "generator"),
        ("def load():\n    with open('a') as f:\n        return next(f)", "StopIteration"),
    ],
)
def test_a_helper_that_may_not_run_in_a_thread_is_left_alone(helper: str, reason: str) -> None:
    assert reason in reasons(f"import aiofiles\n\n{helper}\n\n\nasync def work(arg):\n    return load()\n")


OPEN = "import csv\n\nimport aiofiles\n\n\nasync def work(arg):\n    with open('a.csv', {!r}) as f:\n"


@pytest.mark.parametrize(
    ("mode", "body", "reason"),
    [
        ("r", "for line in f:\n            arg(line, f.readline())", "reads from it itself, too"),
        (
            "r",
            "for line in f:\n            if not line:\n                break\n        return f.read()",
            "read on in line",
        ),
        ("r", "while arg:\n            for line in f:\n                break", "a loop reads on in a.csv"),
        ("r", "found = any(line for line in f)\n        return f.read()", "read on in line"),
        ("r", "rows = csv.reader(f)\n        header = f.readline()\n        return list(rows)", "read on in line"),
        (
            "r",
            "try:\n            x = [int(a) for a in f]\n        except ValueError:\n            x = f.read()",
            "read on in line",
        ),
        (
            "w",
            "w = csv.writer(f)\n        w.writerow(await arg.next())",
            "one by one while the block waits",
        ),
        ("w", "w = csv.writer(f)\n        if arg:\n            return\n        w.writerow(arg)", "may be left in line"),
        ("w", "w = csv.writer(f)\n        return w.writerow(arg)", "may be left in line"),
        ("w", "w = csv.writer(f)\n        arg(w)", "what is done with w"),
        ("w", "w = csv.writer(f)\n        w.writerow(arg)\n        return f.tell()", "looked at in line"),
        ("w", "w = csv.writer(f)\n    w.writerow(arg)", "outside of the block"),
        ("w", "if arg:\n            csv.writer(f).writerow(arg)", "in the middle of the block"),
        ("w", "print(arg, sep=arg, file=f)", "sep of print() is known only when"),
        ("w", "print(arg, flush=arg, file=f)", "whether print() flushes"),
    ],
)
def test_what_depends_on_how_far_the_file_was_read_or_written_is_left_alone(mode: str, body: str, reason: str) -> None:
    assert reason in reasons(OPEN.format(mode) + f"        {body}\n")


EMPTIED = [
    "with open(path, 'a') as f:\n        lines, BATCH = BATCH, []\n        f.writelines(lines)",
    "with open(path, 'a') as f:\n        f.writelines(BATCH)\n    BATCH.clear()",
    "with open(path, 'a') as f:\n        f.write(''.join(BATCH) + '.')\n        BATCH = []",
    "try:\n        path()\n    finally:\n        with open(path, 'a') as f:\n            f.writelines(line for line in BATCH)",
]


@pytest.mark.parametrize("body", EMPTIED)
def test_a_batch_that_is_emptied_is_written_without_waiting(body: str) -> None:
    source = f"import aiofiles\n\nBATCH = []\n\n\nasync def work(path):\n    global BATCH\n    {body}\n"
    assert "would be lost" in reasons(source)


def test_what_batched_writes_made_is_left_alone() -> None:
    source = (
        "import aiofiles\nfrom telethon import TelegramClient\n\nclient = TelegramClient('x', 1, 'y')\n\n\n"
        "async def backup(chat, path):\n    async for message in client.iter_messages(chat):\n"
        "        with open(path, 'a') as f:\n            f.write(message.text)\n"
    )
    for codemods in ([BatchedWrites(), AsyncFileIo()], [AsyncFileIo(), BatchedWrites()]):
        plan = harness.run(codemods, harness.plain({"bot.py": source}), unsafe=True)
        after = harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()
        assert after.count("with open(path, 'a', buffering=1 << 20) as f:") == 2 and "await" not in after
        assert harness.run(codemods, harness.plain({"bot.py": after}), unsafe=True).files == ()


@pytest.mark.parametrize(
    "path",
    ["'/proc/meminfo'", "f'/proc/{arg}/stat'", "'/sys/class/net'"],
)
def test_what_no_disk_holds_is_not_meant(path: str) -> None:
    source = f"import aiofiles\n\n\nasync def work(arg):\n    with open({path}) as f:\n        return f.read()\n"
    assert planned(source).findings == []


def test_two_paths_that_one_function_gives_may_be_one_file() -> None:
    source = (
        "import aiofiles\n\nfrom paths import path_of\n\n\nasync def load(user):\n    path = path_of(user)\n"
        "    with open(path) as f:\n        return f.read()\n\n\n"
        "async def save(user, text):\n    target = {}(user)\n    with open(target, 'w') as f:\n        f.write(text)\n"
    )
    paths = {"paths.py": "def path_of(user):\n    return user.path\n"}
    for name, safe in (("path_of", False), ("other", True)):
        plan = planned({"bot.py": source.format(name), **paths}, unsafe=False)
        assert bool(plan.chosen) is safe, name


def test_nobody_else_changes_what_stands_in_a_folder_of_its_own() -> None:
    source = (
        "import os\nimport tempfile\n\nimport aiofiles\n\n\nasync def work(code):\n    with tempfile.TemporaryDirectory() as folder:\n"
        "        file = os.path.join(folder, 'code.py')\n        with open(file, 'w') as f:\n            f.write(code)\n"
    )
    why = planned(source).chosen[0].change.why
    assert "replaced in one step" in why and "may change" not in why
    assert "may change" in planned(source.replace("tempfile.TemporaryDirectory()", "code")).chosen[0].change.why


WORK = "import aiofiles\n\n\nasync def work(arg):\n    "


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("with open('/dev/tty') as f:\n        return f.read()", "/dev/tty is a device"),
        ("with open('log.txt', 'w'):\n        pass", "only opened"),
        ("with open('log.txt') as f:\n        return f.name", "only opened"),
        ("with open('log.txt', 'rb') as f:\n        return list(iter(lambda: f.read(9), b''))", "in small pieces"),
    ],
)
def test_where_no_disk_is_waited_for_nothing_is_rewritten(body: str, reason: str) -> None:
    assert reason in reasons(WORK + body + "\n")


def test_what_only_tests_wait_for_is_left_alone() -> None:
    source = HELPER.partition("async def")[0]
    assert "only a test waits" in reasons({"tests/test_it.py": source + "async def test_it():\n    assert load()\n"})
    sources = {"bot.py": source, "test_bot.py": "from bot import load\n\n\nasync def test_it():\n    assert load()\n"}
    assert "only a test waits" in reasons(sources)


def test_a_helper_in_which_nothing_could_be_awaited_does_not_become_a_coroutine() -> None:
    source = (
        "import aiofiles\n\nTEXTS = {}\n\n\ndef load(name):\n    with open(name) as f:\n        TEXTS[name] = f.read()\n\n\n"
        "load('en')\n\n\ndef languages():\n    load('de')\n    return list(TEXTS)\n\n\n"
        "async def work(arg):\n    return languages()\n"
    )
    assert "cannot be awaited" in reasons(source)


def test_a_review_names_the_files_and_what_is_awaited_with_a_file_locked() -> None:
    source = COUNTER + (
        "async def work(event):\n    count = load()\n    if count > 9:\n        await event.reply('full')\n    save(count + 1)\n"
    )
    proposal = planned(source).chosen[0]
    assert "Only this coroutine waits while count.json is read and written" in proposal.change.why
    assert "a lock keeps them from count.json, which is replaced in one step" in proposal.change.why
    assert "count.json stays locked while work() awaits event.reply() (line 19)" in proposal.change.why
    assert 'open("count.json") in save()' in proposal.finding.message


COUNTER = """\
import json

import aiofiles


def load():
    with open("count.json") as f:
        return json.load(f)


def save(count):
    with open("count.json", "w") as f:
        json.dump(count, f)


"""


def test_a_stretch_that_waits_for_a_user_is_left_alone() -> None:
    source = COUNTER + (
        "async def work(conv):\n    count = load()\n    if count:\n"
        "        answer = await conv.get_response()\n        count += len(answer)\n"
        "    save(count)\n"
    )
    assert "waits for a user" in reasons(source)


def test_a_stretch_that_calls_what_locks_the_same_file_is_left_alone() -> None:
    source = COUNTER + (
        "async def add(n):\n    save(load() + n)\n\n\n"
        "async def work(arg):\n    count = load()\n    if not count:\n        await add(1)\n        return 1\n    save(count + 1)\n"
    )
    assert "locks a file, too" in reasons(source)


def test_two_stretches_with_a_sure_await_between_them_are_locked_one_by_one() -> None:
    source = COUNTER + ("async def work(event):\n    count = load()\n    await event.reply('x')\n    save(count + 1)\n")
    after = rewritten(source)
    assert (
        "    count = await load()\n    await event.reply('x')\n    async with file_lock(\"count.json\"):\n        await save(count + 1)\n"
        in after
    )


def test_a_writer_in_a_callback_keeps_the_file_out_of_coroutines() -> None:
    assert "outside of every lock" in reasons(
        COUNTER + "import atexit\natexit.register(save, 0)\n\n\nasync def work(arg):\n    save(load() + 1)\n"
    )


def test_a_file_that_is_read_before_the_bot_starts_is_locked_only_in_handlers() -> None:
    source = COUNTER + "START = load()\n\n\nasync def work(arg):\n    save(load() + 1)\n"
    after = rewritten(source)
    assert "START = load()" in after and "await save(await asyncio.to_thread(load) + 1)" in after


def test_a_change_speaks_only_of_the_files_that_it_is_about() -> None:
    source = COUNTER + (
        "async def work(arg):\n    with open('rules.txt') as f:\n        text = f.read()\n    save(load() + len(text))\n"
    )
    places = {p.finding.line: p.change.why for p in planned(source).chosen}
    assert len(places) == 2 and "rules.txt is read:" in places[17] and "rules" not in places[12]


def test_a_branch_with_elif_is_locked_as_a_whole() -> None:
    source = COUNTER + (
        "async def work(arg):\n    if arg:\n        return 1\n    elif load() > 3:\n"
        "        save(0)\n    else:\n        save(1)\n    return 2\n"
    )
    after = rewritten(source)
    assert (
        '    async with file_lock("count.json"):\n        if arg:\n            return 1\n        elif await load() > 3:\n'
        in after
    )


# What the user switches off

STORAGE = "import json\n\n\ndef load():\n    with open('a.json') as f:  # tgfix: ignore[TGF302]\n        return json.load(f)\n"
CALLER = "import aiofiles\nfrom storage import load\n\n\nasync def work(arg):\n    return load()\n"


def test_a_comment_at_one_place_of_a_change_silences_the_change() -> None:
    plan = planned({"storage.py": STORAGE, "bot.py": CALLER})
    assert not plan.files and not plan.findings and plan.suppressed == 1


def test_a_file_that_is_to_be_skipped_is_not_changed_from_elsewhere() -> None:
    sources = {
        "storage.py": STORAGE.partition("  # tgfix")[0] + "\n        return json.load(f)\n",
        "bot.py": "# tgfix: skip-file\n" + CALLER,
    }
    plan = planned(sources)
    assert not plan.files and "is not to be changed" in (plan.left[0].reason or "")


@pytest.mark.parametrize(
    ("writer", "safe"),
    [
        ("async def other(x):\n    with open('a.txt', 'w') as f:\n        f.write(x)\n", False),
        ("async def other(x):\n    with open(f'{x}.txt', 'w') as f:\n        f.write(x)\n", False),
        ("async def other(x):\n    os.remove('a.txt')\n", False),
        ("async def other(x):\n    with open(f'{x}.json', 'w') as f:\n        f.write(x)\n", True),
        ("async def other(x):\n    with open('b.txt', 'w') as f:\n        f.write(x)\n", True),
        ("def once():\n    with open('a.txt', 'w') as f:\n        f.write('x')\n\n\nonce()\n", True),
        ("def later():\n    with open('a.txt', 'w') as f:\n        f.write('x')\n\n\nhook(later)\n", False),
    ],
)
def test_reading_is_safe_where_nobody_writes_the_file_meanwhile(writer: str, safe: bool) -> None:
    reader = "import os\nimport aiofiles\n\n\nasync def work(arg):\n    with open('a.txt') as f:\n        return f.read()\n\n\n"
    done = {proposal.finding.line for proposal in planned(reader + writer, unsafe=False).chosen}
    assert (6 in done) == safe
