"""`errors`: other exceptions escape, are swallowed, or have another type."""

from __future__ import annotations

import ast
import builtins

from ..analysis.activations import Activations
from ..analysis.constants import value_of
from ..analysis.facts import Facts
from ..analysis.module import Module
from ..model import Assumption, Hazard, Proof, Verdict

#: Seconds to wait as the libraries' own exceptions give them: Telethon, PTB, Pyrogram.
_WAITS = ("seconds", "retry_after", "value", "x")
_KEEPS_SIGN = (
    "random.uniform", "random.randint", "random.randrange", "random.choice",
    "builtins.int", "builtins.float", "builtins.min", "builtins.round",
    "builtins.sum", "math.ceil", "math.floor",
)  # fmt: skip
_NEVER_NEGATIVE = ("builtins.abs", "builtins.len", "random.random")
_DEPTH = 8
#: Managers that swallow nothing.
_RAISING_MANAGERS = frozenset(
    "builtins.open aiohttp.ClientSession httpx.AsyncClient tempfile.TemporaryDirectory tempfile.NamedTemporaryFile".split()
)
#: Other names of OSError and its subclasses.
_OS_ERRORS = frozenset(
    "socket.error os.error select.error socket.timeout shutil.Error asyncio.TimeoutError asyncio.exceptions.TimeoutError".split()
)


def delay(module: Module, seconds: ast.expr) -> Verdict:
    """Whether a delay is one for which `time.sleep()` and `asyncio.sleep()` do the same.

    For a negative one the first raises ValueError, and the second returns at once. For more than 292 years the first raises
    OverflowError, and the second waits.
    """
    if _never_negative(module, seconds, limited=True):
        return Proof(Hazard.ERRORS, "the delay is a number that is not negative")
    shown = module.shown(seconds)
    sentence = f"`{shown}` is never negative: `time.sleep()` would raise a `ValueError`, `asyncio.sleep()` not"
    if _never_negative(module, seconds):
        sentence = f"`{shown}` is never endless: `time.sleep()` would raise an `OverflowError`, `asyncio.sleep()` not"
    return Assumption(Hazard.ERRORS, sentence, module.path, seconds.lineno)


def _never_negative(
    module: Module, delay: ast.expr, depth: int = 0, steps: frozenset[str] = frozenset(), *, limited: bool = False
) -> bool:
    """Whether the delay is a number of zero or more by what the source shows.

    `steps` are the variables that a value is given to: what they hold before is not negative, or another value of theirs shows it.
    `limited`: and no number that comes from outside makes it as large as it likes.
    """
    if depth > _DEPTH:
        return False

    def fine(part: ast.expr) -> bool:
        return _never_negative(module, part, depth + 1, steps, limited=limited)

    def small(part: ast.expr) -> bool:
        return not limited or fine(part) or _is_between_times(module, part)

    match delay:
        case ast.Constant(value=int() | float() as number):
            return number >= 0
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.BoolOp(values=parts):
            return bool(parts) and all(map(fine, parts))
        case ast.BinOp(op=ast.Pow(), right=ast.Call()) if limited:
            return False
        case ast.BinOp(left=a, op=ast.Add() | ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow(), right=b):
            return fine(a) and fine(b)
        case ast.IfExp(body=a, orelse=b):
            return fine(a) and fine(b)
        case ast.Attribute(value=ast.Name(id=name)) if delay.attr in _WAITS:
            return any(isinstance(b.node, ast.ExceptHandler) for b in module.bindings(name, delay))
        case ast.Call(func=function, args=arguments):
            called = module.resolve(function)
            if called == "builtins.max":
                return any(map(fine, arguments)) and all(map(small, arguments))
            if called in _KEEPS_SIGN:
                return bool(arguments) and all(map(fine, arguments))
            return called in _NEVER_NEGATIVE and (called != "builtins.abs" or all(map(small, arguments)))
        case ast.Name() | ast.Attribute() if (found := value_of(module, delay)) is not None:
            return not isinstance(found[1], ast.List) and _never_negative(*found, depth + 1, limited=limited)
        case ast.Name(id=name) if name in steps:
            return True
        case ast.Name(id=name):
            values = [_assigned(module, binding.node) for binding in module.bindings(name, delay)]
            names = [{getattr(node, "id", None) for node in ast.walk(value)} for value in values if value is not None]
            return any(name not in own for own in names) and all(
                # what a list in a variable holds may be another thing by then
                value is not None
                and not isinstance(value, ast.List)
                and _never_negative(module, value, depth + 1, steps | {name}, limited=limited)
                for value in values
            )
    return False


def _is_between_times(module: Module, part: ast.expr) -> bool:
    """Whether a number is one of seconds between two times that clocks and the source give."""
    match part:
        case ast.BinOp(left=a, op=ast.Add() | ast.Sub(), right=b):
            return _is_between_times(module, a) and _is_between_times(module, b)
        case ast.Call(func=ast.Attribute(attr="time" | "monotonic" | "perf_counter" | "timestamp" | "total_seconds")):
            return True
        case ast.Name(id=name):
            values = [_assigned(module, binding.node) for binding in module.bindings(name, part)]
            return bool(values) and all(value is not None and _is_between_times(module, value) for value in values)
    return _never_negative(module, part, 1, limited=True)


def _assigned(module: Module, target: ast.AST) -> ast.expr | None:
    """What `target`, a name, is given: ``name = value``, ``name *= value``, ``for name in (1, 2)``, ``for name in range(1, 9)``."""
    match module.parent(target):
        case ast.Assign(targets=[only], value=value) if only is target:
            return value
        case ast.AnnAssign(value=value):
            return value
        case ast.AugAssign(op=ast.Add() | ast.Mult() | ast.Div() | ast.FloorDiv() | ast.Mod() | ast.Pow(), value=value):
            return value
        case ast.For(target=only, iter=ast.List(elts=parts) | ast.Tuple(elts=parts)) if only is target:
            return ast.Tuple(parts)
        case ast.For(target=only, iter=ast.Call(args=[*ends]) as call) if only is target and ends:
            # whatever the step, `range` stays between its ends
            return ast.Tuple(ends[:2]) if module.resolve(call.func) == "builtins.range" else None
    return None


def moved_out(module: Module, node: ast.AST, region: ast.AST, what: str) -> Verdict:
    """Whether an OSError at `node` is handled nowhere within `region`, so that it may come up before it or at another pass.

    `what` must not fail, otherwise: "opening and writing `path`".
    """
    line = handled_in(module, node, region, (OSError,)) or _cleaned_up(module, node, region)
    if line is None:
        return Proof(Hazard.ERRORS, "no except clause in the loop handles an error of the file")
    sentence = f"{what} never fails: line {line} handles that for each message"
    return Assumption(Hazard.ERRORS, sentence, module.path, line)


def _cleaned_up(module: Module, node: ast.AST, region: ast.AST) -> int | None:
    """The line of what a ``finally`` between `region` and `node` does."""
    child = node
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.Try) and ancestor.finalbody and child not in ancestor.finalbody:
            return ancestor.finalbody[0].lineno
        if ancestor is region:
            return None
        child = ancestor
    return None


def handled_in(module: Module, node: ast.AST, region: ast.AST, errors: tuple[type[BaseException], ...]) -> int | None:
    """The line of the ``except`` clause or `suppress` between `region` and `node` that may handle one of `errors`."""
    child = node
    for ancestor in module.ancestors(node):
        if type(ancestor).__name__ in ("Try", "TryStar") and child in ancestor.body:  # type: ignore[attr-defined]
            handlers: list[ast.ExceptHandler] = ancestor.handlers  # type: ignore[attr-defined]
            for handler in handlers:
                if _may_catch(module, handler.type, errors):
                    return handler.lineno
        if isinstance(ancestor, ast.With):
            for item in ancestor.items:
                call = item.context_expr
                if isinstance(call, ast.Call) and module.resolve(call.func) == "contextlib.suppress":
                    if any(_may_catch(module, argument, errors) for argument in call.args):
                        return ancestor.lineno
        if ancestor is region:
            return None
        child = ancestor
    return None


def _may_catch(module: Module, expression: ast.expr | None, errors: tuple[type[BaseException], ...]) -> bool:
    if expression is None:
        return True
    if isinstance(expression, ast.Tuple):
        return any(_may_catch(module, element, errors) for element in expression.elts)
    if isinstance(module.definition(expression), ast.ClassDef):
        return False  # a class of the project's own is no base of OSError
    name = module.resolve(expression) or ""
    if name.startswith("builtins."):
        known = getattr(builtins, name.removeprefix("builtins."), None)
        return not isinstance(known, type) or any(issubclass(e, known) or issubclass(known, e) for e in errors)
    if name in _OS_ERRORS:
        return OSError in errors
    # an imported class is no base of OSError; a constant may be a tuple
    return not name or name.rpartition(".")[2].isupper()


def may_fail_unseen(module: Module, node: ast.expr, what: str) -> Verdict:
    """Whether nothing waits for a call to fail that is not made any more: no `except` and no `suppress` around it or around what awaits
    the coroutine in which it stands.
    """
    for where, place in module.project.fact(Activations).ways_to(module, node):
        for ancestor, inner in where.around(place):
            if isinstance(ancestor, ast.Try) and ancestor.handlers and inner in ancestor.body:
                line = ancestor.handlers[0].lineno
                return Assumption(Hazard.ERRORS, f"nothing relies on it that {what} fails", where.path, line)
            if isinstance(ancestor, (ast.With, ast.AsyncWith)):
                for item in ancestor.items:
                    if not _raises_out(where, item):
                        return Assumption(
                            Hazard.ERRORS, f"nothing relies on it that {what} fails", where.path, ancestor.lineno
                        )
    return Proof(Hazard.ERRORS, f"nothing waits for {what} to fail")


def _raises_out(module: Module, item: ast.withitem) -> bool:
    """Whether what is raised in a ``with`` is surely raised out of it."""
    manager = item.context_expr
    if not isinstance(manager, ast.Call):
        return False
    known = module.resolve(manager.func) in _RAISING_MANAGERS
    return known or module.project.fact(Facts).library_call(module, manager) is not None
