"""Which findings count: where somebody waits, within the files of the run, with what is granted."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from ..analysis.asked_once import asked_once
from ..analysis.failing import never_comes, never_imported
from ..analysis.foreign_calls import longer_behind, longer_beside
from ..analysis.last_steps import ends_there, is_ended_by_it
from ..analysis.module import Project
from ..analysis.own_loop import alone_on_its_loop
from ..analysis.reach import nobody_is_served, runs_once
from ..analysis.scripts import Scripts
from ..analysis.unused import defined_again, nobody_calls
from ..analysis.web_routes import better_no_coroutine
from ..model import Cost, Finding, Time
from ..rewriting.support import is_support
from ..sources.suppress import Suppressions


@asked_once
def is_skipped(project: Project, path: Path) -> bool:
    """Whether nothing is looked for in a file: a comment says so, or tgfix wrote it for its helpers."""
    source = project.source(path)
    # what tgfix wrote is the owner's to change, and nothing to find fault with
    return source is not None and (
        is_support(source.data) or (b"tgfix:" in source.data and Suppressions.of(source.text).skip_file)
    )


def worthwhile(project: Project, finding: Finding, serving: Collection[str]) -> Finding | None:
    """A finding where somebody waits for what it gains; the others only where all are listed, with that reason.

    `serving` are the codes of the codemods whose gain is that others are served meanwhile.
    """
    module, line = project.module(finding.path), finding.line
    if finding.change is not None and (never := defined_again(module, line) or never_imported(module, line)):
        return _left(finding, never)
    is_serving = finding.code in serving
    if is_serving:
        reasons = (nobody_calls, alone_on_its_loop, runs_once, ends_there, is_ended_by_it, never_comes)
        reason = nobody_is_served(module) or next(filter(None, (ask(module, line) for ask in reasons)), None)
    else:
        asked = finding.change is not None and project.fact(Scripts).has_programs
        reason = nobody_calls(module, line) if asked else None
    if reason:
        return _left(finding, reason) if project.settings.list_all else None
    if not is_serving or finding.change is None:
        return finding
    better = better_no_coroutine(module, line)
    if better is None and not isinstance(finding.cost, Time):
        better = longer_beside(module, line)
    if better is not None:
        return _left(finding, better)
    longer = longer_behind(module, line)
    if longer is None:
        return finding
    if finding.cost is not None and finding.cost.milliseconds < Cost.TENTHS.milliseconds:
        return _left(finding, longer)
    return replace(finding, change=replace(finding.change, why=f"{finding.change.why} {longer}."))


def _left(finding: Finding, reason: str) -> Finding:
    """A finding without its changes."""
    return replace(finding, change=None, reason=reason, alternatives=())


def within_reach(project: Project, finding: Finding) -> Finding:
    """A finding whose change edits only files that the run was asked for (and adds support code)."""
    for part in (p for c in (finding.change, *finding.alternatives) for p in (c.files if c else ()) if p.edits):
        reason = None
        if part.path not in project.requested:
            reason = "which this run was not asked to look at"
        elif is_skipped(project, part.path):
            reason = "which is not to be changed (tgfix: skip-file)"
        if reason is not None:
            root = project.settings.root
            name = part.path.relative_to(root).as_posix() if part.path.is_relative_to(root) else part.path.as_posix()
            return _left(finding, f"its change also edits {name}, {reason}")
    return finding
