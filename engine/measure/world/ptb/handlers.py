"""The handlers of an application: which there are, and which would take an update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import telegram.ext as ext
from telegram.ext import ConversationHandler


@dataclass(frozen=True)
class Target:
    """A handler that takes updates: of a group, or of a state of a conversation."""

    group: int
    handler: Any
    conversation: Any = None
    #: "entry", "fallback" or a state of the conversation's.
    state: Any = None

    @property
    def nature(self) -> str:
        """What it takes."""
        if isinstance(self.handler, ext.CommandHandler):
            return "start" if "start" in self.handler.commands else "command"
        kinds = {ext.MessageHandler: "message", ext.CallbackQueryHandler: "press"}
        return next((nature for kind, nature in kinds.items() if isinstance(self.handler, kind)), "other")

    @property
    def alone(self) -> bool:
        """Whether it belongs to no conversation."""
        return self.conversation is None

    @property
    def starts(self) -> bool:
        """Whether it needs no conversation that has begun."""
        return self.conversation is None or self.state == "entry"


def targets(application: Any) -> list[Target]:
    """All of them, in order."""
    return [
        found
        for group, handlers in application.handlers.items()
        for handler in handlers
        for found in _within(group, handler, None, None)
    ]


def _within(group: int, handler: Any, conversation: Any, state: Any) -> Iterator[Target]:
    if not isinstance(handler, ConversationHandler):
        yield Target(group, handler, conversation, state)
        return
    for entry in handler.entry_points:
        yield from _within(group, entry, handler, "entry")
    for name, handlers in handler.states.items():
        for each in handlers:
            yield from _within(group, each, handler, name)
    for each in handler.fallbacks:
        yield from _within(group, each, handler, "fallback")


def accepts(handler: Any, update: Any) -> bool:
    """Whether a handler would take an update that comes to it."""
    return _checked(handler, update) is not None


def _checked(handler: Any, update: Any) -> Any:
    """What a handler finds in an update that it would take; None where it would not."""
    try:
        result = handler.check_update(update)
    except Exception:  # a filter of the program's own
        return None
    return None if result is False else result


def taking(application: Any, update: Any, group: int) -> Any:
    """The handler of a group that the library gives an update to; None where there is none."""
    for handler in application.handlers.get(group, ()):
        if (result := _checked(handler, update)) is None:
            continue
        while isinstance(handler, ConversationHandler) and isinstance(result, tuple) and len(result) >= 4:
            handler, result = result[2], result[3]
        return handler
    return None


def leads_to(conversation: Any, other: Any) -> bool:
    """Whether a conversation is another, or has it in one of its states."""
    return conversation is other or any(other in handlers for handlers in conversation.states.values())


def left(conversations: Iterable[Any]) -> bool:
    """Leave conversations that are going on; whether there were any."""
    going_on = [found for each in conversations if (found := getattr(each, "_conversations", None))]
    for states in going_on:
        for key in list(states):
            states.pop(key, None)
    return bool(going_on)


def put_into_state(conversation: Any, update: Any, state: Any) -> bool:
    """Let a conversation be in a state for whoever sends `update`."""
    try:
        conversation._conversations[conversation._get_key(update)] = state
    except Exception:  # not for such updates, or another version of the library
        return False
    return True


def states_of(conversation: Any) -> list[Any]:
    """The states that chats are in."""
    return list(getattr(conversation, "_conversations", {}).values())
