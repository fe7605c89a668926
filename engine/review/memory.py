"""What a review remembers for the next one: the answers, kept and saved as they are given."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..model import Change
from ..rewriting.edited import Hunk
from ..run.atomic import WriteError
from ..run.decisions import Decision, Decisions
from .item import Item
from .step import Step

if TYPE_CHECKING:
    from ..run.find import Finder


class Memory:
    """The decisions of earlier reviews and of this one; `save` writes them down, where they are kept at all."""

    def __init__(self, decisions: Decisions, save: Callable[[], None] | None, finder: Finder) -> None:
        self._decisions = decisions
        self._save = save
        self._finder = finder

    def record(
        self,
        item: Item,
        change: Change,
        answer: str,
        step: Step,
        *,
        together: bool = False,
        edited: tuple[Hunk, ...] = (),
    ) -> None:
        """Keep an answer of a step."""
        of, root = self._finder.size(item.finding), self._finder.settings.root
        decision = Decision.about(item.finding, change, answer, of=of, root=root, together=together, edited=edited)
        step.recorded[item.key] = self._decisions.record(decision)

    def forget(self, step: Step) -> None:
        """Keep what was kept before a step."""
        for key, replaced in reversed(step.recorded.items()):
            self._decisions.forget(key)
            self._decisions.restore(replaced)

    def save(self, step: Step) -> None:
        """Write the decisions down after a step that has changed them; what prevents it becomes a problem."""
        if self._save is None or not step.recorded:
            return
        try:
            self._save()
        except WriteError as error:
            place = self._finder.settings.root / ".tgfix"
            self._finder.problem(place, f"the decisions are not remembered: the file {error}")
