"""`tgfix baseline`: write what is found today to a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ..engine.run.baseline import NAME, Baseline
from ..engine.sources.git import UsageError
from .errors import DONE, FAILED, complain, note
from .report import count, label
from .request import Request, writable
from .session import Session


def baseline_command(request: Request) -> int:
    """Write the file; what it holds of files and codemods that this call is not about stays in it."""
    if request.from_stdin:
        raise UsageError("a baseline is made of files, and `-` reads from stdin")
    session = Session(replace(request, output=None, decisions=None), "baseline")
    target = Path(request.output) if request.output is not None else session.settings.baseline
    target = writable(target or session.settings.root / NAME, "--output")
    before = Baseline.load(target) if target.exists() else Baseline()
    plan = session.make_plan()
    for problem in plan.problems:
        where = f"{label(problem.path, session.base)}: {problem.message}"
        complain(where) if problem.fatal else note(where)
    if any(problem.fatal for problem in plan.problems):
        note(f"{label(target, session.base)} is not written, because findings would be missing in it")
        return FAILED
    examined = frozenset(plan.examined)
    now = Baseline.of(plan.findings, session.settings.root)
    elsewhere = [known for known in before if not session.has_looked(known, examined)]
    after = Baseline([*now, *(known for known in elsewhere if known.fingerprint not in now.fingerprints)])
    target.write_bytes(after.dump())
    if not request.quiet:
        new, gone = (len(a.fingerprints - b.fingerprints) for a, b in ((after, before), (before, after)))
        note(
            f"{label(target, session.base)}: {count(len(after), 'finding')} ({new:,} new in it, {gone:,} gone from it)"
        )
        if target != session.settings.baseline:
            note(f"`tgfix check --baseline {label(target, session.base)}` shows what is new from here on")
            place = session.settings.config_file or session.settings.root / "tgfix.toml"
            line = f'baseline = "{label(target, place.parent)}"'
            note(f"with `{line}` in {label(place, session.base)} every command goes by it")
    return DONE
