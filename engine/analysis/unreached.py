"""What a call of a function surely does not reach: branches that the constants it is given, or the defaults, rule out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from .assignments import given_for
from .module import Module
from .scope import FunctionNode

_ENDS = (ast.Return, ast.Raise)
#: By these a program gives a function other defaults.
_CHANGED_DEFAULTS = (b"__defaults__", b"__kwdefaults__")


class ByCall(NamedTuple):
    """What is known of a function from one call of it."""

    #: The nodes that are not evaluated.
    unreached: frozenset[ast.AST] = frozenset()
    #: The names in it that stand for constants, and what is only made of them.
    constants: frozenset[ast.AST] = frozenset()


NOTHING = ByCall()


def by_call(call: ast.AST | None, module: Module, function: FunctionNode) -> ByCall:
    """What is known of a `function` of `module` when `call` runs it."""
    a = function.args
    if not isinstance(call, ast.Call) or a.vararg is not None or function.decorator_list:
        return NOTHING
    if isinstance(module.parent(function), ast.ClassDef):
        return NOTHING  # an object may have another method of the name
    if any(map(module.project.contains, _CHANGED_DEFAULTS)):
        return NOTHING
    scope = module.names.opened[function]
    known: dict[ast.AST, ast.expr] = {}
    for argument in (*a.args, *a.kwonlyargs):
        value, name = given_for(call, function, argument, bound=False), argument.arg
        if not isinstance(value, (ast.Constant, ast.JoinedStr)):
            continue
        others = [binding.node for binding in scope.bindings[name] if binding.node is not argument]
        if any(module.function(node) is not function or next(module.loops(node), None) for node in others):
            continue
        bound_again = min(map(module.start, others), default=None)
        for use in module.uses(name, scope):
            if isinstance(use.ctx, ast.Load) and (bound_again is None or _is_before(module, use, bound_again)):
                known[use] = value
    if not known:
        return NOTHING
    lengths = {one for one in module.within(function, ast.Call) if module.resolve(one.func) == "builtins.len"}
    constants = set(known)
    for constant in known:
        around = module.parent(constant)
        while around is not None and _is_made_of(around, constants, lengths):
            constants.add(around)
            around = module.parent(around)
    dead = _Dead(known, lengths)
    dead.body(function.body)
    return ByCall(frozenset(dead.nodes), frozenset(constants))


def _is_made_of(node: ast.AST, constants: set[ast.AST], lengths: set[ast.Call]) -> bool:
    match node:
        case ast.Call(args=[part]) if node in lengths:
            return part in constants
        case ast.UnaryOp(operand=part):
            return part in constants
        case ast.Compare(left=left, comparators=others):
            return all(part in constants or isinstance(part, ast.Constant) for part in (left, *others))
        case ast.BoolOp(values=values):
            return all(part in constants or isinstance(part, ast.Constant) for part in values)
    return False


def _is_before(module: Module, use: ast.AST, place: int) -> bool:
    """Whether a name is read before its variable is bound at `place`, at the latest for the value that is bound there."""
    if module.start(use) < place:
        return True
    around = next((a for a in module.ancestors(use) if isinstance(a, ast.stmt)), None)
    return isinstance(around, ast.Assign) and module.start(around) == place


class _Dead:
    def __init__(self, known: Mapping[ast.AST, ast.expr], lengths: set[ast.Call]) -> None:
        self._known, self._lengths = known, lengths
        self.nodes: set[ast.AST] = set()

    def body(self, statements: Sequence[ast.stmt]) -> bool:
        """Collect what is not evaluated of a block; whether it surely leaves the function by its own means."""
        for position, statement in enumerate(statements):
            if self._leaves(statement):
                self._skip(statements[position + 1 :])
                return True
        return False

    def _leaves(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.If):
            truth = self._truth(statement.test)
            if truth is not None:
                self._skip(statement.orelse if truth else statement.body)
                return self.body(statement.body if truth else statement.orelse)
            both = [self.body(statement.body), self.body(statement.orelse)]
            return all(both)
        for block in _blocks(statement):
            self.body(block)
        return isinstance(statement, _ENDS)

    def _skip(self, statements: Sequence[ast.stmt]) -> None:
        self.nodes.update(node for statement in statements for node in ast.walk(statement))

    def _truth(self, test: ast.expr) -> bool | None:
        """Whether a condition holds, where the parameters that are known decide it."""
        match test:
            case ast.Constant(value=value):
                return bool(value)
            case ast.Name() if isinstance(given := self._known.get(test), ast.Constant):
                return bool(given.value)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                inner = self._truth(operand)
                return None if inner is None else not inner
            case ast.BoolOp(op=op, values=values):
                decides = isinstance(op, ast.Or)
                found = [self._truth(value) for value in values]
                if decides in found:
                    return decides
                return None if None in found else not decides
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return _compared(self._value(left), op, self._value(right))
        return None

    def _value(self, node: ast.expr) -> object:
        """The value of an expression, or Ellipsis."""
        match node:
            case ast.Constant(value=value):
                return value
            case ast.Name() if isinstance(given := self._known.get(node), ast.Constant):
                return given.value
            case ast.Call(args=[ast.Name() as name]) if node in self._lengths:
                given = self._known.get(name)
                if isinstance(given, ast.Constant) and isinstance(given.value, (str, bytes)):
                    return len(given.value)
        return ...


def _blocks(statement: ast.stmt) -> Iterator[Sequence[ast.stmt]]:
    """The blocks in a compound statement other than an ``if``."""
    if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, ())
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def _compared(left: object, op: ast.cmpop, right: object) -> bool | None:
    if left is ... or right is ...:
        return None
    if isinstance(op, (ast.Is, ast.IsNot)):
        if None not in (left, right) and not isinstance(left, bool):
            return None
        return (left is right) is isinstance(op, ast.Is)
    if isinstance(op, (ast.Eq, ast.NotEq)):
        return (left == right) is isinstance(op, ast.Eq)
    if type(left) is not int or type(right) is not int:
        return None
    orders = {ast.Lt: left < right, ast.LtE: left <= right, ast.Gt: left > right, ast.GtE: left >= right}
    return orders.get(type(op))
