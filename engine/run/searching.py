"""Looking for findings in one state of a project: in one file, or by one codemod in all of it.

Each search gives an `Outcome` and changes nothing but what the project remembers of itself, so searches may run in any
order and in any process.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..analysis.module import ParseError, Project
from ..model import Finding, Problem
from ..rewriting.support import is_support
from ..sources.reach import is_test
from ..sources.source import SourceError
from ..sources.suppress import Suppressions
from .admission import is_skipped, within_reach, worthwhile
from .fingerprints import group_of, position
from .judge import judged
from .outcome import Admitted, Outcome

if TYPE_CHECKING:
    from ..codemod import Codemod


class Searching:
    """Searches in a project as it is now.

    `given` are bytes for paths that are not read from disk. `banned` are (file, code) pairs that are not looked for.
    """

    def __init__(
        self,
        project: Project,
        codemods: Sequence[Codemod],
        *,
        given: Mapping[Path, bytes],
        banned: Collection[tuple[Path, str]],
        first: bool,
    ) -> None:
        self.project = project
        self.codemods = codemods
        self.given = given
        self.banned = banned
        #: Whether the files are as the run has found them.
        self.first = first
        self._serving = {codemod.code for codemod in codemods if codemod.serves_others}
        self._comments: dict[Path, Suppressions] = {}
        self._problems: list[Problem] = []

    def screen(self, path: Path) -> list[Codemod]:
        """The codemods that may find something in a file, by the words in it; what cannot be read is for `in_file`."""
        try:
            data = self._data(path)
        except OSError:
            return list(self.codemods)
        if is_support(data):
            return []
        return [codemod for codemod in self.codemods if any(needle in data for needle in codemod.needles)]

    def size(self, path: Path) -> int:
        """How many bytes a file has, at least 1."""
        try:
            return max(1, len(self.given[path]) if path in self.given else path.stat().st_size)
        except OSError:
            return 1

    def prepare(self) -> None:
        """Read what every search would read for itself, before processes are copied that are to share it."""
        for _ in self.project.others(Path()):
            pass

    def in_file(self, path: Path) -> Outcome:
        """What the codemods find in a file."""
        self._problems = []
        wanted = self.screen(path)
        if not wanted:
            return Outcome(searched=False)
        found: list[Finding] = []
        try:
            if not (b"tgfix:" in self._data(path) and self._skips(path)):
                module = self.project.module(path)
                aside = is_test(self.project.settings.root, path) and not self.project.settings.list_all
                for codemod in wanted:
                    if codemod.serves_others and aside:
                        continue  # nobody waits there, so that there is nothing to prove
                    if (path, codemod.code) not in self.banned and not self._ignores(path, codemod):
                        found += self._guard(codemod, path, partial(codemod.find, module))
        except ParseError as error:
            from ..analysis.newer_syntax import explain

            source = self.project.source(path)
            self._problem(path, explain(source.text if source else "", error), line=error.line)
        except SourceError as error:
            self._problem(path, str(error))
        except OSError as error:
            self._problem(path, f"cannot be read: {error.strerror or error}", fatal=True)
        return self._outcome(sorted(found, key=position))

    def in_project(self, codemod: Codemod) -> Outcome:
        """What one codemod finds that looks at the whole project."""
        self._problems = []
        everywhere = self._guard(codemod, None, partial(codemod.find_in_project, self.project))
        return self._outcome([finding for finding in everywhere if self._is_looked_for(codemod, finding.path)])

    def again(self, outcome: Outcome) -> Outcome:
        """What was found before, with what it needs now."""
        return Outcome(outcome.findings, tuple(map(self._admitted, outcome.findings)), outcome.problems)

    def _outcome(self, found: list[Finding]) -> Outcome:
        return Outcome(tuple(found), tuple(map(self._admitted, found)), tuple(self._problems))

    def _admitted(self, finding: Finding) -> Admitted:
        kept = worthwhile(self.project, finding, self._serving)
        if kept is None:
            return Admitted(None)
        group = group_of(self.project, finding)
        if finding.path not in self._comments:
            source = self.project.source(finding.path)
            self._comments[finding.path] = Suppressions.of(source.text if source else "")
        if self._comments[finding.path].silences(finding.line, finding.end_line, finding.code, finding.name):
            return Admitted(kept, True, group)
        return Admitted(judged(self.project, within_reach(self.project, kept)), False, group)

    def _data(self, path: Path) -> bytes:
        data = self.given.get(path) if self.first else None
        if data is None and self.first:
            return path.read_bytes()
        if data is None:
            source = self.project.source(path)
            return source.data if source else b""
        return data

    def _is_looked_for(self, codemod: Codemod, path: Path) -> bool:
        """Whether the findings of a codemod in a file are wanted."""
        if (path, codemod.code) in self.banned or self._ignores(path, codemod):
            return False
        return not is_skipped(self.project, path)

    def _ignores(self, path: Path, codemod: Codemod) -> bool:
        return self.project.settings.ignores(path, codemod.code, codemod.name)

    def _skips(self, path: Path) -> bool:
        """Whether a comment takes the whole file out; comments that mean to and do not are remarked on."""
        source = self.project.source(path)
        suppressions = Suppressions.of(source.text if source else "")
        for warning in suppressions.warnings if self.first else ():
            self._problem(path, f"the tgfix comment {warning.message}", line=warning.line, remark=True)
        return suppressions.skip_file

    def _guard(self, codemod: Codemod, path: Path | None, work: Callable[[], Iterable[Finding]]) -> list[Finding]:
        """A codemod that fails on one file costs that file its findings, never the run."""
        from ..codemod import NotSearched

        where = path or self.project.settings.root
        try:
            return list(work())
        except NotSearched as error:
            message = f"{codemod.code} {codemod.name} did not look into it: {error}"
            self._problem(where, message, fatal=error.fatal, line=error.line, remark=not error.fatal)
            return []
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            detail = f"{type(error).__name__}: {error} ({Path(at.filename).name}:{at.lineno})"
            message = f"internal error in {codemod.code} {codemod.name}: {detail}"
            self._problem(where, message, fatal=True, detail=traceback.format_exc())
            return []

    def _problem(self, path: Path, message: str, **more: Any) -> None:
        self._problems.append(Problem(path, message, **more))


def looks_everywhere(codemod: Codemod) -> bool:
    """Whether a codemod looks at the project as a whole."""
    from ..codemod import Codemod as Base

    return type(codemod).find_in_project is not Base.find_in_project
