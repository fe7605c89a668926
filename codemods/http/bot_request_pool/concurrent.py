"""Updates of different chats side by side: the processor, and the handlers that must not run together."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass

from ....engine.analysis.concurrency import Beside, Concurrency, concurrency
from ....engine.analysis.module import Module
from ....engine.analysis.program import Program
from ....engine.analysis.ptb_callbacks import Callback
from ....engine.model import Assumption, Edit, FileChange, Hazard, Verdict
from ....engine.proofs import identity
from ....engine.proofs.updates import Handlers
from ....engine.rewriting.awaits import has_exact_span
from ....engine.rewriting.support import Placement, place
from ....engine.sources.requirements import Declarations
from . import chains
from .support import MOST, ONE_AT_A_TIME, PER_CHAT

#: `BaseUpdateProcessor` came with it: https://docs.python-telegram-bot.org/en/stable/telegram.ext.baseupdateprocessor.html
_SINCE = "20.4"
_DATA = ("ConversationHandler", "user_data", "chat_data")


@dataclass(frozen=True, slots=True)
class SideBySide:
    """How a bot comes to handle chats side by side."""

    #: What the processor is called in the file of the chain.
    processor: str
    #: Updates at a time.
    most: int
    why: str
    verdicts: tuple[Verdict, ...]
    #: What the change needs besides the call in the chain: in the file of the chain, and in others.
    own: FileChange
    others: tuple[FileChange, ...]


def side_by_side(module: Module, chain: dict[str, ast.Call]) -> SideBySide | str:
    """What it takes for a chain without `concurrent_updates`; or why it is not proposed."""
    facts = concurrency(module.project, module.path)
    if reason := _reason(module, chain, facts):
        return reason
    size = chains.pool_size(module, chain)
    if size is None or size < 2:
        return "how many connections its requests have is not seen" if size is None else "its pool has one connection"
    handlers = Handlers(facts.program)
    if reason := _no_gain(handlers):
        return reason
    most = min(MOST, size)
    placed = _placed(module, handlers.alone)
    if isinstance(placed, str):
        return placed
    processor, own, others = placed
    at = chain["build"]
    verdicts = [
        handlers.interleaving(),
        handlers.ordering(),
        handlers.resources(module, at, most, limited=_is_limited(module, chain)),
        # `Application.create_task` does, though `stop` waits for them: with the queue of updates
        Assumption(
            Hazard.INTERRUPTION,
            "nobody minds that python-telegram-bot warns of tasks when the bot is stopped while updates still wait",
            module.path,
            at.lineno,
        ),
        identity.unreplaced(module, "telegram.ext.ApplicationBuilder", "telegram.ext.Application.builder"),
    ]
    if handlers.alone:
        verdicts.append(identity.unobserved(module.project, attributes={"callback"}, libraries={"telegram"}))
    why = (
        f"While one chat waits for its answer, up to {most - 1} others get theirs; each chat and user keeps its order. "
        f"{_told(handlers)}{_still_stops(handlers)}"
    )
    return SideBySide(processor, most, why, tuple(verdicts), own, others)


def in_order(module: Module, chain: dict[str, ast.Call]) -> SideBySide | str | None:
    """The same for a chain with `concurrent_updates(True)`, whose chats would get back their order; None where that gains nothing."""
    link = chain["concurrent_updates"]
    match link:
        case ast.Call(args=[ast.Constant(value=bool() | int() as value)], keywords=[]) if value is True or value > 1:
            most = chains.DEFAULT if value is True else int(value)
        case _:
            return None
    facts = concurrency(module.project, module.path)
    data = [word for word in _DATA if _is_kept(facts.program, word)]
    if not data:
        return None
    if reason := _declared(module):
        return reason
    placement = place(module, PER_CHAT)
    if isinstance(placement, str):
        return placement
    what = "conversations" if data[0] == _DATA[0] else f"`{data[0]}`"
    why = (
        f"Two messages of one chat are no longer handled at the same time, where {what} may be read before the first one has set "
        "it. It is not faster: in a test with fast users all 30 conversations went through, where none did, and 60 messages were lost."
    )
    sentence = "no handler waits for a later update of its own chat or user"
    verdicts = (Assumption(Hazard.ORDERING, sentence, module.path, link.lineno),)
    own, others = _parts(module, [], [placement])
    return SideBySide(placement.name, most, why, verdicts, own, others)


def _is_kept(program: Program, word: str) -> bool:
    """Whether a program uses what one update leaves for the next: an error that tells of it reads it for nobody."""
    for module in program.modules(word.encode()):
        if module.called(word):
            return True
        for data in module.attributes(word):
            told = module.parent(data)
            if not isinstance(told, ast.FormattedValue) and not (
                isinstance(told, ast.Call) and module.resolve(told.func) in ("builtins.str", "builtins.repr")
            ):
                return True
    return False


def _reason(module: Module, chain: dict[str, ast.Call], facts: Concurrency) -> str | None:
    """Why nothing is proposed, whatever the handlers do."""
    start = chains.builder(module, chain["build"])
    if facts.sequential is not True or facts.made is None or facts.made[1] is not start:
        known = facts.evidence[-1].sentence if facts.evidence and facts.sequential is None else "it is not the only one"
        return f"how the application hands out updates is not understood: {known}"
    if any(e.kind is Beside.UNBLOCKED and "Defaults" in e.sentence for e in facts.beside) or _defaults(facts):
        return "its `Defaults` say that handlers are not waited for, so that updates overlap already"
    return _declared(module)


def _is_limited(module: Module, chain: dict[str, ast.Call]) -> bool:
    """Whether requests go through PTB's own rate limiter, as it is."""
    match chain.get("rate_limiter"):
        case ast.Call(args=[ast.Call(func=made, args=[], keywords=given)]):
            told = {keyword.arg for keyword in given}
            return module.resolve(made) == "telegram.ext.AIORateLimiter" and told <= {"max_retries"}
    return False


def _defaults(facts: Concurrency) -> bool:
    """Whether defaults make handlers run beside each other."""
    for module in facts.program.modules(b"Defaults"):
        for call in module.all(ast.Call):
            if module.resolve(call.func) == "telegram.ext.Defaults":
                if any(k.arg in ("block", "run_async", None) for k in call.keywords):
                    return True
    return False


def _declared(module: Module) -> str | None:
    """Why the release of python-telegram-bot that a project asks for is too old."""
    older = Declarations.of(module.project).at(module.path).keeps_below("python-telegram-bot", _SINCE)
    if older is None:
        return None
    return f"{older.path.name} asks for a python-telegram-bot older than {_SINCE}, which has no class for it"


def _no_gain(handlers: Handlers) -> str | None:
    """Why too few handlers would run beside each other."""
    if not handlers.number:
        return "no handler is seen that would gain from it"
    alone, told = _alone(handlers)
    if handlers.keeps_waiting:
        return f"what takes its time must not run beside itself, and the others only answer: {told}"
    if 2 * alone <= handlers.number:
        return None
    return f"{alone} of {handlers.number} handlers must not run beside each other: {told}"


def _told(handlers: Handlers) -> str:
    """Which handlers are proved, and what stands against the others."""
    alone, told = _alone(handlers)
    many = f"{handlers.free} of {handlers.number} handlers touch nothing that chats share"
    if not alone:
        return f"{many}." if handlers.free < handlers.number else "No handler touches anything that chats share."
    return f"{many}; these still run one at a time: {told}."


def _still_stops(handlers: Handlers) -> str:
    """What keeps all chats waiting all the same, as a sentence; nothing where something else takes its time as well."""
    if (stops := handlers.stops_all) is None:
        return ""
    where, call = stops
    return (
        f" `{where.shown(call.func)}()` ({where.path.name}, line {call.lineno}) still stops all of them, as it blocks the event loop: it "
        "can move once chats are handled side by side."
    )


def _alone(handlers: Handlers) -> tuple[int, str]:
    """How many handlers must run alone, and the first three with what stands against them."""
    told = [_obstacle(*one) for one in handlers.obstacles()]
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return len(told), f"{'; '.join(told[:3])}{more}"


def _obstacle(callback: Callback, touch: object) -> str:
    what = getattr(touch, "what", "what it does is not known")
    return f"`{callback.name}` ({what})"


def _placed(module: Module, alone: Iterable[Callback]) -> tuple[str, FileChange, tuple[FileChange, ...]] | str:
    """The support code in each file that needs some, with the callbacks that are wrapped."""
    processor = place(module, PER_CHAT)
    if isinstance(processor, str):
        return processor
    edits: dict[Module, list[Edit]] = {module: []}
    placements: dict[Module, list[Placement]] = {module: [processor]}
    for callback in alone:
        where, expression = callback.module, callback.expression
        if not has_exact_span(where, expression):
            return "a handler is made in an f-string"
        wrapper = place(where, ONE_AT_A_TIME)
        if isinstance(wrapper, str):
            return wrapper
        start, end = where.span(expression)
        edits.setdefault(where, []).extend([Edit(start, start, f"{wrapper.name}("), Edit(end, end, ")")])
        placements.setdefault(where, []).append(wrapper)
    parts = {where: _parts(where, edits[where], placements[where]) for where in edits}
    others = dict.fromkeys(
        other for where, (own, more) in parts.items() for other in ((own,) if where is not module else ()) + more
    )
    return processor.name, parts[module][0], tuple(others)


def _parts(module: Module, edits: list[Edit], placements: list[Placement]) -> tuple[FileChange, tuple[FileChange, ...]]:
    """The part of a change that falls on a file, and those on its support module."""
    imports = tuple(dict.fromkeys(item for placement in placements for item in placement.imports))
    helpers = tuple({helper.name: helper for placement in placements for helper in placement.helpers}.values())
    others = tuple(dict.fromkeys(part for placement in placements for part in placement.others))
    return FileChange(module.path, tuple(edits), imports, helpers), others
