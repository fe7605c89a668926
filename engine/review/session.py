"""Deciding changes one by one: each accepted change is written at once, and what it touches is looked at afresh.

No screen and no keyboard here: `Review` is told what was decided and says what there is to decide next.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..analysis.module import Project
from ..model import Change, Finding
from ..problem import Problem
from ..rewriting.compose import ComposeError, compose, differences, interfere
from ..rewriting.edited import Hunk, change_of, hunks
from ..run.decisions import ACCEPTED, REFUSED, Decisions
from ..run.find import Finder
from ..run.first_look import Means
from ..run.plan import Plan, Proposal
from ..run.write import execute
from ..sources.source import SourceError, SourceFile
from .item import DECIDABLE, Item, Items, State, differs
from .memory import Memory
from .step import ReviewError, Step, explained

if TYPE_CHECKING:
    from ..codemod import Codemod
    from ..run.journal import Journal
    from ..sources.config import Settings


class Review:
    """The changes of a run, and what has been decided about them.

    `decisions` are those of earlier reviews: what they refuse is not asked again. They are added to and, after each step,
    `save` is called; it may raise `WriteError`, which becomes a problem once.
    """

    def __init__(
        self,
        files: Sequence[Path],
        codemods: Sequence[Codemod],
        settings: Settings,
        journal: Journal,
        *,
        decisions: Decisions | None = None,
        save: Callable[[], None] | None = None,
        progress: Callable[[int, int], None] | None = None,
        means: Means | None = None,
    ) -> None:
        self.settings = settings
        self.journal = journal
        self.decisions = Decisions() if decisions is None else decisions
        # the finder goes by what was decided before; the numbers of equal places must not move under this review
        self._finder = Finder(files, codemods, settings, decisions=Decisions(self.decisions), means=means)
        self._memory = Memory(self.decisions, save, self._finder)
        self._finder.search(progress)
        self._list = Items(settings.unsafe_fixes)
        self._steps: list[Step] = []
        #: Why changes could not be written when they were accepted.
        self.failures: dict[Item, tuple[Problem, ...]] = {}
        self._list.sync(self._finder, set())
        #: How many changes earlier decisions refuse.
        self.refused_before = sum(1 for f in self._finder.findings if f.change and self._finder.is_refused(f))

    # What there is

    @property
    def project(self) -> Project:
        """The project as it is on disk now."""
        return self._finder.project

    @property
    def left(self) -> list[Finding]:
        """What is recognised and left alone, each with its reason."""
        return [finding for finding in self._finder.findings if finding.change is None]

    @property
    def problems(self) -> list[Problem]:
        """What went wrong so far."""
        failed = (problem for problems in self.failures.values() for problem in problems)
        return [*self._finder.problems.values(), *failed]

    @property
    def suppressed(self) -> int:
        """How many findings a comment or the configuration silences."""
        return self._finder.suppressed

    @property
    def items(self) -> list[Item]:
        """All changes, in order of path and position; those that were decided about stay."""
        return self._list.items

    def open(self) -> list[Item]:
        """What is not decided yet."""
        return [item for item in self.items if item.state is State.OPEN]

    def proposal(self, item: Item) -> Proposal:
        """The chosen form of a change, against the files as they are now; withholds it if it would break them.

        The item is `State.GONE` afterwards if its place is no more.
        """
        if item.state in DECIDABLE:
            self._freshen([item])
        proposal = Proposal(item.finding, item.change, self.project)
        if item.state is State.OPEN:
            try:
                proposal.alone  # noqa: B018 - asked for its verification
            except ComposeError as error:
                self._withhold(item, error)
        return proposal

    def switch(self, item: Item) -> bool:
        """Take the next form of a change; whether there is another one."""
        item.form = (item.form + 1) % len(item.forms)
        return len(item.forms) > 1

    # Deciding

    def accept(self, items: Iterable[Item]) -> list[Item]:
        """Write changes; returns those that were written.

        A change whose place is gone or looks different after one before it is left open, to be looked at. So is one whose
        files have been changed by somebody else, or cannot be written; `problems` then say why.
        """
        return self._decide(State.ACCEPTED, items)

    def refuse(self, items: Iterable[Item]) -> list[Item]:
        """Remember that these changes are not wanted."""
        return self._decide(State.REFUSED, items)

    def skip(self, items: Iterable[Item]) -> list[Item]:
        """Put changes off: they are not asked again in this review."""
        return self._decide(State.SKIPPED, items)

    def accept_edited(self, item: Item, texts: Mapping[Path, str]) -> bool:
        """Write a change in the form that leads to `texts`; whether it was written.

        Raises:
            ReviewError: the result fails a check, or is what the files hold already.
        """
        edited = self._hunks(texts)
        change = change_of(item.change, edited, self.project)
        if change is None:
            raise ReviewError("the edited text is what the files hold already; n refuses the change")
        try:
            compose(self.project, [change])
        except ComposeError as error:
            raise ReviewError(f"it is not taken, because {error}") from None
        step = Step(self._finder.mark())
        done = self._write([(item, change)], step, edited)
        self._finish(step)
        return bool(done)

    def _hunks(self, texts: Mapping[Path, str]) -> tuple[Hunk, ...]:
        found: list[Hunk] = []
        for path, text in texts.items():
            source = self.project.source(path)
            name = Path(os.path.relpath(path, self.settings.root)).as_posix()
            found += hunks(name, source.text if source else None, text)
        return tuple(found)

    def _decide(self, state: State, items: Iterable[Item]) -> list[Item]:
        step = Step(self._finder.mark())
        wanted = [item for item in items if item.state in DECIDABLE]
        if state is State.ACCEPTED:
            done = self._accept(wanted, step)
        else:
            done = wanted
            for item in wanted:
                step.states[item] = item.state
                item.state = state
                if state is State.REFUSED:
                    self._memory.record(item, item.change, REFUSED, step)
        self._finish(step)
        return done

    def _accept(self, items: list[Item], step: Step) -> list[Item]:
        """Write those that do not touch each other together, the others after them if they still look the same."""
        pending = [(item, item.change) for item in items]
        done: list[Item] = []
        together = True
        while pending:
            self._freshen(item for item, _ in pending)
            batch: list[Item] = []
            rest = []
            for item, seen in pending:
                if item.state not in DECIDABLE or (item.afresh and differs(seen, item.change)):
                    continue
                apart = together and not any(interfere(item.change, other.change) for other in batch)
                if not batch or apart:
                    batch.append(item)
                else:
                    rest.append((item, seen))
            if not batch:
                break
            written = self._write([(item, item.change) for item in batch], step)
            if written is None:  # one of them spoils the others: they are tried one by one
                together = False
                continue
            done += written
            pending = rest
        return done

    def _finish(self, step: Step) -> None:
        if step.states:
            self._steps.append(step)
        self._memory.save(step)

    def _write(self, batch: list[tuple[Item, Change]], step: Step, edited: tuple[Hunk, ...] = ()) -> list[Item] | None:
        """Write changes at once and look afresh at what they touch; None if they cannot be made together."""
        before = self.project
        try:
            after = compose(before, [change for _, change in batch])
        except ComposeError as error:
            if len(batch) > 1:
                return None
            self._withhold(batch[0][0], error)
            return []
        paths = {item: {part.path for part in change.files} for item, change in batch}
        results = differences(before, after, set().union(*paths.values()))
        proposals = tuple(Proposal(item.finding, change, before) for item, change in batch)
        report = execute(Plan((), results, proposals, (), ()), self.journal)
        problems = {problem.path: problem for problem in report.problems}
        journal = problems.get(self.journal.directory)  # without it nothing is written
        failed = {
            item: [problems[p] for p in paths[item] if p in problems] + ([journal] if journal else []) for item in paths
        }
        written = [(item, change) for item, change in batch if not failed[item]]
        if written:
            made = tuple(result for result in results if result.path in report.written)
            step.written.append(([item for item, _ in written], made))
            for number, (item, change) in enumerate(written):
                self.failures.pop(item, None)
                step.states[item] = item.state
                item.state = State.ACCEPTED
                self._memory.record(item, change, ACCEPTED, step, together=number > 0, edited=edited)
            touched = {result.path for result in made}
            if report.problems:
                after = before.with_sources({r.path: SourceFile.from_bytes(r.path, r.after) for r in made})
            self._finder.update(after, touched, done=[item.finding for item, _ in written])
            self._list.sync(self._finder, touched)
        if report.problems:
            bad = {item: found for item, found in failed.items() if found}
            self.failures |= explained(bad, results)
            self.reload(set().union(*(paths[item] for item in bad)))
        return [item for item, _ in written]

    def _withhold(self, item: Item, error: ComposeError) -> None:
        item.state = State.WITHHELD
        finding = item.finding
        message = f"internal error: the change of {finding.code} in line {finding.line} is withheld, because {error}"
        self._finder.problem(finding.path, message, fatal=True, line=finding.line)

    # Undoing

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to undo."""
        return bool(self._steps)

    def undo(self) -> list[Item]:
        """Take the last decision back, with everything that it wrote; returns its items, which are open again.

        Raises:
            ReviewError: there is none, or somebody has changed a file since; nothing is undone then.
        """
        if not self._steps:
            raise ReviewError("there is no decision to undo")
        step = self._steps[-1]
        restored = step.take_back(self.journal)
        self._steps.pop()
        self._memory.forget(step)
        for item, state in step.states.items():
            item.state = state
        self._finder.update(self.project.with_sources(restored), set(restored), back_to=step.mark)
        self._list.sync(self._finder, set(restored))
        self._memory.save(step)
        return list(step.states)

    # Keeping up with the files

    def _freshen(self, items: Iterable[Item]) -> None:
        """Look again at changes that were found before other files changed."""
        paths = {item.finding.path for item in items}
        if self._finder.freshen(paths):
            self._list.sync(self._finder, paths)

    def reload(self, paths: Iterable[Path]) -> None:
        """Read files again that somebody else has changed, and look for their changes afresh."""
        sources: dict[Path, SourceFile | None] = {}
        for path in paths:
            try:
                sources[path] = SourceFile.read(path) if path.exists() else None
            except SourceError as error:
                self._finder.problem(path, str(error))
                sources[path] = SourceFile.from_bytes(path, b"")
        self._finder.update(self.project.with_sources(sources), set(sources))
        self._list.sync(self._finder, set(sources))
