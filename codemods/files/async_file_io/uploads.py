"""Open files that are handed to something: what it does with them, and where the bytes alone would do."""

from __future__ import annotations

import ast

from ....engine.analysis.files import Opening
from ....engine.analysis.module import Module
from .phrases import short

#: What python-telegram-bot sends under a file name that the caller may give.
_KINDS = frozenset("document photo video audio voice animation video_note".split())
_SENDS_PARTS = frozenset("send_file upload_file reply respond edit send_message edit_message edit_photo".split())


def _uses(module: Module, library: str) -> bool:
    return any(
        (binding.qualified or "").partition(".")[0] == library
        for bound in module.names.root.bindings.values()
        for binding in bound
    )


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def takes_bytes(module: Module, call: ast.Call, use: ast.expr, opening: Opening) -> bool:
    """Whether what is sent is the same with the file's bytes in place of the open file.

    python-telegram-bot reads the whole of an open file as soon as it is called, and takes the name to send from it, except where the
    call gives one.
    """
    verb, _, kind = _method(call).partition("_")
    if verb not in ("send", "reply") or kind not in _KINDS or not opening.binary or not _uses(module, "telegram"):
        return False
    if not isinstance(module.parent(call), ast.Await) or not any(
        keyword.arg == "filename" and _is_text(keyword.value) for keyword in call.keywords
    ):
        return False
    index = 0 if verb == "reply" else 1
    return call.args[index : index + 1] == [use] or any(k.arg == kind and k.value is use for k in call.keywords)


def _is_text(value: ast.expr) -> bool:
    """Whether an expression is a text that is not empty."""
    if isinstance(value, ast.JoinedStr):
        return any(_is_text(part) for part in value.values)
    return isinstance(value, ast.Constant) and isinstance(value.value, str) and bool(value.value)


def handed_over(module: Module, call: ast.Call) -> str:
    """Why an open file that is handed to a function stays as it is, as a clause."""
    method, text = _method(call), f"{short(module, call.func)}()"
    verb, _, kind = method.partition("_")
    if verb in ("send", "reply") and kind in (*_KINDS, "sticker", "media_group") and _uses(module, "telegram"):
        named = "" if any(k.arg == "filename" for k in call.keywords) or kind not in _KINDS else (
            " and takes the name to send from it: with filename= given, its bytes would do"
        )  # fmt: skip
        return f"{text} reads the open file in one go{named}"
    if method in _SENDS_PARTS and _uses(module, "telethon"):
        return f"{text} reads the open file itself, in parts of at most 512 kB between which others run"
    return f"the open file is handed to {text}, which needs a plain one"


def kept(module: Module, holder: ast.AST | None) -> str:
    """Why an open file that is put somewhere stays as it is, as a clause."""
    if isinstance(holder, (ast.Dict, ast.List, ast.Tuple, ast.Set)):
        return f"the open file is put into {short(module, holder)}, and who takes it from there needs a plain one"
    if isinstance(holder, (ast.Return, ast.Yield)):
        return "the open file is handed back to the caller, who may need a plain one"
    return f"what {short(module, holder)} does with the open file is not known"
