"""What is told of several calls that are one change."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..analysis.concurrency import concurrency
from ..analysis.module import Module
from ..analysis.stopped import stopped
from ..model import Assumption, Change, Hazard, Several, Verdict
from .awaits import refusal

#: What is asked of each call; of the others one wait is one question.
OF_EACH = frozenset({Hazard.THREAD, Hazard.OUTSIDE})
_SHOWN = 3
#: How many assumptions of one hazard are told one by one.
_ASKED = 2
#: What tells sentences of one kind apart: the code that they name, and its line.
_CODE = re.compile(r"(?: in )?`[^`]*`(?: \(line \d+\))?")


def one_of_several(
    module: Module, call: ast.Call, title: str, then: str, *, name: str = "", lasts: int | None = None
) -> Several:
    """What is told of a call where its function has several of the kind, which are one change then."""
    statement, function = module.statement(call), module.function(call)
    block = module.block_of(statement) or [statement]
    name = name or f"{module.shown(call.func)}()"
    begins, at = module.start(function or module.tree), module.start(block[0])
    return Several(title, (name,), begins, at, then, lasts, stopped(module))


def in_threads(module: Module, call: ast.Call) -> Several:
    """The same for calls that threads make."""
    gain = concurrency(module.project, module.path).gain
    return one_of_several(module, call, "Make {} calls in threads", f"in threads {gain} meanwhile")


def awaited_results(module: Module, call: ast.Call) -> Several:
    """The same for results of pools that are awaited."""
    gain = concurrency(module.project, module.path).gain
    return one_of_several(module, call, "Await {} results", f"awaited, {gain} meanwhile")


def left_there(module: Module, call: ast.Call, reason: str) -> Several | None:
    """The same for a call that blocks and is left alone for its place, so that what moves beside it says so."""
    return in_threads(module, call) if reason == refusal(module, call) else None


def told(names: Sequence[str]) -> str:
    """The calls, as a sentence has them."""
    shown = list(dict.fromkeys(names))
    if len(shown) == 1:
        return f"{len(names)} calls of {shown[0]}"
    if len(shown) > _SHOWN:
        return f"{shown[0]} and {len(names) - 1} more calls"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def in_seconds(number: float) -> str:
    """A time in words."""
    return f"{number:g} second{'' if number == 1 else 's'}"


def verdicts_of(changes: Sequence[Change]) -> Iterator[Verdict]:
    """For each hazard what stays open of the calls, or the first proof."""
    verdicts = [verdict for change in changes for verdict in change.verdicts]
    for hazard in dict.fromkeys(v.hazard for v in verdicts):
        of = [v for v in verdicts if v.hazard is hazard]
        asked = [v for v in of if isinstance(v, Assumption)]
        asked = [v for v in asked if not v.is_slight] or asked
        if hazard in (Hazard.INTERLEAVING, Hazard.THREAD):  # those that tell of different places
            asked = sorted(asked, key=_is_open_before)
            asked = list({_is_open_before(v) or (v.path, v.line): v for v in reversed(asked)}.values())[::-1]
        elif hazard not in OF_EACH:
            asked = asked[:1]
        yield from joined(asked) or of[:1]


def _is_open_before(asked: Assumption) -> bool:
    """Whether it says that something has waited already, so that nothing new is asked: once is enough."""
    return asked.sentence.endswith(" already")


def joined(asked: list[Assumption]) -> list[Assumption]:
    """What is asked of several calls, readable at a glance: of more than two the first of each kind, and that it holds for the others."""
    if len(asked) <= _ASKED:
        return asked
    kinds: dict[str, list[Assumption]] = {}
    for one in asked:
        kinds.setdefault(_CODE.sub("", one.sentence), []).append(one)
    return [_with_others(first, len(others)) for first, *others in kinds.values()]


def _with_others(asked: Assumption, others: int) -> Assumption:
    if not others:
        return asked
    more = f"{others} more place{'s' * (others > 1)} of these calls"
    return replace(asked, sentence=f"{asked.sentence}, and the same for {more}")
