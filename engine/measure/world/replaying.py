"""The updates of a run: found by exploring, or those of an earlier one."""

from __future__ import annotations

from typing import Any

from .candidates import Candidates
from .delivery import Delivery
from .exploring import Explorer
from .handlers import Target, name_of, place_of


async def work(application: Any, delivery: Delivery, task: dict[str, Any]) -> None:
    """Deliver the updates of `task["steps"]`; where there are none, explore."""
    explorer = Explorer(application, delivery, Candidates(task["admins"], task["chats"]), task["explore"])
    if task["steps"] is None:
        await explorer.explore()
        return
    for step in task["steps"]:
        how = {key: step[key] for key in ("why", "conversation", "state") if key in step}
        if "conversation" in step and step["conversation"] < len(explorer.conversations):
            conversation = explorer.conversations[step["conversation"]]
            state = next((state for state in conversation.states if repr(state) == step["state"]), None)
            explorer.put(step["conversation"], state)
        if step["update"].get("job", "") in ("", *delivery.jobs):
            await delivery.deliver(application, step["update"], **how)


def exercised(found: list[Target], delivery: Delivery) -> list[dict[str, Any]]:
    """Every callback that is registered, and whether it ran."""
    callbacks: dict[str, dict[str, Any]] = {}
    for target in found:
        name, place = name_of(target.handler.callback), place_of(target.handler.callback)
        entry = callbacks.setdefault(f"{name} {place}", {"name": name, "place": place, "ran": False})
        entry["ran"] = entry["ran"] or id(target.handler) in delivery.called
    return list(callbacks.values())
