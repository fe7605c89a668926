"""The hazard `thread` for objects that a function makes for itself: nobody else has them, and no code of the bot's own runs in them."""

from __future__ import annotations

import ast
from dataclasses import replace

from ...knowledge.blocking import METHODS
from ...knowledge.threads import HANDED_OVER, NOT_SHARED, OF_ONE_THREAD, SHARED_CLIENTS, THREAD_BOUND
from ..analysis.assignments import all_values_of
from ..analysis.effects import Effects
from ..analysis.fates import Whose
from ..analysis.module import Module
from ..analysis.ownership import Frame
from ..analysis.resolver import Resolver
from ..analysis.touch import Touch
from .thread_values import is_text, may_change

_DEPTH = 4


def is_shared_client(effects: Effects, module: Module, owner: ast.expr) -> bool:
    """Whether an object is a client that any number of threads may use at a time, and that runs no code of the bot's own."""
    return effects.facts.kind(module, owner) in SHARED_CLIENTS and not any(map(module.project.contains, NOT_SHARED))


def is_of_one_thread(effects: Effects, module: Module, call: ast.Call) -> bool:
    """Whether a call makes or uses an object of a library that its function has for itself, from when it is made until it is dropped."""
    called = call.func
    if name := effects.facts.name_of(module, called):
        return name.partition(".")[0] in OF_ONE_THREAD
    return isinstance(called, ast.Attribute) and is_kept(effects, module, called.value)


def _is_new(effects: Effects, module: Module, call: ast.Call, depth: int) -> bool:
    """Whether a call of one of these libraries gives an object that nobody else has: it is given nothing of others."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return is_of_one_thread(effects, module, call) and all(
        is_text(effects, module, value) or is_given_on(effects, module, value, depth + 1) for value in given
    )


def is_kept(effects: Effects, module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether a value is such an object."""
    if isinstance(value, ast.Call):
        if isinstance(value.func, ast.Attribute) and not effects.facts.name_of(module, value.func):
            return is_kept(effects, module, value.func.value, depth)
        return depth <= _DEPTH and _is_new(effects, module, value, depth)
    if not isinstance(value, ast.Name) or depth > _DEPTH:
        return False
    scope, made = module.scope(value).find(value.id), all_values_of(module, value)
    if scope is None or scope.node is not module.function(value) or not made:
        return False
    uses = [use for use in module.uses(value.id, scope) if isinstance(use.ctx, ast.Load)]
    return all(is_kept(effects, module, one, depth + 1) for one in made) and all(
        _stays(effects, module, use) for use in uses
    )


def is_given_on(effects: Effects, module: Module, value: ast.expr, depth: int = 0) -> bool:
    """Whether a call on such an object, or on a client, is given one of them, or only what its function was given itself: of a function
    that moves to a thread, that is asked where it is called.
    """
    if is_kept(effects, module, value, depth):
        return True
    moves = isinstance(module.function(value), ast.FunctionDef)
    for part in ast.walk(value):
        if isinstance(part, ast.Name):
            bindings = module.bindings(part.id, part)
            is_argument = (
                len(bindings) == 1 and isinstance(bindings[0].node, ast.arg) and part.id not in ("self", "cls")
            )
            if not moves or not is_argument:
                return False
        elif not isinstance(
            part, (ast.Constant, ast.JoinedStr, ast.FormattedValue, ast.Dict, ast.List, ast.Tuple, ast.expr_context)
        ):
            return False
    return True


def works_on_kept(effects: Effects, module: Module, node: ast.AST) -> bool:
    """Whether a step looks at such an object, enters it or goes through it."""
    match node:
        case ast.Attribute(value=value, ctx=ast.Load()) | ast.Subscript(value=value, ctx=ast.Load()):
            return is_kept(effects, module, value) or is_shared_client(effects, module, value)
        case ast.withitem(context_expr=value) | ast.For(iter=value) | ast.comprehension(iter=value):
            return is_kept(effects, module, value)
    return False


def of_each_thread(module: Module, node: ast.AST, touch: Touch) -> Touch:
    """A touch of an attribute, named for what it is where each thread has one of its own (`threading.local`)."""
    made = module.project.fact(Resolver).assigned(module, node.value) if isinstance(node, ast.Attribute) else None
    if made is None or not isinstance(made[1], ast.Call) or made[0].resolve(made[1].func) != "threading.local":
        return touch
    return replace(touch, what=f"having `{module.shown(node.value)}`")  # type: ignore[attr-defined]


def _stays(effects: Effects, module: Module, use: ast.Name) -> bool:
    """Whether a use hands an object to nobody but the caller and calls of the same libraries."""
    parent = module.parent(use)
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    if isinstance(parent, ast.Call):
        return effects.facts.name_of(module, parent.func).partition(".")[0] in OF_ONE_THREAD
    return isinstance(parent, (ast.Attribute, ast.Return, ast.withitem))


def is_made_here(effects: Effects, module: Module, owner: ast.expr, *, given: ast.expr | None = None) -> bool:
    """Whether an object is one of a library's class that its function has made for itself, and only asks for attributes.

    `given`: a use that makes no difference, since what it goes to is judged itself.
    """
    function = module.function(owner)
    if function is None or not isinstance(owner, (ast.Name, ast.Call)):
        return False
    if isinstance(owner, ast.Call):
        return _makes(effects, module, effects.frame(module, function, Whose.SHARED), owner)
    scope = module.scope(owner).find(owner.id)
    made = all_values_of(module, owner)
    if scope is None or scope.node is not function or not made:
        return False
    around = effects.frame(module, function, Whose.SHARED)
    return all(_makes(effects, module, around, value) for value in made) and all(
        use is given or isinstance(module.parent(use), ast.Attribute) for use in module.uses(owner.id, scope)
    )


def _makes(effects: Effects, module: Module, around: Frame, value: ast.expr) -> bool:
    """Whether a call makes an object of a library's class, of what nobody else has."""
    if not isinstance(value, ast.Call) or not (name := effects.facts.name_of(module, value.func)):
        return False
    given = [*value.args, *(keyword.value for keyword in value.keywords)]
    is_class = name.rpartition(".")[2][:1].isupper() or name in METHODS
    if not is_class or name in THREAD_BOUND - HANDED_OVER:
        return False
    return not any(
        may_run(module, part)
        or (may_change(effects, module, around, value, part) and not is_made_here(effects, module, part, given=part))
        for part in given
    )


def may_run(module: Module, value: ast.expr) -> bool:
    """Whether code of the project may run when a value is used: a function in it, or what is made step by step."""
    resolver = module.project.fact(Resolver)
    waiting, seen = [value], {value}
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, (ast.Lambda, ast.GeneratorExp)):
                return True
            parent = module.parent(node)
            called = isinstance(parent, ast.Call) and parent.func is node
            if isinstance(node, ast.Name) and isinstance(parent, ast.Attribute):
                continue  # of a class, what is taken of it is asked
            if isinstance(node, (ast.Name, ast.Attribute)) and not called and resolver.definition(module, node):
                return True
            for binding in module.bindings(node.id, node) if isinstance(node, ast.Name) else ():
                made = module.parent(binding.node)
                if isinstance(made, ast.Assign) and made.value not in seen:
                    seen.add(made.value)
                    waiting.append(made.value)
    return False
