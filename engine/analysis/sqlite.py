"""Connections of sqlite3 and the like: which function opens one, whether it stays inside one call, and what is done with it.

A connection may be used only by the thread that opened it, its cursors likewise. A function whose connections never leave it can
run in any thread; one that uses a connection that all share cannot.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...knowledge import blocking
from .assignments import default_of
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
SQLITE = frozenset({"sqlite3.connect", "sqlite3.Connection"})
#: Connections of others that work like those: any thread may use one that it has for itself (DB-API, `threadsafety` 1 and 2).
CONNECTS = SQLITE | {"psycopg.Connection.connect", *blocking.CONNECTS}
#: By what a function gives its connection to who has called it.
_GIVES = (ast.Return, ast.Yield)
_ASKED = frozenset("row_factory rowcount lastrowid total_changes description closed autocommit".split())
_DEPTH = 4


def opens(
    resolver: Resolver, module: Module, call: ast.expr | None, depth: int = 0, names: frozenset[str] = SQLITE
) -> bool:
    """Whether an expression opens a connection: ``sqlite3.connect()``, or a function of the project that returns a new one."""
    if not isinstance(call, ast.Call) or depth > _DEPTH:
        return False
    if module.resolve(call.func) in names:
        return True
    meant = resolver.definition(module, call.func)
    where, function = meant or (module, None)
    if not isinstance(function, ast.FunctionDef):
        return False
    answers = resolver.project.fact(_Answers)
    if not answers.connects(resolver, where, function):
        return False
    key = function, depth, names
    if key not in answers.opening:
        answers.opening[key] = _gives_new(resolver, where, function, depth + 1, names)
    return answers.opening[key]


class _Answers:
    """What is known by now of the functions of a project. Answers are cut at a depth, so that each belongs to one."""

    def __init__(self, _: Project) -> None:
        self.opening: dict[tuple[FunctionNode, int, frozenset[str]], bool] = {}
        self.leaving: dict[tuple[FunctionNode, int], list[ast.AST]] = {}
        self._connecting: dict[FunctionNode, bool] = {}

    def connects(self, resolver: Resolver, module: Module, function: FunctionNode) -> bool:
        """Whether a function, or one that it calls, maybe by way of others, connects to a database."""
        if function in self._connecting:
            return self._connecting[function]
        waiting, callers = [(module, function)], dict[FunctionNode, list[FunctionNode]]({function: []})
        connecting: list[FunctionNode] = []
        while waiting:
            where, caller = waiting.pop()
            for call in where.within(caller, ast.Call):
                if where.resolve(call.func) in CONNECTS:
                    connecting.append(caller)
                elif (meant := resolver.definition(where, call.func)) and isinstance(meant[1], ast.FunctionDef):
                    if self._connecting.get(meant[1]):
                        connecting.append(caller)
                    elif meant[1] not in self._connecting:
                        if meant[1] not in callers:
                            callers[meant[1]] = []
                            waiting.append((meant[0], meant[1]))
                        callers[meant[1]].append(caller)
        self._connecting |= dict.fromkeys(callers, False)
        while connecting:
            one = connecting.pop()
            if not self._connecting[one]:
                self._connecting[one] = True
                connecting += callers[one]
        return self._connecting[function]


def _gives_new(
    resolver: Resolver, module: Module, function: ast.FunctionDef, depth: int, names: frozenset[str]
) -> bool:
    """Whether a function gives a connection that it opens to who has called it, and nothing else."""
    leaving = _leaving(resolver, module, function, depth)
    return (
        bool(leaving)
        and all(isinstance(node, _GIVES) for node in leaving)
        and all(node in leaving for node in _given_back(module, function))
        and any(opens(resolver, module, inner, depth, names) for inner in module.within(function, ast.Call))
    )


def _given_back(module: Module, function: FunctionNode) -> Iterator[ast.AST]:
    """The statements and yields by which a function gives something to who has called it."""
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, _GIVES) and node.value is not None and module.function(node) is function:
                if getattr(node.value, "value", ...) is not None:
                    yield node


def escapes(resolver: Resolver, module: Module, function: FunctionNode) -> ast.AST | None:
    """Where a connection or cursor that a function opens leaves it."""
    return next(iter(_leaving(resolver, module, function)), None)


def stays(resolver: Resolver, module: Module, function: FunctionNode) -> bool:
    """Whether connections that a function opens go nowhere, of a plain function besides to who has called it."""
    leaving = _leaving(resolver, module, function)
    return all(isinstance(node, _GIVES) and isinstance(function, ast.FunctionDef) for node in leaving)


def executes(call: ast.Call) -> bool:
    """Whether a call is of a method that runs statements, whatever its owner."""
    return isinstance(call.func, ast.Attribute) and call.func.attr in EXECUTES


def _leaving(resolver: Resolver, module: Module, function: FunctionNode, depth: int = 0) -> list[ast.AST]:
    """The places where a connection or cursor made in a function leaves it."""
    if depth > _DEPTH:
        return [function]
    answers = resolver.project.fact(_Answers)
    if not answers.connects(resolver, module, function):
        return []
    if (function, depth) not in answers.leaving:
        answers.leaving[function, depth] = list(_leaving_with(resolver, module, function, depth, frozenset()))
    return answers.leaving[function, depth]


def _leaving_with(
    resolver: Resolver, module: Module, function: FunctionNode, depth: int, given: frozenset[str]
) -> Iterator[ast.AST]:
    """The places where a connection or cursor made in a function, or given to it by a parameter, leaves it."""
    if depth > _DEPTH:
        yield function
        return
    names = set(given)
    for call in module.within(function, ast.Call):
        if opens(resolver, module, call, depth, CONNECTS):
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
            elif isinstance(parent.ctx, ast.Load) and attr not in _ASKED:
                yield parent
        case (
            ast.Assign(targets=[ast.Name(id=name) as target])
            | ast.AnnAssign(target=ast.Name(id=name) as target)
            | ast.withitem(optional_vars=ast.Name(id=name) as target)
        ):
            names.add(name)
            if module.scope(target).find(name) is not module.names.opened.get(module.function(target)):  # type: ignore[arg-type]
                yield parent
        case ast.withitem(optional_vars=ast.Tuple(elts=[*parts])) if all(isinstance(p, ast.Name) for p in parts):
            names.update(part.id for part in parts if isinstance(part, ast.Name))
        case ast.withitem(optional_vars=None):
            return
        case ast.Tuple() if isinstance(module.parent(parent), _GIVES):
            yield module.parent(parent) or node
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
            leaving = list(_leaving_with(resolver, meant[0], meant[1], depth + 1, frozenset({parameters[index]})))
            if all(isinstance(n, ast.Return) for n in leaving):
                if leaving:
                    yield from _after(resolver, module, call, names, depth)
                return
    yield call


def is_own(
    resolver: Resolver, module: Module, expression: ast.expr, depth: int = 0, names: frozenset[str] = SQLITE
) -> bool:
    """Whether an expression is a connection or cursor that the function around it made or was given, by what the source shows."""
    if depth > 8:
        return False
    if isinstance(expression, ast.Call):
        if opens(resolver, module, expression, names=names):
            return True
        func = expression.func
        if module.resolve(func) == "contextlib.closing" and expression.args:
            return is_own(resolver, module, expression.args[0], depth + 1, names)
        return (
            isinstance(func, ast.Attribute)
            and func.attr in _CURSORS
            and is_own(resolver, module, func.value, depth + 1, names)
        )
    if not isinstance(expression, ast.Name):
        return False
    bindings = module.bindings(expression.id, expression)
    function = module.function(expression)
    if not bindings or function is None or module.scope(expression).find(expression.id) is module.names.root:
        return False
    return all(_binds_own(resolver, module, binding.node, depth, names) for binding in bindings)


def _is_none(module: Module, node: ast.AST) -> bool:
    assigned = module.parent(node)
    return isinstance(assigned, ast.Assign) and getattr(assigned.value, "value", ...) is None


def _binds_own(resolver: Resolver, module: Module, node: ast.AST, depth: int, names: frozenset[str]) -> bool:
    parent = module.parent(node)
    if isinstance(node, ast.arg):
        function = module.parent(parent) if parent is not None else None
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            default = default_of(function, node)
            if default is not None and getattr(default, "value", ...) is not None:
                return False  # what belongs to a module is everybody's
        return node.arg in ("conn", "connection", "con", "db", "cursor", "cur", "c")
    if isinstance(parent, ast.Tuple):
        parent = module.parent(parent)
        return isinstance(parent, ast.withitem) and is_own(resolver, module, parent.context_expr, depth + 1, names)
    if isinstance(parent, ast.withitem):
        return is_own(resolver, module, parent.context_expr, depth + 1, names)
    if _is_none(module, node):
        return True
    return isinstance(parent, ast.Assign) and is_own(resolver, module, parent.value, depth + 1, names)


def given_to(module: Module, function: FunctionNode) -> str | None:
    """The parameter by which a function is given a connection or cursor."""
    for call in module.within(function, ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in _CURSORS
            and isinstance(call.func.value, ast.Name)
        ):
            bindings = module.bindings(call.func.value.id, call.func.value)
            if any(binding.kind == "parameter" for binding in bindings):
                return call.func.value.id
    return None
