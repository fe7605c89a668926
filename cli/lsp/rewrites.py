"""From a choice in an editor to new texts of files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ...engine.model import Assumption, Change, Finding
from ...engine.rewriting.compose import ComposeError, compose, overlaps
from ...engine.run.ignores import NotWritable, with_ignores
from .granting import file_of as granting_file
from .granting import granted
from .looking import Look

#: Path → text before (None for a new file) and after.
Texts = dict[Path, tuple[str | None, str]]


def made(look: Look, changes: Sequence[Change]) -> Texts:
    """What changes make of the files they touch; those that cannot be made with the ones before are left out."""
    try:
        after = compose(look.project, changes)
        kept = list(changes)
    except ComposeError:
        after, kept = look.project, []
        for change in changes:
            try:
                after = compose(look.project, [*kept, change])
                kept.append(change)
            except ComposeError:
                continue
    texts: Texts = {}
    for path in sorted({part.path for change in kept for part in change.files}):
        old, new = look.project.source(path), after.source(path)
        if new is not None and (old is None or old.text != new.text):
            texts[path] = (old.text if old is not None else None, new.text)
    return texts


def to_grant(change: Change) -> list[str]:
    """The names of all that a change assumes and nobody has granted, what hardly matters among it."""
    asked = (v.hazard for v in change.verdicts if isinstance(v, Assumption) and v.hazard not in change.granted)
    return list(dict.fromkeys(hazard.value for hazard in asked))


def granting(look: Look, change: Change, texts: Mapping[Path, str]) -> Texts:
    """What a change makes, and the configuration with all that it assumes granted; nothing where that cannot be written."""
    settings = look.project.settings
    path = granting_file(settings)
    try:
        old = texts[path] if path in texts else path.read_text(encoding="utf-8") if path.exists() else None
    except (OSError, UnicodeDecodeError):
        return {}
    new = granted(old or "", to_grant(change), shared=path.name == "pyproject.toml")
    rewritten = made(look, [change])
    return {**rewritten, path: (old, new)} if new is not None and rewritten and path not in rewritten else {}


def safe(findings: Iterable[Finding]) -> list[Change]:
    """The safe changes of findings, as many as can be made at once."""
    chosen: list[Change] = []
    for finding in findings:
        change = finding.choose(unsafe=False)
        if change is not None and not any(overlaps(change, other) for other in chosen):
            chosen.append(change)
    return chosen


def ignored(look: Look, finding: Finding) -> Texts:
    """The text with a comment that silences a finding; nothing where none can be written."""
    try:
        return {look.path: (look.text, with_ignores(look.text, [finding]))}
    except NotWritable:
        return {}
