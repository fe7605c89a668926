"""The first tab of the page: the map as a picture, the bottlenecks with bars, the plan."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from ...engine.report.model import Bottleneck, Handler, Program
from ...knowledge.advice import USELESS
from ..escape import escaped, sentence
from ..report import count
from .words import Words

#: Handlers in the picture, the busiest; the list below it has all.
_DRAWN = 24
_ROW, _LEFT, _RIGHT, _WIDTH = 26, 330, 560, 760
_KINDS = {
    "telegram": "Telegram", "network": "network", "database": "database", "files": "files", "process": "processes", "sleep": "sleeps",
    "library": "other libraries", "unknown": "not known",
}  # fmt: skip


def fragment(words: Words, changes: Mapping[str, int]) -> str:
    """The tab as HTML; `changes` are the numbers of the changes on the page by the fingerprints of their findings."""
    parts = [*_programs(words), *_libraries(words), *_bottlenecks(words, changes), *_plan(words), *_useless()]
    return "\n".join(parts)


def _programs(words: Words) -> Iterator[str]:
    yield "<h2>Map</h2>"
    if not words.overview.programs:
        yield f"<p>No program for Telegram was found in {count(words.overview.files, 'file')}.</p>"
    for program in words.overview.programs:
        yield f"<p>{sentence(words.program(program))}</p>"
        facts = [words.start(entry) for entry in program.entries]
        facts += [words.fact(evidence) for evidence in program.evidence]
        facts += [f"beside: {words.fact(evidence)}" for evidence in program.beside]
        yield _folded(f"How updates are handled, and what runs beside ({len(facts)})", facts)
        if program.handlers:
            yield _picture(program)
            yield _folded(
                f"All handlers ({len(program.handlers)})",
                [f"{words.handler(h)}: {words.does(program, h)}" for h in program.handlers],
            )
        if program.shared:
            yield _folded(
                f"State that handlers share ({len(program.shared)})", [words.shared(s) for s in program.shared]
            )


def _picture(program: Program) -> str:
    """Handlers on the left, what they touch on the right, a line for each."""
    drawn = sorted(program.handlers, key=lambda h: -len(h.touches))[:_DRAWN]
    kinds = [kind for kind in _KINDS if any(t.kind == kind for h in drawn for t in h.touches)]
    height = _ROW * max(len(drawn), len(kinds), 1) + 10
    step = height / max(len(kinds), 1)
    places = {kind: step * (n + 0.5) for n, kind in enumerate(kinds)}
    lines, labels = [], []
    for n, handler in enumerate(drawn):
        y = _ROW * n + _ROW / 2 + 5
        labels.append(f'<text x="{_LEFT - 8}" y="{y + 4:.0f}" text-anchor="end">{escaped(_title(handler))}</text>')
        for kind, there in places.items():
            found = [t for t in handler.touches if t.kind == kind]
            if found:
                stops = " stops" if any(t.blocks for t in found) and kind != "files" else ""
                middle = (_LEFT + _RIGHT) / 2
                lines.append(
                    f'<path class="{kind}{stops}" stroke-width="{min(1 + len(found) / 2, 5):g}" '
                    f'd="M{_LEFT} {y:.0f} C{middle:.0f} {y:.0f} {middle:.0f} {there:.0f} {_RIGHT} {there:.0f}">'
                    f"<title>{escaped(_title(handler))}: {escaped(_KINDS[kind])}, {count(len(found), 'call')}</title></path>"
                )
    labels += [f'<text x="{_RIGHT + 8}" y="{y + 4:.0f}">{escaped(_KINDS[kind])}</text>' for kind, y in places.items()]
    left_out = len(program.handlers) - len(drawn)
    more = f" The {left_out} that touch least are left out." if left_out else ""
    return f"""<figure class="map"><figcaption>Handlers and what they touch; red lines stop the event loop.{more}</figcaption>
<div class="scroll"><svg viewBox="0 0 {_WIDTH} {height:.0f}" width="{_WIDTH}" height="{height:.0f}" role="img" aria-label="Map">
{"".join(lines)}{"".join(labels)}</svg></div></figure>"""


def _title(handler: Handler) -> str:
    text = f"{handler.event} → {handler.name}"
    return text if len(text) <= 42 else f"{text[:22]}…{text[-19:]}"


def _libraries(words: Words) -> Iterator[str]:
    told = [line.text for line in words.libraries()]
    if told:
        yield _folded("Libraries and remarks", told)


def _bottlenecks(words: Words, changes: Mapping[str, int]) -> Iterator[str]:
    yield "<h2>Bottlenecks</h2>"
    if words.overview.bottlenecks:
        yield from _ranked(words, changes)
    else:
        yield "<p>None was found.</p>"
    if words.overview.others:
        yield f"<p>{sentence(words.others())}</p>"


def _ranked(words: Words, changes: Mapping[str, int]) -> Iterator[str]:
    found = words.overview.bottlenecks
    most = max(math.log10(1 + 100 * b.weight) for b in found)
    yield from (f"<p>{sentence(text)}</p>" for text in words.order())
    yield (
        "<p>The bars are logarithmic.</p>"
        '<p><label>Priority <select id="priority"><option value="">all</option><option>high</option><option>medium</option>'
        "<option>low</option></select></label></p><ol class='bottlenecks'>"
    )
    for bottleneck in found:
        share = 100 * math.log10(1 + 100 * bottleneck.weight) / most
        spots = "".join(f"<li>{_spot(words, bottleneck, n, changes)}</li>" for n in range(len(bottleneck.spots)))
        listed = f"<details><summary>{count(len(bottleneck.spots), 'place')}</summary><ul>{spots}</ul></details>"
        badge = f'<span class="badge {bottleneck.priority}">{bottleneck.priority}</span>'
        yield f"""<li data-priority="{bottleneck.priority}"><b>{sentence(bottleneck.title)}</b> ({escaped(bottleneck.key)}) {badge}
<div class="bar" role="presentation"><i style="width:{share:.0f}%"></i></div>
<p>Costs {sentence(bottleneck.cost)}. Waits: {sentence(bottleneck.waits)}.<br>To do: {sentence(bottleneck.mend)}<br>
<small>Risk: {sentence(bottleneck.risk)}; effort: {sentence(bottleneck.effort)}.</small></p>{listed}</li>"""
    yield "</ol>"


def _spot(words: Words, bottleneck: Bottleneck, number: int, changes: Mapping[str, int]) -> str:
    spot = bottleneck.spots[number]
    place = f"<span class='place'>{escaped(words.place(spot.place))}</span>"
    change = changes.get(spot.finding.fingerprint) if spot.finding else None
    if change is not None:
        place = f"<a class='change' href='#c{change}'>{place}</a>"
    return f"{place} {sentence(spot.what)}; {sentence(spot.often)}"


def _plan(words: Words) -> Iterator[str]:
    yield "<h2>Plan</h2><ol class='plan'>"
    for step in words.overview.steps:
        command = sentence(step.command) if step.by_hand else f"<code>{escaped(step.command)}</code>"
        yield (
            f"<li><b>{sentence(step.title)}</b><br>{command}<br><small>Check: {sentence(step.check)}.<br>"
            f"Must move: {sentence(step.measure)}.</small></li>"
        )
    yield "</ol>" if words.overview.steps else "</ol><p>Nothing to do.</p>"


def _useless() -> Iterator[str]:
    yield _folded("What does not help", [f"{what}: {why}." for what, why in USELESS])


def _folded(title: str, lines: list[str]) -> str:
    items = "".join(f"<li>{sentence(line)}</li>" for line in lines)
    return f"<details><summary>{escaped(title)}</summary><ul>{items}</ul></details>"
