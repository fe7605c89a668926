"""Calls that block with nothing between them that lets others run, as one change: a thread for one of them alone gains little."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from ..analysis.concurrency import concurrency
from ..analysis.module import Module
from ..analysis.stretch import Stretches
from ..model import Assumption, Change, Cost, FileChange, Finding, Hazard, Time, Verdict

#: What is asked of each call; of the others one wait is one question.
OF_EACH = frozenset({Hazard.THREAD, Hazard.OUTSIDE})
_SHOWN = 3
#: How many assumptions of one hazard are told one by one.
_ASKED = 2
#: How the titles of changes end that let a thread make a call.
_IN_THREAD = (" in a thread", " in one thread")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A finding with the calls that its change moves."""

    finding: Finding
    calls: tuple[ast.Call, ...]


def at(module: Module, findings: Iterable[Finding]) -> Iterator[Found]:
    """Findings with the calls that they are about; those are not looked for where nothing could be put together."""
    found = list(findings)
    several = sum(finding.change is not None for finding in found) > 1
    by_place = {module.span(call): call for call in module.all(ast.Call)} if several else {}
    for finding in found:
        start = module.line_starts[finding.line - 1] + finding.column
        end = module.line_starts[finding.end_line - 1] + finding.end_column
        call = by_place.get((start, end))
        yield Found(finding, (call,) if call is not None else ())


def side_by_side(module: Module, found: Iterable[Found]) -> Iterator[Finding]:
    """The findings of a file, with one in the place of those whose calls follow each other without a wait between them.

    Each call keeps a thread of its own, so that the branches between them stay as they are.
    """
    several = list(found)
    yield from as_one(several, _groups(module, several), lambda group: _one(module, group))


def as_one(
    found: Iterable[Found], groups: Iterable[list[Found]], joined: Callable[[list[Found]], Finding]
) -> Iterator[Finding]:
    """The findings in their order, with what `joined` makes of a group in the place of its first one."""
    of = {id(one): group for group in groups for one in group}
    for one in found:
        group = of.get(id(one))
        if group is None:
            yield one.finding
        elif one is group[0]:
            yield joined(group)


def told(module: Module, calls: Sequence[ast.Call]) -> str:
    """The calls, as a sentence has them."""
    names = [f"{module.shown(call.func)}()" for call in calls]
    shown = list(dict.fromkeys(names))
    if len(shown) == 1:
        return f"{len(names)} calls of {shown[0]}"
    if len(shown) > _SHOWN:
        return f"{shown[0]} and {len(names) - 1} more calls"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def _groups(module: Module, found: list[Found]) -> list[list[Found]]:
    """Those of one coroutine between which others do not surely run; what is safe stays by itself, and is applied without a question."""
    groups: list[list[Found]] = []
    for one in sorted((f for f in found if _may_join(module, f)), key=lambda f: module.start(f.calls[0])):
        joined = [one]
        for group in [group for group in groups if any(_is_near(module, other, one) for other in group)]:
            if not any(_meet(a, b) for a in group for b in joined):
                joined = [*group, *joined]
                groups.remove(group)
        groups.append(sorted(joined, key=lambda f: module.start(f.calls[0])))
    return [group for group in groups if len(group) > 1]


def _may_join(module: Module, found: Found) -> bool:
    change = found.finding.change
    if not found.calls or change is None or not change.open or not change.title.endswith(_IN_THREAD):
        return False
    return not tells_tgfix(module, module.statement(found.calls[0]), module.statement(found.calls[-1]))


def tells_tgfix(module: Module, first: ast.stmt, last: ast.stmt) -> bool:
    """Whether a comment for tgfix stands on the lines from one statement to another."""
    return "tgfix:" in module.text[module.line_span(first)[0] : module.line_span(last)[1]]


def leads(module: Module, one: ast.expr, other: ast.expr) -> bool:
    """Whether a way leads from one expression to another one of its coroutine on which others do not surely run."""
    function = module.function(one)
    if not isinstance(function, ast.AsyncFunctionDef) or module.function(other) is not function:
        return False
    return other in module.project.fact(Stretches).reached(module, one)


def _is_near(module: Module, one: Found, other: Found) -> bool:
    """Whether nothing surely waits between what both move, or one statement holds them."""
    first, last = one.calls[-1], other.calls[0]
    return module.statement(first) is module.statement(last) or leads(module, first, last)


def _meet(one: Found, other: Found) -> bool:
    """Whether the edits of two changes cannot be made at once, as where one call is an argument of the other. What both make, as the
    parentheses of an expression that holds both, is made once.
    """
    changes = [found.finding.change for found in (one, other) if found.finding.change is not None]
    edits = [set(change.files[0].edits) for change in changes]
    only = edits[0] - edits[1], edits[1] - edits[0]
    return any(a.start <= b.end and b.start <= a.end for a in only[0] for b in only[1])


def _one(module: Module, group: list[Found]) -> Finding:
    """The finding for all of a group."""
    first, last = group[0].finding, max((f.finding for f in group), key=lambda f: (f.end_line, f.end_column))
    calls = [call for found in group for call in found.calls]
    changes = [found.finding.change for found in group if found.finding.change is not None]
    parts = [change.files[0] for change in changes]
    part = FileChange(
        parts[0].path,
        tuple(dict.fromkeys(edit for part in parts for edit in part.edits)),
        tuple(dict.fromkeys(wanted for part in parts for wanted in part.imports)),
    )
    text = told(module, calls)
    more = dict.fromkeys(rest for change in changes for rest in change.why.split(". ", 1)[1:])
    bot = concurrency(module.project, module.path)
    then = bot.gain if bot.one_by_one else "they stop only this coroutine"
    why = f"{text} stop the whole bot one after the other; in threads {then}."
    change = Change(
        f"Make {len(calls)} calls in threads",
        " ".join([why, *more]),
        tuple(verdicts_of(changes)),
        (part,),
    )
    message = f"{text} block the event loop one after the other: nobody else is served meanwhile"
    costs = [found.finding.cost for found in group]
    known: list[Cost | Time] = [cost for cost in costs if cost is not None]
    cost = max(known, key=_milliseconds) if len(known) == len(costs) else None
    return replace(
        first,
        message=message,
        change=change,
        alternatives=(),
        end_line=last.end_line,
        end_column=last.end_column,
        cost=cost,
    )


def _milliseconds(cost: Cost | Time) -> float:
    return cost.milliseconds


def verdicts_of(changes: Sequence[Change]) -> Iterator[Verdict]:
    """For each hazard what stays open of the calls, or the first proof."""
    verdicts = [verdict for change in changes for verdict in change.verdicts]
    for hazard in dict.fromkeys(v.hazard for v in verdicts):
        of = [v for v in verdicts if v.hazard is hazard]
        asked = sorted((v for v in of if isinstance(v, Assumption)), key=lambda v: v.is_slight)
        if hazard in (Hazard.INTERLEAVING, Hazard.THREAD):  # those that tell of different places
            asked = list({(v.path, v.line): v for v in reversed(asked)}.values())[::-1]
        elif hazard not in OF_EACH:
            asked = asked[:1]
        yield from joined(asked) or of[:1]


def joined(asked: list[Assumption]) -> list[Assumption]:
    """What is asked of several calls, readable at a glance: of more than two the first, and that it holds for the others."""
    if len(asked) <= _ASKED:
        return asked
    return [
        replace(asked[0], sentence=f"{asked[0].sentence}, and the same for {len(asked) - 1} more places of these calls")
    ]
