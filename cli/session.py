"""From what the command line asks for to a plan."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..codemods import load_codemods
from ..engine.bowler.adapter import Scripts
from ..engine.counters import work
from ..engine.foreign.libcst import Commands
from ..engine.sources.config import select_codemods
from ..engine.sources.config_file import common_ancestor, find_root, hidden_beside, load_settings, local_codemods
from ..engine.sources.discover import NOTEBOOK
from ..engine.sources.git import UsageError
from ..engine.sources.ignore import absolute, fits
from .concurrency import examined
from .errors import note
from .formats import Format, format_named
from .report import Report, count, label
from .request import Request, output_file, stdin_path

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from ..engine.codemod import Codemod
    from ..engine.problem import Problem
    from ..engine.run.baseline import Baseline, Known
    from ..engine.run.decisions import Decisions
    from ..engine.run.plan import Plan
    from ..engine.sources.config import Settings
    from ..engine.sources.discover import Discovery


def sessions(request: Request, command: str) -> list[Session]:
    """A session for each project that the paths of a call belong to.

    Raises:
        UsageError: the call or a configuration is wrong.
    """
    work.clear()
    if request.from_stdin or request.config is not None or len(request.paths) < 2:
        return [Session(request, command)]
    projects: dict[Path, list[str]] = {}
    for path in request.paths:
        projects.setdefault(find_root(Path(path)), []).append(path)
    r, several = request, len(projects) > 1
    if several and (r.interactive or r.verify or r.verify_measure or r.commit_per_codemod or r.decisions or r.baseline):
        names = ", ".join(label(root, Path.cwd()) for root in projects)
        raise UsageError(f"the paths belong to several projects ({names}); call tgfix for each of them")
    return [Session(replace(request, paths=tuple(paths)), command) for paths in projects.values()]


class Session:
    """One call of `apply` or `check`: what it is asked for, checked, and its plan.

    Raises:
        UsageError: the call or the configuration is wrong; nothing has been read or written yet.
    """

    def __init__(self, request: Request, command: str) -> None:
        self.request = request
        self.command = command
        self.base = Path.cwd()
        self.format: Format = format_named(request.format, "check" if command == "baseline" else command)
        self.target = output_file(request)
        self.stdin = stdin_path(request, command)
        self.stdin_bytes = b""
        overrides = {
            "select": request.select,
            "ignore": request.ignore,
            "unsafe_fixes": request.unsafe_fixes,
            "assume": request.assume,
            "exclude": request.exclude,
            "list_all": request.list_all or None,
        }
        start = common_ancestor([self.stdin] if self.stdin else map(Path, request.paths))
        config = Path(request.config) if request.config is not None else None
        local = local_codemods(start, config)
        for path in local:
            note(f"running the codemods of {label(path, self.base)}, as the configuration asks for")
        self.available: list[Codemod] = [*load_codemods(local), Scripts(), Commands()]
        self.settings: Settings = load_settings(start, config, self.available, overrides)
        if config is None and (hidden := hidden_beside(self.settings.config_file)):
            note(f"{label(hidden, self.base)}: its [tool.tgfix] does not count, since there is a tgfix.toml beside it")
        self.baseline = self._baseline()
        self.settings = replace(self.settings, known=self.baseline.fingerprints)
        self.codemods: Sequence[Codemod] = self._selected(self.available)
        known = (*self.available, *self.codemods)
        self.titles = {codemod.code: codemod.title for codemod in known}
        self.costs = {codemod.code: codemod.cost for codemod in known}
        if request.verbose:
            config = self.settings.config_file
            note(f"configuration: {label(config, self.base) if config else 'none'}; project: {self.settings.root}")

    def _selected(self, available: Sequence[Codemod]) -> list[Codemod]:
        """The codemods that are selected, then those of others that are named, said so on stderr because they run.

        Raises:
            UsageError: a selector fits nothing, or a script cannot be run.
        """
        settings = self.settings
        selected = select_codemods(available, settings.select, settings.ignore)
        codemods = [codemod for codemod in selected if not isinstance(codemod, (Scripts, Commands))]
        foreign = [*self._scripts(settings), *self._commands(settings)]
        if not codemods and selected and not foreign:
            codes = " and ".join(codemod.code for codemod in selected)
            raise UsageError(
                f"{codes} is selected and nothing is named; name it with --bowler FILE or --libcst module:Class"
            )
        return [*codemods, *foreign]

    def _scripts(self, settings: Settings) -> Sequence[Codemod]:
        """The Bowler scripts that are named."""
        named = {Path(absolute(name)): "--bowler" for name in self.request.bowler}
        if fits(settings.ignore, Scripts.code, Scripts.name) < 0 and not named:
            named = {path: label(settings.config_file or path, self.base) for path in settings.bowler}
        if not named:
            return ()
        from ..engine.bowler.script import load_scripts

        for path, origin in named.items():
            note(f"running the Bowler script {label(path, self.base)}, as {origin} asks for")
        return load_scripts(list(named))

    def _commands(self, settings: Settings) -> Sequence[Codemod]:
        """The LibCST codemods that are named."""
        named, origin = self.request.libcst, "--libcst"
        if fits(settings.ignore, Commands.code, Commands.name) < 0 and not named:
            named, origin = settings.libcst, label(settings.config_file or self.base, self.base)
        if not named:
            return ()
        from ..engine.foreign.libcst import load_commands

        for name in named:
            note(f"running the LibCST codemod {name}, as {origin} asks for")
        return load_commands(named, settings.root)

    def _baseline(self) -> Baseline:
        """What the project lives with; a configured file that is not there yet is none, one that is named has to be."""
        from ..engine.run.baseline import Baseline

        named, configured = self.request.baseline, self.settings.baseline
        if (
            self.command == "baseline"
            or named == "none"
            or (named is None and (configured is None or not configured.exists()))
        ):
            return Baseline()
        return Baseline.load(Path(named) if named is not None else configured or Path())

    def has_looked(self, known: Known, examined: Collection[Path]) -> bool:
        """Whether a run that examined these files would have found what is known, if it were still there."""
        path = self.settings.root / known.path
        return known.code in {codemod.code for codemod in self.codemods} and (path in examined or not path.exists())

    def make_plan(self) -> Plan:
        """Discover, read and plan.

        Raises:
            UsageError: a path does not exist.
        """
        from ..engine.problem import Problem
        from ..engine.run.planner import look, make_plan
        from ..engine.sources.source import SourceError, SourceFile
        from .means import means_of
        from .progress import progress

        means = means_of(self.request, self.settings)
        sources: dict[Path, bytes] = {}
        files: tuple[Path, ...] = ()
        problems: tuple[Problem, ...] = ()
        if self.stdin is None:
            found = self.discover()
            problems = (*found.problems, *_unread(found.files))
            skipped = {problem.path for problem in problems if problem.skipped}
            files = tuple(path for path in found.files if path not in skipped)
        else:
            self.stdin_bytes = sys.stdin.buffer.read()
            try:
                if not self.settings.excludes(self.stdin):
                    sources = {self.stdin: SourceFile.from_bytes(self.stdin, self.stdin_bytes).data}
            except SourceError as error:
                problems = (Problem(self.stdin, str(error), line=error.line),)
            files = tuple(sources)
        decisions = self.decisions()
        planned = look if self.command in ("check", "baseline") else make_plan
        with progress(quiet=self.request.quiet) as bar:
            plan = planned(
                files,
                self.codemods,
                self.settings,
                sources=sources,
                progress=bar,
                decisions=decisions,
                replay=self.request.decisions is not None,
                means=means,
            )
        if self.request.decisions is not None and not self.request.quiet:
            missing = decisions.missing(proposal.finding for proposal in plan.chosen)
            if missing:
                verb = "is" if len(missing) == 1 else "are"
                note(
                    f"{count(len(missing), 'accepted change')} {verb} not found: made already, or the code has changed"
                )
        return replace(plan, problems=(*problems, *plan.problems))

    def discover(self) -> Discovery:
        """The files that the paths stand for; --verbose says what is read.

        Raises:
            UsageError: a path does not exist.
        """
        found = self.files()
        if self.request.verbose:
            codes = ", ".join(codemod.code for codemod in self.codemods) or "none"
            note(f"{count(len(found.files), 'file')}, codemods: {codes}")
            if any(Path(absolute(path)) != self.settings.root for path in self.request.paths or (".",)):
                note(
                    "the rest of the project is read where a change depends on it, and not changed; nothing else is read"
                )
        return found

    def files(self) -> Discovery:
        """The same, and nothing is said.

        Raises:
            UsageError: a path does not exist.
        """
        from ..engine.sources.discover import discover

        found = discover([Path(path) for path in self.request.paths] or [Path()], self.settings)
        return self._touched(found) if self.request.staged or self.request.since is not None else found

    def _touched(self, found: Discovery) -> Discovery:
        """The files that --staged or --since leaves; from here on the settings limit the findings as well."""
        from ..engine.sources.touched import touched_in_index, touched_since

        start = common_ancestor(map(Path, self.request.paths))
        touched = touched_in_index(start) if (since := self.request.since) is None else touched_since(start, since)
        self.settings = replace(self.settings, touched=touched)
        return replace(found, files=tuple(path for path in found.files if touched.holds(path)))

    def decisions(self) -> Decisions:
        """What has been decided: in the file that is to be replayed, or in earlier reviews of the project.

        Raises:
            UsageError: the file cannot be read or is none.
        """
        from ..engine.run.decisions import NAME, Decisions

        if self.request.decisions is not None:
            return Decisions.load(Path(self.request.decisions))
        return Decisions.load(self.settings.root / NAME, missing_is_empty=True)

    @property
    def undo(self) -> str:
        """The command that undoes the run from where the user is."""
        root = self.settings.root
        return "tgfix undo" if self.base.is_relative_to(root) else f"tgfix undo --project {label(root, self.base)}"

    def report(self, plan: Plan, *, written: Sequence[Path] = (), problems: Sequence[Problem] = ()) -> Report:
        """The plan as the formats see it; `problems` are those of writing."""
        return Report(
            plan=plan,
            base=self.base,
            command=self.command,
            dry_run=self.request.dry_run,
            written=frozenset(written),
            problems=(*plan.problems, *problems),
            titles=self.titles,
            costs=self.costs,
            by_hand=frozenset(codemod.code for codemod in self.codemods if codemod.by_hand),
            quiet=self.request.quiet,
            verbose=self.request.verbose,
            list_all=self.request.list_all,
            counters=work.counts(),
            statistics=self.request.statistics,
            baseline=len(self.baseline) > 0,
            gone=tuple(self._gone(plan)),
            programs=examined(self.settings, plan.examined) if self.request.verbose and not self.stdin else None,
        )

    def _gone(self, plan: Plan) -> list[Known]:
        if not self.baseline or self.settings.touched is not None:  # only some of the lines were looked at
            return []
        examined = frozenset(plan.examined)
        return self.baseline.gone({f.fingerprint for f in plan.known}, lambda known: self.has_looked(known, examined))


def _unread(files: Sequence[Path]) -> list[Problem]:
    """What of notebooks is not looked into."""
    if notebooks := [path for path in files if path.suffix == NOTEBOOK]:
        from ..engine.sources.notebook import unread

        return [problem for path in notebooks if (problem := unread(path)) is not None]
    return []
