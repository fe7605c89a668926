"""Calls in coroutines whose time grows with what is on the disk: copies, whole trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.module import Module
from ....engine.analysis.paths import pattern_of
from ....knowledge.blocking import COPIES
from .gain import SMALL, just_made, size_of
from .helpers import in_thread


def costly(module: Module) -> Iterator[tuple[ast.Call, str | None]]:
    """The costly calls in coroutines, each with the reason why it cannot move to a thread as it is, if there is one."""
    for call in module.all(ast.Call):
        function = module.resolve(call.func)
        recursive = function == "glob.glob" and any(k.arg == "recursive" for k in call.keywords)
        if not (function in COPIES or function == "os.walk" or recursive):
            continue
        if not module.in_coroutine(call) or in_thread(module, call):
            continue
        if function == "os.walk":
            yield (
                call,
                "it goes on while its loop does: put both into a plain function, and await `asyncio.to_thread()` with it",
            )
        else:
            yield call, _lacking(module, call, function or "")


def _lacking(module: Module, call: ast.Call, function: str) -> str | None:
    """Why nothing is gained by such a call in a thread."""
    path = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg in ("src", "path")), None)
    if function == "shutil.move":
        return "within one disk it gives the file another name, which takes microseconds"
    if any(isinstance(ancestor, ast.ExceptHandler) for ancestor in module.ancestors(call)):
        return "it runs when something has failed"
    if path is None or isinstance(path, ast.Starred):
        return SMALL
    if function == "glob.glob":
        return "where there are few files it takes 50 µs, as a thread does"
    if just_made(module, call, path):
        return "it was made or downloaded just before, so the system has it in memory"
    paths = call.args[:2] if function == "shutil.copytree" else [path]
    if any(size_of(pattern_of(module, one)) for one in paths):
        return None
    if function == "shutil.copytree":
        return "nothing tells that there are many files in it, or large ones"
    return (
        "what a handler clears up are a few files, which takes microseconds" if function == "shutil.rmtree" else SMALL
    )


def copied(module: Module, call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The file that a call reads and the one that it writes, where it does nothing else."""
    one_file = module.resolve(call.func) in ("shutil.copy", "shutil.copy2", "shutil.copyfile")
    if not one_file or len(call.args) != 2 or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    return call.args[0], call.args[1]
