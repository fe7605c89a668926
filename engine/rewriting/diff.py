"""Unified diffs of bytes that `git apply` takes exactly, whatever the encoding and the newlines of the file."""

from __future__ import annotations

import os
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import Match, SequenceMatcher
from operator import itemgetter
from typing import Any

#: difflib looks at every pair of equal lines, again for each block it finds; with more pairs it takes seconds, and
#: `_long_runs` is asked instead.
MAX_PAIRS = 40_000
#: Edits after which `_shortest_path` settles for the best it has and goes on from there: at first, and at last.
MAX_EDITS, LEAST_EDITS = 300, 30

_NO_NEWLINE = b"\n\\ No newline at end of file\n"
_NEEDS_QUOTES = re.compile(rb'[\x00-\x1f\x7f"\\]')
_ESCAPES = {7: b"\\a", 8: b"\\b", 9: b"\\t", 10: b"\\n", 11: b"\\v", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}


def unified_diff(before: bytes | None, after: bytes, label: str, *, context: int = 3) -> bytes:
    """The diff between two versions of a file; empty when they are equal.

    `before` is None for a new file. `label` is the file's path as `git apply` should see it, with forward slashes and
    relative to the directory where it runs. Lines end at ``\\n`` only, so CRLF and every encoding pass through
    unchanged.
    """
    if before == after:
        return b""
    name = os.fsencode(label)
    old, new = _lines(before or b""), _lines(after)
    old_name = b"/dev/null" if before is None else _file_name(b"a/" + name)
    header = b"--- %s\n+++ %s\n" % (old_name, _file_name(b"b/" + name))
    if not after:
        header = _git_header(before, name) + (header if old else b"\n")  # the blank line ends a header without a diff
    groups = grouped_opcodes(old, new, context) if old or new else ()
    return header + b"".join(_hunk(old, new, group) for group in groups)


def grouped_opcodes(
    old: Sequence[bytes], new: Sequence[bytes], context: int = 3
) -> Iterator[list[tuple[str, int, int, int, int]]]:
    """The hunks of the diff between two sequences of lines, as difflib gives them."""
    return iter(_LineMatcher(old, new).get_grouped_opcodes(context))


def lines_before(before: bytes, after: bytes) -> dict[int, int]:
    """The lines of `after`, from 1 on, that stand in `before` as well → where."""
    runs = _LineMatcher(_lines(before), _lines(after)).get_matching_blocks()
    return {run.b + n: run.a + n for run in runs for n in range(1, run.size + 1)}


def _lines(data: bytes) -> list[bytes]:
    return re.findall(rb"[^\n]*\n|[^\n]+", data)


def _git_header(before: bytes | None, name: bytes) -> bytes:
    """What git must be told of a file that is empty afterwards.

    Without it git takes a text that has become empty for a deleted file, and finds no diff at all in a new, empty file.
    """
    line = b"diff --git %s %s\n" % (_quoted(b"a/" + name), _quoted(b"b/" + name))
    return line + b"new file mode 100644\n" if before is None else line


def _file_name(name: bytes) -> bytes:
    """A name as git's ``---`` and ``+++`` lines have it: a tab ends one with spaces, quotes hold control characters."""
    quoted = _quoted(name)
    return quoted + b"\t" if b" " in name and quoted == name else quoted


def _quoted(name: bytes) -> bytes:
    if not _NEEDS_QUOTES.search(name):
        return name
    return b'"%s"' % b"".join(_ESCAPES.get(c) or (b"\\%03o" % c if c < 32 or c == 127 else bytes((c,))) for c in name)


def _hunk(old: Sequence[bytes], new: Sequence[bytes], group: list[tuple[str, int, int, int, int]]) -> bytes:
    first, last = group[0], group[-1]
    parts = [b"@@ -%s +%s @@\n" % (_range(first[1], last[2]), _range(first[3], last[4]))]
    for tag, i1, i2, j1, j2 in group:
        if tag == "equal":
            parts += (_marked(b" ", line) for line in old[i1:i2])
        else:
            parts += (_marked(b"-", line) for line in old[i1:i2])
            parts += (_marked(b"+", line) for line in new[j1:j2])
    return b"".join(parts)


def _marked(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + _NO_NEWLINE


def _range(start: int, stop: int) -> bytes:
    length = stop - start
    if length == 1:
        return b"%d" % (start + 1)
    return b"%d,%d" % (start + 1 if length else start, length)


# Which lines differ


class _LineMatcher(SequenceMatcher[bytes]):
    """difflib's matcher, but quick on long and on repetitive files."""

    def __init__(self, old: Sequence[bytes], new: Sequence[bytes]) -> None:
        self.old, self.new = old, new
        super().__init__(None, old, new, autojunk=False)

    def get_matching_blocks(self) -> list[Match]:
        """Runs of equal lines in order, as difflib gives them: disjoint, not adjacent, a run of length 0 at the end."""
        old, new = self.old, self.new
        head = _common_prefix(old, new, 0, 0)
        shorter = min(len(old), len(new)) - head
        tail = 0
        while tail < shorter and old[-1 - tail] == new[-1 - tail]:
            tail += 1
        inner_old, inner_new = old[head : len(old) - tail], new[head : len(new) - tail]
        runs: Iterable[tuple[int, int, int]]
        if _pairs(inner_old, inner_new) <= MAX_PAIRS:
            runs = SequenceMatcher(None, inner_old, inner_new, autojunk=False).get_matching_blocks()
        else:
            runs = _long_runs(inner_old, inner_new)
        inner = ((i + head, j + head, size) for i, j, size in runs)
        blocks = _merged([(0, 0, head), *inner, (len(old) - tail, len(new) - tail, tail)])
        return [*blocks, Match(len(old), len(new), 0)]


def _pairs(old: Iterable[bytes], new: Iterable[bytes]) -> int:
    counts = Counter(new)
    return sum(count * counts[line] for line, count in Counter(old).items())


def _merged(runs: Iterable[tuple[int, int, int]]) -> list[Match]:
    blocks: list[Match] = []
    for i, j, size in runs:
        last = blocks[-1] if blocks else Match(0, 0, 0)
        if blocks and (i, j) == (last.a + last.size, last.b + last.size):
            blocks[-1] = Match(last.a, last.b, last.size + size)
        elif size:
            blocks.append(Match(i, j, size))
    return blocks


def _long_runs(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[tuple[int, int, int]]:
    """Runs of equal lines: those that are unique on both sides, and between them the shortest path of edits.

    Lines that the other side does not have cannot be part of any run; without them few edits remain, however many
    lines differ.
    """
    in_old, in_new = set(old), set(new)
    kept_old = [i for i, line in enumerate(old) if line in in_new]
    kept_new = [j for j, line in enumerate(new) if line in in_old]
    number = {line: n for n, line in enumerate(in_old & in_new)}
    a, b = [number[old[i]] for i in kept_old], [number[new[j]] for j in kept_new]
    x = y = 0
    for next_x, next_y in (*_anchors(a, b), (len(a), len(b))):
        for i, j, size in _short_runs(a[x:next_x], b[y:next_y]):
            yield from ((kept_old[x + i + n], kept_new[y + j + n], 1) for n in range(size))
        if next_x < len(a) and next_y < len(b):
            yield kept_old[next_x], kept_new[next_y], 1
        x, y = next_x + 1, next_y + 1


def _anchors(a: list[int], b: list[int]) -> list[tuple[int, int]]:
    """The longest rising sequence of elements that occur once on each side ("patience diff")."""
    once_in_a = {n for n, count in Counter(a).items() if count == 1}
    place_in_b = {n: y for y, n in enumerate(b)}
    unique = {n for n, count in Counter(b).items() if count == 1} & once_in_a
    piles: list[int] = []  # the smallest y that ends a sequence of each length
    tops: list[tuple[int, int, Any]] = []  # its last element, and the element before it, and so on
    for x, n in enumerate(a):
        if n in unique:
            y = place_in_b[n]
            length = bisect_left(piles, y)
            before = tops[length - 1] if length else None
            piles[length : length + 1], tops[length : length + 1] = [y], [(x, y, before)]
    found = []
    top = tops[-1] if tops else None
    while top:
        x, y, top = top
        found.append((x, y))
    return found[::-1]


def _short_runs(a: list[int], b: list[int]) -> Iterator[tuple[int, int, int]]:
    """Runs of equal elements by the shortest path (Myers, "An O(ND) difference algorithm and its variations", 1986)."""
    x = y = 0
    limit = MAX_EDITS
    while x < len(a) and y < len(b):
        x, y, path = _shortest_path(a, b, x, y, limit)
        limit = max(LEAST_EDITS, limit // 2)
        runs = []
        while path:
            path, *run = path
            runs.append(run)
        yield from ((i, j, size) for i, j, size in reversed(runs))


#: The runs of equal lines on the way to a point, last first: (the path before, x, y, length).
_Path = tuple["_Path | None", int, int, int]


def _shortest_path(a: list[int], b: list[int], x0: int, y0: int, limit: int) -> tuple[int, int, _Path | None]:
    """From (x0, y0) to the end of both, or, after `limit` edits, to the furthest point they reach."""
    reached: dict[int, tuple[int, _Path | None]] = {}  # by diagonal x - y: the furthest x, and the way to it
    furthest: tuple[int, int, _Path | None] = (x0, y0, None)
    for edits in range(limit + 1):
        for k in range(x0 - y0 - edits, x0 - y0 + edits + 1, 2):
            candidates = []
            if k + 1 in reached and reached[k + 1][0] - k <= len(b):
                candidates.append(reached[k + 1])  # one more line of b
            if k - 1 in reached and reached[k - 1][0] < len(a):
                candidates.append((reached[k - 1][0] + 1, reached[k - 1][1]))  # one more line of a
            if not candidates and edits:
                continue
            x, path = max(candidates, key=itemgetter(0)) if edits else (x0, None)
            y = x - k
            if size := _common_prefix(a, b, x, y):
                path = (path, x, y, size)
                x, y = x + size, y + size
            reached[k] = (x, path)
            if x + y > furthest[0] + furthest[1]:
                furthest = (x, y, path)
        if furthest[0] == len(a) and furthest[1] == len(b):
            break
    return furthest


def _common_prefix(a: Sequence[object], b: Sequence[object], x: int, y: int) -> int:
    """How many elements are equal from a[x] and b[y] on; compares slices, so that a long run costs little."""
    size, step = 0, 8
    while True:
        one, other = a[x + size : x + size + step], b[y + size : y + size + step]
        if one and one == other:
            size += len(one)
            step *= 2
        elif step > 8:
            step //= 2  # the run ends within these
        else:
            for p, q in zip(one, other, strict=False):
                if p != q:
                    break
                size += 1
            break
    return size
