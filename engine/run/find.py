"""What the codemods recognise in a project, kept up to date while changes are made in it.

Planning and reviewing both stand on this: after some changes only the files that these touched are searched again,
and a finding that stays keeps its fingerprint whatever happens around it.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.module import ParseError, Project
from ..model import Finding, Problem
from ..rewriting.support import is_support
from ..sources.reach import is_test
from ..sources.source import SourceError, SourceFile
from ..sources.suppress import Suppressions
from .admission import is_skipped, within_reach, worthwhile
from .decisions import Decisions, split
from .fingerprints import fingerprinted, group_of, position
from .judge import judged
from .numbers import Numbers

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
    ) -> None:
        self.files = tuple(files)
        self.codemods = codemods
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
        self._by_file: dict[Path, list[Finding]] = {}
        #: Counts the states of the project.
        self._state = 0
        #: The state in which a file was looked into.
        self._seen: dict[Path, int] = {}
        self._everywhere: tuple[int, list[Finding]] | None = None
        self._serving = {codemod.code for codemod in codemods if codemod.serves_others}
        self._numbers = Numbers(self.decisions)
        #: Findings whose changes have been made, by fingerprint.
        self._applied: dict[str, Finding] = {}
        #: Findings that the run is not about: on other lines, or known.
        self._untouched: set[str] = set()

    def search(self, progress: Callable[[int, int], None] | None = None) -> list[Finding]:
        """Look into all files; `progress` is called with the number of files done and in all."""
        for number, path in enumerate(self.files):
            if progress:
                progress(number, len(self.files))
            self._look_into(path, first=True)
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
        if back_to is not None:
            self._numbers, self._applied = back_to.numbers.copy(), dict(back_to.applied)
        done = list(done)
        self._numbers.done(done)
        self._applied |= {finding.fingerprint: finding for finding in done}
        for path in self.files:
            if path in touched:
                self._look_into(path, first=False)
        self._settle(first=False)
        return self.findings

    def freshen(self, paths: Iterable[Path]) -> bool:
        """Look again into those of the files that were not since other files changed: what is found in one file may
        depend on others. Whether there were any.
        """
        stale = [path for path in paths if path in self._by_file and self._seen[path] != self._state]
        for path in stale:
            self._look_into(path, first=False)
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
        group, _ = split(finding.fingerprint)
        return self.decisions.refuses(finding.fingerprint) or (
            group in self._numbers.unsure and self.decisions.refuses_any(group)
        )

    def span(self, finding: Finding) -> tuple[int, int]:
        """Where a finding stands in the text of its file as it is now."""
        starts = self.project.module(finding.path).line_starts
        return starts[finding.line - 1] + finding.column, starts[finding.end_line - 1] + finding.end_column

    def problem(self, path: Path, message: str, **more: Any) -> None:
        """Note something that went wrong, once; `more` are further fields of `Problem`."""
        self.problems.setdefault((path, message), Problem(path, message, **more))

    def _skips(self, path: Path, *, first: bool) -> bool:
        """Whether a comment takes the whole file out; comments that mean to and do not are remarked on."""
        suppressions = Suppressions.of(self._text(path))
        for warning in suppressions.warnings if first else ():
            self.problem(path, f"the tgfix comment {warning.message}", line=warning.line, remark=True)
        return suppressions.skip_file

    # Finding

    def _look_into(self, path: Path, *, first: bool) -> None:
        self._by_file[path] = self._find_in(path, first=first)
        self._seen[path] = self._state

    def _in_project(self) -> list[Finding]:
        """What the project's codemods find; they are asked once for each state of the project."""
        if self._everywhere is None or self._everywhere[0] != self._state:
            found: list[Finding] = []
            for codemod in self.codemods:
                if codemod.once and any(
                    (f.code, f.name) == (codemod.code, codemod.name) for f in self._applied.values()
                ):
                    continue
                if type(codemod).find_in_project is not _default_find_in_project():
                    everywhere = self._guard(codemod, None, partial(codemod.find_in_project, self.project))
                    found += [finding for finding in everywhere if self._is_looked_for(codemod, finding.path)]
            self._everywhere = self._state, found
        return self._everywhere[1]

    def _settle(self, *, first: bool) -> None:
        """Bring everything found into order: what the project's codemods add, suppressions, fingerprints."""
        found = [finding for path in self.files for finding in self._by_file.get(path, ())]
        found += self._in_project()
        found = [kept for finding in found if (kept := worthwhile(self.project, finding, self._serving)) is not None]
        within = [
            judged(self.project, within_reach(self.project, finding)) for finding in self._unsuppressed(found, first)
        ]
        self.findings = fingerprinted(self.project, within, self._numbers)
        touched, known = self.settings.touched, self.settings.known
        if first and known:
            self.known = [finding for finding in self.findings if finding.fingerprint in known]
            self._untouched = {finding.fingerprint for finding in self.known}
        if first and touched is not None:
            self._untouched |= {f.fingerprint for f in self.findings if not touched.touches(f, self._line_of)}
        if self._untouched:
            self.findings = [finding for finding in self.findings if finding.fingerprint not in self._untouched]

    def _is_looked_for(self, codemod: Codemod, path: Path) -> bool:
        """Whether the findings of a codemod in a file are wanted."""
        if (path, codemod.code) in self.banned or self.settings.ignores(path, codemod.code, codemod.name):
            return False
        return not is_skipped(self.project, path)

    def _find_in(self, path: Path, *, first: bool) -> list[Finding]:
        try:
            data = self.given.get(path) if first else None
            data = path.read_bytes() if first and data is None else data
            if data is None:
                source = self.project.source(path)
                data = source.data if source else b""
            wanted = [c for c in self.codemods if any(needle in data for needle in c.needles)]
            if not wanted or is_support(data):
                return []
            if b"tgfix:" in data and self._skips(path, first=first):
                return []
            module = self.project.module(path)
        except ParseError as error:
            from ..analysis.newer_syntax import explain

            source = self.project.source(path)
            self.problem(path, explain(source.text if source else "", error), line=error.line)
            return []
        except SourceError as error:
            self.problem(path, str(error))
            return []
        except OSError as error:
            self.problem(path, f"cannot be read: {error.strerror or error}", fatal=True)
            return []
        found: list[Finding] = []
        aside = is_test(self.settings.root, path) and not self.settings.list_all
        for codemod in wanted:
            if codemod.serves_others and aside:
                continue  # nobody waits there, so that there is nothing to prove
            if (path, codemod.code) not in self.banned and not self.settings.ignores(path, codemod.code, codemod.name):
                found += self._guard(codemod, path, partial(codemod.find, module))
        return sorted(found, key=position)

    def _guard(self, codemod: Codemod, path: Path | None, work: Callable[[], Iterable[Finding]]) -> list[Finding]:
        """A codemod that fails on one file costs that file its findings, never the run."""
        from ..codemod import NotSearched

        try:
            return list(work())
        except NotSearched as error:
            message = f"{codemod.code} {codemod.name} did not look into it: {error}"
            self.problem(
                path or self.settings.root, message, fatal=error.fatal, line=error.line, remark=not error.fatal
            )
            return []
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            detail = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            message = f"internal error in {codemod.code} {codemod.name}: {detail}"
            self.problem(path or self.settings.root, message, fatal=True, detail=traceback.format_exc())
            return []

    def _unsuppressed(self, findings: list[Finding], first: bool) -> list[Finding]:
        kept = []
        comments: dict[Path, Suppressions] = {}
        for finding in findings:
            if finding.path not in comments:
                comments[finding.path] = Suppressions.of(self._text(finding.path))
            if comments[finding.path].silences(finding.line, finding.end_line, finding.code, finding.name):
                self.suppressed += first
                if first:
                    self.silenced.append(replace(finding, fingerprint=f"{group_of(self.project, finding)}-0"))
            else:
                kept.append(finding)
        return kept

    def size(self, finding: Finding) -> int:
        """How many equal places there were when the first of them was seen, those already dealt with included."""
        return self._numbers.sizes[split(finding.fingerprint)[0]]

    def _line_of(self, path: Path, offset: int) -> int:
        return self.project.module(path).position(offset)[0]

    def _text(self, path: Path) -> str:
        source = self.project.source(path)
        return source.text if source else ""


def _default_find_in_project() -> Callable[..., Iterable[Finding]]:
    from ..codemod import Codemod

    return Codemod.find_in_project
