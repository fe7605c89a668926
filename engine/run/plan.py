"""The result of a run: the plan that is shown or executed."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

from ..analysis.module import Project
from ..counters import PARSED, work
from ..model import Change, Finding
from ..problem import Problem
from ..rewriting.compose import ComposeError, FileResult, compose, overlaps, texts_of
from ..sources.for_texts import forget

#: So many trees take more memory than looking for those that are given back takes time.
_MANY = 50


@dataclass(frozen=True)
class Proposal:
    """A finding and the change that was chosen for it, as one item of a plan."""

    finding: Finding
    change: Change
    #: The project as it was when the change was found.
    project: Project = field(repr=False, compare=False)
    #: Whether it was verified, together with others of the same texts.
    is_verified: bool = field(default=False, repr=False, compare=False)

    @cached_property
    def alone(self) -> dict[Path, tuple[bytes | None, bytes]]:
        """What this change alone makes of the texts it was found in: path → (bytes before or None for a new file,
        bytes after).

        Raises:
            ComposeError: the change fails verification (a plan holds no such change among its chosen ones).
        """
        result: dict[Path, tuple[bytes | None, bytes]] = {}
        made = texts_of(self.project, [self.change], verified=self.is_verified)
        for path in dict.fromkeys(part.path for part in self.change.files):
            old, new = self.project.source(path), made[path]
            if old is None or old.data != new.data:
                result[path] = (old.data if old else None, new.data)
        return result


def verified(proposals: Iterable[Proposal]) -> Iterator[tuple[Proposal, Proposal]]:
    """Each change, and the same as verified where it passes that together with others, which costs less than for each alone."""
    rest = list(proposals)
    while rest:
        batch: list[Proposal] = []
        later: list[Proposal] = []
        for proposal in rest:
            fits = proposal.project is rest[0].project and not any(overlaps(proposal.change, p.change) for p in batch)
            (batch if fits else later).append(proposal)
        rest = later
        try:
            compose(batch[0].project, [proposal.change for proposal in batch]).give_back(batch[0].project)
        except ComposeError:
            yield from zip(batch, batch, strict=True)
        else:
            yield from ((proposal, replace(proposal, is_verified=True)) for proposal in batch)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do, computed once and then shown or executed, never recomputed."""

    #: Files examined, in order of path.
    examined: tuple[Path, ...]
    #: Files that change, in order of path.
    files: tuple[FileResult, ...]
    #: The changes that `files` contains, in order of path and line.
    chosen: tuple[Proposal, ...]
    #: Changes that need a person's eye and were not asked for.
    hidden: tuple[Proposal, ...]
    #: Findings that are left alone, each with its reason.
    left: tuple[Finding, ...]
    problems: tuple[Problem, ...] = ()
    #: How many findings a suppression comment or a per-file-ignore silenced.
    suppressed: int = 0
    #: Findings that a comment silences.
    silenced: tuple[Finding, ...] = ()
    #: Findings that the project lives with, see `baseline`.
    known: tuple[Finding, ...] = ()
    #: Changes that an earlier decision refuses.
    refused: tuple[Proposal, ...] = ()
    #: When decisions are replayed: changes that they say nothing about.
    undecided: tuple[Proposal, ...] = ()
    #: What was looked into.
    projects: tuple[Project, ...] = field(default=(), repr=False, compare=False)

    @property
    def findings(self) -> list[Finding]:
        """All findings in order of path and position, but for those whose change is refused."""
        found = [p.finding for p in (*self.chosen, *self.hidden, *self.undecided)] + list(self.left)
        return sorted(found, key=lambda f: (f.path, f.line, f.column, f.code))

    def release(self) -> None:
        """Forget what finding all this took and showing it does not take: trees, and texts in which nothing is found."""
        proposals = (*self.chosen, *self.hidden, *self.refused, *self.undecided)
        kept = {part.path for proposal in proposals for part in proposal.change.files}
        kept.update(finding.path for finding in (*self.findings, *(proposal.finding for proposal in proposals)))
        for project in dict.fromkeys((*self.projects, *(proposal.project for proposal in proposals))):
            project.release(kept)


class Releases:
    """Gives back, project by project, the memory that was taken since this was made or used last."""

    def __init__(self) -> None:
        self._parsed = work.calls[PARSED]

    def of(self, plan: Plan) -> None:
        """Release a plan, and look for the trees that nobody holds any more where there are many."""
        plan.release()
        forget()
        if work.calls[PARSED] > self._parsed + _MANY:
            gc.collect()  # trees and what is known of them refer to each other
            self._parsed = work.calls[PARSED]


def merged(plans: Sequence[Plan]) -> Plan:
    """The plans of several projects as one to be shown."""
    if len(plans) == 1:
        return plans[0]
    parts: dict[str, Any] = {
        f.name: tuple(chain.from_iterable(getattr(plan, f.name) for plan in plans))
        for f in fields(Plan)
        if f.name != "suppressed"
    }
    return Plan(**parts, suppressed=sum(plan.suppressed for plan in plans))
