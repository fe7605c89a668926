"""Several users at once: how many updates a second, and how long each waits."""

from __future__ import annotations

import asyncio
import copy
import time
from typing import Any

from . import stalls
from .contents import with_text
from .delivery import Delivery
from .known import USER

#: Updates of each user, and seconds after which no further one is sent.
_MOST, _SECONDS = 24, 30.0
_NUMBERED = (
    "message_id", "message_ids", "id", "reply_parameters", "reply_to_message_id", "callback_query_id", "reply_to", "msg_id",
)  # fmt: skip


async def measure(delivery: Delivery, users: int) -> dict[str, Any]:
    """Let so many users send the steps that were delivered, all at the same time."""
    usable = _spread(
        [step for step in delivery.steps if not step["late"] and not {"state", "job"} & {*step, *step["update"]}]
    )
    if not usable:
        return {}
    waits: list[float] = []
    numbers: dict[str, int] = {}
    stop = time.perf_counter() + _SECONDS

    async def one(user: int) -> None:
        for turn, update in enumerate(usable):
            if time.perf_counter() > stop:
                return
            started = time.perf_counter()
            numbers[f"{user} {turn}"], _ = await delivery.put(_of_user(update, user), _SECONDS)
            waits.append(time.perf_counter() - started)

    async def job(name: str) -> None:
        numbers[f"job {name}"], _ = await delivery.run_job(name)

    stalls.loaded[0] = True
    started, cpu = time.perf_counter(), time.process_time()
    everybody = [one(USER if i == 0 else 8000000 + i) for i in range(users)]
    await asyncio.gather(*map(job, sorted(delivery.jobs)), *everybody)  # jobs begin, updates come while they wait
    seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
    stalls.loaded[0] = False
    waits.sort()
    return {
        "users": users,
        "updates": len(waits),
        "per_second": len(waits) / seconds,
        "p50": waits[len(waits) // 2],
        "p99": waits[min(len(waits) - 1, int(len(waits) * 0.99))],
        "cpu": cpu / len(waits),
        "stall": max(stalls.under_load, default=0.0),
        "effects": {key: _effects(delivery, number) for key, number in numbers.items()},
    }


def _spread(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Updates of as many different callbacks as there is room for, each text once, in the order in which they came."""
    chosen: set[int] = set()
    said = set()
    for turn in range(6):
        seen = set()
        for number, step in enumerate(steps):
            key, text = tuple(step["callbacks"]), step["update"].get("message", {}).get("text")
            if (
                number in chosen
                or key in seen
                or len(chosen) >= _MOST
                or (turn and not key)
                or (text and (key, text) in said)
            ):
                continue
            seen.add(key)
            said.add((key, text))
            chosen.add(number)
    return [steps[number]["update"] for number in sorted(chosen)]


def _effects(delivery: Delivery, number: int) -> list[Any]:
    """What an update led to, without the numbers of messages: these depend on the order of all."""
    kept = []
    for call in delivery.telegram.calls.get(number, []):
        said = {name: value for name, value in call["parameters"].items() if name not in _NUMBERED}
        kept.append({"method": call["method"], "parameters": said})
    return [*kept, *delivery.errors.get(number, [])]


def _of_user(update: dict[str, Any], user: int) -> dict[str, Any]:
    """The same from somebody else, who names an address of his own."""
    made = copy.deepcopy(update)
    for kind in ("message", "edited_message"):
        text = made.get(kind, {}).get("text", "")
        if "example.com/a" in text:
            made = with_text(made, text.replace("example.com/a", f"example.com/{user}"))

    def change(value: Any) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if key == "id" and item == USER:
                    value[key] = user
                else:
                    change(item)
        elif isinstance(value, list):
            for item in value:
                change(item)

    change(made)
    return made
