"""Let Telethon wait out short flood waits instead of raising `FloodWaitError` for each.

## What it does
Changes `TelegramClient(..., flood_sleep_threshold=0)` to Telethon's own default of 60, where nothing in the project handles flood
waits. `None` means 0 to Telethon. Clients that do not name the parameter have the default and are no finding.

## Why it is slow
Telegram answers a client that asks too fast with a number of seconds to wait. Up to the threshold Telethon sleeps for them and sends
the request again; with 0 every such answer, even one of a single second, is raised as `FloodWaitError`. Where nobody catches it,
the handler ends and its work is lost, and whatever starts the work again sends the same requests once more.

## When it is safe
Never claimed: it is *unsafe*, because a request that raised now sleeps for up to 60 seconds and is sent again. Each sleep uses up
one of the client's `request_retries` (5), behind which Telethon raises ValueError.

## When it leaves code alone
Where any file of the project speaks of flood waits (`FloodWaitError`, `FloodPremiumWaitError`, `FloodError`): with its own handling
in place the threshold decides whether that handling is reached. Where the value is a constant that may be used elsewhere too. A
threshold of 1 second or more is a choice and no finding.

It is a Bowler query: a file with syntax that Bowler's parser cannot read (`match`, positional-only parameters and newer) is
reported as not looked into, for this codemod alone.

## References
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.telegrambaseclient.TelegramBaseClient
- https://docs.telethon.dev/en/stable/quick-references/faq.html
- https://core.telegram.org/api/errors#420-flood
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ...engine.analysis import literal
from ...engine.analysis.module import Module
from ...engine.bowler import adapter as bowler
from ...engine.codemod import Codemod, left, patched, untouched
from ...engine.model import Assumption, Cost, Finding, Hazard, Safety
from ...knowledge.kinds import TELETHON_CLIENTS

if TYPE_CHECKING:
    from bowler import Query

_HANDLING = (b"FloodWait", b"FloodPremiumWait", b"FloodError")


class FloodSleepThreshold(Codemod):
    """See the module's docstring."""

    code = "TGF403"
    name = "flood-sleep-threshold"
    title = "Let Telethon sleep through short flood waits"
    cost = Cost.NONE
    libraries = ("telethon",)
    needles = (b"flood_sleep_threshold",)

    examples = (
        patched(
            """\
 from telethon import TelegramClient

-client = TelegramClient("bot", 12345, "hash", flood_sleep_threshold=0)
+client = TelegramClient("bot", 12345, "hash", flood_sleep_threshold=60)
""",
            "never sleeping, and nobody to catch the error",
            safety=Safety.UNSAFE,
        ),
        patched(
            """\
 import os

 import telethon.sync as tg

 with tg.TelegramClient(
     os.environ["SESSION"],
     int(os.environ["API_ID"]),
     os.environ["API_HASH"],
-    flood_sleep_threshold = None,  # fail fast
+    flood_sleep_threshold = 60,  # fail fast
     request_retries=3,
 ) as client:
     client.send_message("me", "Hello")
""",
            "None, and a layout that stays",
            safety=Safety.UNSAFE,
        ),
        left(
            """\
import asyncio

from telethon import TelegramClient, errors

client = TelegramClient("bot", 12345, "hash", flood_sleep_threshold=0)


async def send(peer, text):
    try:
        await client.send_message(peer, text)
    except errors.FloodWaitError as error:
        await asyncio.sleep(error.seconds)
""",
            "the project handles flood waits itself",
            "flood waits are handled",
        ),
        left(
            """\
from telethon import TelegramClient

THRESHOLD = 0

client = TelegramClient("bot", 12345, "hash", flood_sleep_threshold=THRESHOLD)
""",
            "the value comes from THRESHOLD",
            "a constant",
        ),
        untouched(
            """\
from telethon import TelegramClient

patient = TelegramClient("bot", 12345, "hash", flood_sleep_threshold=24 * 60 * 60)
brisk = TelegramClient("bot", 12345, "hash", flood_sleep_threshold=5)
usual = TelegramClient("bot", 12345, "hash")


def connect(flood_sleep_threshold=0):
    return dict(flood_sleep_threshold=0)
""",
            "a threshold of its own, the default, and other functions",
        ),
    )

    def find(self, module: Module) -> Iterator[Finding]:
        """The clients that never sleep."""
        for place in bowler.places(module, _query):
            keyword = bowler.node_at(module, ast.keyword, place.start)
            call = module.parent(keyword) if keyword is not None else None
            if keyword is None or not isinstance(call, ast.Call) or not module.candidates(call.func) & TELETHON_CLIENTS:
                continue
            try:
                value = literal.evaluate(module, keyword.value)
            except literal.NotLiteral:
                continue
            if value is not None and (not isinstance(value, (int, float)) or value > 0):
                continue
            message = "every flood wait is raised as FloodWaitError, however short it is"
            if reason := _reason(module, keyword, call):
                yield self.finding(module, keyword, message, reason=reason)
                continue
            why = (
                "Telethon sleeps through flood waits of up to 60 seconds, its default, and sends the request again. "
                "What differs: requests that raised FloodWaitError at once now wait and then succeed, or raise ValueError when "
                "request_retries, 5 by default, are used up."
            )
            edits = bowler.edits_at(module, _query, place)
            yield self.finding(
                module,
                keyword,
                message,
                change=self.change(module, edits, why, verdicts=[Assumption(Hazard.ERRORS, why)]),
            )


def _reason(module: Module, keyword: ast.keyword, call: ast.Call) -> str | None:
    if not isinstance(keyword.value, ast.Constant):
        return f"the value comes from {module.segment(keyword.value)}; change it there if nothing else needs it"
    if module.resolve(call.func) not in TELETHON_CLIENTS:
        return f"{module.segment(call.func)} may also be something else than Telethon's client"
    if any(module.project.contains(word) for word in _HANDLING):
        return "the project handles flood waits itself, and the threshold decides which of them it sees"
    return None


def _query() -> Query:
    from bowler import Query
    from fissix.fixer_util import Number

    def wait(node: Any, capture: Any, filename: str) -> None:
        value = capture["value"]
        value.replace(Number("60", prefix=value.prefix))

    return Query().select("argument< 'flood_sleep_threshold' '=' value=any >").modify(wait)
