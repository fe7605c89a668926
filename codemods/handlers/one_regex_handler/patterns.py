"""Loops that register one Telethon event handler for each of many patterns: one pattern for all of them."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.model import Edit, Verdict
from ....engine.proofs import identity
from ....engine.rewriting.layout import Call, comments_in, wrapped
from ..registrations import bound_names, is_constant, mentions, rows, target_names, unrolled
from .loops import kept_variables
from .number_regex import NotExpressible, expression

_NEW_MESSAGE = ("telethon.events.NewMessage", "telethon.events.newmessage.NewMessage")
#: What shows how many handlers there are, or which expression a message fitted.
_SHOWING = ("list_event_handlers", "remove_event_handler", "_event_builders", "re")
#: A pattern that only one text can match: nothing in it is special, and its end is anchored.
_LITERAL = re.compile(r"(?P<head>\^|\\A)?(?P<body>(?:[\w/ #@,:=!<>~&%-]|\\[^\w\s])*)(?P<tail>\$|\\Z)")


@dataclass(frozen=True, slots=True)
class Merged:
    """The edits that make one event handler of a loop, and what they gain."""

    edits: tuple[Edit, ...]
    why: str
    verdicts: tuple[Verdict, ...]


def merged_patterns(module: Module, loop: ast.For, least: int) -> Merged | str | None:
    """The merged registration, the reason why there is none, or None where the loop registers no patterns."""
    outer = module.parent(loop)
    if isinstance(outer, ast.For) and loop in outer.body:
        return None
    walked = unrolled(loop)
    steps, current = walked if not isinstance(walked, str) else ((), loop.body[-1])
    match current:
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=client, attr="add_event_handler"), args=[callback, event]) as call
        ):
            pass
        case _:
            return None
    if not (isinstance(event, ast.Call) and module.resolve(event.func) in _NEW_MESSAGE):
        return None
    pattern = next((k.value for k in event.keywords if k.arg == "pattern"), None)
    names = bound_names(steps) or set(target_names(loop.target))
    if pattern is None or mentions(pattern, names) is None:
        return None
    if not steps or call.keywords or event.args:
        return "the loop does more than register one event handler for each pattern"
    if refusal := _refusal(module, client, callback, event, names):
        return refusal
    try:
        table = list(rows(module, steps))
        texts = [evaluate(module, pattern, row) for row in table]
    except NotLiteral as error:
        return f"the patterns are not written in the source: {error}"
    if len(texts) < least:
        return f"{len(texts)} handlers are fewer than it is worth (option min-handlers is {least})"
    joined = _joined(texts)
    if isinstance(joined, NotExpressible):
        return f"its patterns cannot be one: {joined}"
    kept = kept_variables(module, loop, names, table[-1])
    if kept is None:
        return "the loop's variables are used after the loop"
    merged = Call(
        f"{module.segment(client)}.add_event_handler", (module.segment(callback), _event(module, event, joined))
    )
    verdicts = (
        identity.is_itself(module, callback),
        identity.unobserved(module.project, attributes=_SHOWING, libraries={"telethon"}),
        identity.is_librarys(module, client, "add_event_handler"),
        identity.unreplaced(module, "telethon.events.NewMessage"),
    )
    return _merged(module, loop, merged, kept, len(texts), verdicts)


def _merged(
    module: Module, loop: ast.For, call: Call, kept: list[str], count: int, verdicts: tuple[Verdict, ...]
) -> Merged:
    start, end = module.span(loop)
    indent = module.indent(loop)
    text = comments_in(module, start, end, indent) + f"\n{indent}".join([wrapped(module, call, indent), *kept])
    why = (
        f"Telethon tries {count:,} patterns one by one for each message; one pattern answers at once. Each of them fits one text "
        "only, so at most one of the handlers ever ran for a message."
    )
    return Merged((Edit(start, end, text),), why, verdicts)


def _event(module: Module, event: ast.Call, joined: str) -> Call:
    arguments = []
    for keyword in event.keywords:
        arguments.append(f'pattern=r"{joined}"' if keyword.arg == "pattern" else module.segment(keyword))
    return Call(module.segment(event.func), tuple(arguments))


def _refusal(module: Module, client: ast.expr, callback: ast.expr, event: ast.Call, names: set[str]) -> str | None:
    if mentions(client, names):
        return "the handlers go to different clients"
    if mentions(callback, names) or not isinstance(callback, (ast.Name, ast.Attribute)):
        return "each pattern has a callback of its own"
    found = module.project.fact(Resolver).definition(module, callback)
    if found is None:
        return "the callback is not found in the project, so it may be registered by a decorator as well"
    for keyword in event.keywords:
        if keyword.arg is None:
            return "the event's arguments are unpacked with **"
        if keyword.arg != "pattern" and (mentions(keyword.value, names) or not is_constant(module, keyword.value)):
            return f"{keyword.arg}= differs from pattern to pattern"
    if module.scope(event).kind == "class":
        return "it stands in a class body"
    return None


def _joined(texts: list[object]) -> str | NotExpressible:
    """One pattern for all of them, with their own anchors."""
    bodies: list[str] = []
    anchors: set[tuple[str, str]] = set()
    for text in texts:
        match = _LITERAL.fullmatch(text) if isinstance(text, str) else None
        if match is None:
            return NotExpressible(
                "one of them has no $ at its end or more than plain text in it, so a message may fit several"
            )
        anchors.add((match["head"] or "", match["tail"]))
        bodies.append(re.sub(r"\\(.)", r"\1", match["body"]))
    if len(anchors) > 1:
        return NotExpressible("they are anchored in different ways")
    if len(set(bodies)) < len(bodies):
        return NotExpressible("some of them are equal, and their callback runs for each")
    try:
        body = expression(bodies)
    except NotExpressible as error:
        return error
    head, tail = anchors.pop()
    return f"{head}(?:{body}){tail}" if "|" in body else f"{head}{body}{tail}"
