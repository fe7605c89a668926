"""How often a place can run, who waits for it, and how long: numbers for the order of a report, and the words for them."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from ..analysis.handlers import starts_the_bot
from ..analysis.module import Project
from ..analysis.scope import FunctionNode
from ..model import Cost
from .mapped import Mapped, Run
from .model import Bottleneck, Place, Program, Spot, Touch
from .reaches import Reaches

STANDS_STILL = "everyone: the event loop stands still"
#: How many more wait where everyone does.
EVERYONE = 5.0
#: Milliseconds; a request of a bot to Telegram takes 40 to 100.
TELEGRAM = 70.0


class Frequency:
    """How often the places of a project run."""

    def __init__(self, project: Project, reaches: Reaches, maps: Iterable[Mapped]) -> None:
        self._project = project
        self.maps = list(maps)
        #: Milliseconds of the pauses of which the source shows the length.
        self.pauses: dict[Place, float] = {}
        #: Those of which it shows how long they may be at most.
        self.bounded: set[Place] = set()
        for edge in (edge for mapped in self.maps for edge in mapped.edges.values()):
            for touch in reaches.own(edge.module, edge.function).touches:
                if touch.kind == "sleep" and touch.detail:
                    self.pauses[touch.place] = float(touch.detail.lstrip("<")) * 1000
                    self.bounded |= {touch.place} if touch.detail.startswith("<") else set()

    def program(self, path: Path) -> Program | None:
        """The bot that a file belongs to."""
        return next((m.program for m in self.maps if path in m.files), None)

    def waiting(self, program: Program | None, stops: bool) -> float:
        """How many wait for one place: where updates come one after the other, they go on doing so when it is mended."""
        if program is None or program.sequential is not True:
            return EVERYONE if stops else 1.0
        return 2.0 if stops and program.beside else 1.0

    def milliseconds(self, touch: Touch) -> float:
        """How long a call takes."""
        if touch.place in self.pauses and touch.kind == "sleep":
            return self.pauses[touch.place]
        if touch.kind == "database":
            return (Cost.HUNDREDTHS if touch.remote else Cost.MILLISECONDS).milliseconds
        waits = touch.kind in ("network", "process", "library", "sleep")
        return Cost.TENTHS.milliseconds if waits else 0.0

    def at(self, path: Path, line: int) -> tuple[str, float]:
        """How often a line can run, in words and as a factor."""
        if (module := self._project.parsed(path)) is None:
            return "how often is not known", 0.3
        function = next(reversed(module.functions_at(line)), None)
        run = next((m.runs[function] for m in self.maps if function in m.runs), None) if function else None
        looped = _is_inside(line, module.within(function, ast.For, ast.AsyncFor, ast.While))
        failed = _is_inside(line, module.within(function, ast.ExceptHandler))
        return often(function, run, looped or (run is not None and run.loop is not None), failed)


def often(function: FunctionNode | None, run: Run | None, looped: bool, failed: bool = False) -> tuple[str, float]:
    """How often a place in a function runs, in words and as a factor; `looped`: in a loop, `failed`: where something has failed."""
    again = 3.0 if looped else 1.0
    inside = ", in a loop" if looped else ""
    if failed or (run is not None and run.fails):
        again *= 0.1
        inside += ", when something has failed"
    if run is not None and run.handlers:
        named = next((h for h in run.handlers if h.often), run.handlers[0])
        others = len(run.handlers) - 1
        more = f" and {others} more handler{'s' * (others > 1)}" if others else ""
        factor = 10.0 if named.often else float(min(len(run.handlers), 5))
        return f"in `{named.name}` ({named.event}){more}{inside}", factor * again
    if run is not None and run.beside:
        return f"in {run.beside[0]}{inside}", again
    if run is not None and run.main:
        return f"in the main program (`{run.main}`){inside}", 1.0 if looped else 0.05
    if function is None or starts_the_bot(function):
        return f"once, at the start{inside}", 0.02 * again
    return f"how often is not known: nothing shows who runs `{function.name}`{inside}", 0.3 * again


def bottleneck(key: str, title: str, cost: str, waits: str, mend: str, spots: Iterable[Spot]) -> Bottleneck:
    """A bottleneck as heavy as its worst place; a tenth of the others says that there are more."""
    ordered = sorted(spots, key=lambda spot: (-spot.weight, spot.place))
    weight = ordered[0].weight + 0.1 * sum(spot.weight for spot in ordered[1:])
    return Bottleneck(key, title, cost, waits, mend, tuple(ordered), weight)


def _is_inside(line: int, blocks: Iterable[ast.stmt | ast.ExceptHandler]) -> bool:
    """Whether a line is one of a block's, but for its first."""
    return any(block.lineno < line <= (block.end_lineno or 0) for block in blocks)
