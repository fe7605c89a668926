"""One decision of a review: what it has written, and how that is taken back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..problem import Problem
from ..rewriting.compose import FileResult
from ..run.atomic import WriteError, check
from ..run.decisions import Decision
from ..run.write import holds, take_back
from ..sources.source import SourceFile
from .item import Item, State

if TYPE_CHECKING:
    from ..run.find import Mark
    from ..run.journal import Journal


class ReviewError(Exception):
    """Something that was asked for is not possible; nothing has changed. The message is a sentence."""


@dataclass
class Step:
    """One decision, as it is undone: about one change or, by one key, about many."""

    #: What was known before.
    mark: Mark
    #: What the changes were before.
    states: dict[Item, State] = field(default_factory=dict)
    #: What was remembered, and the earlier decisions that it replaces.
    recorded: dict[str, list[Decision]] = field(default_factory=dict)
    #: What was written, in order.
    written: list[tuple[list[Item], tuple[FileResult, ...]]] = field(default_factory=list)

    def take_back(self, journal: Journal) -> dict[Path, SourceFile | None]:
        """Give the files their bytes from before the step; returns what they are then, None for those that are gone.

        Raises:
            ReviewError: somebody has changed a file since; then nothing is taken back.
        """
        latest = {result.path: result.after for _, results in self.written for result in results}
        for path, content in latest.items():
            try:
                check(path, content)
            except WriteError as error:
                raise ReviewError(f"{path} {error}; the decision stays") from None
        restored: dict[Path, SourceFile | None] = {}
        for _, results in reversed(self.written):
            if stuck := take_back(results):
                path, reason = next(iter(stuck.items()))
                raise ReviewError(f"{path} {reason}")
            journal.discard(result.path for result in results)
            for result in results:
                before = result.before
                restored[result.path] = SourceFile.from_bytes(result.path, before) if before is not None else None
        return restored


def explained(
    failed: Mapping[Item, Iterable[Problem]], results: Iterable[FileResult]
) -> dict[Item, tuple[Problem, ...]]:
    """Why changes are not written.

    A file that somebody else has changed in the meantime is no failure: it is read again and shown afresh.
    """
    same = {r.path: holds(r.path, r.before) if r.before is not None else not r.path.exists() for r in results}
    found = {}
    for item, problems in failed.items():
        elsewhere = not all(same.get(part.path, True) for part in item.change.files)
        found[item] = tuple(replace(problem, fatal=not elsewhere) for problem in problems)
    return found
