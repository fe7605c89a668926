"""What texts tell by themselves, whatever stands in other files: found out once for each, and known for as long as it is the same.

A question about a whole project ("who assigns to `x.sleep`?") is put to every text of it. The answers say which few of them
have to be parsed for it, in this run and, out of the cache, in later ones.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any

#: What one text tells, by the name of the question: names, yes or no. Names are lines of one text where they are stored.
Answers = dict[str, Any]
#: A text by its digest, a question, the answer.
Found = tuple[str, str, Any]
_MISSING = object()
_WORD = re.compile(rb"\w+")
#: Maps every byte that is no part of a word to a space.
_WORDS_ONLY = bytes(byte if _WORD.fullmatch(bytes([byte])) else 0x20 for byte in range(256))
#: With fewer texts about which something new is known, it takes longer to store that than to find it out again.
_WORTH_STORING = 8
#: More bytes of texts are not kept: all is found out anew.
_MOST_BYTES = 200_000_000


def longest_word(needle: bytes) -> bytes:
    """The longest word in some bytes, which every text holds that holds them, as a word or a part of one."""
    return max(_WORD.findall(needle), key=len, default=b"")


@lru_cache(maxsize=4096)
def _with_words(needles: tuple[bytes, ...]) -> list[tuple[bytes, bytes]]:
    """Each needle behind the longest word in it."""
    return [(longest_word(needle), needle) for needle in needles]


class Told:
    """The answers of texts."""

    def __init__(self) -> None:
        self._by_text: dict[str, Answers] = {}
        self._digests: dict[bytes, str] = {}
        self._words: dict[bytes, bytes] = {}
        self._size = 0
        #: What was found out, and not stored or handed on yet.
        self._new: list[Found] = []

    def of(self, data: bytes, question: str, find_out: Callable[[], Any]) -> Any:
        """What a text answers: a set of names, yes or no, or None."""
        digest, answers = self._known(data)
        found = answers.get(question, _MISSING)
        if found is _MISSING:
            found = find_out()
            found = answers[question] = found if found is None or isinstance(found, bool) else frozenset(found)
            self._new.append((digest, question, found))
        elif type(found) is str:
            found = answers[question] = frozenset(found.splitlines())
        return found

    def holds(self, data: bytes, *needles: bytes) -> bool:
        """Whether a text holds some bytes: most texts do not even hold the word in them, and words are searched faster."""
        words = self.words(data)
        return any(word in words and (word == needle or needle in data) for word, needle in _with_words(needles))

    def words(self, data: bytes) -> bytes:
        """The words of a text, each once, with spaces between them; letters beyond ASCII are none."""
        found = self._words.get(data)
        if found is None:
            self._count(data)
            found = self._words[data] = b" ".join(set(data.translate(_WORDS_ONLY).split()))
        return found

    def _known(self, data: bytes) -> tuple[str, Answers]:
        """The digest of a text, and its answers."""
        digest = self._digests.get(data)
        if digest is None:
            self._count(data)
            digest = self._digests[data] = hashlib.blake2b(data, digest_size=12).hexdigest()
        return digest, self._by_text.setdefault(digest, {})

    def _count(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > _MOST_BYTES:  # an editor makes a new text with each letter
            self.__init__()  # type: ignore[misc]

    # From process to process, and from run to run

    def news(self) -> list[Found]:
        """What was found out since this was asked last."""
        found, self._new = self._new, []
        return found

    def learn(self, news: Iterable[Found]) -> None:
        """Take over what another process has found out."""
        for digest, question, found in news:
            answers = self._by_text.setdefault(digest, {})
            if question not in answers:
                answers[question] = found
                self._new.append((digest, question, found))

    def load(self, stored: dict[str, Answers]) -> None:
        """Know what earlier runs have stored."""
        self._by_text = {**stored, **self._by_text}

    def to_store(self, texts: Iterable[bytes]) -> dict[str, Answers] | None:
        """What is to be stored of the texts of a project; None where that has hardly changed."""
        new = {digest for digest, _, _ in self.news()}
        if not new or len(new) < min(_WORTH_STORING, len(self._by_text)):
            return None
        known = dict(map(self._known, texts))
        return {
            digest: {
                q: "\n".join(sorted(found)) if isinstance(found, frozenset) else found for q, found in answers.items()
            }
            for digest, answers in known.items()
            if answers
        }
