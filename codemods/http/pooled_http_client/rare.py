"""Where 20 ms of each client are not felt, so that nothing is gained by making its TLS settings once."""

from __future__ import annotations

import ast
import math

from ....engine.analysis.handlers import in_quick_loop, pauses, runs_often, when_failing
from ....engine.analysis.lengthy import is_of_jobs, is_of_worker, takes_seconds, takes_seconds_each_time
from ....engine.analysis.literal import NotLiteral, evaluate
from ....engine.analysis.module import Module
from ....engine.analysis.owner import only_the_owner_comes
from ....engine.analysis.reach import nobody_waits, runs_once

_OUT_OF_PROPORTION = "{}, and to save 20 ms there is not worth a helper"
#: Seconds for which nobody lets a request take that answers at once.
_PATIENT = 60


def rare(module: Module, call: ast.Call) -> str | None:
    """Why nobody feels the 20 ms of a client, as a clause: it is made seldom, nobody waits for it, or what takes seconds stands beside."""
    if reason := takes_seconds_each_time(module, call):
        return _OUT_OF_PROPORTION.format(reason)
    if only_the_owner_comes(module, call) and not in_quick_loop(module, call):
        return _OUT_OF_PROPORTION.format("only the owner of the account sends this command")
    if is_in_loop(module, call):
        return None
    if when_failing(module, call):
        return _OUT_OF_PROPORTION.format("it is made only where something has failed")
    if _pausing(module, call):
        return _OUT_OF_PROPORTION.format("the loop around it pauses for a minute or more")
    if runs_once(module, call.lineno):
        return _OUT_OF_PROPORTION.format("it is made once, while the bot starts or stops")
    if reason := nobody_waits(module):
        return _OUT_OF_PROPORTION.format(reason)
    if is_of_worker(module, call):
        return _OUT_OF_PROPORTION.format("the jobs of a worker make it, where nobody waits")
    if is_of_jobs(module, call):
        return _OUT_OF_PROPORTION.format("only a timer comes to it, so that nobody waits")
    if _is_patient(module, call):
        return _OUT_OF_PROPORTION.format("its requests may take a minute and more, as its timeout says")
    if reason := takes_seconds(module, call):
        return _OUT_OF_PROPORTION.format(reason)
    return None


def is_in_loop(module: Module, call: ast.Call) -> bool:
    """Whether a loop that does not pause for a second makes the client, here or where its function is called."""
    if in_quick_loop(module, call):
        return True
    function = module.function(call)
    return function is not None and (runs_often(module, function) or "").endswith("in a loop")


def _pausing(module: Module, call: ast.Call) -> bool:
    """Whether a loop around a place makes a long pause in each turn."""
    steps = (
        statement.value for loop in module.loops(call) for statement in loop.body if isinstance(statement, ast.Expr)
    )
    calls = (step.value if isinstance(step, ast.Await) else step for step in steps)
    return any(pauses(module, call, 60) for call in calls)


def _is_patient(module: Module, call: ast.Call) -> bool:
    """Whether a client waits for a minute or longer: its owner has seen that it takes long."""
    given = next((keyword.value for keyword in call.keywords if keyword.arg == "timeout"), None)
    if isinstance(given, ast.Call) and given.args:
        given = given.args[0]
    if given is None:
        return False
    try:
        seconds = evaluate(module, given)
    except NotLiteral:
        return False
    return (math.inf if seconds is None else seconds) >= _PATIENT if isinstance(seconds, int | float | None) else False
