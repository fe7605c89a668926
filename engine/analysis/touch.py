"""What a step does that others can see or depend on.

A *touch* is a read or write of anything that outlives the activation: a variable that can be rebound, an attribute or
item of an object that others have, a file, a database, the network, the process, and every call of something that is not
known to be harmless. What is not understood is a touch.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

#: What a call that writes to a log looks like, whatever it is that has it.
_TELLS = re.compile(r"`(?:print|traceback\.print_\w+|(?:\w+\.)*_*log(?:s|ger|ging|ger_\w+)?\.\w+)\(", re.IGNORECASE)

#: The same of a call that sends, edits or deletes a message.
_SENT = re.compile(
    r"\.(?:send|reply|respond|edit|delete_message|answer|pin|forward|copy_message)\w*\(|(?i:msg|message|event|reply)\.delete\("
)

#: The same of a function that is named like these methods.
_TOLD = re.compile(r"`(?:\w+\.)*(?:(?:send|reply|respond|edit|answer)_\w+|eo[rd])\(")

#: The place of what answers the update at hand.
CHAT = "the update's chat"
#: The place of a request that asks a server for something and changes nothing there.
SERVER = "a server"


@dataclass(frozen=True)
class Touch:
    """Something that a step does to what others have. How much it says is found out once: ways that meet it are many."""

    path: Path
    line: int
    #: As a sentence names it: "`users.get()`", "reading `users`".
    what: str
    #: Whether it may change something, or be seen by others.
    writes: bool = True
    #: Where it is seen, if only there: "output", "telegram", `CHAT`, `SERVER`; "" where it may be anywhere.
    place: str = ""
    #: The call of a function of the project by which it is done: "`find_user()`"; "" where it is done here.
    by: str = ""
    #: Whether it may well be nothing that others see, which is only not shown: of a variable of the function's own, or as of a text.
    is_slight: bool = False

    @cached_property
    def rank(self) -> tuple[bool, int]:
        """How little a sentence says by naming it: a change says more than a look, what others have more than what a variable of the
        function holds, and that more than a line of a log. An answer is named where nothing else is.
        """
        answers = self.place == CHAT
        little = int(self.is_slight or self.is_sent)
        return not self.writes or answers, 3 if answers else 2 if self.is_aside else little

    @cached_property
    def is_sent(self) -> bool:
        """Whether it reads like a message that is sent, edited or deleted, whoever does it."""
        return self.place == CHAT or bool(_SENT.search(self.what))

    @cached_property
    def is_aside(self) -> bool:
        """Whether a sentence says more by naming another one: it is a line of a log."""
        return self.place == "output" or bool(_TELLS.match(self.what))

    @cached_property
    def is_minor(self) -> bool:
        """Whether hardly an owner has to look at it: nothing shows that a part of the bot shares it. No proof rests on that."""
        return self.is_slight or self.is_sent or self.is_aside or self.place == SERVER or bool(_TOLD.match(self.what))

    @property
    def phrase(self) -> str:
        """The same with the call that leads there."""
        return f"{self.what} in {self.by}" if self.by else self.what


#: None stands before it.
FIRST_RANK = (False, 0)


def worst(touches: Iterable[Touch | None]) -> Touch | None:
    """The one to name of several, of those that say as much the first."""
    found: Touch | None = None
    for touch in touches:
        if touch is not None and (found is None or touch.rank < found.rank):
            found = touch
            if found.rank == FIRST_RANK:
                break
    return found


def together(touches: Iterable[Touch]) -> Touch | None:
    """All of the touches as one: the worst of them, at the place where all are seen."""
    found: list[Touch] = []
    for touch in touches:
        found.append(touch)
        if touch.rank == FIRST_RANK and not touch.place:
            return touch  # none is worse
    one = min(found, key=lambda touch: (not touch.writes, touch.place != "", touch.rank), default=None)
    if one is None or all(one.place == touch.place for touch in found):
        return one
    return replace(one, place="")
