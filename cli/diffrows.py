"""A diff as rows of two columns, with the words that differ: what the review prompt and the HTML report draw."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from ..engine.rewriting.diff import grouped_opcodes

#: Spans of characters, end exclusive.
Spans = tuple[tuple[int, int], ...]

#: Lines less alike than this are no pair.
ALIKE = 0.45
#: Pairs of lines that are compared in one block of changed lines; larger blocks are shown line by line.
MAX_COMPARED = 2_500

_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_TOKEN = re.compile(r"\w+|\s+|.")


@dataclass(frozen=True, slots=True)
class Row:
    """A line on the left, its counterpart on the right; one of them may be missing. Numbers are None where the line is."""

    old_number: int | None
    old: str
    new_number: int | None
    new: str
    #: What differs, in a pair of changed lines.
    old_marks: Spans = ()
    new_marks: Spans = ()

    @property
    def changed(self) -> bool:
        """Whether it shows a difference."""
        return self.old_number is None or self.new_number is None or self.old != self.new


def lines_of(text: str) -> list[str]:
    """The lines of a text of any newline style, without their ends."""
    found = _LINE.findall(text)
    return found if found and found[-1] else found[:-1]


def diff_rows(before: str, after: str, *, context: int = 3, first: tuple[int, int] = (1, 1)) -> Iterator[list[Row]]:
    """The rows of each hunk of the diff between two texts; `first` are the numbers of their first lines."""
    old, new = lines_of(before), lines_of(after)
    left, right = first
    encoded = [[line.encode("utf-8", "surrogatepass") for line in lines] for lines in (old, new)]
    for group in grouped_opcodes(encoded[0], encoded[1], context):
        rows: list[Row] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                    rows.append(Row(left + i, old[i], right + j, new[j]))
            else:
                rows += _changed(old[i1:i2], new[j1:j2], left + i1, right + j1)
        yield rows


def _changed(old: Sequence[str], new: Sequence[str], left: int, right: int) -> Iterator[Row]:
    i = j = 0
    for pair_i, pair_j in (*_pairs(old, new), (len(old), len(new))):
        for n in range(i, pair_i):
            yield Row(left + n, old[n], None, "")
        for n in range(j, pair_j):
            yield Row(None, "", right + n, new[n])
        if pair_i < len(old):
            marks = _marks(old[pair_i], new[pair_j])
            yield Row(left + pair_i, old[pair_i], right + pair_j, new[pair_j], *marks)
        i, j = pair_i + 1, pair_j + 1


def _pairs(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Lines that are versions of each other, in order: those that are most alike in all."""
    if not old or not new or len(old) * len(new) > MAX_COMPARED:
        return []
    best: list[list[tuple[float, tuple[tuple[int, int], ...]]]] = [[(0.0, ())] * (len(new) + 1)]
    for i, line in enumerate(old):
        row: list[tuple[float, tuple[tuple[int, int], ...]]] = [(0.0, ())]
        for j, other in enumerate(new):
            options = [best[i][j + 1], row[j]]
            likeness = _likeness(line, other)
            if likeness >= ALIKE:
                score, pairs = best[i][j]
                options.append((score + likeness, (*pairs, (i, j))))
            row.append(max(options, key=lambda option: option[0]))
        best.append(row)
    return list(best[-1][-1][1])


@lru_cache(maxsize=4096)
def _likeness(one: str, other: str) -> float:
    a, b = _TOKEN.findall(one.strip()), _TOKEN.findall(other.strip())
    return SequenceMatcher(None, a, b, autojunk=False).ratio() if a and b else 0.0


def _marks(old: str, new: str) -> tuple[Spans, Spans]:
    """The words by which two lines differ."""
    a, b = _TOKEN.findall(old), _TOKEN.findall(new)
    starts = [_starts(tokens) for tokens in (a, b)]
    left, right = [], []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag != "equal":
            left += [(starts[0][i1], starts[0][i2])] if i2 > i1 else []
            right += [(starts[1][j1], starts[1][j2])] if j2 > j1 else []
    return tuple(left), tuple(right)


def _starts(tokens: Sequence[str]) -> list[int]:
    starts = [0]
    for token in tokens:
        starts.append(starts[-1] + len(token))
    return starts
