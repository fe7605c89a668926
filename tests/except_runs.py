"""What the tests of specific-telegram-errors share: failures by name, the log, and the program after the codemod."""

from __future__ import annotations

import ast
import asyncio
import builtins
import json
import logging
import sqlite3

from twin import telethon as offline_telethon

from tgfix.codemods.errors.specific_telegram_errors import SpecificTelegramErrors
from tgfix.engine import harness
from tgfix.engine.model import Change, Finding

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
HANDLED = ("ConnectionError", "ValueError")
#: Failures that are none of Telegram's, or that end the connection: let pass, and named in `why`.
MISTAKES = ("NameError", "AttributeError", "ZeroDivisionError", "AssertionError")
RARE = (
    "TypeNotFoundError",
    "BadMessageError",
    "sqlite3.OperationalError",
    "AuthKeyNotFound",
    "InvalidBufferError",
    "asyncio.IncompleteReadError",
)
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


def rewritten(source: str, **options: object) -> tuple[str, Change, Finding]:
    """The program after the codemod that narrows every clause, the one change and its finding."""
    files = harness.plain({"bot.py": source})
    plan = harness.run([CODEMOD], files, unsafe=True, options={CODEMOD.name: {"everywhere": True, **options}})
    assert not plan.problems, plan.problems
    assert len(plan.chosen) == 1, [f.reason for f in plan.left]
    (after,) = harness.result(plan, files).values()
    return after.decode(), plan.chosen[0].change, plan.chosen[0].finding


def assumed(change: Change) -> str:
    """What a change assumes, as one text."""
    return "; ".join(assumption.sentence for assumption in change.assumes)


def named_in(program: str) -> set[str]:
    """The last words of the classes that its clauses name."""
    types = [h.type for h in ast.walk(ast.parse(program)) if isinstance(h, ast.ExceptHandler) and h.type]
    flat = [e for t in types for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return {ast.unparse(e).rpartition(".")[2] for e in flat}
