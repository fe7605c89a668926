"""What a codemod is: its metadata, options, examples and the two questions the engine asks it."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from .analysis.module import Module, Project
from .counters import work
from .model import Change, Cost, Edit, FileChange, Finding, Helper, Import, Safety, Several, Time, Verdict
from .sources.config import Option

Sources = str | Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """A program before and after, as documentation and as a test (see `engine.harness`)."""

    before: Sources
    #: None: nothing changes.
    after: Sources | None = None
    #: For a place that is recognised and left alone: a part of the reason that is given.
    reason: str | None = None
    #: What the example shows, as a clause: "a name imported from time".
    title: str = ""
    safety: Safety = Safety.SAFE
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """The sources before, by file name; a single source is called ``bot.py``."""
        return {"bot.py": self.before} if isinstance(self.before, str) else dict(self.before)

    @property
    def files_after(self) -> dict[str, str]:
        """The sources after, by file name; files that are not mentioned stay as they were."""
        if self.after is None:
            return self.files
        after = {"bot.py": self.after} if isinstance(self.after, str) else dict(self.after)
        return {**self.files, **after}


def fixed(before: Sources, after: Sources, title: str, **more: Any) -> Example:
    """An example that is rewritten. `safety=Safety.UNSAFE` where it needs ``--unsafe-fixes``, `options` for its
    options.
    """
    return Example(before, after, title=title, **more)


def patched(diff: Sources, title: str, **more: Any) -> Example:
    """An example that is rewritten, told as a diff of the whole program: lines of it begin with a space, with ``-`` where
    they go and with ``+`` where they come. Among several files, one of which no line begins so stays as it is.
    """
    if isinstance(diff, str):
        return Example(_side(diff, "-"), _side(diff, "+"), title=title, **more)
    before, after = ({name: _side(text, sign) for name, text in diff.items()} for sign in "-+")
    return Example({name: text for name, text in before.items() if text}, after, title=title, **more)


def _side(diff: str, sign: str) -> str:
    """What stands before (``-``) or after (``+``) a diff of a whole file, a file itself as it is."""
    lines = diff.splitlines(keepends=True)
    if not all(line[0] in " +-\n" for line in lines):
        return diff
    return "".join(line[1:] or line for line in lines if line[0] in f" {sign}\n")


def left(before: Sources, reason: str, title: str, **more: Any) -> Example:
    """An example that is recognised and left alone; `reason` is a part of the reason given."""
    return Example(before, reason=reason, title=title, **more)


def untouched(before: Sources, title: str, **more: Any) -> Example:
    """An example in which nothing is recognised."""
    return Example(before, title=title, **more)


class NotSearched(Exception):
    """A codemod cannot look into a file, or cannot do so at all: that is told for this codemod alone, and the rest goes on.

    The message is a clause without its subject. `fatal`: something failed that should not.
    """

    def __init__(self, message: str, line: int | None = None, *, fatal: bool = False) -> None:
        super().__init__(message)
        self.line = line
        self.fatal = fatal


class Codemod:
    """One anti-pattern and its rewrite.

    A subclass lives in a file of its own whose docstring is its documentation. It gives metadata and examples as
    class attributes and implements `find` (or `find_in_project`, where one change spans files). It reads nothing but
    the module (and, through `module.project`, the rest of the project), writes nothing, prints nothing and keeps no
    state between calls.
    """

    #: Never reused: TGF1xx handlers, 2xx network clients, 3xx files, 4xx errors, 5xx event loop, 6xx API use, 7xx
    #: memory.
    code: ClassVar[str]
    #: kebab-case, says the outcome.
    name: ClassVar[str]
    #: The outcome in the imperative, no final period.
    title: ClassVar[str]
    #: Libraries whose code it rewrites, as on PyPI.
    libraries: ClassVar[tuple[str, ...]] = ()
    #: Libraries for bots in which it finds its pattern and leaves it alone, with what its owner can do.
    reported: ClassVar[tuple[str, ...]] = ()
    #: Whether it looks at handlers that are plain functions as well, as those of python-telegram-bot 13 are.
    before_20: ClassVar[bool] = False
    #: A file whose bytes hold none of these is never parsed for this codemod. It may hold them and have no finding.
    needles: ClassVar[tuple[bytes, ...]]
    options: ClassVar[tuple[Option, ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()
    #: Codes of other tools' rules that detect what this one rewrites.
    related: ClassVar[tuple[str, ...]] = ()
    #: What it gains is that others are served meanwhile: where nobody is shown to wait, there is no finding.
    serves_others: ClassVar[bool] = False
    #: It rewrites nothing and tells of several things: a report has a line for each, named by what its message says before a colon.
    by_hand: ClassVar[bool] = False
    #: Off unless it is selected by its own code or name: what it gains costs something that its owner has to want.
    opt_in: ClassVar[bool] = False
    #: What one run of it costs, where a finding does not tell more.
    cost: ClassVar[Cost | Time] = Cost.UNKNOWN
    #: Whether it costs that for every update, wherever it stands: where the bot is made, say.
    every_update: ClassVar[bool] = False
    #: What it finds depends on its own code and on files of the project alone, so that it need not be asked twice.
    repeatable: ClassVar[bool] = True
    #: Applied at most once in a run, because it might change its own result again.
    once: ClassVar[bool] = False

    def find(self, module: Module) -> Iterable[Finding]:
        """Every place in `module` where the anti-pattern stands, in source order."""
        return ()

    def find_in_project(self, project: Project) -> Iterable[Finding]:
        """Findings whose change may span several files. Called once a round, after `find` has seen every file."""
        return ()

    def option(self, module: Module, name: str) -> Any:
        """The value of one of this codemod's options for the run that `module` belongs to."""
        for option in self.options:
            if option.name == name:
                return module.project.settings.options.get(self.name, {}).get(name, option.default)
        raise KeyError(f"{self.name} has no option {name!r}")

    def change(
        self,
        module: Module,
        edits: Iterable[Edit],
        why: str,
        *,
        title: str | None = None,
        verdicts: Iterable[Verdict] = (),
        imports: Iterable[Import] = (),
        helpers: Iterable[Helper] = (),
        others: Iterable[FileChange] = (),
        style: str | None = None,
    ) -> Change:
        """A change of one file (and of `others`, for support code elsewhere)."""
        part = FileChange(module.path, tuple(edits), tuple(imports), tuple(helpers))
        asked = tuple(verdicts)
        work.proofs += len(asked)
        return Change(title or self.title, why, asked, (part, *others), style)

    def finding(
        self,
        module: Module,
        node: ast.AST,
        message: str,
        *,
        change: Change | None = None,
        reason: str | None = None,
        alternatives: tuple[Change, ...] = (),
        cost: Cost | Time | None = None,
        several: Several | None = None,
    ) -> Finding:
        """A finding at `node`, with its change or the reason why it is left alone; `cost` where it is not the codemod's, `several` where
        changes of the kind in one function are one.
        """
        start, end = module.offset(node.lineno, node.col_offset), module.end(node)  # type: ignore[attr-defined]
        if change is not None and self.cost is Cost.NONE:
            cost = cost or Cost.NONE
        (line, column), (end_line, end_column) = module.position(start), module.position(end)
        return Finding(
            code=self.code, name=self.name, path=module.path, line=line, column=column, end_line=end_line,
            end_column=end_column, message=message, change=change, reason=reason, alternatives=alternatives,
            cost=cost, scope=module.scope(node).qualname, several=several,
        )  # fmt: skip

    def settled(self, module: Module, node: ast.AST, message: str, *made: Change | str) -> Finding:
        """A finding at `node` with the first change of what was made, and the other changes as its alternatives; where there is none
        with the first reason.
        """
        changes = [one for one in made if isinstance(one, Change)]
        if not changes:
            return self.finding(module, node, message, reason=str(made[0]))
        return self.finding(module, node, message, change=changes[0], alternatives=tuple(changes[1:]))


def replace(module: Module, node: ast.AST, text: str) -> Edit:
    """The edit that puts `text` in the place of `node`."""
    start, end = module.span(node)
    return Edit(start, end, text)
