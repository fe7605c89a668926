"""From a text that somebody else has rewritten to edits: the spans that differ, and nothing beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Edit
from ..sources.source import LINE
from .diff import grouped_opcodes

_TOKEN = re.compile(r"\r\n|\w+|[ \t\f]+|.", re.DOTALL)
_NEWLINE = re.compile(r"\r\n|\r|\n")
#: Larger blocks whose number of lines changes are replaced as a whole: comparing their words would take too long.
_FEW_LINES = 100


def difference(old: str, new: str) -> tuple[Edit, ...]:
    """Edits that make `new` of `old`, up to the kind of newline: as few lines, and in these as few words, as may be."""
    olds, news = ([_NEWLINE.sub("\n", line) for line in LINE.findall(text)] for text in (old, new))
    if olds == news:
        return ()
    offsets = [0, *(match.end() for match in LINE.finditer(old))]
    edits: list[Edit] = []
    one, other = ([line.encode("utf-8", "surrogatepass") for line in lines] for lines in (olds, news))
    opcodes = (opcode for group in grouped_opcodes(one, other, 0) for opcode in group)
    for tag, i1, i2, j1, j2 in opcodes:
        if tag == "equal":
            continue
        if i2 - i1 == j2 - j1:
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                edits += _within(old[offsets[i] : offsets[i + 1]], news[j], offsets[i])
        elif i2 - i1 + j2 - j1 <= _FEW_LINES:
            edits += _within(old[offsets[i1] : offsets[i2]], "".join(news[j1:j2]), offsets[i1])
        else:
            edits.append(Edit(offsets[i1], offsets[i2], "".join(news[j1:j2])))
    return tuple(edits)


def _within(old: str, new: str, base: int) -> Iterator[Edit]:
    from difflib import SequenceMatcher

    spans = [match.span() for match in _TOKEN.finditer(old)]
    olds = [_NEWLINE.sub("\n", old[start:end]) for start, end in spans]
    news = _TOKEN.findall(new)
    offsets = [0, *(end for _, end in spans)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, olds, news, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Edit(base + offsets[i1], base + offsets[i2], "".join(news[j1:j2]))
