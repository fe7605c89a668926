"""Requests that ask for somebody's rights in a chat, and when a moment ago is too long ago."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from ...engine.analysis.activations import Activations, Start
from ...engine.analysis.facts import Facts
from ...engine.analysis.module import Module
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
_ACTS = re.compile(_BANS.pattern + rb"|\b(?!can_)\w*(?:pin_\w*message|delete_message)\w*|\.(?:pin|delete)\(")


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


def needs_the_moment(module: Module, call: ast.Call) -> str | None:
    """Why rights of a while ago are no answer, as a sentence."""
    if _OWN.search(module.segment(call)):
        return "the bot asks for its own rights, which it may have been given just now"
    if _BELONGS.search(_function(module, call)):
        return "it asks whether somebody belongs to a chat, and he may have joined just now"
    near = {where.path for where, _ in module.project.fact(Activations).ways_to(module, call)}
    for path in module.project.files:
        if found := (_ACTS if path in near else _BANS).search(module.project.data(path)):
            name = found[0].decode("utf-8", "replace").strip(".(")
            return f"{path.name} has `{name}`: who was demoted must not do that, not even for half a minute"
    return None


def _function(module: Module, call: ast.Call) -> str:
    function = module.function(call)
    return module.segment(function) if function is not None else ""


def handlers(module: Module, node: ast.AST) -> list[Start]:
    """The handlers of updates that come to a place."""
    return [start for start in module.project.fact(Activations).starts(module, node) if start.kind == "handler"]
