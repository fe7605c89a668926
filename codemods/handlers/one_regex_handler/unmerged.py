"""Loops that register one handler for each of many commands in ways that are not rewritten, with what can be written instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ..registrations import command_handler, mentions, target_names
from .loops import here, registers

MESSAGE = "one handler for each pass of the loop: all of them are asked, one by one, for each message"
_WHILE = "it is a `while` loop; as `for … in range(…)` it can become one handler"
_LIST = "the handlers are kept in a list that may be used for more than registering them"
_REGEX = "one filters.Regex() with all of the patterns, as in `^/p(?:1|2|3)$`, makes one handler of them"
_TELETHON = (
    "each pass makes a callback of its own; one pattern for all, as in `^/p(?:1|2|3)$`, makes one handler of them"
)
_PYROGRAM = "filters.command() takes a list of commands, which makes one handler of them"
_AIOGRAM = "its filter takes several commands, which makes one handler of them"
#: How a pattern or command that depends on the loop stands in what a handler is registered with → what can be done.
_FILTERS = {
    "telegram.ext.filters.Regex": _REGEX,
    "telegram.ext.Filters.regex": _REGEX,
    "telethon.events.NewMessage": _TELETHON,
    "pyrogram.filters.command": _PYROGRAM,
    "pyrogram.filters.regex": _REGEX,
    "hydrogram.filters.command": _PYROGRAM,
    "hydrogram.filters.regex": _REGEX,
    "aiogram.filters.Command": _AIOGRAM,
    "aiogram.filters.command.Command": _AIOGRAM,
    "aiogram.dispatcher.filters.Command": _AIOGRAM,
}
_TELEBOT = "`commands` is a list, and one handler with all of them does"
#: Methods that register a handler, as a call or a decorator.
_REGISTERING = frozenset(
    "add_handler on on_message on_edited_message message edited_message channel_post register register_message_handler "
    "message_handler".split()
)


def unmerged(module: Module, least: int) -> Iterator[tuple[ast.stmt, str]]:
    """The loops, each with the reason why it is left alone."""
    for loop in module.all(ast.For, ast.While):
        if isinstance(loop, ast.While):
            if any(registers(module, node) for statement in loop.body for node in here(statement)):
                yield loop, _WHILE
        elif not _is_short(module, loop, least) and (reason := _reason(module, loop)):
            yield loop, reason


def _is_short(module: Module, loop: ast.For, least: int) -> bool:
    try:
        return len(list(evaluate(module, loop.iter))) < least
    except (NotLiteral, TypeError):
        return False


def _reason(module: Module, loop: ast.For) -> str | None:
    names = set(target_names(loop.target))
    for statement in loop.body:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            decorators = [decorator for decorator in statement.decorator_list if isinstance(decorator, ast.Call)]
            reason = _of_calls(module, decorators, names)
            varies = next((name for part in statement.body if (name := mentions(part, names))), None)
            if reason is not None and varies is not None:
                return f"the callback depends on {varies}, which each of them sees as the loop leaves it"
        else:
            reason = _of_calls(module, [node for node in here(statement) if isinstance(node, ast.Call)], names)
        if reason is not None:
            return reason
    return None


def _of_calls(module: Module, calls: list[ast.Call], names: set[str]) -> str | None:
    for call in calls:
        if not isinstance(call.func, ast.Attribute):
            continue
        if call.func.attr == "append" and call.args and (made := command_handler(module, call.args[0])) is not None:
            if mentions(made, names):
                return _LIST
        elif call.func.attr in _REGISTERING:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(keyword.arg == "commands" and mentions(keyword.value, names) for keyword in call.keywords):
                return _TELEBOT
            found = [reason for argument in given if (reason := _of_filter(module, argument, names))]
            if found and any(mentions(value, names) for value in given if not isinstance(value, ast.Call)):
                return "each of them has a callback of its own"
            if found:
                return found[0]
    return None


def _of_filter(module: Module, argument: ast.expr, names: set[str]) -> str | None:
    """What can be done about a filter that depends on the loop."""
    for node in ast.walk(argument) if command_handler(module, argument) is None else ():
        if isinstance(node, ast.Call) and mentions(node, names):
            if reason := _FILTERS.get(module.resolve(node.func) or ""):
                return reason
    return None
