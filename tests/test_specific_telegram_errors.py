"""Broad clauses before and after, against Telethon's own client: what is caught, logged, returned and raised again is what
`why` says.
"""

from __future__ import annotations

import ast
import asyncio
import json
import logging
import sqlite3
from typing import Any

import pytest
from except_shapes import SHAPES, Shape
from twin import Case, Run, Worker, moments
from twin import telethon as offline_telethon

import tgfix.engine.harness as harness
from tgfix.codemods.specific_telegram_errors import SpecificTelegramErrors
from tgfix.engine.model import Change, Finding, Safety
from tgfix.knowledge.classes import is_subclass, telethon_names

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
    import builtins

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


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 40
