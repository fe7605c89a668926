"""`tgfix apply --verify-measure`: whether the bot, run offline, does what it did before the changes."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ...engine.measure import copies
from ...engine.measure.effects import Difference
from ...engine.measure.measuring import Recorded, certificate, recorded, scratch_removed, unlike
from ...engine.measure.places import seen
from ...engine.measure.running import Runner
from ...engine.measure.starting import NotStarted
from ...engine.sources.git import UsageError
from ..errors import note
from ..report import count
from .asked import Asked
from .command import changes, entry_of, interpreter_for, may_run, wish_of
from .words import listed

if TYPE_CHECKING:
    from ...engine.run.plan import Plan
    from ..session import Session


class Unlike:
    """The check of a run of `apply`: an offline run of the bot against what it did before the first change.

    Raises:
        UsageError: the bot cannot be run, or nobody has allowed it.
    """

    reason = "the bot does something else with it"

    def __init__(self, session: Session, plan: Plan) -> None:
        self._runs = 0
        self._found: list[Difference] = []
        self._stopped = ""
        self.root = session.settings.root
        asked = Asked(yes=session.request.yes, quiet=session.request.quiet)
        told = session.settings.measure
        interpreter = interpreter_for(self.root, told.get("python"))
        entry = entry_of(asked, self.root, told)
        _, self._places = changes(plan, self.root, interpreter)
        if not may_run(asked, self.root, entry, "tgfix apply --verify-measure"):
            raise UsageError("--verify-measure: the bot may not be run; nothing written")
        self._scratch = Path(tempfile.mkdtemp(prefix="tgfix-measure-"))
        self._runner = Runner(self._scratch, interpreter, certificate(self._scratch), self.root)
        self._wish = wish_of(asked, told, entry)
        self._say = (lambda _: None) if asked.quiet else note
        self._known: Recorded | None = None

    def begin(self) -> None:
        """Run the bot as it is, and say which of the places that are to be rewritten a run can tell of.

        Raises:
            UsageError: it does not start.
        """
        before = self._scratch / "before"
        copies.copy_of(self.root, before, {})
        try:
            places = [each.path for each in self._places]
            self._known = recorded(self._runner, before, self._wish, self._say, places)
        except NotStarted as error:
            raise UsageError(f"--verify-measure: the bot does not start: {error.obstacle}; nothing written") from None
        ran = [each for each in seen(self._places, self._known.lines, before) if not each.reason]
        self._say(
            f"{len(ran)} of {count(len(self._places), 'place')} to be rewritten ran; of the others nothing is known"
        )

    def passes(self) -> bool:
        """Run the bot as the project's files make it now."""
        assert self._known is not None
        self._runs += 1
        after = self._scratch / "after"
        scratch_removed(after)
        copies.copy_of(self.root, after, {})
        try:
            found, stopped = unlike(self._runner, self._known, after), ""
        except NotStarted as error:
            found, stopped = [], str(error.obstacle)
        if found or stopped:
            self._found, self._stopped = found, stopped
        return not (found or stopped)

    def show(self) -> None:
        """What was otherwise the last time that something was."""
        if self._stopped:
            note(f"  the bot does not start: {self._stopped}")
        for line in listed(self._found):
            note(line)

    @property
    def ran(self) -> str:
        """How often it ran, in words."""
        return f"the bot was compared {count(self._runs, 'time')}"

    def close(self) -> None:
        """Remove the copies."""
        scratch_removed(self._scratch)
