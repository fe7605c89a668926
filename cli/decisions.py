"""`tgfix decisions`: what people have decided about the project's changes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.run.atomic import WriteError
from ..engine.run.decisions import NAME, Decisions
from ..engine.sources.config import did_you_mean
from ..engine.sources.config_file import find_root
from ..engine.sources.git import UsageError
from ..engine.sources.ignore import fits
from .errors import DONE, FAILED, complain, note
from .output import write
from .report import count

if TYPE_CHECKING:
    from ..engine.run.decisions import Decision


def decisions_command(action: str, which: tuple[str, ...], project: str | None) -> int:
    """List decisions, or forget some.

    Raises:
        UsageError: there is no such action, or nothing of what is named is there.
    """
    if action not in ("list", "forget"):
        raise UsageError(f"there is no `tgfix decisions {action}`; there is list and forget")
    start = Path.cwd() if project is None else Path(project)
    if not start.is_dir():
        raise UsageError(f"--project {project}: there is no such directory")
    root = find_root(start)
    file = root / NAME
    decisions = Decisions.load(file, missing_is_empty=True)
    if action == "forget":
        return _forget(decisions, which, file, root)
    chosen = _chosen(decisions, which, root) if which else list(decisions)
    for decision in sorted(chosen, key=lambda d: (d.path, d.line, d.fingerprint)):
        place = f"{decision.path}:{decision.line}"
        scope = f" in {decision.scope}" if decision.scope else ""
        text = f"{decision.fingerprint}  {decision.answer}  {place}  {decision.code} {decision.name}{scope}: {decision.title}"
        write([f"{text}\n".encode("utf-8", "surrogateescape")])
    if not chosen:
        note(f"nothing is decided in {root}; --project DIR looks in another project")
    return DONE


def _forget(decisions: Decisions, which: tuple[str, ...], file: Path, root: Path) -> int:
    if not which:
        raise UsageError(
            "name what to forget: fingerprints, codes or paths as `tgfix decisions list` shows them, or ALL"
        )
    chosen = _chosen(decisions, which, root)
    for decision in chosen:
        decisions.forget(decision.fingerprint)
    if chosen:
        try:
            decisions.save(file)
        except WriteError as error:
            complain(f"{file} {error}")
            return FAILED
    note(f"{count(len(chosen), 'decision')} forgotten, {len(decisions):,} left")
    return DONE


def _chosen(decisions: Decisions, which: tuple[str, ...], root: Path) -> list[Decision]:
    """The decisions that any of the words names; each has to name one."""
    chosen: dict[str, Decision] = {}
    for word in which:
        named = [decision for decision in decisions if _names(word, decision, root)]
        if not named and word != "ALL":
            known = {k for d in decisions for k in (d.fingerprint, d.code, d.name, d.path)}
            raise UsageError(f"no decision is about {word}{did_you_mean(word, sorted(known))}")
        chosen |= {decision.fingerprint: decision for decision in named}
    return list(chosen.values())


def _names(word: str, decision: Decision, root: Path) -> bool:
    if word == decision.fingerprint or fits([word], decision.code, decision.name) >= 0:
        return True
    path = Path(os.path.abspath(word))  # `resolve` would follow links
    target = root / decision.path
    return target == path or path in target.parents
