"""Broad clauses before and after, against Telethon's own client: what is caught, logged, returned and raised again is what
it assumes.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from except_runs import ANSWERED, BEYOND, CODEMOD, HANDLED, MISTAKES, RARE, Kept, assumed, made, named_in, rewritten
from except_shapes import SHAPES, Shape
from raised import telethon_names
from twin import Case, Run, Worker, moments
from twin import telethon as offline_telethon

from tgfix.engine import harness
from tgfix.engine.analysis.module import Project
from tgfix.engine.model import Safety
from tgfix.engine.rewriting.compose import compose
from tgfix.engine.sources.config import Settings
from tgfix.engine.sources.source import SourceFile
from tgfix.knowledge.classes import is_subclass


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
def test_what_is_no_longer_caught_is_what_the_change_assumes(worker: Worker, name: str) -> None:
    shape: Shape = SHAPES[name]
    after, change, _ = rewritten(shape.source)
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
        said = "mistakes in the code" if failure in MISTAKES else "seldom met" if failure in RARE else failure
        assert said in assumed(change), (said, assumed(change))
    for failure in set(BEYOND) & set(passing):
        assert (failure in assumed(change)) == (old[failure] != new[failure]), (failure, assumed(change))


def test_there_are_enough_shapes() -> None:
    assert len(SHAPES) >= 40


def split(source: str) -> str | None:
    """The program after the form that tells users more, where there is one."""
    files = harness.plain({"bot.py": source})
    (finding,) = harness.run([CODEMOD], files, unsafe=False, options={CODEMOD.name: {"everywhere": True}}).findings
    if not finding.alternatives:
        return None
    assert finding.alternatives[0].style == "own messages"
    module = Project(Settings(root=harness.ROOT), files, {p: SourceFile.from_bytes(p, d) for p, d in files.items()})
    after = compose(module, [finding.alternatives[0]]).source(harness.ROOT / "bot.py")
    assert after is not None
    return after.text


SIGN_IN = """\
from telethon import TelegramClient


async def sign_in(client: TelegramClient, event, phone, code):
    try:
        await client.sign_in(phone, code)
    except Exception as e:
        {body}
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('await event.reply(f"Failed: {e}")', 'await event.reply("That code is wrong.")'),
        ("await event.reply('Failed')", "await event.reply('That code is wrong.')"),
        ("print(str(e)); return None", 'print("That code is wrong."); return None'),
        ("return await event.respond(str(e))", 'return await event.respond("That code is wrong.")'),
    ],
    ids=["f-string", "a text in single quotes", "print", "a return"],
)
def test_a_wrong_code_gets_a_message_of_its_own_in_the_second_form(body: str, told: str) -> None:
    after = split(SIGN_IN.format(body=body))
    assert after is not None and f"except errors.PhoneCodeInvalidError:\n        {told}\n" in after
    assert after.count("except ") == 4 and after.index("SessionPasswordNeededError") < after.index("RPCError")


@pytest.mark.parametrize(
    "body",
    [
        "pass",
        "logging.warning(e)",
        'await event.reply("Failed"); await event.respond("Sorry")',
        "await event.reply(text)",
    ],
    ids=["says nothing", "logs", "says two things", "says something made elsewhere"],
)
def test_where_it_is_not_clear_what_the_user_is_told_there_is_one_form(body: str) -> None:
    assert split(SIGN_IN.format(body=body)) is None


def test_no_change_has_more_than_one_clause_for_one() -> None:
    for shape in SHAPES.values():
        after, _, _ = rewritten(shape.source)
        assert after.count("except") == shape.source.count("except")
