"""What a library hands to a function that it calls for updates, by the decorators, registrations and uses that show it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from typing import Protocol

from ....knowledge.bots import REGISTERS, BotLibrary
from ....knowledge.kinds import CLIENT, CONTEXT, EVENT, UPDATE
from ..module import Module
from ..scope import FunctionNode
from .kind_names import Names, event_built, shows_event
from .project import PTB, TELETHON, TelegramProject


class Asked(Names, Protocol):
    """The kinds of a module's expressions, as far as they are asked for here."""

    facts: TelegramProject

    def of(self, expression: ast.AST | None) -> str | None:
        """The kind of an expression."""


def handed(kinds: Asked, function: FunctionNode, argument: ast.arg, names: Sequence[str]) -> str | None:
    """The kind of what a parameter without annotation is given; `names` are the parameters behind ``self``."""
    module, facts = kinds.module, kinds.facts
    if names and argument.arg == names[0] and (event := _event(kinds, function)):
        return event
    if argument.arg in names[:2] and (registered := _registered(kinds, function)):
        library, kind = registered
        given = ["Client", f"types.{kind}"] if library.gives_client else [f"types.{kind}"]
        place = names.index(argument.arg)
        return f"{library.package}.{given[place]}" if place < len(given) else None
    if names[:2] == ["update", "context"] and PTB in facts.libraries:
        return UPDATE if argument.arg == "update" else CONTEXT if argument.arg == "context" else None
    if isinstance(function, ast.AsyncFunctionDef) and facts.speaks(TELETHON, module.source.data):
        if len(names) == 1 and any(_is_own_decorator(kinds, decorator) for decorator in function.decorator_list):
            return EVENT
        opened = module.names.opened[function]
        if any(shows_event(module, use) for use in module.uses(argument.arg, opened)):
            return EVENT
    return None


def _is_own_decorator(kinds: Asked, decorator: ast.expr) -> bool:
    """A decorator of the project's own around one of Telethon's: ``@userbot.cmd(…)`` of a client, ``@command(pattern=…)``."""
    if not isinstance(decorator, ast.Call):
        return False
    if isinstance(decorator.func, ast.Attribute) and kinds.of(decorator.func.value) == CLIENT:
        return True
    return any(keyword.arg == "pattern" for keyword in decorator.keywords)


def _event(kinds: Asked, function: FunctionNode) -> str | None:
    """The event that a handler of Telethon gets: decorated by `client.on(…)` or `events.register(…)`, or added by its name."""
    builders = []
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and decorator.args:
            builders.append(decorator.args[0])
    for call in _given_to(kinds.module, function):
        if len(call.args) > 1:
            builders.append(call.args[1])
    found = {event for builder in builders if (event := event_built(kinds, builder))}
    return found.pop() if len(found) == 1 else None


def _registered(kinds: Asked, function: FunctionNode) -> tuple[BotLibrary, str] | None:
    """The library of the file and what it gives a function that is registered as a handler: `@router.message(…)`."""
    library = kinds.facts.bot_library(kinds.module.source.data)
    if library is None:
        return None
    registering = [d.func if isinstance(d, ast.Call) else d for d in function.decorator_list]
    for call in _given_to(kinds.module, function):
        by = call.func
        registering.append(by.value if isinstance(by, ast.Attribute) and by.attr == "register" else by)
    words = (one.attr for one in registering if isinstance(one, ast.Attribute))
    found = {REGISTERS[word] for word in words if word in REGISTERS}
    return (library, found.pop()) if len(found) == 1 else None


def _given_to(module: Module, function: FunctionNode) -> Iterable[ast.Call]:
    """The calls that are given a function, or what may be a method of that name, in the first place."""
    uses: Iterable[ast.expr] = module.attributes(function.name)
    if not isinstance(module.parent(function), ast.ClassDef):
        uses = module.uses(function.name, module.scope(function))
    for use in uses:
        call = module.parent(use)
        if isinstance(call, ast.Call) and call.args and call.args[0] is use:
            yield call
