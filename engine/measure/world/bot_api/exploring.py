"""Find updates for handlers of the Bot API: said directly, and in the course of conversations."""

from __future__ import annotations

import abc
import itertools
import json
from collections.abc import Iterator
from typing import Any, Protocol

from ..callbacks import name_of
from ..contents import ARGUMENTS, LINES, TEXTS, Update, from_a_stranger, message, pressed, with_text
from ..exploring import NOT_FOR_IT, STRANGERS, Explorer
from ..patterns import compared_in, dates_in, said_in
from .candidates import in_a_group

#: Candidates that are looked at for one handler of a conversation.
_LOOKED = 300


class Target(Protocol):
    """A handler that takes updates."""

    @property
    def handler(self) -> Any:
        """With its `callback`."""

    @property
    def nature(self) -> str:
        """What it takes: "start", "command", "message", "press" or "other"."""

    @property
    def alone(self) -> bool:
        """Whether it belongs to no conversation."""

    @property
    def starts(self) -> bool:
        """Whether it needs no conversation that has begun."""


class BotApiExplorer(Explorer):
    """Explores one program; a library's own knows what a conversation is."""

    def __init__(self, delivery: Any, task: dict[str, Any], wanted: list[Any]) -> None:
        super().__init__(delivery, task["explore"])
        natures = ["start", "command", "message", "press", "other"]
        self.wanted = sorted(wanted, key=lambda target: natures.index(target.nature))
        self.admins = list(task["admins"])

    @abc.abstractmethod
    async def waits(self, target: Any) -> bool:
        """Whether a conversation has come to where this handler is asked."""

    @abc.abstractmethod
    async def reach(self, target: Any) -> None:
        """Deliver to a handler directly, its conversation put into the state that it belongs to."""

    async def begin(self) -> None:
        """Every handler that needs no conversation."""
        for target in self.wanted:
            if self.late:
                return
            if target.starts and (not self.ran(target) or target.nature in ("start", "command")):
                await self.start_with(target)

    async def finish(self) -> None:
        """What is left, then conversations put into a state."""
        for target in self.wanted:
            if not self.ran(target) and not self.late:
                await self.reach(target)

    async def follow(self, most: int = 5) -> None:
        """As long as conversations wait for something that was not tried, say it."""
        tried: set[int] = set()
        while len(tried) < most and not self.late:
            for target in self.wanted:
                if target.starts or self.ran(target) or id(target.handler) in tried or not await self.waits(target):
                    continue
                update = await self.first(target, _LOOKED)
                if update is not None:
                    tried.add(id(target.handler))
                    await self.deliver(update, "conversation")
                    await self.insist(target, update, "conversation")
                    self.vary(target, update)
                    break
            else:
                return

    async def insist(self, target: Any, update: Update, why: str, **how: Any) -> None:
        """Where an answer does not lead on, give others: a number, a date, an address."""
        if target.nature == "message" and "text" in next(iter(update.values())):
            for text in (*dates_in(target.handler.callback), *TEXTS[3:]):
                varied = with_text(update, text)
                if self.late or not await self.waits(target) or not await self.takes(target, varied):
                    return
                await self.deliver(varied, why, **how)

    def is_given(self, target: Any, taker: Any) -> bool:
        """Whether it is a handler itself that gets an update which it takes; where another one does, that is noted."""
        if taker is not None and taker is not target.handler:
            self.behind[self.key(target)] = name_of(taker.callback)
        return taker is target.handler

    def key(self, target: Any) -> int:
        """Of the library's handler."""
        return id(target.handler)

    def callback(self, target: Any) -> Any:
        """Of the library's handler."""
        return target.handler.callback

    async def start_with(self, target: Any) -> None:
        """Lead to a handler, and on from there; what it may be told besides is kept for later."""
        update = await self.several(target)
        if update is not None:
            await self.follow(25)
            if target.nature == "start" and (other := from_a_stranger(update)):  # so that it knows several people
                await self.say(target, other, STRANGERS)
            if target.nature in ("start", "command"):
                await self.answer(update)
            self.vary(target, update)

    def vary(self, target: Any, update: Update) -> None:
        """Keep for later what a handler may be told besides."""
        self.taken.append((target, update))
        self.varied.append((target, self._variations(target, update)))

    def _variations(self, target: Any, update: Update) -> Iterator[tuple[Update, str]]:
        """The same with what the callback's code compares with, or a command with arguments, and from whom it does not want it."""
        callback, content = target.handler.callback, next(iter(update.values()))
        if target.alone and target.nature != "start" and (other := from_a_stranger(update)):
            yield other, STRANGERS
        if target.nature == "message":
            if "text" in content and (target.alone or not target.starts):
                yield with_text(update, content["text"] + LINES), "several lines"
                yield from ((with_text(update, text), "said in code") for text in said_in(callback))
        elif target.nature == "press":
            for text in said_in(callback):
                yield pressed(text if text[-1].isalnum() else f"{text}1"), "said in code"
        elif target.nature in ("start", "command"):
            command = content["text"].split()[0]
            if sum(other.handler.callback is callback for other in self.wanted) == 1:
                arguments = [with_text(update, command + argument) for argument in ARGUMENTS[1:]]
                words = [f"{command} {text}{more}" for text in compared_in(callback) for more in ("", " word 1")]
                owned = [message(command + more, user_id=admin) for admin in self.admins[:1] for more in ARGUMENTS]
                yield from ((varied, "in a group") for varied in in_a_group(command))
                yield from ((with_text(update, text), "said in code") for text in words)
                yield from ((varied, "argument") for varied in (*arguments, *owned))
            text = content["text"]
            if target.alone:
                for varied in (message(text), message(text, kind="edited_message"), message(text, where="supergroup")):
                    yield varied, NOT_FOR_IT

    def buttons_of(self, call: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """Of its `reply_markup`."""
        markup = call["parameters"].get("reply_markup")
        if isinstance(markup, str):
            try:
                markup = json.loads(markup)
            except ValueError:
                return
        if not isinstance(markup, dict):
            return
        under = str(call["parameters"].get("text") or "t")[:200]
        for button in itertools.chain.from_iterable(markup.get("inline_keyboard", ())):
            if isinstance(data := button.get("callback_data"), str):
                yield "press", data, under
        for button in itertools.chain.from_iterable(markup.get("keyboard", ())):
            if text := button if isinstance(button, str) else button.get("text"):
                yield "text", text, under
