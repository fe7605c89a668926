"""The hazard `callers`: a function's kind changes, or a name goes, that somebody else may use.

Proved where every use is seen: each one in the files that are analysed is understood, nothing looks names up that the source does
not show, no other file of any kind below the root mentions the name, and the project is no package that others install.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..analysis.calls.graph import CallGraph
from ..analysis.module import Module
from ..analysis.replacements import Replacements, stem_of
from ..analysis.scope import FunctionNode
from ..model import Assumption, Hazard, Proof, Verdict
from ..sources.distribution import published_by


def all_known(module: Module, function: FunctionNode) -> Verdict:
    """Whether every use of a function or method of the project is a call that the source shows."""
    graph = module.project.fact(CallGraph)
    name = function.name
    uses = [use for use in graph.uses([(module, function)])[function] if use.obstacle]
    shown = [use for use in uses if use.node is not None]
    if not shown and (unseen := _unseen(module, name)):
        return unseen
    for use in shown or uses:
        line = getattr(use.node, "lineno", None)
        sentence = f"only the calls that were found use `{name}()`, although {use.obstacle}"
        return Assumption(Hazard.CALLERS, sentence, use.module.path, line)
    is_public = not name.startswith("_") and not module.path.stem.startswith("_")
    if is_public and (package := published_by(module.project.settings.root)):
        return Assumption(
            Hazard.CALLERS, f"nobody who installs this package uses `{name}()` of `{module.path.stem}`", package
        )
    return Proof(Hazard.CALLERS, f"every use of `{name}()` is seen")


def not_taken(module: Module, name: str) -> Verdict:
    """Whether no other file takes a module-level name (an import, say) from `module`, so that it may go."""
    project = module.project
    sentence = f"no other file takes `{name}` from `{module.path.name}`"
    if project.imports_from(module.path, name):
        return Assumption(Hazard.CALLERS, sentence, module.path)
    for where, node in _takers(module, name):
        return Assumption(Hazard.CALLERS, sentence, where.path, node.lineno)
    if unseen := project.unseen([module.path.stem, name], project.analysed):
        return Assumption(Hazard.CALLERS, sentence, unseen.path, unseen.line)
    return Proof(Hazard.CALLERS, f"only `{module.path.name}` uses its `{name}`")


def _takers(module: Module, name: str) -> Iterator[tuple[Module, ast.expr | ast.stmt]]:
    """What may take a name from a module: its attribute, by whatever name the module goes, or a text ("bot.time.sleep")."""
    replacements = module.project.fact(Replacements)
    yield from ((found.module, found.node) for found in replacements.of_module(module, name))
    dotted = re.compile(rf"(?<!\w){re.escape(stem_of(module.path))}[.:]{re.escape(name)}(?!\w)")
    for path in replacements.resolver.mentioning([name]):
        if (where := replacements.resolver.module(path)) is None:
            continue
        for constant in where.all(ast.Constant):
            if isinstance(constant.value, str) and dotted.search(constant.value):
                yield where, constant
        for attribute in where.attributes(name):
            if replacements.may_be_module(where, attribute.value, module):
                yield where, attribute
    for where, call in replacements.lookups:
        if not isinstance(call.args[1], ast.Constant) or call.args[1].value == name:
            if replacements.may_be_module(where, call.args[0], module):
                yield where, call


def _unseen(module: Module, name: str) -> Assumption | None:
    """The file that is not analysed and mentions a name."""
    found = module.project.mentions.of(name, module.project.analysed)
    if found is None:
        return None
    where = f"in `{found.path.name}`" if found.line else "in what is too large to be searched"
    return Assumption(Hazard.CALLERS, f"the `{name}` {where} is no use of `{name}()`", found.path, found.line)
