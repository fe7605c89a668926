"""What is found in the texts that an editor holds, saved or not: one project, looked into as far as its files are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ...codemods import load_codemods
from ...engine.analysis.module import Project
from ...engine.bowler.adapter import Scripts
from ...engine.foreign.libcst import Commands
from ...engine.model import Finding
from ...engine.problem import Problem
from ...engine.run.baseline import Baseline
from ...engine.run.decisions import NAME, Decisions
from ...engine.run.find import Finder
from ...engine.sources.config import select_codemods
from ...engine.sources.config_file import common_ancestor, load_settings, local_codemods
from ...engine.sources.discover import discover
from ...engine.sources.source import SourceError, SourceFile


@dataclass(frozen=True)
class Look:
    """What one text came to."""

    path: Path
    text: str
    #: In order of position.
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    #: The project with all open texts as they were.
    project: Project


class Looker:
    """Looks into the open files of one project.

    After an edit only that text is searched again, on the facts that are known of the other files. `trusted` is whether
    codemods that the project brings along are run: opening a folder must not run its code.

    Raises:
        UsageError: the configuration is wrong.
    """

    def __init__(self, start: Path, *, trusted: bool = False) -> None:
        directory = common_ancestor([start])
        available = [*load_codemods(local_codemods(directory) if trusted else ()), Scripts(), Commands()]
        self.settings = load_settings(directory, None, available)
        selected = select_codemods(available, self.settings.select, self.settings.ignore)
        self.codemods = [codemod for codemod in selected if not isinstance(codemod, (Scripts, Commands))]
        baseline = self.settings.baseline
        self._known = (
            Baseline.load(baseline).fingerprints if baseline is not None and baseline.exists() else frozenset()
        )
        self._decisions = Decisions.load(self.settings.root / NAME, missing_is_empty=True)
        self._finder = self._find_in(discover([self.settings.root], self.settings).files)
        self._texts: dict[Path, str] = {}
        self._looked: set[Path] = set()

    def look(self, path: Path, texts: Mapping[Path, str]) -> Look:
        """What is found in one of the open texts; all of them stand for their files.

        Raises:
            SourceError: it cannot be written as its file.
        """
        text = texts[path]
        if self.settings.excludes(path):
            return Look(path, text, (), (), self._finder.project)
        if path not in self._finder.files:
            self._finder = self._find_in((*self._finder.files, path))
            self._texts, self._looked = {}, set()
        changed = self._changed(texts)
        if changed:
            self._looked = set()
        if changed or path not in self._looked:
            project = self._finder.project.with_sources(changed) if changed else self._finder.project
            self._finder.problems.clear()
            self._finder.update(project, {path})
            self._looked.add(path)
        findings = tuple(
            finding
            for finding in self._finder.findings
            if finding.path == path
            and not all(row.fingerprint in self._known for row in finding.each)
            and not (finding.change is not None and self._finder.is_refused(finding))
        )
        problems = tuple(problem for problem in self._finder.problems.values() if problem.path == path)
        return Look(path, text, findings, problems, self._finder.project)

    def _find_in(self, files: tuple[Path, ...]) -> Finder:
        return Finder(sorted(files), self.codemods, self.settings, decisions=self._decisions)

    def _changed(self, texts: Mapping[Path, str]) -> dict[Path, SourceFile | None]:
        """The files that are not as they were looked at last: edited, opened, or closed and so as they are on disk."""
        changed: dict[Path, SourceFile | None] = {}
        for path in self._texts.keys() - texts.keys():
            changed[path] = SourceFile.read(path) if path.exists() else None
        for path, text in texts.items():
            if self._texts.get(path) != text:
                changed[path] = SourceFile.from_text(path, text)
        self._texts = dict(texts)
        return changed


def looked(looker: Looker, path: Path, texts: Mapping[Path, str]) -> Look:
    """The same, where a text that is no Python source is told as a problem.

    Raises:
        UsageError: a path cannot be searched.
    """
    try:
        return looker.look(path, texts)
    except SourceError as error:
        problem = Problem(path, str(error), line=error.line)
        return Look(path, texts[path], (), (problem,), Project(looker.settings, ()))
