"""What the functions of a project do when they are called: what they touch, and whose their results are."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from .facts import Facts
from .fates import Fates, Whose
from .module import Module, Project
from .ownership import Frame
from .scope import FunctionNode
from .touch import Touch, together
from .touches import Steps

_DEPTH = 12


class Effects:
    """The effects of the functions of a project. Ask `Project.fact(Effects)`."""

    facts_from: type[Facts] = Facts

    def __init__(self, project: Project) -> None:
        self.facts = project.fact(self.facts_from)
        self._frames: dict[tuple[ast.AST | None, Path, Whose], Frame] = {}
        self._summaries: dict[tuple[ast.AST, Whose], Touch | None] = {}
        self._results: dict[tuple[ast.AST, Whose], Whose] = {}
        self._busy: set[tuple[ast.AST, Whose]] = set()

    def frame(self, module: Module, function: FunctionNode | None, given: Whose) -> Frame:
        """Whose the expressions in a function are."""
        key = function, module.path, given
        if key not in self._frames:
            self._frames[key] = Frame(self.facts, self, module, function, given)
        return self._frames[key]

    def steps(
        self, module: Module, function: FunctionNode, given: Whose = Whose.OWN, ask: Callable[[], Whose] | None = None
    ) -> Steps:
        """The touches of the steps of a function. `given` is whose its arguments are, or, with `ask`, whose they are at worst:
        that finds it out, where it makes a difference.
        """
        exact = None if ask is None else (lambda: self.frame(module, function, ask()))
        return Steps(self.facts, self, self.frame(module, function, given), exact)

    def result(self, frame: Fates, call: ast.Call) -> Whose:
        """Whose the result of a call of the project's is."""
        meant = self.facts.definition(frame.module, call.func)
        if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
            return Whose.SHARED
        module, function = meant[0], meant[1]
        given = frame.made([*call.args, *(keyword.value for keyword in call.keywords)])
        key = function, given
        if key in self._results:
            return self._results[key]
        if key in self._busy or len(self._busy) > _DEPTH or not self.facts.is_plain(module, function):
            return Whose.SHARED
        self._busy.add(key)
        try:
            inner = self.frame(module, function, given)
            returned = [r.value for r in module.within(function, ast.Return) if r.value]
            found = max(map(inner.of, returned), default=Whose.FIXED)
        finally:
            self._busy.discard(key)
        self._results[key] = found
        return found

    def is_pure_call(self, frame: Fates, call: ast.Call) -> bool:
        """Whether a call of a plain function of the project touches nothing, so that it keeps nothing either."""
        meant = self.facts.definition(frame.module, call.func)
        if meant is None or not isinstance(meant[1], ast.FunctionDef):
            return False
        if self.summary(meant[0], meant[1], Whose.OWN) is not None:
            return False
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if len(given) < 2 or frame.made(given) <= Whose.OWN:
            return True
        return self.summary(meant[0], meant[1], Whose.SHARED) is None

    def given_on(self, frame: Fates, call: ast.Call, argument: ast.expr) -> Whose:
        """Whose an own object is that a call is given, as far as the called function of the project is concerned.

        SHARED where it may keep the object, HOLDS where it may put something of others into it.
        """
        meant = self.facts.definition(frame.module, call.func)
        if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)):
            return Whose.SHARED
        module, function = meant[0], meant[1]
        if isinstance(call.func, ast.Attribute):
            owner = self.facts.definition(frame.module, call.func.value)
            if owner is not None and isinstance(owner[1], ast.ClassDef):
                return Whose.SHARED  # `self` may be given by hand
        name = _parameter(module, function, call, argument)
        inner = self.frame(module, function, Whose.OWN)
        if name is None or inner.is_busy or len(self._busy) > _DEPTH or not self.facts.is_plain(module, function):
            return Whose.SHARED
        found = inner.variable(module.names.opened[function], name)
        others = [value for value in (*call.args, *(k.value for k in call.keywords)) if value is not argument]
        if found is Whose.SHARED or frame.made(others) > Whose.OWN:
            return Whose.SHARED  # it may be put into something of others that is given with it
        return found

    def summary(self, module: Module, function: FunctionNode, given: Whose) -> Touch | None:
        """All that a plain function touches when it is called, as one; None where it touches nothing."""
        key = function, given
        if key in self._summaries:
            return self._summaries[key]
        if key in self._busy or len(self._busy) > _DEPTH or not self.facts.is_plain(module, function):
            return Touch(module.path, function.lineno, f"`{function.name}()`")
        self._busy.add(key)
        try:
            steps = self.steps(module, function, given)
            points = (p for several in self.facts.flow(module, function).points.values() for p in several)
            found = together(touch for point in points if (touch := steps.touch(point)) is not None)
        finally:
            self._busy.discard(key)
        self._summaries[key] = found
        return found


def _parameter(module: Module, function: FunctionNode, call: ast.Call, argument: ast.expr) -> str | None:
    """The parameter of a function by which a call gives it an argument; None where that is not seen."""
    if any(isinstance(given, ast.Starred) for given in call.args):
        return None
    names = [given.arg for given in (*function.args.posonlyargs, *function.args.args)]
    if argument in call.args:
        bound = isinstance(module.parent(function), ast.ClassDef) and isinstance(call.func, ast.Attribute)
        plain = not any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in function.decorator_list)
        position = call.args.index(argument) + (bound and plain)
        return names[position] if position < len(names) else None
    given = next((keyword.arg for keyword in call.keywords if keyword.value is argument), None)
    return given if given in names or given in [only.arg for only in function.args.kwonlyargs] else None
