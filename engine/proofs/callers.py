"""The hazard `callers`: a name goes that somebody else may use.

Proved where no other file of the project takes it, by an import, an attribute or a text, and none that cannot be read mentions it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ..analysis.module import Module
from ..analysis.module_names import stem_of
from ..analysis.replacements import Replacements
from ..model import Assumption, Hazard, Proof, Verdict


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
    bound = module.names.root.bindings.get(name, [])
    is_module = bool(bound) and all(isinstance(binding.node, ast.Import) for binding in bound)
    dotted = re.compile(rf"(?<!\w){re.escape(stem_of(module.path))}[.:]{re.escape(name)}(?!\w)")
    for path in replacements.resolver.mentioning([name]):
        if (where := replacements.resolver.module(path)) is None:
            continue
        for constant in where.all(ast.Constant):
            if isinstance(constant.value, str) and dotted.search(constant.value):
                yield where, constant
        for attribute in where.attributes(name):
            if is_module and isinstance(call := where.parent(attribute), ast.Call) and call.func is attribute:
                continue  # a module cannot be called: `date.time()`
            if replacements.may_be_module(where, attribute.value, module):
                yield where, attribute
    for where, call in replacements.lookups:
        if not isinstance(call.args[1], ast.Constant) or call.args[1].value == name:
            if replacements.may_be_module(where, call.args[0], module):
                yield where, call
