"""Find updates for every handler: said directly, by the buttons that the program sends, and its jobs."""

from __future__ import annotations

import abc
import collections
import itertools
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from . import lines
from .callbacks import place_of, told_by
from .contents import Update, message, pressed, with_text
from .delivery import Delivery
from .known import BEHIND
from .menus import Key, Menus, key_of

#: So many candidates are shown to the library for one handler, and so many of different shape are delivered.
_SHOWN, _DELIVERED = 1500, 6
_BUTTONS = 120
#: How much is said in one turn to handlers in files with places that are to run.
_THERE = 4
#: What is said to a question.
ANSWERS = ("a text", "1", "2030-01-15", "12:30", "https://example.com/a", "me@example.com")
#: The shares of the time that are kept for handlers that did not run so far, and for all that is said again at the end.
_LEFT, _AGAIN = 0.4, 0.15
#: Why somebody is told what a handler does not take: others must not take it, either.
NOT_FOR_IT = "not for it"
#: Why something is said that was said before.
AGAIN = "again"
#: Why somebody else says the same: what a program knows of one person is not what it knows of another.
STRANGERS = "from a stranger"

_Target = TypeVar("_Target")


class Explorer(abc.ABC):
    """Explores one program within a time; a library's own knows its handlers."""

    def __init__(self, delivery: Delivery, seconds: float) -> None:
        self.delivery = delivery
        self._seconds, self.until = seconds, time.monotonic() + seconds
        self.wanted: list[Any] = []
        #: Files with places that are to run.
        self.places: set[str] = set()
        #: What the buttons hold that the program has sent.
        self.buttons: list[str] = []
        #: Handlers that ran, and what they may be told besides, each with why.
        self.varied: list[tuple[Any, Iterator[tuple[Update, str]]]] = []
        #: What handlers took first: it is said again when the program has learned what there is to learn.
        self.taken: list[tuple[Any, Update]] = []
        #: Who takes what a handler would, by its key.
        self.behind: dict[int, str] = {}
        #: Handlers for which updates were looked for, and found.
        self._shown: set[int] = set()
        self._fitting: set[int] = set()
        #: Handlers of messages, and the one that an answer came to.
        self._hearing: list[Any] = []
        self._heard: Any = None
        #: Those that take longer than anybody waits: what they are told takes the time of others.
        self._slow: set[int] = set()
        #: What answers led to.
        self._reactions: set[str] = set()
        #: How handling failed before it came to a handler.
        self._failing: dict[int, str] = {}
        self.menus = Menus()

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
    def key(self, target: Any) -> int:
        """What tells a handler from others, and is noted when it is called."""

    @abc.abstractmethod
    def callback(self, target: Any) -> Any:
        """What is called."""

    def ran(self, target: Any) -> bool:
        """Whether a handler has run."""
        return self.key(target) in self.delivery.called

    @abc.abstractmethod
    def buttons_of(self, call: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
        """The buttons of a request: "press" or "text", what each holds, and the text that it stands under."""

    async def explore(self) -> None:
        """As a person would first, then its buttons, then other words, then what is left and what the program does by itself."""
        some_left = self.until - _LEFT * self._seconds
        await self.begin()
        await self._press(some_left)
        await self._vary(some_left)
        await self._press(some_left)
        await self.finish()
        await self._press(self.until - _AGAIN * self._seconds)
        for name in sorted(self.delivery.jobs):
            if not self.late:
                await self.deliver({"job": name}, "job")
        await self._vary(self.until - _AGAIN * self._seconds)
        await self._repeat()
        await self._vary(self.until)

    async def _repeat(self) -> None:
        """What was said first, where not all of a handler ran then: a list that was empty may have something in it by now."""
        for target, update in sorted(self.taken, key=lambda each: not self.leads_there(each[0])):
            if not self.late and id(target) not in self._slow and lines.is_left(self.callback(target)):
                await self.say(target, update, AGAIN)

    async def _press(self, until: float) -> None:
        """The buttons that the program has sent and that were not tried, each where it stands."""
        while self.menus.pressed < _BUTTONS and time.monotonic() < until:
            key = self.menus.next()
            if key is None:
                break
            update, way = self.menus.update(key), self.menus.way_to(key)
            if way and await self.is_of_its_place(update):
                await self.go(way)
            await self.deliver(update, "button")
            await self.follow()
            await self.answer(update)

    async def is_of_its_place(self, update: Update) -> bool:
        """Whether a button means something only where it was shown: all of a keyboard may, and those that nobody takes now."""
        if "message" in update:
            return True
        for target in self.wanted:
            if getattr(target, "starts", True) and await self.takes(target, update):
                return False
        return True

    async def go(self, way: Sequence[Update]) -> None:
        """Lead the program to where it was."""
        await self.start_again(way[0])
        for update in way[1:]:
            await self.deliver(update, "button")

    async def start_again(self, update: Update) -> None:
        """Say what a way begins with; a library's own knows how to leave a conversation before."""
        await self.deliver(update, AGAIN)

    async def answer(self, update: Update) -> None:
        """Say after an update what a program may wait for that notes this by itself, as long as that is not what it always does."""
        content = next(iter(update.values()))
        self._hearing = self._hearing or [t for t in self.wanted if getattr(t, "nature", "message") == "message"]
        for text in ANSWERS:
            before, number = lines.seen(), len(self.delivery.steps)
            said = with_text(update, text) if "text" in content else message(text, user_id=content["from"]["id"])
            if self.late or not await self._is_heard(said):
                return
            await self.deliver(said, "answer")
            await self.follow()
            step = self.delivery.steps[number]
            if step["late"]:
                self._slow.add(id(self._heard))
            reaction = f"{text}: {step['callbacks']} {[call['parameters'] for call in step['calls']]}"
            if lines.seen() == before and re.sub(r"\d+", "0", reaction) in self._reactions:
                return
            self._reactions.add(re.sub(r"\d+", "0", reaction))

    async def _is_heard(self, update: Update) -> bool:
        """Whether a handler of messages takes an update: first the one is asked that did the last."""
        self._hearing.sort(key=lambda target: target is not self._heard)
        for target in self._hearing:
            if await self.takes(target, update):
                self._heard = target
                return id(target) not in self._slow
        return False

    async def _vary(self, until: float) -> None:
        """Other words for handlers that ran, some of each in turn, so that none waits for what another may be told besides."""
        while self.varied:
            for each in list(self.varied):
                for _ in range(_THERE if self.leads_there(each[0]) else 1):
                    if time.monotonic() > until:
                        return
                    if not await self._said_one(*each):
                        self.varied.remove(each)
                        break

    async def _said_one(self, target: Any, variations: Iterator[tuple[Update, str]]) -> bool:
        """Tell a handler one thing more; whether it may be told another."""
        update, why = next(variations, (None, ""))
        if update is None:
            return False
        await self.say(target, update, why)
        if self.delivery.steps and self.delivery.steps[-1]["late"] and why != STRANGERS:
            self._slow.add(id(target))
            return False
        return True

    def leads_there(self, target: Any) -> bool:
        """Whether a handler stands in a file with places that are to run."""
        return bool(self.places) and place_of(self.callback(target)).partition(":")[0] in self.places

    async def say(self, target: Any, update: Update, why: str) -> None:
        """Tell a handler what it takes, or what it does not take where that is why."""
        if await self.takes(target, update) == (why != NOT_FOR_IT):
            await self.deliver(update, why)
            await self.follow()

    def reasons(self) -> dict[str, str]:
        """Why callbacks did not run, by name and place."""
        found: dict[str, str] = {}
        for target in self.wanted:
            if not self.ran(target):
                found[told_by(self.callback(target))] = self._reason(self.key(target))
        return found

    def _reason(self, key: int) -> str:
        if key in self._fitting:
            error = self._failing.get(key)
            return f"what it takes fails before: {error}" if error else "what it takes was kept from it"
        if key in self.behind:
            return f"`{self.behind[key]}` {BEHIND}"
        return "no update was found that it takes" if key in self._shown else "the time was over"

    async def found(self, target: Any, most: int = _SHOWN) -> AsyncIterator[Update]:
        """Those candidates that a handler takes."""
        self._shown.add(self.key(target))
        for update in itertools.islice(self.candidates(target), most):
            if await self.takes(target, update):
                self._fitting.add(self.key(target))
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
            if not self.ran(target) and (errors := self.delivery.steps[-1]["errors"]):
                self._failing[self.key(target)] = errors[0]
            if self.ran(target) or len(shapes) >= _DELIVERED or self.late:
                return update
        return first

    async def deliver(self, update: Update, why: str, **how: Any) -> None:
        """Deliver one, and look at what it brings."""
        step = await self.delivery.deliver(update, why=why, **how)
        shown: dict[Key, Update] = {}
        for call in step["calls"]:
            for kind, text, under in self.buttons_of(call):
                shown.setdefault(key_of(kind, text), message(text) if kind == "text" else pressed(text, under))
        new = self.menus.shown(update, why, shown, again=why != STRANGERS and not how.get("state"))
        self.buttons += [shown[each]["callback_query"]["data"] for each in new if each[0] == "press"]


def sampled(found: Iterable[_Target], key: Callable[[_Target], Any]) -> list[_Target]:
    """At most three or four of each key."""
    by_key: dict[Any, list[_Target]] = collections.defaultdict(list)
    for target in found:
        by_key[key(target)].append(target)
    chosen = []
    for same in by_key.values():
        chosen += same if len(same) <= 4 else [same[0], same[len(same) // 2], same[-1]]
    return chosen
