"""The hazard `thread` for requests: a call of an HTTP library runs in another thread while the event loop goes on.

The libraries are made for threads; a session of requests is made for one at a time, so it has to be the function's own. What
counts besides is that no code of the project runs in the thread (hooks, progress functions, generators, objects that only look like
files), and that nobody changes what is sent while it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ...knowledge import http
from ..analysis.activations import Activations
from ..analysis.assignments import all_values_of, values_of
from ..analysis.effects import Effects
from ..analysis.facts import Facts
from ..analysis.fates import Whose
from ..analysis.module import Module
from ..analysis.ownership import Frame
from ..analysis.replacements import Replacements
from ..analysis.replacing import Replacement
from ..model import Assumption, Hazard, Proof, Verdict
from ..sources.old_copies import is_aside
from .interleaving import is_unused
from .thread_made import may_run
from .thread_sentences import left_alone
from .thread_values import is_owned, log_format, of_others

#: What changes how all requests of a program are made.
_OF_ALL_REQUESTS = ("install_opener", "requests_cache", "install_cache", "patch_all", "monkey_patch")


def request(module: Module, call: ast.Call) -> Verdict:
    """Whether a call that sends a request may be made by a thread, with what it is given."""
    for path in module.project.mentioning(_OF_ALL_REQUESTS):
        sentence = f"threads may make requests as `{path.name}` has them made"
        return Assumption(Hazard.THREAD, sentence, path)
    settings = module.project.fact(log_format)
    for path in (*module.project.mentioning(("threadName", "taskName")), *([settings] if settings else ())):
        return Assumption(Hazard.THREAD, f"nobody minds that the log of `{path.name}` names another thread", path)
    for replaced in _replacements(module, call):
        sentence = f"what takes the place of `{module.shown(call.func)}` here may run in a thread"
        return Assumption(Hazard.THREAD, sentence, replaced.path, replaced.line)
    frame, effects = _frame(module, call), module.project.fact(Effects)
    session = call.func.value if isinstance(call.func, ast.Attribute) and _is_session(module, call) else None
    if session is not None and (odd := next(_oddities(module, frame, session), None)):
        sentence = odd[0] or f"nobody else uses the session `{module.shown(session)}` while the thread does"
        return Assumption(Hazard.THREAD, sentence, module.path, odd[1].lineno)
    for name, value in _given(module, call):
        text = module.shown(value)
        if name not in http.PLAIN | http.DATA or may_run(module, value):
            sentence = f"`{text}` may be used by a thread"
        elif name in http.DATA and not is_owned(effects, module, frame, value):
            part = of_others(effects, module, frame, value)
            if name in ("headers", "auth") and part is not value:
                continue  # the values of headers, and a name with its password, can be nothing but texts
            return left_alone(module, part, "while a thread sends it")
        else:
            continue
        return Assumption(Hazard.THREAD, sentence, module.path, value.lineno)
    return Proof(Hazard.THREAD, "threads may make requests, and nobody else has what is sent")


def _replacements(module: Module, call: ast.Call) -> Iterator[Replacement]:
    """What the program itself, not a test of it, puts in the place of the function."""
    project = module.project
    for name in sorted(module.candidates(call.func)):
        for found in project.fact(Replacements).of_library(module, name):
            if not is_aside(found.path, project.settings.root):
                yield found


def _is_session(module: Module, call: ast.Call) -> bool:
    return module.project.fact(Facts).sends_request(module, call)


def _given(module: Module, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """The arguments by name; "" where the name is not known."""
    function = call.func
    last = function.attr if isinstance(function, ast.Attribute) else (module.resolve(function) or "").rpartition(".")[2]
    for place, value in enumerate(call.args):
        if isinstance(value, ast.Call) and module.resolve(value.func) == "urllib.request.Request":
            yield from _given(module, value)
        else:
            yield http.argument_name(last, place), value
    for keyword in call.keywords:
        yield keyword.arg or "", keyword.value


def _frame(module: Module, call: ast.Call) -> Frame:
    """Whose the expressions around a call are. What a function is given is its own where nothing in the project calls it."""
    function = module.function(call)
    activations = module.project.fact(Activations)
    unused = function is None or is_unused(module.project, activations.each_start(module, call))
    given = Whose.OWN if unused or function is None else activations.given(module, function)
    return module.project.fact(Effects).frame(module, function, given)


def _is_made_here(module: Module, session: ast.Name) -> bool:
    """Whether a session is made in the function that uses it, by a library, and goes nowhere else."""
    function, scope = module.function(session), module.scope(session).find(session.id)
    made = all_values_of(module, session)
    if scope is None or scope.node is not function or not made:
        return False
    facts = module.project.fact(Facts)
    if not all(isinstance(value, ast.Call) and facts.name_of(module, value.func) for value in made):
        return False
    return all(
        isinstance(use.ctx, ast.Store)
        or (isinstance(module.parent(use), ast.Attribute) and module.function(use) is function)
        for use in module.uses(session.id, scope)
    )


def _oddities(module: Module, frame: Frame, session: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """What stands against using a session in a thread: that others have it, and code of the project that it runs."""
    if not isinstance(session, ast.Name) or not (frame.of(session) <= Whose.OWN or _is_made_here(module, session)):
        yield "", session
        return
    text = module.shown(session)
    for value in values_of(module, session):
        for keyword in value.keywords if isinstance(value, ast.Call) else ():
            if keyword.arg not in http.PLAIN | http.DATA | http.OF_CLIENT or may_run(module, keyword.value):
                yield (
                    f"a thread may use the session `{text}`, although it is given `{keyword.arg or '**'}`",
                    keyword.value,
                )
    scope = module.scope(session).find(session.id)
    for use in module.uses(session.id, scope) if scope else ():
        attribute = module.parent(use)
        stored = module.parent(attribute) if isinstance(attribute, ast.Attribute) else None
        plain = not isinstance(stored, ast.Assign) or not may_run(module, stored.value)
        if isinstance(attribute, ast.Attribute) and (attribute.attr in http.RUNS_CODE or not plain):
            yield f"a thread may use the session `{text}`, although `{module.shown(attribute)}` is used", attribute
