"""The functions that a python-telegram-bot application runs for updates, by what registers them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .effects import Effects
from .module import Module
from .program import Program
from .replacing import last_of
from .scope import FunctionNode

_HANDLERS = "telegram.ext."
#: Position of the callback where it is not the first: https://docs.python-telegram-bot.org/en/stable/telegram.ext.handlers-tree.html
POSITIONS = {
    "CommandHandler": 1, "MessageHandler": 1, "PrefixHandler": 2, "StringCommandHandler": 1, "StringRegexHandler": 1, "TypeHandler": 1,
}  # fmt: skip
#: What runs other handlers, and has no callback of its own.
_OUTER = "ConversationHandler"


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback where it is registered."""

    module: Module
    #: What stands for it.
    expression: ast.expr
    #: The coroutine function that it is, with its module; None where that is not known.
    function: tuple[Module, FunctionNode] | None
    #: Whether the application waits for it before it takes the next update of the chat.
    blocks: bool = True

    @property
    def name(self) -> str:
        """How it is called in a sentence."""
        return self.function[1].name if self.function else self.module.shown(self.expression)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A place that changes what runs for an update in a way that is not followed, with a clause."""

    path: Path
    line: int
    what: str


def callbacks(program: Program) -> Iterator[Callback | Unknown]:
    """All callbacks of the handlers that the files of a program make, and of its error handlers."""
    for module in program.modules(b"update_queue"):
        for node in module.attributes("update_queue"):
            yield Unknown(module.path, node.lineno, "what is put into `update_queue` is not known")
    for module in program.modules(b"Handler", b"add_error_handler", b"telegram"):
        effects = module.project.fact(Effects)
        for call in module.all(ast.Call):
            yield from _made(effects, module, call)
        for cls in module.all(ast.ClassDef):
            for base in cls.bases:
                plain = base.value if isinstance(base, ast.Subscript) else base
                if effects.facts.name_of(module, plain).startswith(_HANDLERS):
                    what = f"what `{cls.name}` does when an update comes is not known"
                    yield Unknown(module.path, cls.lineno, what)


def _made(effects: Effects, module: Module, call: ast.Call) -> Iterator[Callback | Unknown]:
    """The callback of a handler that a call makes or registers."""
    name = effects.facts.name_of(module, call.func)
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method == "add_error_handler":
        yield from _given(effects, module, call, 0)
    elif method in ("add_handler", "add_handlers"):
        for value in call.args[:1]:
            foreign = effects.facts.name_of(module, value.func if isinstance(value, ast.Call) else value)
            if foreign and not foreign.startswith(_HANDLERS):
                yield Unknown(module.path, call.lineno, f"what `{foreign}` does when an update comes is not known")
    elif name.startswith(_HANDLERS) and name.endswith("Handler"):
        kind = name.rpartition(".")[2]
        if kind == _OUTER:
            if len(call.args) > 3 or any(k.arg in (None, "per_user", "per_message") for k in call.keywords):
                yield Unknown(module.path, call.lineno, "a conversation may belong to several chats")
        else:
            for keyword in call.keywords:
                if keyword.arg == "pattern" and effects.facts.definition(module, keyword.value) is not None:
                    what = f"what `{module.shown(keyword.value)}` looks at is not known"
                    yield Unknown(module.path, call.lineno, what)
            yield from _given(effects, module, call, POSITIONS.get(kind, 0))
    elif name.startswith(f"{_HANDLERS}ContextTypes"):
        yield Unknown(module.path, call.lineno, "what the contexts of its own do is not known")
    elif not name and method != "getLogger" and _looks_like_handler(call) and _is_unknown(effects, module, call.func):
        yield Unknown(module.path, call.lineno, f"what `{module.shown(call.func)}` makes is not known")


def _looks_like_handler(call: ast.Call) -> bool:
    return last_of(call.func) in {*POSITIONS, "CallbackQueryHandler", "ChatMemberHandler", "InlineQueryHandler"}


def _is_unknown(effects: Effects, module: Module, function: ast.expr) -> bool:
    return effects.facts.definition(module, function) is None


def _given(effects: Effects, module: Module, call: ast.Call, position: int) -> Iterator[Callback | Unknown]:
    """The callback among the arguments of a call."""
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if None in keywords or any(isinstance(value, ast.Starred) for value in call.args):
        yield Unknown(module.path, call.lineno, "the callback of a handler is not seen")
        return
    value = keywords.get("callback") or (call.args[position] if len(call.args) > position else None)
    if value is None:
        yield Unknown(module.path, call.lineno, "the callback of a handler is not seen")
        return
    told = [keywords.get("block"), *call.args]
    waits = not any(isinstance(given, ast.Constant) and given.value is False for given in told)
    found = effects.facts.definition(module, value)
    function = None
    if found is not None and isinstance(found[1], ast.AsyncFunctionDef):
        function = found[0], found[1]
    yield Callback(module, value, function, waits)
