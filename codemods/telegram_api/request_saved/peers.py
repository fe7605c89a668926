"""What Telethon's `get_entity()` is asked for: what came with the event, or only a peer to write to."""

from __future__ import annotations

import ast

from ....engine.analysis.facts import Facts
from ....engine.analysis.module import Module
from ....engine.analysis.resolver import Resolver
from ....engine.analysis.telegram.kind_names import is_event
from ....engine.codemod import replace
from ....engine.model import Assumption, Edit, Hazard, Proof, Verdict
from ....engine.proofs import errors, identity
from ....knowledge.kinds import CLIENT, MESSAGE
from .saved import Saved, uses, variable

_GETTERS = {"chat_id": "get_chat", "sender_id": "get_sender"}
#: What an update tells of a user, group or channel as a request does (https://core.telegram.org/api/min), and what does not change.
_TOLD = frozenset("id bot megagroup broadcast gigagroup access_hash is_self".split())
#: What a look-up raises that finds nobody.
_NOT_FOUND = ("builtins.ValueError", "builtins.TypeError")
#: Methods of the client whose first argument may be an input peer, which they would turn it into.
_TAKING_PEERS = frozenset(
    "send_message send_file get_messages iter_messages delete_messages forward_messages edit_message get_permissions iter_participants "
    "get_participants pin_message unpin_message send_read_acknowledge kick_participant edit_admin edit_permissions get_input_entity "
    "iter_admin_log get_admin_log delete_dialog action conversation".split()
)


def entity(module: Module, asked: ast.Await) -> Saved | str | None:
    """How the request of an awaited `get_entity(…)` is saved, why it is not, or None where it is needed."""
    match asked.value:
        case ast.Call(func=ast.Attribute(value=owner, attr="get_entity"), args=[of], keywords=[]) as call:
            pass
        case _:
            return None
    facts = module.project.fact(Facts)
    if facts.kind(module, owner) != CLIENT:
        return None
    if isinstance(of, ast.Attribute) and of.attr in _GETTERS and _is_update(facts, module, of.value):
        return _of_update(module, asked, owner, of)
    return _peer(module, asked, call)


def _is_update(facts: Facts, module: Module, node: ast.expr) -> bool:
    kind = facts.kind(module, node)
    return is_event(kind) or kind == MESSAGE


def _of_update(module: Module, asked: ast.Await, owner: ast.expr, of: ast.Attribute) -> Saved | str:
    """The event has the chat and the sender, and asks for them once where it has not."""
    if (line := _waits_to_fail(module, asked)) is not None:
        return f"the clause in line {line} is there for a chat that `get_entity()` does not find, and would never run"
    event, getter = module.segment(of.value), _GETTERS[of.attr]
    looks = uses(module, asked)
    verdicts: list[Verdict] = [
        errors.may_fail_unseen(module, asked, "`get_entity()`"),
        identity.is_librarys(module, owner, "get_entity", getter),
        _same_client(module, owner, of.value),
    ]
    told = None if looks is None else sorted({look.attr for look in looks} - _TOLD)
    if told == []:
        verdicts.append(Proof(Hazard.IDENTITY, "all that is looked at comes with an update as it is"))
    else:
        what = f"`{told[0]}`" if told else "a name or setting of it"
        sentence = f"nobody needs {what} newer than the message or update that brought it"
        verdicts.append(Assumption(Hazard.IDENTITY, sentence, module.path, asked.lineno))
    came = "from the update" if _replied_to(module, of.value) is None else "with the message"
    why = (
        f"`get_entity()` sends a request of 40 to 100 ms each time; `{getter}()` has the answer {came}, and asks where it came "
        "without."
    )
    return Saved((replace(module, asked.value, f"{event}.{getter}()"),), why, tuple(verdicts))


def _waits_to_fail(module: Module, asked: ast.Await) -> int | None:
    """The line of a clause for the errors of a look-up."""
    for block, child in module.around(asked):
        for handler in block.handlers if isinstance(block, ast.Try) and child in block.body else ():
            types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
            if any(kind is not None and module.resolve(kind) in _NOT_FOUND for kind in types):
                return handler.lineno
    return None


def _same_client(module: Module, owner: ast.expr, event: ast.expr) -> Verdict:
    """Whether the client that is asked is the one from which the event came."""
    replied = _replied_to(module, event)
    root: ast.expr = owner.value if isinstance(owner, ast.Attribute) and owner.attr in ("client", "_client") else owner
    if root is not owner and _root(root) == _root(replied or event) != "":
        return Proof(Hazard.WIRE, "the event's own client is asked")
    sentence = f"the event came to `{module.shown(owner)}`"
    return Assumption(Hazard.WIRE, sentence, module.path, owner.lineno)


def _replied_to(module: Module, message: ast.expr) -> ast.expr | None:
    """The event whose `get_reply_message()` a message is."""
    _, value = module.project.fact(Resolver).assigned(module, message)
    match value:
        case ast.Await(value=ast.Call(func=ast.Attribute(value=event, attr="get_reply_message"))):
            return event
    return None


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute) and node.attr in ("message", "original_message"):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _peer(module: Module, asked: ast.Await, call: ast.Call) -> Saved | None:
    """A peer that messages are sent to: the client knows it by what its session has."""
    name = variable(module, asked)
    if name is None:
        return None
    places = [use for use in module.uses(name.id, module.scope(name)) if isinstance(use.ctx, ast.Load)]
    if not places or not all(_is_peer(module, use) for use in places):
        return None
    start = module.end(call.func) - len("get_entity")
    sentence = f"`{module.shown(call.args[0])}` still belongs to whom it belonged when the client first looked it up"
    verdicts = (
        Assumption(Hazard.ERRORS, sentence, module.path, call.lineno),
        identity.is_librarys(module, call.func, "get_entity", "get_input_entity"),
    )
    why = (
        f"`{name.id}` is only written to: for that the client needs no more than what its session has, where `get_entity()` sends a "
        "request of 40 to 100 ms each time."
    )
    return Saved((Edit(start, start + len("get_entity"), "get_input_entity"),), why, verdicts)


def _is_peer(module: Module, use: ast.Name) -> bool:
    call = module.parent(use)
    first = isinstance(call, ast.Call) and call.args[:1] == [use]
    if isinstance(call, ast.keyword) and call.arg == "entity":
        call, first = module.parent(call), True
    if not (first and isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)):
        return False
    kind = module.project.fact(Facts).kind(module, call.func.value)
    return call.func.attr in _TAKING_PEERS and kind == CLIENT
