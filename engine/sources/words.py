"""Which texts of a project hold which words: one look at each text, then a look-up for each question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_WORD = re.compile(rb"\w+")


class Words:
    """The words of texts, kept from one state of a project to the next: only a text that is another one is read again."""

    def __init__(self) -> None:
        self._numbers: dict[Path, int] = {}
        self._texts: list[bytes] = []
        #: Word → the number of the only text that holds it, or those of all. Most words stand in one text.
        self._holding: dict[bytes, int | list[int]] = {}
        #: Whose files these are.
        self.state: object = None
        self._files: Sequence[Path] = ()
        #: The place of a text's file in `_files`, by its number.
        self._places: dict[int, int] = {}

    def follow(self, state: object, files: Sequence[Path], texts: Iterable[bytes]) -> None:
        """Know the words of these files, whose texts are given in the same order, and answer for them alone."""
        self.state, self._files, self._places = state, files, {}
        for place, (path, text) in enumerate(zip(files, texts, strict=True)):
            number = self._numbers.setdefault(path, len(self._texts))
            if number == len(self._texts):
                self._texts.append(b"")
            if self._texts[number] is not text:
                self._replace(number, text)
            self._places[number] = place

    def _replace(self, number: int, text: bytes) -> None:
        old, new = set(_WORD.findall(self._texts[number])), set(_WORD.findall(text))
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
        places = {self._places.get(number, -1) for word in words for number in self._numbers_of(word)}
        return [self._files[place] for place in sorted(places) if place >= 0]

    def with_all(self, words: Iterable[bytes]) -> Iterator[Path]:
        """The files that hold all of the words."""
        numbers = set.intersection(*(set(self._numbers_of(word)) for word in words))
        return (self._files[self._places[number]] for number in numbers if number in self._places)

    def holds(self, path: Path, word: bytes) -> bool:
        """Whether a file holds a word."""
        return self._numbers.get(path, -1) in self._numbers_of(word)
