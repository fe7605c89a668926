"""Point at what costs requests or goes wrong, and is mended by hand.

## What it does
Rewrites nothing. It lists places whose mending takes a decision, each with what it costs and what to do:

* a `TelegramClient` that a handler makes for each update;
* a connection to a database server that a function opens each time it runs;
* members that are fetched to be counted;
* the rights of administrators, asked for with each message, where nobody is banned or promoted by them (`TGF605`, which is off unless
  it is selected, writes the cache);
* messages that `asyncio.gather()` sends all at once;
* `asyncio.get_event_loop()` where no loop runs, which ends on Python 3.14;
* tasks that nobody keeps a reference to;
* session files that other users of the machine may read.

`tgfix check --all` shows them, and `tgfix report`.

## Why it is slow
A client for each command: 120 requests for twenty commands in place of 25, and with two on one session file "database is locked" after
five seconds in which the event loop stands still. Members: 6 requests to count them in place of 1. The requests
were counted with a scripted sender and Telethon 1.45. The others are not slow, they go wrong.

## When it is safe
It changes nothing.

## When it leaves code alone
Always.

## References
- https://docs.telethon.dev/en/stable/modules/client.html#telethon.client.chats.ChatMethods.get_participants
- https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
- https://docs.python.org/3/library/asyncio-task.html#asyncio.create_task
- https://docs.python.org/3/whatsnew/3.14.html
- https://docs.telethon.dev/en/stable/concepts/sessions.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ....engine.analysis.dispatch import LIBRARIES
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Cost, Finding
from ....engine.sources.config import is_named
from ....engine.sources.reach import is_test
from .examples import EXAMPLES
from .patterns import PATTERNS


class ByHand(Codemod):
    """See the module's docstring."""

    code = "TGF606"
    name = "by-hand"
    title = "Mend by hand what costs requests or goes wrong"
    cost = Cost.TENTHS
    libraries = ("telethon", "python-telegram-bot")
    needles = tuple(dict.fromkeys(needle for pattern in PATTERNS for needle in pattern.needles))
    by_hand = True
    related = ("RUF006",)
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every place of the patterns in a bot, in source order."""
        project = module.project
        if not project.mentioning(LIBRARIES) or is_test(project.settings.root, module.path):
            return
        found = [
            self.finding(module, node, pattern.message, reason=pattern.mend, cost=pattern.cost)
            for pattern in PATTERNS
            if not is_named(project.settings.select, *pattern.instead)
            if project.texts.holds(module.source.data, *pattern.needles)
            for node in pattern.places(module)
        ]
        yield from sorted(found, key=lambda finding: (finding.line, finding.column))
