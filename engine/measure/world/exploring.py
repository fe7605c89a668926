"""Find updates for every handler: said directly, by the buttons that the program sends, and its jobs."""

from __future__ import annotations

import abc
import collections
import itertools
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any, TypeVar

from .contents import Update, message, pressed
from .delivery import Delivery

#: So many candidates are shown to the library for one handler, and so many of different shape are delivered.
_SHOWN, _DELIVERED = 1500, 6
_BUTTONS = 60


_Target = TypeVar("_Target")


class Explorer(abc.ABC):
    """Explores one program within a time; a library's own knows its handlers."""

    def __init__(self, delivery: Delivery, seconds: float) -> None:
        self.delivery = delivery
        self.until = time.monotonic() + seconds
        #: What the buttons hold that the program has sent.
        self.buttons: list[str] = []
        self._pressed: dict[tuple[str, str], Update] = {}

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.until

    @abc.abstractmethod
    async def begin(self) -> None:
        """Lead to every handler as a person would."""

    @abc.abstractmethod
    async def finish(self) -> None:
        """Lead to what is left."""

    @abc.abstractmethod
    async def follow(self) -> None:
        """Say what was not tried yet of what the program waits for."""

    @abc.abstractmethod
    async def prepare(self, step: dict[str, Any]) -> None:
        """Put the program into the state that a recorded step belongs to."""

    @abc.abstractmethod
    def candidates(self, target: Any) -> Iterator[Update]:
        """Updates that a handler may take, the likeliest first."""

    @abc.abstractmethod
    async def takes(self, target: Any, update: Update) -> bool:
        """Whether the library would give it an update."""

    @abc.abstractmethod
    def ran(self, target: Any) -> bool:
        """Whether a handler has run."""

    @abc.abstractmethod
    def buttons_of(self, call: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        """The buttons of a request: "press" or "text", what each holds, and the text that it stands under."""

    async def explore(self) -> None:
        """As a person would first, then its buttons, then what is left, then what the program does by itself."""
        await self.begin()
        done: set[tuple[str, str]] = set()
        while len(done) < _BUTTONS and not self.late:
            key = next((key for key in self._pressed if key not in done), None)
            if key is None:
                break
            done.add(key)
            await self.deliver(self._pressed[key], "button")
            await self.follow()
        await self.finish()
        for name in sorted(self.delivery.jobs):
            if not self.late:
                await self.deliver({"job": name}, "job")

    async def found(self, target: Any, most: int = _SHOWN) -> AsyncIterator[Update]:
        """Those candidates that a handler takes."""
        for update in itertools.islice(self.candidates(target), most):
            if await self.takes(target, update):
                yield update

    async def first(self, target: Any, most: int = _SHOWN) -> Update | None:
        """The first of these."""
        async for update in self.found(target, most):
            return update
        return None

    async def several(self, target: Any) -> Update | None:
        """Deliver updates of different shape until the handler runs: another may stop them. The first that did it."""
        shapes: set[Any] = set()
        first = None
        async for update in self.found(target):
            kind, content = next(iter(update.items()))
            chat = content.get("chat", {})
            shape = kind, chat.get("type"), chat.get("id"), content.get("from", {}).get("id"), "sender_chat" in content
            if shape in shapes:
                continue
            shapes.add(shape)
            first = first or update
            await self.deliver(update, "direct")
            if self.ran(target) or len(shapes) >= _DELIVERED or self.late:
                return update
        return first

    async def deliver(self, update: Update, why: str, **how: Any) -> None:
        """Deliver one, and look at what it brings."""
        step = await self.delivery.deliver(update, why=why, **how)
        for call in step["calls"]:
            for kind, text, under in self.buttons_of(call):
                key = kind, re.sub(r"\d+", "0", text)
                if key in self._pressed:  # it differs from one that is known by numbers alone
                    continue
                self._pressed[key] = message(text) if kind == "text" else pressed(text, under)
                if kind == "press":
                    self.buttons.append(text)


def buttons_of_markup(call: dict[str, Any], under: str) -> Iterator[tuple[str, str, str]]:
    """What buttons of a request of MTProto do: kind, what is pressed or said, the text that they stand under."""
    markup = call["parameters"].get("reply_markup")
    rows = markup.get("rows", []) if isinstance(markup, dict) else []
    for button in (button for row in rows for button in row.get("buttons", [])):
        if isinstance(button.get("data"), str):
            yield "press", button["data"], under
        elif button.get("_") == "KeyboardButton":
            yield "text", button["text"], under


def sampled(found: Iterable[_Target], key: Callable[[_Target], Any]) -> list[_Target]:
    """At most three or four of each key."""
    by_key: dict[Any, list[_Target]] = collections.defaultdict(list)
    for target in found:
        by_key[key(target)].append(target)
    chosen = []
    for same in by_key.values():
        chosen += same if len(same) <= 4 else [same[0], same[len(same) // 2], same[-1]]
    return chosen
