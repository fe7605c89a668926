"""Deciding changes one by one: each accepted change is written at once, and what it touches is looked at afresh.

No screen and no keyboard here: `Review` is told what was decided and says what there is to decide next.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from .compose import ComposeError, compose, differences
from .decisions import ACCEPTED, REFUSED, Decision, Decisions, split
from .edited import Hunk, change_of, hunks
from .find import Finder
from .item import DECIDABLE, Item, Items, State, differs
from .model import Change, FileResult, Finding, Plan, Problem, Proposal
from .project import Project
from .source import SourceError, SourceFile
from .write import WriteError, check, execute, holds, take_back

if TYPE_CHECKING:
    from .codemod import Codemod
    from .config import Settings
    from .journal import Journal


class ReviewError(Exception):
    """Something that was asked for is not possible; nothing has changed. The message is a sentence."""


@dataclass
class _Step:
    """One decision, as it is undone: of one item or, by one key, of many."""

    states: dict[Item, State] = field(default_factory=dict)
    #: What was remembered, and the earlier decisions that it replaces.
    recorded: dict[str, list[Decision]] = field(default_factory=dict)
    written: list[tuple[Item, tuple[FileResult, ...]]] = field(default_factory=list)


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
    ) -> None:
        self.settings = settings
        self.journal = journal
        self.decisions = Decisions() if decisions is None else decisions
        # the finder goes by what was decided before; the numbers of equal places must not move under this review
        self._finder = Finder(files, codemods, settings, decisions=Decisions(self.decisions))
        self._save = save
        self._finder.search(progress)
        self._list = Items(settings.unsafe_fixes)
        self._steps: list[_Step] = []
        #: Why changes could not be written when they were accepted.
        self.failures: dict[Item, tuple[Problem, ...]] = {}
        self._sync(set())
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
        """The chosen form of a change, against the files as they are now; withholds it if it would break them."""
        proposal = Proposal(item.finding, item.change, self.project)
        if item.state is State.OPEN:
            try:
                proposal.alone  # noqa: B018 - asked for its verification
            except ComposeError as error:
                self._withhold(item, error)
        return proposal

    def switch(self, item: Item, step: int = 1) -> bool:
        """Take the next form of a change; whether there is another one."""
        item.form = (item.form + step) % len(item.forms)
        return len(item.forms) > 1

    # Deciding

    def accept(self, items: Iterable[Item]) -> list[Item]:
        """Write changes, one after the other; returns those that were written.

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
        step = _Step()
        done = self._write(item, change, step, edited)
        self._finish(step)
        return done

    def _hunks(self, texts: Mapping[Path, str]) -> tuple[Hunk, ...]:
        found: list[Hunk] = []
        for path, text in texts.items():
            source = self.project.source(path)
            name = Path(os.path.relpath(path, self.settings.root)).as_posix()
            found += hunks(name, source.text if source else None, text)
        return tuple(found)

    def _decide(self, state: State, items: Iterable[Item]) -> list[Item]:
        step = _Step()
        wanted = [(item, item.change) for item in items if item.state in DECIDABLE]
        done = []
        for item, seen in wanted:
            if state is State.ACCEPTED:
                same = item.state in DECIDABLE and not (item.afresh and differs(seen, item.change))
                if same and self._write(item, item.change, step):
                    done.append(item)
            else:
                step.states[item] = item.state
                item.state = state
                if state is State.REFUSED:
                    self._record(item, item.change, REFUSED, step)
                done.append(item)
        self._finish(step)
        return done

    def _finish(self, step: _Step) -> None:
        if step.states:
            self._steps.append(step)
        if step.recorded:
            self._save_decisions()

    def _record(self, item: Item, change: Change, answer: str, step: _Step, edited: tuple[Hunk, ...] = ()) -> None:
        of = self._finder.sizes[split(item.key)[0]]
        decision = Decision.about(item.finding, change, answer, of=of, root=self.settings.root, edited=edited)
        step.recorded[item.key] = self.decisions.record(decision)

    def _save_decisions(self) -> None:
        if self._save is None:
            return
        try:
            self._save()
        except WriteError as error:
            self._finder.problem(self.settings.root / ".tgfix", f"the decisions are not remembered: the file {error}")

    def _write(self, item: Item, change: Change, step: _Step, edited: tuple[Hunk, ...] = ()) -> bool:
        """Write one change and look afresh at what it touches."""
        before = self.project
        try:
            after = compose(before, [change])
        except ComposeError as error:
            self._withhold(item, error)
            return False
        touched = {part.path for part in change.files}
        results = differences(before, after, touched)
        plan = Plan((), results, (Proposal(item.finding, change, before),), (), ())
        report = execute(plan, self.journal)
        if report.problems:
            elsewhere = not all(holds(r.path, r.before) if r.before is not None else not r.path.exists() for r in results)
            # changed by somebody else in the meantime is no failure: it is read again and shown afresh
            self.failures[item] = tuple(replace(p, fatal=not elsewhere) for p in report.problems)
            self.reload(touched)
            return False
        self.failures.pop(item, None)
        step.states[item] = item.state
        step.written.append((item, results))
        item.state = State.ACCEPTED
        self._record(item, change, ACCEPTED, step, edited)
        self._finder.update(after, touched, done=[item.finding])
        self._sync(touched)
        return True

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
        self._check_unchanged(step)
        restored: dict[Path, SourceFile | None] = {}
        for _, results in reversed(step.written):
            if stuck := take_back(results):
                path, reason = next(iter(stuck.items()))
                raise ReviewError(f"{path} {reason}")
            self.journal.discard(result.path for result in results)
            restored |= {r.path: SourceFile.from_bytes(r.path, r.before) if r.before is not None else None for r in results}
        self._steps.pop()
        for key, replaced in reversed(step.recorded.items()):
            self.decisions.forget(key)
            self.decisions.restore(replaced)
        for item, state in step.states.items():
            item.state = state
        undone = [item.finding for item, _ in step.written]
        self._finder.update(self.project.with_sources(restored), set(restored), undone=undone)
        self._sync(set(restored))
        if step.recorded:
            self._save_decisions()
        return list(step.states)

    def _check_unchanged(self, step: _Step) -> None:
        latest: dict[Path, bytes] = {}
        for _, results in step.written:
            latest |= {result.path: result.after for result in results}
        for path, content in latest.items():
            try:
                check(path, content)
            except WriteError as error:
                raise ReviewError(f"{path} {error}; the decision stays") from None

    # Keeping up with the files

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
        self._sync(set(sources))

    def _sync(self, touched: set[Path]) -> None:
        self._list.sync(self._finder, touched)
