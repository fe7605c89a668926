"""Which expressions hand out a function of the project: its name, a bound method, a lambda, a coroutine not yet awaited."""

from __future__ import annotations

import ast
from functools import cached_property

from ...knowledge.purity import MUTATING_METHODS, PURE_METHODS
from .follow import places
from .module import Module
from .program import Program
from .replacing import last_of
from .scope import FunctionNode, Scope

#: What handlers are given: their attributes are data.
_DATA = frozenset("update context event message msg query callback_query chat user call callback data row".split())
_CALLABLE = ("Callable", "Awaitable", "Coroutine", "FunctionType")


def dotted(module: Module, expression: ast.AST) -> str:
    """The one dotted name of something outside this file, or ""."""
    return module.resolve(expression) or ""


def root_name(expression: ast.AST) -> str:
    """The name at the beginning of a chain of attributes, calls and items, or ""."""
    while isinstance(expression, (ast.Attribute, ast.Call, ast.Subscript)):
        expression = expression.func if isinstance(expression, ast.Call) else expression.value
    return expression.id if isinstance(expression, ast.Name) else ""


class References:
    """Which expressions of one file hold a function of the project."""

    def __init__(self, program: Program, module: Module) -> None:
        self.program = program
        self.module = module

    def holds(self, expression: ast.AST) -> bool:
        """Whether an expression is, or contains, a function of the project or a coroutine that nobody has awaited yet."""
        match expression:
            case ast.Lambda():
                return True
            case ast.Name(id=name):
                return self._is_function(expression) or (self._scope(expression), name) in self._variables
            case ast.Attribute(attr=attr):
                return attr in self.program.functions and self._is_method(expression)
            case ast.Call(func=function, args=arguments):
                called = last_of(function)
                if called in self._coroutines and not dotted(self.module, function).partition(".")[2]:
                    return True
                partial = dotted(self.module, function) == "functools.partial"
                return partial and any(self.holds(argument) for argument in arguments)
            case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values) | ast.Dict(values=values):
                return any(self.holds(value) for value in values)
            case ast.Starred(value=value) | ast.ListComp(elt=value) | ast.GeneratorExp(elt=value):
                return self.holds(value)
            case ast.IfExp(body=one, orelse=other):
                return self.holds(one) or self.holds(other)
        return False

    @cached_property
    def _coroutines(self) -> frozenset[str]:
        """Names of coroutine functions of the program that no plain value has a method of: ``d.get()`` is no coroutine."""
        return self.program.coroutines - PURE_METHODS - MUTATING_METHODS

    def _is_function(self, name: ast.Name) -> bool:
        if isinstance(self.module.definition(name), FunctionNode):
            return True
        resolved = dotted(self.module, name)
        if resolved and not self.program.is_own(self.module, resolved):
            return False
        return name.id in self.program.functions and any(
            p.binding.kind in ("def", "import") for p in places(self.module, name.id, name)
        )

    def _is_method(self, attribute: ast.Attribute) -> bool:
        resolved = dotted(self.module, attribute)
        if resolved:
            return self.program.is_own(self.module, resolved)
        return root_name(attribute) not in _DATA

    @cached_property
    def _variables(self) -> frozenset[tuple[Scope, str]]:
        """The parameters and variables of the file that stand for functions: scope and name."""
        module, found = self.module, set()
        called = {
            (self._scope(call.func), call.func.id) for call in module.all(ast.Call) if isinstance(call.func, ast.Name)
        }
        for argument in module.all(ast.arg):
            annotation = ast.unparse(argument.annotation) if argument.annotation else ""
            scope = self._scope(argument, argument.arg)
            if (scope, argument.arg) in called or any(word in annotation for word in _CALLABLE):
                found.add((scope, argument.arg))
        for assignment in module.all(ast.Assign):
            if self._holds_one(assignment.value):
                found |= {(self._scope(t), t.id) for t in assignment.targets if isinstance(t, ast.Name)}
        for loop in module.all(ast.For, ast.comprehension):
            over = isinstance(loop.iter, ast.Name) and (self._scope(loop.iter), loop.iter.id) in found
            if over or self._holds_one(loop.iter):
                found |= {(self._scope(n), n.id) for n in ast.walk(loop.target) if isinstance(n, ast.Name)}
        return frozenset((scope, name) for scope, name in found if scope is not None)

    def _scope(self, node: ast.AST, name: str = "") -> Scope | None:
        """The scope that binds a name as seen from `node`."""
        return self.module.scope(node).find(name or node.id if isinstance(node, ast.Name) else name)

    def _holds_one(self, value: ast.AST) -> bool:
        """`holds`, for what variables are computed from: names of variables do not count."""
        match value:
            case ast.Name():
                return self._is_function(value)
            case ast.List(elts=values) | ast.Tuple(elts=values) | ast.Set(elts=values) | ast.Dict(values=values):
                return any(self._holds_one(inner) for inner in values)
            case ast.Call(func=function, args=arguments):
                return dotted(self.module, function) == "functools.partial" and any(map(self._holds_one, arguments))
        return isinstance(value, ast.Lambda)
