"""Calls to Telegram in loops that nothing protects from flood waits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.files import argument
from ....engine.analysis.handlers import pauses
from ....engine.analysis.module import Module, Project
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.project import TELETHON
from ....knowledge import bots
from ....knowledge.classes import RPC_ERROR, TELEGRAM_ERROR, canonical, is_subclass
from ..attempts import ends_loop

#: Methods that Telegram limits, and that loops are made of.
_LIMITED = frozenset(
    "send_message send_file forward_messages forward_to reply respond download_media delete_messages delete edit_permissions "
    "kick_participant get_entity get_input_entity edit_message".split()
)
#: What sends a part of an answer.
_ANSWERS = frozenset({"reply", "respond", "send_message", "send_file"})
_SENDS = ("send_", "forward_", "copy_")
_WAITS = ("telethon.errors.FloodWaitError", "telegram.error.RetryAfter", *bots.WAITS)
_BROAD = ("builtins.Exception", "builtins.BaseException", RPC_ERROR, TELEGRAM_ERROR, *bots.BASES, bots.TELEBOT.wait)
#: A decorator or a name that has to do with it.
_ABOUT_FLOODS = re.compile(r"flood|retry|backoff|rate_?limit|throttle|tenacity|stamina", re.IGNORECASE)
_LIMITED_OTHERS = (
    *_SENDS,
    "edit_message",
    "delete_message",
    "reply_",
    "answer",
    "reply",
    "forward",
    "copy",
    "edit",
    "delete_messages",
    "ban_",
    "unban_",
    "kick_",
    "restrict_",
)
#: Answer what a user did, once.
_ONCE = frozenset("answer_callback_query answer_inline_query answer_pre_checkout_query answer_shipping_query".split())
_BOUND_ONCE = frozenset(
    f"{kind}.answer" for kind in ("CallbackQuery", "InlineQuery", "PreCheckoutQuery", "ShippingQuery")
)
_PAUSE = 30
#: What Telethon says of a flood wait: "A wait of 27 seconds is required (caused by …)".
_TEXT = "seconds is required"
#: Items that one request of an iterator gets.
_PAGE = 100


@dataclass(frozen=True, slots=True)
class Site:
    """A call, or the call that makes the iterator of an ``async for``."""

    call: ast.Call
    text: str
    #: What a flood wait does here today, as a verb and its object.
    effect: str


def described(found: list[tuple[Module, Site]]) -> str:
    """The calls in words: the first, and how many more there are."""
    module, site = found[0]
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"{site.text}() in a loop ({module.path.name}:{site.call.lineno}){more}"


def sites(calls: Calls) -> Iterator[Site]:
    """Calls and iterations of Telethon in loops, in source order."""
    module = calls.module
    for call in module.all(ast.Call):
        if not isinstance(call.func, ast.Attribute):
            continue
        limited = call.func.attr in _LIMITED and _is_in_loop(module, call) and not _answers(module, call)
        if not limited and not isinstance(module.parent(call), (ast.AsyncFor, ast.comprehension)):
            continue  # an iterator is given to one of these
        contract = calls.contract(call)
        if contract is None or contract.library != TELETHON:
            continue
        iterates = contract.kind == "iterator"
        if iterates and _fits_one_page(call) and next(module.loops(call), None) is None:
            continue
        if not iterates and not limited:
            continue
        effect = _effect(module, call, iterates)
        if effect is None:
            continue
        yield Site(call, _text(module, call, call.func), effect)


def other_sites(calls: Calls, package: str) -> Iterator[Site]:
    """Calls of another library in loops."""
    module = calls.module
    for call in module.all(ast.Call):
        function = call.func
        if not isinstance(function, ast.Attribute) or not function.attr.startswith(_LIMITED_OTHERS):
            continue
        if function.attr in _ONCE or not _is_in_loop(module, call):
            continue
        contract = calls.contract(call)
        if contract is not None and contract.library == package and contract.base and contract.call not in _BOUND_ONCE:
            if effect := _effect(module, call, False):
                yield Site(call, _text(module, call, function), effect)


def _text(module: Module, call: ast.Call, function: ast.Attribute) -> str:
    text = module.segment(call.func)
    return text if len(text) <= 40 and "\n" not in text else function.attr


def waits_in_transfer(project: Project) -> str | None:
    """Why no client of Pyrogram is told to wait where its transfers tell of their progress, as a clause."""
    for path in project.mentioning(("progress",)):
        if (module := project.parsed(path)) is None:
            continue
        for call in module.all(ast.Call):
            given = next((keyword.value for keyword in call.keywords if keyword.arg == "progress"), None)
            if isinstance(given, (ast.Name, ast.Attribute)):
                return (
                    f"a transfer awaits `{module.shown(given)}()` ({module.path.name}, line {call.lineno}) as it goes on, and would stand "
                    "still while a request there waits: catch FloodWait around the call of the loop"
                )
    return None


def ptb_sites(calls: Calls) -> Iterator[ast.Call]:
    """Calls of python-telegram-bot in loops that send to one chat after the other: messages to the same one are few."""
    module = calls.module
    for call in module.all(ast.Call):
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr.startswith(_SENDS)
            and call.func.attr != "send_chat_action"
            and _is_in_loop(module, call)
            and _is_to_another(module, call)
        ):
            contract = calls.contract(call)
            if (
                contract is not None
                and contract.library == "python-telegram-bot"
                and contract.base
                and _effect(module, call, False)
            ):
                yield call


def is_limited(module: Module) -> bool:
    """Whether a builder is given a limiter, or a bot or updater of its own: then it refuses one (`_bot_check`, `_updater_check`)."""
    called = (call.func.attr for call in module.all(ast.Call) if isinstance(call.func, ast.Attribute))
    limited = any(attribute.attr == "rate_limiter" for attribute in module.all(ast.Attribute))
    return limited or not {"bot", "updater"}.isdisjoint(called)


def _is_to_another(module: Module, call: ast.Call) -> bool:
    """Whether the chat depends on what changes in the loop around a call."""
    chat, loop = argument(call, 0, "chat_id"), next(module.loops(call), None)
    if chat is None or loop is None:
        return False
    return _depends_on(loop, chat)


def _depends_on(loop: ast.AST, expression: ast.expr) -> bool:
    """Whether an expression reads a name that a loop binds."""
    changed = {node.id for node in ast.walk(loop) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return any(isinstance(node, ast.Name) and node.id in changed for node in ast.walk(expression))


def _answers(module: Module, call: ast.Call) -> bool:
    """Whether a loop over what a list holds sends to one chat, as the parts of an answer, which are few."""
    loop = next(module.loops(call), None)
    if call.func.attr not in _ANSWERS or not isinstance(loop, ast.For):  # type: ignore[attr-defined]
        return False
    if isinstance(loop.iter, ast.Call) and module.resolve(loop.iter.func) == "builtins.range":
        return False
    places: list[ast.expr] = [call.func]
    if (chat := argument(call, 0, "entity")) is not None and call.func.attr.startswith("send_"):  # type: ignore[attr-defined]
        places.append(chat)
    return not any(_depends_on(loop, place) for place in places)


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
    inside = (node for statement in loop.body for node in ast.walk(statement))
    return not ends_loop(module, call, loop) and not any(pauses(module, node, _PAUSE) for node in inside)


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
        return f"is swallowed in line {swallowed.lineno} of {module.path.name}, and the next calls fail at once"
    return f"ends {'the iteration' if iterates else 'the loop'} in the clause of line {swallowed.lineno} of {module.path.name}"


def _deals_with(module: Module, handler: ast.ExceptHandler) -> str | None:
    """What a clause is for: "waits" for one about flood waits, "broad" for one that catches them with everything else."""
    types = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type] if handler.type else []
    names = [module.resolve(t) or module.segment(t) for t in types]
    if any(
        n.rpartition(".")[2] in ("FloodWait", "FloodWaitError", "FloodError", "RetryAfter", "TelegramRetryAfter")
        for n in names
    ):
        return "waits"
    if handler.type is None or any(canonical(n) in _BROAD for n in names):
        text = "".join(module.segment(statement) for statement in handler.body)
        return "waits" if re.search(r"Flood|FLOOD|RetryAfter|\.seconds\b|retry_after|\b42[09]\b", text) else "broad"
    if any(is_subclass(wait, n) for n in names for wait in _WAITS):
        return "waits"
    return None


def _holds_text(module: Module) -> bool:
    return any(_TEXT in str(text.value) for text in module.texts)


def reads_text(project: Project) -> str | None:
    """Why clients are not told to wait: a file looks for the text of a flood wait in the errors that it catches."""
    for path in project.mentioning(["required"]):
        if project.told(path, _holds_text):
            return f"`{path.name}` finds out by the text of an error how long a flood wait is, and decides by itself what to do"
    return None
