"""A codemod of somebody else's: it makes a text of a text, and all that differs over all files is one change.

Half a rename breaks a program, so the edits stand and fall together, and what they do to the program is its author's
claim, not one that was checked: the change is unsafe. Reading, asking and writing stay with tgfix.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ..analysis.module import ParseError
from ..codemod import Codemod, NotSearched
from ..model import Assumption, Change, Edit, FileChange, Finding, Hazard
from ..rewriting.compose import ComposeError, compose
from ..rewriting.difference import difference
from ..sources.source import SourceError
from ..sources.suppress import Suppressions

if TYPE_CHECKING:
    from ..analysis.module import Module, Project

#: What every file holds.
ANY = (b"",)


class ForeignCodemod(Codemod, ABC):
    """What subclasses give: `rewritten`, which files they are about, and the words for both."""

    once = True
    repeatable = False
    #: What it is called in the sentence of its assumption.
    noun = "codemod"
    #: How a report says that it cannot read a file.
    unread = "It cannot read"

    def __init__(self, described: str, origin: str) -> None:
        self.described = described
        self.origin = origin
        #: The last text of a file that it has seen, and what it made of it.
        self._results: dict[Path, tuple[str, str | NotSearched]] = {}

    @abstractmethod
    def rewritten(self, project: Project, path: Path, text: str) -> str:
        """What it makes of the text.

        Raises:
            NotSearched: it cannot read the text, or fails.
        """

    def takes(self, path: Path) -> bool:
        """Whether it is about the file."""
        return True

    def takes_all(self) -> bool:
        """Whether files that the run was not asked to look at are its business as well."""
        return False

    def warnings(self, path: Path) -> list[str]:
        """What it said of the file when it rewrote it."""
        return []

    def find(self, module: Module) -> Iterable[Finding]:
        """What it only warns of; a file that it cannot read is told of here, too."""
        if not self.takes(module.path) or self._result(module.project, module.path, module.text) != module.text:
            return ()
        return [
            Finding(self.code, self.name, module.path, 1, 0, 1, 0, f"{self.origin} says", reason=warning)
            for warning in self.warnings(module.path)
        ]

    def find_in_project(self, project: Project) -> Iterator[Finding]:
        """Its one change, at the place of its first edit."""
        edits: dict[Path, tuple[Edit, ...]] = {}
        left_out: list[Path] = []
        for path in sorted(project.requested.union(project.files) if self.takes_all() else project.requested):
            text = self._text(project, path)
            if text is None:
                continue
            try:
                made = difference(text, self._result(project, path, text))
            except NotSearched as error:
                if error.fatal:
                    raise
                left_out.append(path)
                continue
            if made:
                edits[path] = made
        if edits:
            yield self._finding(project, edits, left_out)

    def _finding(self, project: Project, edits: dict[Path, tuple[Edit, ...]], left_out: list[Path]) -> Finding:
        files = tuple(FileChange(path, made) for path, made in edits.items())
        why = (
            f"{self.origin[0].upper()}{self.origin[1:]} asks for it; that the program still does the same is its claim."
        )
        if left_out:
            names = ", ".join(path.name for path in left_out)
            why += f" {self.unread} {names}, so what stands there was not looked at."
        for path in edits:
            why += "".join(f" It says of {path.name}: {warning}" for warning in self.warnings(path))
        assumption = Assumption(Hazard.UNPROVED, f"the {self.noun} does what you want here")
        change: Change | None = Change(self.title, why, (assumption,), files)
        reason = None
        try:
            compose(project, [change] if change else [])
        except ComposeError as error:
            change, reason = None, f"what {self.origin} makes of the files is refused: {error}"
        path, first = next((path, made[0]) for path, made in edits.items())
        module = project.module(path)
        (line, column), (end_line, end_column) = module.position(first.start), module.position(first.end)
        places = sum(map(len, edits.values()))
        number = f"{places} places" if places > 1 else "1 place"
        message = f"{self.described} edits {number} in {', '.join(p.name for p in edits)}"
        return Finding(
            self.code, self.name, path, line, column, end_line, end_column, message, change=change, reason=reason
        )

    def _text(self, project: Project, path: Path) -> str | None:
        """The text of a file if it may be edited."""
        if not self.takes(path) or project.settings.ignores(path, self.code, self.name):
            return None
        try:
            source = project.source(path)
            if source is None or not project.texts.holds(source.data, *self.needles):
                return None
            project.module(path)
        except (SourceError, ParseError):
            return None  # told of by the search
        return None if Suppressions.of(source.text).skip_file else source.text

    def _result(self, project: Project, path: Path, text: str) -> str:
        seen = self._results.get(path)
        if seen is None or seen[0] != text:
            try:
                made: str | NotSearched = self.rewritten(project, path, text)
            except NotSearched as error:
                if error.fatal:
                    raise
                made = error
            seen = self._results[path] = (text, made)
        if isinstance(seen[1], NotSearched):
            raise seen[1]
        return seen[1]


def told(error: BaseException, script: Path) -> str:
    """An exception in one line, with the line of the script that it comes from."""
    line, message = (error.lineno, error.msg) if isinstance(error, SyntaxError) else (None, str(error))
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(script):
            line = trace.tb_lineno
        trace = trace.tb_next
    where = "" if line is None else f" ({script.name}:{line})"
    return f"{type(error).__name__}: {message}{where}"
