"""Accepted changes → new texts: edits, then the imports and helpers that several may want, then the imports nobody
wants.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..analysis.module import Module, Project
from ..model import Change, Edit, FileChange
from ..sources.discover import SUFFIXES
from ..sources.requirements import adding
from ..sources.source import SourceError, SourceFile
from . import imports, support, unused
from .verify import faults

_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class FileResult:
    """One file of a plan: its bytes before (None: a new file) and after."""

    path: Path
    before: bytes | None
    after: bytes
    source: SourceFile | None = None


class ComposeError(Exception):
    """A change that cannot be applied, or whose result fails verification."""


def overlaps(one: Change, other: Change) -> bool:
    """Whether two changes touch the same text, so that the second must be found afresh after the first."""
    for mine in one.files:
        for theirs in other.files:
            if mine.path == theirs.path and any(_touch(a, b) for a in mine.edits for b in theirs.edits):
                return True
    return False


def interfere(one: Change, other: Change) -> bool:
    """Whether it matters if two changes are made together or one after the other.

    They touch the same text, or bring different support code to the same file, whose order would differ.
    """
    if overlaps(one, other):
        return True
    brought = [
        {part.path: {helper.name for helper in part.helpers} for part in c.files if part.helpers} for c in (one, other)
    ]
    return any(path in brought[1] and names != brought[1][path] for path, names in brought[0].items())


def _touch(a: Edit, b: Edit) -> bool:
    return (a.start < b.end and b.start < a.end) or a.start == b.start


def apply_edits(text: str, edits: Iterable[Edit], default_newline: str) -> str:
    """`text` with the edits applied; their newlines become those of the place they go to.

    Raises:
        ComposeError: two edits overlap, or one reaches behind the end.
    """
    pieces: list[str] = []
    position = 0
    for edit in sorted(edits):
        if edit.start < position or edit.end > len(text):
            raise ComposeError(f"the edit at {edit.start}-{edit.end} overlaps another one")
        pieces += (text[position : edit.start], _with_newlines(text, edit, default_newline))
        position = edit.end
    return "".join((*pieces, text[position:]))


def _with_newlines(text: str, edit: Edit, default: str) -> str:
    if "\n" not in edit.text and "\r" not in edit.text:
        return edit.text
    near = _NEWLINE.search(text, edit.start)
    return _NEWLINE.sub(near.group() if near else default, edit.text)


def compose(project: Project, changes: Sequence[Change]) -> Project:
    """The project with all of `changes` applied and verified.

    Raises:
        ComposeError: a result does not parse or fails a check of `engine.verify`.
    """
    modules, texts = _composed(project, changes, verified=False)
    after = project.with_modules(modules)
    return after.with_sources(texts) if texts else after


def texts_of(project: Project, changes: Sequence[Change], *, verified: bool) -> dict[Path, SourceFile]:
    """What `changes` make of the files that they touch; what was `verified` together with others is not looked at again.

    Raises:
        ComposeError: as `compose` does.
    """
    modules, texts = _composed(project, changes, verified=verified)
    return {**{path: module.source for path, module in modules.items()}, **texts}


def _composed(
    project: Project, changes: Sequence[Change], *, verified: bool
) -> tuple[dict[Path, Module], dict[Path, SourceFile]]:
    """The programs that changes make, and the other texts; of what is `verified` all are texts."""
    parts: dict[Path, list[FileChange]] = {}
    for change in changes:
        for part in change.files:
            parts.setdefault(part.path, []).append(part)
    modules: dict[Path, Module] = {}
    texts: dict[Path, SourceFile] = {}
    for path, wanted in parts.items():
        if not _is_program(project, path) or (verified and _are_all(project, path, wanted)):
            texts[path] = _compose_text(project, path, wanted)
        elif verified:
            steps = _steps(project, path, wanted)
            texts[path] = _rewritten(steps.last, steps.edits)
        else:
            modules[path] = _compose_file(project, path, wanted)
    return modules, texts


def _is_program(project: Project, path: Path) -> bool:
    return path.suffix in SUFFIXES or path in project.requested


def _are_all(project: Project, path: Path, parts: list[FileChange]) -> bool:
    """Whether the edits are all that a program needs: no imports, no helpers, and no import to look at that nothing else may use."""
    if project.source(path) is None or any(part.imports or part.helpers or part.requirements for part in parts):
        return False
    return not unused.orphaned(project.module(path), [(e.start, e.end) for part in parts for e in part.edits])


def differences(before: Project, after: Project, paths: Iterable[Path]) -> tuple[FileResult, ...]:
    """Those of the files that differ between two states of a project, in order of path."""
    found = []
    for path in sorted(set(paths)):
        old, new = before.source(path), after.source(path)
        if new is not None and (old is None or old.data != new.data):
            found.append(FileResult(path, old.data if old else None, new.data, old))
    return tuple(found)


def _compose_file(project: Project, path: Path, parts: list[FileChange]) -> Module:
    steps = _steps(project, path, parts)
    module = _edited(steps.last, steps.edits)
    if wrong := faults(steps.old, module, steps.parts):
        raise ComposeError("; ".join(wrong))
    return module


@dataclass(frozen=True, slots=True)
class _Steps:
    """A program as it was, what it is to become, and the last edits that make it so."""

    old: Module
    parts: list[FileChange]
    last: Module
    edits: Iterable[Edit]


def _steps(project: Project, path: Path, parts: list[FileChange]) -> _Steps:
    before = project.source(path)
    start = before or SourceFile.from_bytes(path, support.HEADER.encode())
    old = Module(start, project) if before is None else project.module(path)
    asked = tuple(e for r in _requirements(parts) for e in _asking(path, start.text, r))  # setup.py is a program, too
    parts = [*parts, FileChange(path, asked)]
    edits: Iterable[Edit] = {edit for part in parts for edit in part.edits}
    candidates = unused.orphaned(old, [(e.start, e.end) for e in edits])
    helpers = tuple(support.with_requirements(tuple({h: None for part in parts for h in part.helpers})))
    by_helpers = {i for h in helpers for i in h.imports}
    wanted = {i for part in parts for i in part.imports} | by_helpers

    module = old
    if wanted:
        module = _edited(module, edits)
        edits = imports.added(module, wanted, by_helpers)
    if helpers:
        module = _edited(module, edits)
        edits = support.added(module, helpers)
    if candidates:
        module = _edited(module, edits)
        edits = unused.removed(module, candidates)
    return _Steps(old, parts, module, edits)


def _compose_text(project: Project, path: Path, parts: list[FileChange]) -> SourceFile:
    """A file that is no Python: edits, and requirements, each once however many changes want it."""
    try:
        source = project.source(path)
        if source is None:
            raise ComposeError(f"{path.name} does not exist")
        text = apply_edits(source.text, {edit for part in parts for edit in part.edits}, source.newline)
        for requirement in _requirements(parts):
            text = apply_edits(text, _asking(path, text, requirement), source.newline)
        return SourceFile.from_bytes(path, source.encode(text))
    except SourceError as error:
        raise ComposeError(f"{path.name} {error}") from error


def _requirements(parts: list[FileChange]) -> list[str]:
    return sorted({wanted for part in parts for wanted in part.requirements})


def _asking(path: Path, text: str, wanted: str) -> list[Edit]:
    edits = adding.added(path, text, wanted)
    if edits is None:
        raise ComposeError(f"{path.name} cannot be made to ask for {wanted}")
    return edits


def _edited(module: Module, edits: Iterable[Edit]) -> Module:
    if not edits:
        return module
    source = _rewritten(module, edits)
    try:
        return Module(source, module.project)
    except Exception as error:
        raise ComposeError(f"the result would not be a program: {error}") from error


def _rewritten(module: Module, edits: Iterable[Edit]) -> SourceFile:
    source = module.source
    text = apply_edits(source.text, edits, source.newline)
    try:
        return SourceFile.from_bytes(source.path, source.encode(text))
    except Exception as error:
        raise ComposeError(f"the result would not be a program: {error}") from error
