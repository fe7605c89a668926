"""Where a program ends itself: behind that nobody is served any more."""

from __future__ import annotations

import ast

from ...knowledge.running import SERVING
from .commands import ends_the_bot
from .module import Module
from .replacing import last_of
from .resolver import Resolver

#: What ends the program, or puts another one in its place; so does all of ``os.exec…()``.
_ENDS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit", "os.abort"})
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
#: What a program serves until it ends: behind that it is no command that ends it.
_SERVES = SERVING | {"wait", "gather"}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SIMPLE = (ast.Expr, ast.Assign, ast.AnnAssign, ast.AugAssign)


def ends_there(module: Module, line: int) -> str | None:
    """Why nobody is served behind a line of a coroutine, as a clause: what stands there kills the program, or what follows with no wait
    between ends it.
    """
    statement = module.statement_at(line, *_SIMPLE)
    if statement is None:
        return None
    if _kills(module, statement):
        return "the program ends by it, so nobody is served meanwhile"
    for behind in (statement, *module.beside(statement)[1]):
        if not isinstance(behind, _SIMPLE) or any(isinstance(node, _WAITS) for node in ast.walk(behind)):
            return None
        if behind is not statement and _ends(module, behind):
            return f"the program ends right behind it (line {behind.lineno}), so nobody is served any more"
    return None


def is_ended_by_it(module: Module, line: int) -> str | None:
    """Why serving others is no gain at a line of a coroutine, as a clause: it is a step of a command that ends the program, unless it
    fails on the way, or one that ends it from outside.
    """
    statement = module.statement_at(line, *_SIMPLE)
    if statement is not None and any(ends_the_bot(module, c) for c in ast.walk(statement) if isinstance(c, ast.Call)):
        return "the command ends the bot from outside, so nobody is served any more"
    child: ast.AST | None = statement
    passed: list[ast.stmt] = []
    while child is not None and not isinstance(child, (*_FUNCTIONS, ast.For, ast.AsyncFor, ast.While)):
        for behind in module.beside(child)[1] if isinstance(child, ast.stmt) else ():
            passed.append(behind)
            if _ends(module, behind):
                if any(map(_serves, passed)):
                    return None
                return f"the command ends the program (line {behind.lineno}), and those who come meanwhile have to come again"
        child = module.parent(child)
        if isinstance(child, ast.ExceptHandler):
            return None
    return None


def _serves(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Call) and last_of(node.func) in _SERVES for node in ast.walk(statement))


def _ends(module: Module, statement: ast.stmt) -> bool:
    """Whether a statement is a call that ends the program."""
    match statement:
        case ast.Expr(value=ast.Call() as call) | ast.Expr(value=ast.Await(value=ast.Call() as call)):
            return _is_end(module, call)
    return False


def _is_end(module: Module, call: ast.Call, depth: int = 3) -> bool:
    """Whether a call ends the program: it does so itself, or a function of the project that puts another program in its place."""
    name = module.resolve(call.func) or ""
    if name.startswith("os.exec") or (name in _ENDS and depth == 3):
        return True
    meant = module.project.fact(Resolver).definition(module, call.func) if depth else None
    if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return any(_is_end(meant[0], inner, depth - 1) for inner in meant[0].within(meant[1], ast.Call))


def _kills(module: Module, statement: ast.stmt) -> bool:
    """Whether a command kills the program that runs it: ``os.system(f"kill -9 {os.getpid()} && …")``."""
    nodes = list(ast.walk(statement))
    asked = any(isinstance(node, ast.Call) and module.resolve(node.func) == "os.getpid" for node in nodes)
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return asked and any("kill" in text.split() for text in texts)
