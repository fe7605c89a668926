"""The hazard `thread`: code runs in another thread while the event loop goes on.

Proved for a plain function of the project of which every step is known to touch nothing that others have, or is a call that may
run in a thread (`knowledge.threads`), where what it is given belongs to nobody else. The files it works on are another question
(`outside`).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..analysis import sqlite
from ..analysis.effects import Effects
from ..analysis.fates import Whose
from ..analysis.module import Module, Project
from ..analysis.resolver import Resolver
from ..analysis.scope import FunctionNode
from ..model import Assumption, Hazard, Proof, Verdict
from .identity import unreplaced
from .interleaving import is_alone
from .thread_made import is_kept, is_made_here, is_shared_client
from .thread_own import may_be_bound
from .thread_sentences import GIVEN, left_alone, stepped, weight
from .thread_steps import Walked
from .thread_values import is_container, is_others, may_change, of_others, takes_scalar

_HANDING = frozenset({"to_thread", "run_in_executor"})


def function(module: Module, call: ast.Call, owner: Module, called: FunctionNode) -> Verdict:
    """Whether the plain function `called` of `owner`, which a `call` in a coroutine of `module` calls, may run in a thread."""
    effects = module.project.fact(Effects)
    name = f"`{called.name}()`"
    around = effects.frame(module, module.function(call), Whose.SHARED)
    alone = is_alone(module, call)
    asked: list[tuple[int, Assumption]] = []
    for value in [*call.args, *(keyword.value for keyword in call.keywords)]:
        if may_be_bound(module, value):
            sentence = f"`{module.shown(value)}` is no cursor, and runs no code of its own, in a thread"
            return Assumption(Hazard.THREAD, sentence, module.path, value.lineno)
        if not is_others(effects, module, around, value) or takes_scalar(
            effects.facts.graph, owner, called, call, value
        ):
            continue
        if not (alone and is_container(effects, module, value)):
            asked.append((GIVEN, left_alone(module, value, f"while {name} runs in a thread")))
    if (given := sqlite.escapes(effects.facts.graph, owner, called)) is not None:
        sentence = f"one thread at a time uses the connection that {name} hands on"
        return Assumption(Hazard.THREAD, sentence, owner.path, getattr(given, "lineno", called.lineno))
    for touch in module.project.fact(Walked).touches(owner, called, alone=alone):
        asked.append((weight(module.project, touch), stepped(module.project, touch, touch.by or name)))
    if asked:
        return min(asked, key=lambda one: (one[1].is_slight, one[0]))[1]
    if alone:
        return Proof(
            Hazard.THREAD, f"nothing in {name} asks for its thread, and nothing else of the bot runs meanwhile"
        )
    return Proof(Hazard.THREAD, f"nothing in {name} touches anything that others have, but for its files")


def lines(module: Module, coroutine: FunctionNode, statements: Sequence[ast.stmt]) -> Verdict:
    """Whether statements of a coroutine may run in a thread, which opens and closes what belongs to a thread itself."""
    effects = module.project.fact(Effects)
    steps, walked = effects.steps(module, coroutine, Whose.SHARED), module.project.fact(Walked)
    inside = {node for statement in statements for node in ast.walk(statement)}
    for points in effects.facts.flow(module, coroutine).points.values():
        for point in points:
            found = walked.of_step(steps, point, coroutine) if point.node in inside else ()
            for touch in found:
                return stepped(module.project, touch, f"line {touch.line}")
    return Proof(Hazard.THREAD, "nothing in these lines touches anything that others have, but for the database")


def call(module: Module, node: ast.Call) -> Verdict:
    """Whether a call of the standard library that works with what it is given may run in a thread.

    Nobody else may have what it is given, nor the object whose method it is.
    """
    effects = module.project.fact(Effects)
    around = effects.frame(module, module.function(node), Whose.SHARED)
    owner = [node.func.value] if isinstance(node.func, ast.Attribute) and not module.resolve(node.func) else []
    if owner and (is_made_here(effects, module, owner[0]) or is_shared_client(effects, module, owner[0])):
        owner = []
    for value in [*owner, *node.args, *(keyword.value for keyword in node.keywords)]:
        if may_change(effects, module, around, node, value) and not is_kept(effects, module, value):
            return left_alone(module, of_others(effects, module, around, value), "while a thread uses it")
    return Proof(Hazard.THREAD, "the call may run in any thread, and nobody else has what it is given")


def free(module: Module) -> Verdict:
    """Whether a thread of the loop's pool is surely there for what code of `module` hands to it, and a real one."""
    replaced = unreplaced(module, "asyncio.to_thread", "threading.Thread.start", stand_ins=False)
    if isinstance(replaced, Assumption):
        return replaced
    if module.fact(_names_tracebacks):
        sentence = "nobody minds that tracebacks name the thread's functions as well"
        return Assumption(Hazard.ERRORS, sentence, module.path, is_slight=True)
    return module.project.fact(_pool)


def _names_tracebacks(module: Module) -> bool:
    return b"traceback" in module.source.data


def _pool(project: Project) -> Verdict:
    """Whether nothing of a project keeps the threads of the loop's pool."""
    for path in project.mentioning(["set_default_executor", "to_thread", "run_in_executor"]):
        if (where := project.parsed(path)) is None:
            return Assumption(Hazard.RESOURCES, "a thread is free", path)
        for call in where.all(ast.Call):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            if name == "set_default_executor" or (name in _HANDING and _goes_on(where, call)):
                sentence = f"`{where.shown(call)}` leaves a thread free for it"
                return Assumption(Hazard.RESOURCES, sentence, path, call.lineno)
    return Proof(Hazard.RESOURCES, "nothing in the project keeps a thread of the pool for ever")


def _goes_on(module: Module, call: ast.Call) -> bool:
    """Whether a function that is handed to a thread may never end."""
    resolver = module.project.fact(Resolver)
    for argument in call.args[:2]:
        meant = resolver.definition(module, argument)
        for loop in ast.walk(meant[1]) if meant is not None else ():
            if isinstance(loop, ast.While) and isinstance(loop.test, ast.Constant) and loop.test.value:
                return True
    return False
