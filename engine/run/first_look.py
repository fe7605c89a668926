"""The first look at all files of a run: alone or in several processes, with the same outcomes in the same order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..counters import Counters, work
from ..problem import Problem
from ..sources.told import Found
from . import workers
from .cache.store import Store
from .outcome import Outcome
from .searching import Searching

if TYPE_CHECKING:
    from ..codemod import Codemod

#: With fewer bytes to look into, starting processes takes longer than they save.
_ENOUGH = 250_000
_ENOUGH_FILES = 6


@dataclass(frozen=True, slots=True)
class Means:
    """What a search may use: how many processes at once (None: as many as it pays), and what earlier runs have found out."""

    jobs: int | None = 1
    store: Store | None = None


Progress = Callable[[int, int], None]


def look_at_all(
    searching: Searching,
    files: Sequence[Path],
    everywhere: Sequence[Codemod],
    jobs: int | None,
    progress: Progress | None,
) -> list[Outcome]:
    """The outcomes for `files`, then for the codemods that look at the whole project, in their orders.

    `jobs` is how many processes may work at once; None is for as many as there are processors, where there is enough to do.
    """
    work.files += len(files)
    if jobs != 1 and workers.can_share():
        sizes = {number: size for number, path in enumerate(files) if (size := _size(searching, path))}
        if jobs is None:
            enough = len(sizes) >= _ENOUGH_FILES and sum(sizes.values()) >= _ENOUGH
            jobs = workers.processors() if enough else 1
        pieces = [*range(len(files), len(files) + len(everywhere)), *sorted(sizes, key=lambda n: (-sizes[n], n))]
        if min(jobs, len(pieces)) > 1:
            work.screened_out += len(files) - len(sizes)
            return _shared(searching, files, everywhere, pieces, min(jobs, len(pieces)), progress)
    found = []
    for number, path in enumerate(files):
        if progress:
            progress(number, len(files))
        outcome = searching.in_file(path)
        work.screened_out += not outcome.searched
        found.append(outcome)
    return found + [searching.in_project(codemod) for codemod in everywhere]


def _size(searching: Searching, path: Path) -> int:
    """How much there is to look into in a file, 0 for nothing."""
    return searching.size(path) if searching.screen(path) else 0


def _shared(
    searching: Searching,
    files: Sequence[Path],
    everywhere: Sequence[Codemod],
    pieces: Sequence[int],
    jobs: int,
    progress: Progress | None,
) -> list[Outcome]:
    outcomes = [Outcome(searched=False)] * len(files) + [Outcome()] * len(everywhere)

    project = searching.project

    def look(piece: int) -> tuple[Outcome, Counters, set[Path], list[Found]]:
        work.clear()
        project.texts.news()
        before = set(project.looked_at)
        found = searching.in_file(files[piece]) if piece < len(files) else None
        found = found or searching.in_project(everywhere[piece - len(files)])
        return found, work, project.looked_at - before, project.texts.news()

    searching.prepare()
    done = len(files) - sum(piece < len(files) for piece in pieces)
    for piece, result in workers.shared(pieces, look, jobs):
        if isinstance(result, workers.Lost):
            where, what = project.settings.root, ""
            if piece < len(files):
                where = files[piece]
            else:
                codemod = everywhere[piece - len(files)]
                what = f"{codemod.code} {codemod.name} did not look into it: "
            outcomes[piece] = Outcome(problems=(Problem(where, f"{what}{result.reason}", fatal=True),))
        else:
            outcomes[piece], counted, looked_at, told = result
            project.texts.learn(told)
            work.add(counted)
            project.looked_at.update(looked_at)
        done += piece < len(files)
        if progress:
            progress(done, len(files))
    return outcomes
