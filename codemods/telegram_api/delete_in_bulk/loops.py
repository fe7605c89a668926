"""Loops that delete the messages of one chat, one request for each."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.proofs.thread_values import given_by_callers
from ....knowledge.kinds import BOT, CLIENT
from ..loops import on_one_line, taken_as_a_whole

_IDS = ("chat_id", "message_id")
#: So few messages are no matter.
_FEW = 3


@dataclass(frozen=True, slots=True)
class Deleting:
    """A loop whose body deletes one message, and does nothing else."""

    loop: ast.For | ast.AsyncFor
    #: The client or bot.
    owner: ast.expr
    #: The chat and all that is deleted, as source text.
    chat: str
    messages: str
    #: The errors that are swallowed, as source text; "" where they escape.
    errors: str
    is_ptb: bool

    @property
    def takes_a_list(self) -> bool:
        """Whether the library's own method does it: Telethon's takes parts of 100, and its errors escape."""
        return not self.is_ptb and not self.errors


def deleting(module: Module, loop: ast.For | ast.AsyncFor) -> Deleting | str | None:
    """The loop, why it stays as it is, or None where it does not delete messages one by one."""
    if not isinstance(loop.target, ast.Name) or len(loop.body) != 1:
        return None
    statement, errors = loop.body[0], ""
    if isinstance(statement, ast.Try) and len(statement.body) == 1:
        told = _swallowed(module, statement)
        statement, errors = statement.body[0], told or ""
        if told is None:
            found = _call(module, loop, statement)
            return None if found is None else "what happens when one of them cannot be deleted would happen otherwise"
    found = _call(module, loop, statement)
    if found is None:
        return None
    if _is_given_few(module, loop):
        return None
    if reason := _reason(module, loop, found.chat):
        return reason
    return Deleting(loop, found.owner, on_one_line(module, found.chat), found.messages, errors, found.is_ptb)


@dataclass(frozen=True, slots=True)
class _Call:
    owner: ast.expr
    chat: ast.expr
    messages: str
    is_ptb: bool


def _call(module: Module, loop: ast.For | ast.AsyncFor, statement: ast.stmt) -> _Call | None:
    """The call that deletes one message."""
    match statement:
        case ast.Expr(value=ast.Await(value=ast.Call(func=ast.Attribute(value=owner, attr=method)) as call)):
            pass
        case _:
            return None
    facts = module.project.fact(Facts)
    if isinstance(loop, ast.AsyncFor):
        return _found(module, loop, call, owner) if method == "delete" else None
    if method in ("delete_message", "deleteMessage") and facts.kind(module, owner) == BOT:
        given = dict(zip(_IDS, call.args, strict=False)) | {str(k.arg): k.value for k in call.keywords}
        if set(given) == set(_IDS):
            messages = _each(module, loop, given["message_id"])
            return _Call(owner, given["chat_id"], messages, True) if messages else None
    if method == "delete_messages" and facts.kind(module, owner) == CLIENT:
        match call:
            case ast.Call(args=[chat, ast.List(elts=[one]) | one], keywords=[]):
                messages = _each(module, loop, one)
                return _Call(owner, chat, messages, False) if messages else None
    return None


def _found(module: Module, loop: ast.AsyncFor, call: ast.Call, owner: ast.expr) -> _Call | None:
    """The form ``async for message in client.iter_messages(chat): await message.delete()``."""
    assert isinstance(loop.target, ast.Name)
    if call.args or call.keywords or not (isinstance(owner, ast.Name) and owner.id == loop.target.id):
        return None
    match loop.iter:
        case ast.Call(func=ast.Attribute(value=client, attr="iter_messages"), args=[chat, *_]):
            if module.project.fact(Facts).kind(module, client) == CLIENT:
                name = loop.target.id
                if any(k.arg == "limit" and _is_few(k.value) for k in loop.iter.keywords):
                    return None
                messages = (
                    f"[{name}.id async for {name} in {on_one_line(module, loop.iter)}]"  # ids, since chats are long
                )
                return _Call(client, chat, messages, False)
    return None


def _is_few(limit: ast.expr) -> bool:
    return isinstance(limit, ast.Constant) and isinstance(limit.value, int) and limit.value <= _FEW


def _is_given_few(module: Module, loop: ast.For | ast.AsyncFor) -> bool:
    """Whether it goes over a parameter for which every call writes down a few."""
    given = given_by_callers(module, loop.iter)
    return bool(given) and all(
        isinstance(g, (ast.List, ast.Tuple))
        and len(g.elts) <= _FEW
        and not any(isinstance(e, ast.Starred) for e in g.elts)
        for _, g in given
    )


def _each(module: Module, loop: ast.For | ast.AsyncFor, one: ast.expr) -> str | None:
    """All that the loop deletes, of what it deletes each time."""
    assert isinstance(loop.target, ast.Name)
    if isinstance(loop.iter, (ast.Tuple, ast.List, ast.Set)):
        return None  # a few
    if isinstance(one, ast.Name) and one.id == loop.target.id:
        return on_one_line(module, loop.iter)
    if any(isinstance(node, (ast.Call, ast.Await, ast.NamedExpr, ast.Yield)) for node in ast.walk(one)):
        return None
    if not any(isinstance(node, ast.Name) and node.id == loop.target.id for node in ast.walk(one)):
        return None
    return f"[{on_one_line(module, one)} for {loop.target.id} in {on_one_line(module, loop.iter)}]"


def _swallowed(module: Module, statement: ast.Try) -> str | None:
    """The errors that a ``try`` swallows, as an argument; None where it does more than that."""
    if statement.orelse or statement.finalbody:
        return None
    types: list[str] = []
    for handler in statement.handlers:
        nothing = len(handler.body) == 1 and isinstance(handler.body[0], (ast.Pass, ast.Continue))
        if not nothing or handler.type is None or module.resolve(handler.type) == "builtins.BaseException":
            return None
        parts = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
        types += [module.segment(part) for part in parts]
    return f"({types[0]},)" if len(types) == 1 else f"({', '.join(types)})"


def _reason(module: Module, loop: ast.For | ast.AsyncFor, chat: ast.expr) -> str | None:
    assert isinstance(loop.target, ast.Name)
    target = loop.target.id
    if any(isinstance(node, (ast.Call, ast.Await, ast.NamedExpr)) for node in ast.walk(chat)):
        return f"`{module.segment(chat)}` is asked for each time"
    if any(isinstance(node, ast.Name) and node.id == target for node in ast.walk(chat)):
        return "the messages may be of several chats"
    if isinstance(chat, ast.Constant) and chat.value is None:
        return "the messages are of several chats"
    return taken_as_a_whole(module, loop)
