"""Requests that a bot could save, where the library leaves the choice to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.replacing import last_of
from ....engine.analysis.telegram.calls import Calls
from ....knowledge.kinds import CLIENT
from ..rights import asked, handlers, needs_the_moment

#: What Telegram counts by the second.
_SENDS = ("send", "reply", "respond", "answer", "forward", "copy", "edit")


def counted(module: Module) -> Iterator[ast.AST]:
    """``len(await client.get_participants(chat))``."""
    facts = module.project.fact(Facts)
    for call in module.all(ast.Call):
        match call:
            case ast.Call(
                func=ast.Name(id="len"),
                args=[ast.Await(value=ast.Call(func=ast.Attribute(value=owner, attr="get_participants")) as asked)],
            ) if len(asked.args) < 2 and not any(keyword.arg in (None, "limit") for keyword in asked.keywords):
                if facts.kind(module, owner) == CLIENT:
                    yield call


def rights(module: Module) -> Iterator[ast.AST]:
    """Whether somebody is an administrator, asked for each message, in a project that neither bans nor promotes."""
    for _, call, _ in asked(module):
        if needs_the_moment(module, call) is None and _is_for_messages(module, call):
            yield call


def _is_for_messages(module: Module, call: ast.Call) -> bool:
    """Whether a handler of messages comes to it, or one of Telethon's: commands are seldom."""
    for start in handlers(module, call):
        where = module.project.module(start.path)
        lines = where.text.splitlines()[start.line - 1 : start.line]
        around = [c for c in where.all(ast.Call) if c.lineno <= start.line <= (c.end_lineno or 0)]
        if any(last_of(c.func) == "MessageHandler" for c in around) or any("NewMessage" in line for line in lines):
            return True
    return False


def at_once(module: Module) -> Iterator[ast.AST]:
    """``asyncio.gather(*[bot.send_message(chat, text) for chat in chats])``."""
    calls = Calls(module)
    for call in module.all(ast.Call):
        match call.args:
            case [
                ast.Starred(value=ast.ListComp(elt=ast.Call() as each) | ast.GeneratorExp(elt=ast.Call() as each))
            ] if module.resolve(call.func) == "asyncio.gather" and last_of(each.func).startswith(_SENDS):
                contract = calls.contract(each)
                if contract is not None and calls.is_telegram(contract):
                    yield call
