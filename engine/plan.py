"""From paths to a plan: find, choose, compose and verify, in rounds until nothing is left to do.

The plan is computed once, for a dry run and for a real one alike; showing and writing only read it.
"""

from __future__ import annotations

import hashlib
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .compose import ComposeError, compose, overlaps
from .model import Change, FileResult, Finding, Plan, Problem, Proposal
from .module import ParseError
from .project import Project
from .source import SourceError, SourceFile
from .suppress import Suppressions

if TYPE_CHECKING:
    from .codemod import Codemod
    from .config import Settings

#: Rounds after which changes that keep producing changes are given up and reported.
MAX_ROUNDS = 10


def make_plan(
    files: Sequence[Path],
    codemods: Sequence[Codemod],
    settings: Settings,
    *,
    sources: Mapping[Path, bytes] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Plan:
    """Find everything in `files` and decide what a run with `settings` changes.

    `sources` gives bytes for paths that are not read from disk (standard input). `progress` is called with the number of files
    done and in all. Errors of single files and codemods become problems of the plan; they raise nothing.
    """
    banned: set[tuple[Path, str]] = set()
    while True:
        planner = _Planner(files, codemods, settings, sources or {}, progress, banned)
        unsettled = planner.run()
        if not unsettled:
            return planner.plan()
        banned |= unsettled


class _Planner:
    def __init__(
        self,
        files: Sequence[Path],
        codemods: Sequence[Codemod],
        settings: Settings,
        given: Mapping[Path, bytes],
        progress: Callable[[int, int], None] | None,
        banned: set[tuple[Path, str]],
    ) -> None:
        self.files = tuple(files)
        self.codemods = codemods
        self.settings = settings
        self.given = given
        self.progress = progress
        self.banned = banned
        self.problems: dict[tuple[Path, str], Problem] = {}
        self.suppressed = 0
        self.withheld: set[str] = set()
        self.chosen: list[Proposal] = []
        self.first: list[Finding] = []
        self.final: list[Finding] = []
        for path, code in sorted(banned):
            self._problem(path, f"internal error: {code} does not settle on this file, so its changes are withheld", fatal=True)

    def run(self) -> set[tuple[Path, str]]:
        """Apply rounds until none changes anything; the (file, code) pairs that would go on for ever, else nothing."""
        sources = {path: SourceFile.from_bytes(path, data) for path, data in self.given.items()}
        self.start = self.project = Project(self.settings, self.files, sources)
        findings = self._find(self.files, first=True)
        self.first = findings
        for _ in range(MAX_ROUNDS):
            batch = self._choose(findings)
            touched = self._apply(batch) if batch else set()
            if not touched:
                self.final = findings
                return set()
            again = self._find([path for path in self.files if path in touched])
            findings = sorted([f for f in findings if f.path not in touched] + again, key=_position)
        return {(f.path, f.code) for f, _ in self._choose(findings)}

    # Finding

    def _find(self, paths: Iterable[Path], *, first: bool = False) -> list[Finding]:
        found: list[Finding] = []
        paths = list(paths)
        for number, path in enumerate(paths):
            if first and self.progress:
                self.progress(number, len(paths))
            found += self._find_in(path, first=first)
        for codemod in self.codemods:
            if type(codemod).find_in_project is not _default_find_in_project():
                found += self._guard(codemod, None, lambda c=codemod: list(c.find_in_project(self.project)))
        if first and self.progress:
            self.progress(len(paths), len(paths))
        return self._fingerprinted([self._within_reach(f) for f in self._unsuppressed(found, first)])

    def _find_in(self, path: Path, *, first: bool) -> list[Finding]:
        try:
            data = self.given.get(path) if first else None
            data = path.read_bytes() if first and data is None else data
            if data is None:
                source = self.project.source(path)
                data = source.data if source else b""
            wanted = [c for c in self.codemods if any(needle in data for needle in c.needles)]
            if not wanted:
                return []
            if b"tgfix:" in data and Suppressions.of(self._text(path)).skip_file:
                return []
            module = self.project.module(path)
        except ParseError as error:
            from .newer_syntax import explain

            source = self.project.source(path)
            self._problem(path, explain(source.text if source else "", error), line=error.line)
            return []
        except SourceError as error:
            self._problem(path, str(error))
            return []
        except OSError as error:
            self._problem(path, f"cannot be read: {error.strerror or error}", fatal=True)
            return []
        found: list[Finding] = []
        for codemod in wanted:
            if (path, codemod.code) not in self.banned and not self.settings.ignores(path, codemod.code, codemod.name):
                found += self._guard(codemod, path, lambda c=codemod: list(c.find(module)))
        return sorted(found, key=_position)

    def _within_reach(self, finding: Finding) -> Finding:
        """A change may edit only files that the run was asked for (and add support code)."""
        for change in (finding.change, *finding.alternatives):
            for part in change.files if change else ():
                if part.edits and part.path not in self.project.requested:
                    reason = f"its change also edits {self._label(part.path)}, which this run was not asked to look at"
                    return replace(finding, change=None, reason=reason, alternatives=())
        return finding

    def _text(self, path: Path) -> str:
        source = self.project.source(path)
        return source.text if source else ""

    def _guard(self, codemod: Codemod, path: Path | None, work: Callable[[], list[Finding]]) -> list[Finding]:
        """A codemod that fails on one file costs that file its findings, never the run."""
        try:
            return work()
        except Exception as error:
            where = traceback.extract_tb(error.__traceback__)[-1]
            detail = f"{type(error).__name__}: {error} ({Path(where.filename).name}:{where.lineno})"
            self._problem(path or self.settings.root, f"internal error in {codemod.code} {codemod.name}: {detail}", fatal=True)
            return []

    def _unsuppressed(self, findings: list[Finding], first: bool) -> list[Finding]:
        kept = []
        comments: dict[Path, Suppressions] = {}
        for finding in findings:
            if finding.path not in comments:
                comments[finding.path] = Suppressions.of(self._text(finding.path))
            if comments[finding.path].silences(finding.line, finding.end_line, finding.code, finding.name):
                self.suppressed += first
            else:
                kept.append(finding)
        return kept

    def _fingerprinted(self, findings: list[Finding]) -> list[Finding]:
        """Give each finding a key that survives moved lines."""
        seen: Counter[str] = Counter()
        marked = []
        for finding in sorted(findings, key=_position):
            module = self.project.module(finding.path)
            starts = module.line_starts
            start = starts[finding.line - 1] + finding.column
            end = starts[finding.end_line - 1] + finding.end_column
            label = self._label(finding.path)
            parts = (finding.code, label, finding.scope, " ".join(module.text[start:end].split()))
            digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
            seen[digest] += 1
            marked.append(replace(finding, fingerprint=f"{digest}-{seen[digest]}"))
        return marked

    def _label(self, path: Path) -> str:
        try:
            return path.relative_to(self.settings.root).as_posix()
        except ValueError:
            return path.as_posix()

    # Choosing and applying

    def _choose(self, findings: list[Finding]) -> list[tuple[Finding, Change]]:
        """The changes that the chosen safety allows and that can be applied together."""
        batch: list[tuple[Finding, Change]] = []
        for finding in findings:
            change = finding.choose(unsafe=self.settings.unsafe_fixes)
            if change is None or finding.fingerprint in self.withheld:
                continue
            if not any(overlaps(change, other) for _, other in batch):
                batch.append((finding, change))
        return batch

    def _apply(self, batch: list[tuple[Finding, Change]]) -> set[Path]:
        """Apply a batch; a change that spoils it is withheld and the rest goes on. Returns the files that changed."""
        project = self.project
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
        self.chosen += [Proposal(finding, change, project) for finding, change in applied]
        self.project = after
        return {part.path for _, change in applied for part in change.files}

    def _problem(self, path: Path, message: str, *, fatal: bool = False, line: int | None = None) -> None:
        self.problems.setdefault((path, message), Problem(path, message, fatal, line))

    # The result

    def plan(self) -> Plan:
        """What the rounds came to."""
        hidden: list[Proposal] = []
        left: list[Finding] = []
        for finding in self._as_first_seen():
            change = finding.change
            if change is None:
                left.append(finding)
            elif finding.fingerprint not in self.withheld:
                hidden.append(Proposal(finding, change, self.start if finding in self.first else self.project))
        hidden = self._verified(hidden)
        results = []
        for path in sorted({part.path for p in self.chosen for part in p.change.files}):
            before, after = self.start.source(path), self.project.source(path)
            if after is not None and (before is None or before.data != after.data):
                results.append(FileResult(path, before.data if before else None, after.data, before))
        return Plan(
            examined=tuple(sorted(self.files)),
            files=tuple(results),
            chosen=tuple(sorted(self.chosen, key=lambda p: _position(p.finding))),
            hidden=tuple(hidden),
            left=tuple(left),
            problems=tuple(sorted(self.problems.values(), key=lambda p: (p.path, p.line or 0))),
            suppressed=self.suppressed,
        )

    def _verified(self, proposals: list[Proposal]) -> list[Proposal]:
        """Those of the changes not asked for that would pass verification: only these are shown."""
        rest, good = list(proposals), []
        while rest:
            batch: list[Proposal] = []
            for proposal in rest:
                if proposal.project is rest[0].project and not any(overlaps(proposal.change, p.change) for p in batch):
                    batch.append(proposal)
            rest = [proposal for proposal in rest if proposal not in batch]
            try:
                compose(batch[0].project, [proposal.change for proposal in batch])
                good += batch
            except ComposeError:
                good += [proposal for proposal in batch if self._composes(proposal)]
        return sorted(good, key=lambda proposal: _position(proposal.finding))

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
        self._problem(finding.path, message, fatal=True, line=finding.line)

    def _as_first_seen(self) -> list[Finding]:
        """What remains, at the positions of the text that the user has: applied changes above have moved it since."""
        by_print = {finding.fingerprint: finding for finding in self.first}
        applied = {proposal.finding.fingerprint for proposal in self.chosen}
        remaining: list[Finding] = []
        moved: list[Finding] = []
        for finding in self.final:
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
        return sorted(remaining, key=_position)


def _position(finding: Finding) -> tuple[Path, int, int, str]:
    return finding.path, finding.line, finding.column, finding.code


def _default_find_in_project() -> Callable[..., Iterable[Finding]]:
    from .codemod import Codemod

    return Codemod.find_in_project
