"""Ask for the running loop with `asyncio.get_running_loop()` in coroutines.

## What it does
Rewrites `asyncio.get_event_loop()` to `asyncio.get_running_loop()` where it is called directly in a coroutine, whatever
the project calls the function. Both return the loop that runs the coroutine.

## Why it is slow
It is not: each takes 17 ns on Python 3.12 and 150 ns on 3.11 (the best of sixty times 100,000 calls), and in a coroutine
both work on every Python from 3.7 to 3.14 and later. What is gained is a clear error. Where no loop runs,
`get_running_loop()` says so; `get_event_loop()` makes a loop there before Python 3.14, or gives one that does not run and
on which nothing that is started ever happens. That is what a line does when it moves from a coroutine to a thread.
It is off unless it is selected: `--select TGF504`. Python's documentation prefers `get_running_loop()` in coroutines.

## When it is safe
The call stands directly in an `async def`, its name can only be asyncio's function, a loop surely runs there, and nobody
in the project, tests included, puts something else in the place of one of the two functions. It is *unsafe* where
somebody may, and where the bot may run on Python 3.6.

## When it leaves code alone
In a lambda, a generator expression, a class body, a plain function or an annotation inside a coroutine, which may run
elsewhere; where the name may also be something else; with arguments, which fail before and after; in files for other
event loops; and where the code may run without a running loop. A coroutine that still waits when the bot ends is closed:
its `finally` and its `except BaseException` run then, and what they call, where `get_running_loop()` raises. Plain
functions are no finding: outside a running loop the two differ.

## References
- https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_event_loop
- https://docs.python.org/3/library/asyncio-eventloop.html#asyncio.get_running_loop
- https://docs.python.org/3/reference/datamodel.html#coroutine.close
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from ....engine.analysis import refuse
from ....engine.analysis.closing import Closing
from ....engine.analysis.module import Module, Project
from ....engine.codemod import Codemod, replace
from ....engine.model import Cost, Edit, Finding, Import
from ....engine.proofs import identity
from ....engine.rewriting.awaits import has_exact_span
from ....engine.rewriting.imports import name_for
from ....engine.sources.reach import is_test
from .examples import EXAMPLES

_OLD, _NEW = "get_event_loop", "get_running_loop"
_MODULES = ("asyncio", "asyncio.events")
_WHY = (
    "It is the same loop, and not faster (17 ns each). But where no loop runs `get_running_loop()` says so, "
    "while `get_event_loop()` may give one that never runs."
)


class RunningLoop(Codemod):
    """See the module's docstring."""

    code = "TGF504"
    name = "running-loop"
    title = "Call asyncio.get_running_loop()"
    cost = Cost.NONE
    needles = (_OLD.encode(),)
    examples = EXAMPLES
    opt_in = True

    def find(self, module: Module) -> Iterator[Finding]:
        """Every call of `asyncio.get_event_loop` with a coroutine around it."""
        if is_test(module.project.settings.root, module.path):
            return  # a test that reads well as it is, and is nobody's bot
        for call in module.all(ast.Call):
            names = module.candidates(call.func)
            known = [name for name in (f"{home}.{_OLD}" for home in _MODULES) if name in names]
            if not known or not module.in_coroutine(call):
                continue
            message = f"{module.segment(call.func)}() does not say that it means the running loop"
            if reason := _reason(module, call, names):
                yield self.finding(module, call, message, reason=reason)
                continue
            edit, imports = _rewritten(module, call.func)
            old = known[0]
            verdict = identity.unreplaced(module, old, old.replace(_OLD, _NEW))
            change = self.change(module, [edit], _WHY, verdicts=[verdict], imports=imports)
            yield self.finding(module, call, message, change=change)


def _rewritten(module: Module, function: ast.expr) -> tuple[Edit, tuple[Import, ...]]:
    """The new name in the place of the old one: of an attribute nothing else changes."""
    end = module.end(function)
    if isinstance(function, ast.Attribute) and function.attr == _OLD:
        return Edit(end - len(_OLD), end, _NEW), ()
    name, imports = name_for(module, Import("asyncio", _NEW), function)
    return replace(module, function, name), imports


def _reason(module: Module, call: ast.Call, names: frozenset[str]) -> str | None:
    """Why the call is left alone."""
    if others := names - {f"{home}.{_OLD}" for home in _MODULES}:
        return f"{module.segment(call.func)} may also be {max(others) or 'something of the project itself'} here"
    if call.args or call.keywords:
        return "it is called with arguments, which fails when it runs: neither function takes any"
    if place := _elsewhere(module, call):
        return f"it stands in {place} inside a coroutine, which may run where no loop does"
    if refusal := refuse.foreign_event_loop(module):
        return refusal
    if driven := module.project.fact(_drives_coroutines):
        return f"the project drives coroutines with `{driven}`, without a running loop"
    if found := module.project.fact(Closing).without_loop(module, call):
        path, line = found
        place = f"line {line}" if path == module.path else f"{path.name}, line {line},"
        return f"it may run without a loop: {place} runs or goes on when a waiting coroutine is closed as the bot ends"
    if not has_exact_span(module, call.func):
        return "it stands in an f-string, where it is not rewritten"
    return None


def _drives_coroutines(project: Project) -> str:
    """How code of a project lets coroutines run by itself, as no loop does: ``coroutine.send(None)``, ``next(coroutine.__await__())``."""
    for path in project.mentioning(("send", "__await__")):
        if (module := project.parsed(path)) is None:
            return path.name
        for sends in module.attributes("send"):
            match module.parent(sends):
                case ast.Call(func=function, args=[ast.Constant(value=None)]) if function is sends:
                    return ".send(None)"
                case ast.Call(func=function) if function is sends:
                    pass
                case _:
                    return ".send"
        for awaits in module.attributes("__await__"):
            around = module.function(awaits)
            if around is None or around.name != "__await__":
                return ".__await__()"
    return ""


def _elsewhere(module: Module, call: ast.Call) -> str | None:
    """What stands between the call and its coroutine."""
    for child, ancestor in pairwise([call, *module.ancestors(call)]):
        if child in (getattr(ancestor, "annotation", None), getattr(ancestor, "returns", None)):
            return "an annotation"
    scope = module.scope(call)
    while isinstance(scope.node, (ast.ListComp, ast.SetComp, ast.DictComp)) and scope.parent:
        scope = scope.parent
    match scope.node:
        case ast.Lambda():
            return "a lambda"
        case ast.GeneratorExp():
            return "a generator expression"
        case ast.ClassDef():
            return "a class body"
        case ast.FunctionDef(name=name):
            return f"{name}(), a plain function"
    return None
