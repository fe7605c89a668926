"""Which texts of a project hold which words: one look at each text, then a look-up for each question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from .told import Told

_WORD = re.compile(rb"\w+")
#: To read all texts for so many words takes as long as to index them; and so many, where the words of each are known.
_FEW, _SEVERAL = 30, 600


class Words:
    """The words of texts, kept from one state of a project to the next: only a text that is another one is read again.

    The first few questions are answered by a search of the texts: a run over one file has no more of them.
    """

    def __init__(self) -> None:
        self._numbers: dict[Path, int] = {}
        self._texts: list[bytes] = []
        #: Word → the number of the only text that holds it, or those of all. Most words stand in one text.
        self._holding: dict[bytes, int | list[int]] = {}
        #: Whose files these are.
        self.state: object = None
        self._files: Sequence[Path] = ()
        self._current: dict[Path, bytes] = {}
        #: The place of a text's file in `_files`, by its number; None where the index is not of this state.
        self._places: dict[int, int] | None = None
        #: The words that were searched for, each with the places of the files that hold it.
        self._searched: dict[bytes, list[int]] = {}
        self._told = Told()
        #: The words of each of the files, where they are known already.
        self._known: list[frozenset[str]] | None = None

    def follow(self, state: object, files: Sequence[Path], texts: Iterable[bytes], told: Told) -> None:
        """Know the words of these files, whose texts are given in the same order, and answer for them alone."""
        self.state, self._files, self._places, self._searched = state, files, None, {}
        self._current = dict(zip(files, texts, strict=True))
        self._told, self._known = told, None
        if not self._texts and sum(map(told.knows_words, self._current.values())) * 2 > len(files):
            self._known = [told.words(text) for text in self._current.values()]

    def _places_of(self, word: bytes) -> Iterable[int]:
        """The places in `_files` of those that hold a word, or may: other letters may be written in several ways."""
        if not word.isascii():
            return [place for place, text in enumerate(self._current.values()) if not text.isascii()]
        most = _SEVERAL if self._known else _FEW
        if self._places is None and not self._texts and (word in self._searched or len(self._searched) < most):
            if word not in self._searched:
                self._searched[word] = list(self._search(word))
            return self._searched[word]
        places = self._index() if self._places is None else self._places
        return (places[number] for number in self._numbers_of(word) if number in places)

    def _search(self, word: bytes) -> Iterable[int]:
        if self._known is not None:
            text = word.decode()
            return (place for place, words in enumerate(self._known) if text in words)
        return (place for place, data in enumerate(self._current.values()) if _holds(data, word))

    def _index(self) -> dict[int, int]:
        self._places = {}
        for place, (path, text) in enumerate(self._current.items()):
            number = self._numbers.setdefault(path, len(self._texts))
            if number == len(self._texts):
                self._texts.append(b"")
            if self._texts[number] is not text:
                self._replace(number, text)
            self._places[number] = place
        return self._places

    def _replace(self, number: int, text: bytes) -> None:
        old, new = (
            {word.encode() for word in self._told.words(data)} if data else set()
            for data in (self._texts[number], text)
        )
        self._texts[number] = text
        for word in old - new:
            rest = [other for other in self._numbers_of(word) if other != number]
            if rest:
                self._holding[word] = rest
            else:
                del self._holding[word]
        for word in new - old:
            there = self._holding.setdefault(word, number)
            if isinstance(there, list):
                there.append(number)
            elif there != number:
                self._holding[word] = [there, number]

    def _numbers_of(self, word: bytes) -> Sequence[int]:
        there = self._holding.get(word, ())
        return (there,) if isinstance(there, int) else there

    def with_any(self, words: Iterable[bytes]) -> list[Path]:
        """The files that hold one of the words, in their order."""
        return [self._files[place] for place in sorted({p for word in words for p in self._places_of(word)})]

    def with_all(self, words: Iterable[bytes]) -> Iterator[Path]:
        """The files that hold all of the words, in their order."""
        places = set.intersection(*(set(self._places_of(word)) for word in words))
        return (self._files[place] for place in sorted(places))

    def with_all_of(self, text: bytes) -> Iterable[Path]:
        """The files that may hold a text that stands by itself: all words of it are in them."""
        words = _WORD.findall(text)
        return self.with_all(words) if words else self._files

    def holds(self, path: Path, word: bytes) -> bool:
        """Whether a file holds a word."""
        if not word.isascii():
            return not self._current.get(path, b"").isascii()
        if self._places is None:
            return _holds(self._current.get(path, b""), word)
        return self._numbers.get(path, -1) in self._numbers_of(word)


def _holds(text: bytes, word: bytes) -> bool:
    """Whether a text holds a word, as `_WORD` parts texts into words."""
    start, end = text.find(word), len(word)
    while start >= 0:
        if _WORD.fullmatch(text, start, start + end) and not _WORD.match(text, start + end):
            if start == 0 or not _WORD.match(text, start - 1):
                return True
        start = text.find(word, start + 1)
    return False
