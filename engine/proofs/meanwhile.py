"""`interleaving`: a block that sends requests of its own for as long as the event loop runs in it.

Telethon's `client.action(chat, "typing")` and aiogram's `ChatActionSender` repeat a request every few seconds from a task: where the
loop is blocked it is sent once, and more often where it goes on.
"""

from __future__ import annotations

import ast

from ..analysis.facts import Facts
from ..analysis.module import Module
from ..analysis.stretch import Stretches
from ..analysis.tree import entered
from ..model import Assumption, Hazard

_AIOGRAM = "aiogram.utils.chat_action."


def sends_meanwhile(module: Module, node: ast.expr) -> Assumption | None:
    """The block around `node`, here or in a caller, that sends more the longer the loop runs."""
    facts = module.project.fact(Facts)
    for where, place in module.project.fact(Stretches).activations.ways_to(module, node):
        for block, child in where.around(place):
            for item in entered(block, child) if isinstance(block, ast.AsyncWith) else ():
                manager = item.context_expr
                called = manager.func if isinstance(manager, ast.Call) else manager
                is_action = isinstance(called, ast.Attribute) and called.attr == "action"
                if is_action or facts.name_of(where, called).startswith(_AIOGRAM):
                    sentence = f"nobody minds that `{where.shown(manager)}` sends its request again while it waits"
                    return Assumption(Hazard.INTERLEAVING, sentence, where.path, manager.lineno)
    return None
