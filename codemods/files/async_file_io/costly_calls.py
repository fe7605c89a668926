"""Calls on the file system that are awaited in one step: whole trees and copies in a thread, and (if asked) metadata by aiofiles."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.module import Module
from ....engine.model import Edit, Import
from ....engine.rewriting import awaits
from ....engine.rewriting.imports import name_for

#: Functions whose time grows with what is on the disk.
_COSTLY = frozenset(
    f"shutil.{name}" for name in "copy copy2 copyfile copytree move rmtree make_archive unpack_archive".split()
)
_OS = frozenset(
    "access link listdir makedirs mkdir readlink remove removedirs rename renames replace rmdir scandir stat statvfs symlink unlink".split()
)
_OS_PATH = frozenset("exists getatime getctime getmtime getsize isdir isfile islink ismount samefile".split())


def costly(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """The costly calls in coroutines, each with what it is: ``"function"``, ``"walk"`` or ``"glob"``."""
    for call in module.all(ast.Call):
        if (
            not module.in_coroutine(call)
            or refuse.handed_to_thread(module, call)
            or refuse.runs_in_thread(module, call)
        ):
            continue
        function = module.resolve(call.func)
        if function in _COSTLY:
            yield call, "function"
        elif function == "os.walk":
            yield call, "walk"
        elif function == "glob.glob" and any(k.arg == "recursive" for k in call.keywords):
            yield call, "glob"


def metadata(module: Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls in coroutines that ask about a file or change its entry, each with its counterpart in aiofiles."""
    for call in module.all(ast.Call):
        if not module.in_coroutine(call) or isinstance(module.parent(call), ast.Await):
            continue
        library, _, name = (module.resolve(call.func) or "").rpartition(".")
        if (
            library == "os"
            and name in _OS
            and not (name == "scandir" and isinstance(module.parent(call), ast.withitem))
        ):
            yield call, f"os.{name}"
        elif library in ("os.path", "posixpath") and name in _OS_PATH:
            yield call, f"os.path.{name}"


def walk_refusal(module: Module, call: ast.Call) -> str | None:
    """Why the whole of ``os.walk()`` may not be listed at once: the loop tells it where not to go, or changes the tree."""
    loop = module.parent(call)
    if not (isinstance(loop, ast.For) and loop.iter is call):
        return None if isinstance(loop, (ast.comprehension, ast.Call)) else "its result is walked through later on"
    target = loop.target
    if not (isinstance(target, ast.Tuple) and len(target.elts) == 3 and isinstance(target.elts[1], ast.Name)):
        return "what the loop does with the directories is not known"
    folders = target.elts[1].id
    for name in ast.walk(loop):
        if isinstance(name, ast.Name) and name.id == folders and isinstance(name.ctx, ast.Load):
            parent = module.parent(name)
            if isinstance(parent, (ast.Attribute, ast.Call)) or (
                isinstance(parent, ast.Subscript) and not isinstance(parent.ctx, ast.Load)
            ):
                return f"the loop may change {folders}, by which os.walk() is told where not to go"
    return None


def walked(module: Module, call: ast.Call) -> tuple[list[Edit], tuple[Import, ...]]:
    """Edits that list a tree in a thread: ``await asyncio.to_thread(list, os.walk(top))``."""
    asyncio, imports = name_for(module, Import("asyncio"), call)
    start, end = module.span(call)
    opening, closing = ("(", ")") if awaits.needs_parentheses(module, call) else ("", "")
    return [Edit(start, start, f"{opening}await {asyncio}.to_thread(list, "), Edit(end, end, f"){closing}")], imports


def counterpart(module: Module, call: ast.Call, name: str) -> tuple[list[Edit], tuple[Import, ...]]:
    """Edits that make ``os.path.exists(p)`` into ``await aios.path.exists(p)``, where ``aios`` is `aiofiles.os`."""
    aios, imports = name_for(module, Import("aiofiles", "os", "aios"), call)
    return awaits.awaited(module, call, f"{aios}.{name.removeprefix('os.')}"), imports
