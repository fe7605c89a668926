"""Whose return values python-telegram-bot takes for the states of conversations: those of what a `ConversationHandler` is given."""

from __future__ import annotations

import ast

from .assignments import values_of
from .module import Module, Project
from .replacing import last_of
from .scope import FunctionNode

_HANDLER = "ConversationHandler"
_MOST = 1000


def sets_a_state(module: Module, function: FunctionNode) -> bool:
    """Whether a conversation is seen to take what a handler returns, or what a decorator puts in its place does, for its next state.

    No proof rests on that: what fills the states of one by and by, or under another name, is not seen.
    """
    named = module.project.fact(_given)
    outer = module.function(function)
    if named is None or function.name in named or (outer is not None and outer.name in named):
        return True
    return outer is not None and not named.isdisjoint(_decorated_by(module.project, outer.name))


def _decorated_by(project: Project, decorator: str) -> set[str]:
    """The names of the functions that have a decorator."""
    return {
        function.name
        for module in filter(None, map(project.parsed, project.mentioning([decorator])))
        for function in module.all(ast.FunctionDef, ast.AsyncFunctionDef)
        for one in function.decorator_list
        if last_of(one.func if isinstance(one, ast.Call) else one) == decorator
    }


def _given(project: Project) -> frozenset[str] | None:
    """All names that stand in what the conversations of a project are made of; None where one may be made of something else."""
    found = set[str]()
    for path in project.mentioning([_HANDLER]):
        module = project.parsed(path)
        if module is None or any(last_of(base) == _HANDLER for cls in module.all(ast.ClassDef) for base in cls.bases):
            return None
        for call in module.all(ast.Call):
            if last_of(call.func) == _HANDLER and not _collects(module, call, found):
                return None
    return frozenset(found)


def _collects(module: Module, made: ast.Call, found: set[str]) -> bool:
    """Add the names in what a conversation is made of; whether all of it is seen."""
    waiting: list[ast.expr | None] = [*made.args, *(k.value if k.arg else None for k in made.keywords)]
    for _ in range(_MOST):
        if not waiting:
            return True
        match waiting.pop():
            case ast.Dict(keys=keys, values=values) if None not in keys:
                waiting += values
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                waiting += elements
            case ast.BinOp(left=left, right=right):
                waiting += [left, right]
            case ast.Call() as handler if last_of(handler.func).endswith("Handler"):
                names = [node for node in ast.walk(handler) if isinstance(node, (ast.Name, ast.Attribute))]
                found |= {last_of(name) for name in names}
                meant = (value for name in names if isinstance(name, ast.Name) for value in values_of(module, name))
                found |= {last_of(value) for value in meant if isinstance(value, (ast.Name, ast.Attribute))}
            case ast.Name() as name if values := list(values_of(module, name)):
                found.add(name.id)
                waiting += values
            case ast.Constant():
                pass
            case _:
                return False
    return False
