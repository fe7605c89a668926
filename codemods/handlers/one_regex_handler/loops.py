"""Loops and comprehensions that register command handlers, and what may be said of them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ....engine.analysis.module import Module
from ....engine.analysis.scope import COMPREHENSIONS, Binding, Scope
from ....engine.model import Assumption
from ....engine.proofs import callers
from ..registrations import (
    Condition,
    Loop,
    Registration,
    Step,
    Temporary,
    bound_names,
    command_handler,
    is_constant,
    mentions,
    registration,
    target_names,
    unrolled,
)

#: Why a table of commands and their callbacks stays one.
_TABLE = "each command has a callback of its own; commands that share one can be given to CommandHandler as a list"


@dataclass(frozen=True, slots=True)
class Nest:
    """The loops around one registration and the temporaries between them, in the order in which they run."""

    steps: tuple[Step, ...]
    registration: Registration | None = None
    reason: str | None = None

    @classmethod
    def of_loop(cls, module: Module, node: ast.For) -> Nest | None:
        """The outermost loop of a nest; None where it registers no command handlers or is an inner one."""
        if not any(registers(module, child) for statement in node.body for child in here(statement)):
            return None
        outer = module.parent(node)
        if isinstance(outer, ast.For) and node in outer.body:
            return None
        walked = unrolled(node)
        if isinstance(walked, str):
            return cls((), reason=walked or _what_else(module, node))
        steps, last = walked
        found = registration(module, last)
        if found is None and isinstance(found := _of_variable(module, steps, last), Registration):
            steps = steps[:-1]  # the variable
        if not isinstance(found, Registration):
            return cls((), reason=found or _what_else(module, node))
        return cls(steps, found)

    @classmethod
    def of_comprehension(cls, module: Module, statement: ast.stmt) -> Nest | None:
        """A comprehension of command handlers that is handed to `add_handlers`."""
        found = registration(module, statement, "add_handlers")
        if found is None:
            return None
        if isinstance(found, str):
            return cls((), reason=found)
        comprehension = next(a for a in module.ancestors(found.handler) if isinstance(a, ast.ListComp))
        steps = tuple(Loop(g.target, g.iter, tuple(g.ifs)) for g in comprehension.generators)
        return cls(steps, found)

    @property
    def names(self) -> set[str]:
        """All names that differ from pass to pass."""
        return bound_names(self.steps)

    def refusal(self, module: Module) -> str | None:
        """Why the registrations cannot be one: something differs from pass to pass, or cannot be moved."""
        found = self.registration
        assert found is not None
        names = self.names
        if mentions(found.command, names) is None:
            return "the command does not depend on the loop, so the loop is there for something else (a retry?)"
        if mentions(found.owner, names):
            return "the handlers go to different applications"
        if any(isinstance(node, ast.Call) for node in ast.walk(found.owner)):
            return "the application is looked up anew in each pass"
        if varies := mentions(found.callback, names):
            closure = not isinstance(found.callback, (ast.Name, ast.Attribute))
            return f"the callback depends on {varies}" if closure else _TABLE
        if not isinstance(found.callback, (ast.Name, ast.Attribute)):
            return "the callback is made anew in each pass"
        if found.group is not None and (mentions(found.group, names) or not is_constant(module, found.group)):
            return "the group differs from command to command, and a command may have handlers in several groups"
        for option, value in found.options.items():
            if mentions(value, names) or not is_constant(module, value):
                return f"{option}= differs from command to command"
        if module.scope(found.statement).kind == "class":
            return "it stands in a class body, whose names a comprehension cannot see"
        if any(
            isinstance(n, (ast.Await, ast.Yield, ast.YieldFrom, ast.NamedExpr))
            for step in self.steps
            if isinstance(step, Temporary)
            for n in ast.walk(step.value)
        ):
            return "the loop awaits or yields"
        return None

    def comprehension(self, module: Module, found: Registration) -> str:
        """The names as a list comprehension, spelled with the source's own expressions."""
        element = module.segment(found.command)
        steps = list(self.steps)
        while isinstance(last := steps[-1], Temporary):
            value = module.segment(last.value)
            inlined = _with(element, last.name, value, last.value)
            if inlined is None:
                break
            element = inlined
            steps.pop()
        match steps:
            case [Loop(ast.Name(id=name), ast.List(elts=items) | ast.Tuple(elts=items), ())] if name == element:
                return f"[{', '.join(module.segment(item) for item in items)}]"
        return f"[{element} {' '.join(_clause(module, step) for step in steps)}]"


_Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp


def _of_variable(module: Module, steps: Sequence[Step], last: ast.stmt) -> Registration | str | None:
    """The registration of a handler that the statement before has put into a variable, and nothing else uses."""
    match steps, last:
        case [*_, Temporary(name, value)], ast.Expr(value=ast.Call(args=[ast.Name(id=used) as use, *_])) if (
            used == name
        ):
            if command_handler(module, value) is None:
                return None
            scope = module.scope(use).find(name)
            if scope is None or module.uses(name, scope) != [use] or len(scope.bindings[name]) > 1:
                return f"{name} is used besides"
            if scope.kind == "module" and isinstance(callers.not_taken(module, name), Assumption):
                return f"{name} may be used by another file"
            return registration(module, last, handler=value)
    return None


def _clause(module: Module, step: Step) -> str:
    if isinstance(step, Condition):
        return f"if {module.segment(step.test)}"
    if isinstance(step, Temporary):
        return f"for {step.name} in [{module.segment(step.value)}]"
    conditions = "".join(f" if {module.segment(condition)}" for condition in step.conditions)
    return f"for {module.segment(step.target)} in {module.segment(step.iterable)}{conditions}"


def _with(text: str, name: str, value: str, node: ast.expr) -> str | None:
    """An expression with `value` in the place of the one use of `name`; None where it has several, or one in another scope or
    in a formatted string, where quotes might clash.
    """
    if text == name:
        return value
    if "\n" in text or "\n" in value or not text.isascii():
        return None
    tree = ast.parse(text, mode="eval")
    if any(isinstance(part, (*COMPREHENSIONS, ast.Lambda, ast.JoinedStr)) for part in ast.walk(tree)):
        return None
    uses = [part for part in ast.walk(tree) if isinstance(part, ast.Name) and part.id == name]
    if len(uses) != 1:
        return None
    start, end = uses[0].col_offset, uses[0].end_col_offset
    closed = isinstance(node, (ast.Name, ast.Call, ast.Attribute, ast.Subscript))
    return f"{text[:start]}{value if closed else f'({value})'}{text[end:]}"


def kept_variables(module: Module, node: ast.stmt, names: set[str], last: dict[str, Any]) -> list[str] | None:
    """Assignments of the loop's variables, as it leaves them, for those that are read after it; None where they cannot be
    written.
    """
    if not isinstance(node, ast.For):
        return []  # a comprehension's variables are its own
    kept = []
    for name in sorted(names):
        if _is_read_outside(module, node, name):
            if not isinstance(last.get(name), (int, str)) or any(isinstance(part, ast.If) for part in ast.walk(node)):
                return None  # with a condition the last pass may be one that registers nothing
            kept.append(f"{name} = {last[name]!r}")
    return kept


def _is_read_outside(module: Module, node: ast.stmt, name: str) -> bool:
    start, end = module.span(node)
    home = module.scope(node).find(name)
    if home is None:
        return False
    outside = [use for use in module.uses(name, home) if not start <= module.start(use) < end]
    bound = [b for b in home.bindings[name] if not start <= module.start(b.node) < end]
    if not bound:
        return bool(outside) or (home.kind == "module" and isinstance(callers.not_taken(module, name), Assumption))
    if any(_runs_later(module, use, home) for use in outside):
        return True
    return any(module.start(u) >= end or module.scope(u) is not home for u in outside) and not _bound_again(
        module, bound, end, outside
    )


def _runs_later(module: Module, use: ast.Name, home: Scope) -> bool:
    """Whether `use` stands in a function or lambda within `home`, so that its place in the file says nothing of when it runs."""
    scope: Scope | None = module.scope(use)
    while scope is not None and scope is not home:
        if scope.kind in ("function", "lambda"):
            return True
        scope = scope.parent
    return False


def _bound_again(module: Module, bindings: list[Binding], end: int, uses: list[ast.Name]) -> bool:
    """Whether each use behind the loop has a binding in front of it that stands behind the loop as well."""
    starts = [module.start(b.node) for b in bindings if module.start(b.node) >= end]
    return all(any(start <= module.start(use) for start in starts) for use in uses if module.start(use) >= end)


def registers(module: Module, node: ast.AST) -> bool:
    """Whether a node registers a command handler."""
    match node:
        case ast.Call(func=ast.Attribute(attr="add_handler"), args=[ast.Name(id=name) as variable, *_]):
            bound = [module.parent(binding.node) for binding in module.bindings(name, variable)]
            made = [parent.value for parent in bound if isinstance(parent, ast.Assign)]
            return bool(made) and all(command_handler(module, value) for value in made)
        case ast.Call(func=ast.Attribute(attr="add_handler"), args=[first, *_]):
            return command_handler(module, first) is not None
        case ast.Call(func=ast.Attribute(attr="add_handler"), keywords=keywords):
            return any(k.arg == "handler" and command_handler(module, k.value) for k in keywords)
    return False


def here(statement: ast.stmt) -> Iterator[ast.AST]:
    """The nodes of a statement, nested functions left out."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        yield node
        stack.extend(ast.iter_child_nodes(node))


def _what_else(module: Module, loop: ast.For) -> str:
    names = set(target_names(loop.target))
    registered = [n for s in loop.body for n in here(s) if registers(module, n)]
    if not any(mentions(node, names) for node in registered):
        return "the registration does not depend on the loop, so the loop is there for something else (a retry?)"
    return "the loop does more than register one handler for each command"


def kept_elsewhere(module: Module, comprehension: _Comprehension | ast.DictComp) -> str | None:
    """Why a list of command handlers that is not handed to `add_handlers` right away is left alone; None for other lists."""
    kept = comprehension.value if isinstance(comprehension, ast.DictComp) else comprehension.elt
    if command_handler(module, kept) is None:
        return None
    parent = module.parent(comprehension)
    if isinstance(parent, ast.Call) and isinstance(parent.func, ast.Attribute) and parent.func.attr == "add_handlers":
        return None
    return kept_in(module, comprehension)


def kept_in(module: Module, node: ast.AST) -> str:
    """Why command handlers that are kept are left alone."""
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.Call) and (module.resolve(ancestor.func) or "").endswith("ext.ConversationHandler"):
            return "the handlers are members of a ConversationHandler, whose states are told apart by them"
    return "the handlers are kept in a list that may be used for more than registering them"
