"""Files that a coroutine holds open for writing while it waits: state that it shares with whoever opens the same path."""

from __future__ import annotations

import ast

from .module import Module

_OPENERS = ("builtins.open", "io.open", "codecs.open")
#: What gives another path in each call.
_UNIQUE = ("tempfile.", "uuid.", "random.", "secrets.", "time.", "datetime.")


def written_across(module: Module, node: ast.AST) -> str | None:
    """Whether `node` stands in a ``with open(path, "w")`` whose path is the same for every caller.

    Before, the block ran in one go; with an `await` in it another handler may open, empty and write the same file.
    """
    child = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return None
        if isinstance(ancestor, (ast.With, ast.AsyncWith)) and child in ancestor.body:
            for item in ancestor.items:
                path = _path_written(module, item.context_expr)
                if path is not None and _is_same_for_all(module, path, 0):
                    return f"{module.segment(path)} is open for writing meanwhile, and another handler may write it too"
        child = ancestor
    return None


def _path_written(module: Module, opened: ast.expr) -> ast.expr | None:
    """The path that a call opens for writing."""
    if not isinstance(opened, ast.Call) or module.resolve(opened.func) not in _OPENERS or not opened.args:
        return None
    mode = next((k.value for k in opened.keywords if k.arg == "mode"), opened.args[1] if len(opened.args) > 1 else None)
    if isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+"):
        return None
    return opened.args[0] if mode is not None else None


def _is_same_for_all(module: Module, path: ast.expr, depth: int) -> bool:
    """Whether nothing in an expression differs from call to call of the function, as far as its names tell."""
    if depth > 5:
        return False
    for part in ast.walk(path):
        if isinstance(part, ast.Call) and (module.resolve(part.func) or "").startswith(_UNIQUE):
            return False
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load) and part.id not in ("self", "cls"):
            scope = module.scope(part).find(part.id)
            if scope is None or scope.kind in ("module", "class"):
                continue
            for binding in scope.bindings[part.id]:
                parent = module.parent(binding.node)
                if not (isinstance(parent, ast.Assign) and parent.targets == [binding.node]):
                    return False
                if not _is_same_for_all(module, parent.value, depth + 1):
                    return False
    return True
