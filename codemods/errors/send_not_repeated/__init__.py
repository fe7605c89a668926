"""Do not send a message again that may have arrived.

## What it does
Looks at loops of attempts that send something with python-telegram-bot or aiogram 3 and try again where the answer did not come in time.
For python-telegram-bot, it writes a clause of its own in front of the one that catches it:

```python
except TimedOut:
    break  # it may have arrived: sent again, it may come twice
```

or `raise`, where the loop raises the error when the last attempt has failed. `RetryAfter` and the other errors are repeated as before.
aiogram raises `TelegramNetworkError` for connections that fail as well, which may be tried again; there the clause begins with

```python
if isinstance(error.__context__, asyncio.TimeoutError):
    break  # it may have arrived: sent again, it may come twice
```

## Why it is slow
It is not slow, it is wrong: a request that timed out may have been done, and only its answer is missing. Three attempts against a server
that answers too late made three messages (python-telegram-bot 22.8, aiogram 3.31, a scripted server). The Bot API has no way to tell that
two sends are one. python-telegram-bot waits 5 seconds for an answer, aiogram 60. Telethon is left out: it repeats a request that got no
answer by itself, as the same request, of which Telegram keeps one.

## When it is safe
Never claimed: a message that timed out before it was sent (a connection that was never made is a `TimedOut`, too) is not sent then
(`wire`), and what the clause did about it, a line in a log, say, is not done (`errors`).

## When it leaves code alone
Clauses that catch nothing but the timeout, or that return something or tell somebody of the error; several requests in one `try`; and
loops with an `else`: these are for a person. Clauses that look which error it is, and loops whose attempts send different things, are
no findings. `NetworkError` of python-telegram-bot stays as it is: it is mostly a connection that could not be made, with which nothing
was sent.

## References
- https://docs.python-telegram-bot.org/en/stable/telegram.error.html#telegram.error.TimedOut
- https://github.com/python-telegram-bot/python-telegram-bot/wiki/Handling-network-errors
- https://docs.aiogram.dev/en/latest/dispatcher/errors.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from ....engine.analysis.module import Module
from ....engine.analysis.replacing import last_of
from ....engine.analysis.telegram.calls import Calls
from ....engine.codemod import Codemod, replace
from ....engine.model import Assumption, Change, Cost, Edit, Finding, Hazard, Import
from ....engine.rewriting.imports import name_for
from ....knowledge.classes import canonical, is_subclass
from ..attempts import ends_loop
from ..specific_telegram_errors.clauses import tells_apart
from .examples import EXAMPLES

#: What libraries raise where an answer does not come in time, and how the names of what sends begin.
_TIMED_OUT = "telegram.error.TimedOut"
_NO_ANSWER = "aiogram.exceptions.TelegramNetworkError"
_SENDS = {
    _TIMED_OUT: ("send_", "reply_", "forward", "copy"),
    _NO_ANSWER: ("send_", "reply", "answer", "forward", "copy"),
}
_COMMENT = "  # it may have arrived: sent again, it may come twice"
_MESSAGE = "a message that timed out may have arrived, and is sent again"


@dataclass(frozen=True, slots=True)
class _Attempts:
    """A loop that sends again what timed out."""

    loop: ast.For | ast.While
    call: ast.Call
    handler: ast.ExceptHandler
    #: What the library raises where an answer does not come in time.
    late: str
    #: Its types, and those of them that are the timeout itself.
    types: tuple[ast.expr, ...]
    timeouts: tuple[ast.expr, ...]


class SendNotRepeated(Codemod):
    """See the module's docstring."""

    code = "TGF404"
    name = "send-not-repeated"
    title = "Do not send again what may have arrived"
    cost = Cost.NONE
    libraries = ("python-telegram-bot", "aiogram")
    needles = (b".send_", b".reply", b".answer", b".forward", b".copy")
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every loop that sends again what timed out."""
        loops = [loop for loop in module.all(ast.For, ast.While) if any(isinstance(s, ast.Try) for s in loop.body)]
        calls = Calls(module)
        for loop in loops:
            found = _attempts(calls, loop)
            if found is None:
                continue
            if reason := _reason(module, found):
                yield self.finding(module, found.handler.type or found.handler, _MESSAGE, reason=reason)
            else:
                at = found.handler.type or found.call
                yield self.finding(module, at, _MESSAGE, change=self._change(module, found))

    def _change(self, module: Module, found: _Attempts) -> Change:
        line = found.handler.lineno
        edits, imports = _clause(module, found) if found.late == _TIMED_OUT else _first_step(module, found)
        release = "python-telegram-bot 22.8" if found.late == _TIMED_OUT else "aiogram 3.31"
        why = (
            f"This is not for speed: three attempts against a server that answered too late made three messages ({release}). The other "
            "errors are tried again as before."
        )
        verdicts = [
            Assumption(
                Hazard.WIRE,
                "a message that timed out need not be sent again where it has not arrived",
                module.path,
                line,
            ),
            Assumption(Hazard.ERRORS, f"what line {line} does about a timeout need not be done", module.path, line),
        ]
        return self.change(module, edits, why, verdicts=verdicts, imports=imports)


def _clause(module: Module, found: _Attempts) -> tuple[list[Edit], tuple[Import, ...]]:
    """A clause for the timeout in front of the one that catches it."""
    handler = found.handler
    name, imports = name_for(module, Import("telegram.error", "TimedOut"), found.call)
    indent = module.indent(handler)
    start = module.offset(handler.lineno, handler.col_offset)
    clause = f"except {name}:\n{indent}{module.unit_behind(indent)}{_ending(handler)}{_COMMENT}\n{indent}"
    edits = [Edit(start, start, clause)]
    rest = [module.segment(kind) for kind in found.types if kind not in found.timeouts]
    if found.timeouts and handler.type is not None:
        edits.append(replace(module, handler.type, rest[0] if len(rest) == 1 else f"({', '.join(rest)})"))
    return edits, imports


def _first_step(module: Module, found: _Attempts) -> tuple[list[Edit], tuple[Import, ...]]:
    """A test for the timeout as the first statement of the clause."""
    handler, first = found.handler, found.handler.body[0]
    assert handler.type is not None
    edits = []
    if handler.name is None:
        end = module.span(handler.type)[1]
        edits.append(Edit(end, end, " as error"))
    package, imports = name_for(module, Import("asyncio"), found.call)
    indent, start = module.indent(first), module.span(first)[0]
    test = f"isinstance({handler.name or 'error'}.__context__, {package}.TimeoutError)"
    edits.append(
        Edit(start, start, f"if {test}:\n{indent}{module.unit_behind(indent)}{_ending(handler)}{_COMMENT}\n{indent}")
    )
    return edits, imports


def _ending(handler: ast.ExceptHandler) -> str:
    """How the loop ends where it does not try again."""
    raises = any(isinstance(node, ast.Raise) for statement in handler.body for node in ast.walk(statement))
    return "raise" if raises else "break"


def _attempts(calls: Calls, loop: ast.For | ast.While) -> _Attempts | None:
    """A loop of attempts to send one thing, with the clause that a timeout goes to, where the loop goes on behind it."""
    module = calls.module
    for statement in loop.body:
        if not isinstance(statement, ast.Try):
            continue
        sent = [(call, late) for call in _awaited(statement) if (late := _is_send(calls, call))]
        if (
            not sent
            or not ends_loop(module, sent[-1][0], loop)
            or _differs(loop, statement, [call for call, _ in sent])
        ):
            continue
        call, late = sent[-1]
        for handler in statement.handlers:
            types = tuple(handler.type.elts) if isinstance(handler.type, ast.Tuple) else (handler.type,)
            names = {kind: canonical(module.resolve(kind) or "") for kind in types if kind is not None}
            if handler.type is not None and not any(is_subclass(late, name) for name in names.values()):
                continue
            last = handler.body[-1]
            if isinstance(last, (ast.Raise, ast.Return, ast.Break)) or tells_apart(module, handler):
                break
            timeouts = tuple(kind for kind, name in names.items() if name == _TIMED_OUT == late)
            return _Attempts(loop, call, handler, late, tuple(names), timeouts)
    return None


def _reason(module: Module, found: _Attempts) -> str | None:
    """Why a person has to decide."""
    if found.timeouts and len(found.timeouts) == len(found.types):
        return "nothing else is tried again here; repeat it after `RetryAfter` instead, with which nothing was sent"
    if sum(1 for _ in _awaited(module.parent(found.handler))) > 1:
        return "several requests stand in the `try`, and the timeout may be of any of them"
    if not _only_waits(module, found.handler):
        return f"the clause returns or tells something: {_by_hand(found)}"
    if found.late == _NO_ANSWER and not _has_room(module, found):
        return f"the clause stands on one line, names no error, or stands in another one: {_by_hand(found)}"
    if found.loop.orelse:
        return "what the `else` of the loop does when every attempt has failed would not be done"
    return None


def _by_hand(found: _Attempts) -> str:
    if found.late == _TIMED_OUT:
        return "write one for `TimedOut` in front of it"
    return "do not try again where the error's `__context__` is an `asyncio.TimeoutError`"


def _has_room(module: Module, found: _Attempts) -> bool:
    """Whether a first statement can ask what the error of a clause came from: that of an outer clause would be its context, too."""
    handler = found.handler
    is_named = handler.type is not None and (handler.name or module.scope(handler).find("error") is None)
    outer = any(isinstance(around, ast.ExceptHandler) for around in module.ancestors(found.loop))
    return bool(is_named) and handler.body[0].lineno > handler.lineno and not outer


def _only_waits(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether a clause sleeps, logs or counts, and neither returns nor awaits anything else."""
    inside = [node for statement in handler.body for node in ast.walk(statement)]
    calls = (node.value for node in inside if isinstance(node, ast.Await))
    slept = all(isinstance(call, ast.Call) and module.resolve(call.func) == "asyncio.sleep" for call in calls)
    return slept and not any(isinstance(node, ast.Return) for node in inside)


def _awaited(node: ast.AST | None) -> Iterator[ast.Call]:
    """The calls that the body of a `try` waits for."""
    for statement in getattr(node, "body", ()):
        for inner in ast.walk(statement):
            if isinstance(inner, ast.Await) and isinstance(inner.value, ast.Call):
                yield inner.value


def _is_send(calls: Calls, call: ast.Call) -> str | None:
    """The error for an answer that does not come in time, where a call sends something."""
    contract = calls.contract(call) if isinstance(call.func, ast.Attribute) else None
    if contract is None or contract.base is None or "CallbackQuery" in contract.call:
        return None
    late = next((late for late in _SENDS if late.rpartition(".")[0] == contract.base.rpartition(".")[0]), None)
    is_sent = late is not None and last_of(call.func).startswith(_SENDS[late])
    return late if is_sent else None


def _differs(loop: ast.For | ast.While, statement: ast.Try, sent: list[ast.Call]) -> bool:
    """Whether an attempt may send something else than the one before: names in the calls are bound by the loop, outside of the `try`."""
    heads: list[ast.AST] = [loop.target] if isinstance(loop, ast.For) else []
    around = [*heads, *(other for other in loop.body if other is not statement)]
    bound = {
        node.id
        for other in around
        for node in ast.walk(other)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return any(isinstance(node, ast.Name) and node.id in bound for call in sent for node in ast.walk(call))
