"""Looking for a change in a review: by its number, by what stands in it, by what it is of."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from ...engine.review.item import DECIDABLE, Item, State
from ...engine.review.session import Review
from ..report import count, place_of
from .keyboard import Keyboard
from .moves import Moves
from .screen import Screen


class Seek:
    """Asks what is looked for, and moves there."""

    def __init__(
        self, review: Review, moves: Moves, keyboard: Keyboard, screen: Screen, label: Callable[[Path], str]
    ) -> None:
        self._review = review
        self._moves = moves
        self._keyboard = keyboard
        self._screen = screen
        self._label = label

    def number(self, item: Item) -> None:
        """List the changes, and go to the one whose number is typed."""
        shown = self._moves.shown()
        signs = {State.OPEN: " ", State.ACCEPTED: "y", State.REFUSED: "n", State.SKIPPED: "s"}
        for number, other in enumerate(shown, 1):
            place = place_of(other.finding.path, other.finding.line, self._label(other.finding.path))
            text = f"{' and '.join(other.finding.codes)} [{other.change.safety.value}] {other.change.title}"
            self._screen.say(f"{signs[other.state]}{'>' if other is item else ' '}{number:>4}  {place}  {text}")
        self._screen.ask("go to which number?")
        typed = (self._keyboard.line() or "").strip()
        if not typed.isascii() or not typed.isdigit() or not 1 <= int(typed) <= len(shown):
            self._screen.say(f"{typed or 'Nothing'} is no number from 1 to {len(shown)}.")
        elif shown[int(typed) - 1].state not in DECIDABLE:
            self._screen.say("That change is applied already; u takes the last decision back.")
        else:
            self._moves.go_to(shown[int(typed) - 1])

    def pattern(self, item: Item) -> None:
        """Go to the next change in which the regular expression that is typed is found."""
        self._screen.ask("search for?")
        pattern = self._keyboard.line()
        if not pattern:
            return
        try:
            if not self._moves.search(pattern, self._words):
                self._screen.say(f"No other undecided change matches {pattern}.")
        except re.error as error:
            self._screen.say(f"{pattern} is no regular expression: {error}.")

    def _words(self, item: Item) -> str:
        finding = item.finding
        start, end = finding.line - 1, finding.end_line
        source = self._review.project.source(finding.path)
        lines = source.text.splitlines()[start:end] if source else []
        edits = (edit.text for part in item.change.files for edit in part.edits)
        words = (
            self._label(finding.path),
            finding.kind,
            finding.scope,
            finding.message,
            item.change.title,
        )
        return "\n".join((*words, *lines, *edits))

    def filter(self, item: Item) -> None:
        """Show only the changes that fit the words that are typed."""
        self._screen.ask("show only (codes, names, parts of paths, safe or unsafe; nothing for all):")
        before, self._moves.filter = self._moves.filter, tuple((self._keyboard.line() or "").split())
        fitting = self._moves.open()
        if not fitting:
            self._screen.say("No undecided change fits that, so the filter stays as it was.")
            self._moves.filter = before
            return
        words = " ".join(self._moves.filter)
        self._screen.say(f"{count(len(fitting), 'undecided change')}{f' with {words}' if words else ''}")
        if not self._moves.fits(item) or item.state is not State.OPEN:
            self._moves.forward()
