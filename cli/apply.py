"""`tgfix apply` and `tgfix check`: from a plan to files, a report and an exit code."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..engine.run.plan import Releases, merged
from ..engine.sources.git import UsageError
from . import ignores, output, summary
from .assumptions import to_check
from .errors import DONE, FAILED, FOUND, Interrupted, complain, note
from .report import Report, count, label
from .request import Request
from .session import Session, sessions

if TYPE_CHECKING:
    from pathlib import Path

    from ..engine.problem import Problem
    from ..engine.run.plan import Plan
    from ..engine.run.write import WriteReport


def apply_command(request: Request) -> int:
    """Show what would be rewritten (`--dry-run`), or rewrite it."""
    session, *_ = everything = sessions(request, "apply")
    if request.interactive:
        from .review.command import review_command

        return review_command(session)
    if request.blame_ignore_revs and not request.commit_per_codemod:
        raise UsageError("--blame-ignore-revs lists commits, so it goes with --commit-per-codemod")
    if request.verify is not None or request.verify_measure or request.commit_per_codemod:
        from .stages import stages_command

        return stages_command(session)
    plans = _plans(everything)
    plan = merged(plans)
    if request.dry_run:
        report = session.report(plan)
        _show(session, report)
        return _exit_code(session, report, FOUND if plan.files else DONE)
    if request.from_stdin:
        return _print_rewritten(session, plan)
    results = [_write(each, its) for each, its in zip(everything, plans, strict=True)]
    written = [path for result in results for path in result.written]
    report = session.report(plan, written=written, problems=[p for result in results for p in result.problems])
    _show(session, report)
    for each, result in zip(everything, results, strict=True):
        if result.written and not request.quiet:
            note(f"`{each.undo}` takes it back")
    if not (request.hook or request.staged):
        return _exit_code(session, report, DONE)
    missing = [_tell_unstaged(each, its, written) for each, its in zip(everything, plans, strict=True)]
    return _exit_code(session, report, FOUND if any(missing) else DONE)


def check_command(request: Request) -> int:
    """List the findings."""
    if request.watch:
        from .watch import watch

        return watch(request, _check)
    gc.disable()  # what a check makes is of use to its end, and the process ends with it
    return _check(sessions(request, "check"))


def _check(everything: Sequence[Session]) -> int:
    session = everything[0]
    request = session.request
    if request.statistics and request.format not in ("text", "json"):
        raise UsageError(f"--statistics is told as text or json, not as {request.format}")
    plans = _plans(everything)
    if request.add_ignore is not None or request.remove_unused_ignores:
        return _change_comments(everything, plans)
    unused = [remark for each, its in zip(everything, plans, strict=True) for remark in ignores.remarks(each, its)]
    plan = merged(plans)
    report = session.report(plan, problems=unused)
    _show(session, report)
    return _exit_code(session, report, FOUND if plan.chosen or plan.hidden else DONE)


def _plans(everything: Sequence[Session]) -> list[Plan]:
    """The plan of each project; before the next one is read, the memory that it took is given back."""
    plans, releases = [], Releases()
    for each in everything:
        plans.append(each.make_plan())
        if len(everything) > 1:
            releases.of(plans[-1])
    return plans


def _change_comments(everything: Sequence[Session], plans: Sequence[Plan]) -> int:
    request = everything[0].request
    if request.from_stdin:
        raise UsageError("comments are written into files, and `-` reads from stdin; name the file")
    if request.add_ignore is not None and request.remove_unused_ignores:
        raise UsageError("--add-ignore and --remove-unused-ignores are two steps; call tgfix twice")
    work = ignores.add if request.add_ignore is not None else ignores.remove
    return max(work(each, its) for each, its in zip(everything, plans, strict=True))


def _exit_code(session: Session, report: Report, code: int) -> int:
    if report.fatal:
        return FAILED
    return DONE if session.request.exit_zero and code == FOUND else code


def _tell_unstaged(session: Session, plan: Plan, written: Sequence[Path]) -> bool:
    """Name what the commit would lack: support modules, and files that were rewritten besides those asked for."""
    from ..engine.run.unstaged import unstaged
    from ..engine.sources.git import git_toplevel

    if git_toplevel(session.settings.root) is None:
        return False
    found = unstaged(session.settings, plan.examined)
    for missing in found:
        name, importer = label(missing.path, session.base), label(missing.importer, session.base)
        complain(f"stage `{name}`, which tgfix wrote and `{importer}` imports: git add {name}")
    named = {missing.path for missing in found}
    others = [result.path for result in plan.files if result.path in written and result.path not in plan.examined]
    for path in others:
        if path not in named:
            complain(
                f"stage `{label(path, session.base)}`, too, which this run changed: git add {label(path, session.base)}"
            )
    return bool(found or others)


# Writing


def _write(session: Session, plan: Plan) -> WriteReport:
    """Execute the plan, with a journal of what it replaces."""
    from ..engine.run.journal import Journal
    from ..engine.run.write import execute

    journal = Journal(session.settings.root, ["tgfix", *sys.argv[1:]])
    try:
        return execute(plan, journal)
    except KeyboardInterrupt:
        raise Interrupted(_what_was_written(session, plan)) from None


def _what_was_written(session: Session, plan: Plan) -> str:
    """Told by the files themselves, so that it is true wherever the interrupt struck."""
    done = [result.path for result in plan.files if result.path.exists() and result.path.read_bytes() == result.after]
    if not done:
        return "nothing was written"
    names = ", ".join(label(path, session.base) for path in done)
    rest = len(plan.files) - len(done)
    return f"{count(len(done), 'file')} rewritten ({names}), {rest:,} not; `{session.undo}` takes it back"


def _print_rewritten(session: Session, plan: Plan) -> int:
    """Print the source from stdin as `apply` leaves it."""
    others = [label(result.path, session.base) for result in plan.files if result.path != session.stdin]
    if others:
        raise UsageError(
            f"the rewrite also changes {', '.join(others)}, which is not possible with a source from stdin; "
            "call `tgfix apply` with the file's path"
        )
    rewritten = [result.after for result in plan.files]
    output.write(rewritten or [session.stdin_bytes], session.target)
    report = session.report(plan, written=[result.path for result in plan.files])
    _close(session, report, listed=False)
    return _exit_code(session, report, DONE)


# Showing


def _show(session: Session, report: Report) -> None:
    """The report to stdout or the file asked for, then the notices to stderr."""
    if session.format.name == "text" and session.target is None and output.has_colour(sys.stdout):
        from .formats import text
        from .render import print_pieces

        print_pieces(text.pieces(report))
    else:
        output.write(session.format.render(report), session.target)
    _close(session, report, listed=session.format.name == "text")


def _close(session: Session, report: Report, *, listed: bool) -> None:
    """Errors, skipped files that the report has not listed, and the summary."""
    _tell_problems(report, report.problems, listed=listed)
    if session.request.quiet:
        return
    if output.is_terminal(sys.stderr) and (rows := summary.rows(report)):
        from .render import print_table

        print_table(rows)
    note(summary.sentence(report))
    if report.verbose:
        note(f"work: {summary.work(report)}")
    for line in to_check(p.change for p in report.plan.chosen if report.written and report.is_applied(p)):
        note(line)


def _tell_problems(report: Report, problems: Sequence[Problem], *, listed: bool) -> None:
    for problem in problems:
        where = report.label(problem.path) + ("" if problem.line is None else f":{problem.line}")
        if problem.fatal:
            hint = "; please report this" if problem.message.startswith("internal error") else ""
            complain(f"{where}: {problem.message}{hint}")
            if problem.detail and report.verbose:
                note(problem.detail)
        elif problem.remark:
            note(f"{where}: {problem.message}")
        elif not listed and not report.quiet:
            note(f"skipped {where}: {problem.message}")
