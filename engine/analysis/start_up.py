"""What runs while a program starts or stops: hooks of libraries, and what stands above the call that begins to serve."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...knowledge.running import HOOKS, SERVING
from .module import Module
from .replacing import last_of
from .scope import FunctionNode

#: What registers it: ``@app.on_event("startup")``, ``@dp.startup()``, ``dp.startup.register(prepare)``.
_TIMES = frozenset({"startup", "shutdown"})
_MANAGER = "contextlib.asynccontextmanager"
#: What begins to serve others and returns when that is over.
_SERVING = SERVING | {"serve"}
#: What lets others run from there on.
_BEGINS = frozenset(
    "start connect initialize create_task ensure_future gather start_soon add_job run_repeating run_coroutine_threadsafe".split()
)


def is_hook(module: Module, line: int) -> bool:
    """Whether a line hands a function to a library that calls it once, when it starts or stops, or defines one that is decorated so."""
    for function in module.functions_at(line):
        if function.lineno == line and (
            any(map(_is_registered, function.decorator_list)) or is_lifespan(module, function)
        ):
            return True
    for call in module.all(ast.Call):
        if call.lineno <= line <= (call.end_lineno or 0) and any(value.lineno == line for value in _hooked(call)):
            return True
    return False


def is_lifespan(module: Module, function: FunctionNode) -> bool:
    """Whether a server enters a function when it starts: ``FastAPI(lifespan=lifespan)``, in the same file."""
    decorated = any(module.resolve(decorator) == _MANAGER for decorator in function.decorator_list)
    return decorated and any(
        isinstance(given := module.parent(use), ast.keyword) and given.arg == "lifespan"
        for use in module.loads(function.name)
    )


def is_before_serving(module: Module, node: ast.AST) -> bool:
    """Whether a place in a coroutine stands above the call by which its program begins to serve, and nothing above it lets others run."""
    function = module.function(node)
    if function is None:
        return False
    if is_lifespan(module, function):
        behind = [y.lineno for y in module.within(function, ast.Yield)]
    else:
        # a function of the file that is called so may do anything
        calls = [c for c in module.within(function, ast.Call) if last_of(c.func) in _SERVING]
        behind = [call.lineno for call in calls if module.definition(call.func) is None]
    line, last = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0) or 0
    begun = [call.lineno for call in module.within(function, ast.Call) if last_of(call.func) in _BEGINS | _SERVING]
    entered = [block.lineno for block in module.within(function, ast.AsyncWith)]
    return bool(behind) and last < min(behind) and all(line <= other for other in (*begun, *entered))


def _hooked(call: ast.Call) -> Iterator[ast.expr]:
    """What a call hands to a library as a hook."""
    for keyword in call.keywords:
        if keyword.arg in HOOKS:
            yield from (part for part in ast.walk(keyword.value) if isinstance(part, ast.Name | ast.Attribute))
    match call.func:
        case ast.Attribute(value=ast.Attribute(attr=time), attr="register") if time in _TIMES:
            yield from call.args


def _is_registered(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(attr="on_event"), args=[ast.Constant(value=time)]):
            return time in _TIMES
        case ast.Call(func=ast.Attribute(attr=time), args=[]):
            return time in _TIMES
    return False
