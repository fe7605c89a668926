"""async-file-io on whole bots: nothing is lost when updates arrive at once, and the support code keeps its promises."""

from __future__ import annotations

import ast
import asyncio
import concurrent.futures.thread  # noqa: F401  a run without rights cannot import it later
import json
import os
import threading
import time
from pathlib import Path
from typing import Any

import aiofiles  # noqa: F401  so that each run finds it loaded
import pytest
from test_async_file_io import call, rewritten
from twin import Case, Run, Worker

from tgfix.codemods.files.async_file_io import AsyncFileIo
from tgfix.engine import harness

FIXTURES = Path(__file__).parents[1] / "fixtures" / "async-file-io"


def bot(name: str, version: str) -> dict[str, str]:
    folder = FIXTURES / name / version
    return {path.relative_to(folder).as_posix(): path.read_text() for path in sorted(folder.rglob("*.py"))}


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


SENDER = """\
import aiofiles
from telegram.ext import ApplicationBuilder, MessageHandler, filters


async def send(update, context):
    with open("data.bin", "rb") as f:
        f.seek(2)
        await update.message.reply_document(document=f, filename="a.pdf", caption="c")
    with open("empty.txt", "rb") as f:
        await update.effective_chat.send_voice(f, filename="voice")
    name = update.message.text
    await context.bot.send_photo(update.message.chat_id, open("data.bin", "rb"), filename=f"{name}.jpg")
    await context.bot.send_video(chat_id=1, video=open("missing.mp4", "rb"), filename="b.mp4")


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
    after = rewritten_but_for(SENDER, "send_voice")
    assert after.count("await f.read()") == 1 and "photo(update.message.chat_id, data, filename" in after
    files: dict[str, str | bytes | None] = {"data.bin": bytes(range(256)) * 99, "empty.txt": ""}
    seen = worker.run(Case(after, scenario=feed_sender, files=files))
    assert [call["method"] for call in seen.of("bot api") if call["method"].startswith("send")].count("sendPhoto") == 2
    assert worker.differences(SENDER, after, scenario=feed_sender, files=files) == []


def rewritten_but_for(source: str, left: str) -> str:
    """The program after the codemod, which leaves one place alone."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([AsyncFileIo()], files, unsafe=False)
    assert [left in (finding.reason or "") for finding in plan.left] == [True]
    return harness.result(plan, files)[harness.ROOT / "bot.py"].decode()


# The support code


def failing(run: Run) -> Any:
    try:
        asyncio.run(run.module.work("x"))
    except TypeError as error:
        return str(error)


def test_a_failing_dump_leaves_the_old_file(worker: Worker) -> None:
    source = (
        "import json\nimport aiofiles\n\n\nasync def work(arg):\n"
        '    with open("a.json", "w") as f:\n        json.dump({"a": 1, "b": object()}, f)\n'
    )
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
