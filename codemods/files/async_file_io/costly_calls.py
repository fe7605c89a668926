"""Calls in coroutines whose time grows with what is on the disk: copies, whole trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis import refuse
from ....engine.analysis.module import Module

#: Functions whose time grows with what is on the disk, each with the arguments that name what they change.
COPIES = {
    "shutil.copy": (1,), "shutil.copy2": (1,), "shutil.copyfile": (1,), "shutil.copytree": (1,), "shutil.move": (0, 1),
    "shutil.rmtree": (0,),
}  # fmt: skip
_WALKS = ("os.walk", "shutil.make_archive", "shutil.unpack_archive")


def costly(module: Module) -> Iterator[tuple[ast.Call, str | None]]:
    """The costly calls in coroutines, each with the reason why it cannot move to a thread as it is, if there is one."""
    for call in module.all(ast.Call):
        function = module.resolve(call.func)
        recursive = function == "glob.glob" and any(k.arg == "recursive" for k in call.keywords)
        if not (function in COPIES or function in _WALKS or recursive):
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


def changed(module: Module, call: ast.Call) -> list[ast.expr]:
    """The paths that a call changes."""
    return [call.args[i] for i in COPIES.get(module.resolve(call.func) or "", ()) if i < len(call.args)]
