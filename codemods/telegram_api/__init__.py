"""TGF6xx: how Telegram is asked: fewer requests, faster transfers."""

from __future__ import annotations

from ...engine.model import Time

#: What a request of a bot to Telegram takes.
REQUEST_TIME = Time("40 to 100 ms", 40)
