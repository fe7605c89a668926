"""What functions do that a thread may not: of each its own steps, found out once, and the functions that they lead to."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...knowledge.purity import functions_among
from ...knowledge.threads import TELLS_THREAD, is_thread_safe
from ..analysis.effects import Effects
from ..analysis.evaluation import Point
from ..analysis.fates import Whose
from ..analysis.module import Module, Project
from ..analysis.resolver import Definition
from ..analysis.scope import FunctionNode
from ..analysis.touch import Touch
from ..analysis.touches import Steps
from ..counters import THREAD_STEPS, work
from .thread_database import own_code
from .thread_made import (
    is_given_on,
    is_of_one_thread,
    is_shared_client,
    may_run,
    of_each_thread,
    works_on_kept,
)
from .thread_own import (
    AROUND,
    MANAGER,
    is_block_of_its_own,
    is_file,
    is_manager,
    is_own_connection,
    may_be_given,
    raises_what_its_caller_handles,
    sets_environment,
    stops,
    works_on_database,
    works_on_file,
)
from .thread_values import is_container, is_plain_data, logs_alone, never_changes

_KEEPING_DECORATORS = frozenset({"builtins.staticmethod", "builtins.classmethod", MANAGER})
#: What may raise a StopIteration, or is one.
_MAY_STOP = "raising what may be a `StopIteration`"
_STOPPING = frozenset({"builtins.next", "builtins.StopIteration"})
_ASKS_ENVIRONMENT = frozenset({"os.getenv", "os.environ.get"})
#: How many functions are followed.
_MOST = 60


@dataclass(frozen=True, slots=True, eq=False)
class _Either:
    """What is run, where the functions among it touch anything, or else what a step does by itself."""

    run: tuple[_Step, ...]
    otherwise: tuple[_Step, ...]


#: What a step touches, or where it leads: to a function of the project.
_Step: TypeAlias = "Touch | tuple[Module, Definition] | _Either"


class Walked:
    """What functions touch that a thread may not, each walked through once whoever calls it. Ask `Project.fact(Walked)`."""

    def __init__(self, project: Project) -> None:
        self._effects = project.fact(Effects)
        self._steps: dict[FunctionNode, Steps] = {}
        self._within: dict[tuple[FunctionNode, bool], tuple[_Step, ...]] = {}
        self._touches: dict[tuple[FunctionNode, bool], list[Touch]] = {}

    def touches(self, module: Module, function: FunctionNode, *, alone: bool) -> list[Touch]:
        """What a function touches, with those that it calls."""
        if (key := (function, alone)) not in self._touches:
            self._touches[key] = list(self._called(module, function, set(), alone=alone))
        return self._touches[key]

    def of_step(self, steps: Steps, point: Point, function: FunctionNode) -> Iterator[Touch]:
        """What a step of a function touches, with the functions that it leads to."""
        return self._made(_of_point(self._effects, steps, point), {function}, alone=False)

    def _called(self, module: Module, function: Definition, seen: set[ast.AST], *, alone: bool) -> Iterator[Touch]:
        """What a function touches, with the functions that it calls and that were not `seen` yet."""
        if function in seen:
            return
        seen.add(function)
        if not isinstance(function, ast.FunctionDef) or len(seen) > _MOST:
            yield Touch(module.path, function.lineno, f"`{function.name}()`")
            return
        if (key := (function, alone)) not in self._within:
            work.calls[THREAD_STEPS] += 1
            if function not in self._steps:
                self._steps[function] = self._effects.steps(module, function)
            self._within[key] = tuple(_within(self._effects, self._steps[function], function, alone=alone))
        yield from self._made(self._within[key], seen, alone=alone)

    def _made(self, steps: Iterable[_Step], seen: set[ast.AST], *, alone: bool) -> Iterator[Touch]:
        """What steps touch, one after the other."""
        for step in steps:
            if isinstance(step, Touch):
                yield step
            elif isinstance(step, tuple):
                yield from self._called(*step, seen, alone=alone)
            else:
                found = (list(self._made([one], seen, alone=alone)) for one in step.run)
                yield from next(filter(None, found), None) or self._made(step.otherwise, seen, alone=alone)


def _within(effects: Effects, steps: Steps, function: ast.FunctionDef, *, alone: bool) -> Iterator[_Step]:
    """The steps of a function that a thread may not make, or that lead to other functions.

    `alone`: nothing else runs meanwhile, so that variables, attributes and containers may be anybody's.
    """
    module = steps.module
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
    for points in effects.facts.flow(module, function).points.values():
        for point in points:
            yield from _of_point(effects, steps, point, alone=alone)


def _called_back(effects: Effects, steps: Steps, call: ast.Call) -> Iterator[_Step]:
    """The functions that a library's function is given and may call."""
    module, name = steps.module, effects.facts.name_of(steps.module, call.func)
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    for value in functions_among(name, call):
        if not steps.is_known_function(value) and not is_thread_safe(effects.facts.name_of(module, value)):
            yield Touch(module.path, value.lineno, f"`{module.shown(value)}()`")
    for value in given:
        meant = effects.facts.definition(module, value)
        if meant is not None and isinstance(meant[1], ast.FunctionDef):
            yield meant[0], meant[1]
        elif not isinstance(value, ast.GeneratorExp) and may_run(module, value):
            yield Touch(module.path, value.lineno, f"`{module.shown(value)}`")


def _of_point(effects: Effects, steps: Steps, point: Point, *, alone: bool = False) -> Sequence[_Step]:
    module, node = steps.module, point.node
    if isinstance(node, ast.Raise) and raises_what_its_caller_handles(module, node):
        return [Touch(module.path, node.lineno, "raising again what its caller handles")]
    code_run = list(own_code(effects, module, node))  # by most steps none is, whatever they work on
    if code_run and (is_own_connection(steps, node) or (isinstance(node, ast.Call) and works_on_database(steps, node))):
        what = f"code of the bot that `{module.shown(node)}` runs"
        unknown = Touch(module.path, getattr(node, "lineno", 1), what)
        run = tuple(code if code is not None else unknown for code in code_run)
        return [_Either(run, tuple(_by_itself(effects, steps, point, alone=alone)))]
    return _by_itself(effects, steps, point, alone=alone)


def _by_itself(effects: Effects, steps: Steps, point: Point, *, alone: bool) -> Sequence[_Step]:
    """The same without the code that a library for databases runs there."""
    module, node = steps.module, point.node
    touch = steps.touch(point)
    if isinstance(node, ast.Call) and effects.facts.name_of(module, node.func) in _STOPPING and len(node.args) < 2:
        return [Touch(module.path, node.lineno, _MAY_STOP)]
    if isinstance(node, ast.Call) and (name := effects.facts.name_of(module, node.func)) in TELLS_THREAD:
        return [Touch(module.path, node.lineno, f"asking `{name}()`")]
    if touch is None and isinstance(node, ast.Call):
        inner = effects.facts.definition(module, node.func)
        return [(inner[0], inner[1])] if inner and isinstance(inner[1], ast.FunctionDef) else []
    if touch is None or (alone and is_plain_data(effects, module, point)) or works_on_kept(effects, module, node):
        return []
    if isinstance(node, ast.Yield) and is_manager(module, steps.frame.function):
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
        return [of_each_thread(module, node, touch)]
    name = effects.facts.name_of(module, node.func)
    given = [*node.args, *(keyword.value for keyword in node.keywords)]
    if works_on_database(steps, node) or (
        touch.place == "output" and name != "builtins.print" and logs_alone(module.project)
    ):
        return []
    if name in _ASKS_ENVIRONMENT and not module.project.fact(sets_environment):
        return []
    client = isinstance(node.func, ast.Attribute) and not name and is_shared_client(effects, module, node.func.value)
    known = client or is_of_one_thread(effects, module, node)
    if known or name in AROUND or is_thread_safe(name) or works_on_file(module, node):
        if all(may_be_given(effects, steps, one) or (known and is_given_on(effects, module, one)) for one in given):
            return list(_called_back(effects, steps, node))
        touch = steps.arguments(node) or touch
    meant = effects.facts.definition(module, node.func)
    if meant is not None and isinstance(meant[1], ast.FunctionDef):
        if all(
            steps.frame.of(value) is not Whose.SHARED or (alone and is_container(effects, module, value))
            for value in given
        ):
            return [(meant[0], meant[1])]
    return [touch]
