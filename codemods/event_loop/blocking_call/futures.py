"""Results of pools of threads and processes for which a coroutine waits: asyncio waits for them without a thread."""

from __future__ import annotations

import ast

from ....engine.analysis.blocking import Block
from ....engine.analysis.module import Module
from ....engine.model import Assumption, Edit, Hazard, Import, Verdict
from ....engine.proofs import Inside, awaiting, interruption
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for

#: What waits for a result, or asks whether it is there, before it is taken.
_THERE = ("as_completed(", ".done()", "wait(")


def is_there(module: Module, block: Block) -> bool:
    """Whether the function of a call may have seen to it that the result is there already."""
    function = module.function(block.call)
    return function is not None and any(word in module.segment(function) for word in _THERE)


def refusal(call: ast.Call) -> str | None:
    """Why a result is not awaited, as a clause."""
    if call.args or call.keywords:
        return "it has a time limit: `await asyncio.wait_for(asyncio.wrap_future(…), …)` has one, and cancels what has not begun"
    return None


def awaited(module: Module, call: ast.Call) -> tuple[list[Edit], tuple[Import, ...]]:
    """The edits that make ``future.result()`` into ``await asyncio.wrap_future(future)``, and the imports that they need."""
    assert isinstance(call.func, ast.Attribute)
    asyncio, imports = name_for(module, Import("asyncio"), call)
    return awaits.awaited(module, call, f"{asyncio}.wrap_future", module.segment(call.func.value)), imports


def verdicts(module: Module, call: ast.Call) -> list[Verdict]:
    """What is asked of the provers."""
    meanwhile = "what runs in the pool touches nothing that the event loop changes meanwhile"
    return [
        *awaiting(module, call, touches_inside=Inside.WRITES, without=Hazard.INTERRUPTION),
        interruption.in_thread(module, call, ends_soon=False),
        Assumption(Hazard.THREAD, meanwhile, module.path, call.lineno),
    ]
