"""Results of pools of threads and processes for which a coroutine waits: asyncio waits for them without a thread."""

from __future__ import annotations

import ast

from ....engine.analysis.blocking import Block
from ....engine.analysis.module import Module
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Hazard, Import, Verdict
from ....engine.proofs import Inside, awaiting, interruption
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for
from .texts import stops, then

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


def change(codemod: Codemod, module: Module, call: ast.Call, text: str) -> Change:
    """The change by which ``future.result()`` becomes ``await asyncio.wrap_future(future)``; `text` is the call in a sentence."""
    assert isinstance(call.func, ast.Attribute)
    asyncio, imports = name_for(module, Import("asyncio"), call)
    edits = awaits.awaited(module, call, f"{asyncio}.wrap_future", module.segment(call.func.value))
    why = f"{stops(module, text)} until it is done, as if there were no pool; awaited, {then(module)}."
    meanwhile = "what runs in the pool touches nothing that the event loop changes meanwhile"
    verdicts: list[Verdict] = [
        *awaiting(module, call, touches_inside=Inside.WRITES, without=Hazard.INTERRUPTION),
        interruption.in_thread(module, call, ends_soon=False),
        Assumption(Hazard.THREAD, meanwhile, module.path, call.lineno),
    ]
    return codemod.change(module, edits, why, title=f"Await {text}", verdicts=verdicts, imports=imports)
