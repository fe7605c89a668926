"""Where patterns that begin with words match a text: a search for a word takes a tenth of the time that one for a pattern takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator


def places_of(word: bytes, data: bytes) -> Iterator[int]:
    """Where a text holds some bytes, one behind the other."""
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + len(word))


def at_words(pattern: re.Pattern[bytes], data: bytes, words: Iterable[bytes]) -> Iterator[re.Match[bytes]]:
    """What ``pattern.finditer(data)`` gives for a pattern all of whose matches begin with one of some words."""
    end = 0
    for start in sorted({at for word in words for at in places_of(word, data)}):
        if start >= end and (found := pattern.match(data, start)):
            end = found.end()
            yield found
