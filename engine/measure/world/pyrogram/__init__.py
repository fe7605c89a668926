"""Pyrogram, and what continues it (kurigram), in the world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..delivery import Delivery
from ..telegram import Telegram
from ..tl.answers import Answers
from . import side
from .delivery import PyrogramDelivery
from .exploring import PyrogramExplorer
from .schema import TL


def install(world: Telegram, http_log: Path, started: Callable[[Delivery], None]) -> None:
    """Put the world around the library; `started` is called on the loop of a client that starts."""
    answers = Answers(TL, world.next_id)
    side.install(world, answers)
    PyrogramDelivery(world, http_log, answers).install(started)


explorer = PyrogramExplorer
