"""What functions do to databases of sqlite3: which statements read, and which may write."""

from __future__ import annotations

import ast
from pathlib import Path

from ....engine.analysis.handlers import starts_the_bot
from ....engine.analysis.literal import text_of
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import FunctionNode
from ....engine.analysis.shared_connections import shared_by
from ....engine.analysis.sqlite import EXECUTES, executes, is_own

_READS = ("select", "pragma table_info", "pragma table_list", "explain", "values")
#: Statements that change no rows that were there.
_HARMLESS = (
    "create table if not exists",
    "create index if not exists",
    "create unique index if not exists",
    "pragma ",
    "begin",
)
#: Statements that change rows, as no other text begins.
_CHANGES = ("insert into ", "insert or ", "delete from ", "replace into ")
_DEPTH = 4


def writes(resolver: Resolver, module: Module, function: FunctionNode, depth: int = 0) -> bool:
    """Whether a function may change a database, itself or through what it calls."""
    for call in module.within(function, ast.Call):
        if isinstance(call.func, ast.Attribute) and call.func.attr in EXECUTES:
            if only_reads(module, call):
                continue
            if _is_database(resolver, module, call.func.value):
                return True
        elif depth < _DEPTH and (meant := resolver.definition(module, call.func)):
            where, target = meant
            if isinstance(target, (ast.FunctionDef, ast.AsyncFunctionDef)) and target is not function:
                if writes(resolver, where, target, depth + 1):
                    return True
    return False


def _is_database(resolver: Resolver, module: Module, owner: ast.expr) -> bool:
    if is_own(resolver, module, owner):
        return True
    return isinstance(owner, (ast.Name, ast.Attribute)) and shared_by(resolver, module, owner) is not None


def only_reads(module: Module, call: ast.Call) -> bool:
    """Whether a call of one of `EXECUTES` surely changes nothing."""
    return _method(call) == "execute" and bool(call.args) and _reads(module, call.args[0])


def is_seen_to_write(module: Module, call: ast.Call) -> bool:
    """Whether a statement that is written out in a call changes rows, or what a call of one of `EXECUTES` is given does more than to read.

    The call may be one of a function of the project, ``run("INSERT …", row)``.
    """
    if _method(call) in ("executemany", "executescript"):
        return True
    if not call.args or (text := _text(module, call.args[0])) is None or text.startswith((*_READS, *_HARMLESS)):
        return False
    return _method(call) in EXECUTES or text.startswith(_CHANGES) or (text.startswith("update ") and " set " in text)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _reads(module: Module, statement: ast.expr) -> bool:
    return _starts_with(module, statement, _READS)


def _starts_with(module: Module, statement: ast.expr, words: tuple[str, ...]) -> bool:
    return (_text(module, statement) or "").startswith(words)


def _text(module: Module, statement: ast.expr) -> str | None:
    """A statement, or its beginning, in small letters."""
    first = statement.values[0] if isinstance(statement, ast.JoinedStr) and statement.values else statement
    text = text_of(module, first)
    return None if text is None else " ".join(text.split()).lower()


def writer(resolver: Resolver) -> tuple[Path, int] | None:
    """A place of the project where a handler may change rows of a database: its file and line."""
    for path in resolver.mentioning(EXECUTES):
        module = resolver.module(path)
        for call in module.all(ast.Call) if module else ():
            if not (executes(call) and call.args) or module is None:
                continue
            function = module.function(call)
            if function is None or starts_the_bot(function) or _reads(module, call.args[0]):
                continue
            if not _starts_with(module, call.args[0], _HARMLESS):
                return path, call.lineno
    return None
