"""Answers that are found out one after the other, as far as somebody asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Lazily(Generic[T]):
    """What a search finds, each part found out once. Several may go over it at the same time.

    A search that fails begins anew for who asks next: else what it had found by then would pass for all there is.
    """

    def __init__(self, search: Callable[[], Iterator[T]]) -> None:
        self._begin = search
        self._search = search()
        self._found: list[T] = []

    def __iter__(self) -> Iterator[T]:
        number = 0
        while number < len(self._found) or self._goes_on():
            if number < len(self._found):
                yield self._found[number]
                number += 1

    def _goes_on(self) -> bool:
        try:
            self._found.append(next(self._search))
        except StopIteration:
            return False
        except BaseException:
            self._search, self._found = self._begin(), []
            raise
        return True
