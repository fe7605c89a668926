"""Find updates for the handlers of an application: said directly, and in the course of conversations."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from typing import Any

import telegram.ext as ext

from ..callbacks import name_of
from ..contents import ARGUMENTS, Update, message, pressed, with_text
from ..exploring import Explorer, sampled
from ..patterns import said_in
from .candidates import Candidates
from .delivery import PtbDelivery
from .handlers import Target, put_into_state, states_of, taking, targets


class PtbExplorer(Explorer):
    """Explores one application."""

    delivery: PtbDelivery

    def __init__(self, delivery: PtbDelivery, task: dict[str, Any]) -> None:
        super().__init__(delivery, task["explore"])
        self.application = delivery.application
        self._candidates = Candidates(task["admins"], task["chats"], self.buttons)
        found = targets(self.application)
        self.conversations = list(dict.fromkeys(t.conversation for t in found if t.conversation))
        self.wanted = sorted(sampled(found, lambda each: (name_of(each.handler.callback), str(each.state))), key=_rank)

    async def begin(self) -> None:
        """Every handler that needs no conversation."""
        for target in self.wanted:
            if self.late:
                return
            if target.starts and (not self.ran(target) or isinstance(target.handler, ext.CommandHandler)):
                await self._start_with(target)

    async def finish(self) -> None:
        """What is left, then conversations put into a state."""
        for target in self.wanted:
            if not self.ran(target) and not self.late:
                await self._reach(target)

    async def follow(self) -> None:
        """Go on with the conversations."""
        await self._follow(5)

    def prepare(self, step: dict[str, Any]) -> None:
        """Put its conversation into its state."""
        if "conversation" in step and step["conversation"] < len(self.conversations):
            conversation = self.conversations[step["conversation"]]
            self.put(step["conversation"], next((s for s in conversation.states if repr(s) == step["state"]), None))

    def ran(self, target: Target) -> bool:
        """Whether it was called."""
        return id(target.handler) in self.delivery.called

    async def _start_with(self, target: Target) -> None:
        update = await self.several(target)
        if update is None:
            return
        await self._follow()
        handler = target.handler
        for varied in self._variations(target, update):
            if self.late:
                return
            if await self.takes(target, varied):
                await self.deliver(
                    varied, "said in code" if not isinstance(handler, ext.CommandHandler) else "argument"
                )
                await self._follow(5)
        if isinstance(handler, ext.CommandHandler) and target.conversation is None:
            await self._refused(target, next(iter(update.values()))["text"])

    async def _refused(self, target: Target, text: str) -> None:
        """The same from a stranger, edited, and in a group, where the handler does not want it: others must not, either."""
        for varied in (message(text), message(text, kind="edited_message"), message(text, where="supergroup")):
            if not self.late and not await self.takes(target, varied):
                await self.deliver(varied, "not for it")

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
            for admin in self._candidates.admins[:1]:
                yield from (message(command + argument, user_id=admin) for argument in ARGUMENTS)

    async def _reach(self, target: Target) -> None:
        """Deliver to a handler directly, its conversation put into the state that it belongs to."""
        conversation = target.conversation
        if target.starts:
            update = await self.first(target)
            if update is not None:
                await self.deliver(update, "direct")
            return
        state = target.state if target.state != "fallback" else next(iter(conversation.states), None)
        index = self.conversations.index(conversation)
        if self.put(index, state):
            update = await self.first(target, 300)
            if update is not None:
                await self.deliver(update, "state", conversation=index, state=repr(state))

    def put(self, index: int, state: Any) -> bool:
        """Put a conversation into a state."""
        probe = self.delivery.made(message("a text"))
        return put_into_state(self.conversations[index], probe, state)

    async def _follow(self, most: int = 25) -> None:
        """As long as conversations wait for something that was not tried, say it."""
        tried: set[int] = set()
        while len(tried) < most and not self.late:
            for target in self.wanted:
                if target.starts or target.state == "fallback" or self.ran(target) or id(target.handler) in tried:
                    continue
                if target.state not in states_of(target.conversation):
                    continue
                update = await self.first(target, 300)
                if update is not None:
                    tried.add(id(target.handler))
                    await self.deliver(update, "conversation")
                    break
            else:
                return

    def candidates(self, target: Target) -> Iterator[Update]:
        """For its handler."""
        return self._candidates.of(target.handler)

    async def takes(self, target: Target, update: Update) -> bool:
        """Ask the handlers of its group."""
        try:
            made = self.delivery.made(update)
        except Exception:  # content that this version of the library does not know
            return False
        return taking(self.application, made, target.group) is target.handler

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


def _rank(target: Target) -> int:
    handler = target.handler
    if isinstance(handler, ext.CommandHandler):
        return 0 if "start" in handler.commands else 1
    return 2 if isinstance(handler, ext.MessageHandler) else 3 if isinstance(handler, ext.CallbackQueryHandler) else 4
