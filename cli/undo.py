"""`tgfix undo`: put back what an earlier run has rewritten."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.run.journal import Journal, JournalError
from .errors import DONE, FAILED, complain, note
from .output import write
from .report import count, label

if TYPE_CHECKING:
    from ..engine.run.journal import UndoReport


def undo_command(run: str | None, project: str | None, *, verbose: bool) -> int:
    """Undo the run of that name, or the last one that is not undone."""
    journal = _journal(project)
    try:
        report = journal.undo(run)
    except JournalError as error:
        complain(f"the journal in {journal.directory} {error}")
        return FAILED
    if report.run is None:
        note(f"there is no run to undo in {journal.root}; --project DIR looks in another project")
        return DONE
    return _tell(report, verbose=verbose)


def list_command(project: str | None) -> int:
    """Print the runs, newest first."""
    journal = _journal(project)
    try:
        runs = journal.runs()
    except JournalError as error:
        complain(f"the journal in {journal.directory} {error}")
        return FAILED
    if not runs:
        note(f"there are no runs in {journal.root}; --project DIR looks in another project")
    for run in runs:
        state = ", undone" if run.undone else ""
        when = run.time.astimezone().strftime("%Y-%m-%d %H:%M")
        write(
            [
                f"{run.id}  {when}  {count(len(run.files), 'file')}{state}  {' '.join(run.command)}\n".encode(
                    "utf-8", "surrogateescape"
                )
            ]
        )
    return DONE


def _journal(project: str | None) -> Journal:
    from ..engine.sources.config_file import find_root
    from ..engine.sources.git import UsageError

    start = Path.cwd() if project is None else Path(project)
    if not start.is_dir():
        raise UsageError(f"--project {project}: there is no such directory")
    return Journal(find_root(start))


def _tell(report: UndoReport, *, verbose: bool) -> int:
    assert report.run is not None
    here = Path.cwd()
    if verbose:
        for path in report.restored:
            write([f"restored {label(path, here)}\n".encode("utf-8", "surrogateescape")])
    for path in report.changed_since:
        note(f"left alone, because it was changed since: {label(path, here)}")
    for problem in report.problems:
        tell = complain if problem.fatal else note
        tell(f"{label(problem.path, here)}: {problem.message}")
    note(f"run {report.run.id}: {count(len(report.restored), 'file')} restored")
    return FAILED if any(problem.fatal for problem in report.problems) else DONE
