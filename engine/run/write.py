"""Writing: all or nothing for each file, and for all files that a change holds together."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ..problem import Problem
from ..rewriting.compose import FileResult
from ..run.plan import Plan
from .atomic import WriteError, check, remove_file, stay_inside, write_file
from .journal import Journal


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What became of a plan."""

    #: Files that now hold their new bytes, in order of path.
    written: tuple[Path, ...]
    #: Files that do not, each with the reason.
    problems: tuple[Problem, ...]


def execute(plan: Plan, journal: Journal) -> WriteReport:
    """Write every file of a plan that changes; a file that cannot be written does not stop the others.

    Files that one change spans are written all or none, so that no file imports what was never created: first all of
    them are looked at, and if one still fails, those already written get their old bytes back. The journal holds every
    file's old bytes before the first is replaced. An interrupt keeps the groups that are complete and takes back the
    one that is not.
    """
    problems: list[Problem] = []
    ready: list[list[FileResult]] = []
    for group in _groups(plan):
        refused = _refused(group, journal.root)
        if refused:
            problems += _explained(group, refused)
        else:
            ready.append(group)
    if not ready:
        return WriteReport((), tuple(problems))
    try:
        journal.record(result for group in ready for result in group)
    except WriteError as error:
        message = f"nothing is written, because the journal that undo needs {error}"
        return WriteReport((), (*problems, Problem(journal.directory, message, fatal=True)))
    written: set[Path] = set()
    try:
        for group in ready:
            failures = _write_group(group)
            problems += failures
            if not failures:
                written |= {result.path for result in group}
    finally:
        rest = (result for group in ready for result in group if result.path not in written)
        with contextlib.suppress(WriteError):  # an entry too many does no harm: undo goes by content
            journal.discard(result.path for result in rest if not holds(result.path, result.after))
    return WriteReport(tuple(sorted(written)), tuple(sorted(problems, key=lambda problem: problem.path)))


def _groups(plan: Plan) -> list[list[FileResult]]:
    """The files that change, those together that a change spans or that are one file under two names.

    Within a group new files come first, as the others may import them.
    """
    results = [result for result in plan.files if result.before != result.after]
    leader = {result.path: result.path for result in results}

    def find(path: Path) -> Path:
        while leader[path] != path:
            path = leader[path]
        return path

    together = [[part.path for part in proposal.change.files if part.path in leader] for proposal in plan.chosen]
    names: dict[str, list[Path]] = {}
    for path in leader:
        names.setdefault(os.path.realpath(path), []).append(path)
    for paths in (*together, *names.values()):
        for path in paths[1:]:
            leader[find(path)] = find(paths[0])
    groups: dict[Path, list[FileResult]] = {}
    for result in results:
        groups.setdefault(find(result.path), []).append(result)
    return [sorted(group, key=lambda result: (result.before is not None, result.path)) for group in groups.values()]


def _refused(group: Iterable[FileResult], root: Path) -> dict[Path, str]:
    refused = {}
    for result in group:
        try:
            stay_inside(result.path, root)
            check(result.path, result.before)
        except WriteError as error:
            refused[result.path] = str(error)
    return refused


def _explained(group: Iterable[FileResult], refused: dict[Path, str]) -> list[Problem]:
    """A problem for every file of a group that is not written, for those too that only share the fate of another."""
    culprit, reason = next(iter(refused.items()))
    shared = f"is not written, because one of its changes also needs {culprit.name}, and that file {reason}"
    return [Problem(result.path, refused.get(result.path, shared), fatal=True) for result in group]


def _write_group(group: Iterable[FileResult]) -> list[Problem]:
    """Write all of a group's files, or none and say why."""
    started: list[FileResult] = []
    targets: dict[str, bytes] = {}
    try:
        for result in group:
            target = os.path.realpath(result.path)
            if targets.get(target) != result.after:  # else done already, through another name
                started.append(result)
                write_file(result.path, result.before, result.after)
                targets[target] = result.after
    except WriteError as error:
        failed = started.pop()
        return _explained(group, {failed.path: str(error)} | take_back(started))
    except BaseException:  # an interrupt: nothing may stay half done
        take_back(started)
        raise
    return []


def take_back(started: Iterable[FileResult]) -> dict[Path, str]:
    """Give files their old bytes back; for each where that fails, why."""
    stuck = {}
    for result in started:
        if not holds(result.path, result.after):
            continue  # the interrupted one, or one that somebody else has written since
        try:
            if result.before is None:
                remove_file(result.path, result.after)
            else:
                write_file(result.path, result.after, result.before)
        except WriteError as error:
            stuck[result.path] = f"is written although others of its change are not, and {error}"
    return stuck


def holds(path: Path, content: bytes) -> bool:
    """Whether a file has exactly this content."""
    try:
        return path.read_bytes() == content
    except OSError:
        return False
