"""Whether several handlers may run for one update, one after the other.

Telethon runs every handler whose event takes the update (`UpdateMethods._dispatch_update`), python-telegram-bot and Pyrogram one of
each group, aiogram one; in the latter two a handler may pass an update on to the next one.
Two of Telethon's handlers never meet where their events are of different kinds, of different directions, or have patterns that begin
in different ways: a pattern is matched from the start of the text (`NewMessage`).
"""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, takewhile
from pathlib import Path

from ..sources.at_words import at_words
from .activations import Start
from .conversations import sets_a_state
from .facts import Facts
from .module import Module, Project
from .scope import FunctionNode
from .touch import Touch

#: What registers a handler of Telethon, as it is written.
_WORDS = (b".on(", b"add_event_handler(", b"events.register(")
#: Kinds of events that never come of the same update.
_APART = frozenset({"NewMessage", "MessageEdited", "CallbackQuery", "InlineQuery"})
_SPECIAL = frozenset(".^$*+?{}[]\\|()")
#: A filter of the bot's own; the one that TGF101 writes, `CommandPattern`, only looks at its message.
_FILTER = re.compile(
    rb"class (?!CommandPattern\b)\w+\([^)]*Filter\b|filters(?:\.create\b|[ \t]+import\b[^\n]*\bcreate\b)"
)
#: What says that handlers are added to a group, or pass updates on.
_PASSING = (b"group=", b"ontinuePropagation", b"continue_propagation", b"SkipHandler", b"UNHANDLED")
#: What says that a project, or its library, has handlers of errors.
ERROR_HANDLERS = (b"add_error_handler", b"aiogram", b"exception_handler", b"on_error")
_OF_ERRORS = ("error_handler", "on_error")
#: What a program writes that has code of its own run before a handler, and what that is.
_BEFORE = {
    (b"ContextTypes(", b"CallbackContext)", b"CallbackContext["): "a context of the bot's own",
    (b"conversation_timeout", b"ConversationHandler.TIMEOUT"): "the end of a conversation by its time",
}
_JOB_WORDS = ("run_once", "run_repeating", "run_daily", "run_monthly", "run_custom", "add_job", "schedule")
_JOBS = re.compile(rb"\.(?:%b)\(" % "|".join(_JOB_WORDS).encode())


@dataclass(frozen=True, slots=True, eq=False)
class _Registration:
    """One event for which a function is registered."""

    function: ast.AST
    #: "NewMessage" …
    event: str
    #: What a text surely begins with that it takes.
    start: str
    #: "incoming", "outgoing", or "" for both.
    direction: str

    def is_directed_as(self, other: _Registration) -> bool:
        """Whether a message may have the direction that both take."""
        return not self.direction or not other.direction or self.direction == other.direction


class Following:
    """The handlers of a project that others follow. Ask `Project.fact(Following)`."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._facts = project.fact(Facts)
        self._of_errors: dict[Path, set[int]] = {}

    def is_followed(self, function: FunctionNode) -> bool:
        """Whether another handler may run for the same update behind a handler."""
        if self._has_groups or len(self._found) < 2:
            return self._has_groups
        own = self._of_function.get(function)
        return not self._all_known or not own or any(map(self._meets_another, own))

    @cached_property
    def has_filters(self) -> bool:
        """Whether the project has filters of its own, which may do anything."""
        datas = (source.data for source in self._project.others(Path()))
        return any(True for data in datas for _ in at_words(_FILTER, data, (b"class ", b"filters")))

    def is_of_errors(self, start: Start) -> bool:
        """Whether what begins there is a handler of errors, by the line that registers it."""
        if start.path not in self._of_errors:
            module = self._facts.graph.module(start.path)
            lines = module.text.split("\n") if module else []
            self._of_errors[start.path] = {
                number for number, line in enumerate(lines, 1) if any(word in line for word in _OF_ERRORS)
            }
        return start.line in self._of_errors[start.path]

    def has_one_job(self, start: Start) -> bool:
        """Whether a job is the only one of the project, and made once: where the program starts, not where functions are called."""
        module = self._facts.graph.module(start.path) if self._jobs_made == 1 else None
        if module is None:
            return False
        functions = module.all(ast.FunctionDef, ast.AsyncFunctionDef)
        return all(f.name == "main" for f in functions if f.lineno <= start.line <= (f.end_lineno or 0))

    @cached_property
    def _jobs_made(self) -> int:
        """At how many places of the project a job is made."""
        datas = map(self._project.data, self._project.mentioning(_JOB_WORDS))
        return sum(len(_JOBS.findall(data)) for data in datas)

    def _meets_another(self, one: _Registration) -> bool:
        """Whether an update may be for a handler and for another one.

        Only those are compared that begin alike: what their texts begin with is in the order of the alphabet.
        """
        starts, others = self._by_start[one.event]
        shorter = (one.start[:length] for length in range(len(one.start)))
        behind = takewhile(
            lambda start: start.startswith(one.start), islice(starts, bisect_left(starts, one.start), None)
        )
        alike = (other for start in chain(shorter, behind) for other in others.get(start, ()))
        return any(other is not one and other.is_directed_as(one) for other in alike)

    @cached_property
    def _has_groups(self) -> bool:
        """Whether handlers of python-telegram-bot or Pyrogram are added to a group, or several groups at once, or pass updates on."""
        if any(map(self._project.contains, _PASSING)):
            return True
        for path in self._project.mentioning(["Client"]):
            if b".on_" in self._project.data(path) and self._project.told(path, is_placed) is not False:
                return True
        for path in self._project.mentioning(["add_handler", "add_handlers"]):
            module = self._facts.graph.module(path)
            for call in module.all(ast.Call) if module else ():
                match call:
                    case ast.Call(func=ast.Attribute(attr="add_handler" | "add_handlers"), args=[_, _, *_]):
                        return True
                    case ast.Call(func=ast.Attribute(attr="add_handlers"), args=[first]) if not isinstance(
                        first, (ast.List, ast.ListComp, ast.Tuple)
                    ):
                        return True
        return False

    @cached_property
    def _found(self) -> list[_Registration | None]:
        return list(self._registrations())

    @cached_property
    def _all_known(self) -> bool:
        return None not in self._found

    @cached_property
    def _of_function(self) -> dict[ast.AST, list[_Registration]]:
        found: dict[ast.AST, list[_Registration]] = {}
        for one in filter(None, self._found):
            found.setdefault(one.function, []).append(one)
        return found

    @cached_property
    def _by_start(self) -> dict[str, tuple[list[str], dict[str, list[_Registration]]]]:
        """For each kind of event: what the texts begin with that are taken, sorted, and what takes them."""
        found: dict[str, dict[str, list[_Registration]]] = {}
        for one in filter(None, self._found):
            found.setdefault(one.event, {}).setdefault(one.start, []).append(one)
        return {event: (sorted(others), others) for event, others in found.items()}

    def _registrations(self) -> Iterator[_Registration | None]:
        """What is registered, None for each of which that is not understood."""
        for source in self._project.others(Path()):
            written = sum(source.data.count(word) for word in _WORDS)
            if not written and not (b"register" in source.data and b"telethon" in source.data):
                continue
            module = self._facts.graph.module(source.path)
            calls = [call for call in module.all(ast.Call) if self._registers(module, call)] if module else []
            yield from [None] * (written - len(calls))  # in a text, or in a file that cannot be read
            for call in calls:
                given = _given(module, self._facts, call) if module else None
                yield self._event(module, *given) if module and given else None

    def _registers(self, module: Module, call: ast.Call) -> bool:
        if isinstance(call.func, ast.Attribute) and call.func.attr in ("on", "add_event_handler"):
            return True
        named = isinstance(call.func, ast.Name) or (
            isinstance(call.func, ast.Attribute) and call.func.attr == "register"
        )
        return named and self._facts.name_of(module, call.func) == "telethon.events.register"

    def _event(self, module: Module, function: ast.AST, builder: ast.expr) -> _Registration | None:
        made = builder.func if isinstance(builder, ast.Call) else builder
        name = self._facts.name_of(module, made)
        event = name.rpartition(".")[2]
        if not name.startswith("telethon.events.") or event not in _APART:
            return None
        given = {k.arg: k.value for k in builder.keywords} if isinstance(builder, ast.Call) else {}
        directions = [d for d in ("incoming", "outgoing") if _is_true(given.get(d))]
        pattern = given.get("pattern") if event in ("NewMessage", "MessageEdited") else None
        start = _start(pattern.value) if isinstance(pattern, ast.Constant) and isinstance(pattern.value, str) else ""
        known = len(directions) == 1 and None not in given
        return _Registration(function, event, start, directions[0] if known else "")


def is_placed(module: Module) -> bool:
    """Whether a decorator is given a group by its place: ``@Client.on_message(filters.text, 1)``."""
    calls = (call for call in module.all(ast.Call) if len(call.args) > 1)
    return any(isinstance(call.func, ast.Attribute) and call.func.attr.startswith("on_") for call in calls)


def _given(module: Module, facts: Facts, call: ast.Call) -> tuple[ast.AST, ast.expr] | None:
    """The function and the event, where a call registers one for the other, and once."""
    match call:
        case ast.Call(func=ast.Attribute(attr="add_event_handler"), args=[handler, event], keywords=[]):
            meant = facts.definition(module, handler)
            if meant is not None and not any(True for _ in module.loops(call)):
                return meant[1], event
        case ast.Call(args=[event], keywords=[]):
            function = module.parent(call)
            if isinstance(function, ast.AsyncFunctionDef) and call in function.decorator_list:
                return function, event
    return None


def _is_true(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def _start(pattern: str) -> str:
    """What every text begins with that a regular expression matches from its start."""
    if "|" in pattern:
        return ""
    found, rest = "", pattern.removeprefix("^")
    while rest:
        escaped = rest[0] == "\\" and len(rest) > 1 and not rest[1].isalnum()
        letter, behind = (rest[1], rest[2:]) if escaped else (rest[0], rest[1:])
        if (not escaped and letter in _SPECIAL) or behind[:1] in ("*", "?", "{"):
            break
        found += letter
        if behind[:1] == "+":
            break
        rest = behind
    return found


def after_handler(module: Module, function: FunctionNode) -> Iterator[Touch]:
    """What happens in an activation when a handler has returned."""
    yield from _another_handler(module, function)
    if not module.project.contains(b"ConversationHandler"):
        return
    is_slight = not sets_a_state(module, function)
    for returned in module.within(function, ast.Return):
        if returned.value is not None and not (
            isinstance(returned.value, ast.Constant) and returned.value.value is None
        ):
            yield Touch(module.path, returned.lineno, "setting the state of the conversation", is_slight=is_slight)


def before_start(module: Module, function: FunctionNode, start: Start) -> Iterator[Touch]:
    """What may have happened without a wait just before an activation begins, for what the libraries call handlers and jobs.

    An update goes through filters, a context and handlers in one task (`Application.process_update`), an error to its handler where it
    was raised; the scheduler starts jobs that are due together one after the other.
    """
    following, contains = module.project.fact(Following), module.project.contains
    found: list[str] = []
    if start.kind == "handler":
        yield from _another_handler(module, function)
        if following.is_of_errors(start):
            found.append("the handler that failed")
        if following.has_filters:
            found.append("a filter of the bot's own")
        found += (what for words, what in _BEFORE.items() if any(map(contains, words)))
    elif start.kind == "job" and not following.has_one_job(start):
        found.append("another job that is due at the same time")
    yield from (Touch(module.path, function.lineno, what) for what in found)


def _another_handler(module: Module, function: FunctionNode) -> Iterator[Touch]:
    """What another handler does for the same update, right before a handler or right behind it."""
    if module.project.fact(Following).is_followed(function):
        yield Touch(module.path, function.lineno, "another handler of the same update", writes=False)
