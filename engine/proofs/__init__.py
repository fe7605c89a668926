"""What is safe: one prover for each hazard (`model.Hazard`), and the only place that decides it.

A prover answers with a `Proof` (the reason, for the review) or with the `Assumption` that stays open and the place that
prevents the proof. Provers are positive: what is not understood is an assumption, never a proof. A codemod names the
hazards that its rewrite brings and asks; it proves nothing by itself.
"""

from __future__ import annotations

import ast

from ..analysis.module import Module
from ..model import Assumption, Hazard, Verdict
from . import interleaving, interruption, ordering
from .interleaving import Inside

__all__ = ["Inside", "awaiting"]


def awaiting(module: Module, node: ast.expr, *, touches_inside: Inside = Inside.NOTHING) -> list[Verdict]:
    """What is known of a coroutine that will await at the expression `node` instead of blocking there.

    `touches_inside` says what happens while it waits: nothing, something that depends on the world outside, or something
    that changes it.
    """
    try:
        return [
            interleaving.prove(module, node, touches_inside),
            ordering.prove(module, node, touches_inside),
            interruption.prove(module, node),
        ]
    except RecursionError:
        sentence = "nobody needs it to run without a pause, which is too deeply nested to be worked out"
        hazards = (Hazard.INTERLEAVING, Hazard.ORDERING, Hazard.INTERRUPTION)
        return [Assumption(hazard, sentence, module.path, node.lineno) for hazard in hazards]
