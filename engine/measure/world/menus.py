"""The buttons that a program has sent, in the order in which a person would press them, and the way to where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .contents import Update

#: "press" or "text", and what a button holds, but for its numbers: of those that differ by these alone one is enough.
Key = tuple[str, str]
#: Buttons of one message that are pressed before those of earlier ones, and how far a way goes.
_AT_ONCE, _FARTHEST = 8, 5
#: Why something is said that goes on from where the program is.
ONWARD = ("button", "answer", "conversation")


def key_of(kind: str, text: str) -> Key:
    """Of what a button holds."""
    return kind, re.sub(r"\d+", "0", text)


class Menus:
    """What is known of buttons: where one has led further that goes first, and one that means something else by now is led to again."""

    def __init__(self) -> None:
        self._updates: dict[Key, Update] = {}
        self._ways: dict[Key, tuple[Update, ...]] = {}
        self._left: list[Key] = []
        self._menus: dict[frozenset[Key], tuple[Update, ...]] = {}
        #: What has led to where the program is, as far as it can be said again, and the buttons that it shows there.
        self._way: tuple[Update, ...] = ()
        self._there: set[Key] = set()
        self.pressed = 0

    def shown(self, update: Update, why: str, buttons: Mapping[Key, Update], *, again: bool) -> list[Key]:
        """An update led to these buttons, of which those are new that come back.

        `again` tells whether it would lead there if it were simply said once more.
        """
        self._there = {*buttons}
        if why not in ONWARD:
            self._way = (update,) if again else ()
        elif self._way and (buttons or why == "button"):
            self._way = (*self._way, update) if len(self._way) < _FARTHEST else ()
        if buttons:  # where it has been before, the way that led there then is the shortest
            self._way = self._menus.setdefault(frozenset(buttons), self._way) or self._way
        new = [key for key in buttons if key not in self._updates]
        for key in new:
            self._updates[key], self._ways[key] = buttons[key], self._way
        most = _AT_ONCE if why in ONWARD else 0
        self._left = [*new[:most], *self._left, *new[most:]]
        return new

    def next(self) -> Key | None:
        """What is to be pressed now; None where nothing is left."""
        self.pressed += 1
        return self._left.pop(0) if self._left else None

    def update(self, key: Key) -> Update:
        """That is the press of a button."""
        return self._updates[key]

    def way_to(self, key: Key) -> tuple[Update, ...]:
        """What is to be said so that a button is shown again; nothing where it just was, or where that is not known."""
        return () if key in self._there else self._ways[key]


def buttons_of_markup(call: dict[str, Any], under: str) -> Iterator[tuple[str, str, str]]:
    """What buttons of a request of MTProto do: kind, what is pressed or said, the text that they stand under."""
    markup = call["parameters"].get("reply_markup")
    rows = markup.get("rows", []) if isinstance(markup, dict) else []
    for button in (button for row in rows for button in row.get("buttons", [])):
        if isinstance(button.get("data"), str):
            yield "press", button["data"], under
        elif button.get("_") == "KeyboardButton":
            yield "text", button["text"], under
