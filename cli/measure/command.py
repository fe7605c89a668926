"""`tgfix measure`: what is compared with what, and what is said of it."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...engine.measure import copies, libraries
from ...engine.measure.entries import Entry, entries, given
from ...engine.measure.installing import pip_line
from ...engine.measure.measuring import certificate, measure, scratch_removed
from ...engine.measure.obstacles import new_packages
from ...engine.measure.places import Place
from ...engine.measure.running import Interpreter, Runner, interpreter_of
from ...engine.measure.starting import NotStarted, Wish
from ...engine.report import measured
from ...engine.sources.git import UsageError
from .. import output
from ..errors import DONE, FAILED, FOUND, complain, note
from ..request import Request, is_json, output_file
from ..session import Session
from .asked import Asked, number, seconds
from .words import Conditions, document, of_measurement, text

if TYPE_CHECKING:
    from ...engine.run.plan import Plan

#: The first release that a program's surroundings can be run in.
_PYTHON = (3, 10)


def measure_command(asked: Asked) -> int:
    """Measure, and print what moved; 1 where the bot does something else."""
    as_json = is_json(asked.format)
    session = _session(asked)
    target = output_file(session.request)
    root, told = session.settings.root, session.settings.measure
    interpreter = interpreter_for(root, asked.python or told.get("python"))
    entry = entry_of(asked, root, told)
    plan = None if asked.before else session.make_plan()
    changed, places = ({}, []) if plan is None else changes(plan, root, interpreter)
    if not asked.before and not changed:
        note("there is nothing to rewrite; --unsafe-fixes includes changes that need a person's eye")
        return DONE
    if not may_run(asked, root, entry, "tgfix measure"):
        return FAILED
    wish = wish_of(asked, told, entry)
    scratch = Path(tempfile.mkdtemp(prefix="tgfix-measure-"))
    try:
        before, after = scratch / "before", scratch / "after"
        if asked.before:
            copies.revision_of(root, before, asked.before)
        else:
            copies.copy_of(root, before, {})
        copies.copy_of(root, after, changed)
        library = libraries.told(libraries.used(before, interpreter.versions), interpreter.versions)
        runner = Runner(scratch, interpreter, certificate(scratch), root)
        say = note if not asked.quiet else lambda _: None
        found = measure(runner, before, after, wish, places, say)
    except NotStarted as error:
        return _not_started(error, asked)
    finally:
        scratch_removed(scratch)
    conditions = Conditions(library, wish.api_latency, wish.http_latency, asked.before, len(changed))
    if plan is not None:
        measured.save(root, plan.examined, of_measurement(found, conditions))
    if as_json:
        printed = json.dumps(document(found, conditions), indent=1) + "\n"
    else:
        printed = text(found, conditions)
    output.write([printed.encode("utf-8", "replace")], target)
    return FOUND if found.differences else DONE


def _session(asked: Asked) -> Session:
    path = Path(asked.path)
    if not path.exists():
        raise UsageError(f"{asked.path} does not exist; name the project or the program that starts the bot")
    request = Request(
        paths=(str(path if path.is_dir() else path.parent),),
        dry_run=True,
        select=asked.select or (),
        ignore=asked.ignore or (),
        unsafe_fixes=asked.unsafe_fixes,
        assume=asked.assume or (),
        config=asked.config,
        output=asked.output,
        quiet=asked.quiet,
    )
    return Session(request, "apply")


def interpreter_for(root: Path, named: str | None) -> Interpreter:
    """The Python that a project's bot runs with.

    Raises:
        UsageError: it is too old, or has no library whose bots can be run.
    """
    interpreter = interpreter_of(root, named or None)
    if interpreter.version < _PYTHON:
        is_, least = (".".join(map(str, each)) for each in (interpreter.version, _PYTHON))
        raise UsageError(
            f"{interpreter.path} is Python {is_}, and bots are measured in {least} or newer; name one by --python"
        )
    if not any(each.takes(interpreter.versions.get(each.module, "")) for each in libraries.LIBRARIES):
        names = " or ".join(f"{each.package} {'.'.join(map(str, each.since))}" for each in libraries.LIBRARIES)
        raise UsageError(
            f"{interpreter.path} has no {names} or newer, whose bots can be measured; name the bot's Python by --python"
        )
    return interpreter


def entry_of(asked: Asked, root: Path, told: Mapping[str, Any]) -> Entry | None:
    """The program that is named; None where none is.

    Raises:
        UsageError: there is no such program.
    """
    path = Path(asked.path)
    named = _inside(path, root) if path.is_file() else told.get("entry")
    if not named:
        return None
    found = given(root, named)
    if found is None:
        raise UsageError(f"[tool.tgfix.measure]: entry: there is no program {named!r} in {root}")
    return found


def wish_of(asked: Asked, told: Mapping[str, Any], entry: Entry | None) -> Wish:
    """What a measurement is asked for, by options and by the project's configuration."""
    return Wish(
        entry=entry,
        environment={name: str(value) for name, value in told.get("env", {}).items()},
        files={name: str(value) for name, value in told.get("files", {}).items()},
        arguments=[str(argument) for argument in told.get("args", [])],
        admins=[int(admin) for admin in told.get("admins", [])],
        routes=told.get("answers", []),
        api_latency=seconds(asked.api_latency, "--api-latency"),
        http_latency=seconds(asked.http_latency, "--http-latency"),
        limit=float(told.get("limit", 120)),
        users=number(asked.users, "--users"),
        faults=asked.faults,
    )


def changes(plan: Plan, root: Path, interpreter: Interpreter) -> tuple[dict[str, bytes], list[Place]]:
    """The files as they would be, by their paths, and the places that are rewritten.

    Raises:
        UsageError: the bot's Python lacks a package that the changes need.
    """
    files = [(_inside(each.path, root), each) for each in plan.files]
    changed = {name: each.after for name, each in files}
    wanted = new_packages({name: each.before for name, each in files}, changed, root)
    if missing := interpreter.lacks(wanted):
        raise UsageError(
            f"the changes need packages that the bot's Python lacks: {interpreter.path} -m {pip_line(missing, root)}"
        )
    places = [
        Place(_inside(finding.path, root), finding.line, finding.end_line, finding.code)
        for proposal in plan.chosen
        for finding in proposal.finding.places
    ]
    return changed, places


def _inside(path: Path, root: Path) -> str:
    """A path in the project, as the copies of it have it."""
    return path.resolve().relative_to(root.resolve()).as_posix()


def may_run(asked: Asked, root: Path, entry: Entry | None, command: str) -> bool:
    """Whether the owner lets the program be run."""
    if asked.yes:
        return True
    name = str(entry or next(iter(entries(root)), "the bot"))
    question = f"{command} runs {name} of {root}, in a copy without secrets, offline."
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(f"{question} Say so by --yes")
    import typer

    return typer.confirm(f"{question} Go on?", err=True)


def _not_started(error: NotStarted, asked: Asked) -> int:
    after = " after the changes" if error.side == "after" else ""
    complain(f"{error.entry or 'the bot'} does not start{after}: {error.obstacle}")
    if asked.verbose:
        crash = error.outcome.report.get("crash") or {}
        note(crash.get("trace") or error.outcome.report.get("overdue") or error.outcome.output or "it printed nothing")
    return FOUND if error.side == "after" else FAILED
