"""The offline python-telegram-bot application: it is the real one, and what a bot does with it is seen."""

from __future__ import annotations

from typing import Any

import pytest

from twin import Case, Run, Worker, ptb
from twin.updates import MESSAGE_KINDS, server_commands

COMMANDS = """
from telegram.ext import Application, CommandHandler, MessageHandler, filters
async def post(update, context):
    await update.effective_message.reply_text("post")
async def unknown(update, context):
    await context.bot.send_message(update.effective_chat.id, "unknown")
def build():
    app = Application.builder().token("1:a").build()
    for i in range(30):
        app.add_handler(CommandHandler(f"post{i:02}", post))
    app.add_handler(MessageHandler(filters.COMMAND, unknown))
    return app
"""
LOOP = """
    for i in range(30):
        app.add_handler(CommandHandler(f"post{i:02}", post))
"""
ONE = '\n    app.add_handler(CommandHandler([f"post{i:02}" for i in range(30)], post))\n'
REGEX = "\n    app.add_handler(MessageHandler(filters.Regex(r'^/post\\d{2}$'), post))\n"
LISTED, NAIVE = COMMANDS.replace(LOOP, ONE), COMMANDS.replace(LOOP, REGEX)
TEXTS = ["/post01", "/post01@ThisBot", "/post01@OtherBot", "/POST29 a b", "/post30", "/post01,", "hi /post01"]
TEXTS += ["/post\u0660\u0661", "text"]


async def feed(run: Run, updates: list[dict[str, Any]], how: str = "sequence", answers: Any = None) -> None:
    with ptb.offline(run, answers=answers) as telegram:
        await telegram.feed(run.module.build(), updates, how)


def everything() -> list[dict[str, Any]]:
    made = [ptb.message(text, kind=kind) for text in TEXTS for kind in MESSAGE_KINDS]
    made += [ptb.message(text, chat="supergroup") for text in TEXTS] + [ptb.message(caption=text) for text in TEXTS]
    return [*made, ptb.message("/post01", entities=[]), ptb.edited("/post02 x"), ptb.callback_query("/post01")]


def test_an_exact_rewrite_of_handlers_shows_no_difference(worker: Worker) -> None:
    assert worker.differences(COMMANDS, LISTED, scenario=feed, arguments={"updates": everything()}) == []


@pytest.mark.parametrize(
    "update",
    [
        ptb.message("/post01@ThisBot"),
        ptb.message("/POST01"),
        ptb.message("/post01 a"),
        ptb.message("/post01"),  # only context.args differs
        ptb.message("/post01", entities=[]),
        ptb.message("/post01", kind="channel_post"),
    ],
)
def test_each_way_in_which_a_plain_regex_differs_is_found(worker: Worker, update: dict[str, Any]) -> None:
    assert worker.differences(COMMANDS, NAIVE, scenario=feed, arguments={"updates": [update]})


def test_callbacks_and_calls_are_recorded_in_order(worker: Worker) -> None:
    updates = [ptb.message("/post01 a b", user_id=7), ptb.message("/other", chat="group")]
    seen = worker.run(Case(COMMANDS, scenario=feed, arguments={"updates": updates}))
    assert seen.of("callback") == [
        {"callback": "post", "update": "message", "args": ["a", "b"]},
        {"callback": "unknown", "update": "message", "args": None},
    ]
    calls = [(call["method"], call.get("parameters")) for call in seen.of("bot api")]
    assert calls == [
        ("getMe", {}),
        ("sendMessage", {"chat_id": 7, "text": "post"}),
        ("sendMessage", {"chat_id": -100, "text": "unknown"}),
    ]
    assert seen.exit_code == 0 and not seen.warnings and not seen.logged


@pytest.mark.parametrize(
    ("answer", "caught"),
    [
        (ptb.Failure(429, "Too Many Requests: retry after 5", retry_after=5), "RetryAfter"),
        (ptb.Failure(400, "Bad Request: message is too long"), "BadRequest"),
        (ptb.Failure(403, "Forbidden: bot was blocked by the user"), "Forbidden"),
        (ptb.Failure(502, "Bad Gateway"), "NetworkError"),
        (OSError("no route"), "NetworkError"),
    ],
)
def test_failures_of_telegram_arrive_as_the_library_makes_them(worker: Worker, answer: Any, caught: str) -> None:
    case: dict[str, Any] = {"updates": [ptb.message("/post01")], "answers": {"sendMessage": answer}}
    seen = worker.run(Case(COMMANDS, scenario=feed, arguments=case))
    error = next(record.exception for record in seen.logged if record.logger == "telegram.ext.Application")
    assert error is not None and error.name == caught


LINKS = """
import json, asyncio
from telegram.ext import Application, CommandHandler
async def load():
    with open("links.json") as file:
        return json.load(file)
async def save(links):
    with open("links.json", "w") as file:
        json.dump(links, file)
async def add(update, context):
    links = await load()
    links.append(context.args[0])
    await save(links)
def build():
    app = Application.builder().token("1:a")#.concurrent_updates(True)
    app = app.build()
    app.add_handler(CommandHandler("add", add, block=True))
    return app
"""
AWAITING = (
    LINKS.replace("json.load(file)", "json.loads(await slowly(file))")
    + """
async def slowly(file):
    text = file.read()
    await asyncio.sleep(0)
    return text
"""
)


@pytest.mark.parametrize("concurrency", ["none", "updates", "handlers"])
def test_a_lost_update_is_found_where_handlers_overlap(worker: Worker, concurrency: str) -> None:
    before, after = LINKS, AWAITING
    if concurrency == "updates":
        before, after = (text.replace("#.concurrent_updates", ".concurrent_updates") for text in (before, after))
    if concurrency == "handlers":
        before, after = (text.replace("block=True", "block=False") for text in (before, after))
    updates = [ptb.message(f"/add {number}") for number in range(20)]
    case: dict[str, Any] = {"scenario": feed, "files": {"links.json": "[]"}}
    queued = worker.differences(before, after, arguments={"updates": updates, "how": "queue"}, **case)
    assert any(line.startswith("file links.json") for line in queued) == (concurrency != "none"), queued
    if concurrency == "none":
        assert worker.differences(before, after, arguments={"updates": updates, "how": "together"}, **case)


WHOLE = """
import io, sys
from telegram.ext import ApplicationBuilder, CommandHandler
async def start(update, context):
    file = await context.bot.get_file("the-id")
    content = bytes(await file.download_as_bytearray())
    await update.message.reply_document(io.BytesIO(content), filename="copy.txt", caption="hello")
async def hello(app): print("up", app.bot.username)
async def bye(app): print("down")
def main():
    app = ApplicationBuilder().token("1:a").post_init(hello).post_shutdown(bye).build()
    app.add_handler(CommandHandler("start", start))
    app.run_polling(close_loop=False)
    print("over")
"""


def whole_bot(run: Run) -> None:
    with ptb.offline(run, updates=[ptb.message("/start"), ptb.message("/start")]):
        run.module.main()


def test_a_whole_bot_runs_and_stops_by_itself(worker: Worker) -> None:
    seen = worker.run(Case(WHOLE, scenario=whole_bot))
    assert seen.stdout == "up ThisBot\ndown\nover\n" and seen.exit_code == 0
    documents = [call for call in seen.of("bot api") if call["method"] == "sendDocument"]
    assert [call["files"] for call in documents] == [[("copy.txt", b"documents/the-id", "text/plain")]] * 2
    assert worker.differences(WHOLE, WHOLE, scenario=whole_bot) == []
    assert worker.differences(WHOLE, WHOLE.replace("content)", "content[1:])"), scenario=whole_bot)
    found = worker.differences(WHOLE, WHOLE.replace(".post_shutdown(bye)", ""), scenario=whole_bot)
    assert len(found) == 1 and found[0].startswith("stdout")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/start", [(0, 6)]),
        ("/start@ThisBot x", [(0, 14)]),
        ("/start@ab", []),  # a name of two letters
        ("/start@" + "a" * 33, []),
        ("/" + "a" * 64, [(0, 65)]),
        ("/" + "a" * 65, []),
        ("a/start", []),
        ("//start", []),
        ("/start/", []),
        ("/start<", []),
        ("/starté", []),
        ("/start,", [(0, 6)]),
        ("😀 /a /b", [(3, 2), (6, 2)]),  # in UTF-16 units
        ("/ /@ThisBot", []),
    ],
)
def test_commands_are_found_as_the_servers_find_them(text: str, found: list[tuple[int, int]]) -> None:
    assert [(entity["offset"], entity["length"]) for entity in server_commands(text)] == found
