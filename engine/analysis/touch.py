"""What a step does that others can see or depend on.

A *touch* is a read or write of anything that outlives the activation: a variable that can be rebound, an attribute or
item of an object that others have, a file, a database, the network, the process, and every call of something that is not
known to be harmless. What is not understood is a touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

#: What a call that writes to a log looks like, whatever it is that has it.
_TELLS = re.compile(r"`(?:print|(?:\w+\.)*_*log(?:s|ger|ging|ger_\w+)?\.\w+)\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Touch:
    """Something that a step does to what others have."""

    path: Path
    line: int
    #: As a sentence names it: "`users.get()`", "reading `users`".
    what: str
    #: Whether it may change something, or be seen by others.
    writes: bool = True
    #: Whether it is what an awaited call does before it lets others run.
    at_wait: bool = False
    #: Where it is seen, if only there: "output", "telegram", with callers that are not known "callers"; "" where it may be anywhere.
    place: str = ""
    #: The call of a function of the project by which it is done: "`find_user()`"; "" where it is done here.
    by: str = ""

    @property
    def is_aside(self) -> bool:
        """Whether a sentence says more by naming another one: it is a line of a log."""
        return self.place == "output" or bool(_TELLS.match(self.what))

    @property
    def phrase(self) -> str:
        """The same with the call that leads there."""
        return f"{self.what} in {self.by}" if self.by else self.what


def together(touches: Iterable[Touch]) -> Touch | None:
    """All of the touches as one: the worst of them, at the place where all are seen."""
    found: list[Touch] = []
    for touch in touches:
        if touch.writes and not touch.place and not touch.is_aside:
            return touch  # none is worse
        found.append(touch)
    worst = max(found, key=lambda touch: (touch.writes, touch.place == "", not touch.is_aside), default=None)
    if worst is None or all(touch.place == worst.place for touch in found):
        return worst
    return replace(worst, place="")
