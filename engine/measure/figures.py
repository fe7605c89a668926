"""What a run took: exact counts for each update, then stalls and processor time."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .effects import told
from .running import Outcome

#: What is counted, in the order in which it is told.
COUNTED = (
    "Telegram requests",
    "HTTP requests",
    "HTTP connections",
    "file opens",
    "SQLite connections",
    "processes",
    "blocking calls",
)


@dataclass(frozen=True)
class Blocking:
    """A kind of blocking call of a function, and how often it came: its line moves when code is rewritten."""

    what: str
    file: str
    function: str
    #: The first line of it.
    line: int
    times: int


@dataclass(frozen=True)
class Figures:
    """The figures of one run."""

    updates: int
    #: What is counted → how often, over all updates.
    counts: Mapping[str, int]
    #: Blocking calls on the loop's thread.
    blocking: Sequence[Blocking]
    #: Seconds, ``file:line``, and the update.
    longest_stall: tuple[float, str, str]
    #: Seconds over all updates.
    stalled: float
    #: Mean seconds of processor time of an update: clocks of it may be coarse.
    cpu: float
    #: Median seconds of an update.
    seconds: float
    startup: float
    load: Mapping[str, float]

    def per_update(self, what: str) -> float:
        """How often something happens for one update."""
        return self.counts.get(what, 0) / max(1, self.updates)


@dataclass(frozen=True)
class Stall:
    """The longest stall of an update before the changes, where it was, and the longest of the same update after them."""

    update: str
    before: float
    after: float
    #: ``file:line`` of the program's own code, from the innermost to what called it.
    places: Sequence[str]


def stalls(before: Outcome, after: Outcome) -> list[Stall]:
    """The stalls of a program, the longest first."""
    steps = zip(before.report.get("steps", []), after.report.get("steps", []), strict=False)
    found = [
        Stall(told(old["update"]), old["stall"][0], (new["stall"] or (0.0,))[0], old["stall"][1])
        for old, new in steps
        if old["stall"]
    ]
    return sorted(found, key=lambda stall: -stall.before)


def figures(outcome: Outcome) -> Figures:
    """The figures of a run that has started."""
    steps: list[dict[str, Any]] = outcome.report.get("steps", [])
    counts: Counter[str] = Counter()
    blocking: Counter[str] = Counter()  # "what|file:line|function"
    for step in steps:
        counts.update(step["counts"])
        blocking.update(step["blocking"])
        counts["HTTP requests"] += sum("method" in request for request in step["http"])
    found = [(*step["stall"], told(step["update"])) for step in steps if step["stall"]]
    longest, places, update = max(found, default=(0.0, [""], ""))
    return Figures(
        updates=len(steps),
        counts=counts,
        blocking=_grouped(blocking),
        longest_stall=(longest, places[0], update),
        stalled=sum(stall[0] for stall in found),
        cpu=statistics.mean([step["cpu"] for step in steps] or [0.0]),
        seconds=statistics.median([step["seconds"] for step in steps] or [0.0]),
        startup=float(outcome.report.get("startup_seconds", 0.0)),
        load={name: value for name, value in (outcome.report.get("load") or {}).items() if name != "effects"},
    )


def _grouped(blocking: Mapping[str, int]) -> list[Blocking]:
    found: dict[tuple[str, str, str], Blocking] = {}
    for told_place, times in blocking.items():
        what, place, function = told_place.split("|")
        file, _, line = place.rpartition(":")
        key, before = (what, file, function), found.get((what, file, function))
        first = min(int(line or 0), before.line) if before else int(line or 0)
        found[key] = Blocking(*key, first, times + (before.times if before else 0))
    return sorted(found.values(), key=lambda each: (-each.times, each.file, each.line))
