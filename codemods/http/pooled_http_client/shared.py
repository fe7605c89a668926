"""The option ``style = "client"``: a block that makes one request becomes the request alone, on a client that all share."""

from __future__ import annotations

import ast
import re

from ....engine.analysis.module import Module
from ....engine.model import Edit
from ..sites import Site, uses

_VERBS = ("get", "post", "put", "patch", "delete", "head", "options", "request")
#: Arguments of the client that a request takes as well, with the same meaning where the request itself has none of that name.
_MOVABLE = {
    "aiohttp": ("headers", "timeout", "auth"),
    "httpx": ("headers", "params", "timeout", "follow_redirects", "auth"),
}
_PURE = (
    "aiohttp.ClientTimeout",
    "httpx.Timeout",
    "httpx2.Timeout",
    "aiohttp.BasicAuth",
    "httpx.BasicAuth",
    "httpx2.BasicAuth",
)


def shared_edits(module: Module, site: Site, name: str) -> tuple[list[Edit], str | None] | None:
    """The edits that use the shared client called `name`, and what differs then; None where the block is more than one request."""
    block, item = site.block, site.item
    if block is None or item is None or site.name is None or any(module.loops(site.call)) and len(block.items) > 1:
        return None
    used = uses(module, site)
    if len(used) != 1 or len(module.bindings(site.name.id, site.name)) != 1:
        return None
    method = module.parent(used[0])
    call = module.parent(method) if isinstance(method, ast.Attribute) and method.attr in _VERBS else None
    if (
        not isinstance(call, ast.Call)
        or call.func is not method
        or block not in module.ancestors(call)
        or any(block in module.ancestors(loop) for loop in module.loops(call))
    ):
        return None
    if (
        not isinstance(module.parent(call), (ast.Await, ast.withitem))
        or site.library != "aiohttp"
        and not isinstance(module.parent(call), ast.Await)
    ):
        return None
    moved = _moved(module, site, call)
    if moved is None:
        return None
    inner = [Edit(*module.span(used[0]), f"{name}()"), *moved]
    edits = _without_item(module, block, item, inner) if len(block.items) > 1 else _without_block(module, block, inner)
    return None if edits is None else (edits, _difference(site, call))


def _moved(module: Module, site: Site, call: ast.Call) -> list[Edit] | None:
    """The edits that give the client's arguments to its one request."""
    own = {keyword.arg for keyword in call.keywords}
    texts = []
    if site.call.args or None in own:
        return None
    for keyword in site.call.keywords:
        movable = _MOVABLE.get(site.library, _MOVABLE["httpx"])
        if keyword.arg not in movable or keyword.arg in own or not _is_pure(module, keyword.value):
            return None
        texts.append(module.segment(keyword))
    if not texts:
        return []
    if any("\n" in text or "#" in text for text in texts) or not (call.args or call.keywords):
        return None
    last = max((*call.args, *call.keywords), key=module.end)
    end = module.end(last)
    while module.text[end] in " \t" or module.text[end] == ")" and end + 1 < module.end(call):
        end += 1  # the last argument's own parentheses
    return [Edit(end, end, "".join(f", {text}" for text in texts))]


def _is_pure(module: Module, expression: ast.expr) -> bool:
    """Whether it does not matter when an argument is worked out."""
    for node in ast.walk(expression):
        if isinstance(node, (ast.Await, ast.NamedExpr, ast.Yield, ast.YieldFrom)):
            return False
        if isinstance(node, ast.Call) and module.resolve(node.func) not in _PURE:
            return False
    return True


def _without_item(module: Module, block: ast.AsyncWith, item: ast.withitem, inner: list[Edit]) -> list[Edit] | None:
    place = block.items.index(item)
    if place + 1 == len(block.items):
        return None
    start, end = module.start(item.context_expr), module.start(block.items[place + 1].context_expr)
    if module.has_comment(start, end):
        return None
    return [Edit(start, end, ""), *inner]


def _without_block(module: Module, block: ast.AsyncWith, inner: list[Edit]) -> list[Edit] | None:
    """The block's body, one level further out."""
    first = block.body[0]
    start = module.start(block)
    body = module.line_starts[block.items[-1].context_expr.end_lineno or 0]
    header_end = module.text.rindex(":", start, module.start(first))
    if first.lineno <= block.lineno or body > module.start(first) or module.has_comment(start, body):
        return None
    begin = module.line_starts[module.position(header_end)[0]]
    if begin > module.start(first) or module.has_comment(header_end, begin) or _has_multiline_string(block):
        return None
    end = module.line_span(block.body[-1])[1]
    outer, deeper = module.indent(block), module.indent(first)
    text = module.text[begin:end]
    for edit in sorted(inner, reverse=True):
        text = text[: edit.start - begin] + edit.text + text[edit.end - begin :]
    text = re.sub(rf"(?m)^{re.escape(deeper)}", lambda _: outer, text)
    return [Edit(module.line_span(block)[0], end, text)]


def _has_multiline_string(block: ast.AsyncWith) -> bool:
    return any(
        isinstance(node, (ast.Constant, ast.JoinedStr)) and (node.end_lineno or 0) > node.lineno
        for node in ast.walk(block)
    )


def _difference(site: Site, call: ast.Call) -> str | None:
    given = {k.arg: k.value for k in (*site.call.keywords, *call.keywords)}
    follow = given.get("allow_redirects" if site.library == "aiohttp" else "follow_redirects")
    follows = follow is None if site.library == "aiohttp" else follow is not None
    if isinstance(follow, ast.Constant):
        follows = bool(follow.value)
    return "a cookie that a redirect sets is not sent to where it leads" if follows else None
