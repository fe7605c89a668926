"""Reading a file, by an open file or by a path: which file it is, and whether anybody could notice when it is read."""

from __future__ import annotations

import ast

from ...knowledge.kinds import GIVES_FILES, ONLY_TEXT
from .files import Opening, is_path, opening
from .module import Module, Project
from .unchanged_files import changing

#: Methods of an open file that give text or bytes, or a list of them, or only move its position.
READING = frozenset("read readline readlines seek tell".split())
#: What gives the rows of a file that it is given.
_ROWS = frozenset({"csv.reader", "csv.DictReader"})
_BY_PATH = frozenset({"read_text", "read_bytes"})


def opened(module: Module, node: ast.expr) -> Opening | None:
    """How the file was opened that an expression stands for, where the source shows that."""
    if isinstance(node, ast.Call):
        return opening(module, node)
    bindings = module.bindings(node.id, node) if isinstance(node, ast.Name) else []
    if len(bindings) != 1 or module.function(bindings[0].node) is not module.function(node):
        return None
    match module.parent(bindings[0].node):
        case ast.withitem(context_expr=ast.Call() as call) | ast.Assign(targets=[ast.Name()], value=ast.Call() as call):
            return opening(module, call)
    return None


def read_by(module: Module, call: ast.Call) -> ast.expr | None:
    """The path of the file that a call opens for reading, or reads from; None where it does neither."""
    if isinstance(call.func, ast.Attribute):
        owner, name = call.func.value, call.func.attr
        if name in _BY_PATH and is_path(module, owner):
            return owner
        if name in READING and (source := opened(module, owner)):
            return source.path if _only_reads(source) else None
    found = opening(module, call)
    return found.path if found is not None and _only_reads(found) else None


def gives_lines(module: Module, iterated: ast.expr) -> bool:
    """Whether what is iterated over is a file that was opened for reading, or what takes the rows out of one."""
    while isinstance(iterated, ast.Call) and iterated.args and module.resolve(iterated.func) in _ROWS:
        iterated = iterated.args[0]
    found = opened(module, iterated)
    return found is not None and _only_reads(found)


def _only_reads(found: Opening) -> bool:
    return found.kind == "read" and not found.awaited


class QuietReads:
    """The reads of a project that nobody can notice: of files that nothing changes. Ask `Project.fact(QuietReads)`."""

    def __init__(self, project: Project) -> None:
        self._known: dict[ast.Call, bool] = {}

    def is_quiet(self, module: Module, call: ast.Call) -> bool:
        """Whether a call only opens or reads a file that nothing changes meanwhile."""
        if call not in self._known:
            path = read_by(module, call)
            self._known[call] = path is not None and changing(module, path) is None
        return self._known[call]


def may_send_by_path(module: Module, call: ast.Call) -> bool:
    """Whether a call that answers may be given the path of a file, and not only texts or what is opened already."""
    method = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if method in ONLY_TEXT and not any(k.arg is None or k.arg in GIVES_FILES for k in call.keywords):
        return False
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return all(opened(module, one) is None for one in given)
