"""Calls that hold a bot up and that no codemod rewrites: of blocking libraries, and of Telegram's methods one by one."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ...knowledge.advice import IN_A_LOOP, Advice
from ..analysis.scope import FunctionNode
from ..model import Cost
from .frequency import STANDS_STILL, TELEGRAM, Frequency, bottleneck, often
from .mapped import Mapped, Run
from .model import Bottleneck, Place, Spot, Touch
from .reaches import Reaches

_BLOCKING = {
    "network": ("Wait for servers without stopping the bot", "`await asyncio.to_thread(…)` around the call, or an asynchronous client"),
    "database": (
        "Wait for the database without stopping the bot",
        "an asynchronous driver (`aiosqlite`, `asyncpg`, `motor`), or one function for the whole transaction in `asyncio.to_thread()`",
    ),
    "process": ("Wait for programs without stopping the bot", "`asyncio.create_subprocess_exec()`, or `asyncio.to_thread()`"),
    "sleep": ("Pause without stopping the bot", "`await asyncio.sleep(…)` in a coroutine"),
}  # fmt: skip


def found(
    frequency: Frequency, reaches: Reaches, told: Collection[Place], stops: Collection[Place]
) -> Iterator[Bottleneck]:
    """These bottlenecks, but for lines that findings are about: `told` all of them, `stops` those that say that they block."""
    blocking: dict[str, list[Spot]] = {}
    one_by_one: dict[Advice, list[Spot]] = {}
    #: The kinds of which some wait for a server.
    remote: set[str] = set()
    for mapped in frequency.maps:
        covered = _covered(mapped, reaches, stops)
        for function, edge in mapped.edges.items():
            run = mapped.runs[function]
            for touch in reaches.own(edge.module, function).touches:
                words, factor = often(function, run, bool(touch.loop or run.loop), touch.fails)
                if touch.place in told:
                    continue
                if (advice := _advice(mapped.program.library, touch, run)) is not None:
                    spot = Spot(touch.place, f"`{touch.what}()`", words, TELEGRAM * factor)
                    one_by_one.setdefault(advice, []).append(spot)
                elif touch.blocks and touch.kind in _BLOCKING and run.on_loop and function not in covered:
                    weight = frequency.milliseconds(touch) * factor * frequency.waiting(mapped.program, stops=True)
                    spot = Spot(touch.place, f"`{touch.what}()` stops the event loop until it is done", words, weight)
                    blocking.setdefault(touch.kind, []).append(spot)
                    remote |= {touch.kind} if touch.remote else set()
    for advice, spots in one_by_one.items():
        cost, waits = "a request to Telegram each: 40–100 ms", "whoever waits for the loop to end"
        yield bottleneck(advice.key, advice.title, cost, waits, advice.mend, spots)
    for kind, spots in blocking.items():
        title, mend = _BLOCKING[kind]
        cost = (Cost.HUNDREDTHS if kind == "database" else Cost.TENTHS).phrase
        if kind == "database" and kind not in remote:
            cost = "milliseconds, and seconds while another holds a lock"
        yield bottleneck(f"blocking-{kind}", title, cost, STANDS_STILL, mend, spots)


def _advice(library: str | None, touch: Touch, run: Run) -> Advice | None:
    if touch.kind != "telegram":
        return None
    each = touch.each or (run.each and touch.given)
    return IN_A_LOOP.get(library, {}).get(touch.detail) if each else None


def _covered(mapped: Mapped, reaches: Reaches, stops: Collection[Place]) -> set[FunctionNode]:
    """The functions that run in threads, and plain ones of which every call is told by a finding that says that it blocks."""
    calls: dict[FunctionNode, list[tuple[FunctionNode, Place | None]]] = {}
    for function, edge in mapped.edges.items():
        for inner in reaches.own(edge.module, function).edges:
            calls.setdefault(inner.function, []).append((function, inner.place))
    plain = {f: sites for f, sites in calls.items() if isinstance(f, ast.FunctionDef)}
    covered = {function for function, run in mapped.runs.items() if run.threaded}
    while more := {
        function
        for function, sites in plain.items()
        if function not in covered and all(caller in covered or place in stops for caller, place in sites)
    }:
        covered |= more
    return covered
