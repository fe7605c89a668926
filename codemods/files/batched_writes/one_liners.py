"""Appends that open and close their file without a block: recognised, and left alone with what can be written instead."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ....engine.analysis.files import Opening, opening
from ....engine.analysis.handlers import runs_often, when_failing
from ....engine.analysis.module import Module
from ....engine.analysis.repeated import doubt
from .reasons import EACH_PASS, each_time

_ONE_LINE = "it is opened on the line that writes to it"
_FINALLY = "a `finally` closes it for each message"
_AROUND = '; `with open(…, "a") as f:` around the loop keeps it open'
_COLLECTED = "; what a `with open(…) as f:` block appends can be collected and written every second"
_FRAME = "to_csv() opens and closes it; rows that are collected and written together open it once"


def one_liners(module: Module) -> Iterator[tuple[ast.Call, str, str]]:
    """The calls that open a file, each with the message and the reason why it is left alone."""
    for call in module.all(ast.Call):
        path, reason = _appended(module, call)
        if path is None or not reason or when_failing(module, call):
            continue
        loop, function = next(module.loops(call), None), module.function(call)
        around: ast.AST
        if loop is not None:
            around, message, instead = loop, EACH_PASS, _AROUND
        elif function is not None and (often := runs_often(module, function)):
            around, message, instead = function, each_time(often), _COLLECTED
        else:
            continue
        found = doubt(module, path, around)
        if found is None or not found.shown:
            yield call, message, reason + (instead if reason != _FRAME else "")


def _appended(module: Module, call: ast.Call) -> tuple[ast.expr | None, str]:
    """The path of what a call opens to append to, where that is no block, and the reason."""
    if isinstance(call.func, ast.Attribute) and call.func.attr == "to_csv" and call.args:
        appends = any(
            k.arg == "mode" and isinstance(k.value, ast.Constant) and k.value.value == "a" for k in call.keywords
        )
        return (call.args[0], _FRAME) if appends else (None, "")
    opened = opening(module, call)
    if opened is None or "a" not in (opened.mode or ""):
        return None, ""
    return opened.path, _reason(module, opened)


def _reason(module: Module, opened: Opening) -> str:
    match module.parent(opened.call):
        case ast.Attribute(attr="write" | "writelines"):
            return _ONE_LINE
        case ast.keyword(arg="file"):
            return _ONE_LINE
        case ast.Assign(targets=[ast.Name(id=name)]) as assigned if _is_closed_at_last(module, assigned, name):
            return _FINALLY
    return ""


def _is_closed_at_last(module: Module, assigned: ast.Assign, name: str) -> bool:
    """Whether ``try: … finally: f.close()`` follows."""
    _, rest = module.beside(assigned)
    closes = f"{name}.close()"
    return any(isinstance(s, ast.Try) and any(ast.unparse(last) == closes for last in s.finalbody) for s in rest[:1])
