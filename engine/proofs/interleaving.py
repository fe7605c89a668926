"""`interleaving`: a new point at which others may run.

It does no harm where nobody else is there to run, and only that is a proof. What a handler and those that run meanwhile have
in common is never all to be seen: tasks and jobs that were planned before, settings of libraries, the order and the pace of
messages, whatever lies outside of the process. So a new wait beside others is always an assumption, and what is touched on
both sides of it says what it is about.
"""

from __future__ import annotations

import ast
import enum
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..analysis.activations import Start
from ..analysis.concurrency import concurrency
from ..analysis.facts import Facts
from ..analysis.module import Module, Project
from ..analysis.stopped import stopped
from ..analysis.stretch import Stretches
from ..analysis.touch import CHAT, Touch
from ..analysis.tree import entered
from ..model import Assumption, Hazard, Proof, Verdict
from ..sources.reach import is_test
from .endings import running_packages
from .environment.names import at
from .waited import named, nearest, says_most


class Inside(enum.Enum):
    """What happens while a coroutine waits at the new point."""

    #: Nothing: a pause.
    NOTHING = "nothing"
    #: It learns something from outside that may change from one moment to the next, and that the project does not change.
    READS = "reads"
    #: It changes something that others see.
    WRITES = "writes"


def prove(
    module: Module, node: ast.expr, inside: Inside = Inside.NOTHING, *, until: ast.expr | None = None,
    shown: ast.expr | None = None,
) -> Verdict:  # fmt: skip
    """Whether others may run at `node` without that anybody notices; `until` is the last expression, if more than one is waited for."""
    if (held := _held(module, node)) is not None:
        return held
    if is_alone(module, node):
        return Proof(Hazard.INTERLEAVING, "nothing else of the bot runs while it waits")
    return _between_waits(module, node, inside, until or node, shown or node)


def _between_waits(module: Module, node: ast.expr, inside: Inside, until: ast.expr, shown: ast.expr) -> Assumption:
    """What is touched on both sides of it, or that nothing is."""
    stretches = module.project.fact(Stretches)
    here = Touch(module.path, shown.lineno, f"`{module.shown(shown)}`")
    behind = stretches.behind(module, until)
    found = behind.worst()
    last = says_most(found, behind) if found else None
    before = stretches.before(module, node)
    first = before.shared() or before.worst()
    if last and found and (inside is Inside.WRITES or (inside is Inside.READS and found.place != CHAT)):
        return _assumption(module, node, here, last, is_slight=last.is_minor or not (last.writes or changes(first)))
    if inside is Inside.WRITES and first:
        return _could_run(module, node, here) or _assumption(module, node, first, here, is_slight=first.is_minor)
    if first and last:
        # of two looks none disturbs the other
        is_slight = first.is_minor or last.is_minor or not (changes(first) or last.writes)
        return _could_run(module, node, last) or _assumption(module, node, first, last, is_slight=is_slight)
    return _matters_to_nobody(module, node)


def changes(touch: Touch | None) -> bool:
    """Whether something is changed that others share."""
    return touch is not None and touch.writes and not touch.is_minor


def _could_run(module: Module, node: ast.expr, last: Touch) -> Assumption | None:
    """That others could run just before it already, where nothing is touched since something was awaited."""
    before = module.project.fact(Stretches).before(module, node, relying=True)
    if before.worst() is not None or not before.relied:
        return None
    relied = nearest(module, before.relied)
    sentence = f"{named(module, relied)} has waited, so that other code of the {stopped(module)} could run before {last.phrase} already"
    return Assumption(Hazard.INTERLEAVING, sentence, relied[0].path, relied[0].line, is_slight=True)


def is_alone(module: Module, node: ast.expr) -> bool:
    """Whether nothing else runs while the coroutine at `node` waits: the bot handles one update after the other and has nothing beside, or
    nothing runs it at all. A main coroutine is not alone: libraries keep tasks of their own, and asyncio ends generators in some.
    """
    if concurrency(module.project, module.path).alone:
        return True
    return is_unused(module.project, module.project.fact(Stretches).activations.each_start(module, node))


def is_unused(project: Project, starts: Iterable[Start]) -> bool:
    """Whether nothing runs what begins there: nobody calls it, no package that the project imports might, and no text tells of its file."""
    paths = set()
    for start in starts:
        if start.kind != "unused" or start.unknown:
            return False
        paths.add(start.path)
    return bool(paths) and not project.fact(running_packages) and not any(_is_told_of(project, path) for path in paths)


def _is_told_of(project: Project, path: Path) -> bool:
    """Whether a text that is no program of the project names a file or its folders: a unit, a list of modules, an image of a container."""
    root = project.settings.root
    names = path.relative_to(root).with_suffix("").parts if path.is_relative_to(root) else [path.stem]
    return any(project.mention(name, project.files) is not None for name in names)


def outside_tests(module: Module, ways: Iterable[tuple[Module, ast.AST]]) -> Iterator[tuple[Module, ast.AST]]:
    """Those of the ways to a place of `module` on which no test comes there: what that does around it is no business of the bot."""
    root = module.project.settings.root
    return (way for way in ways if way[0] is module or not is_test(root, way[0].path))


def _assumption(module: Module, node: ast.expr, first: Touch, last: Touch, *, is_slight: bool) -> Assumption:
    is_first = (first.path, first.line) == (module.path, node.lineno)
    if is_slight and last.is_minor and is_first:  # which of the lines behind it does least says nothing
        return _matters_to_nobody(module, node)
    where = ""
    if (first.path, first.line) not in ((last.path, last.line), (module.path, node.lineno)):
        same = first.path == last.path
        where = f" (line {first.line})" if same else f" ({at(module.project, first.path, first.line)})"
    sentence = f"other code of the {stopped(module)} may run between {first.phrase}{where} and {last.phrase}"
    if last.is_aside or first.is_aside:
        sentence = f"nobody minds what others log or do between {first.phrase}{where} and {last.phrase}"
    return Assumption(Hazard.INTERLEAVING, sentence, last.path, last.line, is_slight=is_slight)


def _matters_to_nobody(module: Module, node: ast.expr) -> Assumption:
    sentence = f"nothing that other handlers do while `{module.shown(node)}` waits matters to this one"
    return Assumption(Hazard.INTERLEAVING, sentence, module.path, node.lineno, is_slight=True)


def named_block(module: Module, entered: ast.expr) -> str:
    """What a ``with`` enters, as a sentence names it."""
    text = module.shown(entered)
    return "this `with`" if text.startswith("…") else f"`{text}`"


def _held(module: Module, node: ast.expr) -> Assumption | None:
    """A ``with`` around it that may hold a lock, a transaction or a setting of the whole process: nobody else may come then."""
    facts, stretches = module.project.fact(Facts), module.project.fact(Stretches)
    for where, place in outside_tests(module, stretches.activations.ways_to(module, node)):
        for block, child in where.around(place):
            for item in entered(block, child) if isinstance(block, ast.With) else ():
                if not facts.is_harmless_block(where, item):
                    sentence = f"nobody else needs what {named_block(where, item.context_expr)} holds meanwhile"
                    return Assumption(Hazard.INTERLEAVING, sentence, where.path, item.context_expr.lineno)
    return None
