"""A measurement as text and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ...engine.measure.effects import Difference, Together
from ...engine.measure.figures import COUNTED, Figures
from ...engine.measure.measuring import Measurement
from ...engine.measure.world.known import BEHIND
from ...engine.report.measured import Measured, Stalled
from ..report import count

#: Places, callbacks, differences and lines of one that are listed.
_LISTED, _LINES, _TOGETHER = 12, 16, 3


@dataclass(frozen=True)
class Conditions:
    """Under which the figures hold."""

    library: str
    api_latency: float
    http_latency: float
    #: The revision that the files are compared with.
    revision: str | None
    changed: int


def text(found: Measurement, conditions: Conditions) -> str:
    """For a person."""
    return "".join(f"{line}\n" for line in _lines(found, conditions))


def _lines(found: Measurement, conditions: Conditions) -> Iterator[str]:
    sides = (
        f"{conditions.revision} and now"
        if conditions.revision
        else f"before and after {count(conditions.changed, 'changed file')}"
    )
    times = f"{_ms(conditions.api_latency)} a Telegram request, {_ms(conditions.http_latency)} an HTTP request"
    yield f"{found.entry}, {conditions.library}, offline, {sides}; assumed: {times}"
    yield from _ran(found, conditions)
    yield ""
    yield from _table(found.before, found.after)
    yield from (f"note: {line}" for line in found.notes)
    if not found.isolated:
        yield "note: this system has no network namespaces here: what passes Python's sockets by is not kept from the network"
    yield ""
    yield from _compared(found)
    if found.together is not None:
        yield from _together(found.together)


def _ran(found: Measurement, conditions: Conditions) -> Iterator[str]:
    missed = [handler for handler in found.handlers if not handler["ran"]]
    ran, behind = len(found.handlers) - len(missed), sum(BEHIND in handler.get("why", "") for handler in missed)
    apart = f" ({behind} stand{'s' if behind == 1 else ''} behind others)" if behind else ""
    yield f"handlers that ran: {ran} of {len(found.handlers)} callbacks{apart}, by {count(found.before.updates, 'update')}"
    for handler in missed[:_LISTED]:
        told = f"{handler['name']} {handler['place']}".rstrip()
        yield f"    not: {told}{': ' if handler.get('why') else ''}{handler.get('why', '')}"
    if conditions.revision:
        return
    unseen = [seen for seen in found.places if seen.reason]
    yield f"rewritten places that ran: {len(found.places) - len(unseen)} of {len(found.places)}"
    for seen in unseen[:_LISTED]:
        yield f"    not: {seen.place.path}:{seen.place.line} {seen.place.code}: {seen.reason}"
    if len(unseen) > _LISTED:
        reasons = Counter(seen.reason.split(" `")[0].rstrip(",") for seen in unseen[_LISTED:])
        yield f"    and {len(unseen) - _LISTED} more: " + ", ".join(
            f"{reason} ({n})" for reason, n in reasons.most_common()
        )


def _table(before: Figures, after: Figures) -> Iterator[str]:
    rows = [(*row, "") for row in _counted(before, after)]
    stalls = [side.longest_stall for side in (before, after)]
    remark = "; ".join(f"{place} in {update}" for took, place, update in stalls if took)
    rows.append(("longest stall of the loop", _ms(stalls[0][0]), _ms(stalls[1][0]), remark))
    rows.append(("stalls in all", _ms(before.stalled), _ms(after.stalled), ""))
    rows.append(("CPU of an update (mean)", _ms(before.cpu, 2), _ms(after.cpu, 2), "noisy"))
    rows.append(("time of an update (median)", _ms(before.seconds), _ms(after.seconds), "noisy"))
    if before.load and after.load:
        rows += _loaded(before, after)
    width = max(len(row[0]) for row in rows)
    yield f"{'':{width}}  {'before':>10}  {'after':>10}"
    for name, old, new, remark in rows:
        yield f"{name:{width}}  {old:>10}  {new:>10}  {remark}".rstrip()
    yield from _blocking(before, after)


def _counted(before: Figures, after: Figures) -> list[tuple[str, str, str]]:
    return [
        (f"{what} per update", f"{before.per_update(what):.2f}", f"{after.per_update(what):.2f}")
        for what in COUNTED
        if before.counts.get(what) or after.counts.get(what)
    ]


def of_measurement(found: Measurement, conditions: Conditions) -> Measured:
    """What a report tells of a measurement: what is exact, and where the loop stood still."""
    before, after = found.before, found.after
    rows = [
        *_counted(before, after),
        ("longest stall of the loop", _ms(before.longest_stall[0]), _ms(after.longest_stall[0])),
        ("stalls in all", _ms(before.stalled), _ms(after.stalled)),
    ]
    stalls = [Stalled(each.update, each.before, each.after, tuple(each.places)) for each in found.stalls]
    return Measured(
        conditions.changed, [row for row in rows if row[1] != row[2]], stalls, len(found.differences), before.updates
    )


def _blocking(before: Figures, after: Figures) -> Iterator[str]:
    sides = [{(each.what, each.file, each.function): each for each in side.blocking} for side in (before, after)]
    for key in [*sides[0], *(key for key in sides[1] if key not in sides[0])][:_LISTED]:
        found = sides[0].get(key) or sides[1][key]
        where = f"{found.file}:{found.line} in `{found.function}`" if found.file else "a library"
        times = [side[key].times if key in side else 0 for side in sides]
        yield f"    blocks the loop: {found.what}, {where} ({times[0]}x before, {times[1]}x after)"


def _loaded(before: Figures, after: Figures) -> Iterator[tuple[str, str, str, str]]:
    old, new = before.load, after.load
    users = f"{old['users']:.0f} users at once"
    yield f"updates a second, {users}", f"{old['per_second']:.1f}", f"{new['per_second']:.1f}", ""
    for name, key in (
        ("half wait at most", "p50"),
        ("99 of 100 wait at most", "p99"),
        ("longest stall under load", "stall"),
    ):
        yield name, _ms(old[key]), _ms(new[key]), ""


def _compared(found: Measurement) -> Iterator[str]:
    steps = {difference.step for difference in found.differences if difference.step}
    if found.varying:
        own = {difference.step for difference in found.varying if difference.step}
        what = sorted({difference.what for difference in found.varying})
        yield (
            f"not compared, because two runs of the same program differ in it: {', '.join(what[:6])}"
            + (f" ({count(len(own), 'update')})" if own else "")
        )
    if not (found.before.updates or found.differences):
        yield "no update was found that a handler takes, so nothing is compared"
        return
    if not found.differences:
        yield f"what the bot did is the same in {count(found.before.updates, 'update')}; of what did not run nothing is said"
        return
    updates = f"{count(len(steps), 'update')} of {found.before.updates}"
    yield f"the bot does something else: in {updates}, {count(len(found.differences), 'difference')}"
    yield from listed(found.differences)


def listed(differences: Sequence[Difference]) -> Iterator[str]:
    """The first of some differences, with their lines."""
    for difference in differences[:_LISTED]:
        where = f"update {difference.step} ({difference.update}): " if difference.step else ""
        yield f"  {where}{difference.what}"
        yield from (f"    {line[:300]}" for line in difference.lines[:_LINES])
        if len(difference.lines) > _LINES:
            yield f"    … {len(difference.lines) - _LINES} more lines"


def _together(found: Together) -> Iterator[str]:
    """Under load; it is information and makes no exit code."""
    number = len(found.differences)
    if not number:
        yield f"under load {count(found.updates - found.varying, 'update')} of {found.updates} led to the same"
        return
    yield (
        f"under load {number} of {count(found.updates, 'update')} led to something else (information: what runs together comes in any "
        f"order; two runs of the program as it is differ in {found.varying})"
    )
    for difference in found.differences[:_TOGETHER]:
        yield f"  {difference.update}"
        yield from (f"    {line[:300]}" for line in difference.lines[:_LINES])


def _ms(seconds: float, digits: int = 0) -> str:
    return f"{seconds * 1000:,.{digits}f} ms"


def document(found: Measurement, conditions: Conditions) -> dict[str, Any]:
    """For programs: ``--format json``."""
    return {
        "version": 1,
        "entry": str(found.entry),
        "conditions": asdict(conditions),
        "handlers": list(found.handlers),
        "places": [
            asdict(seen.place) | {"ran": not seen.reason, "reason": seen.reason or None} for seen in found.places
        ],
        "before": _figures(found.before),
        "after": _figures(found.after),
        "differences": [asdict(difference) for difference in found.differences],
        "varying": [{"step": each.step, "what": each.what} for each in found.varying],
        "together": None if found.together is None else asdict(found.together),
        "notes": list(found.notes),
        "isolated": found.isolated,
    }


def _figures(side: Figures) -> dict[str, Any]:
    took, place, update = side.longest_stall
    return {
        "updates": side.updates,
        "counts": {what: side.counts.get(what, 0) for what in COUNTED},
        "blocking": [asdict(each) for each in side.blocking],
        "longest_stall": {"seconds": took, "place": place, "update": update},
        "stalled": side.stalled,
        "cpu": side.cpu,
        "seconds": side.seconds,
        "startup": side.startup,
        "load": dict(side.load),
    }
