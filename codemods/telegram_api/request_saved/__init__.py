"""Save requests for what the bot already knows: itself, the chat and the sender of an event, a peer.

## What it does
Looks at requests that are sent each time a handler, a job or a loop runs:

* `(await bot.get_me()).username` → `bot.username`, and `me = await bot.get_me()` → `me = bot.bot` (python-telegram-bot), `bot.id` and
  `await bot.me()` (aiogram 3), `client.me` (Pyrogram 2), `await client.get_me(input_peer=True)` (Telethon, where only the id is used);
* `await client.get_entity(event.chat_id)` → `await event.get_chat()`, and the same for `sender_id` (Telethon);
* `await client.get_entity(x)` → `await client.get_input_entity(x)`, where messages are sent to the result and nothing else is done with
  it (Telethon);
* where nobody looks at the answer of `get_me()` its statement goes.

## Why it is slow
Each request takes 40 to 100 ms, and each counts for Telegram's limits. `get_me()` and `get_entity()` send one every time, also for a user
whom the client knows; the forms that are written here send none. The requests were counted with scripted servers, Telethon 1.45 and
python-telegram-bot 22.8. `benchmarks/telegram_requests.py` counts those of the programs in `fixtures/`, of this codemod and its
neighbours; the seconds are a simulated round trip of 40 ms:

| | requests before | after | seconds before | after |
|---|---|---|---|---|
| three messages are answered | 16 | 4 | 0.64 | 0.16 |
| 250 messages are deleted (`TGF602`) | 250 | 3 | 10.00 | 0.12 |
| 12 files of 3 parts are fetched (`TGF603`) | 49 | 49 | 2.01 | 0.51 |
| an administrator writes ten messages (`TGF605`) | 10 | 1 | 0.40 | 0.04 |
| 8 MB are sent and fetched (`TGF604`) | 130 | 34 | 5.20 | 1.36 |

## When it is safe
Never claimed: a request is also a moment in which others run, such as a task that was started just before, or the handler that ends a
loop (`ordering`). Nothing may wait for the request to fail, the bot that is asked has to have started (`errors`), and nobody may put
something in the place of the method (`identity`). Names and settings, of oneself as of a chat or a sender, assume `identity`, too: they are
as they were when the bot started or the update came. A peer assumes `errors`: a name that changed hands still leads to its old owner,
and a user who is gone is found out later.

## When it leaves code alone
Telethon's `get_me()` where more than the id is used: ask once when the bot starts. Pyrogram before 2.0, which does not keep the answer
(`session_name`, `Filters`). Commands that take seconds anyway. Requests with
arguments of their own, and those that are sent once, when the bot starts or where the answer is not kept yet, are no findings.

## References
- https://docs.python-telegram-bot.org/en/stable/telegram.bot.html#telegram.Bot.bot
- https://docs.telethon.dev/en/stable/concepts/entities.html
- https://docs.aiogram.dev/en/latest/api/bot.html
- https://docs.pyrogram.org/api/client
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.activations import Activations
from ....engine.analysis.handlers import runs_often, starts_the_bot
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Edit, Finding, Hazard
from ....engine.rewriting.awaits import has_exact_span
from .. import REQUEST_TIME
from .examples import EXAMPLES
from .oneself import LIBRARIES, oneself
from .peers import entity
from .saved import is_kept, takes_long


def _no_wait(module: Module, asked: ast.Await) -> Assumption:
    """A request is also a moment in which others run: tasks that were started, or the handler that ends a loop."""
    sentence = "nothing else has to get its turn here: the coroutine no longer waits for an answer"
    return Assumption(Hazard.ORDERING, sentence, module.path, asked.lineno, is_slight=True)


class RequestSaved(Codemod):
    """See the module's docstring."""

    code = "TGF601"
    name = "request-saved"
    title = "Save a request for what the bot knows"
    cost = REQUEST_TIME
    libraries = ("python-telegram-bot", "telethon", "aiogram", "pyrogram")
    needles = (b"get_me", b"get_entity")
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every awaited `get_me()` and `get_entity()` that runs again and again."""
        if not any(module.project.mentioning(LIBRARIES)):
            return
        for asked in module.all(ast.Await):
            if not (isinstance(asked.value, ast.Call) and isinstance(asked.value.func, ast.Attribute)):
                continue
            method = asked.value.func.attr
            if method not in ("get_me", "get_entity") or is_kept(module, asked) or not _is_repeated(module, asked):
                continue
            found = oneself(module, asked) if method == "get_me" else entity(module, asked)
            if found is None:
                continue
            message = f"{method}() sends a request each time for what the bot may know already"
            if isinstance(module.parent(asked), ast.Expr):
                found = "nothing looks at its answer: the request itself may be what is wanted, as a sign of life"
            if isinstance(found, str):
                yield self.finding(module, asked, message, reason=found)
            elif long := takes_long(module, asked):
                yield self.finding(module, asked, message, reason=f"nobody feels a tenth of a second: {long}")
            elif reason := _unwritable(module, asked, found.edits):
                yield self.finding(module, asked, message, reason=reason)
            else:
                change = self.change(
                    module, found.edits, found.why, verdicts=(*found.verdicts, _no_wait(module, asked))
                )
                yield self.finding(module, asked, message, change=change)


def _unwritable(module: Module, asked: ast.Await, edits: tuple[Edit, ...]) -> str | None:
    """Why the text of a request is left as it is."""
    if not has_exact_span(module, asked):
        return "it stands in an f-string, where it is not rewritten"
    if any("#" in module.text[edit.start : edit.end] for edit in edits):
        return "a comment stands in it"
    return None


def _is_repeated(module: Module, asked: ast.Await) -> bool:
    """Whether it runs in a loop, or for updates or jobs."""
    function = module.function(asked)
    if function is None:
        return False
    if next(module.loops(asked), None) is not None:
        return True
    if starts_the_bot(function):
        return False
    starts = module.project.fact(Activations).each_start(module, asked)
    return any(start.kind in ("handler", "job") for start in starts) or runs_often(module, function) is not None
