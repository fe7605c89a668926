"""Find updates for the handlers of a dispatcher, and put people into the states of its conversations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..bot_api.exploring import BotApiExplorer
from ..callbacks import alike
from ..contents import Update, message
from ..exploring import sampled
from .candidates import Candidates
from .delivery import AiogramDelivery
from .handlers import Target, taking, targets


class AiogramExplorer(BotApiExplorer):
    """Explores one dispatcher."""

    delivery: AiogramDelivery

    def __init__(self, delivery: AiogramDelivery, task: dict[str, Any]) -> None:
        found = [target for target in targets(delivery.dispatcher) if target.kind != "error"]
        super().__init__(delivery, task, sampled(found, lambda each: (alike(each.handler.callback), each.states)))
        self._candidates = Candidates(task["admins"], task["chats"], self.buttons)
        #: The state that whoever sends the next updates is in, "" for none; None: as it is.
        self._state: str | None = None

    async def prepare(self, step: dict[str, Any]) -> None:
        """Put whoever sends it into its state."""
        if "state" in step:
            await self.delivery.put_into_state(step["update"], step["state"])

    async def start_with(self, target: Target) -> None:
        """Where a conversation may be going on, it is left first."""
        self._state = ""
        await super().start_with(target)
        self._state = None

    async def say(self, target: Target, update: Update, why: str) -> None:
        """Where a conversation may be going on, it is left first, or put into the state that it is said in."""
        self._state = "" if target.starts else target.states[0]
        await super().say(target, update, why)
        self._state = None

    async def follow(self, most: int = 5) -> None:
        """Go on with the conversation that is there."""
        begun, self._state = self._state, None
        await super().follow(most)
        self._state = begun

    async def answer(self, update: Update) -> None:
        """In the conversation that is there."""
        begun, self._state = self._state, None
        await super().answer(update)
        self._state = begun

    async def start_again(self, update: Update) -> None:
        """From where no conversation is going on."""
        self._state = ""
        await super().start_again(update)
        self._state = None

    async def reach(self, target: Target) -> None:
        """Deliver to a handler directly, whoever sends it put into its state."""
        self._state = target.states[0] if target.states else ""
        update = await self.several(target)
        self._state = None
        if update is not None:
            self.vary(target, update)

    async def waits(self, target: Target) -> bool:
        """Whether somebody is in its state."""
        return await self.delivery.state_for(message("a text")) in target.states

    async def deliver(self, update: Update, why: str, **how: Any) -> None:
        """In the state that is wanted."""
        if self._state is not None and self._state != await self.delivery.state_for(update):
            await self.delivery.put_into_state(update, self._state)
            how["state"] = self._state
        await super().deliver(update, why, **how)

    def candidates(self, target: Target) -> Iterator[Update]:
        """For its filters."""
        return self._candidates.of(target)

    async def takes(self, target: Target, update: Update) -> bool:
        """Ask the routers."""
        try:
            made = self.delivery.made(update)
            taker = await taking(self.delivery.dispatcher, self.delivery.bot, made, target, self._state)
        except Exception:  # content that this version of the library does not know, a storage that is not there
            return False
        return self.is_given(target, taker)
