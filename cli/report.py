"""What a run came to, as every output format sees it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.sources.discover import NOTEBOOK

if TYPE_CHECKING:
    from ..engine.analysis.concurrency import Concurrency
    from ..engine.model import Cost, Finding, Time
    from ..engine.problem import Problem
    from ..engine.rewriting.compose import FileResult
    from ..engine.run.baseline import Known
    from ..engine.run.plan import Plan, Proposal
    from ..engine.sources.source import SourceFile


@dataclass(frozen=True)
class FileDiff:
    """The difference that a plan or one of its changes makes to a file."""

    path: Path
    diff: bytes
    #: Of the file, and so of `diff`.
    encoding: str

    @property
    def text(self) -> str:
        """The diff as text; bytes that are none in the file's encoding are shown as U+FFFD."""
        return self.diff.decode(self.encoding, "replace")


@dataclass(frozen=True)
class Report:
    """A plan, what was written of it, and how it is to be told."""

    plan: Plan
    #: Labels are relative to this directory: the current one.
    base: Path
    #: "apply" or "check".
    command: str
    dry_run: bool
    #: Files that were written.
    written: frozenset[Path] = frozenset()
    #: Problems of the plan and of writing.
    problems: tuple[Problem, ...] = ()
    #: Title of each codemod by its code.
    titles: Mapping[str, str] = field(default_factory=dict)
    #: What each codemod says that one run of its anti-pattern costs, by its code.
    costs: Mapping[str, Cost | Time] = field(default_factory=dict)
    #: Codes of codemods that rewrite nothing: `check --all` is asked for their places.
    by_hand: frozenset[str] = frozenset()
    quiet: bool = False
    verbose: bool = False
    #: What is left alone is listed as well.
    list_all: bool = False
    #: How much work the run was.
    counters: Mapping[str, int] = field(default_factory=dict)
    #: Counts are asked for in the place of findings.
    statistics: bool = False
    #: There is a baseline, and this of it is not there any more.
    baseline: bool = False
    gone: tuple[Known, ...] = ()
    #: What runs together in the programs that were examined; None where nobody asked.
    programs: tuple[Concurrency, ...] | None = None

    def label(self, path: Path) -> str:
        """A path as a person or `git apply` would write it here: relative, with forward slashes."""
        return label(path, self.base)

    def title(self, code: str, name: str) -> str:
        """What a codemod does; its name where it is none of the run."""
        return self.titles.get(code, name)

    def place(self, finding: Finding) -> str:
        """``path:line:column``, the column counted from 1 as editors do."""
        if finding.path.suffix == NOTEBOOK:
            cell, line, _ = self.in_notebook(finding.path, finding.line)
            return f"{self.label(finding.path)}:cell {cell}:{line}:{finding.column + 1}"
        return f"{self.label(finding.path)}:{finding.line}:{finding.column + 1}"

    def in_notebook(self, path: Path, line: int) -> tuple[int, int, int]:
        """The cell of a line of a notebook's text, the line in the cell, and the line in the file."""
        from ..engine.sources.notebook import Notebook

        source = self.source(path)
        return source.place(line) if isinstance(source, Notebook) else (1, line, line)

    def in_file(self, finding: Finding) -> Finding:
        """A finding where tools look for it that know nothing of cells."""
        if finding.path.suffix != NOTEBOOK:
            return finding
        first, last = (self.in_notebook(finding.path, line)[2] for line in (finding.line, finding.end_line))
        return replace(finding, line=first, column=0, end_line=last, end_column=0)

    def source(self, path: Path) -> SourceFile | None:
        """A file as the plan has read it; None where it cannot be read any more."""
        from ..engine.sources.source import SourceError, SourceFile

        for proposal in (*self.plan.chosen, *self.plan.hidden, *self.plan.undecided):
            if proposal.finding.path == path:
                return proposal.project.source(path)
        try:
            return SourceFile.read(path)
        except SourceError:
            return None

    def file_diff(self, result: FileResult, *, exact: bool = False) -> FileDiff:
        """The combined diff of a file as `apply` makes it: of a notebook by cells, unless it is to be `exact`."""
        encoding = result.source.encoding if result.source else "utf-8"
        return self._diff(result.path, result.before, result.after, encoding, exact=exact)

    def _diff(self, path: Path, before: bytes | None, after: bytes, encoding: str, *, exact: bool = False) -> FileDiff:
        from ..engine.rewriting.diff import unified_diff

        if path.suffix != NOTEBOOK or exact:
            return FileDiff(path, unified_diff(before, after, self.label(path)), encoding)
        from ..engine.sources.notebook import Notebook, cell_changes

        parts = []
        for number, old, new in cell_changes(Notebook.of(path, before) if before else None, Notebook.of(path, after)):
            lines = [f"{text}\n".encode() for text in (old, new)]
            parts.append(unified_diff(lines[0], lines[1], f"{self.label(path)}:cell {number}"))
        return FileDiff(path, b"".join(parts), encoding)

    def diffs_alone(self, proposal: Proposal) -> list[FileDiff]:
        """What one change alone makes of the files it touches; empty if it cannot be made alone."""
        from ..engine.rewriting.compose import ComposeError

        try:
            parts = proposal.alone
        except ComposeError:
            return []
        diffs = []
        for path, (before, after) in sorted(parts.items()):
            source = proposal.project.source(path)
            encoding = source.encoding if source else "utf-8"
            diffs.append(self._diff(path, before, after, encoding))
        return diffs

    def texts_alone(self) -> dict[int, str]:
        """What each change alone makes of the files that it touches, as one text, by the proposal's `id`: made project by project,
        and what that takes is given back before the next.
        """
        from ..engine.run.plan import Releases, verified

        plan, releases = self.plan, Releases()
        by_project: dict[int, list[Proposal]] = {}
        for proposal in (*plan.chosen, *plan.hidden, *plan.undecided, *plan.refused):
            by_project.setdefault(id(proposal.project), []).append(proposal)
        found: dict[int, str] = {}
        for proposals in by_project.values():
            for _, of_one_file in groupby(proposals, key=lambda proposal: proposal.finding.path):
                for proposal, seen in verified(of_one_file):
                    found[id(proposal)] = "".join(part.text for part in self.diffs_alone(seen))
                    seen.__dict__.pop("alone", None)
            if len(by_project) > 1:
                releases.of(plan)
        return found

    def is_applied(self, proposal: Proposal) -> bool:
        """Whether all files of a chosen change were written that the run changes: support code may have been there."""
        changing = {result.path for result in self.plan.files}
        return all(part.path in self.written for part in proposal.change.files if part.path in changing)

    def touching(self, path: Path) -> Iterator[Proposal]:
        """The chosen changes that a file's combined diff is made of."""
        for proposal in self.plan.chosen:
            if any(part.path == path for part in proposal.change.files):
                yield proposal

    @cached_property
    def fatal(self) -> bool:
        """Whether something failed."""
        return any(problem.fatal for problem in self.problems)


def label(path: Path, base: Path) -> str:
    """`path` relative to `base` where that leads there, with forward slashes."""
    try:
        return Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def count(number: int, noun: str) -> str:
    """``3 files``, ``1 file``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def place_of(path: Path, line: int, named: str) -> str:
    """``bot.py:12``, or ``bot.ipynb:cell 2:3``; `named` is how the file is shown."""
    if path.suffix != NOTEBOOK:
        return f"{named}:{line}"
    from ..engine.sources.notebook import Notebook
    from ..engine.sources.source import SourceError, SourceFile

    try:
        source = SourceFile.read(path)
    except SourceError:
        return f"{named}:{line}"
    return f"{named}:cell {source.place(line)[0]}:{source.place(line)[1]}" if isinstance(source, Notebook) else named
