"""What `tgfix measure` saw of a project, kept for reports as long as its files are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NamedTuple

from ..run.cache.store import Store
from .model import Bottleneck, Spot, lines_of

_NAME = "measured.json"


class Stalled(NamedTuple):
    """The longest time for which the event loop stood still in an update, in seconds before and after the changes."""

    update: str
    before: float
    after: float
    #: ``file:line`` of the project, from the innermost to what called it.
    places: Sequence[str]


@dataclass(frozen=True)
class Measured:
    """A measurement of all changes together."""

    #: Files that they change.
    changed: int
    #: What moved: its name, before, after.
    moved: Sequence[Sequence[str]]
    #: The longest first.
    stalls: Sequence[Stalled]
    #: What the bot did otherwise with them, and the updates that it was given.
    differences: int
    updates: int

    @property
    def sentence(self) -> str:
        """All of it."""
        rows = ", ".join(f"{name} {before} → {after}" for name, before, after in self.moved) or "nothing moved"
        files = f"{self.changed} file{'s' * (self.changed != 1)}"
        other = f"; the bot did something else {self.differences} times (`tgfix measure` shows it)" * bool(
            self.differences
        )
        return f"Measured offline with all changes to {files} by {self.updates} updates, before → after: {rows}{other}."

    def told(self, bottleneck: Bottleneck, root: Path) -> Bottleneck:
        """A bottleneck with the stall that was measured at one of its places in the place of the estimate."""
        places = {place for spot in bottleneck.spots for place in _lines(spot, root)}
        stall = next((each for each in self.stalls if places & set(each.places)), None)
        if stall is None:
            return bottleneck
        cost = f"{stall.before * 1000:,.0f} ms in `{stall.update}`, {stall.after * 1000:,.0f} ms after the changes (measured)"
        return replace(bottleneck, cost=cost, measured=True)


def _lines(spot: Spot, root: Path) -> list[str]:
    """The lines of a place, as stalls name them."""
    places = lines_of(spot.finding) if spot.finding else [spot.place]
    return [f"{_named(path, root)}:{line}" for path, line in places]


def _named(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _digests(root: Path, files: Sequence[Path]) -> dict[str, str]:
    found = {}
    for path in files:
        with suppress(OSError, ValueError):
            found[path.relative_to(root).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def save(root: Path, files: Sequence[Path], measured: Measured) -> None:
    """Keep a measurement of files of a project."""
    Store(root).write(_NAME, {"files": _digests(root, files), "measured": asdict(measured)})


def load(root: Path, files: Sequence[Path]) -> Measured | None:
    """The last measurement of these files as they are; None where there is none."""
    kept = Store(root).read(_NAME)
    if not isinstance(kept, dict) or kept.get("files") != _digests(root, files):
        return None
    try:
        found = Measured(**kept["measured"])
        return replace(found, stalls=[Stalled(*each) for each in found.stalls])
    except (TypeError, KeyError):  # written by another release
        return None
