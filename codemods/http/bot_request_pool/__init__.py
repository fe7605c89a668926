"""Keep python-telegram-bot's own large connection pool, and propose what its builder leaves off.

## What it does
Looks at `Application.builder()` chains of python-telegram-bot 20 and newer. A `connection_pool_size` below 256, in the chain or in an
`HTTPXRequest` that the bot's requests go through, is set to 256, what the builder takes by itself. In a chain that ends in
`.build()` it proposes `.concurrent_updates(True)` where it is missing; the option `concurrent-updates` turns that off, and so does
`.concurrent_updates(False)` in the chain. A rate limiter is what `TGF402` proposes, where messages are sent in a loop.

## Why it is slow
Old advice sets a pool of 8 connections to make a bot faster. That was more than the library's default once; since version 20 the
builder's default is 256, and 8 is a step down: the ninth simultaneous request waits, and after `pool_timeout` (one second) it
fails with `TimedOut`.

Without `concurrent_updates` one update is handled after the other: while a handler waits for a slow server, no other user gets an
answer.

## When it is safe
Never claimed. With the larger pool requests that waited or failed are sent at once (`resources`). With concurrent updates handlers
overlap, so that what they read and write between two `await`s may change under them (`interleaving`, `ordering`, `resources`).

## When it leaves code alone
A pool size that is not written as a number, a request object of which it is not clear what goes through it, and the pool for
`getUpdates`, where one connection is enough. Concurrent updates are not proposed where the project has a `ConversationHandler`, whose
conversations need their updates in order.

It is a Bowler query: a file with syntax that Bowler's parser cannot read (`match`, positional-only parameters and newer) is
reported as not looked into, for this codemod alone.

## References
- https://docs.python-telegram-bot.org/en/stable/telegram.ext.applicationbuilder.html
- https://github.com/python-telegram-bot/python-telegram-bot/wiki/Concurrency
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ....engine.analysis.module import Module
from ....engine.bowler import adapter as bowler
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Finding, Hazard
from ....engine.proofs import resources
from ....engine.sources.config import Option
from .examples import EXAMPLES

if TYPE_CHECKING:
    from bowler import Query

_BUILDERS = {f"telegram.ext.{name}" for name in ("Application.builder", "ApplicationBuilder")}
_REQUESTS = {"telegram.request.HTTPXRequest", "telegram.request._httpxrequest.HTTPXRequest"}
#: `ApplicationBuilder` in PTB 20.0 to 22.8 (`_build_request`), and `HTTPXRequest` itself since 22.0.
_DEFAULT = 256


class BotRequestPool(Codemod):
    """See the module's docstring."""

    code = "TGF204"
    name = "bot-request-pool"
    title = "Keep the bot's pool of 256 connections"
    libraries = ("python-telegram-bot",)
    needles = (b"connection_pool_size", b".builder", b"ApplicationBuilder")
    options = (Option("concurrent-updates", bool, True, "propose .concurrent_updates(True) where it is missing"),)
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Small pools, then builder chains with something missing."""
        data = module.source.data
        if b"telegram" in data and b"connection_pool_size" in data:
            yield from self._pools(module)
        if b"telegram" in data and b"build" in data:
            yield from self._proposals(module)

    # Pools

    def _pools(self, module: Module) -> Iterator[Finding]:
        for place in bowler.places(module, _chain_pool):
            call = bowler.node_at(module, ast.Call, place.start)
            if call is not None and (link := _links(module, call).get("connection_pool_size")):
                yield from self._pool(module, link.args[:1], _chain_pool, place, None)
        for place in bowler.places(module, _request_pool):
            keyword = bowler.node_at(module, ast.keyword, place.start)
            request = module.parent(keyword) if keyword is not None else None
            if keyword is not None and isinstance(request, ast.Call) and module.resolve(request.func) in _REQUESTS:
                reason = _unclear_use(module, request)
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
                if size >= _DEFAULT:
                    return
                message = f"a pool of {size} connections is smaller than the builder's own of {_DEFAULT}"
            case [size_node]:
                message = "the builder's own pool has 256 connections, and this one may be smaller"
                reason = reason or f"its size, {module.segment(size_node)}, is not written here as a number"
            case _:
                return
        at = sizes[0]
        if reason is not None:
            yield self.finding(module, at, message, reason=reason)
            return
        why = f"{size} simultaneous requests fill the pool; the next ones wait and fail with TimedOut after pool_timeout (one second)."
        verdicts = [resources.more_at_once(module, at, "requests to Telegram", _DEFAULT, size)]
        change = self.change(module, bowler.edits_at(module, query, place), why, verdicts=verdicts)
        yield self.finding(module, at, message, change=change)

    # Proposals

    def _proposals(self, module: Module) -> Iterator[Finding]:
        if not self.option(module, "concurrent-updates"):
            return
        for place in bowler.places(module, _concurrent):
            call = bowler.node_at(module, ast.Call, place.start)
            links = _links(module, call) if call is not None else {}
            if "build" in links:
                yield self._concurrent_updates(module, links, place)

    def _concurrent_updates(self, module: Module, links: dict[str, ast.Call], place: bowler.Place) -> Finding:
        at = links["build"]
        message = "updates are handled one after the other: a handler that waits keeps everybody else waiting"
        if module.project.contains(b"ConversationHandler"):
            reason = "the project has a ConversationHandler, whose conversations need their updates in order"
            return self.finding(module, at, message, reason=reason)
        why = "While one handler waits, up to 255 others run."
        sentences = {
            Hazard.INTERLEAVING: "no handler relies on what handlers share to stay as it is from one `await` to the next",
            Hazard.ORDERING: "it does not matter in which order updates are handled that come soon after each other",
        }
        verdicts = [Assumption(hazard, sentence, module.path, at.lineno) for hazard, sentence in sentences.items()]
        change = self.change(
            module,
            bowler.edits_at(module, _concurrent, place),
            why,
            title="Handle updates concurrently",
            verdicts=[*verdicts, resources.more_at_once(module, at, "handlers", _DEFAULT, 1)],
        )
        return self.finding(module, at, message, change=change)


# What a chain is, by name


def _links(module: Module, call: ast.Call) -> dict[str, ast.Call]:
    """Method name → call, for the chain whose outermost call is given; empty if it does not begin with PTB's builder."""
    links: dict[str, ast.Call] = {}
    expression: ast.expr = call
    while isinstance(expression, ast.Call):
        if module.resolve(expression.func) in _BUILDERS:
            return links
        if not isinstance(expression.func, ast.Attribute):
            return {}
        links.setdefault(expression.func.attr, expression)
        expression = expression.func.value
    return {}


_GET_UPDATES = "it is for getUpdates, where one connection is enough"
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
        case ast.Call(func=ast.Attribute(attr="request")) as outer if _links(module, outer):
            return None
    return _UNCLEAR


# The queries


def _chain_pool() -> Query:
    from bowler import Query

    return Query().select_method("connection_pool_size").is_call().modify(_set_argument)


def _request_pool() -> Query:
    from bowler import Query

    return Query().select("argument< 'connection_pool_size' '=' size=any >").modify(_set_size)


def _concurrent() -> Query:
    return _build_without("concurrent_updates", "True")


def _build_without(method: str, argument: str) -> Query:
    """Chains that are built without calling `method`; it is put in front of ``.build()``."""
    from bowler import Query

    return Query().select_method("build").is_call().filter(_lacks(method)).modify(_before_build(method, argument))


def _lacks(method: str) -> Callable[[Any, Any, str], bool]:
    def lacks(node: Any, capture: Any, filename: str) -> bool:
        names = {trailer.children[1].value for trailer in node.children if _is_dotted(trailer)}
        return method not in names

    return lacks


def _is_dotted(trailer: Any) -> bool:
    return len(trailer.children) == 2 and getattr(trailer.children[0], "value", "") == "."


def _set_argument(node: Any, capture: Any, filename: str) -> None:
    _set_number(capture["function_parameters"].children[1])


def _set_size(node: Any, capture: Any, filename: str) -> None:
    _set_number(capture["size"])


def _set_number(size: Any) -> None:
    from fissix.fixer_util import Number

    size.replace(Number(str(_DEFAULT), prefix=size.prefix))


def _before_build(method: str, argument: str) -> Callable[[Any, Any, str], None]:
    def insert(node: Any, capture: Any, filename: str) -> None:
        from fissix.fixer_util import Dot, LParen, Name, RParen
        from fissix.pygram import python_symbols
        from fissix.pytree import Node

        build = capture["function_name"].parent
        dot = build.children[0]
        new_dot = Dot()
        new_dot.prefix = dot.prefix
        if "#" in dot.prefix:  # the comment belongs to the call above, which keeps it
            dot.prefix = "\n" + dot.prefix.rpartition("\n")[2]
        place = node.children.index(build)
        node.insert_child(place, Node(python_symbols.trailer, [new_dot, Name(method)]))
        node.insert_child(place + 1, Node(python_symbols.trailer, [LParen(), Name(argument), RParen()]))

    return insert
