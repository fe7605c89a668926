"""Registrations of handlers as the source writes them: one call each, loops of them, and what their callbacks need."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...engine.analysis.literal import NotLiteral, evaluate
from ...engine.analysis.module import Module, ParseError
from ...engine.analysis.scope import FunctionNode
from ...engine.sources.source import SourceError

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


def registration(module: Module, statement: ast.stmt, method: str = "add_handler") -> Registration | str | None:
    """The registration that a statement is; a reason where it is one that cannot be read; None where it is none."""
    match statement:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner, attr=attr)) as call) if attr == method:
            pass
        case _:
            return None
    arguments = {"handler": None, "group": None} if method == "add_handler" else {"handlers": None, "group": None}
    bound = _bind(call, tuple(arguments))
    first = bound.get(next(iter(arguments))) if isinstance(bound, dict) else None
    if method == "add_handlers":
        if not isinstance(first, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return None
        if not isinstance(first, ast.ListComp) and command_handler(module, first.elt):
            return "add_handlers() takes lists and tuples and refuses anything else with a TypeError"
        first = first.elt
    handler = command_handler(module, first) if first is not None else None
    if handler is None:
        return None
    assert isinstance(bound, dict)
    inner = _bind(handler, ("command", "callback", "filters"))
    if isinstance(inner, str):
        return inner
    if "command" not in inner or "callback" not in inner:
        return "its command or callback is not given in the call"
    options = {name: value for name, value in inner.items() if name not in ("command", "callback")}
    return Registration(
        statement, call, owner, handler, inner["command"], inner["callback"], bound.get("group"), options
    )


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


def target_names(target: ast.expr) -> list[str]:
    """The names that a loop target binds."""
    return [node.id for node in ast.walk(target) if isinstance(node, ast.Name)]


def rows(
    module: Module, loops: Sequence[Loop], temporaries: Sequence[tuple[str, ast.expr]]
) -> Iterator[dict[str, Any]]:
    """The values of all loop variables and temporaries, for each pass through the innermost body, in order.

    Raises:
        NotLiteral: they are known only when the bot runs, or there are more than `MOST`.
    """
    count = itertools.count(1)

    def descend(depth: int, names: dict[str, Any]) -> Iterator[dict[str, Any]]:
        if depth == len(loops):
            if next(count) > MOST:
                raise NotLiteral(f"there are more than {MOST:,} of them")
            for name, expression in temporaries:
                names = {**names, name: evaluate(module, expression, names)}
            yield names
            return
        loop = loops[depth]
        for item in evaluate(module, loop.iterable, names):
            inner = {**names, **_destructured(loop.target, item)}
            yield from descend(depth + 1, inner)

    yield from descend(0, {})


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


def handlers_are_read(module: Module) -> str | None:
    """Whether some file of the project looks at the registered handlers, so that their number and names matter."""
    for path in module.project.files:
        try:
            source = module.project.source(path)
            if source is None or not any(
                word in source.data for word in (b"remove_handler", b".handlers", b".commands")
            ):
                continue
            other = module.project.module(path)
        except (ParseError, SourceError):
            continue
        for node in other.all(ast.Attribute):
            base = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            reads = node.attr == "remove_handler" or (node.attr == "handlers" and base in _APPLICATIONS)
            if reads or (node.attr == "commands" and base in ("handler", "h")):
                return f"{path.name} uses {other.segment(node)} in line {node.lineno}, so the single handlers matter"
    return None


_APPLICATIONS = ("app", "application", "dispatcher", "dp", "updater", "self")


# What a callback does with its context


def needs_arguments(module: Module, callback: ast.expr) -> str | None:
    """Why a callback may need `context.args`, which only a CommandHandler sets; None where it certainly does not."""
    found = definition_of(module, callback)
    if found is None:
        return "the callback is not found in the project, so it may read context.args"
    home, function = found
    if not isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return "the callback is no function, so it may read context.args"
    if function.decorator_list:
        return "the callback is decorated, so the decorator may read context.args"
    return _reads_arguments(home, function, _context_index(function), set())


def definition_of(module: Module, callback: ast.expr) -> tuple[Module, ast.AST] | None:
    """The function or class of the project that an expression names, with the module it stands in."""
    found = module.definition(callback)
    if found is not None:
        return module, found
    if isinstance(callback, ast.Attribute) and isinstance(callback.value, ast.Name) and callback.value.id == "self":
        return _method(module, callback)
    qualified = module.resolve(callback)
    return _imported(module, qualified) if qualified else None


def _method(module: Module, callback: ast.Attribute) -> tuple[Module, ast.AST] | None:
    for ancestor in module.ancestors(callback):
        if isinstance(ancestor, ast.ClassDef):
            if _has_subclass(module, ancestor.name):
                return None  # which may bring a method of its own
            for member in ancestor.body:
                if isinstance(member, (ast.FunctionDef, ast.AsyncFunctionDef)) and member.name == callback.attr:
                    return module, member
            return None
    return None


def _has_subclass(module: Module, name: str) -> bool:
    derived = re.compile(rf"\bclass\s+\w+\s*\([^)]*\b{re.escape(name)}\b")
    return bool(derived.search(module.text)) or any(derived.search(s.text) for s in module.project.others(module.path))


def _imported(module: Module, qualified: str) -> tuple[Module, ast.AST] | None:
    """A function of another file of the project, by the last two parts of its dotted name."""
    holder, _, name = qualified.rpartition(".")
    stem = holder.rpartition(".")[2]
    matches = []
    for path in module.project.files:
        if path.stem == stem and path != module.path:
            try:
                other = module.project.module(path)
            except (ParseError, SourceError):
                return None
            bound = other.names.root.bindings.get(name, [])
            if len(bound) == 1 and bound[0].kind == "def":
                matches.append((other, bound[0].node))
    return matches[0] if len(matches) == 1 else None


def _context_index(function: FunctionNode) -> int:
    """The position of the context among the parameters of ``callback(update, context)``, a method's `self` counted."""
    first = [a.arg for a in (*function.args.posonlyargs, *function.args.args)][:1]
    return 2 if first in (["self"], ["cls"]) else 1


def _reads_arguments(module: Module, function: FunctionNode, index: int, seen: set[ast.AST]) -> str | None:
    """Why `function` may read ``.args`` of its parameter number `index`."""
    if function in seen:
        return None
    seen.add(function)
    parameters = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    if len(parameters) <= index or function.args.vararg:
        return f"{function.name}() does not take its context as a plain parameter"
    context = parameters[index]
    for use in module.uses(context, module.names.opened[function]):
        parent = module.parent(use)
        if isinstance(parent, ast.Attribute):
            if parent.attr in ("args", "match", "matches", "__dict__"):
                return f"{function.name}() reads {context}.{parent.attr}"
            continue
        if isinstance(parent, ast.Call) and use in parent.args:
            position = parent.args.index(use)
            found = definition_of(module, parent.func)
            if found and isinstance(found[1], (ast.FunctionDef, ast.AsyncFunctionDef)) and not found[1].decorator_list:
                shift = _context_index(found[1]) - 1
                if reason := _reads_arguments(found[0], found[1], position + shift, seen):
                    return reason
                continue
        return f"{function.name}() hands {context} on in line {use.lineno}, where {context}.args may be read"
    return None
