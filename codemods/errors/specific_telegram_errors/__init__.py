"""Catch the errors that Telegram calls raise, by name, instead of everything.

## What it does
A bare `except:` in a loop around calls of Telethon becomes `except Exception:`, so that the loop ends when the bot is to stop: Telethon
cancels its running handlers then.

A clause that tells a user something of its own making ("no rights") without a look at the error says so of every mistake in the code,
too. Where all calls in its `try` body are known, `except Exception` (`except BaseException`, a bare `except:`, a tuple that holds one of
them) becomes the shortest honest set, in the same one clause:

- `RPCError` (`TelegramError` for python-telegram-bot, `TelegramAPIError` for aiogram, `ApiException` for pyTelegramBotAPI), the
  base of everything Telegram may answer, since no list of its errors is ever complete;
- what bots meet around these calls: `ConnectionError`, `OSError` of a download, `ValueError` of a look-up that finds nobody and of
  a request that Telethon gave up, `asyncio.TimeoutError` of a conversation.

Where the body tells a user what went wrong, the second form of a review splits off clauses with a message of their own: a wrong code,
an expired one, no rights, blocked by the user.

Names that a clause above catches are left out, and only names are used that the oldest Telethon has which the project's
requirements allow. What is seldom met (`BadMessageError`, `TypeNotFoundError`, `TypeError`) is named with `rare-errors = true`.

## Why it is slow
It is not slow, it is blind: a broad clause reports a misspelt name as "Telegram failed", and it swallows flood waits,
`StopPropagation` and, when it is bare, the cancellation by which a bot shuts down: a loop over a thousand chats goes on.

## When it is safe
Never: what the clause no longer catches goes on to whoever is there, which is the point of it. The assumption lists that.

## When it leaves code alone
A clause that shows the error, logs it or passes it on hides nothing, and is no finding. Left alone is a step that must not stop the rest
(`except Exception: pass`, a line of the log), one request with plain arguments, where no mistake can hide, what goes another way when the
first one fails (the same text as a new message), and what the clause may be there for: `int(text)`, an attribute or an item of what
Telegram answered, an argument that may be None, a request for a chat of another kind. With `everywhere = true` all of these are narrowed,
too.

Where the body also does something whose errors are not known (functions of the project are looked into, as far as they are plain),
where the clause reads an attribute of `e` that not every class of the set has, where other clauses follow it, and in a file that does
without the library where that is not installed. It then reports the set that fits the known calls. A clause that raises the error
again or tells errors apart by itself is no finding, nor is one behind a clause for `RPCError` that logs a traceback.

What an expression is, is followed through assignments, parameters, annotations and imports. Where that leads nowhere, a method's name
counts if only Telethon has it (`get_input_entity`), nothing in the project defines it, and the file uses no other library of bots.

## References
- https://docs.telethon.dev/en/stable/concepts/errors.html
- https://docs.python-telegram-bot.org/en/stable/telegram.error.html
- https://docs.astral.sh/ruff/rules/blind-except/
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import replace

from ....engine.analysis.module import Module
from ....engine.analysis.telegram.calls import Calls
from ....engine.analysis.telegram.project import PTB, TELETHON, TelegramProject
from ....engine.analysis.telegram.work import Work, work_of
from ....engine.codemod import Codemod
from ....engine.model import Assumption, Change, Cost, Finding, Hazard
from ....engine.sources.config import Option
from ....knowledge.bots import DISTRIBUTIONS, LIBRARIES
from ....knowledge.classes import common_attributes
from ....knowledge.contract import Contract
from ....knowledge.friendly import MESSAGES
from . import clauses
from .error_sets import ErrorSet, enumerated, error_set, let_pass, plain
from .examples import EXAMPLES
from .gain import counts, goes_another_way, is_one_request, is_shown, is_silent, own_error, swallowing_loop, unseen

#: Clauses that the second form splits off at the most.
_MOST = 3


class SpecificTelegramErrors(Codemod):
    """See the module's docstring."""

    code = "TGF401"
    name = "specific-telegram-errors"
    title = "Catch Telegram's errors by name"
    cost = Cost.NONE
    before_20 = True
    libraries = DISTRIBUTIONS
    needles = (b"except",)
    related = ("BLE001", "E722")
    options = (
        Option("rare-errors", bool, False, "name errors that are seldom met as well"),
        Option("everywhere", bool, False, "narrow every broad clause, also where it shows the error or hides nothing"),
    )
    examples = EXAMPLES

    def find(self, module: Module) -> Iterator[Finding]:
        """Every broad clause around calls to Telegram."""
        everywhere = self.option(module, "everywhere")
        found = [clause for clause in clauses.broad_clauses(module) if not _knows_better(module, clause.handler)]
        found = [clause for clause in found if everywhere or not is_shown(module, clause.handler)]
        if not found or not TelegramProject.of(module.project).has_telegram:
            return
        calls = Calls(module)
        for clause in found:
            work = work_of(calls, clause.statement.body)
            telegram = work.telegram(calls)
            loop = swallowing_loop(module, clause) if telegram and not everywhere else None
            if loop is not None and all(contract.library == TELETHON for _, contract in telegram):
                yield self._ends(module, clause, telegram[0][0], loop)
            elif telegram:
                yield from self._finding(calls, clause, work, telegram)

    def _finding(
        self, calls: Calls, clause: clauses.Clause, work: Work, telegram: list[tuple[ast.Call, Contract]]
    ) -> Iterator[Finding]:
        module, handler = calls.module, clause.handler
        major = 20 if any(contract.kind == "coroutine" for _, contract in telegram) else 13
        errors = error_set(calls, clause, work, major, rare=self.option(module, "rare-errors"))
        bases = {contract.base for _, contract in telegram if contract.base}
        behind_base = all(clauses.caught_above(clause, base) for base in bases)
        if behind_base and clauses.logs_traceback(module, handler):
            return
        caught = "everything" if handler.type is None else module.segment(handler.type)
        message = f"catching {caught} around {_call_text(module, telegram[0][0])} hides mistakes in the code"
        reason = _reason(module, clause, work, errors)
        if not reason and not self.option(module, "everywhere"):
            reason = _needs_all(module, clause, work, [call for call, _ in telegram])
        change = None if reason else self._change(module, clause, work, errors)
        if change is None:
            reason = reason or f"a comment stands among the types of the clause; {_fitting(errors)} would fit"
            yield self.finding(module, handler, message, reason=reason)
            return
        split = self._split(module, clause, errors, change)
        yield self.finding(module, handler, message, change=change, alternatives=(split,) if split else ())

    def _change(self, module: Module, clause: clauses.Clause, work: Work, errors: ErrorSet) -> Change | None:
        names = clauses.Names(module, clause.handler)
        kept = _kept(module, clause, errors.all)
        types = [*(names.write(n) for n in errors.all if n not in kept.values()), *kept]
        header = clauses.header_edit(module, clause.handler, types)
        if header is None:
            return None
        why = (
            f"What the clause in line {clause.handler.lineno} says or does is then for {enumerated(map(plain, errors.all))} alone, "
            "which its calls raise; a mistake in the code is seen."
        )
        passing = f"nobody relies on this clause for {let_pass(errors, clause, work.stops)}{_where(module, clause)}"
        open_ = Assumption(Hazard.ERRORS, passing, module.path, clause.handler.lineno)
        return self.change(module, [header], why, verdicts=[open_], imports=names.imports, style="one clause")

    def _ends(self, module: Module, clause: clauses.Clause, call: ast.Call, loop: ast.AST) -> Finding:
        """The clause of a loop lets the cancellation through by which a bot stops."""
        handler, line = clause.handler, getattr(loop, "lineno", 1)
        written = "except" if handler.type is None else f"except {module.segment(handler.type)}"
        message = f"`{written}:` around {_call_text(module, call)} goes on with the loop of line {line} when the bot is to stop"
        names = clauses.Names(module, handler)
        header = clauses.header_edit(module, handler, [names.write(clauses.EXCEPTION)])
        if header is None:
            return self.finding(module, handler, message, reason="a comment stands among the types of the clause")
        passing = "nobody relies on this clause for asyncio.CancelledError, KeyboardInterrupt and SystemExit; they end the loop"
        change = self.change(
            module,
            [header],
            f"Who stops the bot cancels its tasks; this clause swallows that, and the loop of line {line} goes on to its end.",
            title="Let the loop be cancelled",
            verdicts=[Assumption(Hazard.ERRORS, passing, module.path, handler.lineno)],
            imports=names.imports,
            style="Exception",
        )
        return self.finding(module, handler, message, change=change)

    def _split(self, module: Module, clause: clauses.Clause, errors: ErrorSet, change: Change) -> Change | None:
        """The form with clauses of their own for errors of which a user can be told more."""
        said = clauses.what_it_says(module, clause.handler) if clause.is_short else None
        telling = [name for name in MESSAGES if name in errors.listed][:_MOST]
        if said is None or not telling:
            return None
        names = clauses.Names(module, clause.handler)
        cases = [(names.write(name), MESSAGES[name]) for name in telling]
        (part,) = change.files
        edits = (clauses.split_off(module, clause.handler, said, cases), *part.edits)
        imports = tuple(dict.fromkeys((*names.imports, *part.imports)))
        other = Assumption(
            Hazard.ERRORS, "these words are what your users should read", module.path, clause.handler.lineno
        )
        return replace(
            change,
            title="Tell users what Telegram's error means",
            why="Who uses the bot reads what went wrong; mistakes in the code are no longer told as if Telegram had failed.",
            verdicts=(*change.verdicts, other),
            files=(replace(part, edits=edits, imports=imports),),
            style="own messages",
        )


def _knows_better(module: Module, handler: ast.ExceptHandler) -> bool:
    """Whether the clause hides nothing: it raises the error again, or tells errors apart by itself."""
    return clauses.raises_again(handler) or clauses.tells_apart(module, handler)


def _needs_all(module: Module, clause: clauses.Clause, work: Work, telegram: list[ast.Call]) -> str | None:
    """Why a narrower clause would be no gain, or lose what the clause is there for."""
    if is_silent(module, clause.handler) and not work.stops:
        return "it guards a step that must not stop the rest, and tells no user something wrong"
    if counts(module, clause):
        return (
            "it counts what fails, and the loop goes on with the next: another error would end it before its last line"
        )
    if hidden := unseen(module, clause.handler):
        return hidden
    if goes_another_way(clause):
        return "it goes another way, whatever failed"
    if (error := own_error(module, clause, telegram)) is not None:
        return f"{error}, for which the clause may be there"
    if is_one_request(clause):
        return "its `try` holds one request and no code in which a mistake could hide: whatever fails there, the clause tells of it"
    return None


def _reason(module: Module, clause: clauses.Clause, work: Work, errors: ErrorSet) -> str | None:
    """Why the clause is left alone."""
    handler = clause.handler
    fits = f"{_fitting(errors)} would fit"
    if not clause.is_last:
        return f"clauses follow it that would come to life; {fits}"
    if work.unknown:
        more = f" (nor are those of {len(work.unknown) - 1} more)" if len(work.unknown) > 1 else ""
        return f"the try body also {work.unknown[0]}, whose errors are not known{more}; for the known calls {fits}"
    if not errors:
        return "what these calls raise by contract is caught above it, and only the unexpected is left"
    library = errors.all[0].partition(".")[0]
    if _is_optional(module, library):
        return f"the file imports {library} only where it is there, and would need it from the start; {fits}"
    for name in errors.all:
        if missing := sorted(clauses.attributes_read(module, handler) - common_attributes([name])):
            return f"the clause reads {handler.name}.{missing[0]}, which {plain(name)} does not have; {fits}"
    return None


def _is_optional(module: Module, library: str) -> bool:
    """Whether importing a library at the start of the file may fail where the file works today."""
    if library not in (TELETHON, PTB, *LIBRARIES):
        return False
    own = [node for node in module.all(ast.Import, ast.ImportFrom) if _imports(node, library)]
    if own:
        return not any(module.parent(node) is module.tree for node in own)
    return not TelegramProject.of(module.project).imports_at_start(library)


def _imports(node: ast.Import | ast.ImportFrom, library: str) -> bool:
    names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
    return not getattr(node, "level", 0) and any(name.partition(".")[0] == library for name in names)


def _fitting(errors: ErrorSet) -> str:
    return enumerated(plain(name) for name in errors.all) or "nothing"


def _kept(module: Module, clause: clauses.Clause, rest: tuple[str, ...]) -> dict[str, str]:
    """The types beside the broad one in the clause's tuple that are still needed: text → dotted name ("" if not known)."""
    kept = {}
    for other in clause.others:
        name = module.resolve(other) or ""
        if not name or name in rest:
            kept[module.segment(other)] = name
    return kept


def _where(module: Module, clause: clauses.Clause) -> str:
    """Where that goes which is no longer caught, as the end of a sentence."""
    child: ast.AST = clause.statement
    for ancestor in module.ancestors(clause.statement):
        if isinstance(ancestor, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            return ""
        if isinstance(ancestor, ast.Try) and child in ancestor.body and ancestor.handlers:
            return f"; it goes to the clauses from line {ancestor.handlers[0].lineno} on"
        if isinstance(ancestor, ast.While) and child in ancestor.body and isinstance(ancestor.test, ast.Constant):
            return f"; it ends the loop of line {ancestor.lineno}"
        child = ancestor
    return "; it ends the program"


def _call_text(module: Module, call: ast.Call) -> str:
    if request := _request(call):
        return request
    text = " ".join(module.segment(call.func).split())
    return f"{text if len(text) <= 50 else getattr(call.func, 'attr', 'a call')}()"


def _request(call: ast.Call) -> str | None:
    """The name of the request that a client is called with."""
    match call:
        case ast.Call(args=[ast.Call(func=ast.Name(id=request) | ast.Attribute(attr=request))]) if not isinstance(
            call.func, ast.Attribute
        ):
            return request
        case ast.Call(args=[ast.Call(func=ast.Name(id=request) | ast.Attribute(attr=request))]) if request.endswith(
            "Request"
        ):
            return request
    return None
