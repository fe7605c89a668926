"""What is safe: one prover for each hazard (`model.Hazard`), and the only place that decides it.

A prover answers with a `Proof` (the reason, for the review) or with the `Assumption` that stays open and the place that
prevents the proof. Provers are positive: what is not understood is an assumption, never a proof. A codemod names the
hazards that its rewrite brings and asks; it proves nothing by itself.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from functools import partial

from ..analysis.module import Module
from ..model import Assumption, Hazard, Verdict
from . import interleaving, interruption, ordering
from .interleaving import Inside

__all__ = ["Inside", "awaiting", "awaiting_each", "worst"]

_WEIGHTY = 2


def awaiting(
    module: Module, node: ast.expr, *, touches_inside: Inside = Inside.NOTHING, without: Hazard | None = None,
    shown: ast.expr | None = None,
) -> list[Verdict]:  # fmt: skip
    """What is known of a coroutine that will await at the expression `node` instead of blocking there.

    `touches_inside` says what happens while it waits: nothing, something that depends on the world outside, or something
    that changes it. `without` is a hazard of which another prover is asked (`interruption.in_thread`). `shown` is what the
    sentences name, where the new await stands before `node`.
    """
    return _awaiting(module, node, touches_inside, frozenset() if without is None else frozenset({without}), shown)


def awaiting_each(
    module: Module, nodes: Iterable[ast.expr], *, touches_inside: Inside = Inside.NOTHING
) -> list[Verdict]:
    """The same for several expressions of one change: for each hazard the `worst`."""
    found: list[Verdict] = []
    for node in nodes:
        settled = frozenset(verdict.hazard for verdict in found if _weight(verdict) == _WEIGHTY)
        found += _awaiting(module, node, touches_inside, settled)
    return worst(found)


def worst(verdicts: Iterable[Verdict]) -> list[Verdict]:
    """One verdict for each hazard: the first assumption that is not slight, else the first one, else the first proof."""
    chosen: dict[Hazard, Verdict] = {}
    for verdict in verdicts:
        if verdict.hazard not in chosen or _weight(verdict) > _weight(chosen[verdict.hazard]):
            chosen[verdict.hazard] = verdict
    return list(chosen.values())


def _weight(verdict: Verdict) -> int:
    return _WEIGHTY - verdict.is_slight if isinstance(verdict, Assumption) else 0


def _awaiting(
    module: Module, node: ast.expr, inside: Inside, settled: frozenset[Hazard], shown: ast.expr | None = None
) -> list[Verdict]:
    """The verdicts for one expression on all hazards but those that are `settled`."""
    provers: dict[Hazard, Callable[[], Verdict]] = {
        Hazard.INTERLEAVING: partial(interleaving.prove, module, node, inside, shown=shown),
        Hazard.ORDERING: partial(ordering.prove, module, node, inside, shown=shown),
        Hazard.INTERRUPTION: partial(interruption.prove, module, node),
    }
    try:
        return [prove() for hazard, prove in provers.items() if hazard not in settled]
    except RecursionError:
        sentence = "nobody needs it to run without a pause, which is too deeply nested to be worked out"
        return [Assumption(hazard, sentence, module.path, node.lineno) for hazard in provers if hazard not in settled]
