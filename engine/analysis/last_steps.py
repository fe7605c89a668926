"""Where a program ends itself: behind that nobody is served any more."""

from __future__ import annotations

import ast

from .module import Module

#: What ends the program, or puts another one in its place; so does all of ``os.exec…()``.
_ENDS = frozenset({"sys.exit", "builtins.exit", "builtins.quit", "os._exit", "os.abort"})
_WAITS = (ast.Await, ast.AsyncFor, ast.AsyncWith, ast.Yield, ast.YieldFrom)
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
        if behind is not statement and isinstance(behind, ast.Expr) and isinstance(behind.value, ast.Call):
            name = module.resolve(behind.value.func) or ""
            if name in _ENDS or name.startswith("os.exec"):
                return f"the program ends right behind it (line {behind.lineno}), so nobody is served any more"
    return None


def _kills(module: Module, statement: ast.stmt) -> bool:
    """Whether a command kills the program that runs it: ``os.system(f"kill -9 {os.getpid()} && …")``."""
    nodes = list(ast.walk(statement))
    asked = any(isinstance(node, ast.Call) and module.resolve(node.func) == "os.getpid" for node in nodes)
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return asked and any("kill" in text.split() for text in texts)
