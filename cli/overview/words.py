"""The words of a report, the same in every format: lines, each with what it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from ...engine.analysis.evidence import Evidence
from ...engine.report.model import Bottleneck, Handler, Overview, Place, Program, Shared, Touch
from ...knowledge.advice import USELESS
from ..report import count, place_of

Label = Callable[[Path], str]

#: Handlers, and places of a kind, that are listed; the others are counted.
HANDLERS, PLACES = 40, 3
_NAMES = {
    "network": "network", "database": "database", "process": "processes", "files": "files", "sleep": "sleeps", "library": "other libraries",
}  # fmt: skip
_LIBRARIES = {"telegram": "python-telegram-bot", "telethon": "Telethon"}


class Line(NamedTuple):
    """A line of a report."""

    #: "title", "heading", "text", "item" or "sub".
    kind: str
    text: str


class Words:
    """A report in words; `label` names files."""

    def __init__(self, overview: Overview, label: Label, name: str) -> None:
        self.overview = overview
        self.label = label
        self._name = name

    def place(self, place: Place) -> str:
        """``bot.py:12``."""
        return place_of(place.path, place.line, self.label(place.path))

    def lines(self) -> Iterator[Line]:
        """All of it."""
        yield Line("title", f"tgfix report: {self._name}")
        yield from self._map()
        yield from self._bottlenecks()
        yield from self._plan()
        yield Line("heading", "What does not help")
        yield from (Line("item", f"{what}: {why}.") for what, why in USELESS)

    # The map

    def _map(self) -> Iterator[Line]:
        yield Line("heading", "Map")
        if not self.overview.programs:
            yield Line("text", f"No program for Telegram was found in {count(self.overview.files, 'file')}.")
        for program in self.overview.programs:
            yield Line("text", self.program(program))
            yield from (Line("item", self.start(entry)) for entry in program.entries[:PLACES])
            yield from (Line("item", self.fact(evidence)) for evidence in program.evidence)
            yield from (Line("item", f"beside: {self.fact(evidence)}") for evidence in program.beside[:8])
            if len(program.beside) > 8:
                yield Line("item", f"beside: {len(program.beside) - 8} more; `tgfix check --verbose` lists all")
            for handler in program.handlers[:HANDLERS]:
                yield Line("item", f"{self.handler(handler)}: {self.does(program, handler)}")
            if len(program.handlers) > HANDLERS:
                yield Line("item", f"{len(program.handlers) - HANDLERS} more handlers; `--format json` has all")
            yield from (Line("item", f"shared: {self.shared(shared)}") for shared in program.shared)
        yield from self.libraries()

    def program(self, program: Program) -> str:
        """A bot in one sentence."""
        name = _LIBRARIES.get(program.library or "", program.library or "a bot whose library is not known")
        how = program.how[:1].upper() + program.how[1:]
        known = (
            ""
            if program.library in _LIBRARIES
            else f" tgfix does not know the methods of {name}, so requests to Telegram are not counted."
        )
        return f"{name}, {count(len(program.handlers), 'handler')}. {how}.{known}"

    def start(self, entry: Place) -> str:
        """Where a bot starts."""
        return f"it starts in {self.place(entry)}"

    def fact(self, evidence: Evidence) -> str:
        """What shows how updates are handled, or what runs beside."""
        return f"{evidence.sentence} ({self.label(evidence.path)}:{evidence.line})"

    def handler(self, handler: Handler) -> str:
        """A handler with its place."""
        return f"{handler.event} → `{handler.name}` ({self.place(handler.place)})"

    def does(self, program: Program, handler: Handler) -> str:
        """What a handler touches."""
        if not handler.known:
            return "which function this is, the source does not show"
        parts = []
        if program.library in _LIBRARIES:
            loops = [self.place(loop) for loop in handler.telegram.loops]
            number = handler.telegram.sentence(loops)
            parts.append("no known call of Telegram" if number == "0" else f"Telegram {number}")
        for kind, name in _NAMES.items():
            if found := [t for t in handler.touches if t.kind == kind]:
                parts.append(f"{name} {self._calls(found)}")
        if unknown := [t for t in handler.touches if t.kind == "unknown"]:
            parts.append(f"not known: {self._calls(unknown)}")
        return "; ".join(parts) or "nothing outside that is known"

    def _calls(self, touches: list[Touch]) -> str:
        named = list(dict.fromkeys(f"`{t.what}()` ({self.place(t.place)})" for t in touches))
        more = f" and {len(named) - 2} more" if len(named) > 2 else ""
        return ", ".join(named[:2]) + more

    def shared(self, shared: Shared) -> str:
        """Something that handlers share."""
        more = f" and {len(shared.writers) - PLACES} more" if len(shared.writers) > PLACES else ""
        writers = ", ".join(map(self.place, shared.writers[:PLACES])) + more
        return f"`{shared.name}` ({self.place(shared.place)}), changed at {writers}, by {count(shared.handlers, 'handler')}"

    def libraries(self) -> Iterator[Line]:
        """What is installed, and what is missing."""
        for library in self.overview.libraries:
            asked = f"`{library.required}` ({self.place(library.place)})" if library.place else "not declared"
            has = f", installed {library.installed}" if library.installed else ""
            yield Line("item", f"library {library.name}: {asked}{has}")
        for remark in self.overview.remarks:
            where = f" ({self.place(remark.place)})" if remark.place else ""
            yield Line("item", f"remark: {remark.sentence}{where}")

    # Bottlenecks and the plan

    def _bottlenecks(self) -> Iterator[Line]:
        yield Line("heading", "Bottlenecks")
        if not self.overview.bottlenecks:
            yield Line("text", "None was found.")
        else:
            yield from (Line("text", text) for text in self.order())
        for number, bottleneck in enumerate(self.overview.bottlenecks, 1):
            yield Line("item", f"{number}. {self.headline(bottleneck)}")
            for spot in bottleneck.spots[:PLACES]:
                yield Line("sub", f"{self.place(spot.place)} {spot.what}; {spot.often}")
            if len(bottleneck.spots) > PLACES:
                yield Line("sub", f"{count(len(bottleneck.spots) - PLACES, 'more place')}")
            yield Line("sub", f"to do: {bottleneck.mend}")
            yield Line("sub", f"risk: {bottleneck.risk}; effort: {bottleneck.effort}; priority: {bottleneck.priority}")
        if self.overview.others:
            yield Line("text", self.others())

    def order(self) -> Iterator[str]:
        """What bottlenecks are ordered by, and what was measured."""
        by = "In order of what one run costs, how often the place can run and who waits: an estimate from the source"
        measured = self.overview.measured
        yield f"{by}; what was measured is said to be." if measured else f"{by}, nothing was measured."
        yield from [measured] if measured else []

    def headline(self, bottleneck: Bottleneck) -> str:
        """A bottleneck in one line."""
        return f"{bottleneck.title} ({bottleneck.key}). Costs {bottleneck.cost}. Waits: {bottleneck.waits}."

    def others(self) -> str:
        """What is not slow, in one sentence."""
        named = ", ".join(f"{b.title} ({b.key}, {count(len(b.spots), 'place')})" for b in self.overview.others)
        return f"Not slow, but wrong or unclear: {named}."

    def _plan(self) -> Iterator[Line]:
        yield Line("heading", "Plan")
        if not self.overview.steps:
            yield Line("text", "Nothing to do.")
        for number, step in enumerate(self.overview.steps, 1):
            yield Line("item", f"{number}. {step.title}")
            yield Line("sub", step.command if step.by_hand else f"`{step.command}`")
            yield Line("sub", f"check: {step.check}")
            yield Line("sub", f"must move: {step.measure}")
