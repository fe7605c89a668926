"""`tgfix report`: the page to decide on, and what a pull request is told."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from ... import __version__
from ...engine.run.find import Finder
from ...engine.sources.git import UsageError
from .. import output
from ..errors import DONE, FAILED, complain, note
from ..report import count
from ..request import Request
from ..session import Session
from .model import document
from .render import render


def report_command(request: Request) -> int:
    """Write the page, or print the report in another format; nothing is rewritten."""
    session = Session(replace(request, dry_run=True), "report")
    if request.from_stdin:
        raise UsageError("`tgfix report` reads files, not stdin; `tgfix apply --dry-run -` shows the diff of a source")
    return _print(session) if request.html is None else _write_page(session, request.html)


def _print(session: Session) -> int:
    report = session.report(session.make_plan())
    output.write(session.format.render(report), session.target)
    for problem in report.problems:
        if problem.fatal:
            complain(f"{report.label(problem.path)}: {problem.message}")
    return FAILED if report.fatal else DONE


def _write_page(session: Session, page: str) -> int:
    from ..progress import Bar

    target = Path(page)
    if target.is_dir():
        raise UsageError(f"--html {page} is a directory; name a file in it")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"--html {page}: there is no directory {target.parent}; create it or choose another")
    found = session.discover()
    decisions = session.decisions()
    bar = Bar() if output.is_terminal(sys.stderr) and not session.request.quiet else None
    try:
        finder = Finder(found.files, session.codemods, session.settings, decisions=decisions)
        finder.search(bar)
    finally:
        if bar is not None:
            bar.close()
    shown = document(finder, decisions, session.codemods, session.base, found.problems)
    target.write_text(render(shown, __version__), encoding="utf-8", newline="\n")
    fatal = [problem for problem in shown.problems if problem.fatal]
    for problem in fatal:
        complain(f"{shown.label(problem.path)}: {problem.message}")
    if not session.request.quiet:
        note(f"{page}: {count(len(shown.changes), 'change')}, {count(len(shown.left), 'place')} left alone")
        note("what is accepted there, `tgfix apply --decisions decisions.json` applies")
    return FAILED if fatal else DONE
