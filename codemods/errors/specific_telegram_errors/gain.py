"""Whether a broad clause hides something, and whether a narrower one would lose the error that it is there for."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from .clauses import Clause, logs_traceback, uses_of_error

_SHOWN = ("sys.exc_info", "sys.exception", "traceback.format_exc")
#: Arguments that hold what is sent, and not where to.
_OF_MESSAGES = frozenset("text message caption file photo document video".split())
_ANSWERING = frozenset("edit reply respond answer edit_text reply_text".split())
#: What decorators are told so that nobody hears of errors.
_HIDES = re.compile(r"(disable|ignore|suppress|swallow|hide)_?(errors?|exceptions?)")
#: Attributes that whatever a bot asks for them has, as it comes from the library.
_SURE = frozenset("id chat_id sender_id message_id client bot chat effective_chat effective_message message".split())


def is_shown(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether the body passes the error on to somebody: a user, the log, a caller."""
    if uses_of_error(module, handler) or logs_traceback(module, handler):
        return True
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    calls = (node for node in inside if isinstance(node, ast.Call))
    return any(isinstance(node, ast.Raise) for node in inside) or any(
        (module.resolve(call.func) or "") in _SHOWN for call in calls
    )


def is_silent(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether the body only goes on, with a line of the log at the most: no user is told anything of what failed."""
    inside = [node for s in handler.body for node in ast.walk(s)]
    calls = [node for node in inside if isinstance(node, ast.Call)]
    return not any(isinstance(node, ast.AugAssign) for node in inside) and all(is_log(module, call) for call in calls)


def counts(module: Module, clause: Clause) -> bool:
    """Whether a clause counts what fails, and the loop around it goes on with the next one, whatever it was."""
    steps = (ast.AugAssign, ast.Pass, ast.Continue)
    body = clause.handler.body
    goes_on = all(
        isinstance(s, steps) or (isinstance(s, ast.Expr) and isinstance(s.value, ast.Call) and is_log(module, s.value))
        for s in body
    )
    return not clause.beyond and goes_on and next(module.loops(clause.statement), None) is not None


def is_log(module: Module, call: ast.Call) -> bool:
    """Whether a call writes a line to the log or the terminal."""
    name = module.resolve(call.func) or ""
    return (
        name == "builtins.print" or name.startswith("logging.") or module.project.fact(Facts).is_logging(module, call)
    )


def unseen(module: Module, handler: ast.ExceptHandler) -> str | None:
    """Why nobody would see a mistake that this clause no longer hides, as a clause."""
    inside = (node for statement in handler.body for node in ast.walk(statement))
    names = (node.id for node in inside if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    if "*" not in module.names.root.bindings and (missing := sorted(module.undefined & {*names})):
        return f"the clause itself fails, as nothing defines `{missing[0]}`"
    function = module.function(handler)
    for decorator in function.decorator_list if function is not None else ():
        for keyword in decorator.keywords if isinstance(decorator, ast.Call) else ():
            if keyword.arg and _HIDES.fullmatch(keyword.arg) and getattr(keyword.value, "value", None) is True:
                return f"its decorator keeps errors to itself ({keyword.arg}=True)"
    return None


def swallowing_loop(module: Module, clause: Clause) -> ast.AST | None:
    """The loop that goes on because the clause swallows the cancellation of its coroutine: its body is this `try`, more or less."""
    if not clause.beyond or any(name.rpartition(".")[2] == "CancelledError" for name in clause.above):
        return None
    if not module.in_coroutine(clause.statement) or not _awaits(clause.statement.body):
        return None
    if any(isinstance(node, (ast.Return, ast.Break, ast.Raise)) for s in clause.handler.body for node in ast.walk(s)):
        return None
    loop = module.parent(clause.statement)
    return loop if isinstance(loop, (ast.For, ast.AsyncFor, ast.While)) and clause.statement in loop.body else None


def goes_another_way(clause: Clause) -> bool:
    """Whether the body does in another way what failed: it tries again, keeps what it gets, or sends the very same text or file."""
    inside = [node for statement in clause.handler.body for node in ast.walk(statement)]
    if any(isinstance(node, ast.Try) for node in inside):
        return True
    if any(isinstance(node, ast.Assign) and isinstance(node.value, ast.Await) for node in inside):
        return True
    return not set(_sent(clause.statement.body)).isdisjoint(_sent(clause.handler.body))


def _sent(statements: list[ast.stmt]) -> Iterator[str]:
    """What is sent by the awaited calls of some statements: each text, and each variable that may hold one."""
    for node in (node for statement in statements for node in ast.walk(statement)):
        match node:
            case ast.Await(value=ast.Call(func=ast.Attribute(attr=method)) as call):
                first = 0 if method in _ANSWERING else 1  # others are given first where it goes
                given = [*call.args[first:], *(k.value for k in call.keywords if k.arg in _OF_MESSAGES)]
                yield from (ast.dump(value) for value in given if _may_be_text(value))


def _may_be_text(value: ast.expr) -> bool:
    return isinstance(value, (ast.Name, ast.JoinedStr)) or (
        isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def is_one_request(clause: Clause) -> bool:
    """Whether a `try` holds one call with plain arguments, so that no mistake in the code is there to be hidden."""
    match clause.statement.body:
        case [ast.Expr(value=value) | ast.Assign(value=value, targets=[ast.Name()])]:
            call = value.value if isinstance(value, ast.Await) else value
            if not isinstance(call, ast.Call):
                return False
            return all(map(_is_plain, [call.func, *call.args, *(keyword.value for keyword in call.keywords)]))
    return False


def _is_plain(value: ast.expr) -> bool:
    while isinstance(value, ast.Attribute):
        value = value.value
    return isinstance(value, (ast.Name, ast.Constant))


def _awaits(statements: list[ast.stmt]) -> bool:
    kinds = (ast.Await, ast.AsyncFor, ast.AsyncWith)
    return any(isinstance(node, kinds) for statement in statements for node in ast.walk(statement))


def own_error(module: Module, clause: Clause, known: Collection[ast.Call]) -> str | None:
    """What of the `try` body may fail where Telegram does not, as a clause: "`int(text)` may raise ValueError".

    `known` are the calls whose errors are known.
    """
    for node in (n for s in clause.statement.body for n in ast.walk(s)):
        if isinstance(node, ast.Call) and any(_is_request(module, given) for given in node.args):
            return "a request raises TypeError for a chat of another kind"
        if isinstance(node, ast.Call) and node not in known and not _is_said(module, node):
            return f"`{module.shown(node)}` may fail by itself"
        if (found := _raises(module, node)) is not None:
            return f"`{module.shown(found[0])}` may raise {found[1]}"
    return None


def _is_request(module: Module, given: ast.expr) -> bool:
    name = (module.resolve(given.func) or "") if isinstance(given, ast.Call) else ""
    return ".functions." in name or name.endswith("Request")


def _is_said(module: Module, call: ast.Call) -> bool:
    """Whether a call only makes a text, or is a pause."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "format":
        return True
    return module.resolve(call.func) in ("builtins.str", "asyncio.sleep")


def _raises(module: Module, node: ast.AST) -> tuple[ast.AST, str] | None:
    match node:
        case ast.Attribute(value=ast.Await() | ast.Call() | ast.Subscript()):
            return node, "AttributeError"
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr not in _SURE:
            if not _is_called(module, node) and _comes_from_an_answer(module, node, name):
                return node, "AttributeError"
        case ast.Attribute(value=ast.Attribute() as inner, attr=attr) if attr not in _SURE and not _is_called(
            module, node
        ):
            return (node, "AttributeError") if not (module.resolve(inner) or "") else None
        case ast.Subscript(slice=ast.Slice()):
            return None
        case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str())) if (
            name.isupper()
        ):  # a constant of the program
            return None  # a word that the table of messages lacks is a mistake in the code
        case ast.Subscript():
            return node, "KeyError or IndexError"
        case ast.Call(func=called) if module.resolve(called) in ("builtins.int", "builtins.float"):
            return node, "ValueError"
        case ast.Call(func=ast.Attribute(attr="download_media"), keywords=[*keywords]) if any(
            k.arg == "thumb" for k in keywords
        ):
            return node, "IndexError"
        case ast.Call(args=arguments, keywords=keywords):
            for value in (*arguments, *(k.value for k in keywords)):
                if isinstance(value, ast.Name) and _comes_from_an_answer(module, value, value.id):
                    return value, "TypeError, where it is None"
        case ast.Assign(targets=[ast.Tuple() | ast.List()]) | ast.For(target=ast.Tuple()):
            return node, "ValueError or TypeError"
        case ast.Delete():
            return node, "KeyError"
        case ast.BinOp(op=ast.Add()) if not isinstance(node.left, ast.Constant):
            return node, "TypeError"
    return None


def _is_called(module: Module, node: ast.Attribute) -> bool:
    parent = module.parent(node)
    return isinstance(parent, ast.Call) and parent.func is node


def _comes_from_an_answer(module: Module, node: ast.AST, name: str) -> bool:
    """Whether a variable holds what a request gave, which may be None or of another class."""
    return any(isinstance(value, ast.Await) for value in _values(module, node, name))


def _values(module: Module, node: ast.AST, name: str) -> Iterator[ast.AST]:
    for binding in module.bindings(name, node):
        parent = module.parent(binding.node)
        while isinstance(parent, (ast.Tuple, ast.List, ast.Starred)):
            parent = module.parent(parent)
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and parent.value is not None:
            yield parent.value
