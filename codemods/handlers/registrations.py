"""Registrations of handlers as the source writes them: one call each, loops of them, and what their callbacks need."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...engine.analysis.literal import NotLiteral, evaluate
from ...engine.analysis.module import Module
from ...engine.analysis.resolver import Resolver

#: More registrations than this are not worked out.
MOST = 100_000
_COMMAND_HANDLER = (
    "telegram.ext.CommandHandler",
    "telegram.ext.commandhandler.CommandHandler",
    "telegram.ext._handlers.commandhandler.CommandHandler",
)


@dataclass(frozen=True, slots=True)
class Registration:
    """``owner.add_handler(CommandHandler(command, callback, …), group)``, or a comprehension of them in
    ``add_handlers``.
    """

    statement: ast.stmt
    call: ast.Call
    owner: ast.expr
    handler: ast.Call
    command: ast.expr
    callback: ast.expr
    group: ast.expr | None
    #: The handler's further arguments by the parameter they belong to.
    options: dict[str, ast.expr] = field(default_factory=dict)


def command_handler(module: Module, node: ast.AST) -> ast.Call | None:
    """The node, if it is a call of python-telegram-bot's CommandHandler."""
    if isinstance(node, ast.Call) and module.resolve(node.func) in _COMMAND_HANDLER:
        return node
    return None


def registration(
    module: Module,
    statement: ast.stmt,
    method: str = "add_handler",
    *,
    handler: ast.expr | None = None,
) -> Registration | str | None:
    """The registration that a statement is; a reason where it is one that cannot be read; None where it is none.

    `handler` is what stands behind the variable that is registered.
    """
    match getattr(statement, "value", None):
        case ast.Call(func=ast.Attribute(value=owner, attr=attr)) as call if attr == method:
            pass
        case _:
            return None
    arguments = {"handler": None, "group": None} if method == "add_handler" else {"handlers": None, "group": None}
    bound = _bind(call, tuple(arguments))
    first = handler or (bound.get(next(iter(arguments))) if isinstance(bound, dict) else None)
    if method == "add_handlers":
        if not isinstance(first, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return None
        if not isinstance(first, ast.ListComp) and command_handler(module, first.elt):
            return "add_handlers() takes lists and tuples and refuses anything else with a TypeError"
        first = first.elt
    made = command_handler(module, first) if first is not None else None
    if made is None:
        return None
    assert isinstance(bound, dict)
    inner = _bind(made, ("command", "callback", "filters"))
    if isinstance(inner, str):
        return inner
    if "command" not in inner or "callback" not in inner:
        return "its command or callback is not given in the call"
    options = {name: value for name, value in inner.items() if name not in ("command", "callback")}
    return Registration(statement, call, owner, made, inner["command"], inner["callback"], bound.get("group"), options)


def _bind(call: ast.Call, positional: Sequence[str]) -> dict[str, ast.expr] | str:
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return "its arguments are unpacked with * or **, so they cannot be read from the source"
    if len(call.args) > len(positional):
        return "it is called with more positional arguments than are known"
    return {**dict(zip(positional, call.args, strict=False)), **{str(k.arg): k.value for k in call.keywords}}


@dataclass(frozen=True, slots=True)
class Loop:
    """One ``for`` around registrations, or one generator of a comprehension."""

    target: ast.expr
    iterable: ast.expr
    conditions: tuple[ast.expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """``if test:`` around a registration in a loop."""

    test: ast.expr


@dataclass(frozen=True, slots=True)
class Temporary:
    """``name = value`` between a loop and the registration in it."""

    name: str
    value: ast.expr


Step = Loop | Condition | Temporary


def unrolled(loop: ast.For) -> tuple[tuple[Step, ...], ast.stmt] | str:
    """The nested loops and temporaries around the innermost statement, and that statement; a reason where there is more in them
    ("" without one of its own).
    """
    steps: list[Step] = []
    current: ast.stmt = loop
    while isinstance(current, (ast.For, ast.If)):
        if current.orelse:
            return "the loop has an else"
        steps.append(Condition(current.test) if isinstance(current, ast.If) else Loop(current.target, current.iter))
        *before, current = current.body
        for statement in before:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    steps.append(Temporary(name, value))
                case _:
                    return ""
    return tuple(steps), current


def bound_names(steps: Sequence[Step]) -> set[str]:
    """All names that loops and temporaries bind."""
    names = {step.name for step in steps if isinstance(step, Temporary)}
    return names.union(*(target_names(step.target) for step in steps if isinstance(step, Loop)))


def target_names(target: ast.expr) -> list[str]:
    """The names that a loop target binds."""
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def rows(module: Module, steps: Sequence[Step]) -> Iterator[dict[str, Any]]:
    """The values of all loop variables and temporaries, for each pass through the innermost body, in order.

    Raises:
        NotLiteral: they are known only when the bot runs, or there are more than `MOST`.
    """
    count = itertools.count(1)

    def descend(depth: int, names: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if depth == len(steps):
            if next(count) > MOST:
                raise NotLiteral(f"there are more than {MOST:,} of them")
            yield names
            return
        step = steps[depth]
        if isinstance(step, Temporary):
            yield from descend(depth + 1, {**names, step.name: evaluate(module, step.value, names)})
            return
        if isinstance(step, Condition):
            if evaluate(module, step.test, names):
                yield from descend(depth + 1, names)
            return
        for item in evaluate(module, step.iterable, names):
            inner = {**names, **_destructured(step.target, item)}
            if all(evaluate(module, condition, inner) for condition in step.conditions):
                yield from descend(depth + 1, inner)

    yield from descend(0, {})


def is_accepted(word: str) -> bool:
    """Whether python-telegram-bot takes a name for a command: it raises a ValueError for any other."""
    return re.fullmatch(r"[\da-z_]{1,32}", word.lower()) is not None


def _destructured(target: ast.expr, value: Any) -> dict[str, Any]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    if (
        isinstance(target, (ast.Tuple, ast.List))
        and isinstance(value, (tuple, list))
        and len(target.elts) == len(value)
    ):
        names: dict[str, Any] = {}
        for part, item in zip(target.elts, value, strict=True):
            names |= _destructured(part, item)
        return names
    raise NotLiteral("its loop variables cannot be told apart")


def mentions(node: ast.AST, names: set[str]) -> str | None:
    """The first of `names` that an expression reads."""
    for child in ast.walk(node):
        if isinstance(child, ast.Name) and child.id in names:
            return child.id
    return None


def is_made_anew(module: Module, callback: ast.expr) -> bool:
    """Whether a callback is what a property gives, which may be another function each time."""
    meant = module.project.fact(Resolver).definition(module, callback)
    decorators = getattr(meant[1], "decorator_list", ()) if meant else ()
    return meant is not None and any(meant[0].resolve(one) == "builtins.property" for one in decorators)


def is_constant(module: Module, node: ast.expr) -> bool:
    """Whether an expression gives the same object, or an equal filter, each time it is evaluated within a loop."""
    for child in ast.walk(node):
        if isinstance(child, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr, ast.Lambda)):
            return False
        if isinstance(child, ast.Call):
            called = module.resolve(child.func) or ""
            if not called.startswith(("telegram.ext.filters.", "telegram.ext.Filters.", "builtins.")):
                return False
    return True
