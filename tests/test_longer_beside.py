"""What is moved to a thread beside a call of which nobody knows how long it takes."""

from __future__ import annotations

import pytest

from tgfix.codemods.event_loop.async_sleep import AsyncSleep
from tgfix.codemods.event_loop.blocking_call import BlockingCall
from tgfix.engine import harness

HEAD = """\
import os
import subprocess

import patoolib
from pySmartDL import SmartDL
from selenium import webdriver
from telegram import Update
from telegraph import upload_file


async def told(update: Update, context):
"""
WORK = '    subprocess.run(["ffmpeg", "-i", "a.ogg", f"{update.message.chat_id}.mp3"])\n'
UNKNOWN = '    patoolib.extract_archive("songs.rar")\n'


def indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def found(body: str, **others: str) -> dict[str, str | None]:
    """What is told of each place, with the reason why it is left alone."""
    plan = harness.run([BlockingCall()], harness.plain({"bot.py": HEAD + body, **others}), unsafe=True)
    assert not plan.problems
    return {
        finding.message.split(" blocks")[0]: finding.reason
        for finding in (*(p.finding for p in plan.chosen), *plan.left)
    }


@pytest.mark.parametrize(
    ("body", "held"),
    {
        "before it": (UNKNOWN + WORK, True),
        "behind it, after a wait": (WORK + '    await update.message.reply_text("…")\n' + UNKNOWN, True),
        "in the other branch": ("    if context.args:\n" + indented(WORK) + "    else:\n" + indented(UNKNOWN), False),
        "in both branches of another question": ("    if context.args:\n" + indented(UNKNOWN) + WORK, True),
        "where it has failed": ("    try:\n" + indented(WORK) + "    except OSError:\n" + indented(UNKNOWN), False),
        "in a lambda": ("    context.job_queue.later = lambda: patoolib.extract_archive(1)\n" + WORK, False),
        "nowhere": (WORK, False),
    }.values(),
)  # fmt: skip
def test_a_call_of_unknown_length_holds_back_what_runs_beside_it(body: str, held: bool) -> None:
    reason = found(body)["subprocess.run()"]
    assert ("patoolib.extract_archive()" in reason if reason else False) is held


UNPACKED = "\n\nasync def unpacked():\n" + UNKNOWN
KEPT = """

def save(user):
    with sqlite3.connect("users.db") as database:
        database.execute("insert into users values (?)", (user,))
"""


@pytest.mark.parametrize(
    ("body", "told"),
    {
        "awaited": ("    await unpacked()\n" + WORK + UNPACKED, True),
        "several at once": ("    await asyncio.gather(*[unpacked() for _ in range(3)])\n" + WORK + UNPACKED, True),
        "a plain function": ("    unpacked()\n" + WORK + UNPACKED.replace("async ", ""), True),
        "one that only makes what is awaited": ("    await unpacked()\n" + WORK + UNPACKED.replace("async ", ""), False),
        "in a thread": ("    await asyncio.to_thread(unpacked)\n" + WORK + UNPACKED.replace("async ", ""), False),
        "what also blocks": ("    unpacked()\n" + WORK + UNPACKED.replace("async ", "") + WORK.replace("update.", "1 or "), False),
        "in another branch": (
            "    if context.args:\n        await unpacked()\n    else:\n" + indented(WORK) + UNPACKED, False
        ),
    }.values(),
)  # fmt: skip
def test_a_call_of_unknown_length_in_a_function_beside_is_told_of(body: str, told: bool) -> None:
    files = harness.plain({"bot.py": HEAD.replace("import os\n", "import asyncio\nimport os\n") + body})
    plan = harness.run([BlockingCall()], files, unsafe=True)
    whys = [p.finding.change.why for p in plan.chosen if p.finding.change is not None]
    assert whys and any("`patoolib.extract_archive()` in `unpacked()` (line 1" in why for why in whys) is told


def test_what_takes_milliseconds_stays_beside_such_a_call() -> None:
    body = "    save(update.message.chat_id)\n    await unpacked()\n" + UNPACKED + KEPT
    files = harness.plain({"bot.py": HEAD.replace("import os\n", "import os\nimport sqlite3\n") + body})
    (finding,) = harness.run([BlockingCall()], files, unsafe=True).left
    assert finding.reason is not None and "how long it takes is not known" in finding.reason


@pytest.mark.parametrize(("computes", "held"), [("stylization(image)", True), ("flip(image, 0)", False)])
def test_what_is_computed_over_a_whole_picture_again_and_again_takes_long(computes: str, held: bool) -> None:
    body = f'    import cv2\n\n    image = cv2.imread("a.png")\n    cv2.imwrite(f"{{update.update_id}}.png", cv2.{computes})\n'
    reasons = found(body).values()
    assert reasons and all(bool(reason) is held for reason in reasons)


def test_the_machines_own_address_waits_for_nobody() -> None:
    body = "    import socket\n\n    own = socket.gethostbyname({})\n    await update.message.reply_text(own)\n"
    assert found(body.format("context.args[0]")) and not found(body.format("socket.gethostname()"))


def test_a_browser_that_only_loads_a_page_loads_it_in_a_thread() -> None:
    lone = "    context.bot_data['browser'].get('https://example.com')\n"
    assert found("    browser = webdriver.Chrome()\n" + lone) == {"webdriver.Chrome()": None}
    several = found(
        "    browser = webdriver.Chrome()\n    browser.get('https://example.com')\n    browser.quit()\n" + WORK
    )
    assert all(reason is not None for reason in several.values()), several


def test_a_loop_that_only_asks_gets_its_pause_beside_a_download() -> None:
    begin = "    loader = SmartDL('https://example.com')\n    loader.start(blocking=False)\n"
    loop = f"{begin}    while not loader.isFinished():\n        pass\n"
    assert set(found(loop + UNKNOWN).values()) == {None}


def test_a_file_of_the_bot_called_like_a_library_does_not_hide_it_in_a_package() -> None:
    body = '    place = upload_file("a.jpg")\n    await update.message.reply_text(place[0])\n'
    files = {"plugins/__init__.py": "", "plugins/shop.py": HEAD + body, "plugins/telegraph.py": "import telegraph\n"}
    files["bot.py"] = (
        "from telegram.ext import MessageHandler\n\nfrom plugins import shop\n\nMessageHandler(None, shop.told)\n"
    )
    plan = harness.run([BlockingCall()], harness.plain(files), unsafe=True)
    assert [p.finding.message.split(" blocks")[0] for p in plan.chosen] == ["upload_file()"]


def test_a_pause_is_a_gain_however_long_it_is() -> None:
    source = (
        HEAD.replace("import os\n", "import os\nimport time\n")
        + "    time.sleep(context.bot_data['pause'])\n"
        + UNKNOWN
    )
    plan = harness.run([AsyncSleep()], harness.plain({"bot.py": source}), unsafe=True)
    assert len(plan.chosen) == 1, plan.left


def test_what_is_imported_from_a_folder_of_the_bot_is_no_library() -> None:
    body = "    from plugins.gone import work\n\n    work()\n" + WORK
    assert found(body, **{"plugins/__init__.py": ""})["subprocess.run()"] is None


def test_what_removes_a_file_stays_though_the_command_is_in_a_variable() -> None:
    (reason,) = found('    command = "rm report.html"\n    os.system(command)\n').values()
    assert reason is not None and "`Path.unlink()`" in reason


def test_a_function_that_replaces_the_database_it_then_opens_stays() -> None:
    store = """\
import sqlite3
from urllib.request import urlopen


def load(user):
    content = urlopen("https://example.com/users.db").read()
    with open("users.db", "wb") as file:
        file.write(content)
    database = sqlite3.connect("users.db")
    return database.execute("select level from users where id = ?", (user,)).fetchone()
"""
    body = "    from store import load\n\n    await update.message.reply_text(load(1))\n"
    (reason,) = found(body, **{"store.py": store}).values()
    assert reason is not None and reason.startswith("load() writes `users.db` anew")
    ((_, reason),) = found(body, **{"store.py": store.replace('"users.db", "wb"', 'f"{user}.db", "wb"')}).items()
    assert reason is None
