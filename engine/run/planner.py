"""From paths to a plan: find, choose, compose and verify, in rounds until nothing is left to do.

The plan is computed once, for a dry run and for a real one alike; showing and writing only read it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Change, Finding
from ..rewriting.compose import ComposeError, compose, differences, interfere, overlaps
from ..rewriting.diff import lines_before
from ..rewriting.edited import change_of
from ..run.plan import Plan, Proposal, verified
from .decisions import Decision, Decisions, rows
from .find import Finder
from .fingerprints import position
from .first_look import Means

if TYPE_CHECKING:
    from ..analysis.module import Project
    from ..codemod import Codemod
    from ..sources.config import Settings

#: Rounds after which changes that keep producing changes are given up and reported.
MAX_ROUNDS = 10


def make_plan(
    files: Sequence[Path],
    codemods: Sequence[Codemod],
    settings: Settings,
    *,
    sources: Mapping[Path, bytes] | None = None,
    progress: Callable[[int, int], None] | None = None,
    decisions: Decisions | None = None,
    replay: bool = False,
    means: Means | None = None,
) -> Plan:
    """Find everything in `files` and decide what a run with `settings` changes.

    `sources` gives bytes for paths that are not read from disk (standard input). `progress` is called with the number
    of files done and in all. What `decisions` refuse is not chosen; with `replay` exactly what they accept is,
    whatever its safety. Errors of single files and codemods become problems of the plan; they raise nothing.
    """
    banned: set[tuple[Path, str]] = set()
    while True:
        finder = Finder(files, codemods, settings, given=sources, banned=banned, decisions=decisions, means=means)
        planner = _Planner(finder, replay)
        unsettled = planner.run(progress)
        if not unsettled:
            return planner.plan()
        banned |= unsettled


def look(
    files: Sequence[Path],
    codemods: Sequence[Codemod],
    settings: Settings,
    *,
    sources: Mapping[Path, bytes] | None = None,
    progress: Callable[[int, int], None] | None = None,
    decisions: Decisions | None = None,
    replay: bool = False,
    means: Means | None = None,
) -> Plan:
    """What `make_plan` finds in the files as they are, without composing anything: the plan changes no file."""
    finder = Finder(files, codemods, settings, given=sources, decisions=decisions, means=means)
    finder.search(progress)
    return _Planner(finder, replay).outlook()


class _Planner:
    def __init__(self, finder: Finder, replay: bool) -> None:
        self.finder = finder
        self.replay = replay
        self.withheld: set[str] = set()
        self.chosen: list[Proposal] = []
        self.start = finder.project
        self.first: list[Finding] = []
        self._moved: dict[tuple[Path, Project], dict[int, int]] = {}
        for path, code in sorted(finder.banned):
            message = f"internal error: {code} does not settle on this file, so its changes are withheld"
            finder.problem(path, message, fatal=True)

    def run(self, progress: Callable[[int, int], None] | None) -> set[tuple[Path, str]]:
        """Apply rounds until none changes anything; the (file, code) pairs that would go on for ever, else nothing."""
        self.first = self.finder.search(progress)
        self.start = self.finder.project
        # a replay ends by itself: each round takes at least one decision, and each is taken once
        rounds = range(len(self.finder.decisions) + 1) if self.replay else range(MAX_ROUNDS)
        for _ in rounds:
            batch = self._replayed() if self.replay else self._choose()
            if not batch:
                return set()
            self._apply(batch)
        return {(finding.path, code) for finding, _ in self._choose() for code in finding.codes}

    # Choosing and applying

    def _choose(self) -> list[tuple[Finding, Change]]:
        """The changes that the chosen safety allows and that can be applied together.

        What alters the concurrency goes first and alone: what is proved of the others has to be proved behind it.
        """
        batch: list[tuple[Finding, Change]] = []
        for finding in self.finder.findings:
            if finding.fingerprint in self.withheld or self.finder.is_refused(finding):
                continue
            change = finding.choose(unsafe=self.finder.settings.unsafe_fixes)
            if change is not None and not any(overlaps(change, other) for _, other in batch):
                batch.append((finding, change))
        return [(finding, change) for finding, change in batch if change.alters_concurrency] or batch

    def _replayed(self) -> list[tuple[Finding, Change]]:
        """What was accepted next: one change, or those that were accepted together."""
        batch: list[tuple[Finding, Change]] = []
        finder = self.finder
        made = {proposal.finding.fingerprint for proposal in self.chosen}
        found = self._by_row()
        for decision in finder.decisions:
            if batch and not decision.together:
                break
            if decision.fingerprint in made or not finder.decisions.accepts(decision.fingerprint):
                continue
            if finder.freshen([finder.settings.root / decision.path]):
                found = self._by_row()
            # where not all of its codemods run, their part of it is made
            finding = next((found[row] for row in rows(decision.fingerprint) if row in found), None)
            if finding is None or finding.fingerprint in made:
                continue
            change = self._accepted(finding, decision)
            if change is None or finding.fingerprint in self.withheld or finder.is_refused(finding):
                continue
            if not any(interfere(change, other) for _, other in batch):
                batch.append((finding, change))
        return batch

    def _by_row(self) -> dict[str, Finding]:
        """The findings by what each codemod has found of them."""
        return {row.fingerprint: finding for finding in self.finder.findings for row in finding.each}

    def _accepted(self, finding: Finding, decision: Decision) -> Change | None:
        """The change in the form that was accepted."""
        form = decision.form(finding)
        if form is None or not decision.edited:
            return form
        return change_of(form, decision.edited, self.finder.project, finding.line - decision.line)

    def _apply(self, batch: list[tuple[Finding, Change]]) -> None:
        """Apply a batch; a change that spoils it is withheld and the rest goes on."""
        project = self.finder.project
        try:
            after = compose(project, [change for _, change in batch])
            applied = batch
        except ComposeError:
            after, applied = project, []
            for finding, change in batch:
                try:
                    compose(project, [*(c for _, c in applied), change])
                    applied.append((finding, change))
                except ComposeError as error:
                    self._withhold(finding, error)
            after = compose(project, [change for _, change in applied])
        self.chosen += [Proposal(finding, change, project, is_verified=True) for finding, change in applied]
        if applied:
            touched = {part.path for _, change in applied for part in change.files}
            asked = any(
                part.requirements for _, change in applied for part in change.files
            )  # others may rely on it, too
            if asked or any(change.alters_concurrency for _, change in applied):
                touched |= set(self.finder.files)
            self.finder.update(after, touched, done=[finding for finding, _ in applied])

    # The result

    def outlook(self) -> Plan:
        """What the first look came to: what would be chosen, what needs an eye, what is left."""
        chosen: list[Proposal] = []
        hidden: list[Proposal] = []
        refused: list[Proposal] = []
        left: list[Finding] = []
        for finding in sorted(self.finder.findings, key=position):
            change = finding.choose(unsafe=self.finder.settings.unsafe_fixes)
            if finding.change is None:
                left.append(finding)
            elif self.finder.is_refused(finding):
                refused.append(Proposal(finding, finding.change, self.start))
            elif change is None:
                hidden.append(Proposal(finding, finding.change, self.start))
            else:
                chosen.append(Proposal(finding, change, self.start))
        return self._told(Plan((), (), tuple(chosen), tuple(hidden), tuple(left), refused=tuple(refused)))

    def _told(self, plan: Plan) -> Plan:
        """A plan with what the finder noted on its way."""
        return replace(
            plan,
            examined=tuple(sorted(self.finder.files)),
            problems=tuple(sorted(self.finder.problems.values(), key=lambda p: (p.path, p.line or 0))),
            suppressed=self.finder.suppressed,
            silenced=tuple(self.finder.silenced),
            known=tuple(self.finder.known),
            projects=(self.start, self.finder.project),
        )

    def plan(self) -> Plan:
        """What the rounds came to."""
        left: list[Finding] = []
        hidden: list[Proposal] = []
        refused: list[Proposal] = []
        undecided: list[Proposal] = []
        for finding in self._as_first_seen():
            change = finding.change
            if change is None:
                # what the changes themselves bring is no place that a person has
                if not self.chosen or finding in self.first:
                    left.append(finding)
            elif finding.fingerprint not in self.withheld:
                others = refused if self.finder.is_refused(finding) else undecided if self.replay else hidden
                others.append(Proposal(finding, change, self.start if finding in self.first else self.finder.project))
        hidden, undecided = self._verified(hidden), self._verified(undecided)
        touched = {part.path for p in self.chosen for part in p.change.files}
        files = differences(self.start, self.finder.project, touched)
        chosen = tuple(sorted(self._chosen_as_first_seen(), key=lambda p: position(p.finding)))
        plan = Plan((), files, chosen, tuple(hidden), tuple(left), refused=tuple(refused), undecided=tuple(undecided))
        return self._told(plan)

    def _verified(self, proposals: list[Proposal]) -> list[Proposal]:
        """Those of the changes not asked for that would pass verification: only these are shown."""
        good = [seen for _, seen in verified(proposals) if seen.is_verified or self._composes(seen)]
        return sorted(good, key=lambda proposal: position(proposal.finding))

    def _composes(self, proposal: Proposal) -> bool:
        try:
            compose(proposal.project, [proposal.change])
        except ComposeError as error:
            self._withhold(proposal.finding, error)
            return False
        return True

    def _withhold(self, finding: Finding, error: ComposeError) -> None:
        self.withheld.add(finding.fingerprint)
        message = f"internal error: the change of {finding.code} in line {finding.line} is withheld, because {error}"
        self.finder.problem(finding.path, message, fatal=True, line=finding.line)

    def _chosen_as_first_seen(self) -> Iterator[Proposal]:
        """What was chosen, at the positions of the text that the user has, as far as it could be seen there."""
        by_print = {finding.fingerprint: finding for finding in self.first}
        for proposal in self.chosen:
            finding = proposal.finding
            first = by_print.get(finding.fingerprint)
            if first is None:  # only another change of the run brought it about
                line = self._first_lines(finding.path, proposal.project).get(finding.line, finding.line)
                first = replace(finding, line=line, end_line=finding.end_line + line - finding.line)
            yield replace(proposal, finding=first)

    def _first_lines(self, path: Path, project: Project) -> dict[int, int]:
        """The lines of a file in the middle of the run → where they stood before it."""
        if (key := (path, project)) not in self._moved:
            old, new = self.start.source(path), project.source(path)
            self._moved[key] = lines_before(old.data, new.data) if old is not None and new is not None else {}
        return self._moved[key]

    def _as_first_seen(self) -> list[Finding]:
        """What remains, at the positions of the text that the user has: applied changes above have moved it since."""
        by_print = {finding.fingerprint: finding for finding in self.first}
        applied = {proposal.finding.fingerprint for proposal in self.chosen}
        remaining: list[Finding] = []
        moved: list[Finding] = []
        for finding in self.finder.findings:
            known = by_print.pop(finding.fingerprint, None)
            if known is not None and finding.fingerprint not in applied:
                remaining.append(known)
            else:
                moved.append(finding)
        unmatched = [f for f in by_print.values() if f.fingerprint not in applied]
        for finding in moved:  # its own text changed: pair it by what and where it is
            key = (finding.path, finding.code, finding.scope, finding.change is None)
            twin = next((f for f in unmatched if (f.path, f.code, f.scope, f.change is None) == key), None)
            if twin is not None:
                unmatched.remove(twin)
            remaining.append(twin or finding)
        return sorted(remaining, key=position)
