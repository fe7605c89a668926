"""`tgfix report`: where a bot loses time, and the page to decide on."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from ... import __version__
from ...engine.report.measured import load
from ...engine.report.model import Overview
from ...engine.report.overview import overview
from ...engine.run.find import Finder
from ...engine.sources.git import UsageError
from .. import output
from ..errors import DONE, FAILED, complain, note
from ..means import means_of
from ..overview.data import data
from ..overview.text import markdown, pieces
from ..overview.words import Words
from ..progress import progress
from ..report import count, label
from ..request import Request, writable
from ..session import Session
from .model import document
from .render import render


def report_command(request: Request) -> int:
    """Write the page, or print the report in another format; nothing is rewritten."""
    session = Session(replace(request, dry_run=True), "report")
    if request.from_stdin:
        raise UsageError("`tgfix report` reads files, not stdin; `tgfix apply --dry-run -` shows the diff of a source")
    page = None if request.html is None else writable(Path(request.html), "--html")
    found = session.discover()
    with progress(quiet=request.quiet) as bar:
        means = means_of(request, session.settings)
        finder = Finder(found.files, session.codemods, session.settings, decisions=session.decisions(), means=means)
        finder.search(bar)
    measured = load(session.settings.root, found.files)
    told = overview(finder.project, found.files, finder.findings, session.codemods, measured)
    said: list[str] = []
    if page is None:
        _print(session, told)
    else:
        shown = document(finder, session.codemods, session.base, found.problems)
        page.write_text(render(shown, told, __version__), encoding="utf-8", newline="\n")
        said.append(
            f"{request.html}: {count(len(shown.changes), 'change')}, {count(len(shown.left), 'place')} left alone"
        )
        said.append("what is accepted there, `tgfix apply --decisions decisions.json` applies")
    fatal = [problem for problem in (*found.problems, *finder.problems.values()) if problem.fatal]
    for problem in fatal:
        complain(f"{label(problem.path, session.base)}: {problem.message}")
    for line in () if request.quiet else said:
        note(line)
    return FAILED if fatal else DONE


def _print(session: Session, told: Overview) -> None:
    def named(path: Path) -> str:
        return label(path, session.base)

    words = Words(told, named, session.settings.root.name)
    if session.format.name == "json":
        text = json.dumps(data(told, named), indent=1) + "\n"
        output.write([text.encode()], session.target)
    elif session.format.name == "markdown":
        output.write(["".join(markdown(words)).encode("utf-8", "replace")], session.target)
    elif session.target is None and output.has_colour(sys.stdout):
        from ..render import print_pieces

        print_pieces(pieces(words))
    else:
        output.write([text.encode("utf-8", "replace") for _, text in pieces(words)], session.target)
