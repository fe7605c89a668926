"""Open files that are uploaded: where the bytes alone would do."""

from __future__ import annotations

import ast

from ....engine.analysis.files import Opening
from ....engine.analysis.module import Module

#: What python-telegram-bot sends under a file name that the caller may give.
_KINDS = frozenset("document photo video audio voice animation video_note".split())


def takes_bytes(module: Module, use: ast.Name, opening: Opening) -> bool:
    """Whether an open file is uploaded by a call that sends the same with the file's bytes in its place.

    python-telegram-bot reads the whole of an open file as soon as it is called, and takes the name to send from it, except where the
    call gives one (`telegram.InputFile`).
    """
    parent = module.parent(use)
    call = module.parent(parent) if isinstance(parent, ast.keyword) else parent
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and opening.binary):
        return False
    verb, _, kind = call.func.attr.partition("_")
    if verb not in ("send", "reply") or kind not in _KINDS or not isinstance(module.parent(call), ast.Await):
        return False
    if not _imports_telegram(module) or not any(k.arg == "filename" and _is_text(k.value) for k in call.keywords):
        return False
    index = 0 if verb == "reply" else 1
    return call.args[index : index + 1] == [use] or (isinstance(parent, ast.keyword) and parent.arg == kind)


def _imports_telegram(module: Module) -> bool:
    bindings = (binding for bound in module.names.root.bindings.values() for binding in bound)
    return any((binding.qualified or "").partition(".")[0] == "telegram" for binding in bindings)


def _is_text(value: ast.expr) -> bool:
    """Whether an expression is a text that is not empty."""
    if isinstance(value, ast.JoinedStr):
        return any(_is_text(part) for part in value.values)
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and bool(value.value)
