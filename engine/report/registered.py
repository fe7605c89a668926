"""The functions that a program gives to its Telegram library, each with what it is called for."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from ..analysis.facts import Facts
from ..analysis.files import argument
from ..analysis.handlers import is_handler
from ..analysis.module import Module
from ..analysis.program import Program
from ..analysis.ptb_callbacks import POSITIONS
from ..analysis.scope import FunctionNode
from ..analysis.telegram.project import PTB, TELETHON
from .model import Place

#: The position of the callback among the arguments of python-telegram-bot's handlers, those before 13.0 among them; 0 for the rest.
_CALLBACKS = {**POSITIONS, "RegexHandler": 1}
#: Those that call nothing themselves, and the base classes.
_NONE = frozenset({"ConversationHandler", "BaseHandler", "Handler"})
_EVENTS = {"CallbackQueryHandler": "buttons", "InlineQueryHandler": "inline queries"}
#: Filters of python-telegram-bot that most messages pass.
_BROAD = frozenset(
    "ALL TEXT COMMAND ChatType PRIVATE GROUP GROUPS SUPERGROUP UpdateType MESSAGE MESSAGES filters Filters text all".split()
)
#: What restricts an event of Telethon's to some messages.
_RESTRICTS = frozenset("pattern chats from_users outgoing func forwards".split())


@dataclass(frozen=True, slots=True, eq=False)
class Registered:
    """One registration."""

    event: str
    #: Whether it may come with every message.
    often: bool
    #: The function, with its module; None where the source does not show which one it is.
    function: tuple[Module, FunctionNode] | None
    #: The function as it is written there.
    text: str
    place: Place


def registered(program: Program, facts: Facts, library: str | None) -> Iterator[Registered]:
    """All registrations of a program, in the order of its files."""
    if library in (PTB, None):
        for module in program.modules(b"Handler("):
            for call in module.all(ast.Call):
                name = (module.resolve(call.func) or "").rpartition(".")
                if name[0].startswith("telegram.ext") and name[2].endswith("Handler") and name[2] not in _NONE:
                    yield from _of_ptb(facts, module, call, name[2])
    if library in (TELETHON, None):
        found = [one for module in program.modules(b"events", b"event_handler(") for one in _of_telethon(facts, module)]
        yield from found
        if library is not None:
            yield from _decorated(program, {one.function[1] for one in found if one.function})
    elif library != PTB:
        yield from _decorated(program, set())


def _of_ptb(facts: Facts, module: Module, call: ast.Call, kind: str) -> Iterator[Registered]:
    position = _CALLBACKS.get(kind, 0)
    callback = argument(call, position, "callback")
    if callback is None:
        return
    first = argument(call, 0, {"CommandHandler": "command", "MessageHandler": "filters"}.get(kind, "pattern"))
    if kind == "CommandHandler":
        event = _commands(module, first)
    elif kind == "MessageHandler":
        event = f"messages ({_short(module, first)})" if first is not None else "messages"
    else:
        event = _EVENTS.get(kind, kind.removesuffix("Handler"))
        pattern = argument(call, 1, "pattern")
        event += f" ({_short(module, pattern)})" if pattern is not None and kind in _EVENTS else ""
    in_state = any(isinstance(a, ast.Call) and _is_conversation(module, a) for a in module.ancestors(call))
    often = kind == "TypeHandler" or (kind == "MessageHandler" and (first is None or _lets_much_through(first)))
    often, event = often and not in_state, f"{event} in a conversation" if in_state else event
    place = Place(module.path, call.lineno)
    yield Registered(event, often, _function(facts, module, callback), _short(module, callback), place)


def _is_conversation(module: Module, call: ast.Call) -> bool:
    return (module.resolve(call.func) or "").endswith(".ConversationHandler")


def _lets_much_through(filters: ast.expr) -> bool:
    """Whether filters leave most messages: they look at nothing but the sort of message and of chat."""
    match filters:
        case ast.BinOp(left=left, op=ast.BitAnd(), right=right):
            return _lets_much_through(left) and _lets_much_through(right)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _lets_much_through(left) or _lets_much_through(right)
        case ast.UnaryOp(op=ast.Invert(), operand=ast.Attribute(attr="COMMAND" | "command")):
            return True
    return isinstance(filters, ast.Attribute) and filters.attr in _BROAD


def _commands(module: Module, names: ast.expr | None) -> str:
    items = names.elts if isinstance(names, ast.List | ast.Tuple) else [names]
    texts = [f"/{n.value}" for n in items if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    if texts and len(texts) == len(items):
        return ", ".join(texts[:3]) + (f" and {len(texts) - 3} more" if len(texts) > 3 else "")
    return f"the command {_short(module, names)}" if names is not None else "a command"


def _of_telethon(facts: Facts, module: Module) -> Iterator[Registered]:
    for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef):
        for decorator in function.decorator_list:
            if isinstance(decorator, ast.Call) and (event := _builder(module, decorator)) is not None:
                place = Place(module.path, function.lineno)
                yield Registered(*_event(module, event), (module, function), function.name, place)
    for call in module.all(ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_event_handler" and call.args:
            if isinstance(call.args[0], ast.Starred):
                text = _short(module, call.args[0])
                yield Registered("not known", False, None, text, Place(module.path, call.lineno))
                continue
            event = call.args[1] if len(call.args) > 1 else None
            meant = _function(facts, module, call.args[0])
            told = _event(module, event) if event is not None else ("every event", True)
            yield Registered(*told, meant, _short(module, call.args[0]), Place(module.path, call.lineno))


def _builder(module: Module, decorator: ast.Call) -> ast.expr | None:
    """The event of ``@client.on(…)`` and ``@events.register(…)``."""
    registers = module.resolve(decorator.func) == "telethon.events.register"
    if not decorator.args or not (
        registers or (isinstance(decorator.func, ast.Attribute) and decorator.func.attr == "on")
    ):
        return None
    first = decorator.args[0]
    named = module.resolve(first.func if isinstance(first, ast.Call) else first) or ""
    return first if registers or named.startswith("telethon.events.") else None


def _event(module: Module, event: ast.expr) -> tuple[str, bool]:
    """An event in words, and whether it comes with every message."""
    made = event.func if isinstance(event, ast.Call) else event
    kind = (module.resolve(made) or _short(module, made)).rpartition(".")[2]
    given = {str(k.arg): k.value for k in event.keywords} if isinstance(event, ast.Call) else {}
    often = kind == "Raw" or (kind in ("NewMessage", "MessageEdited") and not _RESTRICTS & given.keys())
    if isinstance(event, ast.Call) and event.args:
        often = False
    if (pattern := given.get("pattern")) is not None:
        return f"{kind} {_short(module, pattern)}", often
    return ("every message" if often and kind == "NewMessage" else kind), often


def _decorated(program: Program, known: Collection[FunctionNode]) -> Iterator[Registered]:
    """The other handlers, by decorators that say what they are for."""
    for module in program.modules(b"@"):
        for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef):
            if function not in known and function.decorator_list and is_handler(module, function):
                first = function.decorator_list[0]
                called = first.func if isinstance(first, ast.Call) else first
                if module.resolve(called) != "functools.wraps":  # what a decorator makes of another handler
                    place = Place(module.path, function.lineno)
                    yield Registered(f"@{_short(module, first)}", False, (module, function), function.name, place)


def _function(facts: Facts, module: Module, node: ast.expr) -> tuple[Module, FunctionNode] | None:
    meant = facts.definition(module, node)
    if meant is None and isinstance(node, ast.Call):  # a wrapper, or `functools.partial`
        inner = [n for n in node.args if (found := facts.definition(module, n)) and isinstance(found[1], FunctionNode)]
        meant = facts.definition(module, inner[0]) if len(inner) == 1 else None
    return (meant[0], meant[1]) if meant is not None and isinstance(meant[1], FunctionNode) else None


def _short(module: Module, node: ast.AST | None) -> str:
    text = " ".join(module.segment(node).split()) if node is not None else ""
    return text if len(text) <= 50 else f"{text[:30]}…{text[-16:]}"
