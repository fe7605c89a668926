"""The updates of a run: found by exploring, or those of an earlier one."""

from __future__ import annotations

from typing import Any

from .exploring import Explorer


async def work(explorer: Explorer, steps: list[dict[str, Any]] | None) -> None:
    """Deliver the updates of an earlier run; where there are none, explore."""
    if steps is None:
        await explorer.explore()
        return
    for step in steps:
        how = {key: step[key] for key in ("why", "conversation", "state") if key in step}
        await explorer.prepare(step)
        if step["update"].get("job", "") in ("", *explorer.delivery.jobs):
            await explorer.delivery.deliver(step["update"], **how)
