"""Where clients are made so seldom that a helper is out of proportion to the 20 ms that it saves each."""

from __future__ import annotations

import ast

from ....engine.analysis.handlers import in_quick_loop, pauses, when_failing
from ....engine.analysis.module import Module
from ....engine.analysis.owner import only_the_owner_comes
from ....engine.analysis.reach import runs_once

_OUT_OF_PROPORTION = "{}, and to save 20 ms there is not worth a helper"


def rare(module: Module, call: ast.Call) -> str | None:
    """Why a client is made seldom, as a clause: where something has failed, while the bot starts, once in minutes, for its owner."""
    if in_quick_loop(module, call):
        return None
    if when_failing(module, call):
        return _OUT_OF_PROPORTION.format("it is made only where something has failed")
    if _pausing(module, call):
        return _OUT_OF_PROPORTION.format("the loop around it pauses for a minute or more")
    if runs_once(module, call.lineno):
        return _OUT_OF_PROPORTION.format("it is made once, while the bot starts or stops")
    if only_the_owner_comes(module, call):
        return _OUT_OF_PROPORTION.format("only the owner of the account sends this command")
    return None


def _pausing(module: Module, call: ast.Call) -> bool:
    """Whether a loop around a place makes a long pause in each turn."""
    steps = (
        statement.value for loop in module.loops(call) for statement in loop.body if isinstance(statement, ast.Expr)
    )
    calls = (step.value if isinstance(step, ast.Await) else step for step in steps)
    return any(pauses(module, call, 60) for call in calls)
