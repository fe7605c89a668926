"""Find updates for every handler: said directly, by the bot's buttons, and in the course of conversations."""

from __future__ import annotations

import collections
import itertools
import json
import re
import time
from collections.abc import Iterator
from typing import Any

import telegram.ext as ext

from .candidates import ARGUMENTS, Candidates
from .contents import Update, message, pressed, with_text
from .delivery import Delivery
from .handlers import Target, name_of, put_into_state, states_of, taking, targets
from .patterns import said_in

#: So many candidates are shown to the library for one handler, and so many of different shape are delivered.
_SHOWN, _DELIVERED = 1500, 6
_BUTTONS = 60


class Explorer:
    """Explores one application within a time."""

    def __init__(self, application: Any, delivery: Delivery, candidates: Candidates, seconds: float) -> None:
        self.application, self.delivery, self.candidates = application, delivery, candidates
        self.until = time.monotonic() + seconds
        self.conversations = list(dict.fromkeys(t.conversation for t in targets(application) if t.conversation))
        self.wanted = sorted(_sampled(targets(application)), key=_rank)
        self._buttons: dict[tuple[str, str], Update] = {}

    @property
    def late(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self.until

    async def explore(self) -> None:
        """As a person would first, then what is left, then conversations put into a state."""
        for target in self.wanted:
            if self.late:
                return
            if target.starts and (not self._ran(target) or isinstance(target.handler, ext.CommandHandler)):
                await self._start_with(target)
        pressed_already: set[tuple[str, str]] = set()
        while len(pressed_already) < _BUTTONS and not self.late:
            key = next((key for key in self._buttons if key not in pressed_already), None)
            if key is None:
                break
            pressed_already.add(key)
            await self._deliver(self._buttons[key], "button")
            await self._follow(5)
        for target in self.wanted:
            if not self._ran(target) and not self.late:
                await self._reach(target)
        for name in sorted(self.delivery.jobs):
            if not self.late:
                await self._deliver({"job": name}, "job")

    async def _start_with(self, target: Target) -> None:
        update = await self._several(target)
        if update is None:
            return
        await self._follow()
        handler = target.handler
        for varied in self._variations(target, update):
            if self.late:
                return
            if self._takes(target, varied):
                await self._deliver(
                    varied, "said in code" if not isinstance(handler, ext.CommandHandler) else "argument"
                )
                await self._follow(5)
        if isinstance(handler, ext.CommandHandler) and target.conversation is None:
            await self._refused(target, next(iter(update.values()))["text"])

    async def _refused(self, target: Target, text: str) -> None:
        """The same from a stranger, edited, and in a group, where the handler does not want it: others must not, either."""
        for varied in (message(text), message(text, kind="edited_message"), message(text, where="supergroup")):
            if not self.late and not self._takes(target, varied):
                await self._deliver(varied, "not for it")

    def _variations(self, target: Target, update: Update) -> Iterator[Update]:
        """The same with what the callback's code compares with, or a command with arguments."""
        handler = target.handler
        content = next(iter(update.values()))
        if isinstance(handler, ext.MessageHandler):
            if "text" in content and target.conversation is None:
                yield from (with_text(update, text) for text in said_in(handler.callback))
        elif isinstance(handler, ext.CallbackQueryHandler):
            for text in said_in(handler.callback):
                yield pressed(text if text[-1].isalnum() else f"{text}1")
        elif isinstance(handler, ext.CommandHandler):
            if sum(other.handler.callback is handler.callback for other in self.wanted) > 1:
                return
            command = content["text"].split()[0]
            yield from (with_text(update, command + argument) for argument in ARGUMENTS[1:])
            for admin in self.candidates.admins[:1]:
                yield from (message(command + argument, user_id=admin) for argument in ARGUMENTS)

    async def _reach(self, target: Target) -> None:
        """Deliver to a handler directly, its conversation put into the state that it belongs to."""
        conversation = target.conversation
        if target.starts:
            update = next(self._found(target), None)
            if update is not None:
                await self._deliver(update, "direct")
            return
        state = target.state if target.state != "fallback" else next(iter(conversation.states), None)
        index = self.conversations.index(conversation)
        if self.put(index, state):
            update = next(self._found(target, 300), None)
            if update is not None:
                await self._deliver(update, "state", conversation=index, state=repr(state))

    def put(self, index: int, state: Any) -> bool:
        """Put a conversation into a state."""
        probe = self.delivery.made(self.application, message("a text"))
        return put_into_state(self.conversations[index], probe, state)

    async def _several(self, target: Target) -> Update | None:
        """Deliver updates of different shape until the handler runs: one of another group may stop them."""
        shapes: set[Any] = set()
        first = None
        for update in self._found(target):
            kind, content = next(iter(update.items()))
            chat = content.get("chat", {})
            shape = kind, chat.get("type"), chat.get("id"), content.get("from", {}).get("id"), "sender_chat" in content
            if shape in shapes:
                continue
            shapes.add(shape)
            first = first or update
            await self._deliver(update, "direct")
            if self._ran(target) or len(shapes) >= _DELIVERED or self.late:
                return update
        return first

    async def _follow(self, most: int = 25) -> None:
        """As long as conversations wait for something that was not tried, say it."""
        tried: set[int] = set()
        while len(tried) < most and not self.late:
            for target in self.wanted:
                if target.starts or target.state == "fallback" or self._ran(target) or id(target.handler) in tried:
                    continue
                if target.state not in states_of(target.conversation):
                    continue
                update = next(self._found(target, 300), None)
                if update is not None:
                    tried.add(id(target.handler))
                    await self._deliver(update, "conversation")
                    break
            else:
                return

    def _found(self, target: Target, most: int = _SHOWN) -> Iterator[Update]:
        candidates = self.candidates.of(target.handler)
        return (update for update in itertools.islice(candidates, most) if self._takes(target, update))

    def _takes(self, target: Target, update: Update) -> bool:
        try:
            made = self.delivery.made(self.application, update)
        except Exception:  # content that this version of the library does not know
            return False
        return taking(self.application, made, target.group) is target.handler

    def _ran(self, target: Target) -> bool:
        return id(target.handler) in self.delivery.called

    async def _deliver(self, update: Update, why: str, **how: Any) -> None:
        step = await self.delivery.deliver(self.application, update, why=why, **how)
        for call in step["calls"]:
            self._look_for_buttons(call["parameters"])

    def _look_for_buttons(self, said: dict[str, Any]) -> None:
        markup = said.get("reply_markup")
        if isinstance(markup, str):
            try:
                markup = json.loads(markup)
            except ValueError:
                return
        if not isinstance(markup, dict):
            return
        for button in itertools.chain.from_iterable(markup.get("inline_keyboard", ())):
            data = button.get("callback_data")
            if isinstance(data, str) and self._add("press", data, pressed(data, str(said.get("text") or "t")[:200])):
                self.candidates.buttons.append(data)
        for button in itertools.chain.from_iterable(markup.get("keyboard", ())):
            text = button if isinstance(button, str) else button.get("text")
            if text:
                self._add("text", text, message(text))

    def _add(self, kind: str, text: str, update: Update) -> bool:
        """A button that differs from those known by more than numbers."""
        key = kind, re.sub(r"\d+", "0", text)
        if key in self._buttons:
            return False
        self._buttons[key] = update
        return True


def _rank(target: Target) -> int:
    handler = target.handler
    if isinstance(handler, ext.CommandHandler):
        return 0 if "start" in handler.commands else 1
    return 2 if isinstance(handler, ext.MessageHandler) else 3 if isinstance(handler, ext.CallbackQueryHandler) else 4


def _sampled(found: list[Target]) -> list[Target]:
    """At most three handlers of each callback and state."""
    by_callback: dict[Any, list[Target]] = collections.defaultdict(list)
    for target in found:
        by_callback[name_of(target.handler.callback), str(target.state)].append(target)
    chosen = []
    for same in by_callback.values():
        chosen += same if len(same) <= 4 else [same[0], same[len(same) // 2], same[-1]]
    return chosen
