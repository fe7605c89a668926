"""What runs of a program after do otherwise than those before: in each of them, and not by chance."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from .effects import KEPT, RETURNED, Difference, as_difference, canonical, differences, numberless, told, told_apart
from .running import Outcome
from .world.known import LOCAL, NOT_SET

#: What is not there any more differs also where it varies what it is.
_AT_ALL = " at all"
_Values = Mapping[str, Mapping[str, list[str]]]


def compared(
    before: Sequence[Outcome], after: Sequence[Outcome], under: str = ""
) -> tuple[list[Difference], list[Difference]]:
    """What differs in every run after, and what differs anyway: between two runs before.

    Where what the program does is the same, what its functions return and leave in their variables is looked at: that
    decides nothing here, and may elsewhere.
    """
    chance = [each for again in before[1:] for each in differences(before[0], again)]
    varying = _once(chance)
    pairs = [(before[number % len(before)], side) for number, side in enumerate(after)]
    steps = before[0].report.get("steps", [])
    new = [list(_beyond(differences(*pair), chance)) for pair in pairs]
    found = _in_all([told_apart(each, varying, steps) for each in new])
    found = found or _of_values(
        *([side for side in sides if "startup_values" in side.report] for sides in (before, after))
    )
    named = [[dataclasses.replace(each, what=f"{under}{each.what}") for each in group] for group in (found, varying)]
    return named[0], named[1]


def _beyond(found: Sequence[Difference], chance: Sequence[Difference]) -> Iterator[Difference]:
    """What is not by chance: of what varies anyway, the lines that are always there, and now nowhere but for numbers.

    Where an update always leads to as many lines, and what they say varies, that there are fewer or more is none either.
    What comes now with one update, now with another is of something that runs beside them.
    """
    wandering = {(each.what, line) for each in chance if each.step for line in _alone(each)}
    varying = {each.key for each in chance}
    as_many = varying - {each.key for each in chance if not each.step or _more(each)}
    known = {numberless(line[1:]) for each in chance for line in each.lines[2:] if line[0] != " "}
    known |= {numberless(line[1:]) for each in found for line in each.lines[2:] if line[0] == "+"}
    for each in found:
        alone = {(each.what, line) for line in _alone(each)} if each.step else set()
        if alone and alone <= wandering:
            continue
        if each.key not in varying:
            yield each
        elif not each.what.startswith((KEPT, RETURNED)):
            gone = [line for line in each.lines[2:] if line[0] == "-" and numberless(line[1:]) not in known]
            if gone:
                yield dataclasses.replace(each, lines=(*each.lines[:2], *gone))
            elif each.key in as_many and _more(each):
                yield each


def _alone(found: Difference) -> set[str]:
    """Lines of one side that the other one has not even with other numbers."""
    sides = [Counter(numberless(line[1:]) for line in found.lines[2:] if line[0] == sign) for sign in "-+"]
    return {*(sides[0] - sides[1]), *(sides[1] - sides[0])}


def _more(found: Difference) -> int:
    """How many lines more there are."""
    return sum((line[0] == "+") - (line[0] == "-") for line in found.lines[2:])


def _once(found: Iterable[Difference]) -> list[Difference]:
    """One of each key."""
    by_key: dict[Any, Difference] = {}
    for each in found:
        by_key.setdefault(each.key, each)
    return list(by_key.values())


def _in_all(groups: Sequence[Sequence[Difference]]) -> list[Difference]:
    """Those of the first group that are in all others."""
    others = [{each.key for each in group} for group in groups[1:]]
    return [each for each in groups[0] if all(each.key in keys for keys in others)] if groups else []


def _of_values(before: Sequence[Outcome], after: Sequence[Outcome]) -> list[Difference]:
    """Of runs in which it was written down."""
    pairs = [pair for again in before[1:] for pair in ((before[0], again), (again, before[0]))]
    varying = {each.key for pair in pairs for each in _values(*pair)}
    found = _in_all([list(_values(before[0], side)) for side in after]) if before else []
    return [each for each in found if each.key not in varying]


def _values(before: Outcome, after: Outcome) -> Iterator[Difference]:
    """Where a function returns, or leaves in a variable, what it did not before for the same update.

    One that does not run as often is no difference: what it is called for may be known without it. One that is there and
    never comes to its end is.
    """
    sides = [
        [{"update": {"run": ""}, "values": side.report.get("startup_values", {})}, *side.report.get("steps", [])]
        for side in (before, after)
    ]
    yield from _of_background(*(side.report.get("background_values", {}) for side in (before, after)))
    idle = {*after.report.get("idle", ())}
    seen: set[str] = set()
    for number, (old, new) in enumerate(zip(*sides, strict=False)):
        for name, variable, *texts in _of_both(old.get("values", {}), new.get("values", {})):
            lines = [[canonical(text) for text in side] for side in texts]
            what = f"{KEPT}`{name}{LOCAL}{variable}`" if variable else f"{RETURNED}`{name}`"
            if NOT_SET in lines[1] and NOT_SET not in lines[0]:
                what += _AT_ALL
            if what not in seen and not {*lines[1]} <= {*lines[0]}:
                seen.add(what)
                yield from as_difference(number, what, told(old["update"]) if number else "", *lines)
        for name in sorted(idle & old.get("values", {}).keys()):
            idle.remove(name)
            lines = [[canonical(text) for text in old["values"][name].get("", [])], ["(it does not return)"]]
            yield from as_difference(
                number, f"{RETURNED}`{name}`{_AT_ALL}", told(old["update"]) if number else "", *lines
            )


def _of_background(old: _Values, new: _Values) -> Iterator[Difference]:
    """The same of what runs beside updates, where nothing is as it was but for numbers: how far that comes is chance."""
    for name, variable, *texts in _of_both(old, new):
        lines = [sorted({numberless(canonical(text)) for text in side}) for side in texts]
        if lines[0] and lines[1] and not {*lines[0]} & {*lines[1]}:
            what = f"{KEPT}`{name}{LOCAL}{variable}`" if variable else f"{RETURNED}`{name}`"
            yield from as_difference(0, f"{what} beside the updates", "", *lines)


def _of_both(old: _Values, new: _Values) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """Function, variable, and the values of both sides, of what both have."""
    for name in sorted(old.keys() & new.keys()):
        for variable in sorted(old[name].keys() & new[name].keys()):
            yield name, variable, old[name][variable], new[name][variable]
