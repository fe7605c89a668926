"""Handle chats side by side, each in order, and keep python-telegram-bot's own large connection pool.

## What it does
Looks at `Application.builder()` chains of python-telegram-bot 20 and newer. In a chain that ends in `.build()` and has no
`concurrent_updates` it proposes an update processor (20.4 and newer), thirty lines that become yours: updates of one chat, and of one user,
are handled one after the other as they came, and up to 64 different ones meanwhile, or as many as the bot has connections. Handlers that
use what all chats share, with a wait in between, are wrapped where they are registered, so that of these one still runs at a time. A
chain with `concurrent_updates(True)` is offered the same processor where the bot has conversations, `user_data` or `chat_data`: there it
gives back the order. `.concurrent_updates(False)` is a choice and stays; the option `concurrent-updates` turns all of that off.

A `connection_pool_size` below 256, in the chain or in an `HTTPXRequest` that the bot's requests go through, is set to 256, what the
builder takes by itself. A rate limiter is what `TGF402` proposes, where messages are sent in a loop.

## Why it is slow
Without `concurrent_updates` one update is handled after the other: while a handler waits for a slow server, no other user gets an
answer. Measured with handlers that wait 0.1 s, 20 chats take 2.0 s one after the other and 0.1 s side by side, at a cost of 13 to 24 µs
for an update. `concurrent_updates(True)` is as fast and loses the order: of 30 conversations of fast users none was completed,
where all are with the processor.

Old advice sets a pool of 8 connections to make a bot faster. That was more than the library's default once; since version 20 the
builder's default is 256, and 8 is a step down: the ninth simultaneous request waits, and after `pool_timeout` (one second) it
fails with `TimedOut`.

## When it is safe
Never claimed: when a bot is stopped while updates wait, python-telegram-bot warns of tasks that are done all the same
(`interruption`). What else is not proved is told besides. `interleaving` is proved where each handler is seen, from its filter to what it
calls. `ordering` stays open where something that a handler does is seen outside of its own chat, `resources` where the bot has no
rate limiter, or does more than to send requests to Telegram. The larger pool assumes `resources`: requests that waited or failed are
sent at once.

## When it leaves code alone
Where more than half of the handlers would still run one at a time; where it is not understood how the application hands out updates, or
how many connections it has; and where the project asks for a release before 20.4. A pool whose `pool_timeout` is chosen, too, a pool
size that is not written as a number, a request object of which it is not clear what goes through it, and the pool for `getUpdates`,
where one connection is enough, stay.

The pools are looked for by a Bowler query: a file with syntax that Bowler's parser cannot read (`match`, positional-only parameters and
newer) is reported as not looked into, for this codemod alone.

## References
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.applicationbuilder.html
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.baseupdateprocessor.html
- https://github.com/python-telegram-bot/python-telegram-bot/wiki/Concurrency
"""

from __future__ import annotations

import ast
import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ....engine.analysis.module import Module
from ....engine.analysis.programs import is_tried_out
from ....engine.bowler import adapter as bowler
from ....engine.codemod import Codemod, replace
from ....engine.model import Cost, Finding
from ....engine.proofs import resources
from ....engine.rewriting.chains import before_last
from ....engine.sources.config import Option
from . import chains, concurrent
from .examples import EXAMPLES
from .support import MOST

if TYPE_CHECKING:
    from bowler import Query


class BotRequestPool(Codemod):
    """See the module's docstring."""

    code = "TGF204"
    name = "bot-request-pool"
    title = "Keep the bot's pool of 256 connections"
    cost = Cost.TENTHS
    every_update = True
    libraries = ("python-telegram-bot",)
    needles = (b"connection_pool_size", b".builder", b"ApplicationBuilder")
    options = (Option("concurrent-updates", bool, True, "propose to handle chats side by side, each in order"),)
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Small pools, then builder chains whose updates keep each other waiting, or overtake each other."""
        data = module.source.data
        if b"telegram" in data and b"connection_pool_size" in data:
            yield from self._pools(module)
        if b"telegram" in data and b"build" in data and self.option(module, "concurrent-updates"):
            yield from self._updates(module)

    # Pools

    def _pools(self, module: Module) -> Iterator[Finding]:
        for place in bowler.places(module, _chain_pool):
            call = bowler.node_at(module, ast.Call, place.start)
            chain = chains.links(module, call) if call is not None else {}
            if link := chain.get("connection_pool_size"):
                reason = _WAITS_LONGER if "pool_timeout" in chain else None
                yield from self._pool(module, link.args[:1], _chain_pool, place, reason)
        for place in bowler.places(module, _request_pool):
            keyword = bowler.node_at(module, ast.keyword, place.start)
            request = module.parent(keyword) if keyword is not None else None
            if (
                keyword is not None
                and isinstance(request, ast.Call)
                and module.resolve(request.func) in chains.REQUESTS
            ):
                reason = _unclear_use(module, request)
                if reason is None and any(other.arg == "pool_timeout" for other in request.keywords):
                    reason = _WAITS_LONGER
                if reason != _GET_UPDATES:
                    yield from self._pool(module, [keyword.value], _request_pool, place, reason)

    def _pool(
        self,
        module: Module,
        sizes: list[ast.expr],
        query: bowler.MakeQuery,
        place: bowler.Place,
        reason: str | None,
    ) -> Iterator[Finding]:
        match sizes:
            case [ast.Constant(value=int(size))]:
                if size >= chains.DEFAULT:
                    return
                message = f"a pool of {size} connections is smaller than the builder's own of {chains.DEFAULT}"
            case [size_node]:
                message = "the builder's own pool has 256 connections, and this one may be smaller"
                reason = reason or f"its size, {module.segment(size_node)}, is not written here as a number"
            case _:
                return
        at = sizes[0]
        if reason is not None:
            yield self.finding(module, at, message, reason=reason, cost=Cost.UNKNOWN)
            return
        why = f"{size} simultaneous requests fill the pool; the next ones wait and fail with TimedOut after pool_timeout (one second)."
        verdicts = [resources.more_at_once(module, at, "requests to Telegram", chains.DEFAULT, size)]
        change = self.change(module, bowler.edits_at(module, query, place), why, verdicts=verdicts)
        yield self.finding(module, at, message, change=change, cost=Cost.UNKNOWN)

    # Updates

    def _updates(self, module: Module) -> Iterator[Finding]:
        for call in module.all(ast.Call):
            if not (isinstance(call.func, ast.Attribute) and call.func.attr == "build"):
                continue
            chain = chains.links(module, call)
            if not chain or is_tried_out(module, call):
                continue
            given = chain.get("concurrent_updates")
            found = concurrent.in_order(module, chain) if given else concurrent.side_by_side(module, chain)
            if found is None:
                continue
            message = (
                "updates of one chat are handled at the same time, in no order"
                if given
                else "updates are handled one after the other: a handler that waits keeps everybody else waiting"
            )
            at, cost = given or call, Cost.NONE if given else None
            if isinstance(found, str):
                yield self.finding(module, at, message, reason=found, cost=cost)
                continue
            processor = f"{found.processor}({'' if found.most == MOST else found.most})"
            edit = (
                replace(module, given.args[0], processor)
                if given
                else before_last(module, call, f".concurrent_updates({processor})")
            )
            change = self.change(
                module, [*found.own.edits, edit], found.why, title="Handle chats side by side, each in order",
                verdicts=found.verdicts, imports=found.own.imports, helpers=found.own.helpers, others=found.others,
            )  # fmt: skip
            change = dataclasses.replace(change, alters_concurrency=True)
            yield self.finding(module, at, message, change=change, cost=cost)


# What a request object is for


_GET_UPDATES = "it is for getUpdates, where one connection is enough"
_WAITS_LONGER = "its `pool_timeout` is chosen as well: what finds no connection waits for that long"
_UNCLEAR = "it is not clear which requests go through it"


def _unclear_use(module: Module, call: ast.Call) -> str | None:
    """None where the bot's own requests go through a request object, else why it is left."""
    match module.parent(call):
        case ast.Assign(targets=[ast.Name() as name]) as assignment if assignment.value is call:
            uses = module.uses(name.id, module.scope(name))
            kinds = {_use(module, use) for use in uses}
            return kinds.pop() if len(kinds) == 1 and len(module.bindings(name.id, name)) == 1 else _UNCLEAR
    return _use(module, call)


def _use(module: Module, expression: ast.expr) -> str | None:
    match module.parent(expression):
        case ast.keyword(arg="get_updates_request"):
            return _GET_UPDATES
        case ast.keyword(arg="request"):
            return None
        case ast.Call(func=ast.Attribute(attr="get_updates_request")):
            return _GET_UPDATES
        case ast.Call(func=ast.Attribute(attr="request")) as outer if chains.links(module, outer):
            return None
    return _UNCLEAR


# The queries


def _chain_pool() -> Query:
    from bowler import Query

    return Query().select_method("connection_pool_size").is_call().modify(_set_argument)


def _request_pool() -> Query:
    from bowler import Query

    return Query().select("argument< 'connection_pool_size' '=' size=any >").modify(_set_size)


def _set_argument(node: Any, capture: Any, filename: str) -> None:
    _set_number(capture["function_parameters"].children[1])


def _set_size(node: Any, capture: Any, filename: str) -> None:
    _set_number(capture["size"])


def _set_number(size: Any) -> None:
    from fissix.fixer_util import Number

    size.replace(Number(str(chains.DEFAULT), prefix=size.prefix))
