"""Find updates for the handlers of an application, and put its conversations into their states."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..bot_api.exploring import BotApiExplorer
from ..callbacks import alike
from ..contents import Update, message
from ..exploring import sampled
from .candidates import Candidates
from .delivery import PtbDelivery
from .handlers import Target, accepts, leads_to, left, put_into_state, states_of, taking, targets

_LOOKED = 300


class PtbExplorer(BotApiExplorer):
    """Explores one application."""

    delivery: PtbDelivery

    def __init__(self, delivery: PtbDelivery, task: dict[str, Any]) -> None:
        self.application = delivery.application
        found = targets(self.application)
        self.conversations = list(dict.fromkeys(t.conversation for t in found if t.conversation))
        super().__init__(delivery, task, sampled(found, lambda each: (alike(each.handler.callback), str(each.state))))
        self._candidates = Candidates(task["admins"], task["chats"], self.buttons)
        #: Whether conversations were left before the next update.
        self._has_left = False

    async def prepare(self, step: dict[str, Any]) -> None:
        """Put its conversation into its state; the empty state is that of no conversation."""
        if step.get("state") == "":
            left(self.conversations)
        if "conversation" in step and step["conversation"] < len(self.conversations):
            conversation = self.conversations[step["conversation"]]
            state = next((s for s in conversation.states if repr(s) == step["state"]), None)
            self.put(step["conversation"], state, step["update"])

    async def reach(self, target: Target) -> None:
        """Deliver to a handler directly, its conversation put into the state that it belongs to."""
        conversation = target.conversation
        if target.starts:
            await self.several(target)
            return
        state = target.state if target.state != "fallback" else next(iter(conversation.states), None)
        index = self.conversations.index(conversation)
        if self.put(index, state):
            update = await self.first(target, _LOOKED)
            if update is not None:
                await self.deliver(update, "state", conversation=index, state=repr(state))
                await self.insist(target, update, "state", conversation=index, state=repr(state))
                self.vary(target, update)

    async def say(self, target: Target, update: Update, why: str) -> None:
        """In the state of its conversation."""
        if target.starts:
            await super().say(target, update, why)
        elif target.state != "fallback":
            index = self.conversations.index(target.conversation)
            if self.put(index, target.state, update) and await self.takes(target, update):
                await self.deliver(update, why, conversation=index, state=repr(target.state))
                await self.follow()

    async def several(self, target: Target) -> Update | None:
        """Where a conversation that is going on takes what a handler would, it is left."""
        update = await super().several(target)
        if self.ran(target) or not target.starts or not left(self.conversations):
            return update
        self._has_left = True
        return await super().several(target) or update

    async def start_again(self, update: Update) -> None:
        """From where no conversation is going on."""
        self._has_left = left(self.conversations)
        await super().start_again(update)

    async def deliver(self, update: Update, why: str, **how: Any) -> None:
        """Note where a conversation was left."""
        if self._has_left:
            how.setdefault("state", "")
            self._has_left = False
        await super().deliver(update, why, **how)

    def put(self, index: int, state: Any, update: Update | None = None) -> bool:
        """Put a conversation with whoever sends an update into a state, and leave the others: what is said to it is not for them."""
        own, probe = self.conversations[index], self.delivery.made(update or message("a text"))
        left(each for each in self.conversations if not leads_to(each, own))
        return put_into_state(own, probe, state)

    async def waits(self, target: Target) -> bool:
        """Whether its conversation is in its state for anybody."""
        return target.state != "fallback" and target.state in states_of(target.conversation)

    def candidates(self, target: Target) -> Iterator[Update]:
        """For its handler."""
        return self._candidates.of(target.handler)

    async def takes(self, target: Target, update: Update) -> bool:
        """Ask the handlers of its group."""
        try:
            made = self.delivery.made(update)
        except Exception:  # content that this version of the library does not know
            return False
        if not accepts(target.handler, made):
            return False
        return self.is_given(target, taking(self.application, made, target.group))
