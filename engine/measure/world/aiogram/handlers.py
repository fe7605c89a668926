"""The handlers of a dispatcher: which there are, and which would take an update."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from aiogram import Dispatcher
from aiogram.dispatcher.middlewares.error import ErrorsMiddleware
from aiogram.dispatcher.middlewares.manager import MiddlewareManager
from aiogram.filters import Command, StateFilter
from aiogram.fsm.state import State


@dataclass(frozen=True, eq=False)
class Target:
    """A handler that takes updates: of a router, for a kind of update."""

    router: Any
    kind: str
    handler: Any
    #: What must be true: the handler's filters, and those of its router and all above.
    filters: tuple[Any, ...]
    #: The states that it belongs to, "" for none; nothing where any will do.
    states: tuple[str, ...]

    @property
    def nature(self) -> str:
        """What it takes."""
        found = [each for each in self.filters if isinstance(each, Command)]
        if self.kind == "message" and found:
            return "start" if "start" in found[0].commands else "command"
        return {"message": "message", "callback_query": "press"}.get(self.kind, "other")

    @property
    def alone(self) -> bool:
        """Whether it belongs to no conversation."""
        return self.starts

    @property
    def starts(self) -> bool:
        """Whether it needs no conversation that has begun."""
        return not self.states or "" in self.states


def targets(dispatcher: Any) -> list[Target]:
    """All of them, in order."""
    return list(_within(dispatcher, ()))


def _within(router: Any, above: tuple[Any, ...]) -> Iterator[Target]:
    for kind, observer in router.observers.items():
        around = (*above, *_filters(observer._handler))
        for handler in observer.handlers if kind != "update" else ():
            found = (*around, *_filters(handler))
            states = [_states(each.states) for each in found if isinstance(each, StateFilter)]
            states += [_states([each]) for each in found if isinstance(each, State)]
            yield Target(router, kind, handler, found, states[-1] if states else ())
    for inner in router.sub_routers:
        yield from _within(inner, above)


def _filters(handler: Any) -> tuple[Any, ...]:
    return tuple(each.magic or each.callback for each in handler.filters or ())


def _states(found: Iterable[Any]) -> tuple[str, ...]:
    """The states of a filter by their names; nothing where it takes any."""
    names: list[str] = []
    for each in found:
        if isinstance(each, State):
            names.append(each.state or "")
        elif each is None or isinstance(each, str):
            names.append(each or "")
        else:
            names += each.__all_states_names__
    return () if "*" in names else tuple(names)


async def surroundings(dispatcher: Any, bot: Any, update: Any) -> dict[str, Any]:
    """What filters and handlers are given with an update, as far as it is the library's own."""
    found = {"dispatcher": dispatcher, **dispatcher.workflow_data, "bots": [bot], "bot": bot, "event_update": update}

    async def keep(_: Any, /, **data: Any) -> None:
        found.update(data)

    around = [
        each
        for each in dispatcher.update.outer_middleware
        if type(each).__module__.startswith("aiogram.") and not isinstance(each, ErrorsMiddleware)
    ]
    await MiddlewareManager.wrap_middlewares(around, keep)(update, dict(found))
    return found


async def taking(dispatcher: Any, bot: Any, update: Any, target: Target, state: str | None) -> Any:
    """The handler that the library gives an update, in a state ("" for none, None for that which there is).

    None where the target would not take it.
    """
    data = await surroundings(dispatcher, bot, update)
    if state is not None:
        data["raw_state"] = state or None
    if update.event_type != target.kind or not await _passes(target.handler, update.event, data):
        return None  # most candidates end here, so that not all routers are asked
    return await _first(dispatcher, update.event_type, update.event, data)


async def _passes(handler: Any, event: Any, data: dict[str, Any]) -> bool:
    try:
        return bool((await handler.check(event, **data, handler=handler))[0])
    except TypeError as error:  # it wants what a middleware of the program's own gives
        return "argument" in str(error)
    except Exception:  # a filter of the program's own
        return False


async def _first(router: Any, kind: str, event: Any, data: dict[str, Any]) -> Any:
    """The first handler of a router and those in it that takes an event, by the order of `Router.propagate_event`."""
    observer = router.observers[kind]
    if observer._handler.filters and not await _passes(observer._handler, event, data):
        return None
    for handler in observer.handlers:
        if await _passes(handler, event, data):
            return handler
    for inner in router.sub_routers:
        if (found := await _first(inner, kind, event, data)) is not None:
            return found
    return None


def is_own(handler: Any) -> bool:
    """Whether a handler is the program's, and not the dispatcher's way to all others."""
    return getattr(handler.callback, "__func__", None) is not Dispatcher._listen_update
