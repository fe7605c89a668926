"""Telethon in the world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..delivery import Delivery
from ..telegram import Telegram
from ..tl.answers import Answers
from . import side
from .delivery import MtprotoDelivery
from .exploring import MtprotoExplorer
from .schema import ANSWERS, TL


def install(world: Telegram, http_log: Path, started: Callable[[Delivery], None]) -> None:
    """Put the world around the library; `started` is called on the loop of a client that connects."""
    answers = Answers(TL, world.next_id, ANSWERS)
    side.install(world, answers)
    MtprotoDelivery(world, http_log, answers).install(started)


explorer = MtprotoExplorer
