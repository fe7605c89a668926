"""What functions do to databases of sqlite3: which statements read, which may write, and who waits for a lock."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from ....engine.analysis.handlers import starts_the_bot
from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.scope import COMPREHENSIONS, FunctionNode
from ....engine.analysis.sqlite import EXECUTES, calls_of, is_own, shared_by

_READS = ("select", "pragma table_info", "pragma table_list", "explain", "values")
#: Statements that change no rows that were there.
_HARMLESS = (
    "create table if not exists",
    "create index if not exists",
    "create unique index if not exists",
    "pragma ",
    "begin",
)
_DEPTH = 4


def writes(
    resolver: Resolver, module: Module, function: FunctionNode, but: ast.Call | None = None, depth: int = 0
) -> ast.Call | None:
    """The call of a function, other than `but`, that may change a database, itself or through what it calls."""
    for call in calls_of(module, function):
        if call is but:
            continue
        if isinstance(call.func, ast.Attribute) and call.func.attr in EXECUTES:
            if call.func.attr == "execute" and call.args and _reads(module, call.args[0]):
                continue
            if _is_database(resolver, module, call.func.value):
                return call
        elif depth < _DEPTH and (meant := resolver.definition(module, call.func)):
            where, target = meant
            if isinstance(target, (ast.FunctionDef, ast.AsyncFunctionDef)) and target is not function:
                if writes(resolver, where, target, None, depth + 1):
                    return call
    return None


def _is_database(resolver: Resolver, module: Module, owner: ast.expr) -> bool:
    if is_own(resolver, module, owner):
        return True
    return isinstance(owner, (ast.Name, ast.Attribute)) and shared_by(resolver, module, owner) is not None


def _reads(module: Module, statement: ast.expr) -> bool:
    return _starts_with(module, statement, _READS)


def _starts_with(module: Module, statement: ast.expr, words: tuple[str, ...]) -> bool:
    first = statement.values[0] if isinstance(statement, ast.JoinedStr) and statement.values else statement
    try:
        text = evaluate(module, first)
    except NotLiteral:
        return False
    return isinstance(text, str) and " ".join(text.split()).lower().startswith(words)


def reads(resolver: Resolver, functions: Iterable[tuple[Module, FunctionNode]]) -> int:
    """How often functions read from a database in one run; 2 stands for more, too."""
    count = 0
    for module, function in functions:
        for call in calls_of(module, function):
            if isinstance(call.func, ast.Attribute) and call.func.attr == "execute" and call.args:
                if _reads(module, call.args[0]) and _is_database(resolver, module, call.func.value):
                    count += 2 if _is_repeated(module, call, function) else 1
    return min(count, 2)


def _is_repeated(module: Module, call: ast.Call, function: FunctionNode) -> bool:
    """Whether a call stands in the body of a loop."""
    child: ast.AST = call
    for ancestor in module.ancestors(call):
        if ancestor is function:
            return False
        if isinstance(ancestor, ast.While) or (isinstance(ancestor, ast.For) and child is not ancestor.iter):
            return True
        if isinstance(ancestor, COMPREHENSIONS):
            first = ancestor.generators[0]
            return not (child is first and (call is first.iter or call in ast.walk(first.iter)))
        child = ancestor
    return False


def writer(resolver: Resolver) -> str | None:
    """A place of the project where a handler may change rows of a database."""
    for path in resolver.mentioning(EXECUTES):
        module = resolver.module(path)
        for call in module.all(ast.Call) if module else ():
            if (
                not (isinstance(call.func, ast.Attribute) and call.func.attr in EXECUTES and call.args)
                or module is None
            ):
                continue
            function = module.function(call)
            if function is None or starts_the_bot(function) or _reads(module, call.args[0]):
                continue
            if not _starts_with(module, call.args[0], _HARMLESS):
                return f"{path.name}, line {call.lineno}"
    return None


def impatient(resolver: Resolver) -> str | None:
    """A place of the project that opens a connection which does not wait, or not long, for a lock that another one holds."""
    for path in resolver.mentioning(["sqlite3"]):
        module = resolver.module(path)
        for call in module.all(ast.Call) if module else ():
            if module is not None and module.resolve(call.func) == "sqlite3.connect":
                if any(map(_is_impatient, call.keywords)) or "cache=shared" in module.segment(call):
                    return f"{path.name}, line {call.lineno}"
    return None


def _is_impatient(keyword: ast.keyword) -> bool:
    """Whether it is a time limit of less than the usual five seconds, or one that is not known."""
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else None
    return keyword.arg == "timeout" and not (isinstance(value, (int, float)) and value >= 5)
