"""Ask for somebody's rights in a chat once in half a minute.

## What it does
Off unless it is selected by its code or name (`--select ALL,TGF605`), since what it gains costs something: who was demoted keeps his
rights for up to 30 seconds.

`await context.bot.get_chat_member(chat.id, user.id)` → `await asked_lately(context.bot.get_chat_member, chat.id, user.id)`, and so
`get_chat_administrators()` (python-telegram-bot, aiogram), `get_permissions()` (Telethon) and `get_chat_member()` (aiogram, Pyrogram),
where a handler asks whether somebody is an administrator. The helper, three lines that are yours, keeps each answer for 30 seconds by
`alru_cache` of async-lru, which is added to the requirements where they are declared. Errors are not kept, and what is asked several
times at once is asked once.

## Why it is slow
Each update of a chat asks again what was answered a moment ago: one request of 40 to 100 ms, two with Telethon (`get_permissions()` of a
channel), which also count for Telegram's limits. A hit takes a microsecond. `benchmarks/telegram_requests.py` counts 10 requests before and
1 after for ten messages of an administrator.

## When it is safe
Never claimed: rights may have been taken away or given meanwhile (`staleness`), and a request is also a moment in which others run
(`ordering`). The package has to be there where the bot runs (`environment`).

## When it leaves code alone
Projects that ban, kick, restrict or promote anybody, and files on the way to the question that pin or delete messages; questions whether
somebody belongs to a chat, who may have joined just now; the bot's own rights; answers that are handed on or changed, of which each call
gets the same one (python-telegram-bot's cannot be changed); chats and users that cannot be keys of a cache.

## References
- https://github.com/aio-libs/async-lru
- https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.immutable import is_given_immutable, is_text_or_number
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.telegram.project import PTB, TELETHON
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Finding, Hazard, Helper, Import
from ....engine.proofs import identity
from ....engine.rewriting.awaits import handed_to, has_exact_span
from ....engine.rewriting.support import place
from ....engine.sources.reach import is_test
from ....engine.sources.requirements import Declarations
from .. import REQUEST_TIME
from ..rights import RIGHTS, asked, handlers, needs_the_moment
from .examples import EXAMPLES

#: `ttl` came with it: https://github.com/aio-libs/async-lru/releases/tag/v2.0.0
_SINCE = "2.0"
_HELPER = Helper(
    "asked_lately",
    '''\
@alru_cache(maxsize=1024, ttl=30)
async def asked_lately(ask, *args, **kwargs):
    """Ask Telegram, or tell what it answered in the last 30 seconds. Errors are not kept."""
    return await ask(*args, **kwargs)
''',
    (Import("async_lru", "alru_cache"),),
)


class CachedRights(Codemod):
    """See the module's docstring."""

    code = "TGF605"
    name = "cached-rights"
    title = "Ask for somebody's rights once in half a minute"
    cost = REQUEST_TIME
    libraries = ("python-telegram-bot", "telethon", "aiogram", "pyrogram")
    needles = tuple(name.encode() for name in RIGHTS)
    opt_in = True
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every request for rights that a handler comes to."""
        if is_test(module.project.settings.root, module.path):
            return
        for request, call, library in asked(module):
            if handlers(module, call):
                message = "an administrator's rights are asked for with each update"
                yield self.settled(module, call, message, self._change(module, request, call, library))

    def _change(self, module: Module, request: ast.Await, call: ast.Call, library: str) -> Change | str:
        """The call of the helper in the place of the request, or why it stays."""
        if reason := needs_the_moment(module, call) or _no_key(module, call):
            return reason
        if library != PTB and not _is_only_read(module, request):
            return "its answer is handed on or changed, and each call would get the same one"
        older = Declarations.of(module.project).at(module.path).keeps_below("async-lru", _SINCE)
        if older is not None:
            return f"{older.path.name} asks for an async-lru older than {_SINCE}, which keeps answers for ever"
        if not has_exact_span(module, call):
            return "it stands in an f-string, where it is not rewritten"
        placed = place(module, _HELPER)
        if isinstance(placed, str):
            return placed
        line, method = call.lineno, call.func
        assert isinstance(method, ast.Attribute)
        staleness = (
            "whoever was demoted may still do it for 30 seconds, and whoever was promoted may have to wait as long"
        )
        ordering = "nothing else has to get its turn here: an answer that is known is not waited for"
        verdicts = [
            Assumption(Hazard.STALENESS, staleness, module.path, line),
            Assumption(Hazard.ORDERING, ordering, module.path, line),
            identity.is_librarys(module, method.value, method.attr),
        ]
        many = "two requests" if library == TELETHON else "a request"
        why = f"Whoever writes again within half a minute is not asked about again: {many} of 40 to 100 ms less each time."
        return self.change(
            module, handed_to(module, call, placed.name), why, verdicts=verdicts, imports=placed.imports, helpers=placed.helpers,
            others=placed.others,
        )  # fmt: skip


def _no_key(module: Module, call: ast.Call) -> str | None:
    """Why what is given cannot be a key: numbers and texts can, and Telethon's objects cannot."""
    resolver = module.project.fact(Resolver)
    for value in (*call.args, *(keyword.value for keyword in call.keywords)):
        if isinstance(value, ast.Name) and is_given_immutable(resolver, module, value):
            continue
        if isinstance(value, ast.Attribute) and value.attr in ("id", "chat_id", "sender_id", "user_id"):
            continue
        if not is_text_or_number(resolver, module, value):
            return f"`{module.shown(value)}` need not be a number: give the number of the chat and the user, or say so by an annotation"
    return None


def _is_only_read(module: Module, request: ast.Await) -> bool:
    """Whether all that is done with an answer is to look at its attributes, or to go over it."""
    match module.parent(request):
        case ast.Assign(targets=[ast.Name() as name]):
            scope = module.scope(name).find(name.id)
            if scope is None or scope.node is not module.function(request) or len(scope.bindings[name.id]) != 1:
                return False
            uses = [use for use in module.uses(name.id, module.scope(name)) if isinstance(use.ctx, ast.Load)]
            return all(_is_look(module, use) for use in uses)
    return _is_look(module, request)


def _is_look(module: Module, node: ast.expr) -> bool:
    match module.parent(node):
        case ast.Attribute(ctx=ast.Load()) as look:
            used = module.parent(look)
            return not (isinstance(used, ast.Call) and used.func is look)
        case ast.For(iter=values) | ast.comprehension(iter=values):
            return values is node
    return False
