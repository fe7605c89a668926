"""The runs of a measurement: find updates, replay them on the program before (twice) and after, and compare."""

from __future__ import annotations

import dataclasses
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import obstacles
from .comparing import compared
from .effects import Difference, Together, together
from .entries import Entry
from .figures import Figures, Stall, figures, stalls
from .installing import pip_line
from .places import Place, Seen, seen
from .running import Outcome, Runner, Task
from .starting import NotStarted, Wish, started
from .world.known import FAULTS

#: Times of a run's limit that the updates may take which were found in one.
_AGAIN = 2


@dataclass(frozen=True)
class Measurement:
    """What came of it."""

    entry: Entry
    #: Every callback: name, place, whether it ran.
    handlers: Sequence[Mapping[str, Any]]
    places: Sequence[Seen]
    before: Figures
    after: Figures
    differences: Sequence[Difference]
    #: What differs between two runs of the same program, so that nothing can be said of it.
    varying: Sequence[Difference]
    #: What happened under load; None where there was none.
    together: Together | None
    notes: Sequence[str]
    #: Whether the system kept the program from the network, not only its Python.
    isolated: bool
    #: The longest first.
    stalls: Sequence[Stall] = ()


@dataclass(frozen=True)
class Recorded:
    """A program as it is: what starts it, what it was seen to do, and runs of the updates that were found.

    Figures are taken of the second: in the first it is written down what functions leave.
    """

    copy: Path
    task: Task
    explored: Outcome
    runs: list[Outcome]

    @property
    def lines(self) -> dict[tuple[str, bool], set[int]]:
        """The lines that ran, by file and whether in a function."""
        return {(file, inside): set(ran) for file, inside, ran in self.explored.report.get("lines", [])}


def recorded(
    runner: Runner, before: Path, wish: Wish, note: Callable[[str], None], places: Sequence[str] = ()
) -> Recorded:
    """Find what starts a program and updates for it, and run these; `places` are the files of those that are to run.

    Raises:
        NotStarted: it does not start.
    """
    task, explored = started(runner, before, wish, note, places)
    keys = ("update", "why", "conversation", "state")
    steps = [
        {key: step[key] for key in keys if key in step} for step in explored.report.get("steps", []) if not step["late"]
    ]
    note(f"{len(steps)} updates found; running them before and after")
    api, http = wish.api_latency, wish.http_latency
    routes = [*task.routes, *_answered(explored)]
    limit = _AGAIN * task.limit  # what was cut while it was explored is whole now
    task = dataclasses.replace(
        task, steps=steps, trace=False, routes=routes, limit=limit, api_latency=api, http_latency=http
    )
    return Recorded(
        before, task, explored, [_replayed(runner, before, task, "before", values=each) for each in (True, False)]
    )


def _answered(explored: Outcome) -> list[dict[str, Any]]:
    """The answers that were made up of what the program reads from them: both sides are to get the same."""
    made = explored.report.get("answers", {}).items()
    return [{"match": rf"^[A-Z]+ {re.escape(address)}(\?|$)", "json": answer} for address, answer in made]


def unlike(runner: Runner, known: Recorded, after: Path) -> list[Difference]:
    """What a program does otherwise than the recorded one.

    Raises:
        NotStarted: it does not start.
    """
    return _surely(runner, known, after, [_replayed(runner, after, known.task, "after", values=True)])[0]


def _surely(
    runner: Runner, known: Recorded, after: Path, sides: list[Outcome]
) -> tuple[list[Difference], list[Difference]]:
    """Compare runs; what differs must do so in one more of each side."""
    found = compared(known.runs, sides)
    if found[0]:
        known.runs.append(_replayed(runner, known.copy, known.task, "before", values=True))
        sides.append(_replayed(runner, after, known.task, "after", values=True))
        found = compared(known.runs, sides)
    return found


def measure(
    runner: Runner, before: Path, after: Path, wish: Wish, places: Sequence[Place], note: Callable[[str], None]
) -> Measurement:
    """Measure.

    Raises:
        NotStarted: the program does not start before, or not after.
    """
    known = recorded(runner, before, wish, note, [each.path for each in places])
    task, explored = known.task, known.explored
    order = (before, "before"), (after, "after")
    sides = [_replayed(runner, after, task, "after", values=each) for each in (True, False)]
    #: Those that figures are taken of.
    plain = known.runs[1], sides[1]
    different, varying = _surely(runner, known, after, sides)
    if wish.faults:
        for fault in FAULTS:
            note(f"letting the first Telegram request of each update fail: {fault}")
            failing = dataclasses.replace(task, fault=fault, api_latency=0.0)
            failed = [_replayed(runner, copy, failing, side) for copy, side in (order[0], *order)]
            found = compared(failed[:2], failed[2:], f"with {fault}: ")
            different, varying = [*different, *found[0]], [*varying, *found[1]]
    taken = [figures(side) for side in plain]
    at_once = None
    if wish.users:
        note(f"running them for {wish.users} users at once")
        task = dataclasses.replace(task, users=wish.users)
        loaded = [_replayed(runner, copy, task, side) for copy, side in (*order, order[0])]
        taken = [dataclasses.replace(of, load=figures(loaded[i]).load) for i, of in enumerate(taken)]
        at_once = together(loaded[0], loaded[2], loaded[1])
    return Measurement(
        entry=task.entry,
        handlers=explored.report.get("handlers", []),
        places=seen(places, known.lines, before),
        before=taken[0],
        after=taken[1],
        stalls=stalls(*plain),
        differences=different,
        varying=varying,
        together=at_once,
        notes=list(
            dict.fromkeys(
                [
                    *_stood_in(task, runner.interpreter.lacks(task.stand_ins), before),
                    *explored.report.get("notes", []),
                    *_unanswered(plain[0]),
                ]
            )
        ),
        isolated=bool(explored.report.get("isolated")),
    )


def _stood_in(task: Task, lacking: Sequence[str], project: Path) -> list[str]:
    """What nothing is known of, since nobody was there to answer it."""
    there = [name for name in task.stand_ins if name not in lacking]
    line = pip_line(lacking, project)
    missing = f"stand-ins that do nothing took the place of packages that are missing: {line}"
    services = (
        f"databases in memory or stand-ins serve packages whose service or version is not there: {', '.join(there)}"
    )
    return [*([missing] if lacking else []), *([services] if there else [])]


def _unanswered(outcome: Outcome) -> list[str]:
    """What the program asked for and the server could not answer."""
    asked = any("unanswered" in request for request in outcome.requests)
    return ['HTTPS requests got no answer: `pip install "tgfix[measure]"` brings what that takes'] if asked else []


def _replayed(runner: Runner, copy: Path, task: Task, side: str, **how: Any) -> Outcome:
    """Run the updates again; a run of which the end is missing shows nothing."""
    outcome = runner.run(copy, dataclasses.replace(task, **how))
    if not outcome.started:
        raise NotStarted(obstacles.obstacle(outcome), side, outcome)
    if outcome.report.get("overdue") and "steps" not in outcome.report:
        late = obstacles.Obstacle("time", "the time was over before all updates were handled", "allow more by `limit`")
        raise NotStarted(late, side, outcome)
    return outcome


def certificate(scratch: Path) -> Path | None:
    """A certificate for the loopback server, where trustme is installed; it is for this run alone."""
    try:
        import trustme
    except ImportError:
        return None
    made = trustme.CA().issue_cert("localhost")
    path = scratch / "certificate.pem"
    made.private_key_and_cert_chain_pem.write_to_path(path)
    return path


def scratch_removed(scratch: Path) -> None:
    """Remove what a measurement has left."""
    shutil.rmtree(scratch, ignore_errors=True)
