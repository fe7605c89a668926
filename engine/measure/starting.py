"""Find what starts a program, and updates for its handlers."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..sources.imports import packages_in
from . import environment, libraries, obstacles, repairs
from .entries import Entry, entries, files_of, leads_to
from .environment import Wants
from .failed import Failed
from .obstacles import Obstacle
from .running import Outcome, Runner, Task

#: Entries that are tried, repairs of each, and the time for all of that in times of a run's limit.
_ENTRIES, _REPAIRS, _STARTING = 3, 12, 1.5


#: What stands where a program is started.
_DEPLOYED = ("requirements.txt", "pyproject.toml", "setup.py", "Pipfile", "Dockerfile", "Procfile", "Makefile")


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


class NotStarted(Exception):
    """The program did not start; `side` is "before" or "after". Of several candidates it is about the one that came furthest."""

    def __init__(self, obstacle: Obstacle, side: str, outcome: Outcome, entry: Entry | None = None) -> None:
        super().__init__(str(obstacle))
        self.obstacle, self.side, self.outcome, self.entry = obstacle, side, outcome, entry


def started(
    runner: Runner, copy: Path, wish: Wish, note: Callable[[str], None], places: Sequence[str] = ()
) -> tuple[Task, Outcome]:
    """Find what starts the program, and updates for its handlers. What runs without any is left for another candidate.

    One that loads few of the files of `places` is as well, where another one leads to more of them.

    Raises:
        NotStarted: nothing starts.
    """
    wanted = environment.wants(copy)
    failures: list[NotStarted] = []
    bare: list[tuple[Task, Outcome]] = []
    taking: list[tuple[Task, Outcome]] = []
    lacking: list[str] = []  # packages for which an earlier try had stand-ins: the next one needs them as well
    until = time.monotonic() + _STARTING * wish.limit
    candidates = [wish.entry] if wish.entry else entries(copy, places)[:_ENTRIES]
    for entry, directory in [(each, directory) for each in candidates for directory in _directories(copy, each)]:
        if (failures or bare or taking) and time.monotonic() > until:
            break
        if taking and not _leads_further(copy, entry, taking, places):
            continue
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
            places=sorted({*places}),
            trace=True,
            stand_ins=lacking,
        )
        task, outcome = _repaired(runner, copy, task, wanted, until, note)
        if outcome.report.get("handlers"):
            taking.append((task, outcome))
            continue
        if outcome.started:
            bare.append((task, outcome))
            continue
        lacking = runner.interpreter.lacks(task.stand_ins)
        failures.append(NotStarted(obstacles.obstacle(outcome, lacking, copy), "before", outcome, entry))
    if taking:
        task, outcome = max(taking, key=lambda each: _loaded(each[1], places))
        if places:
            note(f"{task.entry} was run: it loads the files of {_loaded(outcome, places)} of {len(places)} places")
        return task, outcome
    if bare and not any(
        leads_to(copy, each.entry) > leads_to(copy, bare[0][0].entry) for each in failures if each.entry
    ):
        return bare[0]
    if not failures:
        none = Obstacle("end", "no program is found", 'name it: `tgfix measure bot.py`, or entry = "bot.py"')
        raise NotStarted(none, "before", Outcome({}, "", [], {}))
    raise max(failures, key=lambda failure: failure.outcome.progress)


def _loaded(outcome: Outcome, places: Sequence[str]) -> int:
    """How many places are in files that a program has loaded."""
    there = {file for file, _, _ in outcome.report.get("lines", [])}
    return sum(each in there for each in places)


def _leads_further(copy: Path, entry: Entry, known: Sequence[tuple[Task, Outcome]], places: Sequence[str]) -> bool:
    """Whether a further program is another one, and imports files of more places than those that were run."""
    if any(task.entry == entry for task, _ in known):
        return False
    reached = set(files_of(copy, entry))
    return sum(each in reached for each in places) > max(_loaded(outcome, places) for _, outcome in known)


def _repaired(
    runner: Runner, copy: Path, task: Task, wanted: Wants, until: float, note: Callable[[str], None]
) -> tuple[Task, Outcome]:
    """Run a program, and again with what it lacked, until it starts or nothing more comes to mind."""
    outcome = runner.run(copy, task)
    furthest = task, outcome
    takes_updates = leads_to(copy, task.entry) > 1
    for _ in range(_REPAIRS):
        if time.monotonic() > until:
            break
        failed = Failed(outcome, task, runner.scratch / "project", wanted, runner.interpreter.lacks)
        # a bot that catches why it cannot start comes to its end as well
        is_there = outcome.started and not (outcome.ended and takes_updates)
        repair = repairs.improved(failed) if is_there else repairs.repaired(failed)
        if repair is None:
            break
        note(f"tried again with {repair}")
        changed = repair.applied(task)
        again = runner.run(copy, changed)
        if outcome.started and (not again.started or again.progress < outcome.progress):
            break
        task, outcome = changed, again
        if outcome.progress >= furthest[1].progress:
            furthest = task, outcome
    return (task, outcome) if outcome.started else furthest  # what was given at last may be wrong


def _directories(copy: Path, entry: Entry) -> list[str]:
    """Where a program may be meant to be started: above all, where its deployment is described, beside itself; a module in its place.

    Where it imports parts of the project that are found from one of these places alone, that is the first.
    """
    if entry.kind != "file":
        return [entry.directory]
    own = Path(entry.name).parent
    between = [
        each for each in (*reversed(own.parents), own) if any((copy / each / name).exists() for name in _DEPLOYED)
    ]
    found = dict.fromkeys([".", *(each.as_posix() for each in between), own.as_posix()])
    imported = packages_in((copy / entry.name).read_bytes()) if (copy / entry.name).is_file() else ()

    def is_seen_from(folder: str, name: str) -> bool:
        return any((copy / folder / each).exists() for each in (name, f"{name}.py"))

    elsewhere = [name for name in imported if not is_seen_from(own.as_posix(), name)]
    return sorted(found, key=lambda folder: -sum(is_seen_from(folder, name) for name in elsewhere))
