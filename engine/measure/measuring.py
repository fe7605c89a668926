"""The runs of a measurement: find updates, replay them on the program before (twice) and after, and compare."""

from __future__ import annotations

import dataclasses
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import environment, libraries, obstacles, repairs
from .comparing import compared
from .effects import Difference, Together, together
from .entries import Entry, entries, leads_to
from .environment import Wants
from .failed import Failed
from .figures import Figures, Stall, figures, stalls
from .obstacles import Obstacle
from .places import Place, Seen, seen
from .running import Outcome, Runner, Task
from .world.known import FAULTS

#: Entries that are tried, and repairs of each.
_ENTRIES, _REPAIRS = 3, 12


@dataclass(frozen=True)
class Wish:
    """What a measurement is asked for."""

    entry: Entry | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    admins: Sequence[int] = ()
    routes: Sequence[Mapping[str, Any]] = ()
    api_latency: float = 0.03
    http_latency: float = 0.02
    limit: float = 120.0
    explore: float = 40.0
    users: int = 0
    faults: bool = False


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


class NotStarted(Exception):
    """The program did not start; `side` is "before" or "after". Of several candidates it is about the one that came furthest."""

    def __init__(self, obstacle: Obstacle, side: str, outcome: Outcome, entry: Entry | None = None) -> None:
        super().__init__(str(obstacle))
        self.obstacle, self.side, self.outcome, self.entry = obstacle, side, outcome, entry


def started(runner: Runner, copy: Path, wish: Wish, note: Callable[[str], None]) -> tuple[Task, Outcome]:
    """Find what starts the program, and updates for its handlers. What runs without any is left for another candidate.

    Raises:
        NotStarted: nothing starts.
    """
    wanted = environment.wants(copy)
    failures: list[NotStarted] = []
    bare: list[tuple[Task, Outcome]] = []
    until = time.monotonic() + wish.limit
    candidates = [wish.entry] if wish.entry else entries(copy)[:_ENTRIES]
    for entry, directory in [(each, directory) for each in candidates for directory in _directories(each)]:
        if (failures or bare) and time.monotonic() > until:
            break
        task = Task(
            entry=entry,
            directory=directory,
            libraries=[each.folder for each in libraries.used(copy, runner.interpreter.versions)],
            environment=environment.variables(copy, wanted) | dict(wish.environment),
            arguments=[*entry.arguments, *wish.arguments],
            files=wish.files,
            admins=[*wish.admins, *wanted.admins],
            chats=wanted.chats,
            routes=wish.routes,
            limit=wish.limit,
            patience=wish.limit / 2 if len(candidates) > 1 else wish.limit,  # others are to have their turn
            explore=wish.explore,
            trace=True,
        )
        task, outcome = _repaired(runner, copy, task, wanted, until, note)
        if outcome.report.get("handlers"):
            return task, outcome
        if outcome.started:
            bare.append((task, outcome))
            continue
        lacking = runner.interpreter.lacks(task.stand_ins)
        failures.append(NotStarted(obstacles.obstacle(outcome, lacking), "before", outcome, entry))
    if bare and not any(
        leads_to(copy, each.entry) > leads_to(copy, bare[0][0].entry) for each in failures if each.entry
    ):
        return bare[0]
    if not failures:
        none = Obstacle("end", "no program is found", 'name it: `tgfix measure bot.py`, or entry = "bot.py"')
        raise NotStarted(none, "before", Outcome({}, "", [], {}))
    raise max(failures, key=lambda failure: failure.outcome.progress)


def _repaired(
    runner: Runner, copy: Path, task: Task, wanted: Wants, until: float, note: Callable[[str], None]
) -> tuple[Task, Outcome]:
    """Run a program, and again with what it lacked, until it starts or nothing more comes to mind."""
    outcome = runner.run(copy, task)
    for _ in range(_REPAIRS):
        if time.monotonic() > until:
            break
        failed = Failed(outcome, task, runner.scratch / "project", wanted, runner.interpreter.lacks)
        repair = repairs.improved(failed) if outcome.started else repairs.repaired(failed)
        if repair is None:
            break
        note(f"tried again with {repair}")
        changed = repair.applied(task)
        again = runner.run(copy, changed)
        if outcome.started and (not again.started or again.progress < outcome.progress):
            break
        task, outcome = changed, again
    return task, outcome


def _directories(entry: Entry) -> list[str]:
    """Where a program may be meant to be started: above all, and beside itself; a module where it is found."""
    own = Path(entry.name).parent.as_posix()
    return list(dict.fromkeys([".", own])) if entry.kind == "file" else [entry.directory]


def recorded(runner: Runner, before: Path, wish: Wish, note: Callable[[str], None]) -> Recorded:
    """Find what starts a program and updates for it, and run these.

    Raises:
        NotStarted: it does not start.
    """
    task, explored = started(runner, before, wish, note)
    keys = ("update", "why", "conversation", "state")
    steps = [
        {key: step[key] for key in keys if key in step} for step in explored.report.get("steps", []) if not step["late"]
    ]
    note(f"{len(steps)} updates found; running them before and after")
    api, http = wish.api_latency, wish.http_latency
    task = dataclasses.replace(task, steps=steps, trace=False, api_latency=api, http_latency=http)
    return Recorded(
        before, task, explored, [_replayed(runner, before, task, "before", values=each) for each in (True, False)]
    )


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
    known = recorded(runner, before, wish, note)
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
                    *_stood_in(task, runner.interpreter.lacks(task.stand_ins)),
                    *explored.report.get("notes", []),
                    *_unanswered(plain[0]),
                ]
            )
        ),
        isolated=bool(explored.report.get("isolated")),
    )


def _stood_in(task: Task, lacking: Sequence[str]) -> list[str]:
    """What nothing is known of, since nobody was there to answer it."""
    there = [name for name in task.stand_ins if name not in lacking]
    packages = " ".join(map(obstacles.package_of, lacking))
    missing = f"stand-ins that do nothing took the place of packages that are missing: pip install {packages}"
    services = (
        f"databases in memory or stand-ins serve packages whose service or version is not there: {', '.join(there)}"
    )
    return [*([missing] if lacking else []), *([services] if there else [])]


def _unanswered(outcome: Outcome) -> list[str]:
    """What the program asked for and the server could not answer."""
    asked = any("unanswered" in request for request in outcome.requests)
    return ['HTTPS requests got no answer: `pip install "tgfix[measure]"` brings what that takes'] if asked else []


def _replayed(runner: Runner, copy: Path, task: Task, side: str, **how: Any) -> Outcome:
    outcome = runner.run(copy, dataclasses.replace(task, **how))
    if not outcome.started:
        raise NotStarted(obstacles.obstacle(outcome), side, outcome)
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
