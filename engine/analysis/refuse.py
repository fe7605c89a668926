"""Why a place is left alone: the checks that codemods share.

Each function returns None when its concern does not apply, or a reason: a clause in the present tense that a bot's
owner understands and that is true ("it stands in a lambda, where await is not allowed").
"""

from __future__ import annotations

import ast

from .module import Module
from .replacing import last_of

_LOCK_TYPES = {
    "threading.Lock", "threading.RLock", "threading.Semaphore", "threading.BoundedSemaphore", "threading.Condition",
    "multiprocessing.Lock", "multiprocessing.RLock", "filelock.FileLock",
}  # fmt: skip
_LOCKED = "and an await while a thread's lock is held can stop the whole bot"
_LOCK_WORDS = ("lock", "mutex", "semaphore")
_OTHER_LOOPS = ("trio", "curio")


def cannot_await(module: Module, node: ast.AST) -> str | None:
    """Why an `await` may not be put where the expression `node` stands, although a coroutine stands around it."""
    comprehensions = 0
    child = node
    for ancestor in module.ancestors(node):
        match ancestor:
            case ast.GeneratorExp(generators=[first, *_]) if child is not first or not _within(
                module, node, first.iter
            ):
                return "it stands in a generator expression, where an await would make an asynchronous generator of it"
            case (
                ast.ListComp(generators=[first, *_])
                | ast.SetComp(generators=[first, *_])
                | ast.DictComp(generators=[first, *_])
            ) if child is not first or not _within(module, node, first.iter):
                comprehensions += 1
                if comprehensions > 1:
                    return "it stands in nested comprehensions, where await needs Python 3.11 or newer"
            case ast.arg(annotation=annotation) | ast.AnnAssign(annotation=annotation) if child is annotation:
                return "it stands in an annotation, where await is not allowed"
            case ast.FunctionDef(returns=annotation) | ast.AsyncFunctionDef(returns=annotation) if child is annotation:
                return "it stands in an annotation, where await is not allowed"
            case ast.Lambda() if child is ancestor.body:
                return "it stands in a lambda, where await is not allowed"
            case ast.ClassDef() if child in ancestor.body:
                return "it stands in a class body, where await is not allowed"
            case ast.FunctionDef() if child in ancestor.body:
                return (
                    f"it stands in {ancestor.name}(), a plain function inside a coroutine, where await is not allowed"
                )
            case ast.AsyncFunctionDef() | ast.FunctionDef() if child in ancestor.body:
                return None
        child = ancestor
    return "no coroutine stands around it"


def _within(module: Module, node: ast.AST, outer: ast.AST) -> bool:
    return node is outer or outer in module.ancestors(node)


def foreign_event_loop(module: Module) -> str | None:
    """Whether the file runs on an event loop that is not asyncio's."""
    return module.fact(_foreign_event_loop)


def _foreign_event_loop(module: Module) -> str | None:
    for binding in (b for bound in module.names.root.bindings.values() for b in bound):
        library = (binding.qualified or "").partition(".")[0]
        if library in _OTHER_LOOPS:
            return f"the file runs on {library}, not on asyncio"
    return None


def holds_thread_lock(module: Module, node: ast.AST) -> str | None:
    """Whether a thread's lock is held where `node` runs: awaiting there would stop the loop for everybody who wants
    it.
    """
    function = module.function(node)
    if function is None:
        return None
    for ancestor in module.ancestors(node):
        if ancestor is function:
            break
        if isinstance(ancestor, ast.With):
            for item in ancestor.items:
                if is_lock(module, item.context_expr):
                    return f"{module.segment(item.context_expr)} is held here, {_LOCKED}"
    for call in module.within(function, ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr == "acquire"
            and not isinstance(module.parent(call), ast.Await)
            and call.lineno <= node.lineno  # type: ignore[attr-defined]
        ):
            return f"{module.segment(call.func.value)} is acquired before it, {_LOCKED}"
    return None


def is_lock(module: Module, expression: ast.expr) -> bool:
    """Whether an expression is a lock, by its type or by its name."""
    if isinstance(expression, ast.Call):
        return module.resolve(expression.func) in _LOCK_TYPES or is_lock(module, expression.func)
    if isinstance(expression, (ast.Name, ast.Attribute)):
        word = expression.id if isinstance(expression, ast.Name) else expression.attr
        return any(part in word.lower() for part in _LOCK_WORDS)
    return False


_TO_THREADS = frozenset(
    "to_thread run_in_executor run_sync submit map Thread Timer start_new_thread sync_to_async Process".split()
)


def runs_in_thread(module: Module, node: ast.AST) -> bool:
    """Whether `node` stands in a lambda or a plain function that is only handed to a thread or a process, where
    blocking is right.
    """
    for ancestor in module.ancestors(node):
        match ancestor:
            case ast.Lambda():
                return _is_handed_to_thread(module, ancestor)
            case ast.FunctionDef(name=name):
                uses = module.uses(name, module.scope(ancestor))
                return bool(uses) and all(_is_handed_to_thread(module, use) for use in uses)
            case ast.AsyncFunctionDef():
                return False
    return False


def handed_to_thread(module: Module, node: ast.AST) -> bool:
    """Whether `node`, or a method of it, is an argument of a call that runs something in a thread."""
    parent = module.parent(node)
    return _is_handed_to_thread(module, parent if isinstance(parent, ast.Attribute) else node)


def _is_handed_to_thread(module: Module, function: ast.AST) -> bool:
    parent = module.parent(function)
    call = module.parent(parent) if isinstance(parent, ast.keyword) else parent
    if not isinstance(call, ast.Call) or call.func is function:
        return False
    if module.resolve(call.func) == "functools.partial":
        return _is_handed_to_thread(module, call)
    if module.resolve(call.func) == "builtins.map":
        return False
    return last_of(call.func) in _TO_THREADS


def unpacks_arguments(call: ast.Call) -> str | None:
    """Whether the arguments of a call come from ``*`` or ``**``, so that they cannot be read from the source."""
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return "its arguments are unpacked with *, so they cannot be read from the source"
    if any(keyword.arg is None for keyword in call.keywords):
        return "its arguments are unpacked with **, so they cannot be read from the source"
    return None


def held_lock(module: Module, node: ast.AST, boundary: ast.AST) -> ast.expr | None:
    """The lock, of a thread's or of asyncio's, that a `with` between `boundary` and `node` holds."""
    for ancestor in module.ancestors(node):
        if ancestor is boundary:
            return None
        if isinstance(ancestor, (ast.With, ast.AsyncWith)):
            for item in ancestor.items:
                if is_lock(module, item.context_expr):
                    return item.context_expr
    return None
