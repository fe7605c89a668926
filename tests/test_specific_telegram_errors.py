"""Broad clauses before and after, against Telethon's own client: what is caught, logged, returned and raised again is what
`why` says.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from except_runs import ANSWERED, BEYOND, CODEMOD, HANDLED, MISTAKES, RARE, Kept, made, named_in, rewritten
from except_shapes import SHAPES, Shape
from twin import Case, Run, Worker, moments
from twin import telethon as offline_telethon

from tgfix.engine import harness
from tgfix.engine.model import Safety
from tgfix.knowledge.classes import is_subclass, telethon_names


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


KEPT = [name for name, shape in SHAPES.items() if "except:" not in shape.source and "BaseException" not in shape.source]


@pytest.mark.parametrize(
    "name", [*KEPT[::3], *(pytest.param(n, marks=pytest.mark.slow) for n in KEPT if n not in KEPT[::3])]
)
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
