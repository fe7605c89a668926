"""A coroutine that has an event loop for itself: nobody waits while it blocks, unless something comes to run on that loop."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import tgfix

BOT = """\
import asyncio
import threading
import time

from flask import Flask
from telegram.ext import ApplicationBuilder, CommandHandler

web = Flask(__name__)


async def notify(order):
    for attempt in range(3):
        await asyncio.sleep(0.1)
        time.sleep(1)
    print(order)


@web.post("/order/<order>")
def ordered(order):
    asyncio.run(notify(order))
    return "ok"


async def greet(update, context):
    await update.message.reply_text("Hello")


def main():
    threading.Thread(target=web.run, daemon=True).start()
    app = ApplicationBuilder().token("123:abc").build()
    app.add_handler(CommandHandler("start", greet, block=False))
    app.run_polling()


main()
"""
RUN = "    asyncio.run(notify(order))\n"
OWN = """\
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(notify(order))
"""
THREAD = """\
    threading.Thread(target=lambda: asyncio.run(notify(order))).start()
"""


def found(directory: Path, text: str, *args: str) -> str:
    """What a check tells of TGF501."""
    (directory / "bot.py").write_text(text)
    return tgfix("check", "--select", "TGF501", *args, cwd=directory).text


@pytest.mark.parametrize("run", [RUN, OWN, THREAD])
def test_nobody_waits_on_a_loop_that_a_coroutine_has_for_itself(tmp_path: Path, run: str) -> None:
    text = BOT.replace(RUN, run)
    assert "TGF501" not in found(tmp_path, text)
    told = " ".join(found(tmp_path, text, "--all").split())
    assert "runs it on an event loop of its own" in told and "nobody waits for it" in told


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (RUN, OWN.replace("new_event_loop", "get_event_loop")),
        (RUN, "    asyncio.run_coroutine_threadsafe(notify(order), LOOP)\n"),
        ("    print(order)", "    asyncio.create_task(greet(None, None))\n    print(order)"),
        ("    print(order)", "    await others()\n\n\nasync def others():\n    await asyncio.gather(one(), two())"),
        ("    print(order)", "    serve()\n\n\ndef serve():\n    asyncio.ensure_future(greet(None, None))"),
        ('reply_text("Hello")', 'reply_text("Hello")\n    await notify(1)'),
        ("asyncio.run(notify(order))", "asyncio.run(unknown(notify(order)))"),
    ],
)
def test_somebody_waits_where_something_else_may_run_on_the_loop(tmp_path: Path, old: str, new: str) -> None:
    assert BOT.count(old) == 1
    assert "TGF501" in found(tmp_path, BOT.replace(old, new))


def test_nobody_waits_there_in_a_large_project_either(tmp_path: Path) -> None:
    calls = [f"async def step_{number}():\n    await step_{number + 1}()\n" for number in range(400)]
    chain = "\n\n".join(
        [*calls, "async def step_400():\n    await asyncio.gather(greet(None, None), greet(None, None))\n"]
    )
    assert "TGF501" not in found(tmp_path, BOT.replace("def main():", f"{chain}\n\ndef main():"))


#: A function that has a coroutine run to its end, by which jobs of a queue call one.
HELPER = """\
def run_async(coro):
    try:
        loop = asyncio.get_event_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
    return loop.run_until_complete(coro)


"""


@pytest.mark.parametrize("decorator", ["rq.decorators.job('low')", "celery.shared_task", "QUEUE.task(bind=True)"])
def test_nobody_waits_in_a_job_of_a_queue(tmp_path: Path, decorator: str) -> None:
    made = f"import celery\nimport rq.decorators\n\nQUEUE = celery.Celery('shop')\n\n\n{HELPER}@{decorator}\n"
    text = BOT.replace(RUN, RUN.replace("asyncio.run", "run_async")).replace('@web.post("/order/<order>")\n', made)
    assert "TGF501" not in found(tmp_path, text)
    told = " ".join(found(tmp_path, text, "--all").split())
    assert "`run_async()`" in told and "runs it on an event loop of its own" in told
    assert "TGF501" in found(tmp_path, text.replace(f"@{decorator}\n", ""))


def test_nobody_waits_in_a_job_that_takes_whatever_loop_its_process_has(tmp_path: Path) -> None:
    taken = RUN.replace("asyncio.run", "asyncio.get_event_loop().run_until_complete")
    text = BOT.replace(RUN, taken).replace('@web.post("/order/<order>")\n', "import celery\n\n\n@celery.shared_task\n")
    assert "TGF501" not in found(tmp_path, text)
    assert "TGF501" in found(tmp_path, text.replace("@celery.shared_task\n", ""))


@pytest.mark.parametrize(
    ("helper", "waits"),
    [
        ("def run_async(coro):\n    return asyncio.run(coro)\n\n\n", False),
        ("def run_async(coro):\n    print(coro)\n    return asyncio.run(coro)\n\n\n", True),
        ("def run_async(coro):\n    return asyncio.ensure_future(coro)\n\n\n", True),
        (HELPER, True),
    ],
)
def test_what_a_function_has_run_to_its_end_is_alone_on_a_loop_that_it_makes(
    tmp_path: Path, helper: str, waits: bool
) -> None:
    text = BOT.replace(RUN, RUN.replace("asyncio.run", "run_async")).replace("async def ", f"{helper}async def ", 1)
    assert ("TGF501" in found(tmp_path, text)) is waits
