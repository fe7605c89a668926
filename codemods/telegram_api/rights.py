"""Requests that ask for somebody's rights in a chat, and when a moment ago is too long ago."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from ...engine.analysis.activations import Activations, Start
from ...engine.analysis.facts import Facts
from ...engine.analysis.module import Module, Project
from ...engine.analysis.telegram.project import PTB, TELETHON
from ...knowledge.kinds import BOT, CLIENT
from .clients import AIOGRAM, PYROGRAM, is_of

#: Who tells of rights, and the library of its owner.
RIGHTS = {
    "get_chat_member": (PTB, "aiogram", "pyrogram"),
    "get_chat_administrators": (PTB, "aiogram"),
    "get_permissions": (TELETHON,),
}
_ADMINISTRATES = re.compile(r"administrator|creator|is_admin|\bowner\b", re.IGNORECASE)
#: Who asks whether somebody belongs to a chat needs the answer of the moment: he may have joined since.
_BELONGS = re.compile(r"""["'.](left|kicked|banned|restricted|member)\b""", re.IGNORECASE)
#: A bot that asks for its own rights has just been given them.
_OWN = re.compile(r"bot\.id\b|get_me|\.uid\b|['\"]me['\"]")
#: What must not be done by rights of a while ago, wherever it stands, and what must not be done where they are asked for.
_BANS = re.compile(
    rb"\b(?!can_)\w*(?:ban_chat|restrict_chat|promote_chat|kick_|(?:ban|restrict|promote)_(?:user|member)|edit_permissions|edit_admin|EditBanned"
    rb"|EditAdmin)\w*|\.(?:ban|restrict|promote|kick)\("
)
#: What stands wherever the first is found: looking for texts takes a tenth of the time.
_OF_BANS = (
    b"ban_chat restrict_chat promote_chat kick_ ban_user restrict_user promote_user ban_member restrict_member promote_member "
    b"edit_permissions edit_admin EditBanned EditAdmin .ban( .restrict( .promote( .kick("
).split()
_ACTS = re.compile(_BANS.pattern + rb"|\b(?!can_)\w*(?:pin_\w*message|delete_message)\w*|\.(?:pin|delete)\(")
_OF_ACTS = [*_OF_BANS, b"pin_", b"delete_message", b".pin(", b".delete("]


def asked(module: Module) -> Iterator[tuple[ast.Await, ast.Call, str]]:
    """Every awaited request for rights in a function that tells of administrators, and the library that sends it."""
    for request in module.all(ast.Await):
        match request.value:
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) as call if method in RIGHTS:
                library = _library(module, owner)
                if library in RIGHTS[method] and _ADMINISTRATES.search(_function(module, call)):
                    yield request, call, library


def _library(module: Module, owner: ast.expr) -> str:
    kind = module.project.fact(Facts).kind(module, owner)
    if kind in (BOT, CLIENT):
        return PTB if kind == BOT else TELETHON
    if is_of(module, owner, AIOGRAM, through="bot"):
        return "aiogram"
    return "pyrogram" if is_of(module, owner, PYROGRAM) else ""


class _Acting:
    """What the files of a project do that rights of a while ago must not decide, each file searched once whoever asks."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._names: dict[tuple[Path, bool], str] = {}

    def name(self, path: Path, *, asks: bool) -> str:
        """What a file calls, or ""; `asks` tells whether rights are asked for there."""
        key = path, asks
        if key not in self._names:
            data = self._project.data(path)
            texts, pattern = (_OF_ACTS, _ACTS) if asks else (_OF_BANS, _BANS)
            found = pattern.search(data) if any(text in data for text in texts) else None
            self._names[key] = found[0].decode("utf-8", "replace").strip(".(") if found else ""
        return self._names[key]


def needs_the_moment(module: Module, call: ast.Call) -> str | None:
    """Why rights of a while ago are no answer, as a sentence."""
    if _OWN.search(module.segment(call)):
        return "the bot asks for its own rights, which it may have been given just now"
    if _BELONGS.search(_function(module, call)):
        return "it asks whether somebody belongs to a chat, and he may have joined just now"
    near = {where.path for where, _ in module.project.fact(Activations).ways_to(module, call)}
    acting = module.project.fact(_Acting)
    for path in module.project.files:
        if name := acting.name(path, asks=path in near):
            return f"{path.name} has `{name}`: who was demoted must not do that, not even for half a minute"
    return None


def _function(module: Module, call: ast.Call) -> str:
    function = module.function(call)
    return module.segment(function) if function is not None else ""


def handlers(module: Module, node: ast.AST) -> list[Start]:
    """The handlers of updates that come to a place."""
    return [start for start in module.project.fact(Activations).starts(module, node) if start.kind == "handler"]
