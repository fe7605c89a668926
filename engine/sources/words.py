"""Which texts of a project hold which words: one look at each text, then a look-up for each question."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from .told import Told

_WORD = re.compile(rb"\w+")
#: Of a word that no more files hold, their places are as quickly found again as kept.
_FEW = 16


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
        #: All words of the files and of those that were there before, each once, with spaces between them, once that is asked for.
        self._all = b""
        #: The places of the words that many files hold and that have been asked for: many ask for the same ones.
        self._common: dict[bytes, Set[int]] = {}

    def follow(self, state: object, files: Sequence[Path], texts: Iterable[bytes], told: Told) -> None:
        """Know the words of these files, whose texts are given in the same order, and answer for them alone."""
        self.state, self._files, self._places = state, files, {}
        self._all, self._common = b"", {}
        for place, (path, text) in enumerate(zip(files, texts, strict=True)):
            number = self._numbers.setdefault(path, len(self._texts))
            if number == len(self._texts):
                self._texts.append(b"")
            if self._texts[number] is not text:
                self._replace(number, text, told)
            self._places[number] = place

    def _places_of(self, word: bytes) -> Set[int]:
        """The places in `_files` of those that hold a word, or may: other letters may be written in several ways."""
        if (known := self._common.get(word)) is not None:
            return known
        if not word.isascii():
            found = {place for number, place in self._places.items() if not self._texts[number].isascii()}
        else:
            found = {self._places[number] for number in self._numbers_of(word) if number in self._places}
        if len(found) > _FEW:
            self._common[word] = found
        return found

    def _replace(self, number: int, text: bytes, told: Told) -> None:
        old, new = (set(told.words(data).split()) for data in (self._texts[number], text))
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

    def may_hold(self, part: bytes) -> bool:
        """Whether a word of a file has a part of this text without spaces: where none has, no text holds it."""
        self._all = self._all or b" ".join(self._holding)
        return part in self._all

    def with_any(self, words: Iterable[bytes]) -> list[Path]:
        """The files that hold one of the words, in their order."""
        return [self._files[place] for place in sorted({p for word in words for p in self._places_of(word)})]

    def with_all(self, words: Iterable[bytes]) -> Iterator[Path]:
        """The files that hold all of the words, in their order."""
        places, *others = sorted(map(self._places_of, words), key=len)
        return (self._files[place] for place in sorted(p for p in places if all(p in other for other in others)))

    def with_all_of(self, text: bytes) -> Iterable[Path]:
        """The files that may hold a text that stands by itself: all words of it are in them."""
        words = _WORD.findall(text)
        return self.with_all(words) if words else self._files

    def holds(self, path: Path, word: bytes) -> bool:
        """Whether a file holds a word."""
        number = self._numbers.get(path, -1)
        if not word.isascii():
            return number in self._places and not self._texts[number].isascii()
        return number in self._places and number in self._numbers_of(word)
