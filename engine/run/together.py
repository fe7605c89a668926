"""Changes of one function as one change: whoever takes one of its blocking calls takes the others.

First those of each codemod, which decisions and baselines know one by one, then what several codemods have found.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import Change, Cost, FileChange, Finding, Several, Time
from ..rewriting.several import in_seconds, told, verdicts_of
from .fingerprints import position

if TYPE_CHECKING:
    from .decisions import Decisions

_Keyed = tuple[str, Finding]
#: Of the calls of a function that still block so many are named.
_NAMED = 2


def together(found: Iterable[_Keyed]) -> list[_Keyed]:
    """Findings, each with the key that equal places share, and one in the place of those of a function.

    Safe changes and others are two: the safe one needs no question.
    """
    kept: list[_Keyed] = []
    rows: dict[object, list[list[_Keyed]]] = {}
    for key, finding in sorted(found, key=lambda keyed: (keyed[1].line, keyed[1].column)):
        change, several = finding.change, finding.several
        if change is None or several is None:
            kept.append((key, finding))
            continue
        of = rows.setdefault(
            (finding.path, finding.code, several.title, several.function, bool(change.open), change.granted), []
        )
        row = next((row for row in of if not any(_meet(change, other.change) for _, other in row)), None)
        if row is None:
            of.append([(key, finding)])
        else:
            row.append((key, finding))
    for row in (row for of in rows.values() for row in of):
        kept.append((_key(row), _one([finding for _, finding in row])) if len(row) > 1 else row[0])
    return kept


def _key(row: Sequence[_Keyed]) -> str:
    """What places share that equal those of a row."""
    return hashlib.sha256("\0".join(key for key, _ in row).encode()).hexdigest()[:16]


def _meet(one: Change, other: Change | None) -> bool:
    """Whether the edits of two changes cannot be made at once, as where one call is an argument of the other. What both make, as the
    parentheses of an expression that holds both, is made once.
    """
    changes = [one, *([other] if other is not None else [])]
    edits = [{(part.path, edit) for part in change.files for edit in part.edits} for change in changes]
    only = edits[0] - edits[-1], edits[-1] - edits[0]
    return any(p == q and a.start <= b.end and b.start <= a.end for p, a in only[0] for q, b in only[1])


def joined(found: Iterable[Finding], decisions: Decisions) -> list[Finding]:
    """Findings in order of position, and one in the place of those that several codemods have in a function. What was decided about by
    itself stays so.
    """
    rows: dict[object, list[Finding]] = {}
    left: dict[object, list[Finding]] = {}
    for number, finding in enumerate(found):
        change, several = finding.change, finding.places[0].several
        key: object = number
        if several is not None and change is None:
            left.setdefault((finding.path, several.function), []).append(finding)
        if change is not None and several is not None:
            decided = decisions.get(finding.fingerprint)
            known = decided and decided.fingerprint
            key = (finding.path, several.function, bool(change.open), change.granted, known)
        row = rows.setdefault(key, [])
        if any(other.code == finding.code or (change and _meet(change, other.change)) for other in row):
            row = rows.setdefault(number, [])
        row.append(finding)
    made = (_of_codemods(row) if len(row) > 1 else row[0] for row in rows.values())
    return sorted((_beside(finding, left) for finding in made), key=position)


def _beside(finding: Finding, left: Mapping[object, Sequence[Finding]]) -> Finding:
    """A finding whose change says what of its function still blocks."""
    change, several = finding.change, finding.places[0].several
    still = left.get((finding.path, several.function)) if several is not None else None
    if change is None or not still:
        return finding
    calls = [(each.several, each) for each in still[:_NAMED] if each.several is not None]
    stays = [f"{of.calls[0]} (line {each.line}) still stops the {of.stops}: {each.reason}." for of, each in calls]
    return replace(finding, change=replace(change, why=" ".join([change.why, *stays])))


def _of_codemods(row: Sequence[Finding]) -> Finding:
    finding = _one(sorted((place for each in row for place in each.places), key=position))
    fingerprints = [each.fingerprint for each in sorted(row, key=lambda each: each.code)]  # however lines move
    return replace(finding, fingerprint="+".join(fingerprints), joined=tuple(row))


def _one(findings: Sequence[Finding]) -> Finding:
    """The finding for all of some."""
    changes = [finding.change for finding in findings if finding.change is not None]
    several = [finding.several for finding in findings if finding.several is not None]
    calls = [call for one in several for call in one.calls]
    styles = {change.style for change in changes}
    titles = {one.title for one in several}
    title = titles.pop() if len(titles) == 1 else "Keep {} calls off the event loop"
    then = ", and ".join(dict.fromkeys(one.then for one in several))
    more = dict.fromkeys(rest for change in changes for rest in change.why.split(". ", 1)[1:])
    change = Change(
        title.format(len(calls)),
        " ".join([f"{told(calls)} stop the whole {several[0].stops}{_how_long(several)}; {then}.", *more]),
        tuple(verdicts_of(changes)),
        tuple(_files(changes)),
        style=styles.pop() if len(styles) == 1 else None,
        granted=changes[0].granted,
        alters_concurrency=any(change.alters_concurrency for change in changes),
    )
    return replace(
        findings[0],
        message=f"{told(calls)} block the event loop: nobody else is served meanwhile",
        change=change,
        alternatives=(),
        cost=_cost(findings),
        several=None,
        parts=tuple(findings),
    )


def _files(changes: Sequence[Change]) -> Iterator[FileChange]:
    """What changes make of each file."""
    parts = [part for change in changes for part in change.files]
    for path in dict.fromkeys(part.path for part in parts):
        of = [part for part in parts if part.path == path]
        yield FileChange(
            path,
            tuple(sorted(dict.fromkeys(edit for part in of for edit in part.edits), key=lambda edit: edit.start)),
            tuple(dict.fromkeys(wanted for part in of for wanted in part.imports)),
            tuple(dict.fromkeys(helper for part in of for helper in part.helpers)),
            tuple(dict.fromkeys(asked for part in of for asked in part.requirements)),
        )


def _how_long(several: Sequence[Several]) -> str:
    """How long everything stops, as far as that is written there: in one block one after the other."""
    lasting = [one.lasts / 1000 for one in several if one.lasts is not None]
    if len(lasting) < len(several):
        return " until they are done"
    if len({one.block for one in several}) == 1:
        return f" for {in_seconds(sum(lasting))} together"
    return f" for {'' if len(set(lasting)) == 1 else 'up to '}{in_seconds(max(lasting))} each"


def _cost(findings: Sequence[Finding]) -> Cost | Time | None:
    """What a run of a function costs: pauses of one block in all, else the longest."""
    several = [finding.several for finding in findings if finding.several is not None]
    lasting = [one.lasts for one in several if one.lasts is not None]
    if len(lasting) == len(several) and len({one.block for one in several}) == 1:
        return Time(in_seconds(sum(lasting) / 1000), sum(lasting))
    known = [finding.cost for finding in findings if finding.cost is not None]
    longest = max(known, key=_milliseconds, default=None)
    # than what a codemod's own may be
    is_longest = longest is not None and longest.milliseconds > Cost.TENTHS.milliseconds
    return longest if len(known) == len(findings) or is_longest else None


def _milliseconds(cost: Cost | Time) -> float:
    return cost.milliseconds
