"""The plain data of a report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from ..analysis.evidence import Evidence
from ..model import Finding


class Place(NamedTuple):
    """A line of a file."""

    path: Path
    #: 1-based.
    line: int


def lines_of(finding: Finding) -> Iterator[Place]:
    """The lines of each of a finding's places."""
    return (Place(part.path, line) for part in finding.places for line in range(part.line, part.end_line + 1))


@dataclass(frozen=True, slots=True)
class Touch:
    """A call by which a function reaches out of the program."""

    #: "telegram", "network", "database", "process", "files", "sleep", "library" (another library's coroutine) or "unknown" (a
    #: coroutine of which nothing is known).
    kind: str
    #: The call as the source has it, without its arguments: "requests.get".
    what: str
    place: Place
    #: Whether the thread of the event loop stands still meanwhile.
    blocks: bool = False
    #: Whether a server elsewhere has to answer.
    remote: bool = False
    #: The innermost loop around it, in its function or around a call that leads to it.
    loop: Place | None = None
    #: Whether a loop does it for each of its items: the item is among its arguments.
    each: bool = False
    #: Whether it is made only where something has failed, in an ``except`` clause.
    fails: bool = False
    #: Whether a parameter of its function is among its arguments.
    given: bool = False
    #: The method of Telegram's library, the length of a pause: "get_me", "0.5", "<0.5".
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """How many calls of Telegram's methods a run of a function makes, those in loops apart."""

    low: int = 0
    high: int = 0
    #: The loops that make some in each pass.
    loops: tuple[Place, ...] = ()

    def sentence(self, lines: Iterable[str]) -> str:
        """``1–3``, ``0–1, and more in each pass of the loop at bot.py:12``; `lines` are the loops as they are written."""
        number = str(self.high) if self.low == self.high else f"{self.low}–{self.high}"
        named = list(lines)
        if not named:
            return number
        more = f" and {len(named) - 2} more" if len(named) > 2 else ""
        return f"{number}, and some in each pass of the loop{'s' if len(named) > 1 else ''} at {', '.join(named[:2])}{more}"


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that the library calls for updates."""

    #: What it is called for: "/start", "every message".
    event: str
    name: str
    #: Where the function stands; where it is registered if that is not known.
    place: Place
    registered: Place
    #: Whether it may run for every message.
    often: bool
    touches: tuple[Touch, ...] = ()
    telegram: Span = Span()
    #: Whether the function behind it was found.
    known: bool = True
    #: Whether it runs on the event loop.
    coroutine: bool = True


@dataclass(frozen=True, slots=True)
class Shared:
    """Something that outlives a handler and that handlers change."""

    name: str
    #: Where it is made, or changed first.
    place: Place
    #: Where they do.
    writers: tuple[Place, ...]
    handlers: int


@dataclass(frozen=True, slots=True)
class Program:
    """One bot of the project."""

    #: The import name of its Telegram library; None where it has none or several.
    library: str | None
    #: How updates are handled, in a sentence.
    how: str
    sequential: bool | None
    evidence: tuple[Evidence, ...]
    beside: tuple[Evidence, ...]
    entries: tuple[Place, ...]
    handlers: tuple[Handler, ...]
    shared: tuple[Shared, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """A library that matters for the report."""

    name: str
    #: What the project asks for ("python-telegram-bot[job-queue]==21.4"), and where; "" where it does not.
    required: str
    place: Place | None
    #: The release in the project's own virtual environment; "" where there is none.
    installed: str


@dataclass(frozen=True, slots=True)
class Spot:
    """One place of a bottleneck."""

    place: Place
    #: What stands there.
    what: str
    #: How often it can run, in words.
    often: str
    weight: float
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """Something that costs the bot or its users time, at all its places."""

    #: The code of the codemod that finds it, or a name.
    key: str
    title: str
    #: What one run costs, in words.
    cost: str
    #: Who waits meanwhile.
    waits: str
    #: What to do.
    mend: str
    spots: tuple[Spot, ...]
    #: How long it may take, times how often it may run: only for the order.
    weight: float
    #: Whether the cost was measured.
    measured: bool = False

    @property
    def safe(self) -> int:
        """How many places tgfix rewrites and has proved."""
        return sum(f.choose(unsafe=False) is not None for f in self.findings)

    @property
    def unsafe(self) -> int:
        """How many it rewrites when somebody says yes."""
        return len(self._to_decide)

    @property
    def assumes(self) -> tuple[str, ...]:
        """The names of what these assume."""
        return tuple(sorted({a.hazard.value for f in self._to_decide if f.change for a in f.change.open}))

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the codemods that these are of."""
        return tuple(sorted({f.code for f in self._to_decide}))

    @property
    def _to_decide(self) -> list[Finding]:
        return [f for f in self.findings if f.change is not None and f.choose(unsafe=False) is None]

    @property
    def findings(self) -> list[Finding]:
        """The findings among its places."""
        return [spot.finding for spot in self.spots if spot.finding is not None]

    @property
    def risk(self) -> str:
        """What may go wrong."""
        if self.unsafe:
            return f"assumes {', '.join(self.assumes)}" + (
                f" ({self.safe} of {self.safe + self.unsafe} proved)" if self.safe else ""
            )
        return "proved to change nothing else" if self.safe else "as for any change by hand"

    @property
    def effort(self) -> str:
        """What it takes."""
        if self.unsafe:
            return f"a review of {self.unsafe} change{'s' * (self.unsafe > 1)}"
        return "one command" if self.safe else "by hand"

    @property
    def priority(self) -> str:
        """How soon it pays, from what it costs and what it takes."""
        if self.weight >= 500:
            return "high"
        return "medium" if self.weight >= 10 or (self.safe and self.weight >= 1) else "low"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about what is installed."""

    sentence: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the plan."""

    title: str
    #: What is typed, or done by hand.
    command: str
    check: str
    #: What has to move, and by how much.
    measure: str
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole report."""

    files: int
    programs: tuple[Program, ...]
    libraries: tuple[Library, ...]
    remarks: tuple[Remark, ...]
    bottlenecks: tuple[Bottleneck, ...]
    #: What takes no time, and still goes wrong: the number of places by the name of the codemod.
    others: tuple[Bottleneck, ...]
    steps: tuple[Step, ...]
    #: What a measurement of these files showed, in a sentence; "" where there is none.
    measured: str = ""
