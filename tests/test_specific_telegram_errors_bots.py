"""specific-telegram-errors on bots: python-telegram-bot's, a userbot of several files, other releases, taken names."""

from __future__ import annotations

import ast
import builtins
import importlib
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import telegram.error
import telethon.errors
from except_runs import CODEMOD, Kept, assumed, made, named_in, rewritten
from except_shapes import CALLS
from raised import telethon_names
from telegram.error import TimedOut
from twin import Case, Run, Worker, moments, ptb
from twin import telethon as offline_telethon

from tgfix.engine import harness
from tgfix.engine.codemod import Example
from tgfix.engine.run.planner import make_plan
from tgfix.engine.sources.config import Settings
from tgfix.knowledge.bot_tables import classes_of
from tgfix.knowledge.bots import BASES
from tgfix.knowledge.classes import telethon_has

STOPPING = """
from telethon import TelegramClient, events
client = TelegramClient("account", 1, "hash")
seen = []
@client.on(events.NewMessage)
async def first(event):
    try:
        await event.delete()
        raise events.StopPropagation
    except Exception as e:
        seen.append(type(e).__name__)
@client.on(events.NewMessage)
async def second(event):
    seen.append("second")
"""


async def deliver(run: Run, failure: str | None) -> Any:
    with offline_telethon.offline(run) as telegram:
        if failure:
            telegram.answers["DeleteMessagesRequest"] = made(failure)
        await run.module.client.connect()
        await telegram.deliver(run.module.client, [offline_telethon.new_message("hi")])
        await run.module.client.disconnect()
        return run.module.seen


def test_stop_propagation_stops_again(worker: Worker) -> None:
    after, change, _ = rewritten(STOPPING)
    assert "StopPropagation" in assumed(change)
    outcomes = {
        (name, failure): worker.run(Case(source, scenario=deliver, arguments={"failure": failure})).result
        for name, source in (("before", STOPPING), ("after", after))
        for failure in (None, "unknown")
    }
    assert outcomes == {
        ("before", None): ["StopPropagation", "second"],
        ("before", "unknown"): ["BadRequestError", "second"],
        ("after", None): [],
        ("after", "unknown"): ["BadRequestError", "second"],
    }


PTB = """
import logging
from telegram import Update
from telegram.ext import Application, CommandHandler, ContextTypes
log = logging.getLogger(__name__)
name = "World"
async def start(update: Update, context: ContextTypes.DEFAULT_TYPE):
    {statement}
    {clause}
        log.warning("not sent")
async def on_error(update, context):
    log.error("to the error handler: %s", type(context.error).__name__)
def build():
    app = Application.builder().token("1:a").build()
    app.add_handler(CommandHandler("start", start))
    app.add_error_handler(on_error)
    return app
"""
STATEMENTS = {
    "reply": "await update.message.reply_text('Hello')",
    "send": "await context.bot.send_message(5, 'Hello')",
    "two": "await context.bot.send_message(5, 'Hello'); await update.effective_chat.send_message('World')",
    "number": "await context.bot.send_message(int(5), f'{update.effective_user.id}')",
}
CLAUSES = ("except Exception:", "except Exception as e:", "except:")


class Mistaken:
    """Something whose text cannot be had."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __str__(self) -> str:
        raise self.error


async def started(run: Run, failures: list[Any], mistakes: list[Exception]) -> Any:
    outcomes = []
    for failure in (*failures, *map(Mistaken, mistakes)):
        is_mistake = isinstance(failure, Mistaken)
        with ptb.offline(run, answers={} if is_mistake else {"sendMessage": failure}) as telegram:
            run.module.name = failure if is_mistake else "World"
            kept = Kept()
            logging.getLogger().addHandler(kept)
            await telegram.feed(run.module.build(), [ptb.message("/start")])
            outcomes.append([record for record in kept.records if "not sent" in record or "error handler" in record])
    return outcomes


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize("statement", STATEMENTS)
def test_python_telegram_bot_is_narrowed_to_its_errors(worker: Worker, statement: str, clause: str) -> None:
    before = PTB.format(statement=f"try: str(name); {STATEMENTS[statement]}", clause=clause)
    after, change, _ = rewritten(before)
    assert "except TelegramError" in after and after.count("except") == before.count("except")
    telegram_says = [
        ptb.Failure(400, "Bad Request: chat not found"),
        ptb.Failure(403, "Forbidden: bot was blocked by the user"),
        ptb.Failure(429, "Too Many Requests", retry_after=5),
        ptb.Failure(400, "Upgraded", migrate_to_chat_id=-1001),
        ptb.Failure(401, "Unauthorized"),
        ptb.Failure(409, "Conflict"),
        ptb.Failure(500, "Internal"),
        TimedOut("no answer"),
    ]
    mistakes = [KeyError("mistake"), AttributeError("mistake"), sqlite3.OperationalError("locked")]
    case: dict[str, Any] = {"scenario": started, "arguments": {"failures": telegram_says, "mistakes": mistakes}}
    old, new = (worker.run(Case(source, **case)).result for source in (before, after))
    assert old == [["WARNING not sent"]] * 11
    assert new[:8] == old[:8]
    assert new[8:] == [[f"ERROR to the error handler: {type(error).__name__}"] for error in mistakes]
    assert "mistakes in the code" in assumed(change)


@pytest.mark.parametrize("release", ["1.24.0", "1.28.5", "1.36.0", "1.45.0"])
def test_only_names_that_the_required_release_has_are_written(tmp_path: Path, release: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"telethon=={release}\n")
    calls = "".join(
        f"    try:\n        {text}\n    except Exception as e:\n        print(e)\n"
        for text, _ in CALLS.values()
        if "return" not in text
    )
    source = f"import asyncio\nfrom telethon import TelegramClient, functions\nasync def act(client: TelegramClient):\n{calls}"
    path = tmp_path / "bot.py"
    path.write_text(source)
    settings = Settings(
        root=tmp_path, unsafe_fixes=True, options={CODEMOD.name: {"rare-errors": True, "everywhere": True}}
    )
    plan = make_plan([path], [CODEMOD], settings)
    assert len(plan.chosen) > 10
    named = named_in(plan.files[0].after.decode())
    known = {name.rpartition(".")[2]: name for name in telethon_names()}
    written = {name for name in named if name in known}
    assert written and all(telethon_has(known[name], release) for name in written)


@pytest.mark.parametrize("example", [e for e in CODEMOD.examples if e.after], ids=lambda e: e.title)
def test_every_name_that_is_written_can_be_imported(example: Example) -> None:
    for text in example.files_after.values():
        modules = {base.rpartition(".")[0] for base in BASES}
        others = {name for module in modules if f"from {module} " in text for name in classes_of(module) or ()}
        for name in named_in(text) - others:
            assert hasattr(telethon.errors, name) or hasattr(telegram.error, name) or hasattr(builtins, name), name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in ("telethon", "telethon.errors", "telegram.error"):
                assert all(hasattr(importlib.import_module(node.module), alias.name) for alias in node.names)


def test_names_that_are_taken_are_not_used() -> None:
    source = (
        "from telethon import TelegramClient\nerrors = []\nasync def act(client: TelegramClient, ValueError=None):\n"
    )
    source += "    try:\n        await client.get_entity(1)\n    except Exception as e:\n        print(e)\n"
    after, _, _ = rewritten(source)
    assert "from telethon import TelegramClient, errors as _errors" in after
    assert "_errors.RPCError" in after and "builtins.ValueError" in after and "import builtins" in after


@pytest.mark.parametrize(
    ("star", "written"),
    [("telegram.ext", "ValueError"), ("telethon", "ValueError"), ("somewhere", "builtins.ValueError")],
)
def test_builtins_keep_their_names_beside_a_star_import_that_does_not_bring_them(star: str, written: str) -> None:
    source = f"from {star} import *\nfrom telethon import TelegramClient\nasync def act(client: TelegramClient):\n"
    source += "    try:\n        await client.get_entity(1)\n    except Exception as e:\n        print(e)\n"
    assert f", {written})" in rewritten(source)[0]


def test_the_timeout_of_telethon_never_hides_the_builtin() -> None:
    source = "from telethon import TelegramClient\nfrom telethon.errors import FloodWaitError\nasync def act(client: TelegramClient):\n"
    source += "    try:\n        async with client.conversation(1) as c:\n            await c.get_response()\n"
    source += "    except Exception as e:\n        print(e)\n"
    after, _, _ = rewritten(source)
    assert "asyncio.TimeoutError" in after and "import asyncio" in after
    assert not any(
        alias.name == "TimeoutError"
        for n in ast.walk(ast.parse(after))
        if isinstance(n, ast.ImportFrom)
        for alias in n.names
    )


def test_where_it_goes_is_said() -> None:
    head = "from telethon import TelegramClient\nasync def act(client: TelegramClient):\n"
    body = "try:\n    await client.get_me()\nexcept Exception as e:\n    print(e)\n"

    def within(opening: str, closing: str = "") -> str:
        deeper = "".join(f"        {line}\n" for line in body.splitlines())
        return assumed(rewritten(f"{head}    {opening}\n{deeper}{closing}")[1])

    assert "it ends the loop of line 3" in within("while True:")
    assert "it goes to the clauses from line 8 on" in within("try:", "    except KeyError:\n        pass\n")
    assert within("if client:").endswith("…)")


FIXTURE = Path(__file__).parents[1] / "fixtures" / "specific-telegram-errors"


def tree(side: str) -> dict[str, str]:
    base = FIXTURE / side
    return {path.relative_to(base).as_posix(): path.read_text() for path in sorted(base.rglob("*.py"))}


async def commanded(run: Run, answers: dict[str, tuple[str, int]]) -> None:
    """The userbot gets each of its commands; some requests fail."""
    with moments.instant_sleep(run), offline_telethon.offline(run) as telegram:
        telegram.history = offline_telethon.history(150)
        for request in ("EditMessageRequest", "GetDialogsRequest", "DeleteMessagesRequest"):
            telegram.answers[request] = offline_telethon.rpc_error("NOT_NOW")
        telegram.answers |= {request: offline_telethon.rpc_error(*error) for request, error in answers.items()}
        client = run.module.client
        await client.connect()
        texts = [".ban someone", ".purge", ".clean", ".who someone", ".stats"]
        for number, text in enumerate(texts, 1):
            await telegram.deliver(client, [offline_telethon.new_message(text, number, outgoing=True)])
        await client.note("done")
        await client.disconnect()


def test_the_fixture_is_rewritten_as_it_stands_there() -> None:
    files = harness.plain(tree("before"))
    plan = harness.run([CODEMOD], files, unsafe=True, options={CODEMOD.name: {"everywhere": True}})
    assert not plan.problems
    assert harness.result(plan, files) == harness.plain(tree("after"))
    assert not plan.left


@pytest.mark.parametrize(
    "answers",
    [
        {},
        {"GetHistoryRequest": ("FLOOD_WAIT_900", 420)},
        {"GetHistoryRequest": ("CHANNEL_PRIVATE", 400), "ResolveUsernameRequest": ("USERNAME_NOT_OCCUPIED", 400)},
        {"ResolveUsernameRequest": ("SOMETHING_NEW", 400), "SendMessageRequest": ("PEER_FLOOD", 400)},
        {"EditMessageRequest": ("MESSAGE_ID_INVALID", 400), "DeleteMessagesRequest": ("INTERNAL", 500)},
    ],
)
def test_the_fixture_does_what_it_did_whatever_telegram_says(
    worker: Worker, answers: dict[str, tuple[str, int]]
) -> None:
    case: dict[str, Any] = {"scenario": commanded, "arguments": {"answers": answers}, "entry": "main"}
    assert worker.differences(tree("before"), tree("after"), **case) == []
