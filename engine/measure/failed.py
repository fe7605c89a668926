"""A run that did not start, and what the program is given in addition for the next one."""

from __future__ import annotations

import ast
import contextlib
import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from .environment import Wants
from .running import Outcome, Task

#: Things that are named of one repair.
_LISTED = 6


@dataclass(frozen=True)
class Repair:
    """What a program is given in addition."""

    variables: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    arguments: Sequence[str] = ()
    #: Packages that stand-ins take the place of.
    stand_ins: Sequence[str] = ()
    #: What answers of web services are to have.
    keys: Sequence[str] = ()
    #: Path outside of the copy → the folder of the copy that serves for it.
    moved: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        stand_ins = [f"a stand-in for {name}" for name in self.stand_ins]
        answers = [f"answers with `{key}`" for key in self.keys]
        files = dict.fromkeys(".git" if name.startswith(".git/") else name for name in self.files)
        names = [*self.variables, *files, *self.arguments, *stand_ins, *self.moved, *answers]
        more = len(names) - _LISTED
        return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")

    def applied(self, task: Task) -> Task:
        """The task with it."""
        return dataclasses.replace(
            task,
            environment={**task.environment, **self.variables},
            files={**task.files, **self.files},
            arguments=[*task.arguments, *self.arguments],
            stand_ins=[*task.stand_ins, *self.stand_ins],
            keys=[*task.keys, *self.keys],
            moved={**task.moved, **self.moved},
        )


@dataclass(frozen=True)
class Failed:
    """A run that did not start, or did not get far."""

    outcome: Outcome
    task: Task
    #: Where the copy was run, and what its sources name.
    project: Path
    wanted: Wants
    #: Those of modules that the program's Python does not have.
    lacks: Callable[[Sequence[str]], Sequence[str]]

    @property
    def crash(self) -> Mapping[str, str]:
        """How it ended; empty where it did not crash."""
        return dict(self.outcome.report.get("crash") or {})

    @property
    def text(self) -> str:
        """What it said at its end; of one that has started, the errors of its handlers."""
        if self.outcome.started and not self.outcome.ended:
            told = (error for step in self.outcome.report.get("steps", ()) for error in step["errors"])
            return "\n".join(dict.fromkeys(told))
        return f"{self.crash.get('trace', '')[-1500:]}\n{self.outcome.output[-1500:]}"

    @cached_property
    def trees(self) -> Sequence[ast.Module]:
        """The sources of the copy that can be parsed."""
        found = []
        for path in sorted(self.project.rglob("*.py")):
            with contextlib.suppress(SyntaxError, ValueError, OSError):
                found.append(ast.parse(path.read_bytes()))
        return found


def files_in(trace: str) -> list[str]:
    """The files that a traceback names, the one in which it ends last."""
    return re.findall(r'File "([^"]+)", line \d+', trace)


def ends_in_a_package(crash: Mapping[str, str]) -> bool:
    """Whether the last line that ran was one of an installed package."""
    return any("site-packages" in name for name in files_in(crash.get("trace", ""))[-1:])
