"""`tgfix apply --interactive`, from the first to the last word."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from ...engine.review.item import State
from ...engine.review.session import Review
from ...engine.run.decisions import NAME, Decisions
from ...engine.run.journal import Journal, prepare_state_directory
from ...engine.sources.git import UsageError
from ..assumptions import to_check
from ..errors import DONE, FAILED, Interrupted, complain, note
from ..means import means_of
from ..report import count, label

if TYPE_CHECKING:
    from ..session import Session


def review_command(session: Session) -> int:
    """Decide change by change.

    Raises:
        Interrupted: with what was done until then.
        UsageError: there is no terminal.
    """
    _check(session)
    from ..progress import progress
    from .keyboard import Keyboard
    from .prompt import Prompt
    from .screen import Screen
    from .signals import Signals

    files = session.discover()  # it may narrow the settings
    settings = session.settings
    store = settings.root / NAME
    decisions = Decisions.load(store, missing_is_empty=True)

    def save() -> None:
        prepare_state_directory(settings.root)
        decisions.save(store)

    sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    with progress(quiet=False) as bar:
        review = Review(
            files.files,
            session.codemods,
            settings,
            Journal(settings.root, ["tgfix", *sys.argv[1:]]),
            decisions=decisions,
            save=save,
            progress=bar,
            means=means_of(session.request, settings),
        )
    with Signals() as signals:
        prompt = Prompt(review, session.codemods, session.base, Keyboard(), Screen(), signals)
        try:
            prompt.run()
        except KeyboardInterrupt:
            raise Interrupted(_summary(session, review, len(files.files))) from None
    for problem in (*files.problems, *review.problems):
        where = label(problem.path, session.base) + ("" if problem.line is None else f":{problem.line}")
        if problem.fatal:
            complain(f"{where}: {problem.message}")
        else:
            note(f"{'skipped ' if problem.skipped else ''}{where}: {problem.message}")
    note(_summary(session, review, len(files.files)))
    for line in to_check(item.change for item in review.items if item.state is State.ACCEPTED):
        note(line)
    return FAILED if any(problem.fatal for problem in review.problems) else DONE


def _check(session: Session) -> None:
    request = session.request
    clash = next((name for name, given in _clashes(session) if given), None)
    if clash:
        raise UsageError(f"--interactive does not go with {clash}; leave one of them out")
    if not sys.stdin.isatty() or not sys.stdout.isatty():
        raise UsageError(
            "--interactive needs a terminal for stdin and stdout; elsewhere `tgfix report --html FILE` makes a page to "
            "decide on, and `tgfix apply --decisions FILE` applies what was decided"
        )
    if request.quiet:
        raise UsageError("--interactive cannot be --quiet")


def _clashes(session: Session) -> list[tuple[str, object]]:
    request = session.request
    return [
        ("--dry-run", request.dry_run),
        ("`-`, which reads the source from stdin", request.from_stdin),
        (f"--format {request.format}", request.format != "text"),
        ("--output", request.output),
        ("--decisions, which applies without questions", request.decisions),
        ("--verify", request.verify),
        ("--commit-per-codemod", request.commit_per_codemod),
    ]


def _summary(session: Session, review: Review, examined: int) -> str:
    """What has become of the changes, told by their states."""
    states = Counter(item.state for item in review.items)
    total = sum(states.values()) - states[State.GONE]
    accepted, refused = states[State.ACCEPTED], states[State.REFUSED]
    undecided = states[State.OPEN] + states[State.SKIPPED]
    parts = [f"{accepted:,} of {count(total, 'change')} applied" if total else "nothing to decide"]
    if refused:
        parts.append(f"{refused:,} refused")
    if undecided:
        parts.append(f"{undecided:,} undecided")
    if states[State.WITHHELD]:
        parts.append(f"{states[State.WITHHELD]:,} withheld")
    if review.refused_before:
        parts.append(f"{review.refused_before:,} refused earlier")
    if review.left:
        parts.append(f"{count(len(review.left), 'place')} left alone")
    if review.suppressed:
        parts.append(f"{review.suppressed:,} suppressed")
    text = f"{', '.join(parts)}; {count(examined, 'file')} examined"
    return f"{text}; `{session.undo}` takes it back" if accepted else text
