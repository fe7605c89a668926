"""One client for all turns of a loop: the block that makes it goes around the loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ....engine.analysis import refuse
from ....engine.analysis.container_uses import changes
from ....engine.analysis.handlers import in_quick_loop
from ....engine.analysis.module import Module
from ....engine.analysis.paths import pattern_of
from ....engine.analysis.repeated import Loop, doubt, within
from ....engine.model import Edit
from ..sites import Site

if TYPE_CHECKING:
    import libcst as cst

#: What only asks: nothing is done twice or lost where a server closes a connection that was kept.
_ASKS = frozenset("get head options stream".split())
_CHANGE = frozenset("post put patch delete".split())
#: What arguments are made of, and gives the same for the same arguments.
_SETTINGS = frozenset(
    [f"{library}.{name}" for library in ("httpx", "httpx2") for name in ("Timeout", "Limits", "BasicAuth")]
    + [f"aiohttp.{name}" for name in ("ClientTimeout", "BasicAuth", "TCPConnector", "CookieJar", "DummyCookieJar")]
)
_PLAIN = (ast.Dict, ast.List, ast.Tuple, ast.Set, ast.JoinedStr, ast.FormattedValue, ast.BinOp, ast.UnaryOp)
_NO_LOOP = "nothing shows that it asks the same server twice within a second: in a loop without long pauses it would"


def loop_of(module: Module, site: Site) -> Loop | str:
    """The loop around a client, each turn of which could use the same one; or why none could."""
    loop = next(module.loops(site.call), None)
    if loop is None or not in_quick_loop(module, site.call):
        return _NO_LOOP
    block = _block(module, site)
    if block is None or site.name is None:
        return "the loop is left alone, since no block of its own closes the client in each turn"
    for outer in module.ancestors(block):
        if outer is loop:
            break
        if not isinstance(outer, ast.Try) or block.lineno > outer.body[-1].lineno:
            return "not every turn of the loop makes a client"
    if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in ast.walk(loop)):
        return "the loop gives its items to somebody who may stop to ask for more, and the client would stay open"
    return _against(module, site, loop, block) or loop


def _against(module: Module, site: Site, loop: Loop, block: ast.AsyncWith) -> str | None:
    assert site.name is not None, "checked before"
    for argument in (*site.call.args, *(keyword.value for keyword in site.call.keywords)):
        if reason := _varies(module, argument, loop, block):
            return f"in another turn of the loop an argument may be another one: it {reason}"
    uses = [use for use in module.uses(site.name.id, module.scope(site.name)) if within(module, use, loop)]
    if any(use is not site.name and not within(module, use, block) for use in uses):
        return f"`{site.name.id}` is something else in the same loop"
    asked = [_asked(module, site, use) for use in uses if use is not site.name]
    if reason := next((one for one in asked if isinstance(one, str)), None):
        return reason
    addresses = [one for one in asked if isinstance(one, ast.expr)]
    if not addresses:
        return "it asks nobody"
    if _asks_again(module, loop, block):
        return "the loop goes round again only where something has failed"
    named = "base_url" in site.given or site.call.args or any(_is_one_server(module, url) for url in addresses)
    if not named and (site.library == "aiohttp" or {"verify", "cert", "http2"} & site.given.keys()):
        return "the loop may ask another server each time, to which no connection is open"
    return None


def _block(module: Module, site: Site) -> ast.AsyncWith | None:
    """The block of which the client is the first thing."""
    item = module.parent(site.call)
    block = module.parent(item) if isinstance(item, ast.withitem) else None
    return block if isinstance(block, ast.AsyncWith) and block.items[0] is item else None


def _varies(module: Module, argument: ast.expr, loop: Loop, block: ast.AsyncWith) -> str | None:
    """Why an argument may be another one in the next turn, as the end of a clause."""
    if isinstance(argument, ast.Call) and module.resolve(argument.func) in _SETTINGS:
        if refuse.unpacks_arguments(argument):
            return "is unpacked"
        parts: list[ast.expr] = [*argument.args, *(keyword.value for keyword in argument.keywords)]
    elif isinstance(argument, _PLAIN):
        parts = [part for part in ast.iter_child_nodes(argument) if isinstance(part, ast.expr)]
    else:
        return _of_name(module, argument, loop, block)
    return next((reason for part in parts if (reason := _varies(module, part, loop, block))), None)


def _of_name(module: Module, argument: ast.expr, loop: Loop, block: ast.AsyncWith) -> str | None:
    found = doubt(module, argument, loop)
    if found is not None and found.shown:
        return found.clause
    for node in ast.walk(argument):
        if isinstance(node, ast.Name):
            if any(within(module, binding.node, loop) for binding in module.bindings(node.id, node)):
                return f"needs `{node.id}`, which is set in the loop"
            inside = (u for u in module.uses(node.id, module.scope(node)) if within(module, u, loop))
            if any(changes(module, use) for use in inside if not within(module, use, block.items[0].context_expr)):
                return f"needs `{node.id}`, which the loop may change"
    return None


def _asked(module: Module, site: Site, use: ast.Name) -> ast.expr | str | None:
    """The address that a use of the client asks, or why other turns would notice."""
    method = module.parent(use)
    call = module.parent(method) if isinstance(method, ast.Attribute) else None
    if not isinstance(method, ast.Attribute) or not isinstance(call, ast.Call) or call.func is not method:
        return f"what is done with `{use.id}` besides asking may last for the next turn"
    name, given = method.attr, call.args
    if name in ("request", "stream") and given:
        verb = given[0].value if isinstance(given[0], ast.Constant) else ""
        name, given = str(verb).lower() if name == "request" or verb not in ("GET", "HEAD") else "stream", given[1:]
    if name in _CHANGE:
        return "a request that changes something must not go out on a connection that the server may be closing"
    if name not in _ASKS:
        return f"`{use.id}.{method.attr}()` may last for the next turn"
    parent = module.parent(call)
    is_closed = isinstance(parent, ast.withitem) and isinstance(module.parent(parent), ast.AsyncWith)
    if not is_closed and not (site.library != "aiohttp" and method.attr != "stream" and isinstance(parent, ast.Await)):
        return "an answer that is not closed in its turn would keep a connection to itself"
    return next((k.value for k in call.keywords if k.arg == "url"), given[0] if given else None)


def _asks_again(module: Module, loop: Loop, block: ast.AsyncWith) -> bool:
    """Whether a loop asks the same in each turn, and ends when it has got it."""
    bound = {binding.node for node in _names(block) for binding in module.bindings(node.id, node)}
    outside = (node for node in bound if within(module, node, loop) and not within(module, node, block))
    ends = any(isinstance(node, (ast.Break, ast.Return)) for node in ast.walk(loop))
    return ends and next(outside, None) is None


def _names(block: ast.AsyncWith) -> Iterator[ast.Name]:
    return (node for node in ast.walk(block) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))


def _is_one_server(module: Module, url: ast.expr) -> bool:
    """Whether an address begins with the name of a server that the source shows."""
    address = pattern_of(module, url)
    return address.startswith("http") and not address.startswith(("http:/*", "https:/*"))


def around(module: Module, site: Site, loop: Loop) -> Edit | str:
    """The edit that puts the block of a client around the loop, or why it cannot be written."""
    import libcst as cst

    from ....engine.rewriting import statements as cs

    block = _block(module, site)
    assert block is not None, "checked by `loop_of`"
    heads: list[cst.With] = []

    def inner(node: cst.With) -> list[cst.BaseStatement]:
        heads.append(node)
        if len(node.items) == 1:
            return cs.unwrapped(node)
        return [_without_first(node)]

    def outer(node: cst.For | cst.While) -> list[cst.BaseStatement]:
        plain = cst.MaybeSentinel.DEFAULT
        first = heads[0].items[0].with_changes(comma=plain)
        return cs.around(node, heads[0].with_changes(items=[first], lpar=plain, rpar=plain))

    try:
        return cs.rewritten(module, loop, {block: inner, loop: outer})
    except cs.NotRewritable as error:
        return str(error)


def _without_first(node: cst.With) -> cst.With:
    """The block without the first of its items, and with no brackets that it does not need."""
    import libcst as cst

    rest = node.items[1:]
    plain = cst.MaybeSentinel.DEFAULT
    if len(rest) > 1 or "#" in cst.Module([]).code_for_node(
        node.with_changes(body=cst.SimpleStatementSuite([cst.Pass()]))
    ):
        return node.with_changes(items=rest)
    return node.with_changes(items=[rest[0].with_changes(comma=plain)], lpar=plain, rpar=plain)
