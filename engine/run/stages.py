"""Applying one codemod after the other, each verified by a command of the user's and committed by itself, as asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..problem import Problem
from ..rewriting.compose import FileResult
from ..run.plan import Plan, Proposal
from .atomic import WriteError
from .commit import CommitError, Commits
from .decisions import ACCEPTED, REFUSED, Decision, Decisions, split
from .planner import MAX_ROUNDS, make_plan
from .write import execute, holds, take_back

if TYPE_CHECKING:
    from ..codemod import Codemod
    from ..sources.config import Settings
    from .journal import Journal


@dataclass(frozen=True, slots=True)
class Stage:
    """What became of one codemod's changes."""

    codemod: Codemod
    #: The changes that were made; all of their files hold them.
    made: tuple[Proposal, ...]
    files: tuple[FileResult, ...]
    #: Changes with which the command fails.
    broken: tuple[Proposal, ...]
    problems: tuple[Problem, ...]
    #: Of the commit.
    commit: str | None = None


class Stages:
    """A run over `files`, codemod by codemod.

    `passes` says whether the command succeeds with the files as they are. `commits` makes a commit of each stage, whose
    message is what `message` gives.
    """

    def __init__(
        self,
        files: Sequence[Path],
        codemods: Sequence[Codemod],
        settings: Settings,
        journal: Journal,
        *,
        decisions: Decisions | None = None,
        replay: bool = False,
        passes: Callable[[], bool] | None = None,
        commits: Commits | None = None,
        message: Callable[[Stage], str] = lambda stage: stage.codemod.title,
    ) -> None:
        self.files = tuple(files)
        self.codemods = codemods
        self.settings = settings
        self.journal = journal
        self.replay = replay
        self.passes = passes
        self.commits = commits
        self.message = message
        self.decisions = Decisions(decisions or ())
        self._standing: tuple[FileResult, ...] = ()

    def run(self) -> Iterator[Stage]:
        """Go through the codemods, again where they make work for each other, and give every stage that did something.

        When this is interrupted, a stage that is not complete is taken back.
        """
        for _ in range(MAX_ROUNDS):
            moved = False
            for codemod in self.codemods:
                stage = self._stage(codemod)
                if stage is None:
                    continue
                yield stage
                moved = moved or bool(stage.made)
                if any(isinstance(problem, _Stop) for problem in stage.problems):
                    return
            if not moved:
                return

    def _plan(self, codemod: Codemod, without: Sequence[Proposal] = ()) -> Plan:
        decisions = self.decisions.with_refused(proposal.finding for proposal in without)
        return make_plan(self.files, [codemod], self.settings, decisions=decisions, replay=self.replay)

    def _stage(self, codemod: Codemod) -> Stage | None:
        plan = self._plan(codemod)
        problems = [problem for problem in plan.problems if problem.fatal]
        if not plan.files:
            return Stage(codemod, (), (), (), tuple(problems)) if problems else None
        broken: list[Proposal] = []
        try:
            self._write(plan, problems)
            if self.passes is not None and not self.passes():
                broken = self._without_broken(codemod, plan)
                good = [p for p in plan.chosen if p not in broken]
                plan = self._plan(codemod, broken) if good else Plan(plan.examined, (), (), (), ())
                self._write(plan, problems)
                self._remember(plan, broken)
            written = {result.path for result in self._standing}
            made = tuple(p for p in plan.chosen if all(part.path in written for part in p.change.files))
            stage = Stage(codemod, made, self._standing, tuple(broken), tuple(problems))
            if self.commits is not None and stage.files:
                stage = self._committed(stage, self.commits)
        except BaseException:
            self._take_back()
            raise
        self._standing = ()
        return stage

    def _committed(self, stage: Stage, commits: Commits) -> Stage:
        try:
            commit = commits.commit(stage.files, self.message(stage))
        except CommitError as error:
            self._take_back()
            problem = _Stop(self.settings.root, f"{stage.codemod.code} is not applied, because {error}", fatal=True)
            return Stage(stage.codemod, (), (), stage.broken, (*stage.problems, problem))
        return Stage(stage.codemod, stage.made, stage.files, stage.broken, stage.problems, commit)

    # Trying

    def _without_broken(self, codemod: Codemod, plan: Plan) -> list[Proposal]:
        """Find the changes with which the command fails by halving; nothing of the stage is written afterwards."""
        self._take_back()
        broken: list[Proposal] = []

        def fails(chosen: Sequence[Proposal]) -> bool:
            assert self.passes is not None
            try:
                self._write(self._plan(codemod, [p for p in plan.chosen if p not in chosen]), [])
                return not self.passes()
            finally:
                self._take_back()

        def settle(kept: list[Proposal], candidates: list[Proposal], *, known: bool) -> list[Proposal]:
            """Those of the candidates that can be added to `kept`; `known`: all of them together cannot."""
            if not candidates or not (known or fails([*kept, *candidates])):
                return [*kept, *candidates]
            if len(candidates) == 1:
                broken.extend(candidates)
                return kept
            middle = len(candidates) // 2
            first = settle(kept, candidates[:middle], known=False)
            # if nothing of the first half is broken, something of the second is
            return settle(first, candidates[middle:], known=len(first) == len(kept) + middle)

        settle([], list(plan.chosen), known=True)
        return broken

    def _write(self, plan: Plan, problems: list[Problem]) -> None:
        try:
            report = execute(plan, self.journal)
        except BaseException:  # an interrupt: what is complete stays written, until it is taken back
            self._standing = tuple(result for result in plan.files if holds(result.path, result.after))
            raise
        problems += report.problems
        self._standing = tuple(result for result in plan.files if result.path in report.written)

    def _take_back(self) -> None:
        """Give the files of the stage their bytes from before it."""
        results, self._standing = self._standing, ()
        stuck = take_back(results)
        with suppress(WriteError):  # an entry too many does no harm: undo goes by content
            self.journal.discard(result.path for result in results if result.path not in stuck)
        if stuck:
            path, reason = next(iter(stuck.items()))
            raise WriteError(f"{path} {reason}")

    def _remember(self, plan: Plan, broken: Sequence[Proposal]) -> None:
        """Keep the broken ones apart from equal places in later rounds."""
        groups = {split(proposal.finding.fingerprint)[0] for proposal in broken}
        everything = [*((p, ACCEPTED) for p in plan.chosen), *((p, REFUSED) for p in broken)]
        others = [p.finding for p in (*plan.hidden, *plan.refused, *plan.undecided)] + list(plan.left)
        numbers = [split(f.fingerprint) for f in (*(p.finding for p, _ in everything), *others)]
        for proposal, answer in everything:
            group, _ = split(proposal.finding.fingerprint)
            if group in groups:
                of = max(number for other, number in numbers if other == group)
                finding, change = proposal.finding, proposal.change
                self.decisions.record(Decision.about(finding, change, answer, of=of, root=self.settings.root))


class _Stop(Problem):
    """A problem behind which nothing goes on."""
