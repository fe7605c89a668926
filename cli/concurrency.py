"""What runs together in the programs that were examined, in words and as plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..engine.analysis.concurrency import Concurrency, Evidence
    from ..engine.sources.config import Settings

Label = Callable[[Path], str]


def examined(settings: Settings, paths: Iterable[Path]) -> tuple[Concurrency, ...]:
    """The programs for Telegram that the files belong to; this parses them."""
    from ..engine.analysis.concurrency import programs
    from ..engine.analysis.module import Project

    paths = tuple(paths)
    return tuple(programs(Project(settings, paths), paths))


def lines(program: Concurrency, label: Label) -> Iterator[str]:
    """A sentence for each place that was decisive, then the answer."""
    for evidence in (*program.evidence, *program.beside):
        yield f"{label(evidence.path)}:{evidence.line} {evidence.sentence}"
    yield program.summary()


def data(program: Concurrency, label: Label) -> dict[str, Any]:
    """The same as plain data for the formats for machines; `sequential` is None where it is not known."""
    return {
        "library": program.library,
        "sequential": program.sequential,
        "alone": program.alone,
        "evidence": [_place(evidence, label) for evidence in program.evidence],
        "beside": [_place(evidence, label) for evidence in program.beside],
    }


def _place(evidence: Evidence, label: Label) -> dict[str, Any]:
    kind = {"kind": evidence.kind.value} if evidence.kind else {}
    return {"path": label(evidence.path), "line": evidence.line, **kind, "sentence": evidence.sentence}
