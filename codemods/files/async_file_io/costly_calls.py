"""Calls in coroutines whose time grows with what is on the disk: copies, whole trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.module import Module

#: Functions whose time grows with what is on the disk.
_COPIES = frozenset(f"shutil.{name}" for name in "copy copy2 copyfile copytree move rmtree".split())
_WALKS = ("os.walk", "shutil.make_archive", "shutil.unpack_archive")


def costly(module: Module) -> Iterator[tuple[ast.Call, str | None]]:
    """The costly calls in coroutines, each with the reason why it cannot move to a thread as it is, if there is one."""
    for call in module.all(ast.Call):
        function = module.resolve(call.func)
        recursive = function == "glob.glob" and any(k.arg == "recursive" for k in call.keywords)
        if not (function in _COPIES or function in _WALKS or recursive):
            continue
        if (
            not module.in_coroutine(call)
            or refuse.handed_to_thread(module, call)
            or refuse.runs_in_thread(module, call)
        ):
            continue
        if function == "os.walk":
            yield (
                call,
                "it goes on while its loop does: put both into a plain function, and await `asyncio.to_thread()` with it",
            )
        elif function in _WALKS:
            yield call, "it may change the working directory, which the whole program shares"
        else:
            yield call, None


def copied(module: Module, call: ast.Call) -> tuple[ast.expr, ast.expr] | None:
    """The file that a call reads and the one that it writes, where it does nothing else."""
    one_file = module.resolve(call.func) in ("shutil.copy", "shutil.copy2", "shutil.copyfile")
    if not one_file or len(call.args) != 2 or any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    return call.args[0], call.args[1]
