"""Connections of sqlite3: which function opens one, whether it stays inside one call, and what is done with it.

A connection may be used only by the thread that opened it, its cursors likewise. A function whose connections never leave it can
run in any thread; one that uses a connection that all share cannot.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .module import Module, Project
from .resolver import Resolver
from .scope import FunctionNode

#: Methods that give something which belongs to the connection.
_CURSORS = frozenset({"cursor", "execute", "executemany", "executescript", "iterdump", "backup", "blobopen"})
EXECUTES = frozenset({"execute", "executemany", "executescript"})
#: What takes all rows out of a cursor before it returns.
_DRAINS = frozenset(
    f"builtins.{name}" for name in "list tuple dict set len sum any all min max sorted next bool print".split()
)
_DEPTH = 4


@dataclass(frozen=True)
class Shared:
    """A connection, or a cursor of one, that does not belong to a single call."""

    #: As the source names it.
    name: str
    #: Where it is opened.
    line: int
    #: Whether it was opened with ``check_same_thread=False``.
    unchecked: bool


def cannot_move(shared: Shared) -> str:
    """Why what uses a shared connection cannot move to a thread, as a clause that begins with its name."""
    if shared.unchecked:
        return (
            f"{shared.name} is a connection that all handlers share (opened in line {shared.line} with check_same_thread=False): while "
            "one waited, another could write and commit in the middle of its transaction"
        )
    return (
        f"{shared.name} is a connection that belongs to the thread that opened it (line {shared.line}): in another one it raises "
        "sqlite3.ProgrammingError"
    )


def opens(resolver: Resolver, module: Module, call: ast.expr | None, depth: int = 0) -> bool:
    """Whether an expression opens a connection: ``sqlite3.connect()``, or a function of the project that returns a new one."""
    if not isinstance(call, ast.Call) or depth > _DEPTH:
        return False
    name = module.resolve(call.func)
    if name in ("sqlite3.connect", "sqlite3.Connection"):
        return True
    meant = resolver.definition(module, call.func)
    where, function = meant or (module, None)
    if not isinstance(function, ast.FunctionDef):
        return False
    leaving = list(_leaving(resolver, where, function, depth + 1))
    return (
        bool(leaving)
        and all(isinstance(node, (ast.Return, ast.Yield)) for node in leaving)
        and _holds_any(resolver, where, function, depth + 1)
    )


def escapes(resolver: Resolver, module: Module, function: FunctionNode) -> ast.AST | None:
    """Where a connection or cursor that a function opens leaves it."""
    return next(_leaving(resolver, module, function), None)


def _holds_any(resolver: Resolver, module: Module, function: FunctionNode, depth: int) -> bool:
    return any(opens(resolver, module, call, depth) for call in calls_of(module, function))


def executes(call: ast.Call) -> bool:
    """Whether a call is of a method that runs statements, whatever its owner."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in EXECUTES


def calls_of(module: Module, function: FunctionNode) -> Iterator[ast.Call]:
    """The calls of a function's own code."""
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and module.function(node) is function:
                yield node


def _leaving(
    resolver: Resolver, module: Module, function: FunctionNode, depth: int = 0, given: frozenset[str] = frozenset()
) -> Iterator[ast.AST]:
    """The places where a connection or cursor made in a function, or given to it by a parameter, leaves it."""
    if depth > _DEPTH:
        yield function
        return
    names = set(given)
    for call in calls_of(module, function):
        if opens(resolver, module, call, depth):
            yield from _after(resolver, module, call, names, depth)
    done: set[str] = set()
    while names - done:
        name = sorted(names - done)[0]
        done.add(name)
        scope = module.names.opened.get(function)
        for use in module.uses(name, scope) if scope and name in scope.bindings else ():
            if module.function(use) is not function:
                yield use
            else:
                yield from _after(resolver, module, use, names, depth)


def _after(resolver: Resolver, module: Module, node: ast.expr, names: set[str], depth: int) -> Iterator[ast.AST]:
    """What becomes of a connection or cursor: places where it leaves, while names that hold it are added to `names`."""
    parent = module.parent(node)
    match parent:
        case ast.Attribute(value=value, attr=attr) if value is node:
            call = module.parent(parent)
            if isinstance(call, ast.Call) and call.func is parent:
                if attr in _CURSORS:
                    yield from _after(resolver, module, call, names, depth)
            elif isinstance(parent.ctx, ast.Load) and attr not in (
                "row_factory",
                "rowcount",
                "lastrowid",
                "total_changes",
            ):
                yield parent
        case (
            ast.Assign(targets=[ast.Name(id=name) as target])
            | ast.AnnAssign(target=ast.Name(id=name) as target)
            | ast.withitem(optional_vars=ast.Name(id=name) as target)
        ):
            names.add(name)
            if module.scope(target).find(name) is not module.names.opened.get(module.function(target)):  # type: ignore[arg-type]
                yield parent
        case ast.withitem(optional_vars=None):
            return
        case ast.Call(func=func) if func is not node:
            yield from _handed(resolver, module, parent, node, names, depth)
        case ast.For() | ast.comprehension() if parent.iter is node:
            if isinstance(module.parent(parent), ast.GeneratorExp):
                yield parent
        case ast.Expr() | ast.Compare() | ast.If() | ast.UnaryOp(op=ast.Not()):
            return
        case _:
            yield parent or node


def _handed(
    resolver: Resolver, module: Module, call: ast.Call, node: ast.expr, names: set[str], depth: int
) -> Iterator[ast.AST]:
    name = module.resolve(call.func)
    if name in _DRAINS:
        return
    if name == "contextlib.closing":
        yield from _after(resolver, module, call, names, depth)
        return
    meant = resolver.definition(module, call.func)
    if meant is not None and isinstance(meant[1], ast.FunctionDef) and node in call.args:
        parameters = [a.arg for a in (*meant[1].args.posonlyargs, *meant[1].args.args)]
        index = call.args.index(node)
        if index < len(parameters) and isinstance(call.func, ast.Name):
            leaving = list(_leaving(resolver, meant[0], meant[1], depth + 1, frozenset({parameters[index]})))
            if all(isinstance(n, ast.Return) for n in leaving):
                if leaving:
                    yield from _after(resolver, module, call, names, depth)
                return
    yield call


def is_own(resolver: Resolver, module: Module, expression: ast.expr, depth: int = 0) -> bool:
    """Whether an expression is a connection or cursor that the function around it made or was given, by what the source shows."""
    if depth > 8:
        return False
    if isinstance(expression, ast.Call):
        if opens(resolver, module, expression):
            return True
        func = expression.func
        if module.resolve(func) == "contextlib.closing" and expression.args:
            return is_own(resolver, module, expression.args[0], depth + 1)
        return (
            isinstance(func, ast.Attribute)
            and func.attr in _CURSORS
            and is_own(resolver, module, func.value, depth + 1)
        )
    if not isinstance(expression, ast.Name):
        return False
    bindings = module.bindings(expression.id, expression)
    function = module.function(expression)
    if not bindings or function is None or module.scope(expression).find(expression.id) is module.names.root:
        return False
    return all(_binds_own(resolver, module, binding.node, function, depth) for binding in bindings)


def _binds_own(resolver: Resolver, module: Module, node: ast.AST, function: FunctionNode, depth: int) -> bool:
    parent = module.parent(node)
    if isinstance(node, ast.arg):
        return node.arg in ("conn", "connection", "con", "db", "cursor", "cur", "c")
    if isinstance(parent, ast.withitem):
        return is_own(resolver, module, parent.context_expr, depth + 1)
    return isinstance(parent, ast.Assign) and is_own(resolver, module, parent.value, depth + 1)


def given_to(module: Module, function: FunctionNode) -> str | None:
    """The parameter by which a function is given a connection or cursor."""
    for call in calls_of(module, function):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _CURSORS
            and isinstance(call.func.value, ast.Name)
        ):
            bindings = module.bindings(call.func.value.id, call.func.value)
            if any(binding.kind == "parameter" for binding in bindings):
                return call.func.value.id
    return None


def shared_in(resolver: Resolver, module: Module, function: FunctionNode) -> Shared | None:
    """The connection or cursor of the module or of an object that a function uses."""
    return resolver.project.fact(_GlobalNames).shared_in(resolver, module, function)


class _GlobalNames:
    """What the global names of a project's modules stand for: a name that stands in many places is asked about once."""

    def __init__(self, _: Project) -> None:
        self._known: dict[tuple[Module, str], Shared | None] = {}
        self._functions: dict[FunctionNode, Shared | None] = {}

    def shared_in(self, resolver: Resolver, module: Module, function: FunctionNode) -> Shared | None:
        """See the function of this name."""
        if function not in self._functions:
            parts = (*function.body, *function.args.defaults, *(d for d in function.args.kw_defaults if d))
            nodes = (node for part in parts for node in ast.walk(part) if isinstance(node, (ast.Name, ast.Attribute)))
            shared = (self.shared_by(resolver, module, node) for node in nodes if isinstance(node.ctx, ast.Load))
            self._functions[function] = next(filter(None, shared), None)
        return self._functions[function]

    def shared_by(self, resolver: Resolver, module: Module, node: ast.Name | ast.Attribute) -> Shared | None:
        """See the function of this name."""
        if not isinstance(node, ast.Name):
            return shared_by(resolver, module, node)
        if module.scope(node).find(node.id) not in (None, module.names.root):
            return None
        key = module, node.id
        if key not in self._known:
            self._known[key] = shared_by(resolver, module, node)
        return self._known[key]


def shared_by(resolver: Resolver, module: Module, node: ast.Name | ast.Attribute, depth: int = 0) -> Shared | None:
    """The connection that outlives its function and that a name or attribute stands for."""
    where, value = module, None
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"):
        value = _stored(module, node)
    elif isinstance(node, ast.Name) or module.resolve(node):
        if isinstance(node, ast.Name) and module.scope(node).find(node.id) not in (None, module.names.root):
            return None
        found = resolver.symbol(module, node)
        bindings = found[0].names.root.bindings.get(found[1], []) if found else []
        parent = found[0].parent(bindings[0].node) if found and bindings else None
        if found and isinstance(parent, ast.Assign):
            where, value = found[0], parent.value
    if not isinstance(value, ast.Call) or depth > 3:
        return None
    if opens(resolver, where, value):
        unchecked = any(
            k.arg == "check_same_thread" and isinstance(k.value, ast.Constant) and not k.value.value
            for k in value.keywords
        )
        return Shared(module.segment(node), value.lineno, unchecked)
    func = value.func
    if not (isinstance(func, ast.Attribute) and func.attr == "cursor"):
        return None
    if opens(resolver, where, func.value):
        return Shared(module.segment(node), value.lineno, False)
    inner = (
        shared_by(resolver, where, func.value, depth + 1) if isinstance(func.value, (ast.Name, ast.Attribute)) else None
    )
    return Shared(module.segment(node), inner.line, inner.unchecked) if inner else None


def _stored(module: Module, node: ast.Attribute) -> ast.expr | None:
    """What the class around `node` assigns to the attribute."""
    around = next((a for a in module.ancestors(node) if isinstance(a, ast.ClassDef)), None)
    for other in module.attributes(node.attr):
        if isinstance(other.ctx, ast.Store) and around and around in module.ancestors(other):
            parent = module.parent(other)
            if isinstance(parent, ast.Assign) and not isinstance(parent.value, ast.Constant):
                return parent.value
    return None
