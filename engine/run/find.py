"""What the codemods recognise in a project, kept up to date while changes are made in it.

Planning and reviewing both stand on this: after some changes only the files that these touched are searched again,
and a finding that stays keeps its fingerprint whatever happens around it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.module import Project
from ..counters import work
from ..model import Finding
from ..problem import Problem
from ..sources.source import SourceFile
from .cache.memory import Memory
from .decisions import Decisions, split
from .fingerprints import fingerprinted
from .first_look import Means, look_at_all
from .numbers import Numbers
from .outcome import Outcome
from .searching import Searching, looks_everywhere
from .together import joined, together

if TYPE_CHECKING:
    from ..codemod import Codemod
    from ..sources.config import Settings


@dataclass(frozen=True)
class Mark:
    """What a finder knows of the changes that were made."""

    numbers: Numbers
    applied: Mapping[str, Finding]


class Finder:
    """The findings in `files`.

    `given` are bytes for paths that are not read from disk. `banned` are (file, code) pairs that are not looked for.
    `decisions` say which of several equal places earlier runs have dealt with, so that the others keep their numbers.
    Errors of single files and codemods become `problems`; they raise nothing.
    """

    def __init__(
        self,
        files: Sequence[Path],
        codemods: Sequence[Codemod],
        settings: Settings,
        *,
        given: Mapping[Path, bytes] | None = None,
        banned: Collection[tuple[Path, str]] = (),
        decisions: Decisions | None = None,
        means: Means | None = None,
    ) -> None:
        self.files = tuple(files)
        self.codemods = codemods
        self.means = means or Means()
        self.settings = settings
        self.given = dict(given or {})
        self.banned = banned
        self.decisions = decisions or Decisions()
        self.problems: dict[tuple[Path, str], Problem] = {}
        #: How many findings a comment or a per-file-ignore silenced when the files were read.
        self.suppressed = 0
        #: Those that a comment silences.
        self.silenced: list[Finding] = []
        #: Those that the project lives with, as they were when the files were read.
        self.known: list[Finding] = []
        #: In order of path and position.
        self.findings: list[Finding] = []
        sources = {path: SourceFile.from_bytes(path, data) for path, data in self.given.items()}
        self.project = Project(settings, self.files, sources)
        self._by_file: dict[Path, Outcome] = {}
        #: Counts the states of the project.
        self._state = 0
        #: The state in which a file was looked into.
        self._seen: dict[Path, int] = {}
        self._everywhere: tuple[int, list[Outcome]] | None = None
        self._numbers = Numbers(self.decisions)
        #: Findings whose changes have been made, by fingerprint.
        self._applied: dict[str, Finding] = {}
        #: Findings that the run is not about: on other lines, or known.
        self._untouched: set[str] = set()

    def search(self, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
        """Look into all files; `progress` is called with the number of files done and in all."""
        outcomes = self._first_look(progress)
        for path, outcome in zip(self.files, outcomes, strict=False):
            self._take(path, outcome)
        self._everywhere = self._state, outcomes[len(self.files) :]
        for outcome in self._everywhere[1]:
            self._note(outcome)
        self._settle(first=True)
        if progress:
            progress(len(self.files), len(self.files))
        return self.findings

    def update(
        self,
        project: Project,
        touched: Collection[Path],
        *,
        done: Iterable[Finding] = (),
        back_to: Mark | None = None,
    ) -> list[Finding]:
        """Look again into the files that differ in `project`; `done` are the findings whose changes made the
        difference.

        `back_to` is a mark from when the files were as they are now again.
        """
        self.project = project
        self._state += 1
        self.__dict__.pop("_searching", None)
        if back_to is not None:
            self._numbers, self._applied = back_to.numbers.copy(), dict(back_to.applied)
        done = list(done)
        self._numbers.done(done)
        self._applied |= {finding.fingerprint: finding for finding in done}
        for path in self.files:
            if path in touched:
                self._look_into(path)
        self._settle(first=False)
        return self.findings

    def freshen(self, paths: Iterable[Path]) -> bool:
        """Look again into those of the files that were not since other files changed: what is found in one file may
        depend on others. Whether there were any.
        """
        stale = [path for path in paths if path in self._by_file and self._seen[path] != self._state]
        for path in stale:
            self._look_into(path)
        if stale:
            self._settle(first=False)
        return bool(stale)

    def mark(self) -> Mark:
        """What `update` can go back to."""
        return Mark(self._numbers.copy(), dict(self._applied))

    def is_refused(self, finding: Finding) -> bool:
        """Whether the decisions refuse the finding's change.

        Where the number of equal places fits no state that the decisions know of, one refusal counts for all of them.
        """
        groups = {split(row.fingerprint)[0] for row in finding.each} & self._numbers.unsure
        refused = any(self.decisions.refuses(row.fingerprint) for row in finding.each)
        return refused or any(map(self.decisions.refuses_any, groups))

    def span(self, finding: Finding) -> tuple[int, int]:
        """Where a finding stands in the text of its file as it is now."""
        starts = self.project.module(finding.path).line_starts
        return starts[finding.line - 1] + finding.column, starts[finding.end_line - 1] + finding.end_column

    def problem(self, path: Path, message: str, **more: Any) -> None:
        """Note something that went wrong, once; `more` are further fields of `Problem`."""
        self.problems.setdefault((path, message), Problem(path, message, **more))

    # Finding

    @cached_property
    def _searching(self) -> Searching:
        return Searching(self.project, self.codemods, given=self.given, banned=self.banned, first=self._state == 0)

    def _first_look(self, progress: Callable[[int, int], None] | None) -> list[Outcome]:
        """What there is in each file, and then what each codemod finds that looks at the whole project."""
        repeatable = all(codemod.repeatable for codemod in self.codemods)
        memory = None
        if self.means.store is not None and repeatable and not self.given and not self.banned:
            memory = Memory(self.means.store, self.project, self.files, self.codemods)
            if (recalled := memory.recall()) is not None:
                outcomes, sources = recalled
                self.project = self.project.with_sources(sources)
                self.__dict__.pop("_searching", None)
                work.files += len(self.files)
                work.from_cache += len(self.files)
                return outcomes
            memory.prepare()
        jobs = self.means.jobs if repeatable else 1
        outcomes = look_at_all(self._searching, self.files, self._asked(), jobs, progress)
        if memory is not None:
            memory.remember(outcomes)
            memory.remember_texts()
        return outcomes

    def _look_into(self, path: Path) -> None:
        self._take(path, self._searching.in_file(path))

    def _take(self, path: Path, outcome: Outcome) -> None:
        self._by_file[path] = outcome
        self._seen[path] = self._state
        self._note(outcome)

    def _as_of_now(self, path: Path) -> Outcome:
        """What was found in a file, and what that needs in the project as it is now."""
        outcome = self._by_file[path]
        return outcome if self._seen[path] == self._state else self._searching.again(outcome)

    def _note(self, outcome: Outcome) -> None:
        for problem in outcome.problems:
            self.problems.setdefault((problem.path, problem.message), problem)

    def _in_project(self) -> list[Outcome]:
        """What the project's codemods find; they are asked once for each state of the project."""
        if self._everywhere is None or self._everywhere[0] != self._state:
            self._everywhere = self._state, [self._searching.in_project(codemod) for codemod in self._asked()]
            for outcome in self._everywhere[1]:
                self._note(outcome)
        return self._everywhere[1]

    def _asked(self) -> list[Codemod]:
        """The codemods that look at the whole project, but for those that have had their turn."""
        done = {(row.code, row.name) for finding in self._applied.values() for row in finding.each}
        return [c for c in self.codemods if looks_everywhere(c) and not (c.once and (c.code, c.name) in done)]

    def _settle(self, *, first: bool) -> None:
        """Bring everything found into order: what the project's codemods add, suppressions, fingerprints."""
        outcomes = [self._as_of_now(path) for path in self.files if path in self._by_file] + self._in_project()
        counted: list[tuple[str, Finding]] = []
        for admitted in (admitted for outcome in outcomes for admitted in outcome.admitted):
            if admitted.finding is None:
                continue
            if not admitted.silenced:
                counted.append((admitted.group, admitted.finding))
            elif first:
                self.suppressed += 1
                self.silenced.append(replace(admitted.finding, fingerprint=f"{admitted.group}-0"))
        found = fingerprinted(self.project, together(counted), self._numbers)
        touched, known = self.settings.touched, self.settings.known
        if first and known:
            self.known = [finding for finding in found if finding.fingerprint in known]
            self._untouched = {finding.fingerprint for finding in self.known}
        if first and touched is not None:
            self._untouched |= {f.fingerprint for f in found if not touched.touches(f, self._line_of)}
        self.findings = joined((f for f in found if f.fingerprint not in self._untouched), self.decisions)

    def size(self, finding: Finding) -> int:
        """How many equal places there were when the first of them was seen, those already dealt with included."""
        return max(self._numbers.sizes[split(row.fingerprint)[0]] for row in finding.each)

    def _line_of(self, path: Path, offset: int) -> int:
        return self.project.module(path).position(offset)[0]
