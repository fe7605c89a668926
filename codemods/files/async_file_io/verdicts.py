"""What is asked of the provers for file access that waits in a thread."""

from __future__ import annotations

import ast

from ....engine.analysis.concurrency import concurrency
from ....engine.analysis.files import Access
from ....engine.analysis.module import Module
from ....engine.model import Assumption, Hazard, Proof, Verdict
from ....engine.proofs import Inside, awaiting, awaiting_each, outside, thread, worst
from ....engine.proofs.identity import unreplaced
from . import costly_calls
from .form import Form
from .helpers import Site

#: Functions whose results nobody can change.
_FIXED = frozenset("builtins.str builtins.bytes json.dumps builtins.repr".split())
_FIXED_METHODS = frozenset("encode join format getvalue strip".split())


def of_form(module: Module, access: Access, form: Form) -> list[Verdict]:
    """The verdicts for one access."""
    alone = concurrency(module.project, module.path).alone
    place = outside.written(module, access.path) if form.writes else outside.file(module, access.path)
    quiet = not form.writes and isinstance(place, Proof)
    inside = Inside.WRITES if form.writes else Inside.NOTHING if quiet else Inside.READS
    found = awaiting_each(module, form.awaited, touches_inside=inside)
    found += [place, _thread(module, form)]
    if form.stays_open:
        found.append(_open_files(module, access, alone=alone))
    if (path := form.taken_for_path) is not None:
        sentence = f"`{module.shown(path)}` is a text or a `Path`, and an error that names it is not looked at"
        found.append(Assumption(Hazard.ERRORS, sentence, module.path, path.lineno))
    found.append(thread.free(module))
    if form.replaces_open:
        found.append(unreplaced(module, "builtins.open"))
    return worst(found)


def of_costly(module: Module, call: ast.Call) -> list[Verdict]:
    """The verdicts for a function of the standard library that works on many files."""
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    found = awaiting(module, call, touches_inside=Inside.WRITES)
    if copied := costly_calls.copied(module, call):
        found += [outside.file(module, copied[0]), outside.written(module, copied[1])]
    else:
        found.append(outside.written(module, *given))
    found.append(thread.free(module))
    for value in given:
        if isinstance(value, ast.Lambda) or module.definition(value) is not None:  # it is called for each file
            sentence = f"`{module.shown(value)}` may run in a thread"
            found.append(Assumption(Hazard.THREAD, sentence, module.path, value.lineno))
    return worst(found)


def of_helper(site: Site) -> list[Verdict]:
    """The verdicts for the call of a plain function of the project."""
    module, helper = site.module, site.helper
    places: list[Verdict] = []
    writes = False
    for owner, access in site.accesses():
        reads = access.kind in ("read", "probe")
        writes |= not reads
        places.append((outside.file if reads else outside.written)(*site.path(owner, access)))
    quiet = not writes and all(isinstance(place, Proof) for place in places)
    inside = Inside.WRITES if writes else Inside.NOTHING if quiet else Inside.READS
    found = [*awaiting(module, site.call, touches_inside=inside), *places]
    found += [thread.function(module, site.call, helper.module, helper.function), thread.free(module)]
    return worst(found)


def _thread(module: Module, form: Form) -> Verdict:
    """Whether what is handed to the thread is of nobody else."""
    for value in form.given:
        if not _is_fixed(module, value):
            sentence = f"nobody changes `{module.shown(value)}` while it is written"
            return Assumption(Hazard.THREAD, sentence, module.path, value.lineno)
    return Proof(Hazard.THREAD, "only this place uses the open file and what is handed to it")


def _is_fixed(module: Module, value: ast.expr) -> bool:
    match value:
        case ast.Constant() | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, right=right):
            return _is_fixed(module, left) or _is_fixed(module, right)  # texts can only be added to texts
        case ast.Call(func=function) if module.resolve(function) in _FIXED:
            return True
        case ast.Call(func=ast.Attribute(attr=attr)):
            return attr in _FIXED_METHODS
    return False


def _open_files(module: Module, access: Access, *, alone: bool) -> Verdict:
    if alone:
        return Proof(Hazard.RESOURCES, "one handler runs at a time, and opens one file")
    sentence = "not more handlers have a file open at once than the system allows (often 1024)"
    return Assumption(Hazard.RESOURCES, sentence, module.path, access.node.lineno)
