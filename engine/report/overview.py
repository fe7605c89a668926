"""A whole report, put together from the facts of a project and the findings of a run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..analysis.concurrency import programs
from ..analysis.module import Project
from ..codemod import Codemod
from ..model import Finding
from .bottlenecks import ONE, Bottlenecks
from .frequency import STANDS_STILL, Frequency
from .libraries import Libraries
from .mapped import Mapped
from .measured import Measured
from .model import Bottleneck, Overview, Step
from .reaches import Reaches

#: Steps of a plan: more than these nobody takes in a day.
_STEPS = 6


def overview(
    project: Project,
    files: Sequence[Path],
    findings: Iterable[Finding],
    codemods: Iterable[Codemod],
    measured: Measured | None = None,
) -> Overview:
    """The report on the bots that `files` belong to; `measured` is what a measurement of them showed."""
    reaches = project.fact(Reaches)
    maps = [Mapped(facts, reaches) for facts in programs(project, files)]
    by_code = {codemod.code: codemod for codemod in codemods}
    frequency = Frequency(project, reaches, maps)
    found = Bottlenecks(frequency, project, findings, by_code).all()
    libraries = Libraries(project)
    bots = tuple(mapped.program for mapped in maps)
    if measured is not None:
        found = [measured.told(each, project.settings.root) for each in found]
    slow = tuple(b for b in found if b.weight)
    others = tuple(b for b in found if not b.weight)
    remarks = tuple(libraries.remarks(bots))
    steps = tuple(_steps(slow, others))
    return Overview(
        len(files), bots, libraries.told(), remarks, slow, others, steps, measured.sentence if measured else ""
    )


def _steps(slow: Sequence[Bottleneck], others: Sequence[Bottleneck]) -> Iterator[Step]:
    """Safe rewrites first, since they need no decision; then what needs one, in order of gain; then what is done by hand."""
    safe = [b for b in (*slow, *others) if b.safe]
    if safe:
        number = sum(b.safe for b in safe)
        yield Step(
            f"Apply what is proved: {number} change{'s' * (number > 1)}",
            f"tgfix apply --select {','.join(b.key for b in safe)} --commit-per-codemod",
            "the bot's tests, or a minute of use; `git revert` takes a codemod's commit back",
            _measure(safe[0]),
        )
    rest = sorted((b for b in slow if b.unsafe or not b.findings or b.key == ONE), key=lambda b: -b.weight)
    for bottleneck in rest[: _STEPS - bool(safe)]:
        codes = bottleneck.codes
        command = f"tgfix apply -i --select {','.join(codes)}" if codes else bottleneck.mend
        check = "the handlers that it touches, by hand"
        if codes:
            check = f"what it assumes: {', '.join(bottleneck.assumes)} (`tgfix explain {bottleneck.assumes[0]}`)"
        yield Step(bottleneck.title, command, check, _measure(bottleneck), by_hand=not codes)


def _measure(bottleneck: Bottleneck) -> str:
    """What has to move; by how much only where the source tells it or it was measured."""
    worst = bottleneck.spots[0]
    if bottleneck.key == ONE:
        return f"how long other updates wait while a handler does, {worst.often} first: not at all then"
    if bottleneck.waits == STANDS_STILL:
        where = "" if bottleneck.measured else f", {worst.often}"
        return f"the longest stall of the event loop; here it is {bottleneck.cost}{where}"
    if not bottleneck.findings:
        return f"the number of requests to Telegram {worst.often}"
    return f"how long an answer takes; here it is {bottleneck.cost}, {worst.often}"
