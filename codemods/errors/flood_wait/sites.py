"""Calls to Telegram in loops that nothing protects from flood waits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.module import Module
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.project import TELETHON
from ....engine.rewriting.awaits import has_exact_span, is_plain
from ....knowledge.classes import RPC_ERROR, TELEGRAM_ERROR, canonical, is_subclass
from ....knowledge.kinds import GOES_THROUGH

#: Methods that Telegram limits, and that loops are made of.
_LIMITED = frozenset(
    "send_message send_file forward_messages forward_to reply respond download_media delete_messages delete edit_permissions "
    "kick_participant get_entity get_input_entity edit_message".split()
)
_LIMITED_PTB = ("send_", "reply_", "forward_", "copy_", "edit_message", "delete_message")
#: Iterators that go on where they were when their next item is asked for again.
_RESUMABLE = frozenset("iter_messages iter_dialogs iter_participants iter_admin_log iter_profile_photos".split())
_WAITS = ("telethon.errors.FloodWaitError", "telegram.error.RetryAfter")
_BROAD = ("builtins.Exception", "builtins.BaseException", RPC_ERROR, TELEGRAM_ERROR)
#: A decorator or a name that has to do with it.
_ABOUT_FLOODS = re.compile(r"flood|retry|backoff|rate_?limit|throttle|tenacity|stamina", re.IGNORECASE)
_PAUSE = 30
#: Items that one request of an iterator gets.
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Site:
    """A call, or the call that makes the iterator of an ``async for``."""

    call: ast.Call
    text: str
    iterates: bool
    #: What a flood wait does here today, as a verb and its object.
    effect: str
    #: Why it is only reported.
    reason: str | None = None
    #: What a person has to know of this call, as a sentence with a space before it.
    note: str = ""


def sites(calls: Calls) -> Iterator[Site]:
    """Calls and iterations of Telethon, in source order."""
    module = calls.module
    for call in module.all(ast.Call):
        contract = calls.contract(call) if isinstance(call.func, ast.Attribute) else None
        if contract is None or contract.library != TELETHON or not isinstance(call.func, ast.Attribute):
            continue
        name, iterates = call.func.attr, contract.kind == "iterator"
        around = module.parent(call)
        if isinstance(around, ast.Call) and isinstance(around.func, ast.Name) and around.func.id == GOES_THROUGH:
            continue
        if iterates and _fits_one_page(call) and next(module.loops(call), None) is None:
            continue
        if not iterates and (name not in _LIMITED or not _is_in_loop(module, call)):
            continue
        effect = _effect(module, call, iterates)
        if effect is None:
            continue
        text = module.segment(call.func)
        text = text if len(text) <= 40 and "\n" not in text else name
        yield Site(call, text, iterates, effect, _reason(calls, call, name, iterates), _note(name))


def ptb_sites(calls: Calls) -> Iterator[ast.Call]:
    """Calls of python-telegram-bot in loops."""
    module = calls.module
    for call in module.all(ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr.startswith(_LIMITED_PTB)
            and _is_in_loop(module, call)
        ):
            contract = calls.contract(call)
            if (
                contract is not None
                and contract.library == "python-telegram-bot"
                and contract.base
                and _effect(module, call, False)
            ):
                yield call


def _fits_one_page(call: ast.Call) -> bool:
    """Whether the iteration asks only once."""
    limits = [k.value for k in call.keywords if k.arg == "limit"]
    return any(
        isinstance(value, ast.Constant) and isinstance(value.value, int) and value.value <= _PAGE for value in limits
    )


def _is_in_loop(module: Module, call: ast.Call) -> bool:
    """Whether a loop makes the call again and again, and at no leisure: no loop of attempts, none that sleeps on each turn."""
    loop = next(module.loops(call), None)
    if loop is None or not isinstance(module.function(call), ast.AsyncFunctionDef):
        return False
    return not _ends_loop(module, call, loop) and not any(
        _sleeps_long(module, node) for s in loop.body for node in ast.walk(s)
    )


def _ends_loop(module: Module, call: ast.Call, loop: ast.AST) -> bool:
    """Whether the loop ends where the call has succeeded: it is returned, or a ``break`` or ``return`` follows it."""
    child: ast.AST = module.statement(call)
    if isinstance(child, ast.Return):
        return True
    for ancestor in module.ancestors(child):
        for name in ("body", "orelse", "handlers", "finalbody"):
            block = getattr(ancestor, name, None)
            if isinstance(block, list) and child in block:
                rest = block[block.index(child) + 1 :]
                if name != "handlers" and any(isinstance(statement, (ast.Break, ast.Return)) for statement in rest):
                    return True
                if isinstance(ancestor, ast.Try) and name == "body":
                    if any(isinstance(statement, (ast.Break, ast.Return)) for statement in ancestor.orelse):
                        return True
        if ancestor is loop:
            return False
        child = ancestor
    return False


def _sleeps_long(module: Module, node: ast.AST) -> bool:
    if isinstance(node, ast.Call) and module.resolve(node.func) in ("asyncio.sleep", "time.sleep") and node.args:
        seconds = node.args[0]
        return isinstance(seconds, ast.Constant) and isinstance(seconds.value, (int, float)) and seconds.value >= _PAUSE
    return False


def _effect(module: Module, call: ast.Call, iterates: bool) -> str | None:
    """What a flood wait does today; None where something deals with it already."""
    child: ast.AST = call
    loops = [
        ancestor for ancestor in module.ancestors(call) if isinstance(ancestor, (ast.For, ast.AsyncFor, ast.While))
    ]
    swallowed: ast.ExceptHandler | None = None
    for ancestor in module.ancestors(call):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if any(_ABOUT_FLOODS.search(module.segment(decorator)) for decorator in ancestor.decorator_list):
                return None
            break
        if isinstance(ancestor, ast.Try) and child in ancestor.body:
            for handler in ancestor.handlers:
                kind = _deals_with(module, handler)
                if kind == "waits":
                    return None
                if kind == "broad":
                    swallowed = swallowed or handler
        if isinstance(ancestor, (ast.With, ast.AsyncWith)):
            if any(_ABOUT_FLOODS.search(module.segment(item.context_expr)) for item in ancestor.items):
                return None
        child = ancestor
    if swallowed is None:
        return "ends the iteration" if iterates else "ends the loop"
    inside = any(swallowed in ast.walk(loop) for loop in loops)
    if inside and not iterates:
        return f"is swallowed in line {swallowed.lineno}, and the next calls fail at once"
    return f"ends {'the iteration' if iterates else 'the loop'} in the clause of line {swallowed.lineno}"


def _deals_with(module: Module, handler: ast.ExceptHandler) -> str | None:
    """What a clause is for: "waits" for one about flood waits, "broad" for one that catches them with everything else."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    names = [module.resolve(t) or module.segment(t) for t in types]
    if any(n.rpartition(".")[2] in ("FloodWait", "FloodWaitError", "FloodError", "RetryAfter") for n in names):
        return "waits"
    if handler.type is None or any(canonical(n) in _BROAD for n in names):
        text = "".join(module.segment(statement) for statement in handler.body)
        return "waits" if re.search(r"Flood|FLOOD|RetryAfter|\.seconds\b|retry_after", text) else "broad"
    if any(is_subclass(wait, n) for n in names for wait in _WAITS):
        return "waits"
    return None


def _reason(calls: Calls, call: ast.Call, name: str, iterates: bool) -> str | None:
    """Why the call is only reported."""
    module = calls.module
    parent = module.parent(call)
    if iterates:
        if name not in _RESUMABLE:
            return f"{name} cannot be asked again for the item that failed"
        if any(keyword.arg in ("ids", None) for keyword in call.keywords):
            return "with ids= Telethon's iterator passes over the hundred messages that it asked for when it failed"
        if not isinstance(parent, ast.AsyncFor):
            return "it stands in a comprehension, where its items are lost when one fails"
        return None if has_exact_span(module, call) else "it stands in an f-string, where it is not rewritten"
    if not isinstance(parent, ast.Await):
        return "it is not awaited where it stands, but with others"
    if not is_plain(module, call):
        return "it stands in an f-string or in parentheses of its own, where it is not rewritten"
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    if name == "send_file" or any(keyword.arg == "file" for keyword in call.keywords):
        if any(isinstance(value, (ast.List, ast.Tuple, ast.ListComp)) for value in values):
            return "it sends several files, and those before the wait would be sent twice"
        for value in values:
            opens = isinstance(value, ast.Call) and module.resolve(value.func) in ("builtins.open", "io.BytesIO")
            if opens or (calls.kinds.of(value) or "").startswith("io."):
                return "it reads an open file, which would be at its end the second time"
    return None


def _note(name: str) -> str:
    if name == "send_file":
        return " If the file is a list of more than ten, those sent before the wait are sent twice."
    if name == "download_media":
        return " A part of a file that was written before the wait stays, under its own name."
    return ""
