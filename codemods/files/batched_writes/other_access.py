"""What a program does with a file besides appending to it, where a rewrite has to know: each check gives None or a reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ....engine.analysis.module import Module
from ....engine.analysis.scope import FunctionNode
from .reasons import PARTS, Region, path_varies, varies, within
from .sites import Loop, Site, enclosing_class, opening

_DESTROYING = frozenset(
    "os.remove os.unlink os.rename os.renames os.replace os.truncate shutil.move shutil.rmtree aiofiles.os.remove "
    "aiofiles.os.unlink aiofiles.os.rename aiofiles.os.replace".split()
)
_DESTROYING_METHODS = frozenset("unlink rename replace write_text write_bytes".split())
_LOGGING = frozenset("debug info warning warn error exception critical log".split())


def mentions(module: Module, site: Site, inside: ast.AST) -> Iterator[ast.expr]:
    """Where `inside` names the site's file again, by the same expression, its opens by such blocks left out."""
    path = site.path
    match path:
        case ast.Call(args=[ast.Name() as name]) if module.resolve(path.func) in ("builtins.str", "os.fspath"):
            path = name
    wanted, kind = ast.dump(path), type(path)
    for node in ast.walk(inside):
        if isinstance(node, kind) and node is not path and getattr(node, "ctx", None).__class__ is not ast.Store:
            if ast.dump(node) == wanted and node.lineno and not _harmless(module, node):
                yield node


def _harmless(module: Module, node: ast.expr) -> bool:
    """Whether naming the path here tells nothing of the file: in a message, or for its directory's name."""
    parent = module.parent(node)
    if isinstance(parent, ast.Attribute) and parent.attr in PARTS:
        return True
    for ancestor in module.ancestors(node):
        if isinstance(ancestor, ast.stmt):
            return False
        if isinstance(ancestor, ast.Call):
            name = module.resolve(ancestor.func) or ""
            logs = isinstance(ancestor.func, ast.Attribute) and ancestor.func.attr in _LOGGING
            return logs or name in ("builtins.print", "os.path.dirname", "os.path.basename")
    return False


def destroys(module: Module, use: ast.expr) -> bool:
    """Whether the file that `use` names is deleted, renamed, emptied or written anew there."""
    parent = module.parent(use)
    if isinstance(parent, ast.Attribute) and parent.attr in _DESTROYING_METHODS:
        return True
    if isinstance(parent, ast.Attribute):
        parent = module.parent(parent)
    if isinstance(parent, ast.Call):
        if (module.resolve(parent.func) or "") in _DESTROYING:
            return True
        opened = opening(module, parent)
        return opened is not None and "w" in opened[1]
    return False


def other_uses(module: Module, group: Sequence[Site], region: Region) -> str | None:
    """Why the file is not only appended to within the region: it is used there, or by a function that is called there."""
    own = {id(node) for site in group for node in ast.walk(site.call)}
    for use in mentions(module, group[0], region):
        if id(use) not in own:
            what = "deleted, renamed or written anew" if destroys(module, use) else "also used"
            return f"the file is {what} in line {use.lineno}"
    for function in _called(module, region):
        for use in mentions(module, group[0], function):
            if id(use) not in own and not within(module, region, function):
                return f"{function.name}(), which is called there, also uses the file (line {use.lineno})"
    for call in (node for node in ast.walk(region) if isinstance(node, ast.Call)):
        if module.resolve(call.func) == "os.chdir":
            return f"the current directory changes in line {call.lineno}"
    return None


def _called(module: Module, region: ast.AST) -> list[FunctionNode]:
    """The functions and methods of this module that are called within `region`, and those that they call."""
    found: dict[FunctionNode, None] = {}
    queue: list[ast.AST] = [region]
    while queue:
        around = queue.pop()
        for call in (node for node in ast.walk(around) if isinstance(node, ast.Call)):
            function = module.definition(call.func) or _method(module, call)
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)) and function not in found:
                found[function] = None
                queue.append(function)
    return list(found)


def _method(module: Module, call: ast.Call) -> FunctionNode | None:
    function = module.function(call)
    match call.func:
        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if function is not None:
            cls = enclosing_class(module, function)
            for node in ast.walk(cls) if cls else ():
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
                    return node
    return None


def destroyed_elsewhere(module: Module, site: Site, function: ast.AST | None) -> int | None:
    """The line of another function that deletes, renames or empties the file, as it may do while this one waits."""
    for use in mentions(module, site, module.tree):
        if module.function(use) is not function and module.function(use) is not None and destroys(module, use):
            return use.lineno
    return None


def in_step(module: Module, group: Sequence[Site], loop: Loop, every: Sequence[Site]) -> str | None:
    """Whether the loop writes another file too, so that the two have to agree after any ending."""
    for other in every:
        if other not in group and within(module, other.statement, loop) and path_varies(module, other, loop) is None:
            return f"the loop also writes {module.segment(other.path)} (line {other.call.lineno}), and two files must stay in step"
    for call in (node for node in ast.walk(loop) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("write_text", "write_bytes"):
            if varies(module, call.func.value, loop) is None:
                return f"the loop also writes {module.segment(call.func.value)} (line {call.lineno}), and two files must stay in step"
    return None
