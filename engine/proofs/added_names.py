"""The hazard `identity` of the names that a change adds to a file: its imports and helpers.

Proved where nobody comes across them: no file that takes everything from this one has something else of that name, and nobody
goes through what the file holds, to register whatever functions are there, say.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ..analysis.calls.lookups import is_plain
from ..analysis.loading import runs_files
from ..analysis.module import Module, Project
from ..analysis.replacements import Replacements
from ..model import Assumption, Change, FileChange, Hazard, Import

_ASKED = frozenset({"inspect.getmembers", "inspect.getmembers_static", "builtins.vars", "builtins.dir"})
_OWN = frozenset({"builtins.globals", "builtins.vars", "builtins.dir", "builtins.locals"})
#: What gives all that a file defines in a dictionary, or puts it into one that it is given.
_RUNS = frozenset({"runpy.run_path", "builtins.exec"})
_NAMES = tuple("run_path exec getmembers getmembers_static vars dir globals locals __dict__".split())
_WORDS = re.compile(rb"\b(?:run_path|exec|getmembers\w*|vars|dir|globals|locals)\s*\(|\b__dict__\b")


def seen(project: Project, change: Change) -> Iterator[Assumption]:
    """The names of a change that somebody may come across; nothing where all of them are proved to be unseen."""
    for part in change.files:
        added = dict(_added(part))
        module = project.parsed(part.path) if added and project.source(part.path) is not None else None
        if module is None:
            continue
        takers = [] if "__all__" in module.names.root.bindings else list(_takers(module, {part.path}))
        for name, qualified in sorted(added.items()):
            if name in module.names.root.bindings:
                continue
            if not name.startswith("_"):
                yield from _hidden(module, takers, name, qualified)
            for where in [module, *takers] if qualified is None or "." in qualified else ():
                if place := project.fact(_Scans).of(where):
                    sentence = (
                        f"what `{place[0].name}` does with the names of `{where.path.name}` is not done with `{name}`"
                    )
                    yield Assumption(Hazard.IDENTITY, sentence, *place, is_slight=qualified is not None)
                    return


def _added(part: FileChange) -> Iterator[tuple[str, str | None]]:
    """The names that a part binds at the top of its file, each with what it is imported as; None for a definition."""
    imports: list[Import] = list(part.imports)
    pending = list(part.helpers)
    while pending:
        helper = pending.pop()
        pending += helper.requires
        imports += helper.imports
        yield from ((name, None) for name in (helper.name, *helper.also_defines))
    for item in imports:
        yield item.bound_name, f"{item.module}.{item.name}" if item.name else item.module


def _takers(module: Module, known: set[Path]) -> Iterator[Module]:
    """The files that take everything from a module, directly or not."""
    for path in module.project.importers(module.path):
        if path in known or module.project.told(path, _takes_nothing_whole):
            continue
        other = module.project.parsed(path)
        stars = other.names.root.bindings.get("*", ()) if other else ()
        if other and any(module.path in module.project.imported_files(path, star.qualified or "") for star in stars):
            known.add(path)
            yield other
            yield from _takers(other, known)


def _takes_nothing_whole(module: Module) -> bool:
    return module.is_self_contained


def _goes_through(module: Module) -> bool | None:
    """Whether a file goes through what something holds."""
    if not module.is_self_contained:
        return None
    asked = (module.resolve(call.func) in _ASKED | _OWN | _RUNS for call in module.all(ast.Call))
    return any(asked) or bool(module.attributes("__dict__"))


def _hidden(module: Module, takers: list[Module], name: str, qualified: str | None) -> Iterator[Assumption]:
    """Where a file that takes everything from a module has another thing by a name of its own."""
    for other in takers:
        bound, read = other.names.root.bindings.get(name, ()), other.loads(name)
        if any(b.qualified != qualified for b in bound) or (read and not bound):
            sentence = (
                f"`{name}` in `{other.path.name}`, which takes everything from `{module.path.name}`, is what it was"
            )
            yield Assumption(Hazard.IDENTITY, sentence, other.path, bound[0].line if bound else read[0].lineno)
            return


class _Scans:
    """The places of a project that go through whatever a module holds. Ask `Project.fact(_Scans)`."""

    def __init__(self, project: Project) -> None:
        self._replacements = project.fact(Replacements)
        self._own: dict[Path, int] = {}
        self._asked: list[tuple[Module, ast.expr]] = []
        self._run: list[tuple[Path, int]] = []
        for path in project.mentioning(_NAMES):
            if not _WORDS.search(project.data(path)) or project.told(path, _goes_through) is False:
                continue
            if (module := project.parsed(path)) is None:
                continue
            for call in module.all(ast.Call):
                function = module.resolve(call.func)
                if function in _ASKED and call.args:
                    self._asked.append((module, call.args[0]))
                elif function == "runpy.run_path" or (function == "builtins.exec" and len(call.args) > 1):
                    if function != "builtins.exec" or runs_files(project.data(path)):
                        self._run.append((module.path, call.lineno))
                elif function in _OWN and not call.args and not is_plain(module, call):
                    if function == "builtins.globals" or module.function(call) is None:
                        self._own.setdefault(module.path, call.lineno)
            self._asked += [(module, attribute.value) for attribute in module.attributes("__dict__")]

    def of(self, module: Module) -> tuple[Path, int] | None:
        """The first place that may go through the names of a module."""
        if module.path in self._own:
            return module.path, self._own[module.path]
        for where, owner in self._asked:
            if self._replacements.may_be_module(where, owner, module):
                return where.path, owner.lineno
        # what no import leads to may be what is run by its path
        others = [place for place in self._run if place[0] != module.path]
        return others[0] if others and not module.project.importers(module.path) else None
