"""`tgfix report`: what it says of a bot is true, has its place, and comes in the right order."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path
from textwrap import dedent

import pytest
from command import tgfix

from tgfix import load_codemods
from tgfix.engine.report.frequency import STANDS_STILL
from tgfix.engine.report.model import Bottleneck, Handler, Overview
from tgfix.engine.report.overview import overview
from tgfix.engine.run.find import Finder
from tgfix.engine.sources.config import Settings, select_codemods

SAMPLE = Path(__file__).parent.parent / "fixtures" / "sample_bot"
PTB = """
import asyncio, json, os, sqlite3, subprocess, time
import requests
from telegram import Bot, Update
from telegram.ext import Application, CallbackQueryHandler, CommandHandler, ContextTypes, ConversationHandler, MessageHandler, filters

"""
BUILT = """

def main():
    application = Application.builder().token("1:A"){build}.build()
{handlers}
    application.run_polling()


if __name__ == "__main__":
    main()
"""
TELETHON = """
from telethon import TelegramClient, events
import requests, time

client = TelegramClient("bot", 1, "hash")

"""


def report_on(directory: Path, **files: str) -> Overview:
    """The report on a bot of these files; ``requirements="…"`` is requirements.txt."""
    for name, text in files.items():
        (directory / (f"{name}.txt" if name == "requirements" else f"{name}.py")).write_text(dedent(text))
    settings = Settings(root=directory)
    paths = sorted(directory.glob("*.py"))
    finder = Finder(paths, select_codemods(load_codemods(), (), ()), settings)
    finder.search()
    return overview(finder.project, paths, finder.findings, finder.codemods)


def ptb(body: str, *handlers: str, build: str = "") -> str:
    lines = "\n".join(f"    application.add_handler({handler})" for handler in handlers)
    return PTB + dedent(body) + BUILT.format(build=build, handlers=lines)


def handler(report: Overview, name: str) -> Handler:
    return next(h for program in report.programs for h in program.handlers if h.name == name)


def bottleneck(report: Overview, key: str) -> Bottleneck:
    return next(b for b in report.bottlenecks if b.key == key)


def keys(report: Overview) -> list[str]:
    return [b.key for b in report.bottlenecks]


# The map


def test_handlers_are_listed_with_what_they_are_called_for(tmp_path: Path) -> None:
    report = report_on(
        tmp_path,
        bot=ptb(
            "async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:\n    pass\n",
            'CommandHandler(["start", "help"], f)',
            "MessageHandler(filters.TEXT & ~filters.COMMAND, f)",
            'MessageHandler(filters.Regex("^x"), callback=f)',
            'CallbackQueryHandler(f, pattern="^a")',
            'ConversationHandler([CommandHandler("go", f)], {}, [])',
        ),
    )
    (program,) = report.programs
    assert [(h.event, h.often) for h in program.handlers] == [
        ("/start, /help", False),
        ("messages (filters.TEXT & ~filters.COMMAND)", True),
        ('messages (filters.Regex("^x"))', False),
        ('buttons ("^a")', False),
        ("/go in a conversation", False),
    ]
    assert {h.place.line for h in program.handlers} == {7} and program.sequential is True


def test_what_a_handler_touches_is_followed_through_functions_and_threads(tmp_path: Path) -> None:
    report = report_on(
        tmp_path,
        bot=ptb(
            """
            from helpers import load, Store

            store = Store()

            async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
                await asyncio.to_thread(load)
                store.save("x")
                subprocess.run(["ls"])
                await update.message.reply_text("x")
            """,
            'CommandHandler("start", f)',
        ),
        helpers="""
            import sqlite3
            import requests

            def load():
                return requests.get("https://example.org").text

            class Store:
                def __init__(self):
                    self.connection = sqlite3.connect("x.db")

                def save(self, text):
                    self.connection.execute("INSERT INTO t VALUES (?)", (text,))
        """,
    )
    touched = {(t.kind, t.what, t.place.path.name, t.blocks) for t in handler(report, "f").touches}
    assert touched == {
        ("network", "requests.get", "helpers.py", False),
        ("database", "self.connection.execute", "helpers.py", True),
        ("process", "subprocess.run", "bot.py", True),
        ("telegram", "update.message.reply_text", "bot.py", False),
    }


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("await m.reply_text('a')\nawait m.reply_text('b')", "2"),
        ("if m.text:\n    await m.reply_text('a')", "0–1"),
        ("if m.text:\n    return\nawait m.reply_text('a')", "0–1"),
        ("if m.text:\n    await m.reply_text('a')\nelse:\n    await m.reply_text('b')", "1"),
        (
            "for word in m.text:\n    await m.reply_text(word)\nawait m.reply_text('a')",
            "1, and some in each pass of the loop at 9",
        ),
        ("try:\n    await m.reply_text('a')\nexcept ValueError:\n    await m.reply_text('b')", "1–2"),
        ("await answer(m)\nawait answer(m)", "0–2"),
        ("async def inner():\n    await m.reply_text('a')\nawait run(inner)", "0–1"),
        ("m.text and await m.reply_text('a')", "0–1"),
    ],
)
def test_calls_of_telegram_are_counted_at_least_and_at_most(tmp_path: Path, body: str, said: str) -> None:
    inside = "".join(f"    {line}\n" for line in body.splitlines())
    text = (
        f"async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:\n    m = update.message\n{inside}\n"
        "async def run(function):\n    await function()\n\n"
        "async def answer(m):\n    if m.text:\n        await m.reply_text('a')\n"
    )
    report = report_on(tmp_path, bot=ptb(text, 'CommandHandler("start", f)'))
    span = handler(report, "f").telegram
    assert span.sentence(str(loop.line) for loop in span.loops) == said


def test_what_is_not_known_is_said_to_be_so(tmp_path: Path) -> None:
    report = report_on(
        tmp_path,
        bot=ptb(
            "async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:\n    await context.whatever.ask()\n",
            'CommandHandler("start", f)',
            'CommandHandler("other", make()[0])',
        ),
    )
    first, second = report.programs[0].handlers
    assert [(t.kind, t.what) for t in first.touches] == [("unknown", "context.whatever.ask")]
    assert (second.known, second.name) == (False, "make()[0]")


def test_state_that_handlers_change_is_listed_with_the_places(tmp_path: Path) -> None:
    report = report_on(
        tmp_path,
        bot=ptb(
            """
            users, total, limit = {}, 0, 5

            async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
                global total
                total += 1
                users[1] = limit
                mine = []
                mine.append(1)

            async def g(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
                users.pop(1)
            """,
            'CommandHandler("f", f)',
            'CommandHandler("g", g)',
        ),
    )
    shared = {s.name: (s.handlers, [w.line for w in s.writers]) for s in report.programs[0].shared}
    assert shared == {"users": (2, [13, 18]), "total": (1, [12])}


def test_events_of_telethon_say_whether_they_come_with_every_message(tmp_path: Path) -> None:
    text = """
    @client.on(events.NewMessage)
    async def all_of_them(event):
        pass

    @client.on(events.NewMessage(pattern="/ping"))
    async def ping(event):
        await event.reply("pong")

    async def added(event):
        pass

    client.add_event_handler(added, events.CallbackQuery())
    client.start()
    client.run_until_disconnected()
    """
    report = report_on(tmp_path, bot=TELETHON + dedent(text))
    events = {h.name: (h.event, h.often) for h in report.programs[0].handlers}
    assert events == {
        "all_of_them": ("every message", True),
        "ping": ('NewMessage "/ping"', False),
        "added": ("CallbackQuery", False),
    }


# Bottlenecks


SLOW = """
async def often(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    await update.message.reply_text(requests.get("https://example.org").text)

async def seldom(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
    time.sleep({seconds})
    await update.message.reply_text("x")
"""


def test_the_longest_stall_comes_first(tmp_path: Path) -> None:
    handlers = ("MessageHandler(filters.TEXT, often)", 'CommandHandler("x", seldom)')
    build = ".concurrent_updates(True)"
    short = report_on(tmp_path, bot=ptb(SLOW.format(seconds=0.1), *handlers, build=build))
    assert keys(short)[:2] == ["TGF202", "TGF501"]
    long = report_on(tmp_path, bot=ptb(SLOW.format(seconds=30), *handlers, build=build))
    assert keys(long)[:2] == ["TGF501", "TGF202"]
    assert bottleneck(long, "TGF501").cost == "30 s"


def test_one_update_at_a_time_is_a_bottleneck_with_what_handlers_wait_for(tmp_path: Path) -> None:
    report = report_on(tmp_path, bot=ptb(SLOW.format(seconds=1), "MessageHandler(filters.TEXT, often)"))
    first = report.bottlenecks[0]
    assert first.key == "one-at-a-time" and "`requests.get()`" in first.spots[0].what
    concurrent = ptb(SLOW.format(seconds=1), "MessageHandler(filters.TEXT, often)", build=".concurrent_updates(True)")
    assert "one-at-a-time" not in keys(report_on(tmp_path, bot=concurrent))


def test_a_call_that_blocks_is_told_where_it_runs_on_the_loop_and_not_in_a_thread(tmp_path: Path) -> None:
    body = """
    class Store:
        def query(self):
            sqlite3.connect("x.db").execute("SELECT 1")

    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        {call}
    """
    for call, stops in (("Store().query()", True), ("await asyncio.to_thread(Store().query)", False)):
        report = report_on(tmp_path, bot=ptb(dedent(body).format(call=call), 'CommandHandler("f", f)'))
        assert any(b.waits == STANDS_STILL for b in report.bottlenecks) is stops, call


def test_a_call_for_each_item_of_a_loop_is_told_and_one_beside_the_item_is_not(tmp_path: Path) -> None:
    body = """
    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        for user in context.args:
            {call}

    async def is_member(context: ContextTypes.DEFAULT_TYPE, user):
        return await context.bot.get_chat_member(1, user)
    """
    for call, told in (
        ("await context.bot.get_chat_member(1, user)", True),
        ("await is_member(context, user)", True),
        ("await context.bot.get_chat_member(1, 2)", False),
        ("await is_member(context, 2)", False),
    ):
        report = report_on(tmp_path, bot=ptb(dedent(body).format(call=call), 'CommandHandler("f", f)'))
        assert ("look-ups-in-a-loop" in keys(report)) is told, call


def test_what_gains_nothing_is_no_bottleneck(tmp_path: Path) -> None:
    body = """
    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        with open("settings.toml") as file:
            await update.message.reply_text(file.read())
    """
    report = report_on(tmp_path, bot=ptb(body, 'CommandHandler("f", f)', build=".concurrent_updates(True)"))
    assert keys(report) == []


def test_missing_cryptg_is_remarked_where_files_are_transferred(tmp_path: Path) -> None:
    text = TELETHON + dedent(
        """
        @client.on(events.NewMessage)
        async def save(event):
            await event.message.download_media()

        client.start()
        client.run_until_disconnected()
        """
    )
    report = report_on(tmp_path, bot=text, requirements="telethon\n")
    assert [("cryptg" in r.sentence, r.place and r.place.line) for r in report.remarks] == [(True, 10)]
    assert not report_on(tmp_path, bot=text, requirements="telethon\ncryptg\n").remarks


def test_jobs_without_the_extra_of_the_library_are_remarked(tmp_path: Path) -> None:
    body = """
    async def tick(context: ContextTypes.DEFAULT_TYPE) -> None:
        pass

    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        context.job_queue.run_once(tick, 1)
    """
    text = ptb(body, 'CommandHandler("f", f)')
    assert len(report_on(tmp_path, bot=text, requirements="python-telegram-bot==21.4\n").remarks) == 1
    assert not report_on(tmp_path, bot=text, requirements="python-telegram-bot[job-queue]==21.4\n").remarks


def test_a_method_that_is_called_like_one_of_the_job_queue_is_no_job(tmp_path: Path) -> None:
    body = """
    class Worker:
        async def run_once(self, function):
            pass

    async def tick() -> None:
        pass

    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        await Worker().run_once(tick)
    """
    text = ptb(body, 'CommandHandler("f", f)')
    assert not report_on(tmp_path, bot=text, requirements="python-telegram-bot==21.4\n").remarks


def test_what_is_done_only_after_a_failure_counts_less(tmp_path: Path) -> None:
    body = """
    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        try:
            await update.message.reply_text("x")
        except ValueError:
            requests.get("https://example.org")

    async def g(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        requests.get("https://example.org")
    """
    text = ptb(body, 'CommandHandler("f", f)', 'CommandHandler("g", g)', build=".concurrent_updates(True)")
    first, second = bottleneck(report_on(tmp_path, bot=text), "TGF202").spots
    assert first.weight == 10 * second.weight
    assert "when something has failed" in second.often and "failed" not in first.often


def test_a_pause_that_is_at_most_so_long_is_told_so(tmp_path: Path) -> None:
    body = """
    async def f(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        time.sleep(min(len(context.args), 0.25))
    """
    report = report_on(tmp_path, bot=ptb(body, 'CommandHandler("f", f)', build=".concurrent_updates(True)"))
    assert "(at most 0.25 s)" in bottleneck(report, "TGF501").spots[0].what


# The command


def test_what_is_not_slow_is_said_where_nothing_is(tmp_path: Path) -> None:
    text = """
        async def start(update, context):
            try:
                await update.message.reply_text("x")
            except Exception:
                pass
    """
    assert not report_on(tmp_path, bot=ptb(text, 'CommandHandler("start", start)')).bottlenecks
    assert tgfix("report", "--html", "page.html", cwd=tmp_path).code == 0
    for said in (tgfix("report", cwd=tmp_path).text, (tmp_path / "page.html").read_text("utf-8")):
        assert "None was found." in said
        assert "Not slow, but wrong or unclear: Catch Telegram's errors by name (TGF401, 1 place)." in unescape(said)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return shutil.copytree(SAMPLE, tmp_path / "bot")


def test_every_command_of_the_plan_for_the_sample_bot_can_be_called(sample: Path) -> None:
    told = json.loads(tgfix("report", "--format", "json", cwd=sample).text)
    commands = [step["command"] for step in told["steps"] if not step["by_hand"]]
    assert len(commands) >= 3
    for command in commands:
        program, *words = command.replace(" --commit-per-codemod", "").replace(" -i", " --unsafe-fixes").split()
        assert program == "tgfix"
        result = tgfix(*words, "--dry-run", cwd=sample)
        assert result.code == 1, (command, result.err)


def test_every_format_says_the_same_places(sample: Path) -> None:
    text = tgfix("report", cwd=sample).text
    markdown = tgfix("report", "--format=markdown", cwd=sample).text
    told = json.loads(tgfix("report", "--format=json", cwd=sample).text)
    assert told["version"] == 1 and [b["key"] for b in told["bottlenecks"]][:2] == ["one-at-a-time", "TGF501"]
    for place in ("bot.py:58", "services.py:18", "bot.py:67"):
        assert place in text and place in markdown
    assert markdown.startswith("# tgfix report: bot\n") and "## Plan" in markdown
    assert "uvloop" in text and any(entry["what"] == "uvloop" for entry in told["does_not_help"])


def test_nothing_to_report_is_said_and_nothing_is_changed(tmp_path: Path) -> None:
    (tmp_path / "x.py").write_text("print(1)\n")
    result = tgfix("report", cwd=tmp_path)
    assert result.code == 0 and "No program for Telegram was found in 1 file." in result.text
    assert (tmp_path / "x.py").read_text() == "print(1)\n"


def test_a_terminal_gets_colours_and_a_pipe_none(sample: Path) -> None:
    command = [sys.executable, "-m", "tgfix", "report"]
    plain = subprocess.run(command, cwd=sample, capture_output=True, text=True, encoding="utf-8", check=True)
    assert "\x1b[" not in plain.stdout and "Bottlenecks\n" in plain.stdout
