"""Loops that register one handler for each of many commands in ways that are not rewritten, with what can be written instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.calls.graph import CallGraph
from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ....engine.analysis.scope import COMPREHENSIONS
from ..registrations import command_handler, mentions, target_names
from .loops import here, kept_in, registers

MESSAGE = "one handler for each pass of the loop: all of them are asked, one by one, for each message"
_WHILE = "it is a `while` loop; as `for … in range(…)` it can become one handler"
_EXPRESSION = "the registrations stand in an expression; as `for … in …:` they can become one handler"
_OTHERWISE = "what registers the handlers is not seen to be add_handler() alone"
_OWN = "each of them has a callback of its own"
_REGEX = "one filters.Regex() with all of the patterns, as in `^/p(?:1|2|3)$`, makes one handler of them"
_PATTERN = "one pattern for all, as in `^/p(?:1|2|3)$`, makes one handler of them"
_MADE_ANEW = "each pass makes a callback of its own; "
_PYROGRAM = "filters.command() takes a list of commands, which makes one handler of them"
_AIOGRAM = "its filter takes several commands, which makes one handler of them"
_TEXTS = "this filter takes a list of texts, which makes one handler of them"
#: How a pattern or command that depends on the loop stands in what a handler is registered with → what can be done.
_FILTERS = {
    "telegram.ext.filters.Regex": _REGEX,
    "telegram.ext.Filters.regex": _REGEX,
    "telegram.ext.filters.Text": _TEXTS,
    "telegram.ext.Filters.text": _TEXTS,
    "telegram.ext.CallbackQueryHandler": _PATTERN,
    "telegram.ext.PrefixHandler": "PrefixHandler takes a list of commands, which makes one handler of them",
    "telethon.events.NewMessage": _PATTERN,
    "pyrogram.filters.command": _PYROGRAM,
    "pyrogram.filters.regex": _PATTERN,
    "hydrogram.filters.command": _PYROGRAM,
    "hydrogram.filters.regex": _PATTERN,
    "aiogram.filters.Command": _AIOGRAM,
    "aiogram.filters.command.Command": _AIOGRAM,
    "aiogram.dispatcher.filters.Command": _AIOGRAM,
}
_TEXT = "`F.text.in_()` takes all of the texts, which makes one handler of them"
_TELEBOT = "`commands` is a list, and one handler with all of them does"
#: Where the callback stands in what makes a handler of python-telegram-bot, if not in front.
_CALLBACK = {"CommandHandler": 1, "MessageHandler": 1, "PrefixHandler": 2}
#: Methods that register a handler, as a call or a decorator.
_REGISTERING = frozenset(
    "add_handler add_event_handler on on_message on_edited_message message edited_message channel_post register register_message_handler "
    "message_handler".split()
)


def unmerged(module: Module, least: int) -> Iterator[tuple[ast.stmt, str]]:
    """The loops, and what else registers handler after handler, each with the reason why it is left alone."""
    for loop in module.all(ast.For, ast.While):
        if isinstance(loop, ast.While):
            body = [node for statement in loop.body for node in here(statement)]
            if any(registers(module, node) for node in body):
                changed = {node.id for node in body if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
                own = any(mentions(value, changed) for node in body for value in _callbacks(module, node))
                yield loop, _OWN if own else _WHILE
        elif not _is_short(module, loop.iter, least) and (reason := _reason(module, loop)):
            yield loop, reason
    for expression, element, names, iterated in _repeated(module):
        if not _is_short(module, iterated, least) and (reason := _of_element(module, element, names)):
            yield module.statement(expression), reason
    for call in module.all(ast.Call):
        if registers(module, call) and (reason := _behind_function(module, call)):
            yield module.statement(call), reason


def _is_short(module: Module, iterated: ast.expr, least: int) -> bool:
    try:
        return len(list(evaluate(module, iterated))) < least
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
            if reason == _PATTERN:
                return _MADE_ANEW + reason
        else:
            reason = _of_calls(module, [node for node in here(statement) if isinstance(node, ast.Call)], names)
        if reason is not None:
            return reason
    return None


def _repeated(module: Module) -> Iterator[tuple[ast.expr, ast.expr, set[str], ast.expr]]:
    """What is evaluated once for each item without a loop: comprehensions, and lambdas that `map` is given. Each with what it
    evaluates, the names that vary, and what it goes over.
    """
    for node in module.all(*COMPREHENSIONS):
        if not isinstance(node, ast.DictComp):
            names = {name for generator in node.generators for name in target_names(generator.target)}
            yield node, node.elt, names, node.generators[0].iter
    for call in module.all(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="map"), args=[ast.Lambda(args=given, body=body), iterated, *_]):
                yield call, body, {argument.arg for argument in given.args}, iterated


def _of_element(module: Module, element: ast.expr, names: set[str]) -> str | None:
    if isinstance(element, ast.Call) and registers(module, element):
        if _of_own(module, element.args[0] if element.args else element.keywords[0].value, names):
            return _OWN
        return _EXPRESSION
    if not isinstance(element, ast.Call) or command_handler(module, element) is not None:
        return None  # a list of command handlers is another finding
    if (module.resolve(element.func) or "").endswith("Handler"):
        return _OWN if _of_own(module, element, names) else _of_filter(module, element, names)
    return _of_calls(module, [element], names)


def _behind_function(module: Module, call: ast.Call) -> str | None:
    """What can be done where a function registers the command that it is given, and is called in a loop."""
    function = module.function(call)
    made = next((node for node in ast.walk(call) if command_handler(module, node)), None)
    if function is None or not isinstance(made, ast.Call) or next(module.loops(call), None) is not None:
        return None
    parameters = {argument.arg for argument in (*function.args.posonlyargs, *function.args.args)}
    command = [*made.args[:1], *(keyword.value for keyword in made.keywords if keyword.arg == "command")]
    if not any(mentions(part, parameters) for part in command):
        return None
    uses = module.project.fact(CallGraph).uses([(module, function)])[function]
    if not any(use.node is not None and _is_repeated(use.module, use.node) for use in uses):
        return None
    if _of_own(module, made, parameters):
        return _OWN
    return f"{function.name}() is called in a loop; with a list of all the commands it can register one handler"


def _is_repeated(module: Module, node: ast.AST) -> bool:
    """Whether what a name stands for is called again and again: in a loop, in a comprehension, by `map`."""
    if next(module.loops(node), None) is not None:
        return True
    outer = module.parent(module.statement(node))
    for around in module.ancestors(node):
        if around is outer or isinstance(around, ast.Lambda):
            return False
        if isinstance(around, COMPREHENSIONS) or (
            isinstance(around, ast.Call) and getattr(around.func, "id", "") == "map"
        ):
            return True
    return False


def _of_calls(module: Module, calls: list[ast.Call], names: set[str]) -> str | None:
    for call in calls:
        if command_handler(module, call) is not None:
            if reason := _of_command(module, call, names):
                return reason
        elif isinstance(call.func, ast.Attribute) and call.func.attr in _REGISTERING:
            given = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(keyword.arg == "commands" and mentions(keyword.value, names) for keyword in call.keywords):
                return _TELEBOT
            found = [reason for argument in given if (reason := _of_filter(module, argument, names))]
            if found:
                return _OWN if _gives_callback(module, call, names) else found[0]
    return None


def _of_command(module: Module, made: ast.Call, names: set[str]) -> str | None:
    """Why the command handlers that a loop makes are left alone, where it does not register them itself."""
    parent = module.parent(made)
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    if not mentions(made, names) or parent is None or isinstance(parent, COMPREHENSIONS) or registers(module, parent):
        return None
    match parent:
        case ast.Assign(targets=[ast.Name() as name]):
            uses = (module.parent(use) for use in module.uses(name.id, module.scope(name)))
            return None if any(registers(module, use) for use in uses if use is not None) else _OTHERWISE
        case ast.List() | ast.Call(func=ast.Attribute(attr="append")):
            return kept_in(module, made)
    return _OTHERWISE


def _gives_callback(module: Module, call: ast.Call, names: set[str]) -> bool:
    """Whether what registers a handler is given a callback that depends on the loop."""
    around = module.parent(call)
    decorated = (
        around.args if isinstance(around, ast.Call) and around.func is call else []
    )  # ``client.on(…)(callback)``
    for value in [*call.args, *decorated, *(keyword.value for keyword in call.keywords)]:
        if _of_own(module, value, names) if isinstance(value, ast.Call) else _is_callback(value, names):
            return True
    return False


def _of_own(module: Module, made: ast.AST, names: set[str]) -> bool:
    """Whether the callback of a handler depends on the loop."""
    return any(_is_callback(value, names) for value in _callbacks(module, made))


def _callbacks(module: Module, made: ast.AST) -> list[ast.expr]:
    """The callback that a handler is made with, if this makes one."""
    name = module.resolve(made.func) or "" if isinstance(made, ast.Call) else ""
    if not isinstance(made, ast.Call) or not name.endswith("Handler"):
        return []
    place = _CALLBACK.get(name.rpartition(".")[2], 0) if name.startswith("telegram.") else 0
    return [*made.args[place : place + 1], *(keyword.value for keyword in made.keywords if keyword.arg == "callback")]


def _is_callback(value: ast.expr, names: set[str]) -> bool:
    return (
        isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.Lambda)) and mentions(value, names) is not None
    )


def _of_filter(module: Module, argument: ast.expr, names: set[str]) -> str | None:
    """What can be done about a filter that depends on the loop."""
    for node in ast.walk(argument) if command_handler(module, argument) is None else ():
        if isinstance(node, ast.Call) and mentions(node, names):
            if reason := _FILTERS.get(module.resolve(node.func) or ""):
                return reason
        if isinstance(node, ast.Compare) and mentions(node, names) and module.resolve(node.left) == "aiogram.F.text":
            return _TEXT
    return None
