"""Requests that a bot could save, where the library leaves the choice to it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.replacing import last_of
from ....engine.analysis.telegram.calls import Calls
from ....knowledge.kinds import CLIENT
from ..loops import gathers
from ..rights import asked, handlers, needs_the_moment

#: What Telegram counts by the second.
SENDS = ("send", "reply", "respond", "answer", "forward", "copy", "edit")
_ADMINISTRATORS = ("ChannelParticipantAdmin", "ChannelParticipantCreator")


def passed_over(module: Module) -> Iterator[ast.AST]:
    """``async for message in client.iter_messages(chat)`` with ``if message.id <= LAST: continue`` first."""
    for loop, call in _iterations(module, "iter_messages"):
        match loop.body[0]:
            case ast.If(
                test=ast.Compare(
                    left=ast.Attribute(value=ast.Name(id=name), attr="id"), ops=[ast.LtE()], comparators=[last]
                ),
                body=[ast.Continue()],
                orelse=[],
            ) if (
                _is(loop.target, name) and len(call.args) < 2 and not _gives(call, "limit", "min_id", "reverse", "ids")
            ):
                if _stays(module, loop, last):
                    yield loop.body[0].test


def _stays(module: Module, loop: ast.AsyncFor, last: ast.expr) -> bool:
    """Whether a number is the same in every turn, and none below zero."""
    if isinstance(last, ast.Constant):
        return isinstance(last.value, int)
    stored = {n.id for n in ast.walk(loop) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return isinstance(last, ast.Name) and last.id not in stored


def counted(module: Module) -> Iterator[ast.AST]:
    """``len(await client.get_participants(chat))``."""
    for call in module.all(ast.Call):
        match call:
            case ast.Call(func=ast.Name(id="len"), args=[ast.Await(value=ast.Call() as asked)]):
                if (
                    _is_of_client(module, asked, "get_participants")
                    and len(asked.args) < 2
                    and not _gives(asked, "limit")
                ):
                    yield call


def filtered(module: Module) -> Iterator[ast.AST]:
    """Members of one kind, of all of them: ``if isinstance(member.participant, ChannelParticipantAdmin)`` first and alone."""
    for loop, call in _iterations(module, "iter_participants"):
        match loop.body:
            case [
                ast.If(
                    test=ast.Call(
                        func=ast.Name(id="isinstance"),
                        args=[ast.Attribute(value=ast.Name(id=name), attr="participant"), kind],
                    ),
                    orelse=[],
                )
            ]:
                found = (module.resolve(kind) or "").rpartition(".")[2]
                if (
                    found in _ADMINISTRATORS
                    and _is(loop.target, name)
                    and len(call.args) < 2
                    and not _gives(call, "filter", "limit")
                ):
                    yield call


def searched(module: Module) -> Iterator[ast.AST]:
    """All members, for one: ``if member.id == user`` is all that the loop does."""
    for loop, call in _iterations(module, "iter_participants"):
        match loop.body:
            case [ast.If(test=ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]), orelse=[])]:
                sides = [
                    s
                    for s in (left, right)
                    if isinstance(s, ast.Attribute) and s.attr == "id" and _named(loop, s.value)
                ]
                if len(sides) == 1 and len(call.args) < 2 and not _gives(call, "filter", "search", "limit"):
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


def at_once(names: tuple[str, ...], module: Module) -> Iterator[ast.AST]:
    """``asyncio.gather(*[bot.send_message(chat, text) for chat in chats])``; what only asks belongs to TGF603."""
    calls = Calls(module)
    for call, starred in gathers(module):
        match starred.value:
            case ast.ListComp(elt=ast.Call() as each) | ast.GeneratorExp(elt=ast.Call() as each):
                contract = calls.contract(each) if last_of(each.func).startswith(names) else None
                if contract is not None and calls.is_telegram(contract):
                    yield call


def _iterations(module: Module, method: str) -> Iterator[tuple[ast.AsyncFor, ast.Call]]:
    for loop in module.all(ast.AsyncFor):
        if isinstance(loop.iter, ast.Call) and _is_of_client(module, loop.iter, method):
            yield loop, loop.iter


def _is_of_client(module: Module, call: ast.Call, method: str) -> bool:
    match call.func:
        case ast.Attribute(value=owner, attr=attr) if attr == method:
            return module.project.fact(Facts).kind(module, owner) == CLIENT
    return False


def _gives(call: ast.Call, *names: str) -> bool:
    return any(keyword.arg is None or keyword.arg in names for keyword in call.keywords)


def _is(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Name) and target.id == name


def _named(loop: ast.AsyncFor, node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and _is(loop.target, node.id)
