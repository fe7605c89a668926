"""What only the owner comes to: commands of a userbot, and places behind tests that turn away everybody else."""

from __future__ import annotations

import ast
import re

from .activations import Activations, Caller, Start
from .handlers import REGISTERING
from .module import Module, Project

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
#: What people call those who may give a bot orders: constants, settings, and functions that tell whether somebody is one.
_CONSTANTS = re.compile(
    r"[A-Z0-9_]*(?:OWNER|SUDO|SUPERUSER|ADMINS?_ID|ADMINS|DEV_USERS|DEVELOPERS?)[A-Z0-9_]*|ADMIN(?:_USERS?|_LIST)?"
)
_SETTINGS = re.compile(r"(?i)\w*(?:owner|sudo|superuser|admins?_?id|admins)\w*")
_OF_SETTINGS = frozenset("config cfg settings setting env var conf".split())
_TELLS = re.compile(
    r"(?i)_?is_?(?:bot_?)?(?:owner|sudo|superuser|dev)(?:_?user)?|(?:owner|sudo|admin|dev|superuser)s?_?(?:cmd|only|command)"
)
#: How a decorator of the project registers commands of the account that it runs on.
_REGISTERS_OWN = re.compile(r"\boutgoing[\"']?\]?\s*=\s*True\b|\bfilters?\.me\b")
_OTHERS = re.compile(r"\bincoming\s*=\s*True\b")
_DEPTH = 6


def only_the_owner_comes(module: Module, node: ast.AST) -> bool:
    """Whether all that leads to a place are commands of the owner, by filters, decorators and tests that end for others."""
    return module.project.fact(_Owner).comes_alone(module, node)


class _Owner:
    """The functions of a project that only the owner comes to. Ask `Project.fact(_Owner)`."""

    def __init__(self, project: Project) -> None:
        self._activations = project.fact(Activations)
        self._graph = self._activations.effects.facts.graph
        self._known: dict[ast.AST, bool] = {}

    def comes_alone(self, module: Module, node: ast.AST, depth: int = _DEPTH) -> bool:
        """See `only_the_owner_comes`."""
        if _asks_who(module, node):
            return True
        function = module.function(node)
        if function is None or depth == 0:
            return False
        if function not in self._known:
            self._known[function] = False  # for one that calls itself
            self._known[function] = self._is_called_by_owner(module, function, depth)
        return self._known[function]

    def _is_called_by_owner(self, module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef, depth: int) -> bool:
        own = [one for one in function.decorator_list if self._registers_own(module, one)]
        if own:
            others = (one for one in function.decorator_list if one not in own and _registers(one))
            return not any(_OTHERS.search(module.segment(one)) for one in own) and not any(others)
        callers = self._activations.callers(module, function)
        return any(callers) and all(self._is_own(module, caller, depth) for caller in callers)

    def _is_own(self, module: Module, caller: Caller | Start, depth: int) -> bool:
        if isinstance(caller, Caller):
            return self.comes_alone(caller.module, caller.call, depth - 1)
        where = self._graph.module(caller.path)
        if caller.kind != "handler" or caller.unknown or where is None:
            return False
        calls = (call for call in where.all(ast.Call) if call.lineno <= caller.line <= (call.end_lineno or 0))
        return any(_hands_out(call) and _names_owner(call) for call in calls)

    def _registers_own(self, module: Module, decorator: ast.expr) -> bool:
        """Whether a decorator, or what it is in the project, takes what the owner sends and nothing else."""
        text = module.segment(decorator)
        if _REGISTERS_OWN.search(text) or _names_owner(decorator):
            return True
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        meant = self._graph.definition(module, called)
        return meant is not None and bool(_REGISTERS_OWN.search(meant[0].segment(meant[1])))


def _registers(decorator: ast.expr) -> bool:
    """Whether a decorator registers a handler: ``@client.on(events.NewMessage)``."""
    called = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(called, ast.Attribute) and called.attr in REGISTERING


def _names_owner(expression: ast.expr) -> bool:
    """Whether an expression names those who may give a bot orders: ``OWNER_ID``, ``config.admin_ids``, ``is_owner(event)``."""
    for node in ast.walk(expression):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if _CONSTANTS.fullmatch(name):
                return True
            case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder.lower() in _OF_SETTINGS:
                if _SETTINGS.fullmatch(name):
                    return True
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if _TELLS.fullmatch(name):
                return True
    return isinstance(expression, ast.Name) and _TELLS.fullmatch(expression.id) is not None


def _hands_out(call: ast.Call) -> bool:
    """Whether a call makes a handler: ``CommandHandler("stats", stats, filters.User(OWNER_ID))``."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    return name.endswith("Handler") or name.startswith(("register", "on"))


def _asks_who(module: Module, node: ast.AST) -> bool:
    """Whether a test lets only the owner come to a place of its function: around it, or above it with an end for all others."""
    child: ast.AST = module.statement(node)
    for around in module.ancestors(child):
        above, _ = module.beside(child) if isinstance(child, ast.stmt) else ([], [])
        for statement in above:
            if isinstance(statement, ast.If) and isinstance(statement.body[-1], (ast.Return, ast.Raise)):
                if _is_of_owner(statement.test, holds=False):
                    return True
        if isinstance(around, _FUNCTIONS):
            return False
        if isinstance(around, ast.If) and child is not around.test:
            if _is_of_owner(around.test, holds=child in around.body):
                return True
        child = around
    return False


def _is_of_owner(test: ast.expr, *, holds: bool) -> bool:
    """Whether somebody is the owner where a test holds, or where it does not."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_of_owner(operand, holds=not holds)
        case ast.BoolOp(op=op, values=values):
            found = [_is_of_owner(value, holds=holds) for value in values]
            return any(found) if isinstance(op, ast.And) is holds else all(found)
        case ast.Compare(ops=[op]):
            differs = isinstance(op, (ast.NotEq, ast.NotIn, ast.IsNot))
            same = isinstance(op, (ast.Eq, ast.In, ast.Is))
            return (same if holds else differs) and _names_owner(test)
        case ast.Call(args=[_], keywords=[]) | ast.Await(value=ast.Call(args=[_], keywords=[])):
            return holds and _names_owner(test)
    return False
