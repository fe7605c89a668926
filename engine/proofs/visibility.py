"""`visibility`: data that is written to a file is where it was before, as soon as it was before.

For a file that stays open, what is written must go through as it did when the file was closed (the rewrite sees to that); nothing
that runs meanwhile may move, remove, replace or empty it; and it must come to be when it did.
"""

from __future__ import annotations

import ast
import os.path
from collections.abc import Iterator

from ..analysis.file_effects import FileEffects, Removal, Unknown, file_effects
from ..analysis.files import Access, key_of, opening
from ..analysis.literal import NotLiteral, evaluate
from ..analysis.module import Module
from ..analysis.paths import pattern_of
from ..analysis.repeated import Loop, doubt
from ..model import Assumption, Hazard, Proof, Verdict

_CREATING_METHODS = frozenset({"touch", "write_text", "write_bytes"})
#: In their parts, code runs perhaps, later or often.
_CONDITIONAL = (ast.IfExp, ast.BoolOp, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def stays(module: Module, path: ast.expr, loop: Loop, effects: FileEffects) -> Verdict:
    """Whether the file that `path` names is the same one, and has its name, as long as the loop has it open.

    `effects` is what the loop does to files besides writing to this one.
    """
    text = module.segment(path)
    if doubt(module, path, loop):
        return Assumption(Hazard.VISIBILITY, f"`{text}` is the same path for every message", module.path, path.lineno)
    places = [*effects.unknown]
    places += [
        Unknown(m, a.node.lineno, f"`{m.shown(a.node)}`") for m, a in effects.accesses if _may_empty(module, path, m, a)
    ]
    places += [
        Unknown(r.module, r.call.lineno, f"`{r.module.shown(r.call)}`") for r in _removing(module, path, effects)
    ]
    if not places:
        return Proof(Hazard.VISIBILITY, f"nothing that runs in the loop moves, removes or empties `{text}`")
    found = min(places, key=lambda place: (place.module is not module, place.line))
    sentence = f"{found.what} does not move, remove, replace or empty `{text}`"
    return Assumption(Hazard.VISIBILITY, sentence, found.module.path, found.line)


def _may_empty(module: Module, path: ast.expr, where: Module, access: Access) -> bool:
    """Whether a file that is written anew in the loop may be this one."""
    adds = access.opening is not None and "a" in (access.opening.mode or "")
    return (
        access.kind not in ("read", "probe")
        and not adds
        and may_name(pattern_of(where, access.path), pattern_of(module, path))
    )


def _removing(module: Module, path: ast.expr, effects: FileEffects) -> list[Removal]:
    mine = pattern_of(module, path)
    return [r for r in effects.removals if r.path is None or may_name(pattern_of(r.module, r.path), mine)]


def may_name(other: str, mine: str) -> bool:
    """Whether a path, with ``*`` for what is not known, may be the same as another one or a folder above it."""
    if any("*" in text or ".." in text or "~" in text for text in (other, mine)):
        return True
    other, mine = other.casefold(), mine.casefold()  # as some file systems do
    if os.path.isabs(other) != os.path.isabs(mine):
        return True  # one of them may be the other by its full name
    return mine == other or mine.startswith(f"{other.rstrip(os.sep)}{os.sep}")


def taken_away(module: Module, path: ast.expr, effects: FileEffects) -> Unknown | None:
    """The first of the effects that takes the file away, as far as can be seen, empties it or looks whether it is there."""
    places = [
        Unknown(r.module, r.call.lineno, f"{r.module.segment(r.call.func)}()") for r in _removing(module, path, effects)
    ]
    key = key_of(module, path)
    for where, access in effects.accesses:
        added = access.opening is not None and access.kind != "write"
        if access.kind != "read" and not added and key_of(where, access.path) == key:
            places.append(Unknown(where, access.node.lineno, f"{where.segment(access.node.func)}()"))
    return min(places, key=lambda place: (place.module is not module, place.line), default=None)


# When it comes to be


def comes_to_be(module: Module, path: ast.expr, loop: Loop, block: ast.stmt) -> Verdict:
    """Whether a file that is opened before the loop, and not by `block` in it, is opened, made or refused as it was before."""
    text = module.segment(path)
    if (before := made_before(module, path, loop)) is not None:
        return Proof(Hazard.VISIBILITY, f"line {before.lineno} has made `{text}` already")
    if loop.body[0] is block and _surely_runs(module, loop):
        return Proof(Hazard.VISIBILITY, "the loop has a first message, and opens the file before anything else")
    sentence = (
        f"nobody minds that `{text}` is opened before there is a message, and is there and empty where none comes"
    )
    return Assumption(Hazard.VISIBILITY, sentence, module.path, loop.lineno)


def _surely_runs(module: Module, loop: Loop) -> bool:
    if isinstance(loop, ast.While):
        return isinstance(loop.test, ast.Constant) and bool(loop.test.value)
    if isinstance(loop, ast.AsyncFor) or not isinstance(loop.target, ast.Name):
        return False
    try:
        return len(evaluate(module, loop.iter)) > 0
    except (NotLiteral, TypeError):
        return False


def made_before(module: Module, path: ast.expr, loop: Loop) -> ast.Call | None:
    """The call before the loop that surely has made the file, where nothing between the two can take it away."""
    names = [node for node in ast.walk(path) if isinstance(node, ast.Name)]
    if any(len(module.bindings(name.id, name)) > 1 for name in names):
        return None
    between: list[ast.stmt] = []
    for statement in _before(module, loop):
        between.insert(0, statement)
        for call in _surely_called(statement):
            if _makes(module, call, path):
                effects = file_effects(module, between, (call,))
                return None if effects.unknown or _removing(module, path, effects) else call
    return None


def _before(module: Module, loop: Loop) -> Iterator[ast.stmt]:
    """The statements that have run when the loop begins, the last one first."""
    child: ast.AST = loop
    for ancestor in module.ancestors(loop):
        above, _ = module.beside(child)
        yield from reversed(above)
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
            return
        child = ancestor


def _surely_called(statement: ast.stmt) -> Iterator[ast.Call]:
    """The calls that a statement surely makes."""
    roots: list[ast.AST] = [statement]
    if isinstance(statement, (ast.With, ast.AsyncWith)):
        roots = [item.context_expr for item in statement.items]
    elif not isinstance(statement, (ast.Expr, ast.Assign, ast.AnnAssign)):
        return
    while roots:
        node = roots.pop()
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, _CONDITIONAL):
            roots.extend(ast.iter_child_nodes(node))


def _makes(module: Module, call: ast.Call, path: ast.expr) -> bool:
    opened = opening(module, call)
    if opened is not None and opened.awaited and not isinstance(module.parent(call), (ast.Await, ast.withitem)):
        return False
    if opened is not None:
        return bool(set(opened.mode or "") & set("wax")) and key_of(module, opened.path) == key_of(module, path)
    match call.func:
        case ast.Attribute(value=owner, attr=attr) if attr in _CREATING_METHODS:
            return key_of(module, owner) == key_of(module, path)
    return False
