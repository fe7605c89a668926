"""The far side of an offline bot: what was asked of it, and what each library's side of it needs."""

from __future__ import annotations

import collections
import hashlib
import itertools
from typing import Any

from .counting import UPDATE, counts

#: Characters of a text that is written down as it is.
_LONG = 4000


def told(content: bytes) -> str:
    """What a file holds: its text, so that clocks in it are known for such, or what tells it from others."""
    try:
        text = content.decode() if len(content) <= _LONG else ""
    except UnicodeDecodeError:
        text = ""
    return text or f"{len(content)} bytes {hashlib.sha1(content).hexdigest()[:12]}"


class Telegram:
    """Every request, by the update that it was made for; None is for start-up and what runs beside updates."""

    def __init__(self, latency: float, fault: str = "") -> None:
        self.latency = latency
        #: How the first request of each update fails: one of `FAULTS`, or "" for none that does.
        self.fault = fault
        self.calls: dict[int | None, list[dict[str, Any]]] = collections.defaultdict(list)
        self.notes: list[str] = []
        self._numbers: dict[int | None, itertools.count[int]] = {}

    def next_id(self) -> int:
        """The number of a new message: of its own row for each update, so that one more does not move all others."""
        number = UPDATE.get()
        row = self._numbers.setdefault(number, itertools.count(1))
        return (number or 0) * 1000 + 5000 + next(row)

    def asked(self, method: str, parameters: Any, *, goes_on: bool = False) -> bool:
        """Write down a request, or count it where it goes on with one that is written down; whether it is to fail."""
        number = UPDATE.get()
        counts.add("Telegram requests")
        if goes_on:
            return False
        self.calls[number].append({"method": method, "parameters": parameters})
        return bool(self.fault) and number is not None and len(self.calls[number]) == 1

    def note(self, text: str) -> None:
        """Say once what is otherwise than it would be."""
        if text not in self.notes:
            self.notes.append(text)
