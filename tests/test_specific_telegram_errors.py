"""Broad clauses before and after, against Telethon's own client: what is caught, logged, returned and raised again is what
`why` says.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import importlib
import json
import logging
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import telegram.error
import telethon.errors
from except_shapes import CALLS, SHAPES, Shape
from telegram.error import TimedOut
from twin import Case, Run, Worker, moments, ptb
from twin import telethon as offline_telethon

from tgfix.codemods.specific_telegram_errors import SpecificTelegramErrors
from tgfix.engine import harness
from tgfix.engine.codemod import Example
from tgfix.engine.config import Settings
from tgfix.engine.model import Change, Finding, Safety
from tgfix.engine.plan import make_plan
from tgfix.knowledge.classes import is_subclass, telethon_has, telethon_names

CODEMOD = SpecificTelegramErrors()
#: Failures of a request that everybody must still handle: answers of Telegram, known and new, and what Telethon raises for it.
ANSWERED = {
    "unknown": ("SOMETHING_NEW", 400),
    "unknown forbidden": ("SOMETHING_FORBIDDEN", 403),
    "unknown code": ("WEIRD", 777),
    "flood": ("FLOOD_WAIT_900", 420),
    "slow mode": ("SLOWMODE_WAIT_900", 420),
    "server": ("INTERNAL", 500),
    "session": ("AUTH_KEY_UNREGISTERED", 401),
}
HANDLED = ("ConnectionError", "ValueError", "TypeNotFoundError", "BadMessageError")
#: Failures that are none of Telegram's, or that end the connection: let pass, and named in `why`.
MISTAKES = ("NameError", "AttributeError", "ZeroDivisionError", "AssertionError")
RARE = ("sqlite3.OperationalError", "AuthKeyNotFound", "InvalidBufferError", "asyncio.IncompleteReadError")
BEYOND = ("asyncio.CancelledError", "KeyboardInterrupt", "SystemExit")


def made(name: str) -> BaseException | type:
    """An instance of the class of that name, as the library would raise it."""
    from telethon import errors, functions

    special: dict[str, BaseException] = {
        "TypeNotFoundError": errors.TypeNotFoundError(0xDEAD, b""),
        "BadMessageError": errors.BadMessageError(functions.help.GetConfigRequest(), 16),
        "InvalidBufferError": errors.InvalidBufferError(b"\x6c\xfe\xff\xff"),
        "AuthKeyNotFound": errors.AuthKeyNotFound(),
        "asyncio.IncompleteReadError": asyncio.IncompleteReadError(b"", 1),
        "asyncio.CancelledError": asyncio.CancelledError(),
        "asyncio.TimeoutError": asyncio.TimeoutError(),
        "sqlite3.OperationalError": sqlite3.OperationalError("database is locked"),
        "json.JSONDecodeError": json.JSONDecodeError("no", "", 0),
        "UnicodeEncodeError": UnicodeEncodeError("ascii", "é", 0, 1, "no"),
    }
    if name in special:
        return special[name]
    if name in ANSWERED:
        return offline_telethon.rpc_error(*ANSWERED[name])
    return getattr(errors, name.removeprefix("telethon.errors.")) if name.startswith("telethon.") else _builtin(name)


def _builtin(name: str) -> BaseException:
    error = getattr(builtins, name.removeprefix("builtins."))("failed")
    assert isinstance(error, BaseException)
    return error


class Kept(logging.Handler):
    """Remembers records."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        trace = f" {record.exc_info[0].__name__}" if record.exc_info and record.exc_info[0] else ""
        if not record.name.startswith("telethon"):
            self.records.append(f"{record.levelname} {record.getMessage()}{trace}")


async def failing(run: Run, request: str, failures: list[str]) -> Any:
    """What becomes of each failure: what is returned or raised, and what is logged."""
    outcomes: dict[str, Any] = {}
    with moments.instant_sleep(run), offline_telethon.offline(run) as telegram:
        module = run.module
        kept = Kept()
        logging.getLogger().addHandler(kept)
        for name in failures:
            telegram.answers[request] = made(name)
            module.client._flood_waited_requests.clear()
            kept.records.clear()
            try:
                outcome = ["returned", repr(await module.main())]
            except BaseException as error:
                cause = f" from {type(error.__cause__).__name__}" if error.__cause__ else ""
                outcome = ["raised", f"{type(error).__name__}{cause}"]
            outcomes[name] = [*outcome, list(kept.records)]
            module.seen.clear()
    return outcomes


def rewritten(source: str, *, style: str) -> tuple[str, Change, Finding]:
    """The program after the codemod, the one change and its finding."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([CODEMOD], files, unsafe=True, options={CODEMOD.name: {"style": style}})
    assert not plan.problems, plan.problems
    assert len(plan.chosen) == 1, [f.reason for f in plan.left]
    (after,) = harness.result(plan, files).values()
    return after.decode(), plan.chosen[0].change, plan.chosen[0].finding


def named_in(program: str) -> set[str]:
    """The last words of the classes that its clauses name."""
    types = [h.type for h in ast.walk(ast.parse(program)) if isinstance(h, ast.ExceptHandler) and h.type]
    flat = [e for t in types for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return {ast.unparse(e).rpartition(".")[2] for e in flat}


def failures_of(before: str, after: str) -> tuple[list[str], list[str]]:
    """The failures to try: those that stay handled, and those that pass."""
    added = named_in(after) - named_in(before)
    known = {name.rpartition(".")[2]: name for name in telethon_names()}
    listed = [known[n] for n in sorted(added) if n in known and is_subclass(known[n], "telethon.errors.RPCError")]
    listed = [n for n in listed if n not in ("telethon.errors.RPCError", "telethon.errors.BadRequestError")]
    own = [n for n in sorted(added) if n not in known and n not in ("TimeoutError", "LookupError")]
    own += ["asyncio.TimeoutError"] if "TimeoutError" in added else []
    own += ["KeyError", "IndexError"] if "LookupError" in added else []
    stay = [*ANSWERED, *HANDLED, *listed, *own]
    in_a_task = "gather(" in before or "wait_for(" in before  # there they end the event loop itself
    return list(dict.fromkeys(stay)), [*MISTAKES, *RARE, *(BEYOND[:1] if in_a_task else BEYOND)]


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_no_longer_caught_is_what_why_says(worker: Worker, name: str) -> None:
    shape: Shape = SHAPES[name]
    after, change, _ = rewritten(shape.source, style="narrow")
    assert change.safety is Safety.UNSAFE
    stay, passing = failures_of(shape.source, after)
    case: dict[str, Any] = {"scenario": failing, "arguments": {"request": shape.request, "failures": [*stay, *passing]}}
    old, new = (worker.run(Case(source, **case)).result for source in (shape.source, after))
    assert old is not None and new is not None
    for failure in stay:
        assert new[failure] == old[failure], failure
        assert "handled" in str(old[failure]) or old[failure][0] == "raised", (failure, old[failure])
    for failure in passing:
        handled = old[failure][0] == "returned" or "RuntimeError" in old[failure][1]
        if not handled:  # it was not caught before, either
            assert new[failure] == old[failure], failure
            continue
        assert failure.rpartition(".")[2] in new[failure][1] and new[failure] != old[failure], (failure, new[failure])
        said = "mistakes in the code" if failure in MISTAKES else failure
        assert said in change.why, (said, change.why)
    for failure in set(BEYOND) & set(passing):
        assert (failure in change.why) == (old[failure] != new[failure]), (failure, change.why)


@pytest.mark.parametrize("name", [n for n, s in SHAPES.items() if "except:" not in s.source and "BaseException" not in s.source])
def test_keeping_the_broad_clause_changes_only_the_log(worker: Worker, name: str) -> None:
    shape: Shape = SHAPES[name]
    if "long" in name:
        files = harness.plain({"bot.py": shape.source})
        plan = harness.run([CODEMOD], files, unsafe=True, options={CODEMOD.name: {"style": "keep"}})
        assert [finding.reason for finding in plan.left] == ["its body is too long to stand there twice"]
        return
    after, change, finding = rewritten(shape.source, style="keep")
    assert change.safety is Safety.SAFE
    assert [other.style for other in finding.alternatives] == ["narrow"]
    stay, passing = failures_of(shape.source, after)
    case: dict[str, Any] = {"scenario": failing, "arguments": {"request": shape.request, "failures": [*stay, *passing]}}
    old, new = (worker.run(Case(source, **case)).result for source in (shape.source, after))
    for failure in (*stay, *passing):
        assert new[failure][:2] == old[failure][:2], failure
        more = [record for record in new[failure][2] if record not in old[failure][2]]
        unexpected = failure in passing and failure not in BEYOND and "as one of two" not in str(old[failure])
        assert bool(more) == unexpected, (failure, more)
        assert all("failed unexpectedly" in record and failure.rpartition(".")[2] in record for record in more), more
        assert [r for r in new[failure][2] if r not in more] == old[failure][2]


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
    after, change, _ = rewritten(STOPPING, style="narrow")
    assert "StopPropagation" in change.why
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
    after, change, _ = rewritten(before, style="narrow")
    assert "except (BadRequest, ChatMigrated, Forbidden)" in after and "(TelegramError, " in after
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
    assert "mistakes in the code" in change.why


@pytest.mark.parametrize("release", ["1.24.0", "1.28.5", "1.36.0", "1.45.0"])
def test_only_names_that_the_required_release_has_are_written(tmp_path: Path, release: str) -> None:
    (tmp_path / "requirements.txt").write_text(f"telethon=={release}\n")
    calls = "".join(f"    try:\n        {text}\n    except Exception as e:\n        print(e)\n" for text, _ in CALLS.values() if "return" not in text)
    source = f"import asyncio\nfrom telethon import TelegramClient, functions\nasync def act(client: TelegramClient):\n{calls}"
    path = tmp_path / "bot.py"
    path.write_text(source)
    settings = Settings(root=tmp_path, unsafe_fixes=True, options={CODEMOD.name: {"max-listed": 99}})
    plan = make_plan([path], [CODEMOD], settings)
    assert len(plan.chosen) > 10
    named = named_in(plan.files[0].after.decode())
    known = {name.rpartition(".")[2]: name for name in telethon_names()}
    written = {name for name in named if name in known}
    assert written and all(telethon_has(known[name], release) for name in written)
    if release == "1.45.0":
        assert not all(telethon_has(known[name], "1.24.0") for name in written), "the newest has more"


@pytest.mark.parametrize("example", [e for e in CODEMOD.examples if e.after], ids=lambda e: e.title)
def test_every_name_that_is_written_can_be_imported(example: Example) -> None:
    for text in example.files_after.values():
        for name in named_in(text):
            assert hasattr(telethon.errors, name) or hasattr(telegram.error, name) or hasattr(builtins, name), name
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module in ("telethon", "telethon.errors", "telegram.error"):
                assert all(hasattr(importlib.import_module(node.module), alias.name) for alias in node.names)


def test_names_that_are_taken_are_not_used() -> None:
    source = "from telethon import TelegramClient\nerrors = []\nasync def act(client: TelegramClient, ValueError=None):\n"
    source += "    try:\n        await client.get_entity(1)\n    except Exception as e:\n        print(e)\n"
    after, _, _ = rewritten(source, style="narrow")
    assert "from telethon import TelegramClient, errors as _errors" in after
    assert "_errors.RPCError" in after and "builtins.ValueError" in after and "import builtins" in after


def test_the_timeout_of_telethon_never_hides_the_builtin() -> None:
    source = "from telethon import TelegramClient\nfrom telethon.errors import FloodWaitError\nasync def act(client: TelegramClient):\n"
    source += "    try:\n        async with client.conversation(1) as c:\n            await c.get_response()\n"
    source += "    except Exception as e:\n        print(e)\n"
    after, _, _ = rewritten(source, style="narrow")
    assert "asyncio.TimeoutError" in after and "import asyncio" in after
    assert not any(alias.name == "TimeoutError" for n in ast.walk(ast.parse(after)) if isinstance(n, ast.ImportFrom) for alias in n.names)


def test_where_it_goes_is_said() -> None:
    head = "from telethon import TelegramClient\nasync def act(client: TelegramClient):\n"
    body = "try:\n    await client.get_me()\nexcept Exception as e:\n    print(e)\n"

    def within(opening: str, closing: str = "") -> str:
        deeper = "".join(f"        {line}\n" for line in body.splitlines())
        return rewritten(f"{head}    {opening}\n{deeper}{closing}", style="narrow")[1].why

    assert "it ends the loop of line 3" in within("while True:")
    assert "it goes to the clauses from line 8 on" in within("try:", "    except KeyError:\n        pass\n")
    assert within("if client:").endswith("sqlite3.OperationalError.")


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
    for side, unsafe in (("after", True), ("kept", False)):
        plan = harness.run([CODEMOD], files, unsafe=unsafe)
        assert not plan.problems
        assert harness.result(plan, files) == harness.plain(tree(side))
        assert [finding.reason for finding in plan.left if "raises the error again" not in (finding.reason or "")] == []


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
def test_the_fixture_does_what_it_did_whatever_telegram_says(worker: Worker, answers: dict[str, tuple[str, int]]) -> None:
    case: dict[str, Any] = {"scenario": commanded, "arguments": {"answers": answers}, "entry": "main"}
    for side in ("after", "kept"):
        assert worker.differences(tree("before"), tree(side), **case) == []


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 40
