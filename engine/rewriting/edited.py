"""Changes in a form that a person has edited: as blocks of lines that are found again when the file has moved around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Change, Edit, FileChange
from ..sources.source import LINE
from . import support

if TYPE_CHECKING:
    from ..analysis.module import Project

#: Unchanged lines kept around each changed block, by which it is found again.
CONTEXT = 3


@dataclass(frozen=True, slots=True)
class Hunk:
    """Some lines of a file and what becomes of them, newlines as ``\\n``, with unchanged lines around them."""

    #: Relative to the project's root, with forward slashes.
    path: str
    #: Where `before` begins, 1-based.
    line: int
    before: str
    after: str


def hunks(path: str, before: str | None, after: str) -> Iterator[Hunk]:
    """What differs between two texts of a file; `before` is None for a new one."""
    old, new = (_lines(text) for text in (support.HEADER if before is None else before, after))
    for group in SequenceMatcher(None, old, new, autojunk=False).get_grouped_opcodes(CONTEXT):
        (_, i1, _, j1, _), (_, _, i2, _, j2) = group[0], group[-1]
        yield Hunk(path, i1 + 1, "".join(old[i1:i2]), "".join(new[j1:j2]))


def change_of(original: Change, wanted: Iterable[Hunk], project: Project, shift: int = 0) -> Change | None:
    """`original` with other edits: those of the hunks. None where their lines are not found.

    `shift` is by how many lines the place has moved since the hunks were made.
    """
    edits: dict[Path, list[Edit]] = {}
    for hunk in wanted:
        path = project.settings.root / hunk.path
        source = project.source(path)
        edit = _edit(support.HEADER if source is None else source.text, hunk, shift)
        if edit is None:
            return None
        edits.setdefault(path, []).append(edit)
    files = tuple(FileChange(path, tuple(sorted(found))) for path, found in sorted(edits.items()))
    return replace(original, files=files) if files else None


def _edit(text: str, hunk: Hunk, shift: int) -> Edit | None:
    """The edit that a hunk makes, at the place nearest to where it should be."""
    lines = _lines(text)
    old, new = _lines(hunk.before), _lines(hunk.after)
    starts = [0]
    for match in LINE.finditer(text):
        starts.append(match.end())
    expected = hunk.line - 1 + shift
    places = [n for n in range(len(lines) - len(old) + 1) if lines[n : n + len(old)] == old]
    if not places:
        return None
    first = min(places, key=lambda place: abs(place - expected))
    head = 0
    while head < min(len(old), len(new)) and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(new)) - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    return Edit(starts[first + head], starts[first + len(old) - tail], "".join(new[head : len(new) - tail]))


def _lines(text: str) -> list[str]:
    """Lines with ``\\n`` at their ends, whatever the text has there."""
    return [line.rstrip("\r\n") + ("\n" if line[-1] in "\r\n" else "") for line in LINE.findall(text)]
