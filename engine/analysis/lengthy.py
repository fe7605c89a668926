"""Where what takes seconds stands beside a place, so that nobody feels some milliseconds there."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator

from ...knowledge.lengthy import (
    ASKS_MODEL,
    LIBRARIES,
    MODEL,
    MOVES_FILES,
    OF_MANY,
    QUEUES,
    QUICK,
    RUNS_PROGRAM,
    TOLD,
)
from ..sources.reach import is_test
from .activations import Activations, Caller, Start
from .asked_once import asked_once
from .commands import tells_only
from .foreign_calls import is_instead
from .handlers import sleeps
from .module import Module
from .processes import CALLS
from .replacing import last_of
from .resolver import Resolver
from .scope import FunctionNode

#: Pauses of a command beside which a tenth of a second is none.
_SECONDS = 2
_LEAVES = (ast.Return, ast.Raise, ast.Continue, ast.Break)
_DEPTH = 4


def pauses_or_goes_on(module: Module, function: FunctionNode, node: ast.AST | None = None) -> str | None:
    """What of a function takes seconds by itself, as a clause: it waits for answers, sends a request for each of many, or sleeps; not
    where something has failed, or for another turn of a loop in which a place in the function, `node`, stands.
    """
    for loop in module.within(function, ast.AsyncFor):
        if isinstance(loop.iter, ast.Call) and last_of(loop.iter.func).startswith(OF_MANY):
            if any(isinstance(n, ast.Await) for s in loop.body for n in ast.walk(s)):
                return f"the loop of line {loop.lineno} sends a request for each of many"
    for item in (item for block in module.within(function, ast.AsyncWith) for item in block.items):
        if isinstance(item.context_expr, ast.Call) and last_of(item.context_expr.func) == "conversation":
            return f"the conversation of line {item.context_expr.lineno} waits for answers"
    turns = set(module.loops(node)) if node is not None else set()
    slept = 0.0
    for call in module.within(function, ast.Call):
        if (seconds := sleeps(module, call)) and seconds < math.inf and turns.isdisjoint(module.loops(call)):
            slept += 0 if _is_apart(module, call, node or function) else seconds
    return f"the function pauses for {slept:g} s" if slept >= _SECONDS else None


def takes_seconds(module: Module, node: ast.AST) -> str | None:
    """Why nobody feels some milliseconds at a place, as a clause: on its way from the update to the answer, by whatever caller, stands
    what takes a second or more.
    """
    return _around(module, node, module, _DEPTH)


def is_of_worker(module: Module, node: ast.AST) -> bool:
    """Whether a place belongs to the jobs of a task queue, which a process of its own works off: nobody waits for an answer there."""
    function = module.function(node)
    owner = module.parent(function) if function is not None else None
    bases = owner.bases if isinstance(owner, ast.ClassDef) else []
    if any((module.resolve(base) or "").partition(".")[0] in QUEUES for base in bases):
        return True
    registers = [d.func if isinstance(d, ast.Call) else d for d in (function.decorator_list if function else ())]
    return any(last_of(one) in ("task", "actor") for one in registers) and any(
        module.project.contains(name.encode()) for name in QUEUES - {"rq", "arq"}
    )


def is_of_jobs(module: Module, node: ast.AST, depth: int = _DEPTH) -> bool:
    """Whether only jobs of a timer come to a place."""
    function = module.function(node)
    if function is None or depth == 0:
        return False
    found = list(_outwards(module, function))
    return bool(found) and all(
        one.kind == "job" and not one.unknown if isinstance(one, Start) else is_of_jobs(*one, depth - 1)
        for one in found
    )


def _outwards(module: Module, function: FunctionNode) -> Iterator[tuple[Module, ast.AST] | Start]:
    """The places of coroutines that run a function, and where its runs begin by themselves; tests aside, where nobody waits."""
    project = module.project
    for one in project.fact(Activations).callers(module, function):
        if is_test(project.settings.root, one.module.path if isinstance(one, Caller) else one.path):
            continue
        if isinstance(one, Caller):
            yield one.module, one.call
            continue
        where = project.parsed(one.path) if one.kind == "task" else None
        given = _call_at(where, one.line) if where is not None else None
        yield one if where is None or given is None else (where, given)


def _call_at(module: Module, line: int) -> ast.Call | None:
    """A call in the coroutine at a line that makes a task: ``asyncio.gather(read(), write())``."""
    outer = next(reversed(module.functions_at(line)), None)
    calls = module.within(outer, ast.Call) if outer is not None else []
    return next((call for call in calls if call.lineno <= line <= (call.end_lineno or 0)), None)


def _around(module: Module, node: ast.AST, told_in: Module, depth: int) -> str | None:
    function = module.function(node)
    if function is None or depth == 0:
        return None
    if found := _beside(module, function, node):
        return found if module is told_in else f"{found} of `{module.path.name}`"
    reason = None
    for one in _outwards(module, function):
        if isinstance(one, Start) or (reason := _around(*one, told_in, depth - 1)) is None:
            return None
    return reason


def _beside(module: Module, function: FunctionNode, node: ast.AST) -> str | None:
    """What takes seconds in the function of a place, on the same way through it."""
    if found := pauses_or_goes_on(module, function, node):
        return found
    return next((clause for step, clause in _all_steps(module, function) if not _is_apart(module, step, node)), None)


def takes_seconds_each_time(module: Module, node: ast.AST) -> str | None:
    """What takes a second or more whenever the program comes to a place, as a clause: in the same turn of the innermost loop around it,
    or in the same call of its function.
    """
    function, loop = module.function(node), next(module.loops(node), None)
    if function is None:
        return None
    if loop is None:
        return _beside(module, function, node)
    here = ((step, clause) for step, clause in _all_steps(module, function) if loop in module.loops(step))
    found = next((clause for step, clause in here if not _is_apart(module, step, node)), None)
    return found and f"in each turn of the loop {found}"


def _all_steps(module: Module, function: FunctionNode) -> Iterator[tuple[ast.AST, str]]:
    """What takes a second or more in a function and in those of the project that it calls, each with a clause."""
    yield from _steps(module, function)
    if _moves_file(function.name):
        yield function, f"`{function.name}()` moves a file"
    graph = module.project.fact(Resolver)
    for call in module.within(function, ast.Call):
        meant = graph.definition(module, call.func)
        if meant is not None and isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
            if meant[1] is not function and _is_lengthy(meant[0], meant[1], 2):
                yield call, f"`{meant[1].name}()` takes longer by far (line {call.lineno})"


@asked_once
def _is_lengthy(module: Module, function: FunctionNode, depth: int) -> bool:
    """Whether a function of the project takes seconds whenever it is called."""
    if pauses_or_goes_on(module, function) or any(_is_straight(module, step) for step, _ in _steps(module, function)):
        return True
    for call in module.within(function, ast.Call) if depth else ():
        meant = module.project.fact(Resolver).definition(module, call.func) if _is_straight(module, call) else None
        if meant is not None and isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
            if meant[1] is not function and _is_lengthy(meant[0], meant[1], depth - 1):
                return True
    return False


def _is_straight(module: Module, node: ast.AST) -> bool:
    """Whether no condition and no clause for errors stands around a place of a function."""
    for around in module.ancestors(node):
        if isinstance(around, (ast.FunctionDef, ast.AsyncFunctionDef)):
            return True
        if isinstance(around, (ast.If, ast.IfExp, ast.ExceptHandler, ast.Match, ast.BoolOp)):
            return False
    return True


def _is_apart(module: Module, one: ast.AST, other: ast.AST) -> bool:
    """Whether no run of a function comes to both places: they stand in two branches, or one in a branch that leaves it."""
    if is_instead(module, one, getattr(other, "lineno", 0)) or is_instead(module, other, getattr(one, "lineno", 0)):
        return True
    return _leaves_before(module, one, other) or _leaves_before(module, other, one)


def _leaves_before(module: Module, node: ast.AST, other: ast.AST) -> bool:
    """Whether what a condition makes run with `node`, and not with `other`, ends by leaving the function or the turn of its loop."""
    around = set(module.ancestors(other))
    inner: ast.AST = node
    for outer in module.ancestors(node):
        if outer in around:
            return False
        if isinstance(outer, ast.If) and inner is not outer.test:
            branch = outer.body if inner in outer.body else outer.orelse
            if isinstance(branch[-1], _LEAVES):
                return True
        inner = outer
    return False


def _steps(module: Module, function: FunctionNode) -> Iterator[tuple[ast.AST, str]]:
    """What takes a second or more in a function, each with a clause."""
    for call in module.within(function, ast.Call):
        if clause := _of_call(module, call):
            yield call, f"{clause} (line {call.lineno})"
    for told in module.within(function, ast.Dict):
        keys = {key.value for key in told.keys if isinstance(key, ast.Constant)}
        if keys & TOLD and any(isinstance(key, str) and key.startswith(MODEL) for key in keys):
            yield told, f"a language model takes longer by far to answer (line {told.lineno})"


def _moves_file(name: str) -> bool:
    """Whether a function of a project loads or sends a file, as its name says."""
    return name.lstrip("_").lower().startswith(("upload", "download")) and not name.endswith(("url", "link", "path"))


def _of_call(module: Module, call: ast.Call) -> str | None:
    name, method = module.resolve(call.func) or "", last_of(call.func)
    if name in CALLS or name in RUNS_PROGRAM:
        return None if tells_only(module, call) else "it waits for another program"
    library = next((one for one in (name.partition(".")[0], ".".join(name.split(".")[:2])) if one in LIBRARIES), None)
    if library is not None and method not in QUICK:
        return f"`{library}` takes longer by far"
    if ast.unparse(call.func).endswith(ASKS_MODEL):
        return "a language model takes longer by far to answer"
    if (method in MOVES_FILES and isinstance(call.func, ast.Attribute)) or _moves_file(method):
        return f"`{method}()` moves a file"
    if any(keyword.arg == "files" for keyword in call.keywords) and method in ("post", "put", "request"):
        function = module.function(call)
        if any(last_of(other.func) == "open" for other in module.within(function, ast.Call)):
            return "the request itself sends a file"
    return None
