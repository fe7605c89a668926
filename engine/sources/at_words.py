"""Where patterns that begin with words match a text: a search for a word takes a tenth of the time that one for a pattern takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import AnyStr


def places_of(word: AnyStr, data: AnyStr) -> Iterator[int]:
    """Where a text holds some bytes or letters, one behind the other."""
    at = data.find(word)
    while at >= 0:
        yield at
        at = data.find(word, at + len(word))


def at_words(
    pattern: re.Pattern[AnyStr], data: AnyStr, words: Iterable[AnyStr], lower: AnyStr | None = None
) -> Iterator[re.Match[AnyStr]]:
    """What ``pattern.finditer(data)`` gives for a pattern all of whose matches begin with one of some words.

    `lower` is the text in lower case, for a pattern that takes either.
    """
    if lower is not None and len(lower) != len(data):  # a letter whose lower case is two
        yield from pattern.finditer(data)
        return
    end = 0
    for start in sorted({at for word in words for at in places_of(word, data if lower is None else lower)}):
        if start >= end and (found := pattern.match(data, start)):
            end = found.end()
            yield found
