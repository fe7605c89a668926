"""async-file-io: the same bytes, values and exceptions, and nothing lost when handlers run at the same time."""

from __future__ import annotations

import ast
import asyncio
import concurrent.futures.thread  # noqa: F401  a run without rights cannot import it later
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from file_shapes import FILES, READS
from file_shapes_written import SHARED, WRITES
from twin import Case, Run, Worker

from tgfix.codemods.async_file_io import AsyncFileIo
from tgfix.engine import harness
from tgfix.engine.model import Plan, Safety

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


def bot(name: str, version: str) -> dict[str, str]:
    folder = FIXTURES / name / version
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.py"))}


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


@pytest.mark.parametrize("name", READS)
def test_a_program_that_reads_stays_the_same(worker: Worker, name: str) -> None:
    plan = planned(READS[name], unsafe=False)
    assert not plan.hidden and {proposal.change.safety for proposal in plan.chosen} == {Safety.SAFE}
    after = rewritten(READS[name], unsafe=False)
    assert worker.differences(READS[name], after, scenario=call, files=FILES) == []


@pytest.mark.parametrize("name", WRITES)
def test_a_program_that_writes_does_the_same_after_a_look(worker: Worker, name: str) -> None:
    safe = planned(WRITES[name], unsafe=False)
    assert safe.hidden or {proposal.change.style for proposal in safe.chosen} == {"thread"}
    assert worker.differences(WRITES[name], rewritten(WRITES[name]), scenario=call, files=FILES) == []


def test_reads_in_threads_stay_the_same(worker: Worker) -> None:
    done, wrong = 0, {}
    for name, source in READS.items():
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
    assert "needs the package aiofiles" in plan.chosen[0].change.why


async def together(run: Run) -> Any:
    """Eight calls of `work` at once."""

    async def one(number: int) -> Any:
        try:
            return await run.module.work(f"k{number}")
        except Exception as error:
            return error

    return await asyncio.gather(*(one(number) for number in range(8)))


@pytest.mark.parametrize("name", [*WRITES, *SHARED])
def test_handlers_that_run_at_once_do_what_they_did_one_after_the_other(worker: Worker, name: str) -> None:
    source = {**WRITES, **SHARED}[name]
    plan = planned(source)
    assert plan.files and not plan.problems
    after = harness.result(plan, harness.plain({"bot.py": source}))[harness.ROOT / "bot.py"].decode()
    assert worker.differences(source, after, scenario=together, files=FILES) == []


# Whole bots


@pytest.mark.parametrize("name", ["links", "shop"])
def test_a_bot_is_rewritten_as_its_fixture_shows(name: str) -> None:
    files = harness.plain(bot(name, "before"))
    plan = harness.run([AsyncFileIo()], files, unsafe=True)
    assert not plan.problems
    assert harness.result(plan, files) == harness.plain(bot(name, "after"))


def feed_links(run: Run, concurrent: bool, block: bool, texts: list[str]) -> Any:
    from telegram import Update
    from twin import ptb

    async def main() -> None:
        with ptb.offline(run):
            application = run.module.build(concurrent, block)
            await application.initialize()
            await application.start()
            for number, text in enumerate(texts, 1):
                update = {"update_id": number, **ptb.message(text, user_id=number, message_id=number)}
                await application.update_queue.put(Update.de_json(update, application.bot))
            while not application.update_queue.empty():  # tasks may be made only while it runs
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.05)
            await application.stop()
            await application.shutdown()

    asyncio.run(main())
    return json.loads(Path("links.json").read_text())


MODES = pytest.mark.parametrize(
    ("concurrent", "block"), [(False, True), (True, True), (False, False)], ids=["in turn", "concurrent", "block=False"]
)


@MODES
def test_forty_simultaneous_updates_keep_forty_links(worker: Worker, concurrent: bool, block: bool) -> None:
    texts = [f"/addlink {number} https://example.org/{number}" for number in range(40)]
    arguments = {"concurrent": concurrent, "block": block, "texts": texts}
    for version in ("before", "after"):
        seen = worker.run(Case(bot("links", version), scenario=feed_links, arguments=arguments))
        assert seen.exception is None and not seen.warnings and not seen.logged
        assert len(seen.result) == 40
        assert list(seen.files) == ["links.json"], "a temporary file is left over"
        assert sum(call["method"] == "sendMessage" for call in seen.of("bot api")) == 40


@MODES
def test_readers_and_writers_at_once_never_see_a_broken_file(worker: Worker, concurrent: bool, block: bool) -> None:
    texts = [f"/{word}link {number % 9} u" for number in range(40) for word in ("add", "get", "delete", "get")]
    arguments = {"concurrent": concurrent, "block": block, "texts": texts}
    seen = worker.run(Case(bot("links", "after"), scenario=feed_links, arguments=arguments, files={"links.json": "{}"}))
    assert seen.exception is None and not seen.warnings and not seen.logged
    assert sum(call["method"] == "sendMessage" for call in seen.of("bot api")) == len(texts)


def test_handled_in_turn_the_bot_says_the_same(worker: Worker) -> None:
    texts = [
        "/addlink 1 a",
        "/addlink 1 b",
        "/getlink 1",
        "/deletelink 1",
        "/deletelink 1",
        "/getlink 1",
        "/addlink x",
        "/addlink 2 c",
    ]
    arguments = {"concurrent": False, "block": True, "texts": texts}
    before, after = bot("links", "before"), bot("links", "after")
    assert worker.differences(before, after, scenario=feed_links, arguments=arguments) == []


def feed_telethon(run: Run) -> Any:
    """The handlers as Telethon runs them: one task for every update, all at once."""

    async def main() -> None:
        class Message:
            async def reply_text(self, text: str) -> None:
                await asyncio.sleep(0)

        def update(number: int) -> Any:
            return type("Update", (), {"message": Message()}), type("Context", (), {"args": [str(number), "u"]})

        await asyncio.gather(*(asyncio.create_task(run.module.add_link(*update(number))) for number in range(40)))

    asyncio.run(main())
    asyncio.run(main())  # a second event loop finds locks of its own
    return len(json.loads(Path("links.json").read_text()))


def test_tasks_for_all_updates_at_once_keep_all_links_in_two_event_loops(worker: Worker) -> None:
    seen = worker.run(Case(bot("links", "after"), scenario=feed_telethon))
    assert seen.exception is None and seen.result == 40 and not seen.warnings


SHOP_DATA: dict[str, str | bytes | None] = {
    "data/prices.json": '{"currency": "EUR", "prices": {"tea": 2, "milk": 1}}',
    "data/header.txt": "Shop\n",
}


def run_shop(run: Run) -> Any:
    result = asyncio.run(run.module.main())
    orders = json.loads(Path("data/orders.json").read_text())
    return result[1:], {user: sorted(items) for user, items in orders.items()}, len(result[0])


def test_a_project_of_many_modules_does_the_same(worker: Worker) -> None:
    before, after = bot("shop", "before"), bot("shop", "after")
    assert len(before) >= 8
    case: dict[str, Any] = {"scenario": run_shop, "files": SHOP_DATA, "ignoring": {"files"}}
    assert worker.differences(before, after, **case) == []
    seen = worker.run(Case(after, scenario=run_shop, files=SHOP_DATA))
    assert sum(map(len, seen.result[1].values())) >= 8, "orders are lost"
    assert seen.files["data/journal.txt"].count(b"\n") == 12


def test_exactly_the_helpers_that_can_follow_become_coroutines() -> None:
    def coroutines(version: str) -> set[str]:
        return {
            f"{Path(path).stem}.{node.name}"
            for path, text in bot("shop", version).items()
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.AsyncFunctionDef) and "_tgfix_support" not in path
        }

    became = coroutines("after") - coroutines("before")
    assert became == {
        "storage.read_json", "storage.load_orders", "storage.save_orders", "storage.count", "reports.report",
        "journal.append", "journal.tail",
    }  # fmt: skip


def test_all_modules_of_a_project_share_one_place_for_locks() -> None:
    holders = [path for path, text in bot("shop", "after").items() if "def file_lock(" in text]
    assert holders == ["shop/_tgfix_support.py"]


# What a rewrite must not do

HELPER = 'import aiofiles\n\n\ndef load():\n    with open("a.json") as f:\n        return f.read()\n\n\nasync def work(arg):\n    return load()\n\n\n'


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
    ],
)
def test_a_helper_that_may_not_run_in_a_thread_is_left_alone(helper: str, reason: str) -> None:
    assert reason in reasons(f"import aiofiles\n\n{helper}\n\n\nasync def work(arg):\n    return load()\n")


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
        "async def work(conv):\n    count = load()\n    if count:\n        answer = await conv.get_response()\n        count += len(answer)\n    save(count)\n"
    )
    assert "waits for a user" in reasons(source)


def test_a_stretch_that_calls_what_locks_the_same_file_is_left_alone() -> None:
    source = COUNTER + (
        "async def add(n):\n    save(load() + n)\n\n\n"
        "async def work(arg):\n    count = load()\n    if not count:\n        await add(1)\n        return 1\n    save(count + 1)\n"
    )
    assert "locks it too" in reasons(source)


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


def test_a_branch_with_elif_is_locked_as_a_whole() -> None:
    source = (
        COUNTER
        + "async def work(arg):\n    if arg:\n        return 1\n    elif load() > 3:\n        save(0)\n    else:\n        save(1)\n    return 2\n"
    )
    after = rewritten(source)
    assert (
        '    async with file_lock("count.json"):\n        if arg:\n            return 1\n        elif await load() > 3:\n'
        in after
    )


def test_a_deadlock_of_two_files_is_impossible(worker: Worker) -> None:
    source = """\
import asyncio
import json

import aiofiles


def load(path):
    with open(path) as f:
        return json.load(f)


def save(path, value):
    with open(path, "w") as f:
        json.dump(value, f)


async def there():
    a, b = load("a.json"), load("b.json")
    save("a.json", a - 1)
    save("b.json", b + 1)


async def back():
    b = load("b.json")
    a = load("a.json")
    save("b.json", b - 1)
    save("a.json", a + 1)


async def work(arg):
    await asyncio.wait_for(asyncio.gather(*(f() for _ in range(20) for f in (there, back))), 20)
    return load("a.json"), load("b.json")
"""
    after = rewritten(source)
    assert 'file_locks("a.json", "b.json")' in after
    assert worker.differences(source, after, scenario=call, files={"a.json": "5", "b.json": "7"}) == []


# The support code


def failing(run: Run) -> Any:
    try:
        asyncio.run(run.module.work("x"))
    except TypeError as error:
        return str(error)


def test_a_failing_dump_leaves_the_old_file(worker: Worker) -> None:
    source = 'import json\nimport aiofiles\n\n\nasync def work(arg):\n    with open("a.json", "w") as f:\n        json.dump({"a": 1, "b": object()}, f)\n'
    before, after = (
        worker.run(Case(s, scenario=failing, files={"a.json": "[1]"})) for s in (source, rewritten(source))
    )
    assert before.result == after.result and before.files["a.json"] != b"[1]", "the old text is cut off before"
    assert after.files == {"a.json": b"[1]"}


def write_everywhere(run: Run) -> Any:
    os.symlink("real.txt", "link.txt")
    os.link("hard.txt", "hard2.txt")
    os.chmod("private.txt", 0o600)
    for name in ("link.txt", "hard.txt", "private.txt", "new.txt", "/dev/null"):
        asyncio.run(run.module.work(name))
    return Path("hard2.txt").read_text(), Path("real.txt").read_text()


def test_links_devices_and_modes_are_kept(worker: Worker) -> None:
    source = 'import aiofiles\n\n\nasync def work(name):\n    with open(name, "w") as f:\n        f.write(name)\n'
    files = {"real.txt": "old", "hard.txt": "old", "private.txt": "old"}
    assert worker.differences(source, rewritten(source), scenario=write_everywhere, files=files) == []


def write_protected(run: Run) -> Any:
    try:
        asyncio.run(run.module.work("a.txt"))
    except OSError as error:
        return type(error).__name__, error.filename


def test_a_file_that_may_not_be_written_still_raises(worker: Worker) -> None:
    source = 'import aiofiles\n\n\nasync def work(name):\n    with open(name, "w") as f:\n        f.write(name)\n'
    case: dict[str, Any] = {"scenario": write_protected, "files": {"a.txt": "old"}, "read_only": ["a.txt"]}
    assert worker.differences(source, rewritten(source), **case) == []


def stall(run: Run) -> float:
    """The longest time in which the event loop did nothing else, in seconds, while `work` waits for a named pipe."""

    async def main() -> float:
        import threading

        os.mkfifo("pipe")
        threading.Timer(0.3, lambda: Path("pipe").write_text("late")).start()
        longest, last = 0.0, time.monotonic()
        task = asyncio.create_task(run.module.work("x"))
        while not task.done():
            await asyncio.sleep(0.005)
            longest, last = max(longest, time.monotonic() - last), time.monotonic()
        assert await task == "late"
        return longest

    return asyncio.run(main())


def test_slow_storage_no_longer_stops_the_event_loop(worker: Worker) -> None:
    source = 'import aiofiles\n\n\nasync def work(arg):\n    with open("pipe") as f:\n        return f.read()\n'
    before, after = (worker.run(Case(s, scenario=stall)).result for s in (source, rewritten(source)))
    assert before > 0.25 and after < 0.15


# What the user switches off

STORAGE = "import json\n\n\ndef load():\n    with open('a.json') as f:  # tgfix: ignore[TGF302]\n        return json.load(f)\n"
CALLER = "import aiofiles\nfrom storage import load\n\n\nasync def work(arg):\n    return load()\n"


def test_a_comment_at_one_place_of_a_change_silences_the_change() -> None:
    plan = planned({"storage.py": STORAGE, "bot.py": CALLER})
    assert not plan.files and not plan.findings and plan.suppressed == 1


def test_a_file_that_is_to_be_skipped_is_not_changed_from_elsewhere() -> None:
    sources = {"storage.py": STORAGE.partition("  # tgfix")[0] + "\n        return json.load(f)\n", "bot.py": "# tgfix: skip-file\n" + CALLER}
    plan = planned(sources)
    assert not plan.files and "is not to be changed" in (plan.left[0].reason or "")
