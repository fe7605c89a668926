"""`tgfix report`: where a bot loses time, and the page to decide on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from ... import __version__
from ...engine.report.overview import overview
from ...engine.run.find import Finder
from ...engine.sources.discover import Discovery
from ...engine.sources.git import UsageError
from .. import output
from ..errors import DONE, FAILED, complain, note
from ..means import means_of
from ..overview.data import data
from ..overview.text import markdown, pieces
from ..overview.words import Words
from ..report import count, label
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
    finder, found = _searched(session)
    told = overview(finder.project, found.files, finder.findings, session.codemods)
    name = session.settings.root.name
    words = Words(told, lambda path: label(path, session.base), name)
    if session.format.name == "json":
        text = json.dumps(data(told, lambda path: label(path, session.base)), indent=1) + "\n"
        output.write([text.encode()], session.target)
    elif session.format.name == "markdown":
        output.write(["".join(markdown(words)).encode("utf-8", "replace")], session.target)
    elif session.target is None and output.has_colour(sys.stdout):
        from ..render import print_pieces

        print_pieces(pieces(words))
    else:
        output.write([text.encode("utf-8", "replace") for _, text in pieces(words)], session.target)
    problems = (*found.problems, *finder.problems.values())
    for problem in problems:
        if problem.fatal:
            complain(f"{label(problem.path, session.base)}: {problem.message}")
    return FAILED if any(problem.fatal for problem in problems) else DONE


def _searched(session: Session) -> tuple[Finder, Discovery]:
    """What the codemods find in the files of the run."""
    from ..progress import Bar

    found = session.discover()
    bar = Bar() if output.is_terminal(sys.stderr) and not session.request.quiet else None
    try:
        means = means_of(session.request, session.settings)
        finder = Finder(found.files, session.codemods, session.settings, decisions=session.decisions(), means=means)
        finder.search(bar)
    finally:
        if bar is not None:
            bar.close()
    return finder, found


def _write_page(session: Session, page: str) -> int:
    target = Path(page)
    if target.is_dir():
        raise UsageError(f"--html {page} is a directory; name a file in it")
    if not target.absolute().parent.is_dir():
        raise UsageError(f"--html {page}: there is no directory {target.parent}; create it or choose another")
    finder, found = _searched(session)
    told = overview(finder.project, found.files, finder.findings, session.codemods)
    shown = document(finder, session.decisions(), session.codemods, session.base, found.problems)
    target.write_text(render(shown, told, __version__), encoding="utf-8", newline="\n")
    fatal = [problem for problem in shown.problems if problem.fatal]
    for problem in fatal:
        complain(f"{shown.label(problem.path)}: {problem.message}")
    if not session.request.quiet:
        note(f"{page}: {count(len(shown.changes), 'change')}, {count(len(shown.left), 'place')} left alone")
        note("what is accepted there, `tgfix apply --decisions decisions.json` applies")
    return FAILED if fatal else DONE
