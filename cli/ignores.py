"""Suppression comments in the sources: `check --add-ignore`, `check --remove-unused-ignores`, and remarks on unused ones."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.bowler.adapter import Scripts
from ..engine.foreign.libcst import Commands
from ..engine.problem import Problem
from ..engine.run import ignores
from ..engine.run.plan import Plan
from ..engine.sources.config import is_named
from ..engine.sources.git import UsageError
from ..engine.sources.ignore import fits
from ..engine.sources.source import SourceError, SourceFile
from ..engine.sources.suppress import Suppressions
from .errors import DONE, FAILED, complain, note
from .report import count, label

if TYPE_CHECKING:
    from .session import Session


def unused(session: Session, plan: Plan) -> dict[Path, tuple[SourceFile, list[ignores.Unused]]]:
    """The comments that silence nothing, by file; not where the run has not looked at all of it."""
    spoiled = {problem.path for problem in plan.problems if not problem.remark}
    found: dict[Path, tuple[SourceFile, list[ignores.Unused]]] = {}
    for path in plan.examined:
        if path in spoiled or session.settings.root in spoiled:
            continue
        try:
            data = session.stdin_bytes if path == session.stdin else path.read_bytes()
            if b"tgfix:" not in data:
                continue
            source = SourceFile.from_bytes(path, data)
        except (OSError, SourceError):
            continue  # looking at it has said so
        silenced = [finding for finding in plan.silenced if finding.path == path]
        comments = ignores.unused(source.text, silenced, _judge(session, path))
        if comments and not Suppressions.of(source.text).skip_file:
            found[path] = source, comments
    return found


def _judge(session: Session, path: Path) -> Callable[[str], bool]:
    """Whether every codemod that a selector means was run on a file."""
    settings = session.settings
    running = {c.code for c in session.codemods if not settings.ignores(path, c.code, c.name)}
    # codemods of others run where they are named; without any there is nothing to be silenced
    absent = {kind.code for kind, named in ((Scripts, settings.bowler), (Commands, settings.libcst)) if not named}
    expected = [c for c in session.available if c.code in running or c.code not in absent]

    def ran(selector: str) -> bool:
        meant = [
            c
            for c in expected
            if fits([selector], c.code, c.name) >= 0
            and (c.code in running or not c.opt_in or is_named([selector], c.code, c.name))
        ]
        return bool(meant) and all(c.code in running for c in meant)

    return ran


def remarks(session: Session, plan: Plan) -> Iterator[Problem]:
    """A remark on each comment that silences nothing."""
    for path, (_, comments) in unused(session, plan).items():
        for comment in comments:
            yield Problem(path, comment.message, line=comment.pragma.row, remark=True)


def add(session: Session, plan: Plan) -> int:
    """Write a comment for each finding that could be rewritten."""
    reason = " ".join((session.request.add_ignore or "").split())
    if "#" in reason or "]" in reason:
        raise UsageError(
            f"--add-ignore: the reason {reason!r} holds a character that has a meaning in the comment: # or ]"
        )
    findings = [proposal.finding for proposal in (*plan.chosen, *plan.hidden)]
    texts: dict[Path, tuple[SourceFile, str]] = {}
    failed = False
    for path in dict.fromkeys(finding.path for finding in findings):
        source = SourceFile.read(path)
        try:
            about = [finding for finding in findings if finding.path == path]
            texts[path] = source, ignores.with_ignores(source.text, about, reason)
        except ignores.NotWritable as error:
            complain(f"{label(path, session.base)}: {error}")
            failed = True
    return _write(session, texts, f"{count(len(findings), 'finding')} silenced", failed)


def remove(session: Session, plan: Plan) -> int:
    """Take the comments away that silence nothing."""
    found = unused(session, plan)
    texts = {path: (source, ignores.without(source.text, comments)) for path, (source, comments) in found.items()}
    number = sum(len(comments) for _, comments in found.values())
    return _write(session, texts, f"{count(number, 'unused comment')} taken away", False)


def _write(session: Session, texts: dict[Path, tuple[SourceFile, str]], what: str, failed: bool) -> int:
    from ..engine.rewriting.compose import FileResult
    from ..engine.run.journal import Journal
    from ..engine.run.write import execute

    files = tuple(FileResult(path, source.data, source.encode(text), source) for path, (source, text) in texts.items())
    result = execute(Plan((), files, (), (), ()), Journal(session.settings.root, ["tgfix", *sys.argv[1:]]))
    for problem in result.problems:
        complain(f"{label(problem.path, session.base)}: {problem.message}")
    if not session.request.quiet:
        note(f"{what} in {count(len(result.written), 'file')}")
        if result.written:
            note(f"`{session.undo}` takes it back")
    return FAILED if failed or result.problems else DONE
