"""python-telegram-bot in the world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from telegram.ext import Application

from ..delivery import Delivery
from ..hooks import replace
from ..telegram import Telegram
from . import side
from .delivery import PtbDelivery
from .exploring import PtbExplorer


def install(world: Telegram, http_log: Path, started: Callable[[Delivery], None]) -> None:
    """Put the world around the library; `started` is called on the loop of an application that starts."""
    delivery = PtbDelivery(world, http_log)
    side.install(world)
    delivery.install()
    start = Application.start

    async def start_and_tell(application: Any) -> None:
        await start(application)
        if delivery.application is None:
            delivery.application = application
            started(delivery)

    replace(Application, start=start_and_tell)


explorer = PtbExplorer
