"""aiogram 3 in the world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..delivery import Delivery
from ..telegram import Telegram
from . import side
from .delivery import AiogramDelivery
from .exploring import AiogramExplorer


def install(world: Telegram, http_log: Path, started: Callable[[Delivery], None]) -> None:
    """Put the world around the library; `started` is called on the loop of a dispatcher that starts."""
    delivery = AiogramDelivery(world, http_log)
    side.install(world, delivery.bots)
    side.pass_stand_ins_by()
    delivery.install(started)


explorer = AiogramExplorer
