"""What a run took: exact counts for each update, then stalls and processor time."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping
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
class Figures:
    """The figures of one run."""

    updates: int
    #: What is counted → how often, over all updates.
    counts: Mapping[str, int]
    #: Kind and place of blocking calls on the loop's thread → how often.
    blocking: Mapping[str, int]
    #: Seconds, ``file:line``, and the update.
    longest_stall: tuple[float, str, str]
    #: Seconds over all updates.
    stalled: float
    #: Median seconds of processor time of an update.
    cpu: float
    #: Median seconds of an update.
    seconds: float
    startup: float
    load: Mapping[str, float]

    def per_update(self, what: str) -> float:
        """How often something happens for one update."""
        return self.counts.get(what, 0) / max(1, self.updates)


def figures(outcome: Outcome) -> Figures:
    """The figures of a run that has started."""
    steps: list[dict[str, Any]] = outcome.report.get("steps", [])
    counts: Counter[str] = Counter()
    blocking: Counter[str] = Counter()
    for step in steps:
        counts.update(step["counts"])
        blocking.update(step["blocking"])
        counts["HTTP requests"] += sum("method" in request for request in step["http"])
    stalls = [(*step["stall"], told(step["update"])) for step in steps if step["stall"]]
    return Figures(
        updates=len(steps),
        counts=counts,
        blocking=blocking,
        longest_stall=max(stalls, default=(0.0, "", "")),
        stalled=sum(stall[0] for stall in stalls),
        cpu=statistics.median([step["cpu"] for step in steps] or [0.0]),
        seconds=statistics.median([step["seconds"] for step in steps] or [0.0]),
        startup=float(outcome.report.get("startup_seconds", 0.0)),
        load=outcome.report.get("load") or {},
    )
