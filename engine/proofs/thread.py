"""The hazard `thread`: code runs in another thread while the event loop goes on.

Proved for a plain function of the project of which every step is known to touch nothing that others have, or is a call that may
run in a thread (`knowledge.threads`), where what it is given belongs to nobody else. The files it works on are another question
(`outside`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence

from ...knowledge.purity import functions_among
from ...knowledge.threads import TELLS_THREAD, is_thread_safe
from ..analysis import sqlite
from ..analysis.effects import Effects
from ..analysis.evaluation import Point
from ..analysis.fates import Whose
from ..analysis.module import Module, Project
from ..analysis.resolver import Definition, Resolver
from ..analysis.scope import FunctionNode
from ..analysis.touch import Touch
from ..analysis.touches import Steps
from ..model import Assumption, Hazard, Proof, Verdict
from .identity import unreplaced
from .interleaving import is_alone
from .thread_database import own_code
from .thread_own import (
    AROUND,
    MANAGER,
    is_block_of_its_own,
    is_file,
    is_manager,
    is_own_connection,
    may_be_bound,
    may_be_given,
    raises_what_its_caller_handles,
    sets_environment,
    stops,
    works_on_database,
    works_on_file,
)
from .thread_values import (
    GIVEN,
    is_container,
    is_made_here,
    is_others,
    is_plain_data,
    logs_alone,
    may_change,
    may_run,
    never_changes,
    risk,
    takes_scalar,
    weight,
)

_KEEPING_DECORATORS = frozenset({"builtins.staticmethod", "builtins.classmethod", MANAGER})
#: What may raise a StopIteration, or is one.
_MAY_STOP = "raising what may be a `StopIteration`"
_STOPPING = frozenset({"builtins.next", "builtins.StopIteration"})
_ASKS_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get"})
_HANDING = frozenset({"to_thread", "run_in_executor"})
#: How many functions are followed.
_MOST = 60


class _Walked:
    """What functions touch that a thread may not, each walked through once whoever calls it."""

    def __init__(self, project: Project) -> None:
        self._effects = project.fact(Effects)
        self._steps: dict[FunctionNode, Steps] = {}
        self._touches: dict[tuple[FunctionNode, bool], list[Touch]] = {}

    def touches(self, module: Module, function: FunctionNode, *, alone: bool) -> list[Touch]:
        """What a function touches, with those that it calls."""
        if (key := (function, alone)) not in self._touches:
            self._touches[key] = list(_touches(self._effects, module, function, set(), alone=alone))
        return self._touches[key]

    def steps(self, module: Module, function: FunctionNode) -> Steps:
        """The steps of a function, which several others may call."""
        if function not in self._steps:
            self._steps[function] = self._effects.steps(module, function)
        return self._steps[function]


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
            sentence = f"nobody changes `{module.shown(value)}` while {name} runs in a thread"
            asked.append((GIVEN, Assumption(Hazard.THREAD, sentence, module.path, value.lineno)))
    if (given := sqlite.escapes(effects.facts.graph, owner, called)) is not None:
        sentence = f"one thread at a time uses the connection that {name} hands on"
        return Assumption(Hazard.THREAD, sentence, owner.path, getattr(given, "lineno", called.lineno))
    for touch in module.project.fact(_Walked).touches(owner, called, alone=alone):
        found = Assumption(Hazard.THREAD, risk(touch, touch.by or name), touch.path, touch.line)
        asked.append((weight(touch), found))
    if asked:
        return min(asked, key=lambda one: one[0])[1]
    if alone:
        return Proof(
            Hazard.THREAD, f"nothing in {name} asks for its thread, and nothing else of the bot runs meanwhile"
        )
    return Proof(Hazard.THREAD, f"nothing in {name} touches anything that others have, but for its files")


def lines(module: Module, coroutine: FunctionNode, statements: Sequence[ast.stmt]) -> Verdict:
    """Whether statements of a coroutine may run in a thread, which opens and closes what belongs to a thread itself."""
    effects = module.project.fact(Effects)
    steps = effects.steps(module, coroutine, Whose.SHARED)
    inside = {node for statement in statements for node in ast.walk(statement)}
    for points in effects.facts.flow(module, coroutine).points.values():
        for point in points:
            touches = _of_point(effects, steps, point, {coroutine}) if point.node in inside else []
            for touch in touches:
                return Assumption(Hazard.THREAD, risk(touch, f"line {touch.line}"), touch.path, touch.line)
    return Proof(Hazard.THREAD, "nothing in these lines touches anything that others have, but for the database")


def call(module: Module, node: ast.Call) -> Verdict:
    """Whether a call of the standard library that works with what it is given may run in a thread.

    Nobody else may have what it is given, nor the object whose method it is.
    """
    effects = module.project.fact(Effects)
    around = effects.frame(module, module.function(node), Whose.SHARED)
    owner = [node.func.value] if isinstance(node.func, ast.Attribute) and not module.resolve(node.func) else []
    owner = [] if owner and is_made_here(effects, module, owner[0]) else owner
    for value in [*owner, *node.args, *(keyword.value for keyword in node.keywords)]:
        if may_change(effects, module, around, node, value):
            sentence = f"nobody changes `{module.shown(value)}` while a thread uses it"
            return Assumption(Hazard.THREAD, sentence, module.path, value.lineno)
    return Proof(Hazard.THREAD, "the call may run in any thread, and nobody else has what it is given")


def free(module: Module) -> Verdict:
    """Whether a thread of the loop's pool is surely there for what code of `module` hands to it, and a real one."""
    replaced = unreplaced(module, "asyncio.to_thread", "threading.Thread.start", stand_ins=False)
    if isinstance(replaced, Assumption):
        return replaced
    if module.fact(_names_tracebacks):
        return Assumption(
            Hazard.ERRORS, "nobody minds that tracebacks name the thread's functions as well", module.path
        )
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


def _touches(
    effects: Effects, module: Module, function: Definition, seen: set[ast.AST], *, alone: bool = False
) -> Iterator[Touch]:
    """What a function touches that a thread may not, with the functions that it calls and that were not `seen` yet.

    `alone`: nothing else runs meanwhile, so that variables, attributes and containers may be anybody's.
    """
    if function in seen:
        return
    seen.add(function)
    if not isinstance(function, ast.FunctionDef) or len(seen) > _MOST:
        yield Touch(module.path, function.lineno, f"`{function.name}()`")
        return
    for decorator in function.decorator_list:
        if module.resolve(decorator) not in _KEEPING_DECORATORS:
            yield Touch(module.path, decorator.lineno, f"the decorator `@{module.shown(decorator)}`")
            return
    a = function.args
    for default in (*a.defaults, *filter(None, a.kw_defaults)):
        if isinstance(default, (ast.List, ast.Dict, ast.Set, ast.Call)):
            what = f"the default `{module.shown(default)}`"
            yield Touch(module.path, default.lineno, what)
            return
    if line := stops(effects, module, function):
        yield Touch(module.path, line, _MAY_STOP)
        return
    steps = module.project.fact(_Walked).steps(module, function)
    for points in effects.facts.flow(module, function).points.values():
        for point in points:
            yield from _of_point(effects, steps, point, seen, alone=alone)


def _called_back(effects: Effects, steps: Steps, call: ast.Call, seen: set[ast.AST], *, alone: bool) -> Iterator[Touch]:
    """What functions touch that a library's function is given and may call."""
    module, name = steps.module, effects.facts.name_of(steps.module, call.func)
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    for value in functions_among(name, call):
        if not steps.is_known_function(value) and not is_thread_safe(effects.facts.name_of(module, value)):
            yield Touch(module.path, value.lineno, f"`{module.shown(value)}()`")
    for value in given:
        meant = effects.facts.definition(module, value)
        if meant is not None and isinstance(meant[1], ast.FunctionDef):
            yield from _touches(effects, meant[0], meant[1], seen, alone=alone)
        elif not isinstance(value, ast.GeneratorExp) and may_run(module, value):
            yield Touch(module.path, value.lineno, f"`{module.shown(value)}`")


def _of_point(
    effects: Effects, steps: Steps, point: Point, seen: set[ast.AST], *, alone: bool = False
) -> Iterable[Touch]:
    module, node = steps.module, point.node
    if isinstance(node, ast.Raise) and raises_what_its_caller_handles(module, node):
        return [Touch(module.path, node.lineno, "raising again what its caller handles")]
    code_run = list(own_code(effects, module, node))  # by most steps none is, whatever they work on
    if code_run and (is_own_connection(steps, node) or (isinstance(node, ast.Call) and works_on_database(steps, node))):
        for code in code_run:
            if code is None:
                line = getattr(node, "lineno", 1)
                return [Touch(module.path, line, f"code of the bot that `{module.shown(node)}` runs")]
            if touches := list(_touches(effects, *code, seen, alone=alone)):
                return touches
    touch = steps.touch(point)
    if isinstance(node, ast.Call) and effects.facts.name_of(module, node.func) in _STOPPING and len(node.args) < 2:
        return [Touch(module.path, node.lineno, _MAY_STOP)]
    if isinstance(node, ast.Call) and (name := effects.facts.name_of(module, node.func)) in TELLS_THREAD:
        return [Touch(module.path, node.lineno, f"asking `{name}()`")]
    if touch is None and isinstance(node, ast.Call):
        inner = effects.facts.definition(module, node.func)
        return _touches(effects, *inner, seen, alone=alone) if inner and isinstance(inner[1], ast.FunctionDef) else []
    if alone and touch is not None and is_plain_data(effects, module, point):
        return []
    if touch is None or (isinstance(node, ast.Yield) and is_manager(module, steps.frame.function)):
        return []
    read = node.value if isinstance(node, ast.FormattedValue) else node
    if is_own_connection(steps, node) or (
        not touch.writes and isinstance(read, ast.Name) and never_changes(module, read)
    ):
        return []
    if isinstance(node, ast.withitem):
        manager = node.context_expr
        own = effects.facts.definition(module, manager.func) if isinstance(manager, ast.Call) else None
        judged = own is not None and is_manager(*own)  # where it is called
        return [] if judged or is_block_of_its_own(steps, manager) else [touch]
    if isinstance(node, ast.comprehension) or point.role == "next":
        iterated = node.iter if isinstance(node, (ast.comprehension, ast.For)) else None
        return [] if iterated is not None and is_file(module, iterated) else [touch]
    if not isinstance(node, ast.Call):
        return [touch]
    name = effects.facts.name_of(module, node.func)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if works_on_database(steps, node) or (
        touch.place == "output" and name != "builtins.print" and logs_alone(module.project)
    ):
        return []
    if name in _ASKS_ENVIRONMENT and not module.project.fact(sets_environment):
        return []
    if name in AROUND or is_thread_safe(name) or works_on_file(module, node):
        if all(may_be_given(steps, value) for value in given):
            return _called_back(effects, steps, node, seen, alone=alone)
    meant = effects.facts.definition(module, node.func)
    if meant is not None and isinstance(meant[1], ast.FunctionDef):
        if all(
            steps.frame.of(value) is not Whose.SHARED or (alone and is_container(effects, module, value))
            for value in given
        ):
            return _touches(effects, meant[0], meant[1], seen, alone=alone)
    return [touch]
