"""Whether somebody of a project changes the file that a path names while other code reads it.

Names are compared by what they evaluate to, without their folders: where a bot is started, and through which link, is not
known. What is known only when the bot runs may be any file.
"""

from __future__ import annotations

import ast
import os.path
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...knowledge.file_effects import LOGGING, LOOKING_METHODS, consumes
from ..sources.old_copies import is_aside
from .file_names import FileNames, Name, whole_text
from .files import accesses_by, opening
from .module import Module
from .paths import is_own, is_unknown, last_name, may_be_one, pattern_of
from .resolver import Resolver

_SENDING = ("send", "reply", "respond", "edit", "answer")
#: What becomes of it then has another name, or none that is known.
_ASKING = frozenset(
    "os.path.dirname os.path.basename os.path.splitext os.path.isdir builtins.print builtins.len".split()
)
_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Changing:
    """A place that may change a file."""

    #: What would have to be true for it not to: "nobody changes `rules.txt` meanwhile".
    sentence: str
    path: Path
    line: int


def changing(module: Module, path: ast.expr, *, is_appended: bool = False) -> Changing | None:
    """What may change the file that `path` names while code of `module` reads it; None where surely nothing does.

    With `is_appended`, the code has the file open and adds to it instead: others may write to it and empty it, but neither move
    nor remove it.
    """
    if is_own(module, path):
        return None
    pattern = pattern_of(module, path)
    called = f"`{last_name(pattern)}`"
    if "*" in pattern:
        called = f"the file that `{module.shown(path)}` names"
    if is_unknown(pattern):
        return Changing(f"nobody changes {called} meanwhile", module.path, path.lineno)
    names = module.project.fact(FileNames)
    names_of_files = [pattern, os.path.splitext(pattern)[0], *_folders(pattern)]
    writers = [
        writer
        for writer in names.writers_by_name.like(names_of_files)
        if _may_write(writer, pattern) and not (is_appended and _keeps_name(writer))
    ]
    for writer in writers:
        if not is_unknown(writer.pattern):  # else what names the file tells more
            return _at(f"`{_short(writer)}` does not change {called} meanwhile", writer)
    for text in names.texts_by_name.like([pattern]):
        if _may_name(text.pattern, pattern) and not _only_looks(text.module, text.node, pattern, writes=is_appended):
            return _at(_by_text(text, "change", f"{called} meanwhile"), text)
    for text in names.texts_by_name.like(_folders(pattern)) if is_appended else ():
        for folder in _folders(pattern):
            if text.pattern == folder and not _only_looks(text.module, text.node, folder, writes=True):
                return _at(_by_text(text, "move or remove", f"`{folder}`"), text)
    for program in names.programs:
        return _at(f"the program that `{_short(program)}` runs does not change {called}", program)
    for move in names.moves if not pattern.startswith("/") else ():
        return _at(f"`{_short(move)}` does not make {called} another file meanwhile", move)
    for writer in writers:
        return _at(f"`{_short(writer)}` is never given {called}", writer)
    return _elsewhere(module, pattern, called)


def _elsewhere(module: Module, pattern: str, called: str) -> Changing | None:
    """What is not analysed and names the file: a script, the settings of a log, a unit."""
    name = last_name(pattern)
    found = module.project.mention_of_file(name, module.project.analysed) if "*" not in name else None
    if found is None:
        return None
    return Changing(f"nobody changes {called} meanwhile by way of `{found.path.name}`", found.path, found.line or 1)


def _at(sentence: str, name: Name) -> Changing:
    return Changing(sentence, name.module.path, name.node.lineno)


def _short(name: Name) -> str:
    return name.module.shown(name.node, 60)


def _by_text(text: Name, deed: str, what: str) -> str:
    """That nothing is done to a file by what is given a text, or by whoever uses the text elsewhere."""
    call = text.module.parent(text.node)
    if isinstance(call, (ast.Call, ast.BinOp)):
        return f"`{text.module.shown(call, 60)}` does not {deed} {what}"
    return f"nobody uses `{_short(text)}` to {deed} {what}"


def _may_write(writer: Name, pattern: str) -> bool:
    """Whether what is written may be the file, or a folder that it stands in."""
    if is_unknown(writer.pattern):
        path = writer.path
        return path is None or not (is_own(writer.module, path) or _is_in_memory(writer.module, path))
    if may_be_one(writer.pattern, pattern):
        return True
    if "." not in last_name(writer.pattern) and may_be_one(writer.pattern, os.path.splitext(pattern)[0]):
        return True  # make_archive() and its like add the suffix
    return writer.with_folders and any(may_be_one(writer.pattern, folder) for folder in _folders(pattern))


def _keeps_name(writer: Name) -> bool:
    """Whether what writes a file writes to the one that is there."""
    call = writer.node
    if not isinstance(call, ast.Call):
        return False
    written = isinstance(call.func, ast.Attribute) and call.func.attr in ("write_text", "write_bytes", "touch")
    return written or opening(writer.module, call) is not None


def _folders(pattern: str) -> Iterator[str]:
    folder = os.path.dirname(pattern)
    while folder and folder != "/":
        yield folder
        folder = os.path.dirname(folder)
    yield "."


def _is_in_memory(module: Module, node: ast.expr) -> bool:
    """Whether it is no path at all but a buffer."""
    bindings = module.bindings(node.id, node) if isinstance(node, ast.Name) else []
    parent = module.parent(bindings[0].node) if len(bindings) == 1 else None
    value = parent.value if isinstance(parent, ast.Assign) else node
    return isinstance(value, ast.Call) and module.resolve(value.func) in ("io.BytesIO", "io.StringIO")


def _may_name(text: str, pattern: str) -> bool:
    if is_unknown(text) or (" " in text and " " not in pattern):
        return False
    return may_be_one(text, pattern)


def _only_looks(module: Module, node: ast.expr, pattern: str, depth: int = 0, *, writes: bool = False) -> bool:
    """Whether all that is done with a path that may name the file is to read it, to look at it or to send it; or, with `writes`, to
    write to it.
    """
    parent = module.parent(node)
    if isinstance(parent, ast.keyword):
        parent = module.parent(parent)
    match parent:
        case ast.Compare() | ast.Attribute(attr="parent" | "name" | "stem" | "suffix"):
            return True
        case ast.Call(func=function) if module.resolve(function) in _ASKING or consumes(module.resolve(function) or ""):
            return True
        case ast.Attribute(attr=attr) if attr in LOOKING_METHODS and isinstance(module.parent(parent), ast.Call):
            return True
        case ast.Call(func=ast.Attribute(attr=attr)) if attr in LOGGING:
            return True
        case ast.Call(func=ast.Attribute(attr=attr)) if isinstance(module.parent(parent), ast.Await) and (
            attr.startswith(_SENDING) and parent.func is not node
        ):
            return True
        case ast.Call() if depth < _DEPTH and (use := _parameter(module, parent, node)):
            return all(_leads_elsewhere(use[0], name, pattern, depth, writes) for name in use[1])
        case ast.Call() | ast.Attribute():
            call = parent if isinstance(parent, ast.Call) else module.parent(parent)
            found = list(accesses_by(module, call)) if isinstance(call, ast.Call) else []
            found = [access for access in found if access.path is node]
            if writes and found and found[0].opening is not None:
                return True
            return bool(found) and all(a.kind in ("read", "probe") for a in found)
        case ast.Assign(targets=[ast.Name() as target]) | ast.AnnAssign(target=ast.Name() as target) if depth < _DEPTH:
            if module.scope(target).kind == "class":
                return False  # attributes are not followed
            return all(_leads_elsewhere(w, use, pattern, depth, writes) for w, use in _uses(module, target))
    return False


def _parameter(module: Module, call: ast.Call, node: ast.expr) -> tuple[Module, list[ast.Name]] | None:
    """What a function of the project does with an argument: the module, and the places that read its parameter."""
    meant = module.project.fact(Resolver).definition(module, call.func)
    if meant is None or not isinstance(meant[1], (ast.FunctionDef, ast.AsyncFunctionDef)) or node not in call.args:
        return None
    where, function = meant[0], meant[1]
    names = [a.arg for a in (*function.args.posonlyargs, *function.args.args)]
    index = call.args.index(node) + (names[:1] in (["self"], ["cls"]))
    if index >= len(names) or any(isinstance(a, ast.Starred) for a in call.args):
        return None
    return where, where.uses(names[index], where.names.opened[function])


def _leads_elsewhere(module: Module, use: ast.expr, pattern: str, depth: int, writes: bool) -> bool:
    node = whole_text(module, use)
    if node is not use and not may_be_one(pattern_of(module, node), pattern):
        return True
    return _only_looks(module, node, pattern, depth + 1, writes=writes)


def _uses(module: Module, name: ast.Name) -> Iterator[tuple[Module, ast.expr]]:
    """The places that read a variable, here and in other modules."""
    scope = module.scope(name).find(name.id)
    if scope is None:
        return
    yield from ((module, use) for use in module.uses(name.id, scope))
    if scope is not module.names.root:
        return
    resolver = module.project.fact(Resolver)
    for path in resolver.mentioning([name.id]):
        foreign = path != module.path and not is_aside(path, module.project.settings.root)
        other = resolver.module(path) if foreign else None
        for node in other.all(ast.Name, ast.Attribute) if other else ():
            if isinstance(node.ctx, ast.Load) and other and resolver.symbol(other, node) == (module, name.id):
                yield other, node
