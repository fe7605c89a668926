"""The dialogue of a review: shows a change, reads a key, does what it means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ...engine.model import Safety
from ...engine.review.item import Item, State
from ...engine.review.session import Review
from ...engine.review.step import ReviewError
from ...engine.rewriting.compose import ComposeError
from ...engine.sources.source import SourceError
from ..assumptions import Usual, hazards_of, lines
from ..report import count, label
from . import keys, view
from .editor import EditorError, edit
from .keyboard import END, Keyboard
from .moves import Moves
from .screen import Screen
from .seek import Seek
from .signals import Signals

if TYPE_CHECKING:
    from ...engine.codemod import Codemod


class Prompt:
    """Asks about one change after the other until all are decided or the user has enough."""

    def __init__(
        self,
        review: Review,
        codemods: Sequence[Codemod],
        base: Path,
        keyboard: Keyboard,
        screen: Screen,
        signals: Signals,
    ) -> None:
        self.review = review
        self.codemods = {codemod.code: codemod for codemod in codemods}
        self.base = base
        self.keyboard = keyboard
        self.screen = screen
        self.signals = signals
        self.moves = Moves(review, lambda item: self._label(item.finding.path))
        self.seek = Seek(review, self.moves, keyboard, screen, self._label)
        self._edited: dict[Item, dict[Path, bytes]] = {}
        self._told: set[str] = set()
        self.usual = Usual((item.finding.code, item.change) for item in review.items)
        #: A codemod and an assumption that were on the screen.
        self._said: set[str] = set()
        self._shown: tuple[Item, int] | None = None
        #: Key → what it does with the change that is shown; returns True to end the review.
        self._actions: dict[str, Callable[[Item], bool | None]] = {
            "y": self._yes, "Y": self._yes_to_assumption,
            "n": self._no, "a": self._yes_to_file, "d": self._no_to_file, "A": self._yes_to_codemod,
            "D": self._no_to_codemod, "u": self._undo, "j": self._later, "k": self._earlier, "s": self._skip_file,
            "g": self.seek.number, "/": self.seek.pattern, "f": self.seek.filter, "\t": self._other_form, "e": self._edit,
            "v": self._function, "x": self._explain, "p": self._again, "\n": self._again, "\r": self._again,
            "q": lambda item: True, END: lambda item: True, "?": self._help,
        }  # fmt: skip

    def run(self) -> None:
        """Ask until nothing is undecided or the user quits."""
        while (item := self.moves.current) is not None:
            if not self._show(item):
                self.moves.forward()
                continue
            self.screen.ask(self._question(item))
            key = self.keyboard.key()
            if not self.keyboard.by_line:
                self.screen.say({"\t": "Tab", END: "", "\n": "", "\r": "", "\x1b": "Esc"}.get(key, key))
            action = self._actions.get(key)
            if action is None:
                self.screen.say("That key means nothing here; ? lists those that do.")
            elif action(item):
                return
            self._tell_problems()
            if self.moves.current is None and self.moves.filter and self.review.open():
                self.screen.say("Nothing else fits the filter, so it is taken off.")
                self.moves.filter = ()
                self.moves.forward()

    # Showing

    def _show(self, item: Item) -> bool:
        """Show a change unless it is on the screen; whether it can be shown."""
        if self._shown == (item, item.form):
            return True
        proposal = self.review.proposal(item)
        if item.state is State.GONE:
            return False
        try:
            parts = proposal.alone
        except ComposeError as error:
            if item.state is not State.WITHHELD:
                self.screen.say(f"This change cannot be made any more, because {error}.")
            self._tell_problems()
            return False
        assumed = self._assumed(item)
        view.change(self.screen, item, self.moves.number(item), proposal, parts, self._label, assumed)
        self._shown = (item, item.form)
        return True

    def _assumed(self, item: Item) -> list[str]:
        """What a change assumes; in few words what most changes of its codemod do, once that was on the screen."""
        code, names = item.finding.code, {f"{item.finding.code} {h.value}" for h in hazards_of(item.change)}
        said = names <= self._said
        self._said |= names
        return self.usual.lines(code, item.change, self._label) if said else lines(item.change, self._label)

    def _question(self, item: Item) -> str:
        number = self.moves.number(item).replace(" of ", "/")
        return f"{number} [{item.change.safety.value}] {item.change.title}: apply? (y/n, ? lists the keys)"

    def _label(self, path: Path) -> str:
        return label(path, self.base)

    def _tell_problems(self) -> None:
        for problem in self.review.problems:
            text = f"{self._label(problem.path)}: {problem.message}"
            if problem.fatal and text not in self._told:
                self._told.add(text)
                self.screen.say(text, "bold red")

    def _again(self, item: Item) -> None:
        self._shown = None

    def _help(self, item: Item) -> None:
        for key, meaning in keys.HELP.items():
            self.screen.say(f"{key:>3}  {meaning}")

    # Deciding

    def _yes(self, item: Item) -> None:
        self._accept([item])

    def _yes_to_file(self, item: Item) -> None:
        self._accept(self._as_safe_as(item, self.moves.rest_of_file(item)))

    def _yes_to_codemod(self, item: Item) -> None:
        self._accept(self._as_safe_as(item, self.moves.of_codemod(item)))

    def _yes_to_assumption(self, item: Item) -> None:
        self._accept(self.moves.assuming_no_more(item))

    def _no(self, item: Item) -> None:
        self._refuse([item])

    def _no_to_file(self, item: Item) -> None:
        self._refuse(self.moves.rest_of_file(item))

    def _no_to_codemod(self, item: Item) -> None:
        self._refuse(self.moves.of_codemod(item))

    def _as_safe_as(self, item: Item, items: list[Item]) -> list[Item]:
        """One key for many does not accept what needs an eye and was not looked at, unless it is said of such a change."""
        if item.change.safety is Safety.UNSAFE:
            return items
        return [other for other in items if other.change.safety is Safety.SAFE]

    def _accept(self, items: list[Item]) -> None:
        with self.signals.held():
            done = self.review.accept(items)
        if done:
            files = {part.path for item in done for part in item.change.files}
            names = ", ".join(sorted(self._label(path) for path in files))
            self.screen.say(f"applied{_several(done)}: {names}", "green")
        for item in items:
            for problem in self.review.failures.get(item, ()):
                if not problem.fatal:
                    self.screen.say(f"{self._label(problem.path)} {problem.message}. It is read afresh:")
        self._shown = None
        if done:
            self.moves.forward()

    def _refuse(self, items: list[Item]) -> None:
        with self.signals.held():
            done = self.review.refuse(items)
        self.screen.say(f"refused{_several(done)}", "yellow")
        self.moves.forward()

    def _skip_file(self, item: Item) -> None:
        path = item.finding.path
        with self.signals.held():
            self.review.skip([other for other in self.review.open() if other.finding.path == path])
        self.screen.say(f"{self._label(path)} is left undecided")
        self.moves.forward()

    def _undo(self, item: Item) -> None:
        try:
            with self.signals.held():
                undone = self.review.undo()
        except ReviewError as error:
            self.screen.say(f"Not undone: {error}.")
            return
        self.screen.say(f"undone{_several(undone)}", "yellow")
        self._shown = None
        self.moves.go_to(undone[0])

    def _edit(self, item: Item) -> None:
        proposal = self.review.proposal(item)
        made = {path: after for path, (_, after) in proposal.alone.items()}
        begun = self._edited.pop(item, made)
        try:
            edited = edit(begun, item.finding.line)
        except EditorError as error:
            self.screen.say(f"{error}.")
            return
        if edited == made:
            self.screen.say("Nothing is edited; y applies the change as it is.")
            return
        try:
            texts = {path: view.decoded(proposal, path, data) for path, data in edited.items()}
            with self.signals.held():
                done = self.review.accept_edited(item, texts)
        except (ReviewError, SourceError) as error:
            self._edited[item] = edited
            self.screen.say(f"Not applied: {error}. e goes on editing, y applies the change without the edit.")
            return
        if done:
            self.screen.say("applied as edited", "green")
            self.moves.forward()
        self._shown = None

    # Moving

    def _later(self, item: Item) -> None:
        if not self.moves.forward(wrap=False):
            self.screen.say("There is no undecided change behind this one.")

    def _earlier(self, item: Item) -> None:
        if not self.moves.back():
            self.screen.say("There is no undecided change before this one.")

    # Looking closer

    def _other_form(self, item: Item) -> None:
        if not self.review.switch(item):
            self.screen.say("This change has only one form.")

    def _function(self, item: Item) -> None:
        proposal = self.review.proposal(item)
        if item.finding.path in proposal.alone:
            view.function(self.screen, item, proposal, self._label)
        else:
            self.screen.say("This change does not alter the file of its place.")

    def _explain(self, item: Item) -> None:
        from ..describe import explanation, styled

        self.screen.page(styled("\n".join(explanation(self.codemods[code]) for code in item.finding.codes)))


def _several(items: Sequence[Item]) -> str:
    return "" if len(items) == 1 else f" {count(len(items), 'change')}"
